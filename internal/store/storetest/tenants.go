package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func tenantCases() []namedCase {
	return []namedCase{
		{"Tenants/Create", createTenant},
		{"Tenants/DeleteEndsAtOnce", deleteEndsAtOnce},
		{"Tenants/DeleteRefused", deleteTenantRefused},
		{"Tenants/Checklist", checklist},
		{"Upkeep/PurgeTenants", purgeTenants},
		{"Upkeep/PurgeInSteps", purgeInSteps},
	}
}

func (k *kit) tenants() []webhook.Tenant {
	k.t.Helper()
	all, err := k.Tenants(k.ctx())
	k.ok(err)
	return all
}

// others is a tenant with a webhook and a key.
func (k *kit) others() webhook.Webhook {
	k.t.Helper()
	k.ok(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "other", Name: "Others", CreatedAt: Start}))
	key := newKey("theirs", "b")
	key.Tenant = "other"
	k.ok(k.PutKey(k.ctx(), key))
	return k.webhook(func(w *webhook.Webhook) { w.Tenant = "other" })
}

// theirParams is a call of Accept for the other tenant.
func (k *kit) theirParams(webhooks ...int64) store.AcceptParams {
	p := k.params(k.event(webhooks...))
	p.Tenant, p.Idempotency = "other", &store.Idempotency{Route: "events", Key: "a"}
	return p
}

func createTenant(t *testing.T, open opener) {
	k := open(t)
	k.same(len(k.tenants()), 1)
	k.same(k.tenants()[0].ID, webhook.DefaultTenant)
	one := webhook.Tenant{ID: "one", Name: "Eins", CreatedAt: Start}
	two := webhook.Tenant{ID: "ONE", CreatedAt: Start}
	k.ok(k.CreateTenant(k.ctx(), one))
	k.ok(k.CreateTenant(k.ctx(), two))
	k.is(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "one", Name: "again"}), webhook.ErrTenantExists)
	k.is(k.CreateTenant(k.ctx(), webhook.Tenant{ID: webhook.DefaultTenant}), webhook.ErrTenantExists)
	k.kill()
	k.same(k.tenants()[:2], []webhook.Tenant{two, one})
	k.ok(k.PutKey(k.ctx(), newKey("mine", "a")))
}

func deleteEndsAtOnce(t *testing.T, open opener) {
	k := open(t)
	w := k.others()
	mine := k.webhook()
	second := k.another()
	k.acceptAll(k.theirParams(w.Number))
	second.acceptAll(k.theirParams(w.Number))
	before := k.version()
	stale := k.theirParams(w.Number)
	k.ok(k.DeleteTenant(k.ctx(), "other", k.now()))
	k.same(k.version(), before+1)
	k.same(len(k.tenants()), 1)
	k.same(k.registry().Webhooks, []webhook.Webhook{mine})
	k.same(len(k.registry().Keys), 0)
	for _, each := range []*kit{k, second} { // a process that has seen the tenant, too
		for _, p := range []store.AcceptParams{stale, each.theirParams(w.Number)} {
			_, err := each.Accept(each.ctx(), p)
			each.is(err, webhook.ErrNotFound)
		}
		_, err := each.UpdateWebhook(each.ctx(), "other", w.ID, func(*webhook.Webhook) error { return nil })
		each.is(err, webhook.ErrNotFound)
		each.is(each.PutKey(each.ctx(), webhook.APIKey{ID: "new", Tenant: "other"}), webhook.ErrNotFound)
	}
	k.is(k.DeleteTenant(k.ctx(), "other", k.now()), webhook.ErrNotFound)
	k.is(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "other"}), webhook.ErrTenantExists)
}

func deleteTenantRefused(t *testing.T, open opener) {
	k := open(t)
	before := k.version()
	k.is(k.DeleteTenant(k.ctx(), webhook.DefaultTenant, k.now()), webhook.ErrDefaultTenant)
	k.is(k.DeleteTenant(k.ctx(), "nowhere", k.now()), webhook.ErrNotFound)
	k.same(k.version(), before)
	k.accept()
}

// purgeAll purges until there is nothing to do at once.
func (k *kit) purgeAll(limit int) (steps int) {
	k.t.Helper()
	for steps = 1; steps < 1000; steps++ {
		more, err := k.PurgeTenants(k.ctx(), k.process, limit)
		k.ok(err)
		if !more {
			return steps
		}
	}
	k.t.Fatal("purging does not come to an end")
	return 0
}

