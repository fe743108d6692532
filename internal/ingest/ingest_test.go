package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/schema"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// kit is an Ingest on a real store, with a registry that a test moves by hand.
type kit struct {
	*ingest.Ingest
	store    *sqlite.Store
	registry *fixedRegistry
	commits  int
	fault    error
}

var now = time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.UTC)

func setup(t *testing.T) *kit {
	t.Helper()
	k := &kit{registry: &fixedRegistry{}}
	var err error
	k.store, err = sqlite.Open(t.Context(), sqlite.Options{
		Path:    filepath.Join(t.TempDir(), "tidings.db"),
		Observe: func(int, time.Duration) { k.commits++ },
		Fault:   func(string) error { return k.fault },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.store.Close(); err != nil {
			t.Error(err)
		}
	})
	k.Ingest = ingest.New(ingest.Options{Store: k.store, Registry: k.registry, Types: types{Catalog: catalog.Load()}, Clock: clock.NewFake(now)})
	return k
}

// types are those built in; "order.paid" is one of the tenant with a schema that
// nothing but a member "ok" fits.
type types struct {
	*catalog.Catalog
	checked func()
}

func (t types) Known(tenant webhook.TenantID, name webhook.EventType) bool {
	return t.Catalog.Known(name) || name == "order.paid" && tenant == webhook.DefaultTenant
}

func (t types) Nearest(_ webhook.TenantID, name string) string { return t.Catalog.Nearest(name) }

func (t types) CheckPayload(_ webhook.TenantID, name webhook.EventType, payload []byte) []schema.Problem {
	if t.checked != nil {
		t.checked()
	}
	if name != "order.paid" || strings.Contains(string(payload), `"ok"`) {
		return nil
	}
	return []schema.Problem{{Path: "/a", Message: "One."}, {Path: "", Message: "Two."}}
}

// fixedRegistry matches every event with the same webhooks. Refresh moves it to the
// version that a test has set.
type fixedRegistry struct {
	mu            sync.Mutex
	version, next int64
	webhooks      []int64
	refreshes     int
}

func (r *fixedRegistry) Match(webhook.TenantID, webhook.EventType) (int64, []int64, webhook.Unmatched) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.webhooks) == 0 {
		return r.version, nil, webhook.UnmatchedNoSubscription
	}
	return r.version, r.webhooks, ""
}

func (r *fixedRegistry) Refresh(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refreshes++
	r.version = r.next
	return nil
}

func input(body string) ingest.Input {
	return ingest.Input{Tenant: webhook.DefaultTenant, Source: "key", Body: []byte(body)}
}

