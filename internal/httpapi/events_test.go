package httpapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func mustRequest(t *testing.T, target string) *http.Request {
	t.Helper()
	return httptest.NewRequest("GET", target, nil)
}

func TestPostEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hook()
	got := b.do(emitKey, "POST", "/api/events", `{"event":"User.Created"}`)
	p := into[posted](b, got, 202)
	if got.body != `{"id":"`+string(p.ID)+`","deliveries":1}` {
		t.Errorf("body %s", got.body)
	}
	if p := b.post(`{"event":"PostSignIn"}`); p.Deliveries != 0 || !isID(string(p.ID)) {
		t.Errorf("nobody wanted it: %+v", p)
	}
	b.want(b.do(emitKey, "POST", "/api/events", `{"event":"User.Create"}`), 400, "event.unknown_type")
	b.want(b.do(emitKey, "POST", "/api/events", `{`), 400, "event.invalid_payload")
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.post(`{"event":"User.Created"}`, "Idempotency-Key", "a b~")
	again := b.post(`{"event":"User.Created"}`, "Idempotency-Key", "a b~")
	if first != again {
		t.Errorf("%+v and %+v", first, again)
	}
	b.want(b.do(emitKey, "POST", "/api/events", `{"event":"PostSignIn"}`, "Idempotency-Key", "a b~"), 409, "idempotency.key_reused")
	b.post(`{"event":"User.Created"}`, "Idempotency-Key", strings.Repeat("k", 255))
	for _, bad := range []string{"", strings.Repeat("k", 256), "é", "a\tb", "\x7f"} {
		b.want(b.do(emitKey, "POST", "/api/events", `{"event":"User.Created"}`, "Idempotency-Key", bad), 400, "idempotency.invalid_key")
	}
}

func TestPostBatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hook()
	got := into[[]posted](b, b.do(emitKey, "POST", "/api/events/batch", `[{"event":"User.Created"},{"event":"PostSignIn"}]`), 202)
	if len(got) != 2 || got[0].Deliveries != 1 || got[1].Deliveries != 0 || got[0].ID >= got[1].ID {
		t.Errorf("%+v", got)
	}
	lines := into[[]posted](b, b.do(emitKey, "POST", "/api/events/batch", "{\"event\":\"User.Created\"}\n{\"event\":\"PostSignIn\"}\n", "Content-Type", "application/x-ndjson"), 202)
	if len(lines) != 2 {
		t.Errorf("%+v", lines)
	}
	bad := b.do(emitKey, "POST", "/api/events/batch", `[{"event":"User.Created"},{"event":"Nope"},3]`)
	b.want(bad, 400, "batch.invalid")
	if !strings.Contains(bad.body, `"issues":[{"index":1,"code":"event.unknown_type"`) || !strings.Contains(bad.body, `{"index":2,`) {
		t.Errorf("issues: %s", bad.body)
	}
}

func TestRefusalsOfIngest(t *testing.T) {
	t.Parallel()
	refusal := &ingest.Refusal{Code: "some.code", Message: "Some words."}
	b := setup(t, withIngest(func(context.Context, ingest.Input) (store.Accepted, error) { return store.Accepted{}, refusal }))
	for kind, want := range map[ingest.Kind]struct {
		status     int
		retryAfter string
	}{
		ingest.KindInvalid: {400, ""}, ingest.KindTooLarge: {413, ""}, ingest.KindConflict: {409, ""}, ingest.KindBusy: {503, "1"}, ingest.KindFull: {507, "60"},
	} {
		refusal.Kind = kind
		for _, target := range []string{"/api/events", "/api/events/batch"} {
			got := b.do(emitKey, "POST", target, `{}`)
			b.want(got, want.status, "some.code")
			if got.header.Get("Retry-After") != want.retryAfter {
				t.Errorf("%d: Retry-After %q", want.status, got.header.Get("Retry-After"))
			}
		}
	}
}

