package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Fill brings a database into a scene that has everything in every state.
func Fill(t testing.TB, h *Harness) {
	t.Helper()
	k := newKit(t, h)
	k.fillAccess()
	w := k.fillWebhooks()
	k.fillDeliveries(w)
	k.fillEvents(w)
}

// fillAccess makes tenants, keys, users, sessions and links.
func (k *kit) fillAccess() {
	k.ok(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "other", Name: "Übrige", CreatedAt: k.now()}))
	k.ok(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "gone", CreatedAt: k.now()}))
	gone := k.webhook(func(w *webhook.Webhook) { w.Tenant = "gone" })
	k.ok(k.DeleteTenant(k.ctx(), gone.Tenant, k.now()))
	k.ok(k.PutKey(k.ctx(), newKey("one", "a")))
	theirs := newKey("two", "b")
	theirs.Tenant, theirs.ExpiresAt = "other", nil
	k.ok(k.PutKey(k.ctx(), theirs))
	k.ok(k.TouchKeys(k.ctx(), []store.KeyUse{{Tenant: webhook.DefaultTenant, ID: "one", At: k.now(), Address: "192.0.2.7"}}))
	_, err := k.Secret(k.ctx(), "tokens", []byte{0, 1, 2, 255})
	k.ok(err)
	user := k.user("ana")
	k.session(user, "session of ana")
	k.link(webhook.LinkSignIn, user.ID, "link of ana")
	k.ok(k.CreateEventType(k.ctx(), newEventType("order.paid")))
	k.ok(k.CreateEventType(k.ctx(), webhook.OwnEventType{Tenant: "other", Name: "order.bare", CreatedAt: Start, UpdatedAt: Start}))
	_, err = k.UpdateChecklist(k.ctx(), webhook.DefaultTenant, func(c *webhook.Checklist) { c.Tested, c.Hidden = true, true })
	k.ok(err)
}

// fillWebhooks makes webhooks, of which the first is plain; one of the others was
// deleted, one is disabled, one suspended.
func (k *kit) fillWebhooks() webhook.Webhook {
	w := k.webhook()
	retries, suspended := 2, k.now()
	k.webhook(func(w *webhook.Webhook) {
		w.Name, w.EventTypes, w.LegacyEvent, w.Retries, w.SuspendedAt = "Bestellungen \U0001f4e6", nil, "User.Deleted", &retries, &suspended
		w.Headers = []webhook.Header{{Name: "X-Key", Value: "geheim", Locked: true, UpdatedAt: Start, Origin: "https://example.com", Withheld: true}, {Name: "X-Empty"}}
	})
	k.webhook(func(w *webhook.Webhook) { w.Tenant, w.EventTypes = "other", []webhook.EventType{"*", "User.*"} })
	k.delete(k.webhook())
	k.disable(k.webhook())
	k.update(w, func(w *webhook.Webhook) { w.SigningKey, w.KeyCreatedAt = "fedcba9876543210fedcba9876543210", k.now() })
	return w
}

// fillDeliveries makes deliveries in every state, over more than a day.
func (k *kit) fillDeliveries(w webhook.Webhook) {
	k.settled(w, k.succeeded)
	k.cancelledBefore(w)
	k.Clock.Advance(25 * time.Hour)
	k.settled(w, k.failed)
	retried := k.webhook()
	k.settled(retried, k.retrying)
	k.Clock.Advance(time.Minute)
	k.finish(k.retrying(k.claimOne(retried.Number)))
	k.Clock.Advance(3 * time.Hour)
	for range 3 {
		k.settled(w, func(job webhook.Job) store.Result {
			r := k.failed(job)
			r.Attempt.Response = webhook.ResponseRecord{Body: []byte{0, 0xff, '"'}, BodySize: 3}
			return r
		})
	}
	k.cancelledAfter(w)
	k.accept(w.Number)
	k.claimOne(w.Number) // under way
	again := k.webhook()
	k.redeliver(k.settled(again, k.succeeded)) // waits for its attempt
	k.pending(w)
	k.pending(w)
}

