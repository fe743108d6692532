package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// createRow is a row of the SSRF corpus that saving a URL decides.
type createRow struct {
	url, note string
	allow     bool
}

// createRows reads the corpus where package egress has it; its header says what the
// fields mean. Rows that the dial decides are saved.
func createRows(t *testing.T) []createRow {
	t.Helper()
	var all []createRow
	for _, file := range []string{"ssrf.tsv", "ssrf-more.tsv"} {
		text, err := os.ReadFile("../internal/egress/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			if strings.HasPrefix(line, "#") {
				continue
			}
			raw, err := strconv.Unquote(`"` + f[0] + `"`)
			if err != nil || len(f) != 4 {
				t.Fatalf("%s: row %q: %v", file, line, err)
			}
			all = append(all, createRow{raw, f[3], f[1] == "allow" || f[2] == "dial"})
		}
	}
	if len(all) < 590 {
		t.Fatalf("the corpus has only %d rows", len(all))
	}
	return all
}

// TestURLsAreRefusedWhenSaved sends every row to every route that takes a URL. That
// nothing is resolved is tested in package egress, where the resolver is injected.
func TestURLsAreRefusedWhenSaved(t *testing.T) {
	t.Parallel()
	s := serving(t, program(t))
	hook := s.createWebhook("n", "https://hooks.example.com/")
	for _, row := range createRows(t) {
		url, err := json.Marshal(row.url)
		s.must(err)
		if row.allow {
			s.savesURL(t, row, hook.ID, string(url))
		} else {
			s.refusesURL(t, row, hook.ID, string(url))
		}
	}
}

// savesURL expects the URL back as it was given, without its fragment.
func (s *server) savesURL(t *testing.T, row createRow, id, url string) {
	t.Helper()
	want, _, _ := strings.Cut(row.url, "#")
	for path, request := range map[string][2]string{
		"/api/hooks":       {http.MethodPost, `{"name":"n","events":["Role.Created"],"config":{"url":` + url + `}}`},
		"/api/hooks/" + id: {http.MethodPatch, `{"config":{"url":` + url + `}}`},
	} {
		status, answer, err := s.try(request[0], path, request[1])
		s.must(err)
		var saved struct{ Config struct{ URL string } }
		if status >= http.StatusBadRequest || json.Unmarshal(answer, &saved) != nil || saved.Config.URL != want {
			t.Errorf("%s %s with %q (%s) answers %d %s", request[0], path, row.url, row.note, status, answer)
		}
	}
}

// refusesURL expects 4xx and that nothing has changed.
func (s *server) refusesURL(t *testing.T, row createRow, id, url string) {
	t.Helper()
	before := s.dump()
	for _, request := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{http.MethodPost, "/api/hooks", `{"name":"n","events":["Role.Created"],"config":{"url":` + url + `}}`, 400, "guard.invalid_input"},
		{http.MethodPatch, "/api/hooks/" + id, `{"config":{"url":` + url + `}}`, 400, "guard.invalid_input"},
		{http.MethodPost, "/api/hooks/" + id + "/test", `{"events":["Role.Created"],"config":{"url":` + url + `}}`, 422, "hook.send_test_payload_failed"},
		{http.MethodPost, "/api/webhooks", `{"name":"n","eventTypes":["Role.Created"],"url":` + url + `}`, 400, "guard.invalid_input"},
		{http.MethodPost, "/api/webhooks/" + id + "/test", `{"eventType":"Role.Created","url":` + url + `}`, 400, "guard.invalid_input"},
	} {
		status, answer, err := s.try(request.method, request.path, request.body)
		s.must(err)
		var problem struct{ Code string }
		// A string that no JSON may hold is a mistake of the body.
		malformed := strings.Contains(row.url, "\x00") && status == http.StatusBadRequest
		if json.Unmarshal(answer, &problem) != nil || !malformed && (status != request.status || problem.Code != request.code) {
			t.Errorf("%s %s with %q (%s) answers %d %s", request.method, request.path, row.url, row.note, status, answer)
		}
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("%q (%s): the state changed:\n%s", row.url, row.note, diff)
	}
}
