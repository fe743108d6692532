package storetest

import (
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

func nodeCases() []namedCase {
	return []namedCase{
		{"Nodes/Renew", renew},
		{"Nodes/Leave", leave},
	}
}

func renew(t *testing.T, open opener) {
	fact(t, open, "KeepsTheLeases", func(t *testing.T, k *kit) {
		job := k.claimOneOf(k.webhook())
		for range 3 {
			renewal, err := k.Renew(k.ctx(), k.process, false)
			k.ok(err)
			k.same(renewal.Processes, 1)
			if !renewal.Now.IsZero() && time.Since(renewal.Now).Abs() > time.Minute {
				t.Fatalf("the database says it is %v", renewal.Now)
			}
		}
		k.finish(k.succeeded(job))
	})
	fact(t, open, "NotOfAProcessThatHasEnded", func(_ *testing.T, k *kit) {
		w := k.webhook()
		job := k.claimOneOf(w)
		second := k.another()
		_, err := k.Renew(k.ctx(), k.process, false)
		k.is(err, webhook.ErrLeaseLost)
		k.refused(k.succeeded(job)) // asking did not bring it back
		second.finish(second.succeeded(second.claimOne(w.Number)))
	})
	fact(t, open, "NotOfOneThatNeverJoined", func(_ *testing.T, k *kit) {
		for _, process := range []int64{0, k.process + 1000} {
			_, err := k.Renew(k.ctx(), process, false)
			k.is(err, webhook.ErrLeaseLost)
		}
	})
}

func leave(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	job := k.claimOneOf(w)
	given := k.claimOneOf(w)
	k.ok(k.Store.Release(k.ctx(), []webhook.Lease{given.Lease}))
	k.ok(k.Leave(k.ctx(), k.process))
	k.reopen()
	for _, next := range k.claim(w.Number) {
		interruptions := 0
		if next.Delivery == job.Delivery {
			interruptions = 1 // nobody knows what became of it
		}
		k.same(next.Interruptions, interruptions)
		k.finish(k.succeeded(next))
	}
	k.same(k.unfinished().Deliveries, int64(0))
}