func (k *kit) event(t *testing.T, id webhook.EventID) webhook.Event {
	t.Helper()
	e, err := k.store.Event(t.Context(), webhook.DefaultTenant, id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func refused(t *testing.T, err error) *ingest.Refusal {
	t.Helper()
	var r *ingest.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("error = %v, want a refusal", err)
	}
	return r
}

func TestAcceptedEvent(t *testing.T) {
	t.Parallel()
	t.Run("IsStoredAsPosted", func(t *testing.T) {
		t.Parallel()
		k := setup(t)
		const posted = `{ "event":"User.Created", "n" : 1.00, "big":9007199254740993 }`
		accepted, err := k.Accept(t.Context(), input("\n"+posted+" "))
		if err != nil {
			t.Fatal(err)
		}
		e := k.event(t, accepted.ID)
		if string(e.Payload.Posted) != posted || !e.Payload.CreatedAt.Equal(now) || !e.AcceptedAt.Equal(now) {
			t.Errorf("event = %+v with payload %s", e, e.Payload.Posted)
		}
		want := posted[:len(posted)-1] + `,"createdAt":"2026-03-04T05:06:07.890Z","hookId":"abc"}`
		if got := string(e.Payload.Body("abc")); got != want {
			t.Errorf("body = %s, want %s", got, want)
		}
	})
	t.Run("KeepsItsOwnCreatedAt", func(t *testing.T) {
		t.Parallel()
		k := setup(t)
		accepted, err := k.Accept(t.Context(), input(`{"event":"User.Created","createdAt":"then"}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(k.event(t, accepted.ID).Payload.Body("abc")); got != `{"event":"User.Created","createdAt":"then","hookId":"abc"}` {
			t.Errorf("body = %s", got)
		}
	})
	t.Run("IsStoredEvenIfNobodyWantsIt", func(t *testing.T) {
		t.Parallel()
		k := setup(t)
		accepted, err := k.Accept(t.Context(), input(`{"event":"User.Created"}`))
		if err != nil {
			t.Fatal(err)
		}
		if e := k.event(t, accepted.ID); accepted.Deliveries != 0 || e.Unmatched != webhook.UnmatchedNoSubscription {
			t.Errorf("accepted %+v, event %+v", accepted, e)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	k := setup(t)
	for name, c := range map[string]struct {
		body string
		kind ingest.Kind
		code string
		says string
	}{
		"unknown type":        {`{"event":"User.created"}`, ingest.KindInvalid, "event.unknown_type", "User.Created"},
		"too large":           {`{"event":"User.Created","x":"` + strings.Repeat("x", ingest.MaxEvent) + `"}`, ingest.KindTooLarge, "event.too_large", "1048576"},
		"not JSON":            {`{"event":`, ingest.KindInvalid, "event.invalid_payload", "not valid JSON"},
		"hookId is ours":      {`{"event":"User.Created","hookId":1}`, ingest.KindInvalid, "event.reserved_member", "hookId"},
		"the type is missing": {`{}`, ingest.KindInvalid, "event.missing_type", "event"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := k.Accept(t.Context(), input(c.body))
			if r := refused(t, err); r.Kind != c.kind || r.Code != c.code || !strings.Contains(r.Message, c.says) {
				t.Errorf("refusal = %+v, want %s that says %q", r, c.code, c.says)
			}
		})
	}
}

func TestLargestEventIsAccepted(t *testing.T) {
	t.Parallel()
	k := setup(t)
	frame := `{"event":"User.Created","x":""}`
	body := `{"event":"User.Created","x":"` + strings.Repeat("x", ingest.MaxEvent-len(frame)) + `"}`
	if _, err := k.Accept(t.Context(), input(body)); err != nil || len(body) != ingest.MaxEvent {
		t.Errorf("%d bytes: %v", len(body), err)
	}
}

func TestRegistryThatChangesUnderway(t *testing.T) {
	t.Parallel()
	t.Run("IsMatchedAgain", func(t *testing.T) {
		t.Parallel()
		k := setup(t)
		w, err := k.store.CreateWebhook(t.Context(), webhook.Webhook{ID: "w", Tenant: webhook.DefaultTenant, Enabled: true})
		if err != nil {
			t.Fatal(err)
		}
		k.registry.next, k.registry.webhooks = 1, []int64{w.Number}
		accepted, err := k.Accept(t.Context(), input(`{"event":"User.Created"}`))
		if err != nil || accepted.Deliveries != 1 || k.registry.refreshes != 1 {
			t.Errorf("accepted %+v after %d refreshes: %v", accepted, k.registry.refreshes, err)
		}
	})
	t.Run("EndsInRefusalIfItNeverSettles", func(t *testing.T) {
		t.Parallel()
		k := setup(t)
		k.registry.version, k.registry.next = 7, 8
		_, err := k.Accept(t.Context(), input(`{"event":"User.Created"}`))
		if r := refused(t, err); r.Kind != ingest.KindBusy {
			t.Errorf("refusal = %+v, want busy", r)
		}
	})
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	k := setup(t)
	counted := 0
	k.Accepted = func(*store.AcceptParams, []store.Accepted) { counted++ }
	in := input(`{"event":"User.Created"}`)
	in.IdempotencyKey = "once"
	first, err := k.Accept(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := k.Accept(t.Context(), in)
	first.Repeated = true
	if err != nil || again != first || counted != 1 {
		t.Errorf("again = %+v, %v; want %+v", again, err, first)
	}
	in.Body = []byte(`{"event":"User.Created"} `) // the raw body counts
	_, err = k.Accept(t.Context(), in)
	if r := refused(t, err); r.Kind != ingest.KindConflict || r.Code != "idempotency.key_reused" {
		t.Errorf("refusal = %+v, want a conflict", r)
	}
	batch := input(`[{"event":"User.Created"}]`)
	batch.IdempotencyKey = "once"
	if _, err := k.AcceptBatch(t.Context(), batch); err != nil {
		t.Errorf("the same key on the other route: %v", err)
	}
}

func TestCommitErrorStoresNothing(t *testing.T) {
	t.Parallel()
	k := setup(t)
	k.fault = errors.New("disk gone")
	_, err := k.Accept(t.Context(), input(`{"event":"User.Created"}`))
	if r := refused(t, err); r.Kind != ingest.KindBusy || r.Code != "storage.unavailable" || !errors.Is(err, k.fault) {
		t.Errorf("refusal = %+v, want one to be tried again that keeps its cause", r)
	}
	k.fault = nil
	if events, err := k.store.Events(t.Context(), store.EventQuery{Tenant: webhook.DefaultTenant, Limit: 10}); err != nil || len(events) != 0 {
		t.Errorf("%d events stored, %v", len(events), err)
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	k := setup(t)
	k.Full = func() bool { return true }
	_, err := k.Accept(t.Context(), input(`{"event":"User.Created"}`))
	if r := refused(t, err); r.Kind != ingest.KindFull || r.Code != "storage.full" {
		t.Errorf("refusal = %+v", r)
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	const event = `{"event":"User.Created","n":%d}`
	for name, c := range map[string]struct {
		body   string
		ndjson bool
	}{
		"array":  {" [" + fmt.Sprintf(event, 0) + ", " + fmt.Sprintf(event, 1) + "\n] ", false},
		"NDJSON": {"\n" + fmt.Sprintf(event, 0) + "\r\n\n" + fmt.Sprintf(event, 1), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := setup(t)
			in := input(c.body)
			in.NDJSON = c.ndjson
			accepted, err := k.AcceptBatch(t.Context(), in)
			if err != nil || len(accepted) != 2 {
				t.Fatalf("accepted %+v, %v", accepted, err)
			}
			for n, a := range accepted {
				if got := string(k.event(t, a.ID).Payload.Posted); got != fmt.Sprintf(event, n) {
					t.Errorf("answer %d is of %s", n, got)
				}
			}
			if k.commits != 1 {
				t.Errorf("%d commits, want one", k.commits)
			}
		})
	}
	t.Run("IsAllOrNothing", func(t *testing.T) {
		t.Parallel()
		k := setup(t)
		_, err := k.AcceptBatch(t.Context(), input(`[{"event":"User.Created"},{"event":"nope"},3]`))
		r := refused(t, err)
		want := []ingest.Issue{{Index: at(1), Code: "event.unknown_type"}, {Index: at(2), Code: "event.invalid_payload"}}
		if diff := cmp.Diff(want, r.Issues, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Message" }, cmp.Ignore())); diff != "" {
			t.Errorf("issues differ (-want +got):\n%s", diff)
		}
		if events, err := k.store.Events(t.Context(), store.EventQuery{Tenant: webhook.DefaultTenant, Limit: 10}); err != nil || len(events) != 0 {
			t.Errorf("%d events stored, %v", len(events), err)
		}
	})
}

func TestBatchLimits(t *testing.T) {
	t.Parallel()
	k := setup(t)
	many := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`{"event":"x"},`, n), ",") + "]" }
	for name, c := range map[string]struct {
		body string
		kind ingest.Kind
		code string
	}{
		"no event":        {"[]", ingest.KindInvalid, "batch.empty"},
		"not an array":    {`{"event":"User.Created"}`, ingest.KindInvalid, "batch.invalid"},
		"broken":          {`[{"event":"User.Created"}`, ingest.KindInvalid, "batch.invalid"},
		"too many":        {many(ingest.MaxBatchEvents + 1), ingest.KindTooLarge, "batch.too_many_events"},
		"just not":        {many(ingest.MaxBatchEvents), ingest.KindInvalid, "batch.invalid"}, // of an unknown type
		"too many bytes":  {strings.Repeat(" ", ingest.MaxBatch+1), ingest.KindTooLarge, "batch.too_large"},
		"one is too long": {`[{"event":"User.Created","x":"` + strings.Repeat("x", ingest.MaxEvent) + `"}]`, ingest.KindInvalid, "batch.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := k.AcceptBatch(t.Context(), input(c.body))
			r := refused(t, err)
			if r.Kind != c.kind || r.Code != c.code || len(r.Issues) > 100 {
				t.Errorf("refusal = %v %s with %d issues, want %s", r.Kind, r.Code, len(r.Issues), c.code)
			}
		})
	}
}

// TestDeepEventIsNamedByItsIndex holds that a batch with events that are nested too deep
// says the same of each event as an array and as lines.
func TestDeepEventIsNamedByItsIndex(t *testing.T) {
	t.Parallel()
	k := setup(t)
	deep := func(levels int) string {
		return `{"event":"User.Created","x":` + strings.Repeat("[", levels-1) + `"],[\"{"` + strings.Repeat("]", levels-1) + "}"
	}
	const good, other = `{"event":"User.Created","x":"],{\\"}`, `{"event":"nope"}`
	for name, events := range map[string][]string{
		"one": {deep(65)}, "first": {deep(65), good}, "last": {good, deep(65)}, "two": {good, deep(66), good, deep(100)}, "among mistakes": {other, deep(65), "3", good, other},
		"much too deep": {good, deep(300_000)}, "no object": {strings.Repeat("[", 80) + strings.Repeat("]", 80), good}, "broken too": {deep(70), `{"event":}`, `{"event" "x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := input(strings.Join(events, "\n"))
			lines.NDJSON = true
			_, err := k.AcceptBatch(t.Context(), lines)
			want := refused(t, err)
			_, err = k.AcceptBatch(t.Context(), input(" [ "+strings.Join(events, "\t,\n")+" ]\n"))
			got := refused(t, err)
			if diff := cmp.Diff(want.Issues, got.Issues); diff != "" || got.Code != want.Code || got.Message != want.Message || len(got.Issues) == 0 {
				t.Errorf("%s %s (-lines +array):\n%s", got.Code, got.Message, diff)
			}
		})
	}
	for name, text := range map[string]string{
		"no end": "[" + deep(65), "no event behind a comma": "[" + deep(65) + ",]", "no event between commas": "[" + deep(65) + ",," + good + "]", "more behind": "[" + deep(65) + "]]",
		"another end": "[" + deep(65) + "}", "a string without an end": "[" + deep(65) + `,"`, "nothing but brackets": strings.Repeat("[", 70),
	} {
		_, err := k.AcceptBatch(t.Context(), input(text))
		if r := refused(t, err); r.Code != "batch.invalid" || len(r.Issues) > 0 {
			t.Errorf("%s: %s %s with %d issues", name, r.Code, r.Message, len(r.Issues))
		}
	}
	_, err := k.AcceptBatch(t.Context(), input("["+deep(65)+strings.Repeat(","+good, ingest.MaxBatchEvents)+"]"))
	if r := refused(t, err); r.Code != "batch.too_many_events" {
		t.Errorf("too many: %s", r.Code)
	}
}

func TestFanoutLimit(t *testing.T) {
	t.Parallel()
	k := setup(t)
	k.registry.webhooks = make([]int64, 1001)
	_, err := k.AcceptBatch(t.Context(), input("["+strings.TrimSuffix(strings.Repeat(`{"event":"User.Created"},`, 200), ",")+"]"))
	if r := refused(t, err); r.Kind != ingest.KindTooLarge || r.Code != "event.fanout_too_large" {
		t.Errorf("refusal = %+v", r)
	}
}
