package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// What must not be seen; each is searched for as it is and in the usual encodings.
const (
	canaryHeader  = "canary-header-b81fd2c97a"
	canaryQuery   = "canary-query-5d0e67ac31"
	canaryPath    = "canary-path-e2f81b6d90"
	canaryPayload = "canary-payload-90c4ab7e15"
	canaryAnswer  = "canary-answer-7731ee0c2d"
	canaryWrong   = "canary-wrong-key-4fa2b8d6e0"
)

// canaries are the secrets of a server, by name.
type canaries map[string]string

// check reports every secret that stands in the text.
func (c canaries) check(t *testing.T, where, text string) {
	t.Helper()
	for name, secret := range c {
		for _, form := range []string{
			secret, url.QueryEscape(secret), hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)),
			base64.RawURLEncoding.EncodeToString([]byte(secret)),
		} {
			if strings.Contains(text, form) {
				t.Errorf("the %s can be seen in %s:\n%s", name, where, around(text, form))
				break
			}
		}
	}
}

func around(text, form string) string {
	at := strings.Index(text, form)
	return text[max(0, at-200):min(len(text), at+len(form)+50)]
}

// canaryRun is a server with secrets everywhere.
type canaryRun struct {
	*server
	secrets canaries
	hook    string
}

// webhook creates one whose URL, headers and key hold canaries.
func (r *canaryRun) webhook(name, base string, retries int) {
	r.t.Helper()
	answer := r.request(http.MethodPost, "/api/hooks", fmt.Sprintf(
		`{"name":%q,"events":["User.Created"],"config":{"url":"%s/%s?token=%s","headers":{"authorization":%q},"retries":%d}}`,
		name, base, canaryPath, canaryQuery, canaryHeader, retries), http.StatusCreated)
	var hook struct{ ID, SigningKey string }
	if err := json.Unmarshal(answer, &hook); err != nil || len(hook.SigningKey) < 16 {
		r.t.Fatalf("webhook %s: %v", answer, err)
	}
	r.secrets["signing key of "+name], r.hook = hook.SigningKey, hook.ID
}

func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	r := &canaryRun{server: newServer(t, program(t), "--retry-schedule", "10ms"), secrets: canaries{
		"value of a custom header": canaryHeader, "query of a URL": canaryQuery, "path of a URL": canaryPath, "payload": canaryPayload,
		"answer of an endpoint": canaryAnswer, "API key": apiKey, "API key that is wrong": canaryWrong,
	}}
	r.keepLog = true
	r.start()
	r.deliver(t)
	r.readLog(t)
	r.mistakes(t)
	r.secrets.check(t, "/metrics", string(r.metrics()))
	if err := r.terminate(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	log := r.log.String()
	r.secrets.check(t, "the log", log)
	r.secrets.check(t, "stdout", r.stdout.String())
	for _, line := range []string{`"delivery.attempted"`, `"reason":"status_5xx"`, `"reason":"timeout"`, `"reason":"connect"`, `"level":"DEBUG"`} {
		if !strings.Contains(log, line) {
			t.Errorf("the log does not tell of %s, so that nothing was shown by searching it", line)
		}
	}
	if strings.Contains(log, "panic") {
		t.Errorf("something panicked:\n%s", around(log, "panic"))
	}
}

// deliver makes deliveries that end in every way.
func (r *canaryRun) deliver(t *testing.T) {
	t.Helper()
	released := make(chan struct{})
	endpoint := func(answer http.HandlerFunc) string {
		s := httptest.NewServer(answer)
		t.Cleanup(s.Close)
		return s.URL
	}
	closed, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	r.webhook("hangs", endpoint(func(_ http.ResponseWriter, q *http.Request) {
		select {
		case <-released:
		case <-q.Context().Done():
		}
	}), 0)
	t.Cleanup(func() { close(released) })
	r.webhook("refuses", "http://"+closed.Addr().String(), 1)
	r.webhook("fails", endpoint(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("X-Echo", q.Header.Get("Authorization"))
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, canaryAnswer)
	}), 1)
	r.webhook("redirects", endpoint(func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, "/elsewhere?token="+canaryQuery, http.StatusFound)
	}), 0)
	r.webhook("well", endpoint(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, canaryAnswer) }), 0)
	r.request(http.MethodPost, "/api/events", `{"event":"User.Created","secret":"`+canaryPayload+`"}`, http.StatusAccepted, "Idempotency-Key", "one")
	states := map[string]int{}
	for _, d := range r.awaitEnd() {
		states[d.State]++
	}
	if states["succeeded"] != 1 || states["failed"] != 4 {
		t.Errorf("deliveries: %v", states)
	}
}

// readLog reads what was recorded of the deliveries: keys and header values are not
// in it, the rest is what it is for.
func (r *canaryRun) readLog(t *testing.T) {
	t.Helper()
	hidden := canaries{}
	for name, secret := range r.secrets {
		if strings.Contains(name, "key") {
			hidden[name] = secret
		}
	}
	paths := []string{"/api/events", "/api/deliveries", "/api/hooks/" + r.hook + "/recent-logs"}
	for _, d := range r.deliveries() {
		paths = append(paths, "/api/deliveries/"+d.ID)
	}
	for _, path := range paths {
		hidden.check(t, path, string(r.request(http.MethodGet, path, "", http.StatusOK)))
	}
	for _, d := range r.deliveries() {
		var detail struct {
			Attempts []struct{ Request json.RawMessage }
		}
		if err := json.Unmarshal(r.request(http.MethodGet, "/api/deliveries/"+d.ID, "", http.StatusOK), &detail); err != nil || len(detail.Attempts) == 0 {
			t.Fatalf("delivery %s: %v", d.ID, err)
		}
		for _, a := range detail.Attempts {
			canaries{"value of a custom header": canaryHeader}.check(t, "a recorded request", string(a.Request))
		}
	}
	for _, path := range []string{"/api/hooks", "/api/hooks/" + r.hook} {
		if answer := string(r.request(http.MethodGet, path, "", http.StatusOK)); !strings.Contains(answer, r.secrets["signing key of well"]) {
			t.Errorf("%s does not show the signing key to who may manage webhooks", path)
		}
	}
}

