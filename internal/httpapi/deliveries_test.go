package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
)

type deliveryItem struct {
	ID, EventID, EventType, State, CancelReason, NextAttemptAt, AcceptedAt, LastAttemptAt string
	Webhook                                                                               struct {
		ID, Name string
		Deleted  bool
	}
	Attempts []attemptItem
	Event    struct{ ID, Source, IdempotencyKey string }
}

type attemptItem struct {
	Number                                             int
	Outcome, Reason, Trigger, StartedAt, Detail, Phase string
	Status                                             int
	DurationMs                                         float64
	Request                                            struct {
		Method, URL string
		Headers     [][2]*string
		Size        int
	}
	Response *struct {
		Status    int
		Headers   [][2]*string
		Size      int64
		Truncated bool
	}
	Phases                           map[string]*float64
	Address, TLSVersion, HTTPVersion string
}

func (b *bundle) deliveries(query ...string) []deliveryItem {
	b.t.Helper()
	return into[pageOf[deliveryItem]](b, b.do(readKey, "GET", "/api/deliveries?"+strings.Join(query, "&"), ""), 200).Items
}

// wholeAttempt is an attempt with everything that can be recorded of one.
func wholeAttempt() webhook.Attempt {
	return webhook.Attempt{
		Trigger: webhook.TriggerEvent, Duration: 1500 * time.Microsecond, Outcome: webhook.OutcomeFailed, Reason: webhook.ReasonStatus5xx, Status: 503,
		Detail: "The endpoint answered 503.", Phase: webhook.PhaseHeaders,
		Request: webhook.RequestRecord{Method: http.MethodPost, URL: "https://hooks.example.com/", BodySize: 90, Headers: []webhook.HeaderRecord{
			{Name: "host", Value: "hooks.example.com"}, {Name: "x-team", Masked: true},
		}},
		Response: webhook.ResponseRecord{Headers: []webhook.HeaderRecord{{Name: "X-Odd", Value: "\xff"}}, Body: []byte("odd \xff\x00 bytes"), BodySize: 70000, Truncated: true},
		Timing:   webhook.Timing{Connect: time.Millisecond, Wait: 250 * time.Microsecond},
		Address:  "203.0.113.1:443", TLSVersion: "1.3", HTTPVersion: "1.1",
	}
}

func TestGetDelivery(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	p := b.post(`{"event":"User.Created"}`, "Idempotency-Key", "k1")
	b.attempt(wholeAttempt(), lost)
	row := b.deliveries()[0]
	if row.EventID != string(p.ID) || row.Webhook.ID != h.ID || row.Webhook.Name != "Sample" || row.State != "failed" || len(row.Attempts) != 1 || row.LastAttemptAt != "2026-11-23T12:00:00.000Z" {
		t.Errorf("row %+v", row)
	}
	got := b.do(readKey, "GET", "/api/deliveries/"+row.ID, "")
	d := into[deliveryItem](b, got, 200)
	if d.Event.Source != emitKey || d.Event.IdempotencyKey != "k1" || d.Event.ID != string(p.ID) || strings.Count(got.body, `"attempts"`) != 1 {
		t.Errorf("delivery %s", got.body)
	}
	host, value, team, odd, replaced := "host", "hooks.example.com", "x-team", "X-Odd", "\uFFFD"
	a := d.Attempts[0]
	if diff := cmp.Diff([][2]*string{{&host, &value}, {&team, nil}}, a.Request.Headers); diff != "" {
		t.Errorf("request headers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][2]*string{{&odd, &replaced}}, a.Response.Headers); diff != "" {
		t.Errorf("response headers (-want +got):\n%s", diff)
	}
	if a.DurationMs != 1.5 || a.Status != 503 || a.Reason != "status_5xx" || a.Response.Size != 70000 || !a.Response.Truncated || a.Request.Size != 90 {
		t.Errorf("attempt %+v", a)
	}
	if a.Phases["dns"] != nil || *a.Phases["connect"] != 1 || *a.Phases["wait"] != 0.25 || a.Address != "203.0.113.1:443" || a.TLSVersion != "1.3" {
		t.Errorf("phases %v, address %s", a.Phases, a.Address)
	}
	body := b.do(readKey, "GET", "/api/deliveries/"+row.ID+"/attempts/1/body", "")
	if body.body != "odd \xff\x00 bytes" || body.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(body.header.Get("Content-Disposition"), "attachment;") {
		t.Errorf("body %+v", body)
	}
	if cut := b.do(readKey, "GET", "/api/deliveries/"+row.ID+"/attempts/1/body?limit=3", ""); cut.body != "odd" {
		t.Errorf("cut: %q", cut.body)
	}
	for _, number := range []string{"0", "2", "x", "01"} {
		b.want(b.do(readKey, "GET", "/api/deliveries/"+row.ID+"/attempts/"+number+"/body", ""), 404, "entity.not_found")
	}
	payload := b.do(readKey, "GET", "/api/deliveries/"+row.ID+"/payload", "")
	if want := `{"event":"User.Created","createdAt":"2026-11-23T12:00:00.000Z","hookId":"` + h.ID + `"}`; payload.body != want {
		t.Errorf("payload\n got %s\nwant %s", payload.body, want)
	}
}

func TestListDeliveries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.hook(), b.hook()
	b.post(`{"event":"User.Created"}`)
	b.attempt(succeeded(""), done)
	b.clock.Advance(time.Hour)
	b.do(adminKey, "PATCH", "/api/hooks/"+second.ID, `{"events":["PostSignIn"]}`)
	b.post(`{"event":"PostSignIn"}`)

	for query, want := range map[string]int{
		"": 3, "webhook=" + first.ID: 1, "webhook=" + second.ID: 2, "webhook=nobody": 0, "state=succeeded": 2, "state=pending": 1, "state=pending&state=succeeded": 3,
		"state=failed": 0, "eventType=PostSignIn": 1, "eventType=PostSignIn&eventType=User.Created": 3, "from=2026-11-23T12:30:00Z": 1, "to=2026-11-23T12:30:00Z": 2,
	} {
		if got := b.deliveries(query); len(got) != want {
			t.Errorf("%q: %d, want %d", query, len(got), want)
		}
	}
	var paged []string
	for next := ""; ; {
		page := into[pageOf[deliveryItem]](b, b.do(readKey, "GET", "/api/deliveries?limit=1&cursor="+next, ""), 200)
		paged = append(paged, page.Items[0].ID)
		if next = page.Next; next == "" {
			break
		}
	}
	var whole []string
	for _, d := range b.deliveries() {
		whole = append(whole, d.ID)
	}
	if diff := cmp.Diff(whole, paged); diff != "" || !slices.IsSortedFunc(whole, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("pages (-whole +paged):\n%s", diff)
	}
	for _, bad := range []string{"state=sending", "limit=0", "cursor=***", "webhook=a&webhook=b", "from=x"} {
		b.want(b.do(readKey, "GET", "/api/deliveries?"+bad, ""), 400, "guard.invalid_input")
	}
}

