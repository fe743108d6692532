package storetest

import (
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func upkeepCases() []namedCase {
	return []namedCase{
		{"Upkeep/ExpireKeepsUnfinished", expireKeepsUnfinished},
		{"Upkeep/ExpireInSteps", expireInSteps},
		{"Upkeep/CancelDeleted", cancelDeleted},
		{"Upkeep/CancelHeld", cancelHeld},
		{"Upkeep/ReclaimShrinks", reclaimShrinks},
		{"Upkeep/Trim", trim},
		{"Upkeep/Usage", usage},
		{"Upkeep/Unfinished", unfinished},
	}
}

func (k *kit) gone(event webhook.EventID) {
	k.t.Helper()
	_, err := k.Event(k.ctx(), webhook.DefaultTenant, event)
	k.is(err, webhook.ErrNotFound)
}

func expireKeepsUnfinished(t *testing.T, open opener) {
	fact(t, open, "WhateverItsAge", func(_ *testing.T, k *kit) {
		w, held := k.webhook(), k.webhook()
		retrying := k.settled(w, k.retrying)
		redelivered := k.settled(w, k.succeeded)
		k.redeliver(redelivered)
		pending := k.pending(w)
		waiting := k.pending(held)
		k.disable(held)
		done := k.settled(k.webhook(), k.succeeded)
		unmatched := k.accept()
		unexpanded := k.accept(k.webhooks(store.MaxInlineDeliveries + 1)...)
		leased := k.claimOneOf(k.webhook())
		k.Clock.Advance(1000 * time.Hour)
		k.expireAll(k.now())
		k.state(retrying, webhook.StateRetrying)
		k.state(redelivered, webhook.StateSucceeded)
		k.state(pending, webhook.StatePending)
		k.state(waiting, webhook.StateHeld)
		for _, id := range []webhook.DeliveryID{retrying, redelivered, pending, waiting, leased.Delivery} {
			k.readEvent(k.delivery(id).EventID)
		}
		k.readEvent(unexpanded)
		_, err := k.Delivery(k.ctx(), webhook.DefaultTenant, done)
		k.is(err, webhook.ErrNotFound)
		k.gone(unmatched)
		k.finish(k.succeeded(leased))
	})
	fact(t, open, "FromTheEndOfTheDelivery", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.retrying)
		k.Clock.Advance(100 * time.Hour)
		job := k.claimOne(w.Number)
		k.finish(k.failed(job))
		ended := k.now().Add(40 * time.Millisecond)
		k.expireAll(ended) // not before the time
		k.state(id, webhook.StateFailed)
		k.Clock.Advance(time.Hour)
		k.redeliver(id)
		k.finish(k.afterRedelivery(k.claimOne(w.Number)))
		k.expireAll(ended.Add(time.Millisecond)) // the redelivery was a new end
		k.state(id, webhook.StateFailed)
		k.expireAll(k.now().Add(time.Second))
		_, err := k.Delivery(k.ctx(), webhook.DefaultTenant, id)
		k.is(err, webhook.ErrNotFound)
		k.gone(job.Event)
	})
	fact(t, open, "AnEventGoesWithItsLastDelivery", func(_ *testing.T, k *kit) {
		two := k.webhooks(2)
		event := k.accept(two...)
		k.finish(k.succeeded(k.claimOne(two[0])))
		k.Clock.Advance(time.Hour)
		k.expireAll(k.now())
		k.same(k.readEvent(event).Deliveries, 2)
		left := k.deliveriesOf(event)
		k.same(len(left), 1)
		k.finish(k.succeeded(k.claimOne(two[1])))
		k.Clock.Advance(time.Hour)
		k.expireAll(k.now())
		k.gone(event)
	})
	fact(t, open, "WhatAClockThatWasAheadLeft", func(_ *testing.T, k *kit) {
		k.Clock.Advance(3 * time.Hour)
		k.accept()
		k.Clock.Advance(-3 * time.Hour)
		w := k.webhook()
		event := k.accept(w.Number)
		k.finish(k.succeeded(k.claimOne(w.Number)))
		k.Clock.Advance(time.Minute)
		k.expireAll(k.now())
		k.gone(event)
	})
	fact(t, open, "TheLogOfADeletedWebhookStaysUntilThen", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.succeeded)
		k.delete(w)
		k.Clock.Advance(time.Hour)
		k.expireAll(Start)
		k.same(k.delivery(id).Webhook.Name, w.Name)
		k.expireAll(k.now())
		_, page := k.recent(store.RecentQuery{Webhook: w.ID})
		k.same(page, store.RecentPage{})
		k.same(k.list(store.DeliveryQuery{Webhook: w.ID}), []webhook.DeliveryID(nil))
	})
}