// mistakes sends what is refused, with canaries in it.
func (r *canaryRun) mistakes(t *testing.T) {
	t.Helper()
	hook := "/api/hooks/" + r.hook
	config := func(url, header, value string) string {
		return fmt.Sprintf(`{"name":"x","events":["User.Created"],"config":{"url":%q,"headers":{%q:%q}}}`, url, header, value)
	}
	const secretURL = "ftp://user:" + canaryQuery + "@hooks.example.com/" + canaryPath + "?token=" + canaryQuery
	for _, c := range []struct {
		method, path, body string
		headers            []string
	}{
		{"GET", "/api/hooks", "", []string{"Authorization", "Bearer " + canaryWrong}},
		{"GET", "/api/hooks", "", []string{"Authorization", "Basic " + canaryWrong}},
		{"GET", "/api/deliveries?cursor=" + canaryQuery, "", nil},
		{"GET", "/api/" + canaryPath + "?token=" + canaryQuery, "", nil},
		{"PUT", "/api/hooks?token=" + canaryQuery, "", nil},
		{"POST", "/api/hooks", config(secretURL, "x", canaryHeader), nil},
		{"POST", "/api/hooks", config("https://hooks.example.com/%zz"+canaryPath, "x", canaryHeader), nil},
		{"POST", "/api/hooks", config("https://hooks.example.com/", "x", canaryHeader+"\n"), nil},
		{"POST", "/api/hooks", config("https://hooks.example.com/", "webhook-id", canaryHeader), nil},
		{"POST", "/api/hooks", config("https://hooks.example.com/", "x", strings.Repeat(canaryHeader, 1000)), nil},
		{"POST", "/api/hooks", `{"name":` + canaryPayload, nil},
		{"POST", "/api/hooks", `{"name":"x","config":{"url":{"` + canaryQuery + `":1}}}`, nil},
		{"PATCH", hook, `{"config":{"url":"` + secretURL + `"}}`, nil},
		{"PATCH", hook, `{"config":{"url":"http://127.0.0.1/","retries":"` + canaryHeader + `"}}`, nil},
		{"PATCH", hook, `{"config":{"url":"http://127.0.0.1/","headers":["` + canaryHeader + `"]}}`, nil},
		{"POST", hook + "/test", `{"events":["User.Created"],"config":{"url":"` + secretURL + `"}}`, nil},
		{"POST", hook + "/test", `{"events":["User.Created"],"config":{"url":"http://127.0.0.1:1/` + canaryPath + `?t=` + canaryQuery + `","headers":{"x":"` + canaryHeader + `"}}}`, nil},
		{"POST", hook + "/test", `{"events":["User.Created"],"config":{"url":"https://does-not-exist.invalid/` + canaryPath + `"}}`, nil},
		{"POST", "/api/events", `{"event":"User.Created","x":"` + canaryPayload, nil},
		{"POST", "/api/events", `{"event":"Unknown.Type","x":"` + canaryPayload + `"}`, nil},
		{"POST", "/api/events", `{"event":"User.Created","hookId":"` + canaryPayload + `"}`, nil},
		{"POST", "/api/events", `{"event":"User.Created","x":"` + canaryPayload + `","x":1}`, nil},
		{"POST", "/api/events", `{"event":"User.Created","x":"` + strings.Repeat(canaryPayload, 50_000) + `"}`, nil},
		{"POST", "/api/events", `{"event":"User.Created","other":"` + canaryPayload + `"}`, []string{"Idempotency-Key", "one"}},
		{"POST", "/api/events", `{"event":"User.Created"}`, []string{"Idempotency-Key", canaryHeader + "\u00e9"}},
		{"POST", "/api/events/batch", `[{"event":"User.Created"},{"x":"` + canaryPayload + `"}]`, nil},
		{"POST", "/api/events/batch", `[{"event":"User.Created"},"` + canaryPayload + `"`, nil},
		{"POST", "/api/events", `x=` + canaryPayload, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"POST", "/api/deliveries/" + canaryPath + "/redeliver", "", nil},
	} {
		status, answer, err := r.try(c.method, c.path, c.body, c.headers...)
		if err != nil || status < 400 || status >= 500 {
			t.Errorf("%s %.60s %.80s: %d %s %v, want a refusal", c.method, c.path, c.body, status, answer, err)
		}
		r.secrets.check(t, fmt.Sprintf("the answer to %s %.40s", c.method, c.path), string(answer))
	}
	r.secrets.check(t, "pprof", r.pprof())
}

// pprof reads the pages of the ops listener that could hold a command line or memory.
func (r *canaryRun) pprof() string {
	r.t.Helper()
	main := r.url
	defer func() { r.url = main }()
	r.url = r.ops
	var pages strings.Builder
	for _, page := range []string{"/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1"} {
		_, text, err := r.try(http.MethodGet, page, "")
		if err != nil {
			r.t.Fatal(err)
		}
		pages.Write(text)
	}
	return pages.String()
}
