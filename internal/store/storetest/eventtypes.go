package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

func eventTypeCases() []namedCase {
	return []namedCase{
		{"EventTypes/CreateReadsBack", createEventType},
		{"EventTypes/NamesAreTaken", eventTypeNames},
		{"EventTypes/Update", updateEventType},
		{"EventTypes/Delete", deleteEventType},
	}
}

func newEventType(name webhook.EventType) webhook.OwnEventType {
	return webhook.OwnEventType{
		Tenant: webhook.DefaultTenant, Name: name, Group: "Bestellungen", Description: "Paid \"ü\"", Deprecated: true,
		Schema: []byte(`{"type": "object", "maximum": 12345678901234567890}`), Example: []byte(`{"event":"x", "ü":1.10}`),
		CreatedAt: Start, UpdatedAt: Start.Add(time.Second),
	}
}

func createEventType(t *testing.T, open opener) {
	k := open(t)
	full, bare := newEventType("order.paid"), webhook.OwnEventType{Tenant: webhook.DefaultTenant, Name: "order.bare", CreatedAt: Start, UpdatedAt: Start}
	before := k.version()
	k.ok(k.CreateEventType(k.ctx(), full))
	k.ok(k.CreateEventType(k.ctx(), bare))
	k.same(k.version(), before+2)
	k.same(k.registry().EventTypes, []webhook.OwnEventType{bare, full})
	k.kill()
	k.same(k.registry().EventTypes, []webhook.OwnEventType{bare, full})
	k.is(k.CreateEventType(k.ctx(), webhook.OwnEventType{Tenant: "nobody", Name: "a"}), webhook.ErrNotFound)
}

func eventTypeNames(t *testing.T, open opener) {
	k := open(t)
	k.AddTenant(t, "other")
	mine, cased, theirs := newEventType("a"), newEventType("A"), newEventType("a")
	theirs.Tenant = "other"
	k.ok(k.CreateEventType(k.ctx(), mine))
	before := k.version()
	again := newEventType("a")
	again.Description = "another"
	k.is(k.CreateEventType(k.ctx(), again), webhook.ErrEventTypeExists)
	k.same(k.version(), before)
	k.ok(k.CreateEventType(k.ctx(), cased))
	k.ok(k.CreateEventType(k.ctx(), theirs))
	k.same(k.registry().EventTypes, []webhook.OwnEventType{cased, mine, theirs})
}

func updateEventType(t *testing.T, open opener) {
	k := open(t)
	k.AddTenant(t, "other")
	mine := newEventType("a")
	k.ok(k.CreateEventType(k.ctx(), mine))
	before := k.version()
	got, err := k.UpdateEventType(k.ctx(), webhook.DefaultTenant, "a", func(e *webhook.OwnEventType) error {
		e.Name, e.Tenant = "b", "other"
		e.Group, e.Description, e.Deprecated, e.Schema, e.Example, e.UpdatedAt = "g", "d", false, nil, nil, Start.Add(time.Hour)
		return nil
	})
	k.ok(err)
	want := webhook.OwnEventType{Tenant: webhook.DefaultTenant, Name: "a", Group: "g", Description: "d", CreatedAt: Start, UpdatedAt: Start.Add(time.Hour)}
	k.same(got, want)
	k.same(k.registry().EventTypes, []webhook.OwnEventType{want})
	k.same(k.version(), before+1)

	refused := errors.New("refused")
	for _, attempt := range []struct {
		tenant webhook.TenantID
		name   webhook.EventType
		want   error
	}{{webhook.DefaultTenant, "a", refused}, {"other", "a", webhook.ErrNotFound}, {webhook.DefaultTenant, "b", webhook.ErrNotFound}} {
		_, err := k.UpdateEventType(k.ctx(), attempt.tenant, attempt.name, func(e *webhook.OwnEventType) error {
			e.Group = "changed"
			return refused
		})
		k.is(err, attempt.want)
	}
	k.same(k.registry().EventTypes, []webhook.OwnEventType{want})
	k.same(k.version(), before+1)
}

func deleteEventType(t *testing.T, open opener) {
	k := open(t)
	k.AddTenant(t, "other")
	k.ok(k.CreateEventType(k.ctx(), newEventType("a")))
	before := k.version()
	k.is(k.DeleteEventType(k.ctx(), "other", "a"), webhook.ErrNotFound)
	k.is(k.DeleteEventType(k.ctx(), webhook.DefaultTenant, "A"), webhook.ErrNotFound)
	k.same(k.version(), before)
	k.ok(k.DeleteEventType(k.ctx(), webhook.DefaultTenant, "a"))
	k.same(len(k.registry().EventTypes), 0)
	k.same(k.version(), before+1)
	k.is(k.DeleteEventType(k.ctx(), webhook.DefaultTenant, "a"), webhook.ErrNotFound)

	theirs := newEventType("a")
	theirs.Tenant = "other"
	k.ok(k.CreateEventType(k.ctx(), theirs))
	k.ok(k.DeleteTenant(k.ctx(), "other", k.now()))
	k.same(len(k.registry().EventTypes), 0)
}