// fillEvents makes events of every kind: handed over in memory, to many, to nobody, with
// an idempotency key, of another tenant.
func (k *kit) fillEvents(w webhook.Webhook) {
	p := k.params(k.event(w.Number), k.event())
	p.Handoff = &handoff{}
	k.acceptAll(p)
	hidden := k.event()
	hidden.Unmatched, hidden.Payload.Posted = webhook.UnmatchedNoSubscription, []byte("{\"event\":\"Über\", \"n\": 1.0e+2}")
	p = k.params(hidden)
	p.Idempotency = &store.Idempotency{Route: "events", Key: "k-1", Hash: [32]byte{1, 0, 255}}
	k.acceptAll(p)
	p = k.params(k.event())
	p.Tenant, p.Source = "other", ""
	k.acceptAll(p)
	wide := k.webhooks(store.MaxInlineDeliveries + 3)
	k.accept(wide...)
	_, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now()})
	k.ok(err) // three are left to write
}

// Everything reads all that can be read of a database without changing it.
func Everything(t testing.TB, s store.Store) map[string]any {
	t.Helper()
	e := &reading{t: t, s: s, found: make(map[string]any)}
	e.registry()
	for _, tenant := range []webhook.TenantID{webhook.DefaultTenant, "other", "gone"} {
		e.tenant(tenant)
	}
	return e.found
}

type reading struct {
	t     testing.TB
	s     store.Store
	found map[string]any
}

// note keeps what was found, also that it is not there.
func (e *reading) note(name string, value any, err error) {
	e.t.Helper()
	e.found[name] = value
	if err != nil {
		e.found[name] = err.Error()
	}
}

func (e *reading) registry() {
	ctx := e.t.Context()
	registry, err := e.s.Registry(ctx)
	e.note("registry", registry, err)
	tenants, err := e.s.Tenants(ctx)
	e.note("tenants", tenants, err)
	users, err := e.s.Users(ctx)
	e.note("users", users, err)
	session, _, err := e.s.Session(ctx, webhook.HashToken("session of ana"))
	e.note("session", session, err)
	link, err := e.s.Link(ctx, webhook.HashToken("link of ana"))
	e.note("link", link, err)
	secret, err := e.s.Secret(ctx, "tokens", []byte("another"))
	e.note("secret", secret, err)
	changes, err := e.s.RegistryChanges(ctx, 0)
	e.note("changes", changes, err)
	var numbers []int64
	for _, w := range registry.Webhooks {
		numbers = append(numbers, w.Number)
	}
	health, err := e.s.Health(ctx, numbers, Start.Add(-time.Hour))
	e.note("health", health, err)
	hourly, err := e.s.HourlyHealth(ctx, numbers, Start)
	e.note("hourly", hourly, err)
	trend, err := e.s.Trend(ctx, store.TrendQuery{Webhooks: numbers, From: Start, Until: Start.Add(48 * time.Hour), Step: time.Hour, Steps: 48})
	e.note("trend", trend, err)
	activity, err := e.s.Activity(ctx, numbers, 1000)
	e.note("activity", activity, err)
}

func (e *reading) tenant(tenant webhook.TenantID) {
	ctx, name := e.t.Context(), string(tenant)
	keys, err := e.s.APIKeys(ctx, tenant)
	e.note(name+" keys", keys, err)
	checklist, err := e.s.Checklist(ctx, tenant)
	e.note(name+" checklist", checklist, err)
	events, err := e.s.Events(ctx, store.EventQuery{Tenant: tenant, Limit: 1000})
	e.note(name+" events", events, err)
	states, err := e.s.EventStates(ctx, events, 1000)
	e.note(name+" states", states, err)
	for _, event := range events {
		one, err := e.s.Event(ctx, tenant, event.ID)
		e.note("event "+string(event.ID), one, err)
	}
	deliveries, err := e.s.Deliveries(ctx, store.DeliveryQuery{Tenant: tenant, Limit: 1000})
	e.note(name+" deliveries", deliveries, err)
	for _, delivery := range deliveries {
		one, err := e.s.Delivery(ctx, tenant, delivery.ID)
		e.note("delivery "+string(delivery.ID), one, err)
	}
	for _, search := range []string{"über", "User.Created"} {
		found, err := e.s.Deliveries(ctx, store.DeliveryQuery{Tenant: tenant, Search: search, Limit: 1000})
		e.note(fmt.Sprint(name, " search ", search), found, err)
	}
	summary, err := e.s.Summary(ctx, store.SummaryQuery{DeliveryQuery: store.DeliveryQuery{Tenant: tenant}, CountCap: 1000, Start: Start, Step: time.Hour, Buckets: 30})
	e.note(name+" summary", summary, err)
}
