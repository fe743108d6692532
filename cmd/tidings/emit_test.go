package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// api is a server that answers as the API does and remembers what was posted.
type api struct {
	*httptest.Server

	posted  []byte
	header  http.Header
	answers []string // of GET /api/events/e1, one after the other
}

func newAPI(t *testing.T) *api {
	t.Helper()
	a := new(api)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/events", func(w http.ResponseWriter, r *http.Request) {
		a.posted, _ = io.ReadAll(r.Body)
		a.header = r.Header
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"id":"e1","deliveries":2}`)
	})
	mux.HandleFunc("GET /api/events/e1", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, a.answers[0])
		a.answers = a.answers[min(1, len(a.answers)-1):]
	})
	a.Server = httptest.NewServer(mux)
	t.Cleanup(a.Close)
	return a
}

func (a *api) emit(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	return runWith(t, []string{"TIDINGS_URL=" + a.URL + "/", "TIDINGS_API_KEY=secret"}, stdin, append([]string{"emit"}, args...)...)
}

func TestEmitSendsTheBytes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "payload.json")
	if err := os.WriteFile(file, []byte(`{"event":"A.B","n":9007199254740993}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, data, stdin, want string }{
		{"Text", `{"event":"A.B", "x":1e400}`, "", `{"event":"A.B", "x":1e400}`},
		{"WithoutEvent", ` {"x": [1]} `, "", `{"event":"A.B","x": [1]}`},
		{"Empty", `{ }`, "", `{"event":"A.B" }`},
		{"Input", "-", "{\"y\":2}\n", `{"event":"A.B","y":2}`},
		{"File", "@" + file, "", `{"event":"A.B","n":9007199254740993}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newAPI(t)
			got := server.emit(t, test.stdin, "A.B", "--data", test.data, "--idempotency-key", "order-1")
			if got.code != exitOK || got.stdout != "Accepted event e1 for 2 webhooks.\n" {
				t.Fatalf("got %+v", got)
			}
			if string(server.posted) != test.want {
				t.Errorf("posted %s, want %s", server.posted, test.want)
			}
			if server.header.Get("Authorization") != "Bearer secret" || server.header.Get("Idempotency-Key") != "order-1" ||
				server.header.Get("Content-Type") != "application/json" {
				t.Errorf("headers %v", server.header)
			}
		})
	}
}

func TestEmitSendsASample(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	got := server.emit(t, "", "User.Created", "--json")
	if got.code != exitOK || got.stdout != `{"id":"e1","deliveries":2}`+"\n" {
		t.Fatalf("got %+v", got)
	}
	var payload map[string]any
	if err := json.Unmarshal(server.posted, &payload); err != nil || payload["event"] != "User.Created" {
		t.Errorf("posted %s", server.posted)
	}
}

const (
	pending = `{"id":"e1","fanOut":{"total":2,"byState":{"succeeded":1,"retrying":1}},"deliveries":[]}`
	failed  = `{"id":"e1","fanOut":{"total":2,"byState":{"succeeded":1,"failed":1}},"deliveries":[
		{"id":"d1","webhook":{"name":"One"},"state":"succeeded","attempts":[{"status":500},{"status":204}]},
		{"id":"d2","webhook":{"name":"Two"},"state":"failed","attempts":[{"reason":"timeout"}]}]}`
	succeeded = `{"id":"e1","fanOut":{"total":1,"byState":{"succeeded":1}},"deliveries":[
		{"id":"d1","webhook":{"name":"One"},"state":"succeeded","attempts":[{"status":200}]}]}`
	unmatched = `{"id":"e1","fanOut":{"total":0,"byState":{}},"unmatchedReason":"no_webhook_subscribed","deliveries":[]}`
)

func TestEmitWaits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answers []string
		code    int
		want    string
	}{
		{"Succeeded", []string{succeeded}, exitOK, "One      succeeded  200          1         d1"},
		{"AfterRetries", []string{pending, failed}, exitFailed, "One      succeeded  204          2         d1"},
		{"Reason", []string{failed}, exitFailed, "Two      failed     timeout      1         d2"},
		{"Nobody", []string{unmatched}, exitOK, "went to nobody: no_webhook_subscribed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newAPI(t)
			server.answers = test.answers
			got := server.emit(t, "", "User.Created", "--wait")
			if got.code != test.code || !strings.Contains(got.stdout, test.want) {
				t.Errorf("got %+v, want %q", got, test.want)
			}
		})
	}
	t.Run("TellsEachChange", func(t *testing.T) {
		t.Parallel()
		server := newAPI(t)
		server.answers = []string{
			`{"id":"e1","fanOut":{"total":1,"byState":{"pending":1}},"deliveries":[{"id":"d1","webhook":{"name":"One"},"state":"pending","attempts":[]}]}`,
			`{"id":"e1","fanOut":{"total":1,"byState":{"retrying":1}},"deliveries":[{"id":"d1","webhook":{"name":"One"},"state":"retrying","attempts":[{"status":500}]}]}`,
			`{"id":"e1","fanOut":{"total":1,"byState":{"retrying":1}},"deliveries":[{"id":"d1","webhook":{"name":"One"},"state":"retrying","attempts":[{"status":500}]}]}`,
			`{"id":"e1","fanOut":{"total":1,"byState":{"succeeded":1}},"deliveries":[{"id":"d1","webhook":{"name":"One"},"state":"succeeded","attempts":[{"status":500},{"status":204}]}]}`,
		}
		want := "Event e1 accepted, 2 webhooks.\nOne: pending\nOne: retrying (500, 1 attempt)\nOne: succeeded (204, 2 attempts)\n"
		if got := server.emit(t, "", "User.Created", "--wait"); got.stderr != want {
			t.Errorf("got %s", got.stderr)
		}
	})
	t.Run("JSON", func(t *testing.T) {
		t.Parallel()
		server := newAPI(t)
		server.answers = []string{succeeded}
		if got := server.emit(t, "", "User.Created", "--wait", "--json"); got.stdout != succeeded+"\n" || got.stderr != "" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("NotForEver", func(t *testing.T) {
		t.Parallel()
		server := newAPI(t)
		server.answers = []string{pending}
		got := server.emit(t, "", "User.Created", "--wait", "--wait-for", "1ms")
		if got.code != exitFailed || !strings.Contains(got.stderr, "has not ended yet") {
			t.Errorf("got %+v", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		body   string
		code   int
		want   string
	}{
		{401, `{"code":"auth.unauthorized","message":"The key is not known."}`, exitAuth, "The key is not known. (401 auth.unauthorized)"},
		{403, `{"code":"auth.forbidden","message":"No."}`, exitAuth, "No. (403 auth.forbidden)"},
		{404, `{}`, exitNotFound, "the server answered 404 Not Found"},
		{400, `{"code":"event.unknown_type","message":"Unknown."}`, exitFailed, "Unknown. (400 event.unknown_type)"},
		{502, `<html>`, exitFailed, "the server answered 502 Bad Gateway"},
		{302, ``, exitFailed, "the server answered 302 Found"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.status), func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			}))
			defer server.Close()
			got := runWith(t, []string{"TIDINGS_URL=" + server.URL, "TIDINGS_API_KEY=k"}, "", "emit", "User.Created")
			if got.code != test.code || !strings.Contains(got.stderr, test.want) {
				t.Errorf("got %+v, want %q", got, test.want)
			}
		})
	}
}

func TestUnreachableServer(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<!doctype html>") }))
	defer page.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	for url, want := range map[string]string{
		closed.URL: "nothing listens there. Is the server running (tidings serve)?",
		strings.Replace(page.URL, "http:", "https:", 1): "it does not speak TLS. Is it http:// in place of https://?",
		page.URL:   "the answer is not that of a Tidings server",
		secure.URL: "its certificate is not trusted",
	} {
		got := runWith(t, []string{"TIDINGS_URL=" + url, "TIDINGS_API_KEY=k"}, "", "emit", "User.Created")
		if got.code != exitFailed || !strings.Contains(got.stderr, want) || !strings.Contains(got.stderr, "TIDINGS_URL") {
			t.Errorf("%s: got %+v, want %s", url, got, want)
		}
	}
}

// Parts of the server's URL that mean nothing are refused, and shown by nobody: they may
// be a password.
func TestServerURLWithMore(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"http://u:canary@127.0.0.1:1":         "has a user or a password, which are not used",
		"http://canary@127.0.0.1:1":           "has a user or a password, which are not used",
		"http://127.0.0.1:1/x?key=canary":     "has a query or a fragment, which are not used",
		"http://127.0.0.1:1?":                 "has a query or a fragment, which are not used",
		"http://127.0.0.1:1/#canary":          "has a query or a fragment, which are not used",
		"http://127.0.0.1:1#":                 "has a query or a fragment, which are not used",
		"http://[::1:canary":                  "is not an http:// or https:// URL",
		"http://u:canary%zz@127.0.0.1:canary": "is not an http:// or https:// URL",
		"http://:1":                           "is not an http:// or https:// URL",
		"canary":                              "is not an http:// or https:// URL",
	} {
		for name, got := range map[string]result{
			"TIDINGS_URL": runWith(t, []string{"TIDINGS_URL=" + url, "TIDINGS_API_KEY=k"}, "", "webhooks", "list"),
			"the URL":     runWith(t, nil, "", "healthcheck", url),
		} {
			if got.code != exitUsage || !strings.Contains(got.stderr, name+" "+want) || strings.Contains(got.stderr+got.stdout, "canary") {
				t.Errorf("%s: got %+v, want %s %s", url, got, name, want)
			}
		}
	}
}
