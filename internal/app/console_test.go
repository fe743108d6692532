package app

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

// Everything that the server answers is below the path of its base URL, and nothing
// is beside it.
func TestPrefixIsThatOfEverything(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/some/prefix"} {
		t.Run("At"+prefix+"/", func(t *testing.T) {
			t.Parallel()
			log := &logText{}
			o := options(t, log, "base-url", "http://localhost:8080"+prefix)
			o.Console = fstest.MapFS{
				"index.html":     {Data: []byte(`<script src="./assets/main.js"></script><script id="config">__TIDINGS_CONFIG__</script>`)},
				"assets/main.js": {Data: []byte("main")},
			}
			b := open(t, log, o)
			b.start()
			get := func(path string, status int) answer {
				t.Helper()
				got := b.do(http.MethodGet, path, "", "Accept", "text/html")
				if got.status != status {
					t.Fatalf("%s answers %d: %s", path, got.status, got.body)
				}
				return got
			}
			if to := get(prefix+"/", http.StatusFound).header.Get("Location"); to != prefix+"/console/" {
				t.Errorf("the root leads to %s", to)
			}
			page := get(prefix+"/console/webhooks/abc/settings", http.StatusOK).body
			for _, want := range []string{`src="` + prefix + `/console/assets/main.js"`, `{"base":"` + prefix + `","version":"test"}`} {
				if !strings.Contains(page, want) {
					t.Errorf("no %s in %s", want, page)
				}
			}
			get(prefix+"/console/assets/main.js", http.StatusOK)
			for _, path := range []string{"/api/me", "/healthz", "/readyz", "/openapi.json"} {
				get(prefix+path, http.StatusOK)
				if prefix != "" {
					get(path, http.StatusNotFound)
				}
			}
			const inbox = "/receiver/0123456789abcdef0123456789abcdef"
			if got := b.do(http.MethodPost, prefix+inbox, "{}"); got.status != http.StatusOK {
				t.Errorf("the receiver answers %d", got.status)
			}
			if prefix != "" {
				get("/", http.StatusNotFound)
				get("/console/", http.StatusNotFound)
				get(inbox, http.StatusNotFound)
			}
			metrics, err := b.try("GET", "http://"+b.OpsAddr()+"/metrics", "")
			if err != nil {
				t.Fatal(err)
			}
			for _, route := range []string{`route="/console/"`, `route="/console/{file...}"`, `route="/"`} {
				if !strings.Contains(metrics.body, route) {
					t.Errorf("no %s is counted", route)
				}
			}
		})
	}
}