func TestEventIsHandedOnWithItsSource(t *testing.T) {
	t.Parallel()
	var got ingest.Input
	b := setup(t, withIngest(func(_ context.Context, in ingest.Input) (store.Accepted, error) {
		got = in
		return store.Accepted{ID: "x"}, nil
	}))
	b.do(otherKey, "POST", "/api/events", ` {"event": 1} `, "Idempotency-Key", "k")
	want := ingest.Input{Tenant: "other", Source: otherKey, Body: []byte(` {"event": 1} `), IdempotencyKey: "k"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The hot path: what a request costs beyond the server's own work.
func TestPostEventAllocations(t *testing.T) {
	b := setup(t, withIngest(func(context.Context, ingest.Input) (store.Accepted, error) { return store.Accepted{ID: "x"}, nil }))
	body := &rewinding{text: `{"event":"User.Created"}`}
	r := httptest.NewRequest("POST", "/api/events", body)
	r.ContentLength = int64(len(body.text))
	r.Header.Set("Authorization", "Bearer "+emitKey)
	r.Header.Set("Content-Type", "application/json")
	w := &discard{header: http.Header{}}
	if n := testing.AllocsPerRun(200, func() {
		body.Reader = *strings.NewReader(body.text)
		b.handler.ServeHTTP(w, r)
	}); n > 8 {
		t.Errorf("%v allocations", n)
	}
	if w.status != 202 {
		t.Errorf("status %d", w.status)
	}
}

type rewinding struct {
	strings.Reader
	text string
}

type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

type eventItem struct {
	ID, EventType, AcceptedAt, Source, UnmatchedReason, IdempotencyKey string
	Size                                                               int
	FanOut                                                             struct {
		Total   int
		ByState map[string]int
	}
	Deliveries []deliveryItem
}

type pageOf[T any] struct {
	Items []T
	Next  string
}

func TestListEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	first := b.post(`{"event":"User.Created","x":1}`)
	b.clock.Advance(time.Hour)
	second := b.post(`{"event":"PostSignIn"}`)
	b.do(adminKey, "PATCH", "/api/hooks/"+h.ID, `{"enabled":false}`)
	third := b.post(`{"event":"User.Created"}`)

	ids := func(query string) string {
		t.Helper()
		var names []string
		for _, e := range into[pageOf[eventItem]](b, b.do(readKey, "GET", "/api/events?"+query, ""), 200).Items {
			names = append(names, map[string]string{string(first.ID): "1", string(second.ID): "2", string(third.ID): "3"}[e.ID])
		}
		return strings.Join(names, "")
	}
	for query, want := range map[string]string{
		"": "321", "eventType=PostSignIn": "2", "eventType=PostSignIn&eventType=User.Created": "321", "eventType=Nope": "", "matched=true": "1", "matched=false": "32",
		"from=2026-11-23T12:30:00Z": "32", "to=2026-11-23T12:30:00Z": "1", "from=1795435200000&to=1795435200000": "1", "limit=2": "32",
	} {
		if got := ids(query); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	page := into[pageOf[eventItem]](b, b.do(readKey, "GET", "/api/events?limit=2", ""), 200)
	if ids("limit=2&cursor="+page.Next) != "1" {
		t.Error("the second page is wrong")
	}
	if last := into[pageOf[eventItem]](b, b.do(readKey, "GET", "/api/events?limit=3", ""), 200); last.Next != "" {
		t.Error("the last page has a next one")
	}
	e := page.Items[0]
	if e.UnmatchedReason != "webhooks_disabled" || e.AcceptedAt != "2026-11-23T13:00:00.000Z" || e.Source != emitKey || e.Size != 24 || e.FanOut.Total != 0 {
		t.Errorf("%+v", e)
	}
	if page.Items[1].UnmatchedReason != "no_webhook_subscribed" {
		t.Errorf("%+v", page.Items[1])
	}
	for _, bad := range []string{"limit=0", "limit=101", "limit=x", "cursor=x", "cursor=MTp4", "from=yesterday", "to=-1", "matched=maybe", "limit=1&limit=2", "eventType=%00"} {
		b.want(b.do(readKey, "GET", "/api/events?"+bad, ""), 400, "guard.invalid_input")
	}
}

func TestGetEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hook()
	p := b.post(` {"event":"User.Created", "big":12345678901234567890} `, "Idempotency-Key", "k1")
	b.attempt(succeeded(""), done)
	e := into[eventItem](b, b.do(readKey, "GET", "/api/events/"+string(p.ID), ""), 200)
	if e.IdempotencyKey != "k1" || len(e.Deliveries) != 1 || e.Deliveries[0].State != "succeeded" || e.FanOut.ByState["succeeded"] != 1 || e.FanOut.Total != 1 {
		t.Errorf("%+v", e)
	}
	raw := b.do(readKey, "GET", "/api/events/"+string(p.ID)+"/payload", "")
	if raw.body != `{"event":"User.Created", "big":12345678901234567890}` || raw.header.Get("Content-Type") != "application/octet-stream" ||
		!strings.HasPrefix(raw.header.Get("Content-Disposition"), "attachment;") || raw.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("payload: %+v", raw)
	}
	if cut := b.do(readKey, "GET", "/api/events/"+string(p.ID)+"/payload?limit=9", ""); cut.body != `{"event":` {
		t.Errorf("cut: %s", cut.body)
	}
	b.want(b.do(readKey, "GET", "/api/events/"+string(p.ID)+"/payload?limit=-1", ""), 400, "guard.invalid_input")
	unknown := webhook.FormatID(1, "aaaaaaaaaaa")
	b.want(b.do(readKey, "GET", "/api/events/"+unknown, ""), 404, "entity.not_found")
}
