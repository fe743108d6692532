package httpapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	contract "github.com/tidingshq/tidings/api"
)

var update = flag.Bool("update", false, "write api/openapi.json")

const documentFile = "../../api/openapi.json"

// A route without description or example fails here.
func TestDocumentIsGenerated(t *testing.T) {
	t.Parallel()
	examples := readExamples(t)
	document, err := describe(examples)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(documentFile, document, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(document, committed) {
		t.Error("api/openapi.json is out of date: run make gen")
	}
}

// readExamples reads the files and not those in the binary, so that new ones count
// at once.
func readExamples(t *testing.T) map[string]contract.Example {
	t.Helper()
	files, err := filepath.Glob("../../api/examples/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]contract.Example{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var e contract.Example
		if err := json.Unmarshal(content, &e); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = e
	}
	return all
}