func TestRedeliver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	b.post(`{"event":"User.Created"}`)
	id := b.deliveries()[0].ID
	redeliver := func() answer { return b.do(manageKey, "POST", "/api/deliveries/"+id+"/redeliver", "") }
	b.want(redeliver(), 409, "delivery.in_progress")
	b.attempt(wholeAttempt(), lost)
	b.waker.underWay = webhook.DeliveryID(id) // as when it was cancelled meanwhile
	b.want(redeliver(), 409, "delivery.in_progress")
	b.want(b.do(otherKey, "POST", "/api/deliveries/"+id+"/redeliver", ""), 404, "entity.not_found")
	b.waker.underWay = ""

	row := into[deliveryItem](b, redeliver(), 202)
	w, _ := b.reg.Find(webhook.DefaultTenant, webhook.ID(h.ID))
	if row.ID != id || !slices.Equal(b.waker.woken, []int64{w.Number}) {
		t.Errorf("row %+v, woken %v", row, b.waker.woken)
	}
	manual := succeeded("")
	manual.Trigger = webhook.TriggerManual
	b.attempt(manual, done)
	if got := b.deliveries()[0]; got.State != "succeeded" || len(got.Attempts) != 2 || got.Attempts[1].Trigger != "manual" {
		t.Errorf("after it: %+v", got)
	}
	b.do(adminKey, "PATCH", "/api/hooks/"+h.ID, `{"enabled":false}`)
	b.want(redeliver(), 409, "webhook.disabled")
	b.do(adminKey, "DELETE", "/api/hooks/"+h.ID, "")
	b.want(redeliver(), 409, "webhook.deleted")
	b.want(b.do(manageKey, "POST", "/api/deliveries/"+webhook.FormatID(1, "aaaaaaaaaaa")+"/redeliver", ""), 404, "entity.not_found")
	if len(b.waker.woken) != 1 {
		t.Errorf("woken %v", b.waker.woken)
	}
}

// A connection that was refused is told apart from one that found no way.
func TestAttemptsNameTheirCause(t *testing.T) {
	t.Parallel()
	refused := webhook.Attempt{Reason: webhook.ReasonConnect, Detail: webhook.CauseRefused.Sentence()}
	answered := webhook.Attempt{Reason: webhook.ReasonStatus5xx, Status: 503, Detail: webhook.CauseRefused.Sentence()}
	for want, a := range map[string]webhook.Attempt{`"cause":"refused","detail":"The endpoint refused the connection."`: refused, `"detail":"The`: answered} {
		raw, err := json.Marshal(viewWholeAttempt(&a))
		if err != nil || !strings.Contains(string(raw), want) || strings.Contains(string(raw), `"cause"`) != (a.Status == 0) {
			t.Errorf("%s, %v, want %s", raw, err, want)
		}
	}
}
