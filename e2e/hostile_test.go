package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hostile is a server with what the cases of bad input refer to.
type hostile struct {
	*server
	wire
	base base
}

// newHostile starts a server with its defaults and makes the objects that the cases
// name.
func newHostile(t *testing.T, program string) *hostile {
	t.Helper()
	h := &hostile{server: serving(t, program)}
	h.wire = wire{address: strings.TrimPrefix(h.url, "http://"), values: map[string]string{"KEY": apiKey, "KEY_PREFIX": apiKey[:12]}}
	h.makeKeys(t)
	h.reset()
	h.request(http.MethodGet, "/api/hooks", "", http.StatusOK)
	h.base = h.server.base()
	return h
}

// reportTo makes failures those of a subtest, until it ends.
func (h *hostile) reportTo(t *testing.T) (end func()) {
	t.Helper()
	outer := h.server.t
	h.server.t = t
	return func() { h.server.t = outer }
}

// makeKeys makes keys that are revoked, expired, weak and of another tenant.
func (h *hostile) makeKeys(t *testing.T) {
	t.Helper()
	revoked := h.makeKey(t, "/api/api-keys", `{"name":"revoked","scopes":["admin"]}`)
	h.request(http.MethodDelete, "/api/api-keys/"+revoked.ID, "", http.StatusNoContent)
	soon := time.Now().Add(1500 * time.Millisecond).UTC().Format(time.RFC3339Nano)
	expired := h.makeKey(t, "/api/api-keys", fmt.Sprintf(`{"name":"expired","scopes":["admin"],"expiresAt":%q}`, soon))
	var tenant struct{ ID string }
	h.must(json.Unmarshal(h.request(http.MethodPost, "/api/tenants", `{"id":"other","name":"Other"}`, http.StatusCreated), &tenant))
	other := h.makeKey(t, "/api/tenants/"+tenant.ID+"/api-keys", `{"name":"other","scopes":["admin"]}`)
	var hook struct{ ID string }
	h.must(json.Unmarshal(h.request(http.MethodPost, "/api/hooks", quietHook, http.StatusCreated, "Authorization", "Bearer "+other.Key), &hook))
	h.values["REVOKED_KEY"], h.values["EXPIRED_KEY"] = revoked.Key, expired.Key
	h.values["READONLY_KEY"] = h.makeKey(t, "/api/api-keys", `{"name":"reader","scopes":["read"]}`).Key
	h.values["OTHER_TENANT_KEY"], h.values["OTHER_TENANT_HOOK"] = other.Key, hook.ID
	for _, name := range []string{"REVOKED_KEY", "EXPIRED_KEY"} {
		h.awaitRefused(t, name)
	}
}

type madeKey struct{ ID, Key string }

func (h *hostile) makeKey(t *testing.T, path, body string) madeKey {
	t.Helper()
	var made madeKey
	h.must(json.Unmarshal(h.request(http.MethodPost, path, body, http.StatusCreated), &made))
	if made.Key == "" {
		t.Fatalf("POST %s shows no key", path)
	}
	return made
}

func (h *hostile) awaitRefused(t *testing.T, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for {
		status, _, err := h.try(http.MethodGet, "/api/hooks", "", "Authorization", "Bearer "+h.values[name])
		h.must(err)
		if status == http.StatusUnauthorized {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("%s still works: %d", name, status)
		}
	}
}

// quietHook is subscribed to an event that no case posts: nothing changes unless a
// case changes it.
const quietHook = `{"name":"n","events":["Role.Created"],"config":{"url":"https://hooks.example.com/"}}`

// reset leaves one webhook, a new one.
func (h *hostile) reset() {
	h.server.t.Helper()
	for _, hook := range h.hooks(apiKey) {
		h.request(http.MethodDelete, "/api/hooks/"+hook.ID, "", http.StatusNoContent)
	}
	var hook struct{ ID string }
	h.must(json.Unmarshal(h.request(http.MethodPost, "/api/hooks", quietHook, http.StatusCreated), &hook))
	h.values["HOOK"] = hook.ID
}

type listed struct {
	ID  string
	raw string
}

