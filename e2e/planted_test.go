package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// planted are the secrets of a tenant of its own that every server of these tests gets
// when it first starts. Whatever a test does, none of them may come to light: not in
// the log, which is written at level debug, not in metrics, and not in any answer to
// the test. At the end what callers without the right are told is read too.
type planted struct {
	mu       sync.Mutex
	needles  []needle
	findings []string
	read     int // bytes looked at

	keys map[string]string // by scope
	hook string
}

// needle is one spelling of a secret.
type needle struct {
	name string
	text []byte
}

// maxFindings keeps a leak on each line from filling the report.
const maxFindings = 10

// hide makes the watch look for a secret, in the usual spellings.
func (p *planted) hide(name, secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, form := range []string{
		secret, hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
	} {
		p.needles = append(p.needles, needle{name, []byte(form)})
	}
}

// look searches what came out of a server.
func (p *planted) look(where string, text []byte) { p.lookFor(where, text, nil) }

// lookFor searches for the secrets of these names, all if there are none.
func (p *planted) lookFor(where string, text []byte, names []string) {
	if p == nil {
		return // a server that is started in another way
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read += len(text)
	for _, n := range p.needles {
		if len(names) > 0 && !slices.Contains(names, n.name) || len(p.findings) == maxFindings {
			continue
		}
		if at := bytes.Index(text, n.text); at >= 0 {
			p.findings = append(p.findings, fmt.Sprintf("the %s is in %s: …%s…", n.name, where, text[max(0, at-100):min(len(text), at+len(n.text)+30)]))
		}
	}
}

// so is how much has been looked at, and what was found.
func (p *planted) so() (read int, findings []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.read, slices.Clone(p.findings)
}

// forget looks for nothing any more.
func (p *planted) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.needles, p.findings = nil, nil
}

// plant makes the tenant, with a webhook whose endpoint says back what it is sent.
func (s *server) plant() {
	s.t.Helper()
	p := s.planted
	word := func() string { return "canary" + strings.ToLower(rand.Text()) }
	locked, open, query, payload, answer := word(), word(), word(), word(), word()
	for name, secret := range map[string]string{
		"locked header": locked, "custom header": open, "query of a URL": query, "payload": payload, "answer of an endpoint": answer, "bootstrap key": apiKey,
	} {
		p.hide(name, secret)
	}
	s.as(apiKey, http.MethodPost, "/api/tenants", `{"id":"canary","name":"Canary"}`, http.StatusCreated, nil)
	for _, scope := range []string{"emit", "read", "manage", "admin"} {
		var made struct{ Key string }
		s.as(apiKey, http.MethodPost, "/api/tenants/canary/api-keys", fmt.Sprintf(`{"name":%q,"scopes":[%q]}`, scope, scope), http.StatusCreated, &made)
		p.keys[scope] = made.Key
		p.hide("API key", made.Key)
	}
	url := "https://hooks.example.com/in"
	if !s.public {
		url = s.echo(answer)
	}
	var hook struct{ ID string }
	s.as(p.keys["manage"], http.MethodPost, "/api/webhooks", fmt.Sprintf(
		`{"name":"Canary","eventTypes":["User.Created"],"url":"%s?token=%s","headers":[{"name":"x-open","value":%q},{"name":"x-locked","value":"Bearer %s","locked":true}]}`,
		url, query, open, locked), http.StatusCreated, &hook)
	p.hook = hook.ID
	var key struct{ SigningKey, StandardWebhooksSecret string }
	s.as(p.keys["manage"], http.MethodGet, "/api/webhooks/"+hook.ID+"/signing-key", "", http.StatusOK, &key)
	p.hide("signing key", key.SigningKey)
	p.hide("signing key", strings.TrimPrefix(key.StandardWebhooksSecret, "whsec_"))
	if s.public {
		return // the endpoint is on the internet, where tests send nothing
	}
	s.as(p.keys["emit"], http.MethodPost, "/api/events", fmt.Sprintf(`{"event":"User.Created","secret":%q}`, payload), http.StatusAccepted, nil)
	s.deliverPlanted()
}

// echo starts an endpoint that repeats its request in headers and body.
func (s *server) echo(answer string) string {
	e := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		for name, values := range q.Header {
			w.Header()["Echo-"+name] = values
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"answer": answer, "headers": q.Header})
	}))
	s.t.Cleanup(e.Close)
	return e.URL + "/in"
}

// deliverPlanted waits until the event has been delivered.
func (s *server) deliverPlanted() {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		var page struct{ Items []struct{ State string } }
		s.as(s.planted.keys["read"], http.MethodGet, "/api/deliveries", "", http.StatusOK, &page)
		if len(page.Items) == 1 && page.Items[0].State == "succeeded" {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the planted delivery does not end: %+v\n%s", page, s.log)
		}
		time.Sleep(5 * time.Millisecond) //nolint:forbidigo // it watches another process
	}
}

