package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

var errTest = errors.New("disk on fire")

func redeliveryCases() []namedCase {
	return []namedCase{
		{"Queue/RedeliverEnded", redeliverEnded},
		{"Queue/RedeliverRetrying", redeliverRetrying},
		{"Queue/RedeliverRefused", redeliverRefused},
	}
}

// cancelledBefore is a delivery that ended before its first attempt.
func (k *kit) cancelledBefore(w webhook.Webhook) webhook.DeliveryID {
	k.t.Helper()
	id := k.pending(w)
	k.cancelHeld(w)
	return id
}

// cancelHeld cancels what waits for the webhook, which is enabled afterwards.
func (k *kit) cancelHeld(w webhook.Webhook) {
	k.t.Helper()
	k.disable(w)
	k.Clock.Advance(time.Second)
	_, err := k.CancelHeld(k.ctx(), k.now(), k.now(), k.process, 1000)
	k.ok(err)
	k.enable(w)
}

func redeliverEnded(t *testing.T, open opener) {
	fact(t, open, "OneMoreAttempt", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.failed)
		k.Clock.Advance(time.Hour)
		number, err := k.Redeliver(k.ctx(), w.Tenant, id, k.now(), "")
		k.ok(err)
		k.same(number, w.Number)
		k.state(id, webhook.StateFailed) // until the attempt ends
		k.same(k.backlog().Waiting, []store.Waiting{{Webhook: w.Number, DueAt: k.now()}})
		job := k.claimOne(w.Number)
		k.same(job.Attempt, 2)
		k.same(job.Manual, true)
		k.same(job.Ended, webhook.StateFailed)
		k.same(job.LoggedAt, Start.Add(40*time.Millisecond))
		k.finish(k.succeeded(job))
		d := k.state(id, webhook.StateSucceeded)
		k.same(outcomes(d), []webhook.Outcome{webhook.OutcomeFailed, webhook.OutcomeSucceeded})
		k.same(d.Attempts[1].Trigger, webhook.TriggerManual)
		logged, ended := Start.Add(40*time.Millisecond), k.now().Add(40*time.Millisecond)
		k.same(d.LoggedAt, &logged)
		k.same(d.EndedAt, &ended)
		k.same(len(k.claim(w.Number)), 0)
	})
	fact(t, open, "AFailedOneLeavesTheStateAsItWas", func(_ *testing.T, k *kit) {
		w := k.webhook()
		ids := map[webhook.State]webhook.DeliveryID{
			webhook.StateSucceeded: k.settled(w, k.succeeded),
			webhook.StateFailed:    k.settled(w, k.failed),
			webhook.StateCancelled: k.cancelledBefore(w),
		}
		for state, id := range ids {
			k.redeliver(id)
			k.finish(k.afterRedelivery(k.claimOne(w.Number)))
			d := k.state(id, state)
			k.numbered(d)
			if state == webhook.StateCancelled {
				k.same(d.CancelReason, webhook.CancelHeldTooLong)
			}
		}
		k.same(k.unfinished().Deliveries, int64(0))
	})
	fact(t, open, "ACancelledOneCanSucceed", func(t *testing.T, k *kit) {
		w := k.webhook()
		id := k.cancelledBefore(w)
		k.redeliver(id)
		job := k.claimOne(w.Number)
		k.same(job.Attempt, 1)
		k.same(job.Ended, webhook.StateCancelled)
		k.finish(k.succeeded(job))
		d := k.state(id, webhook.StateSucceeded)
		k.same(d.CancelReason, webhook.CancelReason(""))
		if d.LoggedAt == nil || !d.LoggedAt.Equal(k.now().Add(40*time.Millisecond)) {
			t.Fatalf("logged at %v", d.LoggedAt)
		}
	})
	fact(t, open, "SurvivesAKill", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.succeeded)
		k.redeliver(id)
		k.claimOne(w.Number)
		k.kill()
		job := k.claimOne(w.Number)
		k.same([]int{job.Attempt, job.Interruptions}, []int{3, 1})
		k.same(job.Manual, true)
		k.same(job.Ended, webhook.StateSucceeded)
		k.finish(k.afterRedelivery(job))
		d := k.state(id, webhook.StateSucceeded)
		k.same(outcomes(d), []webhook.Outcome{webhook.OutcomeSucceeded, webhook.OutcomeInterrupted, webhook.OutcomeFailed})
		k.same(d.Attempts[1].Trigger, webhook.TriggerManual)
	})
	fact(t, open, "AskingTwiceIsOneAttempt", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.failed)
		k.redeliver(id)
		k.redeliver(id)
		k.same(k.unfinished().Deliveries, int64(1))
		k.finish(k.succeeded(k.claimOne(w.Number)))
		k.same(len(k.claim(w.Number)), 0)
	})
	fact(t, open, "AfterInterruptionsThatWereCancelled", func(_ *testing.T, k *kit) {
		// The numbers of attempts that are in the log are not given again.
		w := k.webhook()
		id := k.settled(w, k.retrying)
		k.Clock.Advance(time.Hour)
		k.claimOne(w.Number)
		k.kill()
		job := k.claimOne(w.Number)
		k.ok(k.Store.Release(k.ctx(), []webhook.Lease{job.Lease}))
		k.cancelHeld(w)
		k.state(id, webhook.StateCancelled)
		for range 2 {
			k.redeliver(id)
			k.claimOne(w.Number)
			k.kill()
			job = k.claimOne(w.Number)
			k.ok(k.Store.Release(k.ctx(), []webhook.Lease{job.Lease}))
			k.cancelHeld(w) // drops the redelivery
		}
		k.redeliver(id)
		k.finish(k.succeeded(k.claimOne(w.Number)))
		d := k.state(id, webhook.StateSucceeded)
		k.same(len(d.Attempts), 5)
		k.numbered(d)
	})
	fact(t, open, "ByAProcessThatHoldsNoLeases", func(_ *testing.T, k *kit) {
		w := k.webhook()
		ended, waiting := k.settled(w, k.failed), k.settled(w, k.retrying)
		beside := k.Another(k.t) // as an administration command does
		for _, id := range []webhook.DeliveryID{ended, waiting} {
			_, err := beside.Redeliver(k.ctx(), w.Tenant, id, k.now(), "")
			k.ok(err)
		}
		k.same(len(k.claim(w.Number)), 2)
	})
}