func purgeTenants(t *testing.T, open opener) {
	fact(t, open, "NothingIsLeft", func(_ *testing.T, k *kit) {
		w, mine := k.others(), k.webhook()
		k.acceptAll(k.theirParams(w.Number))
		k.finish(k.retrying(k.claimOne(w.Number)))
		k.Clock.Advance(time.Minute)
		k.finish(k.failed(k.claimOne(w.Number)))
		done := k.settled(mine, k.succeeded)
		p := k.params(k.event(w.Number), k.event())
		p.Tenant = "other"
		k.acceptAll(p)
		waiting := k.accept(mine.Number)
		k.ok(k.DeleteTenant(k.ctx(), "other", k.now()))
		k.purgeAll(1000)

		k.same(k.unfinished().Deliveries, int64(1))
		k.state(done, webhook.StateSucceeded)
		k.readEvent(waiting)
		k.same(len(k.deliveriesOf(waiting)), 1)
		// The identifier is free again, and nothing of the former tenant comes back.
		k.ok(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "other", CreatedAt: k.now()}))
		k.same(len(k.list(store.DeliveryQuery{Tenant: "other"})), 0)
		events, err := k.Events(k.ctx(), store.EventQuery{Tenant: "other", Limit: 10})
		k.ok(err)
		k.same(len(events), 0)
		k.same(len(k.keys("other")), 0)
		health, err := k.Health(k.ctx(), []int64{w.Number}, time.Time{})
		k.ok(err)
		k.same(len(health), 0)
		p = k.theirParams()
		p.Idempotency.Hash[0] = 1 // another body
		k.acceptAll(p)
	})
	fact(t, open, "NoAttemptIsLeft", func(t *testing.T, k *kit) {
		w := k.others()
		p := k.theirParams(w.Number)
		p.Events = append(p.Events, p.Events[0])
		k.acceptAll(p)
		k.claim(w.Number)
		k.kill()
		job := k.claim(w.Number)[0]
		k.finish(k.retrying(job)) // the other is not in the log
		k.kill()
		k.claim(w.Number)
		k.kill()
		if n := k.Attempts(t); n < 3 {
			t.Fatalf("%d attempts were made, want those that were interrupted", n)
		}
		k.ok(k.DeleteTenant(k.ctx(), "other", k.now()))
		k.purgeAll(1000)
		k.same(k.Attempts(t), 0)
		k.ok(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "other"}))
	})
	fact(t, open, "AttemptsUnderWayEndFirst", func(_ *testing.T, k *kit) {
		w := k.others()
		k.acceptAll(k.theirParams(w.Number))
		job := k.claimOne(w.Number)
		k.ok(k.DeleteTenant(k.ctx(), "other", k.now()))
		k.purgeAll(1000)
		k.same(k.unfinished().Deliveries, int64(1))
		k.finish(k.retrying(job))
		k.purgeAll(1000)
		k.same(k.unfinished().Deliveries, int64(0))
		k.ok(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "other"}))
	})
	fact(t, open, "WideEventsAreExpandedFirst", func(_ *testing.T, k *kit) {
		wide := make([]int64, store.MaxInlineDeliveries+1)
		wide[0] = k.others().Number
		var creating sync.WaitGroup
		for i := range wide[1:] {
			creating.Go(func() {
				w, err := k.CreateWebhook(k.ctx(), k.newWebhook(func(w *webhook.Webhook) { w.Tenant = "other" }))
				if err != nil {
					k.t.Error(err)
				}
				wide[1+i] = w.Number
			})
		}
		creating.Wait()
		k.acceptAll(k.theirParams(wide...))
		k.ok(k.DeleteTenant(k.ctx(), "other", k.now()))
		k.purgeAll(1000)
		k.is(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "other"}), webhook.ErrTenantExists)
		for more := true; more; {
			var err error
			more, err = k.Expand(k.ctx(), store.ExpandParams{Now: k.now()})
			k.ok(err)
		}
		k.same(k.unfinished().Deliveries, int64(len(wide)))
		k.purgeAll(1000)
		k.same(k.unfinished().Deliveries, int64(0))
		k.ok(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "other"}))
	})
	fact(t, open, "WithoutAnyItDoesNothing", func(_ *testing.T, k *kit) {
		k.same(k.purgeAll(1000), 1)
	})
}

func purgeInSteps(t *testing.T, open opener) {
	k := open(t)
	w := k.others()
	p := k.params()
	p.Tenant = "other"
	for range 25 {
		p.Events = append(p.Events, k.event(w.Number))
	}
	k.acceptAll(p)
	k.ok(k.DeleteTenant(k.ctx(), "other", k.now()))
	_, err := k.PurgeTenants(k.ctx(), k.process, 10)
	k.ok(err)
	k.same(k.unfinished().Deliveries, int64(15))
	k.kill() // a crash in between is no harm
	if steps := k.purgeAll(10); steps < 4 {
		t.Errorf("%d steps", steps)
	}
	k.ok(k.CreateTenant(k.ctx(), webhook.Tenant{ID: "other"}))
}

func checklist(t *testing.T, open opener) {
	k := open(t)
	k.others()
	read := func(tenant webhook.TenantID) webhook.Checklist {
		k.t.Helper()
		list, err := k.Checklist(k.ctx(), tenant)
		k.ok(err)
		return list
	}
	k.same(read(webhook.DefaultTenant), webhook.Checklist{})
	version := k.version()
	want := webhook.Checklist{}
	for _, change := range []func(*webhook.Checklist){
		func(l *webhook.Checklist) { l.Tested = true }, func(l *webhook.Checklist) { l.Emitted = true },
		func(l *webhook.Checklist) { l.Verified = true }, func(l *webhook.Checklist) { l.Hidden = true },
		func(*webhook.Checklist) {}, func(l *webhook.Checklist) { l.Hidden = false },
	} {
		change(&want)
		got, err := k.UpdateChecklist(k.ctx(), webhook.DefaultTenant, change)
		k.ok(err)
		k.same(got, want)
		k.same(read(webhook.DefaultTenant), want)
	}
	k.same(k.version(), version)
	k.same(read("other"), webhook.Checklist{})
	k.kill()
	k.same(read(webhook.DefaultTenant), want)
	k.ok(k.DeleteTenant(k.ctx(), "other", k.now()))
	for _, tenant := range []webhook.TenantID{"other", "none"} {
		_, err := k.Checklist(k.ctx(), tenant)
		k.is(err, webhook.ErrNotFound)
		_, err = k.UpdateChecklist(k.ctx(), tenant, func(l *webhook.Checklist) { l.Hidden = true })
		k.is(err, webhook.ErrNotFound)
	}
}
