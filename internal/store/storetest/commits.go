package storetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func commitCases() []namedCase {
	return []namedCase{
		{"Commits/Shared", commitsShared},
		{"Commits/RefusedAlone", refusedAlone},
		{"Commits/FailedTogether", failedTogether},
		{"Commits/CloseWaits", closeWaits},
	}
}

func commitsShared(t *testing.T, open opener) {
	fact(t, open, "ManyCallsFewCommits", func(_ *testing.T, k *kit) {
		w := k.webhook()
		p := k.params(k.event(w.Number))
		before := k.Gate.Commits()
		calls := make([]func() error, 64)
		for i := range calls {
			calls[i] = func() error {
				_, err := k.Accept(k.ctx(), p)
				return err
			}
		}
		for _, err := range k.together(calls...) {
			k.ok(err)
		}
		if commits := k.Gate.Commits() - before; commits > 8 {
			k.t.Fatalf("64 calls took %d commits", commits)
		}
		k.same(len(k.claim(w.Number)), 64)
	})
	fact(t, open, "ALoneCallIsCommittedAtOnce", func(_ *testing.T, k *kit) {
		before := k.Gate.Commits()
		k.accept()
		k.same(k.Gate.Commits(), before+1)
	})
	fact(t, open, "ResultsShareThemToo", func(_ *testing.T, k *kit) {
		const calls = 8
		w := k.webhook()
		for range calls {
			k.accept(w.Number)
		}
		jobs := k.claim(w.Number)
		before := k.Gate.Commits()
		reached, release := k.Gate.Hold(k.t)
		errs := make([]error, calls)
		var running sync.WaitGroup
		for i := range errs {
			running.Go(func() { _, errs[i] = k.Finish(k.ctx(), []store.Result{k.succeeded(jobs[i])}) })
		}
		<-reached
		k.waiting(calls)
		release()
		running.Wait()
		for _, err := range errs {
			k.ok(err)
		}
		if commits := k.Gate.Commits() - before; commits > 2 {
			k.t.Fatalf("%d results took %d commits", calls, commits)
		}
	})
}

// refusedAlone puts calls of every kind that are refused between calls that are
// not, all in line for the same commit.
func refusedAlone(t *testing.T, open opener) {
	k := open(t)
	w, doomed := k.webhook(), k.webhook()
	job := k.claimOneOf(w)
	stale := k.succeeded(job)
	stale.Job.Claims++
	full := k.settled(k.webhook(), k.succeeded)
	k.acceptAll(withKey(k.params(k.event()), "key", "body"))
	before := k.unfinished().Deliveries
	to := &handoff{}
	p := k.params(k.event(w.Number))
	p.Handoff = to
	old := p
	old.RegistryVersion--
	taken := k.newWebhook(func(n *webhook.Webhook) { n.ID = w.ID })
	no := errors.New("no")
	var lost []error
	accept := func(p store.AcceptParams) func() error {
		return func() error { _, err := k.Accept(k.ctx(), p); return err }
	}
	errs := k.together(
		accept(p),
		accept(old),
		accept(withKey(p, "key", "another body")),
		func() error { _, err := k.CreateWebhook(k.ctx(), taken); return err },
		func() error {
			_, err := k.UpdateWebhook(k.ctx(), w.Tenant, w.ID, func(w *webhook.Webhook) error { w.Name = "changed"; return no })
			return err
		},
		func() (err error) { lost, err = k.Finish(k.ctx(), []store.Result{stale, k.succeeded(job)}); return err },
		func() error {
			_, err := k.Redeliver(k.ctx(), w.Tenant, "000000000000000000000", k.now(), "")
			return err
		},
		func() error { _, err := k.Redeliver(k.ctx(), w.Tenant, full, k.now(), ""); return err },
		accept(p),
		func() error { _, err := k.DeleteWebhook(k.ctx(), w.Tenant, doomed.ID); return err },
		accept(p), // its registry is stale by now
	)
	k.ok(errs[0])
	k.is(errs[1], webhook.ErrStale)
	k.is(errs[2], webhook.ErrKeyReused)
	if errs[3] == nil {
		t.Fatal("made a second webhook with the same identifier")
	}
	k.is(errs[4], no)
	k.ok(errs[5])
	k.is(lost[0], webhook.ErrLeaseLost)
	k.ok(lost[1])
	k.is(errs[6], webhook.ErrNotFound)
	k.ok(errs[7])
	k.ok(errs[8])
	k.ok(errs[9])
	k.is(errs[10], webhook.ErrStale)

	k.same(k.registered(w.ID), w)
	k.same(len(k.listEvents(store.EventQuery{})), 5)
	k.state(job.Delivery, webhook.StateSucceeded)
	k.same(len(to.jobs()), 2)
	k.same(to.owed(), 0)
	k.same(k.unfinished().Deliveries, before+2) // two accepted, one finished, one redelivered
	k.kill()
	k.same(k.unfinished().Deliveries, before+2)
}