func redeliverRetrying(t *testing.T, open opener) {
	fact(t, open, "BringsTheNextAttemptForward", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.retrying)
		k.Clock.Advance(time.Second)
		k.redeliver(id)
		now, due := k.now(), Start.Add(time.Minute)
		k.same(k.state(id, webhook.StateRetrying).NextAttemptAt, &now)
		k.redeliver(id)
		k.same(k.unfinished().Deliveries, int64(1))
		job := k.claimOne(w.Number)
		k.same(job.Manual, true)
		k.same(job.Ended, webhook.State(""))
		k.same(job.Resume, due)
		k.same(job.RetriesUsed, 1)
		k.finish(k.afterRedelivery(job))
		k.same(k.state(id, webhook.StateRetrying).NextAttemptAt, &due) // no retry is used up
		k.Clock.Advance(time.Minute)
		job = k.claimOne(w.Number)
		k.same(job.Manual, false)
		k.same(job.Resume, time.Time{})
		k.same([]int{job.Attempt, job.RetriesUsed}, []int{3, 1})
		k.finish(k.succeeded(job))
		k.numbered(k.state(id, webhook.StateSucceeded))
	})
	fact(t, open, "SurvivesAKill", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.retrying)
		k.redeliver(id)
		k.kill()
		job := k.claimOne(w.Number)
		k.same(job.Manual, true)
		k.same(job.Resume, Start.Add(time.Minute))
		k.finish(k.succeeded(job))
		k.state(id, webhook.StateSucceeded)
	})
}

func redeliverRefused(t *testing.T, open opener) {
	refused := func(k *kit, id webhook.DeliveryID, want error) {
		k.t.Helper()
		before := k.unfinished().Deliveries
		_, err := k.Redeliver(k.ctx(), webhook.DefaultTenant, id, k.now(), "")
		k.is(err, want)
		k.same(k.unfinished().Deliveries, before)
	}
	fact(t, open, "NotThere", func(_ *testing.T, k *kit) {
		id := k.settled(k.webhook(), k.succeeded)
		for _, other := range []webhook.DeliveryID{"", "nobody", id[:20] + "!", "000000000000000000000"} {
			refused(k, other, webhook.ErrNotFound)
		}
		k.Clock.Advance(time.Hour)
		k.expireAll(k.now())
		refused(k, id, webhook.ErrNotFound)
	})
	fact(t, open, "WhileItIsInProgress", func(_ *testing.T, k *kit) {
		w := k.webhook()
		first := k.pending(w)
		refused(k, first, webhook.ErrInProgress) // waiting
		job := k.claimOne(w.Number)
		refused(k, first, webhook.ErrInProgress) // in hand
		k.same(job.Manual, false)
		k.finish(k.retrying(job))
		k.same(len(k.claim(w.Number)), 0)
		k.redeliver(first)
		k.redeliver(first) // not begun: no other one
		job = k.claimOne(w.Number)
		k.same(job.Manual, true)
		refused(k, first, webhook.ErrInProgress)
		k.finish(k.succeeded(job))
		k.redeliver(first)
		job = k.claimOne(w.Number)
		refused(k, first, webhook.ErrInProgress)
		k.kill()
		again := k.claimOne(w.Number) // its holder, job, has ended
		k.same(again.Interruptions, job.Interruptions+1)
		refused(k, first, webhook.ErrInProgress)
		k.finish(k.afterRedelivery(again))
		k.same(len(k.claim(w.Number)), 0)
		k.numbered(k.state(first, webhook.StateSucceeded))
	})
	fact(t, open, "WebhookDisabledOrDeleted", func(_ *testing.T, k *kit) {
		w := k.webhook()
		ids := []webhook.DeliveryID{k.settled(w, k.succeeded), k.settled(w, k.retrying), k.pending(w)}
		w = k.disable(w)
		for _, id := range ids {
			refused(k, id, webhook.ErrWebhookDisabled)
		}
		w = k.enable(w)
		at := k.now()
		w = k.update(w, func(w *webhook.Webhook) { w.SuspendedAt = &at })
		for _, id := range ids {
			refused(k, id, webhook.ErrWebhookDisabled)
		}
		k.delete(w)
		for _, id := range ids {
			refused(k, id, webhook.ErrWebhookDeleted)
		}
	})
	fact(t, open, "TooMany", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.retrying)
		k.redeliver(id)
		k.finish(k.afterRedelivery(k.claimOne(w.Number)))
		k.Clock.Advance(time.Minute)
		k.finish(k.failed(k.claimOne(w.Number)))
		for range webhook.MaxRedeliveries - 1 {
			k.redeliver(id)
			k.finish(k.afterRedelivery(k.claimOne(w.Number)))
		}
		refused(k, id, webhook.ErrTooManyRedeliveries)
		d := k.state(id, webhook.StateFailed)
		k.same(len(d.Attempts), 2+webhook.MaxRedeliveries)
		k.numbered(d)
		k.same(len(k.claim(w.Number)), 0)
	})
}
