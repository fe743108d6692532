package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/signature"
)

// ownWebhook is a webhook as a client of our own API reads it.
type ownWebhook struct {
	ID, Name, URL string
	DevAddress    bool
	EventTypes    []string
	Enabled       bool
	Version       int64
	CreatedAt     time.Time
	Health        struct{ RequestCount, SuccessCount, RetryingCount int }
	Hours         []struct {
		Start             time.Time
		Succeeded, Failed int
	}
	LastDelivery *struct {
		ID, State string
		At        time.Time
	}
	Headers []struct {
		Name      string
		Value     *string
		Locked    bool
		UpdatedAt time.Time
		Withheld  bool
	}
	RetryingCount, HeldCount int
}

type ownPage struct {
	Items  []ownWebhook
	Next   string
	Counts map[string]int
}

const ownSample = `{"name":"Sample","eventTypes":["User.Created"],"url":"https://hooks.example.com/in",
	"headers":[{"name":"x-team","value":"blue"},{"name":"Authorization","value":"locked-value","locked":true}]}`

// own makes a webhook and returns it with its ETag.
func (b *bundle) own(body string) (ownWebhook, string) {
	b.t.Helper()
	got := b.do(manageKey, "POST", "/api/webhooks", body)
	return into[ownWebhook](b, got, 201), got.header.Get("ETag")
}

// patch changes a webhook and returns its new ETag.
func (b *bundle) patch(id, tag, body string) (ownWebhook, string) {
	b.t.Helper()
	got := b.do(manageKey, "PATCH", "/api/webhooks/"+id, body, "If-Match", tag)
	return into[ownWebhook](b, got, 200), got.header.Get("ETag")
}

// issuesOf are path and code of each mistake that an answer lists.
func issuesOf(b *bundle, got answer) []string {
	b.t.Helper()
	p := into[struct {
		Code string
		Data struct {
			Issues []struct{ Path, Code, Message string }
		}
	}](b, got, 400)
	found := []string{}
	for _, i := range p.Data.Issues {
		if found = append(found, i.Path+" "+i.Code); i.Message == "" || p.Code != "guard.invalid_input" {
			b.t.Errorf("%s: no message or code: %s", i.Path, got.body)
		}
	}
	return found
}

func TestWebhookIsCreatedAndRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, tag := b.own(ownSample)
	if w.Name != "Sample" || !w.Enabled || w.URL != "https://hooks.example.com/in" || len(w.Hours) != 24 || tag != `"1"` {
		t.Errorf("created: %+v %s", w, tag)
	}
	if !w.Headers[0].UpdatedAt.Equal(start) || *w.Headers[0].Value != "blue" || w.Headers[1].Value != nil || !w.Headers[1].Locked {
		t.Errorf("headers: %+v", w.Headers)
	}
	got := b.do(readKey, "GET", "/api/webhooks/"+w.ID, "")
	read := into[ownWebhook](b, got, 200)
	if got.header.Get("ETag") != tag || *read.Headers[0].Value != "******" || read.Headers[1].Value != nil {
		t.Errorf("read: %s %s", got.header.Get("ETag"), got.body)
	}
	b.want(b.do(readKey, "GET", "/api/webhooks/none", ""), 404, "entity.not_found")
	b.want(b.do(otherKey, "GET", "/api/webhooks/"+w.ID, ""), 404, "entity.not_found")
	b.want(b.do(otherKey, "PATCH", "/api/webhooks/"+w.ID, `{"name":"x"}`, "If-Match", tag), 404, "entity.not_found")
	b.want(b.do(otherKey, "DELETE", "/api/webhooks/"+w.ID, ""), 404, "entity.not_found")
	b.want(b.do(otherKey, "GET", "/api/webhooks/"+w.ID+"/signing-key", ""), 404, "entity.not_found")
	b.want(b.do(otherKey, "POST", "/api/webhooks/"+w.ID+"/test", `{"eventType":"User.Created"}`), 404, "entity.not_found")
	if got := b.do(manageKey, "DELETE", "/api/webhooks/"+w.ID, ""); got.status != 204 || got.body != "" {
		t.Errorf("delete: %d %s", got.status, got.body)
	}
	b.want(b.do(manageKey, "DELETE", "/api/webhooks/"+w.ID, ""), 404, "entity.not_found")
}

func TestWebhookMistakesAreAllNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const valid = `"eventTypes":["User.Created"],"url":"https://hooks.example.com/"`
	tests := map[string][]string{
		`{}`:                        {"name invalid_type", "eventTypes invalid_type", "url invalid_type"},
		`[]`:                        {" invalid_type"},
		`{"name":"",` + valid + `}`: {"name too_small"},
		`{"name":"` + strings.Repeat("ü", 257) + `",` + valid + `}`:                                      {"name too_big"},
		`{"name":null,` + valid + `}`:                                                                    {"name invalid_type"},
		`{"Name":"x",` + valid + `}`:                                                                     {"Name member_case", "name invalid_type"},
		`{"name":"x","eventTypes":[],"url":"https://hooks.example.com/"}`:                                {"eventTypes missing"},
		`{"name":"x","eventTypes":["User.Created","No.Such",7],"url":"https://hooks.example.com/"}`:      {"eventTypes.2 invalid_type"},
		`{"name":"x","eventTypes":["User.Created","No.Such","No.*"],"url":"https://hooks.example.com/"}`: {"eventTypes.1 unknown_event_type", "eventTypes.2 unknown_event_type"},
		`{"name":"x","eventTypes":["User.Created"],"url":"ftp://x"}`:                                     {"url scheme"},
		`{"name":"x",` + valid + `,"enabled":1}`:                                                         {"enabled invalid_type"},
		`{"name":"x",` + valid + `,"headers":{}}`:                                                        {"headers invalid_type"},
		`{"name":"x",` + valid + `,"headers":[{"value":"v"},7]}`:                                         {"headers.0.name invalid_type", "headers.1 invalid_type"},
		`{"name":"x",` + valid + `,"headers":[{"name":"a","locked":true}]}`:                              {"headers.0.value required"},
		`{"name":"x",` + valid + `,"headers":[{"name":"a","value":"1"},{"name":"A","value":"2"}]}`:       {"headers.1 duplicate"},
		`{"name":"x",` + valid + `,"headers":[{"name":"Webhook-Id","value":"1"}]}`:                       {"headers.0 reserved_name"},
		`{"name":"x",` + valid + `,"headers":[{"name":"a","value":"é"}]}`:                                {"headers.0 invalid_value"},
	}
	for body, want := range tests {
		if diff := cmp.Diff(want, issuesOf(b, b.do(manageKey, "POST", "/api/webhooks", body))); diff != "" {
			t.Errorf("%s\n%s", body, diff)
		}
	}
	if got := into[ownPage](b, b.do(readKey, "GET", "/api/webhooks", ""), 200); got.Counts["all"] != 0 {
		t.Errorf("something was stored: %+v", got)
	}
	for _, length := range []int{1, 256} {
		b.own(`{"name":"` + strings.Repeat("ü", length) + `",` + valid + `}`)
	}
}

func TestWebhookConflicts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, first := b.own(ownSample)
	target := "/api/webhooks/" + w.ID
	b.want(b.do(manageKey, "PATCH", target, `{"name":"x"}`), 428, "webhook.if_match_required")
	changed, second := b.patch(w.ID, first, `{"name":"Renamed"}`)
	if changed.Name != "Renamed" || second == first || changed.URL != w.URL || len(changed.Headers) != 2 {
		t.Errorf("changed: %+v %s", changed, second)
	}
	for _, stale := range []string{first, `"x"`, "W/" + second, "1"} {
		got := b.do(manageKey, "PATCH", target, `{"name":"Lost"}`, "If-Match", stale)
		b.want(got, 412, "webhook.changed")
		p := into[struct{ Data struct{ Current ownWebhook } }](b, got, 412)
		if p.Data.Current.Name != "Renamed" || versionTag(p.Data.Current.Version) != second || strings.Contains(got.body, "locked-value") {
			t.Errorf("current: %s", got.body)
		}
	}
	if _, same := b.patch(w.ID, second, `{}`); same != second {
		t.Errorf("an empty change makes %s of %s", same, second)
	}
	if _, third := b.patch(w.ID, `"x", `+second, `{"enabled":false}`); third == second {
		t.Error("one of several tags does not count")
	}
	b.patch(w.ID, "*", `{"name":"Any"}`)
	// A change by a Logto client counts, and of two at a time one wins.
	_, tag := b.patch(w.ID, "*", `{"name":"Before"}`)
	into[hook](b, b.do(manageKey, "PATCH", "/api/hooks/"+w.ID, `{"name":"Logto"}`), 200)
	b.want(b.do(manageKey, "PATCH", target, `{"name":"x"}`, "If-Match", tag), 412, "webhook.changed")
	tag = b.do(readKey, "GET", target, "").header.Get("ETag")
	answers := make(chan int, 8)
	for i := range 8 {
		go func() {
			answers <- b.do(manageKey, "PATCH", target, fmt.Sprintf(`{"name":"racer %d"}`, i), "If-Match", tag).status
		}()
	}
	counts := map[int]int{}
	for range 8 {
		counts[<-answers]++
	}
	if diff := cmp.Diff(map[int]int{200: 1, 412: 7}, counts); diff != "" {
		t.Error(diff)
	}
}

func TestLockedHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, tag := b.own(ownSample)
	sent := func() map[string]string {
		b.t.Helper()
		stored, ok := b.reg.Find(webhook.DefaultTenant, webhook.ID(w.ID))
		if !ok {
			b.t.Fatal("the webhook is gone")
		}
		values := map[string]string{}
		for _, h := range stored.Headers {
			values[h.Name] = h.Value.Reveal()
		}
		return values
	}
	b.clock.Advance(time.Hour)
	w, tag = b.patch(w.ID, tag, `{"headers":[{"name":"authorization","locked":true},{"name":"x-team","value":"red"}]}`)
	if diff := cmp.Diff(map[string]string{"authorization": "locked-value", "x-team": "red"}, sent()); diff != "" {
		t.Error(diff)
	}
	if !w.Headers[0].UpdatedAt.Equal(start) || !w.Headers[1].UpdatedAt.Equal(start.Add(time.Hour)) {
		t.Errorf("times: %+v", w.Headers)
	}
	got := b.do(manageKey, "PATCH", "/api/webhooks/"+w.ID, `{"headers":[{"name":"authorization"}]}`, "If-Match", tag)
	if diff := cmp.Diff([]string{"headers.0.value locked_value"}, issuesOf(b, got)); diff != "" {
		t.Error(diff)
	}
	// A Logto client that replaces its config neither sees nor touches it.
	h := into[hook](b, b.do(manageKey, "PATCH", "/api/hooks/"+w.ID, `{"config":{"url":"https://hooks.example.com/2","headers":{"x-new":"1"}}}`), 200)
	if diff := cmp.Diff(map[string]string{"x-new": "1"}, h.Config.Headers); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"authorization": "locked-value", "x-new": "1"}, sent()); diff != "" {
		t.Error(diff)
	}
	b.want(b.do(manageKey, "PATCH", "/api/hooks/"+w.ID, `{"config":{"url":"https://hooks.example.com/2","headers":{"Authorization":"theirs"}}}`), 400, "guard.invalid_input")
	w, tag = b.patch(w.ID, "*", `{"headers":[{"name":"authorization","locked":true,"value":"new-value"},{"name":"x-new","locked":true}]}`)
	if diff := cmp.Diff(map[string]string{"authorization": "new-value", "x-new": "1"}, sent()); diff != "" {
		t.Error(diff)
	}
	b.patch(w.ID, tag, `{"headers":[]}`)
	if len(sent()) != 0 {
		t.Error("locked headers cannot be removed")
	}
}

// TestSecretsStayInside reads everything there is to read of a webhook.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, _ := b.own(ownSample)
	key := b.reg.List(webhook.DefaultTenant)[0].SigningKey.Reveal()
	for _, as := range []string{readKey, manageKey, adminKey} {
		for _, target := range []string{"/api/webhooks", "/api/webhooks/" + w.ID, "/api/webhooks?q=sample", "/api/hooks/" + w.ID} {
			got := b.do(as, "GET", target, "")
			if strings.Contains(got.body, "locked-value") || strings.Contains(got.body, key) && (as == readKey || !strings.HasPrefix(target, "/api/hooks")) {
				t.Errorf("%s %s: %s", as, target, got.body)
			}
		}
	}
}

func TestSigningKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, tag := b.own(ownSample)
	type keyView struct {
		SigningKey, StandardWebhooksSecret string
		CreatedAt                          time.Time
	}
	target := "/api/webhooks/" + w.ID + "/signing-key"
	got := b.do(manageKey, "GET", target, "")
	first := into[keyView](b, got, 200)
	if got.header.Get("Cache-Control") != "no-store" || len(first.SigningKey) != 32 || !first.CreatedAt.Equal(start) {
		t.Errorf("key: %+v %v", first, got.header)
	}
	secret, err := signature.DecodeSecret(first.StandardWebhooksSecret)
	if err != nil || string(secret) != first.SigningKey || !strings.HasPrefix(first.StandardWebhooksSecret, "whsec_") {
		t.Errorf("secret: %q %v", first.StandardWebhooksSecret, err)
	}
	b.want(b.do(readKey, "GET", target, ""), 403, "auth.forbidden")
	b.clock.Advance(time.Minute)
	got = b.do(manageKey, "POST", target, "")
	second := into[keyView](b, got, 200)
	if second.SigningKey == first.SigningKey || !second.CreatedAt.Equal(start.Add(time.Minute)) || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("new key: %+v", second)
	}
	if stored := b.reg.List(webhook.DefaultTenant)[0]; stored.SigningKey.Reveal() != second.SigningKey {
		t.Error("the new key is not in use")
	}
	b.want(b.do(manageKey, "PATCH", "/api/webhooks/"+w.ID, `{"name":"x"}`, "If-Match", tag), 412, "webhook.changed")
}