func failedTogether(t *testing.T, open opener) {
	fact(t, open, "NothingIsStored", func(_ *testing.T, k *kit) {
		w := k.webhook()
		job := k.claimOneOf(w)
		ended := k.settled(k.webhook(), k.failed)
		before, version := k.unfinished().Deliveries, k.version()
		to := &handoff{}
		p := withKey(k.params(k.event(w.Number)), "key", "body")
		p.Handoff = to
		disk := errors.New("disk on fire")
		k.Gate.Fail(disk)
		for _, err := range k.together(
			func() error { _, err := k.Accept(k.ctx(), p); return err },
			func() error { _, err := k.Accept(k.ctx(), p); return err },
			func() error { _, err := k.Finish(k.ctx(), []store.Result{k.succeeded(job)}); return err },
			func() error { _, err := k.CreateWebhook(k.ctx(), k.newWebhook()); return err },
			func() error { _, err := k.DeleteWebhook(k.ctx(), w.Tenant, w.ID); return err },
			func() error { _, err := k.Redeliver(k.ctx(), w.Tenant, ended, k.now(), ""); return err },
			func() error { return k.PutKey(k.ctx(), newKey("one", "a")) },
		) {
			k.is(err, disk)
		}
		k.same(len(to.jobs()), 0)
		k.same(len(to.aborted), 1)
		k.same(to.owed(), 0)
		k.Gate.Fail(nil)
		k.kill()
		k.same(len(k.listEvents(store.EventQuery{})), 2)
		k.same(k.version(), version)
		k.same(k.unfinished().Deliveries, before)
		k.state(job.Delivery, webhook.StatePending)
		k.same(k.delivery(ended).State, webhook.StateFailed)
		k.same(len(k.registry().Keys), 0)
	})
	fact(t, open, "TheNextCommitIsUnharmed", func(t *testing.T, k *kit) {
		w := k.webhook()
		job := k.claimOneOf(w)
		p := k.params(k.event(w.Number))
		to := &handoff{}
		p.Handoff = to
		k.Gate.Fail(errors.New("disk on fire"))
		if _, err := k.Accept(k.ctx(), p); err == nil {
			t.Fatal("accepted though the commit failed")
		}
		if _, err := k.Finish(k.ctx(), []store.Result{k.succeeded(job)}); err == nil {
			t.Fatal("finished though the commit failed")
		}
		k.Gate.Fail(nil)
		k.acceptAll(p)
		k.finish(k.succeeded(job))
		health, err := k.Health(k.ctx(), []int64{w.Number}, Start)
		k.ok(err)
		k.same(health, map[int64]webhook.Health{w.Number: {RequestCount: 1, SuccessCount: 1}})
		k.same(k.unfinished().Deliveries, int64(1))
		k.same(len(to.jobs()), 1)
		k.same(to.owed(), 0)
	})
}

func closeWaits(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	p := k.params(k.event(w.Number))
	reached, release := k.Gate.Hold(t)
	errs := make([]error, 10)
	var running sync.WaitGroup
	for i := range errs {
		running.Go(func() { _, errs[i] = k.Accept(k.ctx(), p) })
	}
	<-reached
	k.waiting(len(errs))
	closed := make(chan error, 1)
	running.Go(func() { closed <- k.Store.Close() })
	release()
	running.Wait()
	k.ok(<-closed)
	for _, err := range errs {
		k.ok(err)
	}
	if _, err := k.Accept(k.ctx(), p); err == nil {
		t.Fatal("a closed store accepted an event")
	}
	k.kill()
	k.same(len(k.claim(w.Number)), len(errs))
}
