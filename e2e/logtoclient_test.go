package e2e

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestLogtoClient lets Logto's own client, as it comes from the npm registry, run
// its story against the binary. `make e2e` installs it and then asks for it.
func TestLogtoClient(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join("logto-client", "node_modules", "@logto", "api")); err == nil {
		err = missing
	}
	if err != nil {
		if os.Getenv("TIDINGS_LOGTO_CLIENT") == "required" {
			t.Fatal(err)
		}
		t.Skip("@logto/api is not installed; `make e2e` installs it where Node is there")
	}
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/failing" {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, "no")
			return
		}
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	t.Cleanup(endpoint.Close)
	s := newServer(t, program(t))
	s.start()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	story := exec.CommandContext(ctx, node, "story.mjs")
	story.Dir = "logto-client"
	story.Env = append(os.Environ(), "TIDINGS_URL="+s.url, "CLIENT_ID=bootstrap", "CLIENT_SECRET="+apiKey,
		"RECEIVER_URL="+endpoint.URL+"/", "FAILING_URL="+endpoint.URL+"/failing")
	if output, err := story.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, output, s.log)
	}
}