func TestEventSelection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, _ := b.own(`{"name":"x","eventTypes":["User.*","User.Created","User.*"],"url":"https://hooks.example.com/"}`)
	if diff := cmp.Diff([]string{"User.*", "User.Created"}, w.EventTypes); diff != "" {
		t.Error(diff)
	}
	logto := into[hook](b, b.do(manageKey, "GET", "/api/hooks/"+w.ID, ""), 200)
	if !slices.Contains(logto.Events, "User.Deleted") || slices.Contains(logto.Events, "User.*") {
		t.Errorf("a Logto client sees %v", logto.Events)
	}
	if done := b.post(`{"event":"User.Deleted"}`); done.Deliveries != 1 {
		t.Errorf("%d deliveries", done.Deliveries)
	}
	into[hook](b, b.do(manageKey, "PATCH", "/api/hooks/"+w.ID, `{"events":["Role.Created"]}`), 200)
	w = into[ownWebhook](b, b.do(readKey, "GET", "/api/webhooks/"+w.ID, ""), 200)
	if diff := cmp.Diff([]string{"Role.Created"}, w.EventTypes); diff != "" {
		t.Error(diff)
	}
	w, _ = b.patch(w.ID, "*", `{"eventTypes":["*"]}`)
	logto = into[hook](b, b.do(manageKey, "GET", "/api/hooks/"+w.ID, ""), 200)
	if len(logto.Events) != len(b.reg.EventTypeNames(webhook.DefaultTenant)) {
		t.Errorf("* expands to %d event types", len(logto.Events))
	}
}

