package registry

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/webhook"
)

func (b bundle) own(t *testing.T, name webhook.EventType, change ...func(*webhook.OwnEventType)) EventType {
	t.Helper()
	e := webhook.OwnEventType{Tenant: webhook.DefaultTenant, Name: name}
	for _, c := range change {
		c(&e)
	}
	created, err := b.CreateEventType(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

func withSchema(text string) func(*webhook.OwnEventType) {
	return func(e *webhook.OwnEventType) { e.Schema = []byte(text) }
}

func TestOwnEventTypesMatchAndSuggest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	named := func() error {
		_, err := b.Create(t.Context(), webhook.Webhook{Tenant: webhook.DefaultTenant, EventTypes: []webhook.EventType{"order.paid"}, URL: "https://a.example.com/"})
		return err
	}
	var refused *Refused
	if err := named(); !errors.As(err, &refused) {
		t.Fatalf("an unknown name: %v", err)
	}
	b.own(t, "order.paid")
	b.own(t, "Order.late")
	if err := named(); err != nil {
		t.Fatal(err)
	}
	all, group := b.create(t, "*"), b.create(t, "order.*")
	_, webhooks, _ := b.Match(webhook.DefaultTenant, "order.paid")
	if len(webhooks) != 2 || webhooks[0] != all.Number || webhooks[1] != group.Number {
		t.Errorf("matched %v", webhooks) // the named one is not enabled
	}
	if !b.Known(webhook.DefaultTenant, "order.paid") || b.Known("other", "order.paid") || b.Known(webhook.DefaultTenant, "Order.Paid") {
		t.Error("Known is wrong")
	}
	if got := b.Nearest(webhook.DefaultTenant, "order.payd"); got != "order.paid" {
		t.Errorf("nearest: %q", got)
	}
	if got := b.Nearest("other", "order.payd"); got == "order.paid" {
		t.Error("another tenant's name is suggested")
	}
	names := b.EventTypeNames(webhook.DefaultTenant)
	if diff := cmp.Diff([]webhook.EventType{"Grant.LimitExceeded", "Order.late", "order.paid"}, names[len(names)-3:]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	counts := map[webhook.EventType]int{}
	for _, e := range b.EventTypes(webhook.DefaultTenant) {
		counts[e.Name] = e.Webhooks
	}
	if counts["order.paid"] != 3 || counts["Order.late"] != 1 || counts["User.Created"] != 1 {
		t.Errorf("counts %v", counts)
	}
	one, ok := b.EventType(webhook.DefaultTenant, "order.paid")
	if !ok || one.Webhooks != 3 || one.BuiltIn || len(b.Subscribers(webhook.DefaultTenant, "order.paid")) != 3 {
		t.Errorf("%+v", one)
	}
}

func TestCountsOfMixedSelections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.create(t, "User.*", "PostSignIn")
	b.create(t, "User.*", "User.Created")
	b.create(t, "User.Created", "PostSignIn")
	want := map[webhook.EventType]int{"User.Created": 3, "User.Deleted": 2, "PostSignIn": 2, "Role.Created": 0}
	for _, e := range b.EventTypes(webhook.DefaultTenant) {
		if n, is := want[e.Name]; is && e.Webhooks != n {
			t.Errorf("%s: %d, want %d", e.Name, e.Webhooks, n)
		}
	}
}

func TestCheckPayload(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.own(t, "order.paid", withSchema(`{"required":["id"]}`))
	b.own(t, "order.free")
	if got := b.CheckPayload(webhook.DefaultTenant, "order.paid", []byte(`{}`)); len(got) != 1 {
		t.Errorf("%v", got)
	}
	for _, name := range []webhook.EventType{"order.free", "User.Created", "nope"} {
		if got := b.CheckPayload(webhook.DefaultTenant, name, []byte(`{}`)); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := b.CheckPayload("other", "order.paid", []byte(`{}`)); len(got) != 0 {
		t.Errorf("another tenant: %v", got)
	}
	changed, err := b.UpdateEventType(t.Context(), webhook.DefaultTenant, "order.paid", func(e *webhook.OwnEventType) error {
		e.Schema = []byte(`{"required":["id","sum"]}`)
		return nil
	})
	if err != nil || !changed.UpdatedAt.Equal(start) {
		t.Fatal(err)
	}
	if got := b.CheckPayload(webhook.DefaultTenant, "order.paid", []byte(`{"id":1}`)); len(got) != 1 {
		t.Errorf("by the new schema: %v", got)
	}
}

// A schema is compiled once, however often webhooks change.
func TestCompiledSchemasAreKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.own(t, "order.paid", withSchema(`{"required":["id"]}`))
	b.CheckPayload(webhook.DefaultTenant, "order.paid", []byte(`{}`))
	before := b.tenantNow(webhook.DefaultTenant).own["order.paid"].checker.compiled
	b.create(t, "order.paid")
	if after := b.tenantNow(webhook.DefaultTenant).own["order.paid"].checker.compiled; before == nil || after != before {
		t.Error("compiled again")
	}
}

func TestRunNoticesEventTypesOfOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.store.CreateEventType(t.Context(), webhook.OwnEventType{Tenant: webhook.DefaultTenant, Name: "order.paid", CreatedAt: start, UpdatedAt: start}); err != nil {
		t.Fatal(err)
	}
	if b.Known(webhook.DefaultTenant, "order.paid") {
		t.Fatal("known before it was read")
	}
	if err := b.Poll(t.Context()); err != nil || !b.Known(webhook.DefaultTenant, "order.paid") {
		t.Errorf("not noticed: %v", err)
	}
}