func expireInSteps(t *testing.T, open opener) {
	fact(t, open, "Bounded", func(t *testing.T, k *kit) {
		w := k.webhook()
		p := k.params()
		for range 25 {
			p.Events = append(p.Events, k.event(w.Number))
		}
		k.acceptAll(p)
		var results []store.Result
		for _, job := range k.claim(w.Number) {
			results = append(results, k.succeeded(job))
		}
		k.finish(results...)
		kept := k.settled(w, k.retrying)
		k.Clock.Advance(time.Hour)
		deliveries, total := 26, 0
		for {
			removed, more, err := k.Expire(k.ctx(), store.ExpireParams{Now: k.now(), Before: k.now(), Limit: 10})
			k.ok(err)
			left := len(k.list(store.DeliveryQuery{}))
			if deliveries-left > 10 {
				t.Fatalf("one step of 10 removed %d deliveries", deliveries-left)
			}
			if removed == 0 && !more {
				break
			}
			deliveries, total = left, total+removed
		}
		k.same(total, 50) // deliveries and their events
		k.same(k.list(store.DeliveryQuery{}), []webhook.DeliveryID{kept})
		k.same(len(k.listEvents(store.EventQuery{})), 1)
	})
	fact(t, open, "IdempotencyKeysKeepTheirDay", func(_ *testing.T, k *kit) {
		p := withKey(k.params(k.event()), "key", "body")
		first := k.acceptAll(p)
		k.Clock.Advance(store.IdempotencyKept - time.Millisecond)
		k.expireAll(k.now()) // retention is shorter than a day
		k.gone(first[0].ID)
		p.AcceptedAt = k.now()
		k.same(k.acceptAll(p), repeated(first))
		k.Clock.Advance(time.Millisecond)
		removed, _, err := k.Expire(k.ctx(), store.ExpireParams{Now: k.now(), Before: Start, Limit: 10})
		k.ok(err)
		k.same(removed, 1)
	})
	fact(t, open, "LooksAtABoundedNumberOfRows", func(t *testing.T, k *kit) {
		w := k.webhook()
		for range 20 { // old, and waiting for a webhook that may come back
			k.acceptAll(k.params(k.event(w.Number), k.event(w.Number), k.event(w.Number), k.event(w.Number), k.event(w.Number)))
		}
		k.Clock.Advance(48 * time.Hour)
		p := store.ExpireParams{Now: k.now(), Before: k.now().Add(-24 * time.Hour), Limit: 2}
		steps := 0
		for more := true; more; steps++ {
			var removed int
			var err error
			removed, more, err = k.Expire(k.ctx(), p)
			k.ok(err)
			k.same(removed, 0)
			if steps > 100 {
				t.Fatal("retention does not come to an end")
			}
		}
		if steps < 3 {
			t.Errorf("%d steps of 2 went through 100 events that stay", steps)
		}
	})
	fact(t, open, "HealthIsKeptForTwoDays", func(_ *testing.T, k *kit) {
		two := []webhook.Webhook{k.webhook(), k.webhook()}
		for _, w := range two {
			k.settled(w, k.succeeded)
			k.Clock.Advance(time.Minute)
			k.settled(w, k.succeeded)
			k.Clock.Advance(-time.Minute)
		}
		k.Clock.Advance(store.HealthKept)
		k.expireAll(k.now())
		for _, w := range two {
			k.health(w, Start, 2, 2)
		}
		k.Clock.Advance(time.Minute)
		k.expireAll(k.now())
		for _, w := range two {
			k.health(w, Start, 1, 1)
		}
	})
}