func (h *hostile) hooks(key string) []listed {
	h.server.t.Helper()
	var raw []json.RawMessage
	h.must(json.Unmarshal(h.request(http.MethodGet, "/api/hooks", "", http.StatusOK, "Authorization", "Bearer "+key), &raw))
	all := make([]listed, len(raw))
	for i, one := range raw {
		h.must(json.Unmarshal(one, &all[i]))
		all[i].raw = string(one)
	}
	return all
}

// TestBadInput sends every case of both files to the built binary and holds the
// conventions of testdata/badinput.json. badinput-more.json has the same form: more
// members of each group, and other routes.
func TestBadInput(t *testing.T) {
	t.Parallel()
	program := program(t)
	cases := append(readBadInput(t, "testdata/badinput.json", 280), readBadInput(t, "testdata/badinput-more.json", 100)...)
	// The slow ones first: the longest of them takes half a minute.
	for _, c := range cases {
		if c.isSlow() {
			t.Run(c.ID, func(t *testing.T) {
				t.Parallel()
				newHostile(t, program).run(t, c)
			})
		}
	}
	t.Run("Quick", func(t *testing.T) {
		t.Parallel()
		h := newHostile(t, program)
		for _, c := range cases {
			if !c.isSlow() {
				t.Run(c.ID, func(t *testing.T) { h.run(t, c) })
			}
		}
		if err := h.returnsTo(h.base); err != nil {
			t.Error(err)
		}
	})
}

// run sends a case and checks everything about the answer and what is left behind.
func (h *hostile) run(t *testing.T, c *badCase) {
	t.Helper()
	defer h.reportTo(t)()
	if unknown := c.unknownVariables(h.values); len(unknown) > 0 {
		t.Fatalf("no value for %v", unknown)
	}
	before, hook, others := h.dump(), h.hook(), h.others()
	r := h.sendWithin(t, c)
	if !slices.Contains(c.Expect.Status, r.status) || r.status >= http.StatusInternalServerError {
		t.Errorf("%s\n%s %s answers %d, want one of %v: %.300s", c.Why, c.Method, c.Path, r.status, c.Expect.Status, r.body)
	}
	h.checkAnswer(t, c, r)
	h.checkHealthy(t)
	after := h.dump()
	if r.status >= http.StatusBadRequest || c.Expect.After == "state unchanged" {
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s\nthe state changed:\n%s", c.Why, diff)
		}
		return
	}
	if diff := cmp.Diff(others, h.others()); diff != "" {
		t.Errorf("%s\nother webhooks changed:\n%s", c.Why, diff)
	}
	if unwanted := c.Expect.After; unwanted == "field unchanged" || unwanted == "hook still exists" {
		if diff := cmp.Diff(hook, h.hook()); diff != "" {
			t.Errorf("%s\nthe webhook changed:\n%s", c.Why, diff)
		}
	}
	h.checkStored(t, c, r)
	if c.Method != http.MethodGet {
		h.reset()
	}
}

// sendWithin sends the case and measures. On a machine with other work a bound may
// be missed once; what misses it three times is too slow or too big.
func (h *hostile) sendWithin(t *testing.T, c *badCase) *reply {
	t.Helper()
	var r *reply
	var err error
	var over string
	for range 3 {
		measured := h.forgetMost()
		resident, _ := h.resident(residentNow)
		if r, err = h.send(t, c, max(2*c.within(), 5*time.Second)); err != nil {
			t.Fatalf("%s\n%v\n%s", c.Why, err, h.log)
		}
		most, ok := h.resident(residentMost)
		switch {
		case r.took > c.within():
			over = fmt.Sprintf("took %v, want at most %v", r.took, c.within())
		case measured && ok && most-resident > c.memory():
			over = fmt.Sprintf("memory grew by %d MiB, want at most %d MiB", (most-resident)>>20, c.memory()>>20)
		default:
			return r
		}
		if c.isSlow() || r.status < http.StatusBadRequest {
			break
		}
	}
	t.Errorf("%s\n%s", c.Why, over)
	return r
}

