package postgres_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// inHand is a delivery that the second node has in hand.
func inHand(t *testing.T, k *kit) (*pair, webhook.Job) {
	t.Helper()
	p := newPair(t, k)
	_, err := p.second.store.Accept(t.Context(), p.second.params(p.number))
	p.ok(err)
	if len(p.second.to.jobs) != 1 {
		t.Fatalf("%d deliveries are handed over", len(p.second.to.jobs))
	}
	return p, p.second.to.jobs[0]
}

func cancelOf(t *testing.T, job webhook.Job) func(s *postgres.Store) error {
	t.Helper()
	return func(s *postgres.Store) error {
		_, err := s.Cancel(t.Context(), job.Tenant, job.Delivery, storetest.Start)
		return err
	}
}

// redeliver asks the first node for one more attempt.
func (p *pair) redeliver(job webhook.Job, want error) {
	p.t.Helper()
	if _, err := p.store.Redeliver(p.t.Context(), job.Tenant, job.Delivery, storetest.Start, "key"); !errors.Is(err, want) {
		p.t.Errorf("redelivering is answered with %v, want %v", err, want)
	}
}

// told compares what the second node is told to let go.
func (p *pair) told(want ...store.Cancelled) {
	p.t.Helper()
	b, err := p.store.Backlog(p.t.Context(), p.second.process)
	p.ok(err)
	if diff := cmp.Diff(want, b.Cancelled); diff != "" {
		p.t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestCancelledInTheHandsOfAnotherNode: nobody redelivers it until that node has let go, in
// whichever way, so that two attempts are never under way at the same time.
func TestCancelledInTheHandsOfAnotherNode(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	cancelled := func(t *testing.T) (*pair, webhook.Job) {
		t.Helper()
		p, job := inHand(t, k)
		p.ok(cancelOf(t, job)(p.store))
		p.told(store.Cancelled{Webhook: p.number, Delivery: job.Delivery})
		p.redeliver(job, webhook.ErrInProgress)
		return p, job
	}
	attempts := func(p *pair, job webhook.Job, want int) {
		p.t.Helper()
		d, err := p.store.Delivery(p.t.Context(), job.Tenant, job.Delivery)
		if p.ok(err); len(d.Attempts) != want || d.State != webhook.StateCancelled {
			p.t.Errorf("it is %s with %d attempts, want cancelled with %d", d.State, len(d.Attempts), want)
		}
	}
	t.Run("UntilTheResult", func(t *testing.T) {
		t.Parallel()
		p, job := cancelled(t)
		p.ok(finish(p.second, []webhook.Job{job}))
		p.told()
		attempts(p, job, 1)
		p.redeliver(job, nil)
	})
	t.Run("UntilItIsLetGo", func(t *testing.T) {
		t.Parallel()
		p, job := cancelled(t)
		earlier := job.Lease
		earlier.Claims--
		p.ok(p.second.store.Release(t.Context(), []webhook.Lease{earlier}))
		p.redeliver(job, webhook.ErrInProgress)
		p.ok(p.second.store.Release(t.Context(), []webhook.Lease{job.Lease}))
		p.told()
		attempts(p, job, 0)
		p.redeliver(job, nil)
	})
	t.Run("UntilTheNodeHasEnded", func(t *testing.T) {
		t.Parallel()
		p, job := cancelled(t)
		p.ok(p.second.store.Leave(t.Context(), p.second.process))
		p.redeliver(job, nil)
		if refused := finish(p.second, []webhook.Job{job}); !errors.Is(refused, webhook.ErrLeaseLost) {
			t.Errorf("what the node says afterwards is taken: %v", refused)
		}
		attempts(p, job, 0)
	})
	t.Run("TwiceInTheSameHands", func(t *testing.T) {
		t.Parallel()
		p, job := cancelled(t)
		p.ok(p.second.store.Release(t.Context(), []webhook.Lease{job.Lease}))
		p.redeliver(job, nil)
		claimed := p.second.claim()
		if len(claimed) != 1 {
			t.Fatalf("%d claimed", len(claimed))
		}
		p.redeliver(job, webhook.ErrInProgress)
		p.ok(finish(p.second, claimed))
		p.redeliver(job, nil)
	})
	t.Run("ForgottenWithTheNode", func(t *testing.T) {
		t.Parallel()
		p, _ := cancelled(t)
		expire := func(want int) {
			t.Helper()
			_, _, err := p.store.Expire(t.Context(), store.ExpireParams{Now: storetest.Start, Before: storetest.Start, Limit: 100})
			if p.ok(err); p.count("SELECT count(*) FROM cancelled_leases") != want {
				t.Errorf("not %d are left", want)
			}
		}
		expire(1)
		p.ok(p.second.store.Leave(t.Context(), p.second.process))
		expire(0)
	})
}

// TestCancelledWhileItIsLetGo lets the two happen at once: afterwards nothing keeps the
// delivery from being redelivered.
func TestCancelledWhileItIsLetGo(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for name, letGo := range map[string]func(s *postgres.Store, job webhook.Job) error{
		"Released": func(s *postgres.Store, job webhook.Job) error {
			return s.Release(t.Context(), []webhook.Lease{job.Lease})
		},
		"Finished": func(s *postgres.Store, job webhook.Job) error {
			r := results([]webhook.Job{job})
			r[0].Next = webhook.Next{State: webhook.StateRetrying, RetriesUsed: 1, DueAt: storetest.Start}
			outcomes, err := s.Finish(t.Context(), r)
			return errors.Join(err, errors.Join(outcomes...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, cancelsFirst := range []bool{true, false} {
				p, job := inHand(t, k)
				first, second := cancelOf(t, job), func(s *postgres.Store) error { return letGo(s, job) }
				if !cancelsFirst {
					first, second = second, first
				}
				one, other := p.during(first, second)
				p.ok(errors.Join(one, other))
				p.told()
				p.redeliver(job, nil)
			}
		})
	}
}