func cancelDeleted(t *testing.T, open opener) {
	fact(t, open, "WhatWaits", func(t *testing.T, k *kit) {
		w, other := k.webhook(), k.webhook()
		ids := []webhook.DeliveryID{k.settled(w, k.retrying), k.settled(w, k.succeeded), k.pending(w), k.pending(w)}
		k.redeliver(ids[1])
		leased := k.claimOneOf2(w, 3)
		elsewhere := k.pending(other)
		k.delete(w)
		k.Clock.Advance(time.Second)
		total := 0
		for _, want := range []int{2, 2, 0} {
			n, err := k.CancelDeleted(k.ctx(), k.now(), k.process, 2)
			k.ok(err)
			k.same(n, want)
			total += n
		}
		k.same(total, 4)
		ended := k.now()
		for _, id := range []webhook.DeliveryID{ids[0], ids[2], ids[3]} {
			d := k.state(id, webhook.StateCancelled)
			k.same(d.CancelReason, webhook.CancelWebhookDeleted)
			k.same(d.EndedAt, &ended)
			k.same(d.NextAttemptAt, (*time.Time)(nil))
		}
		k.same(k.state(ids[1], webhook.StateSucceeded).CancelReason, webhook.CancelReason(""))
		k.state(elsewhere, webhook.StatePending)
		k.same(len(k.claim(w.Number)), 0)
		k.same(k.list(store.DeliveryQuery{States: []webhook.State{webhook.StateCancelled}}), []webhook.DeliveryID{ids[3], ids[2], ids[0]})
		// What a lane holds is left to finish; a retry of it is cancelled then.
		k.finish(k.retrying(leased))
		n, err := k.CancelDeleted(k.ctx(), k.now(), k.process, 10)
		k.ok(err)
		k.same(n, 1)
		k.numbered(k.state(leased.Delivery, webhook.StateCancelled))
		k.same(k.unfinished().Deliveries, int64(1))
	})
	fact(t, open, "AtMostTheLimitOverAllWebhooks", func(_ *testing.T, k *kit) {
		two := []webhook.Webhook{k.webhook(), k.webhook()}
		for range 2 {
			k.accept(two[0].Number, two[1].Number)
		}
		k.delete(two[0])
		k.delete(two[1])
		for _, want := range []int{3, 1, 0} {
			n, err := k.CancelDeleted(k.ctx(), k.now(), k.process, 3)
			k.ok(err)
			k.same(n, want)
		}
	})
	fact(t, open, "WhatAFormerProcessHeld", func(t *testing.T, k *kit) {
		w := k.webhook()
		k.settled(w, k.retrying)
		k.Clock.Advance(time.Minute)
		k.accept(w.Number)
		jobs := k.claim(w.Number)
		k.delete(w)
		k.kill()
		n, err := k.CancelDeleted(k.ctx(), k.now(), k.process, 10)
		k.ok(err)
		k.same(n, 2)
		for _, job := range jobs {
			d := k.state(job.Delivery, webhook.StateCancelled)
			if last := d.LastAttempt(); last == nil || last.Outcome != webhook.OutcomeInterrupted {
				t.Fatal("the attempt that the former process may have made is not shown")
			}
			k.numbered(d)
			k.refused(k.succeeded(job))
		}
	})
	fact(t, open, "WhatIsExpandedLater", func(_ *testing.T, k *kit) {
		numbers := k.webhooks(store.MaxInlineDeliveries)
		w := k.webhook()
		event := k.accept(append([]int64{w.Number}, numbers...)...)
		k.delete(w)
		_, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now()})
		k.ok(err)
		n, err := k.CancelDeleted(k.ctx(), k.now(), k.process, 10)
		k.ok(err)
		k.same(n, 1)
		d := k.deliveriesOf(event)
		k.same(d[len(d)-1].State, webhook.StateCancelled)
	})
}

// claimOneOf2 accepts an event for the webhook and claims its delivery out of
// several that wait, giving the others back.
func (k *kit) claimOneOf2(w webhook.Webhook, others int) webhook.Job {
	k.t.Helper()
	id := k.pending(w)
	var found webhook.Job
	var back []webhook.Lease
	for _, job := range k.claim(w.Number) {
		if job.Delivery == id {
			found = job
		} else {
			back = append(back, job.Lease)
		}
	}
	if len(back) != others {
		k.t.Fatalf("%d others wait, want %d", len(back), others)
	}
	k.ok(k.Store.Release(k.ctx(), back))
	return found
}

