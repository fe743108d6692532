package storetest

import (
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

func overrideCases() []namedCase {
	return []namedCase{
		{"Queue/RedeliverBy", redeliverBy},
		{"Queue/Cancel", cancelDelivery},
		{"Queue/CancelRefused", cancelRefused},
		{"Queue/LateResultOfARedelivery", lateResult},
		{"Queue/FinishRefusedAlone", finishRefusedAlone},
	}
}

func redeliverBy(t *testing.T, open opener) {
	fact(t, open, "TheAttemptNamesThem", func(_ *testing.T, k *kit) {
		w := k.webhook()
		for _, settle := range []func(*kit) webhook.DeliveryID{
			func(k *kit) webhook.DeliveryID { return k.settled(w, k.failed) },
			func(k *kit) webhook.DeliveryID { return k.settled(w, k.retrying) },
		} {
			id := settle(k)
			_, err := k.Redeliver(k.ctx(), w.Tenant, id, k.now(), "key-of-ana")
			k.ok(err)
			job := k.claimOne(w.Number)
			k.same(job.AskedBy, "key-of-ana")
			r := k.succeeded(job)
			r.Attempt.By = job.AskedBy
			k.finish(r)
			k.same(k.delivery(id).Attempts[1].By, "key-of-ana")
		}
	})
	fact(t, open, "NotTheRetryAfterIt", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.retrying)
		_, err := k.Redeliver(k.ctx(), w.Tenant, id, k.now(), "key-of-ana")
		k.ok(err)
		k.finish(k.retrying(k.claimOne(w.Number)))
		k.Clock.Advance(time.Minute)
		k.same(k.claimOne(w.Number).AskedBy, "")
	})
}

func lateResult(t *testing.T, open opener) {
	fact(t, open, "SpoilsNothing", func(_ *testing.T, k *kit) {
		w, other := k.webhook(), k.webhook()
		k.accept(w.Number)
		hanging := k.claimOne(w.Number)
		id := hanging.Delivery
		k.cancel(w, id)
		k.kill() // while it has it in hand nobody redelivers it
		k.redeliver(id)
		k.accept(other.Number)
		well := k.claimOne(other.Number)
		answers := k.finishAll(k.succeeded(hanging), k.succeeded(well))
		k.is(answers[0], webhook.ErrLeaseLost)
		k.ok(answers[1])
		k.finish(k.succeeded(k.claimOne(w.Number)))
		k.state(id, webhook.StateSucceeded)
		k.state(well.Delivery, webhook.StateSucceeded)
	})
}

func finishRefusedAlone(t *testing.T, open opener) {
	fact(t, open, "OneThatCannotBeWritten", func(t *testing.T, k *kit) {
		w, other := k.webhook(), k.webhook()
		k.settled(w, k.retrying)
		k.Clock.Advance(time.Hour)
		k.finish(k.retrying(k.claimOne(w.Number)))
		k.Clock.Advance(time.Hour)
		twice := k.succeeded(k.claimOne(w.Number))
		twice.Attempt.Number = 2 // as no engine would: the log has it
		k.accept(other.Number)
		well := k.claimOne(other.Number)
		answers := k.finishAll(twice, k.succeeded(well))
		if answers[0] == nil || answers[1] != nil {
			t.Errorf("answers = %v, want the first alone refused", answers)
		}
		k.state(twice.Job.Delivery, webhook.StateRetrying)
		k.state(well.Delivery, webhook.StateSucceeded)
	})
}

// cancel cancels a delivery and checks what it has become.
func (k *kit) cancel(w webhook.Webhook, id webhook.DeliveryID) webhook.Delivery {
	k.t.Helper()
	number, err := k.Cancel(k.ctx(), w.Tenant, id, k.now())
	k.ok(err)
	k.same(number, w.Number)
	d := k.state(id, webhook.StateCancelled)
	k.same(d.CancelReason, webhook.CancelByPerson)
	now := k.now()
	k.same(d.EndedAt, &now)
	return d
}

func cancelDelivery(t *testing.T, open opener) {
	fact(t, open, "WhateverHasNotEnded", func(_ *testing.T, k *kit) {
		w, idle := k.webhook(), k.webhook()
		held := k.pending(idle)
		k.disable(idle)
		retrying := k.settled(w, k.retrying)
		k.Clock.Advance(time.Second)
		k.same(len(k.cancel(w, k.pending(w)).Attempts), 0)
		k.same(len(k.cancel(w, retrying).Attempts), 1)
		k.cancel(idle, held)
		k.same(k.unfinished().Deliveries, int64(0))
		k.Clock.Advance(time.Hour)
		k.same(len(k.claim(w.Number)), 0)
		k.enable(idle)
		k.same(len(k.claim(idle.Number)), 0)
	})
	fact(t, open, "AnAttemptUnderWayIsKept", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.accept(w.Number)
		job := k.claimOne(w.Number)
		k.same(len(k.cancel(w, job.Delivery).Attempts), 0) // no interruption
		k.finish(k.succeeded(job))
		d := k.state(job.Delivery, webhook.StateCancelled)
		k.same(outcomes(d), []webhook.Outcome{webhook.OutcomeSucceeded})
		k.refused(k.succeeded(job)) // once
		health, err := k.Health(k.ctx(), []int64{w.Number}, Start.Add(-time.Hour))
		k.ok(err)
		k.same(len(health), 0)
	})
	fact(t, open, "ARetryUnderWayIsKept", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.retrying)
		k.Clock.Advance(time.Minute)
		job := k.claimOne(w.Number)
		k.cancel(w, id)
		k.finish(k.retrying(job))
		d := k.state(id, webhook.StateCancelled)
		k.same(len(d.Attempts), 2)
		k.Clock.Advance(time.Hour)
		k.same(len(k.claim(w.Number)), 0)
	})
	fact(t, open, "CanBeRedelivered", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.pending(w)
		k.cancel(w, id)
		k.redeliver(id)
		k.finish(k.succeeded(k.claimOne(w.Number)))
		k.same(k.state(id, webhook.StateSucceeded).CancelReason, webhook.CancelReason(""))
	})
}

func cancelRefused(t *testing.T, open opener) {
	fact(t, open, "WhatHasEnded", func(_ *testing.T, k *kit) {
		w := k.webhook()
		refuse := func(tenant webhook.TenantID, id webhook.DeliveryID, want error) {
			k.t.Helper()
			_, err := k.Cancel(k.ctx(), tenant, id, k.now())
			k.is(err, want)
		}
		failed := k.settled(w, k.failed)
		refuse(w.Tenant, failed, webhook.ErrEnded)
		refuse(w.Tenant, k.settled(w, k.succeeded), webhook.ErrEnded)
		k.redeliver(failed)
		refuse(w.Tenant, failed, webhook.ErrEnded)
		k.finish(k.succeeded(k.claimOne(w.Number)))
		pending := k.pending(w)
		k.AddTenant(k.t, "other")
		refuse("other", pending, webhook.ErrNotFound)
		refuse("other", failed, webhook.ErrNotFound)
		refuse(w.Tenant, "000000000000000000000", webhook.ErrNotFound)
		refuse(w.Tenant, "x", webhook.ErrNotFound)
		k.cancel(w, pending)
		refuse(w.Tenant, pending, webhook.ErrEnded)
	})
}