// as calls the API with a key; an empty one is none.
func (s *server) as(key, method, path, body string, want int, into any) (answer []byte) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, s.url+path, strings.NewReader(body))
	s.must(err)
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := s.client.Do(request)
	s.must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	s.must(err)
	if want != 0 && response.StatusCode != want {
		s.t.Fatalf("%s %s answers %d, want %d: %s", method, path, response.StatusCode, want, text)
	}
	if into != nil {
		s.must(json.Unmarshal(text, into))
	}
	var head bytes.Buffer
	s.must(response.Header.Write(&head))
	return append(head.Bytes(), text...)
}

// notForReaders are the secrets that no answer shows to a caller without the scope
// manage, and notForAnyone those that it shows to nobody.
var (
	notForReaders = []string{"locked header", "custom header", "signing key", "API key", "bootstrap key"}
	notForAnyone  = []string{"locked header", "API key", "bootstrap key"}
)

// inspect reads what the server tells: metrics and profiles, and to each kind of caller
// everything there is to read of the planted tenant.
func (s *server) inspect() {
	s.t.Helper()
	p := s.planted
	if p.hook == "" || s.command == nil || !s.answers() {
		return // it never started, or was killed on purpose
	}
	api := s.url
	s.url = s.ops
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2"} {
		p.look(path, s.as("", http.MethodGet, path, "", 0, nil))
	}
	s.url = api
	paths := s.plantedPaths()
	for caller, hidden := range map[string][]string{"": nil, "emit": nil, "read": notForReaders, "manage": notForAnyone, "admin": notForAnyone} {
		for _, path := range paths {
			p.lookFor("the answer to "+caller+" of GET "+path, s.as(p.keys[caller], http.MethodGet, path, "", 0, nil), hiddenAt(path, caller, hidden))
		}
	}
	for _, path := range paths {
		p.look("the answer to another tenant of GET "+path, s.as(apiKey, http.MethodGet, path, "", 0, nil))
	}
}

// hiddenAt is what must not be in an answer, all if it is nothing.
func hiddenAt(path, caller string, hidden []string) []string {
	if (caller == "manage" || caller == "admin") && strings.HasPrefix(path, "/api/deliveries/") {
		return append(slices.Clone(hidden), "signing key") // which its endpoint has not been sent
	}
	return hidden
}

// answers says whether the server is there.
func (s *server) answers() bool {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.url+"/healthz", nil)
	s.must(err)
	response, err := s.client.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil
}

func (s *server) plantedPaths() []string {
	s.t.Helper()
	hook := s.planted.hook
	paths := []string{
		"/api/hooks", "/api/hooks?includeExecutionStats=1", "/api/hooks/" + hook, "/api/hooks/" + hook + "/recent-logs", "/api/webhooks", "/api/webhooks/" + hook,
		"/api/deliveries", "/api/deliveries/summary", "/api/events", "/api/event-types", "/api/me", "/api/api-keys", "/api/tenants", "/api/overview", "/api/receiver/inboxes",
		"/api/lookup?id=" + hook, "/openapi.json", "/healthz", "/readyz",
		"/api/no-such-path",
	}
	var page struct {
		Items []struct{ ID, EventID string }
	}
	s.as(s.planted.keys["read"], http.MethodGet, "/api/deliveries", "", http.StatusOK, &page)
	for _, d := range page.Items {
		at := "/api/deliveries/" + d.ID
		paths = append(paths, at, at+"/payload", at+"/attempts/1/body", "/api/events/"+d.EventID, "/api/logs/"+d.ID)
	}
	return paths
}

// report fails the test for what came to light.
func (s *server) report() {
	s.t.Helper()
	p := s.planted
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, finding := range p.findings {
		s.t.Error(finding)
	}
	p.findings = nil
}

// TestPlantedSecretsWouldBeSeen: the watch over all servers sees what it looks for, in
// the log, in an answer and in what a reader is shown.
func TestPlantedSecretsWouldBeSeen(t *testing.T) {
	t.Parallel()
	s := newServer(t, program(t))
	s.start()
	p := s.planted
	logged, _ := p.so()
	s.inspect()
	if read, findings := p.so(); len(findings) > 0 || read < logged+10_000 {
		t.Errorf("%d bytes were looked at, found: %v", read, findings)
	}
	s.log.add(`{"msg":"` + p.keys["admin"] + `"}`)
	p.look("an answer", s.as(p.keys["manage"], http.MethodGet, "/api/hooks", "", http.StatusOK, nil))
	p.hide("locked header", `"name":"Canary"`)
	s.inspect()
	_, findings := p.so()
	seen := strings.Join(findings, "\n")
	for _, want := range []string{"API key is in the log", "custom header is in an answer", "signing key is in an answer", "locked header is in the answer to "} {
		if !strings.Contains(seen, want) {
			t.Errorf("not seen: %s\n%s", want, seen)
		}
	}
	p.forget()
	if err := s.terminate(); err != nil {
		t.Error(err)
	}
	if log := s.log.String(); !strings.Contains(log, `"delivery.attempted"`) || !strings.Contains(log, `"level":"DEBUG"`) {
		t.Errorf("the log is not at level debug:\n%s", log)
	}
}
