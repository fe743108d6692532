package storetest

import (
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

func interruptedIsShown(t *testing.T, open opener) {
	fact(t, open, "WithANumberOfItsOwn", func(t *testing.T, k *kit) {
		w := k.webhook()
		job := k.claimOneOf(w)
		k.Clock.Advance(time.Second)
		k.kill()
		next := k.claimOne(w.Number)
		k.same([]int{next.Attempt, next.Interruptions, next.RetriesUsed, next.Claims}, []int{2, 1, 0, 2})
		d := k.state(job.Delivery, webhook.StatePending)
		k.same(d.Attempts, []webhook.Attempt{{
			Number: 1, Trigger: webhook.TriggerEvent, StartedAt: Start, Outcome: webhook.OutcomeInterrupted, Reason: webhook.ReasonInterrupted,
		}})
		if d.LoggedAt != nil {
			t.Fatal("an interruption began the log entry")
		}
		k.finish(k.succeeded(next))
		d = k.state(job.Delivery, webhook.StateSucceeded)
		k.same(outcomes(d), []webhook.Outcome{webhook.OutcomeInterrupted, webhook.OutcomeSucceeded})
	})
	fact(t, open, "BetweenRetries", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.retrying)
		k.Clock.Advance(time.Minute)
		k.claimOne(w.Number)
		k.kill()
		job := k.claimOne(w.Number)
		k.same([]int{job.Attempt, job.Interruptions, job.RetriesUsed}, []int{3, 1, 1})
		k.finish(k.retrying(job))
		k.Clock.Advance(time.Hour)
		k.kill()
		job = k.claimOne(w.Number)
		k.same([]int{job.Attempt, job.Interruptions, job.RetriesUsed}, []int{4, 1, 2})
		k.finish(k.failed(job))
		d := k.state(id, webhook.StateFailed)
		k.same(outcomes(d), []webhook.Outcome{webhook.OutcomeFailed, webhook.OutcomeInterrupted, webhook.OutcomeFailed, webhook.OutcomeFailed})
		k.same(d.Attempts[1].Trigger, webhook.TriggerRetry)
	})
	fact(t, open, "TwentyOfThemBound", func(t *testing.T, k *kit) {
		w := k.webhook()
		id := k.pending(w)
		k.claimOne(w.Number)
		var job webhook.Job
		for range webhook.MaxInterruptions {
			k.join()
			job = k.claimOne(w.Number)
		}
		k.same(job.Interruptions, webhook.MaxInterruptions)
		k.same(job.Attempt, webhook.MaxInterruptions) // the twentieth is the result that ends it
		k.kill()                                      // and the process that was to write it is killed too
		job = k.claimOne(w.Number)
		if job.Interruptions < webhook.MaxInterruptions {
			t.Fatalf("%d interruptions", job.Interruptions)
		}
		r := k.failed(job)
		r.Attempt.Outcome, r.Attempt.Reason, r.Attempt.Status = webhook.OutcomeInterrupted, webhook.ReasonInterrupted, 0
		k.finish(r)
		d := k.state(id, webhook.StateFailed)
		k.same(len(d.Attempts), webhook.MaxInterruptions)
		k.numbered(d)
	})
}

// interruptedInPortions crashes again and again. What waits behind the oldest is handed
// out with it less and less, so that it does not come to the bound.
func interruptedInPortions(t *testing.T, open opener) {
	fact(t, open, "FewerEachTime", func(_ *testing.T, k *kit) {
		w, other := k.webhook(), k.webhook()
		for range 200 {
			k.pending(w)
		}
		k.pending(other)
		k.same(len(k.claim(w.Number)), 200)
		var sizes []int
		for range webhook.MaxInterruptions {
			k.join()
			claimed := k.claimAnswer(5000, w.Number, other.Number)
			sizes = append(sizes, len(claimed[0].Jobs))
			k.same(claimed[0].Jobs[0].Interruptions, len(sizes))
			k.same(claimed[0].NextDueAt, Start) // the rest is still there
		}
		k.same(sizes, []int{128, 64, 64, 32, 32, 16, 16, 8, 8, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1})
	})
	fact(t, open, "OthersAreNotHeldUp", func(t *testing.T, k *kit) {
		w, other := k.webhook(), k.webhook()
		k.claimOneOf(w)
		for range webhook.MaxInterruptions - 1 {
			k.join()
			k.claimOne(w.Number)
		}
		k.join()
		for range 10 {
			k.pending(w)
			k.pending(other)
		}
		claimed := k.claimAnswer(5000, w.Number, other.Number)
		k.same([]int{len(claimed[0].Jobs), len(claimed[1].Jobs)}, []int{1, 10})
		if rest := k.claim(w.Number); len(rest) != 10 || rest[0].Interruptions != 0 {
			t.Fatalf("claimed %d deliveries after that, want the 10 that were never handed out", len(rest))
		}
	})
}

// numbered checks that the attempts count from 1 without a gap.
func (k *kit) numbered(d webhook.Delivery) {
	k.t.Helper()
	for i, a := range d.Attempts {
		if a.Number != i+1 {
			k.t.Fatalf("attempt %d has the number %d", i+1, a.Number)
		}
	}
}