func cancelHeld(t *testing.T, open opener) {
	k := open(t)
	w, later, enabled := k.webhook(), k.webhook(), k.webhook()
	retrying, pending := k.settled(w, k.retrying), k.pending(w)
	leased := k.claimOneOf2(w, 1)
	kept, free := k.pending(later), k.pending(enabled)
	k.disable(w)
	k.Clock.Advance(time.Minute)
	k.disable(later)
	k.Clock.Advance(time.Minute)
	cancel := func(before time.Time, limit, want int) {
		t.Helper()
		n, err := k.CancelHeld(k.ctx(), before, k.now(), k.process, limit)
		k.ok(err)
		k.same(n, want)
	}
	cancel(Start, 10, 0) // disabled at that time, not before it
	cancel(Start.Add(time.Minute), 1, 1)
	cancel(Start.Add(time.Minute), 10, 1)
	cancel(Start.Add(time.Minute), 10, 0)
	ended := k.now()
	for _, id := range []webhook.DeliveryID{retrying, pending} {
		d := k.state(id, webhook.StateCancelled)
		k.same(d.CancelReason, webhook.CancelHeldTooLong)
		k.same(d.EndedAt, &ended)
	}
	k.state(kept, webhook.StateHeld)
	k.state(free, webhook.StatePending)
	k.finish(k.succeeded(leased))
	k.enable(w)
	k.same(len(k.claim(w.Number)), 0)
	k.same(k.unfinished().Deliveries, int64(2))
	k.kill()
	k.same(k.unfinished().Deliveries, int64(2))
}

func reclaimShrinks(t *testing.T, open opener) {
	k := open(t)
	e := k.event()
	e.Payload.Posted = append(append([]byte(`{"a":"`), make([]byte, 1<<20)...), `"}`...)
	for range 24 {
		k.acceptAll(k.params(e))
	}
	k.reopen()
	full := k.usage().Bytes
	if full < 24<<20 {
		t.Fatalf("24 MiB of events take %d bytes", full)
	}
	k.Clock.Advance(time.Hour)
	k.expireAll(k.now())
	for range 20 {
		k.ok(k.Reclaim(k.ctx()))
	}
	k.reopen()
	if left := k.usage().Bytes; left > full/4 {
		t.Fatalf("%d of %d bytes are still taken", left, full)
	}
}

func trim(t *testing.T, open opener) {
	k := open(t)
	e := k.event()
	e.Payload.Posted = append(append([]byte(`{"a":"`), make([]byte, 1<<20)...), `"}`...)
	for range 8 { // the same space again and again
		k.acceptAll(k.params(e))
		k.Clock.Advance(time.Hour)
		k.expireAll(k.now())
	}
	last := k.accept()
	before := k.usage().Bytes
	for range 2 { // the second time there is nothing to give
		k.ok(k.Trim(k.ctx()))
	}
	if after := k.usage().Bytes; after > before || after > 8<<20 {
		t.Errorf("%d of %d bytes are still taken", after, before)
	}
	k.accept()
	k.readEvent(last)
	k.kill()
	k.readEvent(last)
}

func usage(t *testing.T, open opener) {
	k := open(t)
	if u := k.usage(); u.Bytes <= 0 || u.VolumeUsed < 0 || u.VolumeUsed > 1 {
		t.Fatalf("an empty store says %+v", u)
	}
}

func unfinished(t *testing.T, open opener) {
	k := open(t)
	k.same(k.unfinished(), store.Unfinished{})
	w := k.webhook()
	k.settled(w, k.retrying)
	k.settled(w, k.succeeded)
	due := Start.Add(time.Minute)
	check := func(deliveries int64, due time.Time) {
		t.Helper()
		for _, restart := range []func(){func() {}, k.kill} {
			restart()
			k.same(k.unfinished(), store.Unfinished{Deliveries: deliveries, OldestDueAt: due})
		}
	}
	check(1, due)
	k.Clock.Advance(30 * time.Second)
	k.accept(k.webhooks(3)...)
	check(4, Start.Add(30*time.Second))
	k.Clock.Advance(time.Hour)
	k.finish(k.succeeded(k.claimOne(w.Number)))
	check(3, Start.Add(30*time.Second))
	k.ok(k.Ping(k.ctx()))
}