func TestChangesOfEventTypes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.own(t, "order.paid", withSchema(`{"required":["id"]}`))
	before := b.version(t)
	b.clock.Advance(time.Minute)
	same, err := b.UpdateEventType(t.Context(), webhook.DefaultTenant, "order.paid", func(*webhook.OwnEventType) error { return nil })
	if err != nil || !same.UpdatedAt.Equal(start) || b.version(t) != before {
		t.Errorf("a change without effect: %+v, %v", same, err)
	}
	var refused *Refused
	_, err = b.UpdateEventType(t.Context(), webhook.DefaultTenant, "order.paid", func(e *webhook.OwnEventType) error {
		e.Schema = []byte(`{"type":"strng"}`)
		return nil
	})
	if !errors.As(err, &refused) || b.version(t) != before {
		t.Errorf("a bad schema: %v", err)
	}
	// Another process has changed it meanwhile: what is stored then is checked too.
	if _, err := b.store.UpdateEventType(t.Context(), webhook.DefaultTenant, "order.paid", func(e *webhook.OwnEventType) error {
		e.Example = []byte(`{"event":"order.paid"}`)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	_, err = b.UpdateEventType(t.Context(), webhook.DefaultTenant, "order.paid", func(e *webhook.OwnEventType) error { e.Group = "g"; return nil })
	if !errors.As(err, &refused) || refused.Problems[0].Field != "example" {
		t.Errorf("an example that does not fit: %v", err)
	}
}

// TestExampleCanBePosted holds an example to what ingest takes as an event.
func TestExampleCanBePosted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	nested := func(levels int) string {
		return `{"event":"a","x":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + "}"
	}
	create := func(example string) error {
		_, err := b.CreateEventType(t.Context(), webhook.OwnEventType{Tenant: webhook.DefaultTenant, Name: "a", Example: []byte(example)})
		return err
	}
	for name, example := range map[string]string{
		"a member twice": `{"event":"a","x":1,"x":2}`, "event twice": `{"event":"a","\u0065vent":"a"}`, "too deep": nested(ingest.MaxDepth + 1), "no text": "{\"event\":\"a\",\"x\":\"\xff\"}",
		"no object": `[]`, "null": `null`, "two": `{"event":"a"}{}`, "no event": `{}`, "another event": `{"event":"b"}`, "an event that is a number": `{"event":1}`, "hookId": `{"event":"a","hookId":"x"}`,
	} {
		var refused *Refused
		if err := create(example); !errors.As(err, &refused) || len(refused.Problems) != 1 || refused.Problems[0].Field != "example" || refused.Problems[0].Code != "invalid_example" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, example := range map[string]string{
		"as deep as may be": " " + nested(ingest.MaxDepth) + "\n", "a member twice within": `{"event":"a","x":{"y":1,"y":2}}`, "half a pair": `{"event":"a","x":"\ud800"}`,
	} {
		if err := create(example); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := b.DeleteEventType(t.Context(), webhook.DefaultTenant, "a"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeleteEventType(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.own(t, "order.paid")
	w := b.create(t, "order.paid", "PostSignIn")
	b.create(t, "order.*")
	var inUse *InUse
	if err := b.DeleteEventType(t.Context(), webhook.DefaultTenant, "order.paid"); !errors.As(err, &inUse) || inUse.Webhooks != 1 {
		t.Fatalf("selected by name: %v", err)
	}
	b.set(t, w.ID, func(w *webhook.Webhook) { w.EventTypes = []webhook.EventType{"PostSignIn"} })
	if err := b.DeleteEventType(t.Context(), "other", "order.paid"); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("another tenant's: %v", err)
	}
	if err := b.DeleteEventType(t.Context(), webhook.DefaultTenant, "order.paid"); err != nil {
		t.Fatal(err)
	}
	if b.Known(webhook.DefaultTenant, "order.paid") {
		t.Error("still known")
	}
	for name, want := range map[webhook.EventType]error{"order.paid": webhook.ErrNotFound, "User.Created": ErrBuiltIn} {
		if err := b.DeleteEventType(t.Context(), webhook.DefaultTenant, name); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRoomForEventTypes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	big := `{"description":"` + strings.Repeat("x", 64000) + `"}`
	for i := range 65 {
		if err := b.store.CreateEventType(t.Context(), webhook.OwnEventType{
			Tenant: webhook.DefaultTenant, Name: webhook.EventType(fmt.Sprint("t", i)), Schema: []byte(big), CreatedAt: start, UpdatedAt: start,
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := b.CreateEventType(t.Context(), webhook.OwnEventType{Tenant: webhook.DefaultTenant, Name: "more", Schema: []byte(big)})
	var refused *Refused
	if !errors.As(err, &refused) || refused.Problems[0].Code != "too_many" {
		t.Fatalf("%v", err)
	}
	// There is room elsewhere, and for changing what is there.
	if _, err := b.UpdateEventType(t.Context(), webhook.DefaultTenant, "t0", func(e *webhook.OwnEventType) error { e.Group = "g"; return nil }); err != nil {
		t.Error(err)
	}
}

func TestTestPayloadOfOwnTypes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.own(t, "plain")
	b.own(t, "shown", func(e *webhook.OwnEventType) { e.Example = []byte(` {"event":"shown", "n":1.10} `) })
	b.own(t, "dated", func(e *webhook.OwnEventType) { e.Example = []byte(`{"event":"dated","createdAt":"once"}`) })
	w := b.create(t, "*")
	b.clock.Advance(time.Minute)
	attempts, err := b.SendTest(t.Context(), webhook.DefaultTenant, w.ID, Test{
		EventTypes: []webhook.EventType{"plain", "shown", "dated"}, URL: "https://a.example.com/",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"event":"plain","hookId":"ID","createdAt":"2026-11-23T12:01:00.000Z","userAgent":"fake-user-agent","path":"/fake-path/:id","method":"POST","status":200,"params":{"id":"fake-id"},"data":{"result":"success"}}`,
		`{"event":"shown", "n":1.10,"createdAt":"2026-11-23T12:01:00.000Z","hookId":"ID"}`,
		`{"event":"dated","createdAt":"once","hookId":"ID"}`,
	}
	for i := range want {
		if got := strings.ReplaceAll(attempts[i].Detail, string(w.ID), "ID"); got != want[i] {
			t.Errorf("\n got %s\nwant %s", got, want[i])
		}
	}
}

// TestWordsAboutPatterns: a pattern that selects nothing is told from one that is
// spelled in another way.
func TestWordsAboutPatterns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for pattern, want := range map[webhook.EventType]string{
		"user.*":   "Did you mean User.*?",
		"User.**":  "Did you mean User.*?",
		"User*":    "Did you mean User.*?",
		"Usr.*":    "or did you mean User.*?",
		"Zebra.*":  "matches no event type yet",
		"*.Create": "A pattern is *",
		"User.*.x": "A pattern is *",
		"**":       "A pattern is *",
	} {
		_, err := b.Create(t.Context(), webhook.Webhook{Tenant: webhook.DefaultTenant, Name: "x", EventTypes: []webhook.EventType{pattern}, URL: "https://example.com/"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", pattern, err, want)
		}
	}
}