// checkHealthy holds that the process goes on serving.
func (h *hostile) checkHealthy(t *testing.T) {
	t.Helper()
	h.request(http.MethodGet, "/healthz", "", http.StatusOK)
	var took time.Duration
	for range 3 {
		began := time.Now()
		h.request(http.MethodGet, "/api/hooks?page=1", "", http.StatusOK)
		if took = time.Since(began); took <= 100*time.Millisecond {
			return
		}
	}
	t.Errorf("the next valid request took %v", took)
}

// hook is the webhook of the cases as the API shows it, empty if it is gone.
func (h *hostile) hook() string {
	h.server.t.Helper()
	for _, one := range h.hooks(apiKey) {
		if one.ID == h.values["HOOK"] {
			return one.raw
		}
	}
	return ""
}

// others are all webhooks that a case has no business with.
func (h *hostile) others() []string {
	h.server.t.Helper()
	var all []string
	for _, one := range h.hooks(h.values["OTHER_TENANT_KEY"]) {
		all = append(all, one.raw)
	}
	return all
}

// leaks is what no answer to a stranger holds.
func (h *hostile) leaks() []string {
	return []string{apiKey, h.folder, "SQLITE", "sqlite", "SELECT ", "INSERT ", "goroutine ", ".go:", "runtime error"}
}

func (h *hostile) checkAnswer(t *testing.T, c *badCase, r *reply) {
	t.Helper()
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY"} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if location := r.header.Get("Location"); location != "" && (location != "/console/" || c.Path != "/" && c.Path != "/console") {
		t.Errorf("redirects to %q", location)
	}
	if r.status < http.StatusBadRequest {
		return
	}
	var problem struct{ Code, Message string }
	if err := json.Unmarshal(r.body, &problem); c.Method != http.MethodHead && (err != nil || problem.Code == "" || problem.Message == "") {
		t.Errorf("the answer %d is no problem in JSON: %.300q", r.status, r.body)
	}
	for _, secret := range h.leaks() {
		if bytes.Contains(r.body, []byte(secret)) {
			t.Errorf("the answer echoes %q: %.300s", secret, r.body)
		}
	}
	if len(r.body) > 64<<10 {
		t.Errorf("the answer has %d bytes", len(r.body))
	}
}

// checkStored holds that what was accepted is what was sent, and nothing more.
func (h *hostile) checkStored(t *testing.T, c *badCase, r *reply) {
	t.Helper()
	var created struct {
		ID, Name, TenantID, SigningKey string
		Config                         struct{ Headers map[string]string }
	}
	if r.status == http.StatusOK && c.Method == http.MethodGet && bytes.HasPrefix(r.body, []byte("[")) {
		var list []json.RawMessage
		if err := json.Unmarshal(r.body, &list); err != nil || len(list) > 100 {
			t.Errorf("a list of %d: %v", len(list), err)
		}
	}
	if r.status != http.StatusCreated || c.Path != "/api/hooks" || c.Body == nil {
		return
	}
	var sent struct {
		Name   string
		Config struct{ Headers map[string]string }
	}
	h.must(json.Unmarshal([]byte(*c.Body), &sent))
	h.must(json.Unmarshal(r.body, &created))
	read := h.request(http.MethodGet, "/api/hooks/"+created.ID, "", http.StatusOK)
	if !bytes.Equal(read, r.body) {
		t.Errorf("created as %s\nread as %s", r.body, read)
	}
	if created.Name != sent.Name || !cmp.Equal(created.Config.Headers, sent.Config.Headers) {
		t.Errorf("%s is stored as %s", *c.Body, read)
	}
	if created.TenantID != "default" || created.SigningKey == "evil" || created.ID == "evil" {
		t.Errorf("the client chose what is ours: %s", read)
	}
	masked := h.request(http.MethodGet, "/api/hooks/"+created.ID, "", http.StatusOK, "Authorization", "Bearer "+h.values["READONLY_KEY"])
	h.must(json.Unmarshal(masked, &created))
	for name, value := range created.Config.Headers {
		if value != "******" {
			t.Errorf("a reader sees %s: %s", name, value)
		}
	}
}
