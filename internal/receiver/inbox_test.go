package receiver

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
)

const tenant = webhook.DefaultTenant

// opened is an inbox of the tenant.
func (b *bench) opened() string { return b.Open(tenant, NewInbox()).ID }

func TestInboxesOfATenant(t *testing.T) {
	t.Parallel()
	b := setup()
	mine, theirs := b.opened(), b.Open("other", NewInbox()).ID
	b.send(t.Context(), b.inbox, "POST", "nobody's", nil)
	b.send(t.Context(), mine, "POST", "one", nil)
	b.send(t.Context(), mine, "POST", "two", nil)
	if got := b.Inboxes(tenant); len(got) != 1 || got[0].ID != mine || got[0].Messages != 2 || !got[0].LastAt.Equal(now) {
		t.Errorf("inboxes: %+v", got)
	}
	if got := b.Inboxes("third"); len(got) != 0 {
		t.Errorf("a third tenant sees %+v", got)
	}
	for _, id := range []string{theirs, b.inbox, NewInbox()} {
		_, found := b.Inbox(tenant, id)
		_, read := b.Read(tenant, id)
		if found || read || b.Clear(tenant, id) || b.Behave(tenant, id, Behaviour{}) || b.Close(tenant, id) {
			t.Errorf("an inbox that is not the tenant's can be used")
		}
	}
	if messages, ok := b.Read(tenant, mine); !ok || len(messages) != 2 || string(messages[1].Body) != "two" {
		t.Errorf("messages: %v %+v", ok, messages)
	}
	if b.Open("other", mine); len(b.Inboxes("other")) != 1 {
		t.Error("an inbox has changed its owner")
	}
}

func TestInboxesEnd(t *testing.T) {
	t.Parallel()
	b := setup()
	mine := b.opened()
	b.send(t.Context(), mine, "POST", "one", nil)
	if !b.Clear(tenant, mine) || b.bytes != 0 {
		t.Errorf("%d bytes are left", b.bytes)
	}
	if got, ok := b.Inbox(tenant, mine); !ok || got.Messages != 0 {
		t.Errorf("after clearing: %v %+v", ok, got)
	}
	b.send(t.Context(), mine, "POST", "two", nil)
	if !b.Close(tenant, mine) || b.bytes != 0 {
		t.Errorf("%d bytes are left", b.bytes)
	}
	if b.Close(tenant, mine) || len(b.Inboxes(tenant)) != 0 {
		t.Error("a closed inbox is still there")
	}
	b.send(t.Context(), mine, "POST", "three", nil)
	if len(b.Inboxes(tenant)) != 0 {
		t.Error("a message has opened a closed inbox")
	}
}

// What strangers send makes no room for itself at the cost of opened inboxes.
func TestOpenedInboxesOutliveOthers(t *testing.T) {
	t.Parallel()
	b := setup()
	mine := b.opened()
	for range 2 * maxInboxes {
		b.send(t.Context(), NewInbox(), "POST", "", nil)
	}
	if _, ok := b.Inbox(tenant, mine); !ok || len(b.inboxes) != maxInboxes {
		t.Errorf("there: %v; %d inboxes", ok, len(b.inboxes))
	}
	for range maxInboxes {
		b.opened()
	}
	if _, ok := b.Inbox(tenant, mine); ok || len(b.inboxes) != maxInboxes {
		t.Errorf("there: %v; %d inboxes", ok, len(b.inboxes))
	}
}

// A large message pushes others out, never the inbox it came to.
func TestBytesAreBoundedOverOpenedInboxes(t *testing.T) {
	t.Parallel()
	b := setup()
	large, one, two := strings.Repeat("x", maxBody), b.opened(), b.opened()
	for i := range 2 * maxBytes / maxBody {
		b.send(t.Context(), []string{one, two}[i%2], "POST", large, nil)
	}
	total := 0
	for _, box := range b.inboxes {
		for i := range box.messages {
			total += box.messages[i].size()
		}
	}
	if total != b.bytes || b.bytes > maxBytes || len(b.Inboxes(tenant)) != 2 {
		t.Errorf("%d bytes, counted as %d, in %d inboxes", total, b.bytes, len(b.Inboxes(tenant)))
	}
}

func TestReceivedIsToldOfOpenedInboxes(t *testing.T) {
	t.Parallel()
	type heard struct {
		Tenant webhook.TenantID
		Inbox  string
		Number int64
		Event  webhook.EventType
		Valid  bool
	}
	b := setup()
	var got []heard
	b.options.Received = func(tenant webhook.TenantID, inbox string, m Message) {
		got = append(got, heard{tenant, inbox, m.Number, m.EventType, m.Verdict.Valid()})
	}
	b.send(t.Context(), b.inbox, "POST", "", nil)
	id := b.opened()
	body := fmt.Sprintf(`{"event":"User.Created","hookId":%q}`, knownID)
	b.send(t.Context(), id, "POST", body, signed(t, body, now))
	b.send(t.Context(), id, "POST", body, signed(t, body, now.Add(-time.Hour)))
	want := []heard{{tenant, id, 2, "User.Created", true}, {tenant, id, 3, "User.Created", false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
