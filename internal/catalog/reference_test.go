package catalog

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the page of event types")

const referencePage = "../../docs/event-types.md"

func TestReferencePage(t *testing.T) {
	t.Parallel()
	want := Load().Reference()
	for _, et := range Load().All() {
		if !strings.Contains(want, "`"+string(et.Name)+"`") {
			t.Errorf("%s is not on the page: group %q", et.Name, et.Group)
		}
	}
	if *update {
		if err := os.WriteFile(referencePage, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("run make gen (-want +got):\n%s", diff)
	}
}