func TestWebhookTest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, _ := b.own(ownSample)
	target := "/api/webhooks/" + w.ID + "/test"
	type tested struct {
		WebhookID, RequestBody, ResponseBody, ResponseBodyBase64 string
		Attempt                                                  struct {
			Number           int
			Outcome, Trigger string
			Response         *struct{ Status int }
		}
	}
	last := func() webhook.Request { return b.sender.requests[len(b.sender.requests)-1] }
	b.sender.answer = func(r webhook.Request) webhook.Attempt {
		return webhook.Attempt{
			Outcome: webhook.OutcomeFailed, Status: 500, Reason: webhook.ReasonStatus5xx,
			Response: webhook.ResponseRecord{Body: []byte("no\xff"), BodySize: 3},
		}
	}
	got := into[tested](b, b.do(manageKey, "POST", target, `{"eventType":"User.Created"}`), 200)
	if got.Attempt.Outcome != "failed" || got.Attempt.Response.Status != 500 || got.Attempt.Trigger != "test" || got.ResponseBodyBase64 != "bm//" {
		t.Errorf("answer: %+v", got)
	}
	if r := last(); string(r.Delivery) != got.WebhookID || r.Trigger != webhook.TriggerTest || string(r.Body) != got.RequestBody || r.URL != "https://hooks.example.com/in" || len(r.Headers) != 2 {
		t.Errorf("request: %+v", r)
	}
	b.sender.answer = func(webhook.Request) webhook.Attempt {
		return webhook.Attempt{Outcome: webhook.OutcomeSucceeded, Status: 200, Response: webhook.ResponseRecord{Body: []byte(`{"n":1.0}`)}}
	}
	const payload = ` {"n":12345678901234567890.10,"b":1,"a":2,"a":3}`
	quoted, _ := json.Marshal(payload)
	got = into[tested](b, b.do(manageKey, "POST", target, `{"eventType":"User.Created","payload":`+string(quoted)+`}`), 200)
	if string(last().Body) != payload || got.RequestBody != payload || got.ResponseBody != `{"n":1.0}` {
		t.Errorf("the payload is not what was sent: %+v", got)
	}
	headers := func(r webhook.Request) map[string]string {
		values := map[string]string{}
		for _, h := range r.Headers {
			values[h.Name] = h.Value.Reveal()
		}
		return values
	}
	// The stored origin, in any spelling and with any path, gets the locked value.
	into[tested](b, b.do(manageKey, "POST", target, `{"eventType":"User.Created","url":"https://HOOKS.example.com:443/other","headers":[{"name":"authorization","locked":true}]}`), 200)
	if diff := cmp.Diff(map[string]string{"authorization": "locked-value"}, headers(last())); diff != "" {
		t.Error(diff)
	}
	for _, elsewhere := range []string{"https://evil.example.com/in", "https://hooks.example.com:8443/in", "https://hooks.example.com.evil.example/"} {
		into[tested](b, b.do(manageKey, "POST", target, `{"eventType":"User.Created","url":"`+elsewhere+`"}`), 200)
		if diff := cmp.Diff(map[string]string{"x-team": "blue"}, headers(last())); diff != "" {
			t.Errorf("%s: %s", elsewhere, diff)
		}
		before := len(b.sender.requests)
		got := b.do(manageKey, "POST", target, `{"eventType":"User.Created","url":"`+elsewhere+`","headers":[{"name":"Authorization","locked":true}]}`)
		if diff := cmp.Diff([]string{"headers.0.value required"}, issuesOf(b, got)); diff != "" || len(b.sender.requests) != before {
			t.Errorf("%s: %s", elsewhere, diff)
		}
	}
	for body, want := range map[string][]string{
		`{}`:                      {"eventType invalid_type"},
		`{"eventType":"No.Such"}`: {"eventType unknown_event_type"},
		`{"eventType":"User.*"}`:  {"eventType pattern"},
		`{"eventType":"User.Created","url":"ftp:x"}`:                                                    {"url scheme"},
		`{"eventType":"User.Created","payload":{}}`:                                                     {"payload invalid_type"},
		`{"eventType":"User.Created","payload":"[]"}`:                                                   {"payload invalid_json"},
		`{"eventType":"User.Created","headers":[{"name":"host","value":"x"},{"name":"a","value":"é"}]}`: {"headers.0 reserved_name", "headers.1 invalid_value"},
	} {
		if diff := cmp.Diff(want, issuesOf(b, b.do(manageKey, "POST", target, body))); diff != "" {
			t.Errorf("%s\n%s", body, diff)
		}
	}
	// Nothing is logged or counted.
	if after := into[ownWebhook](b, b.do(readKey, "GET", "/api/webhooks/"+w.ID, ""), 200); after.Health.RequestCount != 0 || after.LastDelivery != nil {
		t.Errorf("counted: %+v", after.Health)
	}
	if len(b.deliveries()) != 0 {
		t.Error("logged")
	}
}

// scriptedInspector answers every URL alike.
type scriptedInspector struct{ answer URLInspection }

func (s scriptedInspector) InspectURL(context.Context, string) URLInspection { return s.answer }

func TestURLCheck(t *testing.T) {
	t.Parallel()
	inspector := scriptedInspector{URLInspection{
		Normalized: "https://hooks.example.com/", Warnings: []webhook.Invalid{{Code: "address_blocked", Message: "Blocked."}},
		Addresses: []InspectedAddress{{"10.0.0.1", true}},
	}}
	b := setup(t, func(o *Options) { o.URLs = inspector })
	const body, want = `{"url":"https://hooks.example.com"}`, `{"normalized":"https://hooks.example.com/","problems":[],` +
		`"warnings":[{"code":"address_blocked","message":"Blocked."}],"addresses":[{"address":"10.0.0.1","blocked":true}]}`
	for range urlChecksBurst {
		if got := b.do(manageKey, "POST", "/api/url-check", body); got.status != 200 || got.body != want {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	got := b.do(manageKey, "POST", "/api/url-check", body)
	b.want(got, http.StatusTooManyRequests, "request.rate_limited")
	if got.header.Get("Retry-After") != "1" {
		t.Error("no Retry-After")
	}
	if got := b.do(otherKey, "POST", "/api/url-check", body); got.status != 200 {
		t.Errorf("another tenant is limited too: %s", got.body)
	}
	b.clock.Advance(time.Second)
	if got := b.do(manageKey, "POST", "/api/url-check", body); got.status != 200 {
		t.Errorf("a second later: %s", got.body)
	}
	for _, bad := range []string{`{}`, `{"url":7}`, `[]`} {
		b.want(b.do(manageKey, "POST", "/api/url-check", bad), 400, "guard.invalid_input")
	}
	b.want(b.do(readKey, "POST", "/api/url-check", body), 403, "auth.forbidden")
}
