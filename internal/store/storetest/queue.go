package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func queueCases() []namedCase {
	return []namedCase{
		{"Queue/JoinVoidsLeases", joinVoidsLeases},
		{"Queue/Backlog", backlog},
		{"Queue/ClaimOnce", claimOnce},
		{"Queue/ClaimCounts", claimCounts},
		{"Queue/ClaimInOrder", claimInOrder},
		{"Queue/ClaimBoundedBytes", claimBoundedBytes},
		{"Queue/ClaimOrdered", claimOrdered},
		{"Queue/InterruptedIsShown", interruptedIsShown},
		{"Queue/InterruptedInPortions", interruptedInPortions},
		{"Queue/FinishSucceeds", finishSucceeds},
		{"Queue/FinishRetries", finishRetries},
		{"Queue/StaleLeaseCannotFinish", staleLeaseCannotFinish},
		{"Queue/ReleaseIsNoInterruption", releaseIsNoInterruption},
		{"Queue/ExpandInChunks", expandInChunks},
		{"Queue/ExpandSurvivesReopen", expandSurvivesReopen},
	}
}

func (k *kit) backlog() store.Backlog {
	k.t.Helper()
	b, err := k.Backlog(k.ctx(), k.process)
	k.ok(err)
	return b
}

func joinVoidsLeases(t *testing.T, open opener) {
	fact(t, open, "TheNextProcessGetsThem", func(t *testing.T, k *kit) {
		w := k.webhook()
		job := k.claimOneOf(w)
		former := k.process
		k.kill()
		if k.process <= former {
			t.Fatalf("process %d follows %d", k.process, former)
		}
		k.same(k.backlog().Waiting, []store.Waiting{{Webhook: w.Number, DueAt: Start}})
		next := k.claimOne(w.Number)
		k.same(next.Delivery, job.Delivery)
		k.same(next.Lease, webhook.Lease{Delivery: job.Delivery, Process: k.process, Claims: 2})
	})
	fact(t, open, "TheFormerCannotFinish", func(t *testing.T, k *kit) {
		job := k.claimOneOf(k.webhook())
		second := k.another()
		k.refused(k.succeeded(job))
		second.state(job.Delivery, webhook.StatePending)
		k.same(len(k.delivery(job.Delivery).Attempts), 0)
	})
	fact(t, open, "TheFormerCannotTakeThemBack", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.claimOneOf(w)
		second := k.another()
		job := second.claimOne(w.Number)
		k.same(len(k.claim(w.Number)), 0)
		k.same(k.backlog().Waiting, []store.Waiting(nil))
		second.finish(second.succeeded(job))
	})
	fact(t, open, "AlsoThoseHandedOverAtAcceptance", func(_ *testing.T, k *kit) {
		w := k.webhook()
		to := &handoff{}
		p := k.params(k.event(w.Number))
		p.Handoff = to
		k.acceptAll(p)
		k.reopen()
		next := k.claimOne(w.Number)
		k.same(next.Delivery, to.jobs()[0].Delivery)
		k.refused(k.succeeded(to.jobs()[0]))
		k.finish(k.succeeded(next))
	})
}

func backlog(t *testing.T, open opener) {
	fact(t, open, "WebhooksWithTheirEarliest", func(_ *testing.T, k *kit) {
		k.same(k.backlog(), store.Backlog{})
		three := k.webhooks(3)
		k.accept(three...)
		k.Clock.Advance(time.Second)
		k.accept(three[0], three[1])
		k.claimAnswer(1, three[0])
		k.claimAnswer(5, three[1])
		k.same(k.backlog(), store.Backlog{Waiting: []store.Waiting{
			{Webhook: three[0], DueAt: Start.Add(time.Second)}, {Webhook: three[2], DueAt: Start},
		}})
	})
	fact(t, open, "RetriesAtTheirTime", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.settled(w, k.retrying)
		k.same(k.backlog().Waiting, []store.Waiting{{Webhook: w.Number, DueAt: Start.Add(time.Minute)}})
	})
	fact(t, open, "DeferredUntilExpanded", func(_ *testing.T, k *kit) {
		numbers := k.webhooks(store.MaxInlineDeliveries + 2)
		k.accept(numbers...)
		k.same(k.backlog(), store.Backlog{Deferred: numbers})
		_, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now()})
		k.ok(err)
		k.same(k.backlog().Deferred, numbers[store.MaxInlineDeliveries:])
		k.same(len(k.backlog().Waiting), store.MaxInlineDeliveries)
	})
}

func claimOnce(t *testing.T, open opener) {
	fact(t, open, "TwoClaimers", func(t *testing.T, k *kit) {
		numbers := k.webhooks(3)
		p := k.params()
		for range 100 {
			p.Events = append(p.Events, k.event(numbers...))
		}
		k.acceptAll(p)
		var mu sync.Mutex
		seen := map[webhook.DeliveryID]int{}
		var claiming sync.WaitGroup
		for range 4 {
			claiming.Go(func() {
				for range 300 {
					empty := true
					for _, c := range k.claimAnswer(7, numbers...) {
						mu.Lock()
						for _, job := range c.Jobs {
							seen[job.Delivery]++
							empty = false
						}
						mu.Unlock()
					}
					if empty {
						return
					}
				}
			})
		}
		claiming.Wait()
		k.same(len(seen), 300)
		for id, times := range seen {
			if times != 1 {
				t.Fatalf("delivery %s was claimed %d times", id, times)
			}
		}
	})
	fact(t, open, "NotTwiceInOneCall", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.accept(w.Number)
		k.same(len(k.claim(w.Number, w.Number)), 1)
	})
	fact(t, open, "NotWhatWasHandedOver", func(_ *testing.T, k *kit) {
		w := k.webhook()
		p := k.params(k.event(w.Number))
		p.Handoff = &handoff{}
		k.acceptAll(p)
		k.same(k.claimAnswer(9, w.Number), []store.Claimed{{Webhook: w.Number}})
	})
	fact(t, open, "NotWhatHasEnded", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.settled(w, k.succeeded)
		k.settled(w, k.failed)
		k.Clock.Advance(time.Hour)
		k.kill()
		k.same(len(k.claim(w.Number)), 0)
	})
}

func claimCounts(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	id := k.pending(w)
	for n := 1; n <= 3; n++ {
		job := k.claimOne(w.Number)
		k.same(job.Lease, webhook.Lease{Delivery: id, Process: k.process, Claims: n})
		k.same(job.Attempt, 1)
		k.ok(k.Store.Release(k.ctx(), []webhook.Lease{job.Lease}))
	}
	job := k.claimOne(w.Number)
	k.kill() // what was counted is durable
	k.same(k.claimOne(w.Number).Claims, job.Claims+1)
}

func claimInOrder(t *testing.T, open opener) {
	fact(t, open, "OldestDueFirst", func(_ *testing.T, k *kit) {
		w := k.webhook()
		retry := k.settled(w, k.retrying) // due in a minute
		k.Clock.Advance(30 * time.Second)
		first, second := k.pending(w), k.pending(w)
		k.Clock.Advance(time.Hour)
		last := k.pending(w)
		var got []webhook.DeliveryID
		for _, job := range k.claim(w.Number) {
			got = append(got, job.Delivery)
		}
		k.same(got, []webhook.DeliveryID{first, second, retry, last})
	})
	fact(t, open, "NothingBeforeItsTime", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.retrying)
		due := Start.Add(time.Minute)
		k.same(k.claimAnswer(9, w.Number), []store.Claimed{{Webhook: w.Number, NextDueAt: due}})
		k.Clock.Advance(time.Minute - time.Millisecond)
		k.same(len(k.claim(w.Number)), 0)
		k.Clock.Advance(time.Millisecond)
		job := k.claimOne(w.Number)
		k.same(job.Delivery, id)
		k.same(job.DueAt, due)
	})
	fact(t, open, "EachLaneItsLimit", func(_ *testing.T, k *kit) {
		two := k.webhooks(2)
		for range 3 {
			k.accept(two...)
		}
		k.Clock.Advance(time.Second)
		claimed, err := k.Claim(k.ctx(), store.ClaimParams{
			Process: k.process, Now: k.now(), MaxBytes: 1 << 20,
			Lanes: []store.ClaimLane{{Webhook: two[1], Limit: 2}, {Webhook: 999_999, Limit: 5}, {Webhook: two[0], Limit: 3}},
		})
		k.ok(err)
		k.same([]int64{claimed[0].Webhook, claimed[1].Webhook, claimed[2].Webhook}, []int64{two[1], 999_999, two[0]})
		k.same([]int{len(claimed[0].Jobs), len(claimed[1].Jobs), len(claimed[2].Jobs)}, []int{2, 0, 3})
		k.same(claimed[0].NextDueAt, Start)
		k.same(claimed[1].NextDueAt, time.Time{})
		k.same(claimed[2].NextDueAt, time.Time{})
	})
	fact(t, open, "TheJobIsComplete", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.accept(w.Number)
		first := k.claimOne(w.Number)
		k.same(first, webhook.Job{
			Lease: first.Lease, Event: k.delivery(first.Delivery).EventID, EventType: "User.Created", Tenant: webhook.DefaultTenant,
			Webhook: w.Number, Payload: k.event().Payload, Weight: first.Weight, AcceptedAt: Start, DueAt: Start, Attempt: 1,
		})
		k.finish(k.retrying(first))
		k.Clock.Advance(time.Minute)
		second := k.claimOne(w.Number)
		want := first
		want.Claims, want.Attempt, want.RetriesUsed = 2, 2, 1
		want.DueAt, want.LoggedAt = Start.Add(time.Minute), Start.Add(40*time.Millisecond)
		k.same(second, want)
	})
}

func claimBoundedBytes(t *testing.T, open opener) {
	k := open(t)
	two := k.webhooks(2)
	for range 5 {
		e := k.event(two...)
		e.Payload.Posted = append(append([]byte(`{"a":"`), slices.Repeat([]byte("x"), 10_000)...), `"}`...)
		k.acceptAll(k.params(e))
	}
	left := map[int64]int{two[0]: 5, two[1]: 5}
	take := func(maxBytes int) (jobs int) {
		t.Helper()
		p := store.ClaimParams{Process: k.process, Now: k.now(), MaxBytes: maxBytes}
		for _, number := range []int64{999_999, two[0], two[1]} {
			p.Lanes = append(p.Lanes, store.ClaimLane{Webhook: number, Limit: 50})
		}
		claimed, err := k.Claim(k.ctx(), p)
		k.ok(err)
		k.same(len(claimed), len(p.Lanes))
		for _, c := range claimed {
			jobs += len(c.Jobs)
			left[c.Webhook] -= len(c.Jobs)
			if (left[c.Webhook] > 0) == c.NextDueAt.IsZero() {
				t.Fatalf("%d deliveries are left, due at %v", left[c.Webhook], c.NextDueAt)
			}
		}
		return jobs
	}
	k.same(take(0), 1)
	k.same(take(1), 1)
	k.same(take(9_999), 1)
	if got := take(35_000); got != 3 {
		t.Fatalf("claimed %d deliveries of 10 kB within 35 kB, want 3", got)
	}
	k.same(take(1<<20), 4)
	k.same(take(1<<20), 0)
}

// claimOrdered makes a wide event of which the first webhook has its delivery already and
// the last does not, among small ones that both get before and after it.
func claimOrdered(t *testing.T, open opener) {
	k := open(t)
	numbers := k.webhooks(store.MaxInlineDeliveries + 1)
	first, last := numbers[0], numbers[len(numbers)-1]
	take := func(ordered bool) (events [2][]webhook.EventID, due [2]time.Time) {
		k.t.Helper()
		p := store.ClaimParams{Process: k.process, Now: k.now(), MaxBytes: 1 << 20}
		for _, number := range []int64{first, last} {
			p.Lanes = append(p.Lanes, store.ClaimLane{Webhook: number, Limit: 50, Ordered: ordered})
		}
		claimed, err := k.Claim(k.ctx(), p)
		k.ok(err)
		for i := range claimed {
			due[i] = claimed[i].NextDueAt
			for j := range claimed[i].Jobs {
				events[i] = append(events[i], claimed[i].Jobs[j].Event)
			}
		}
		return events, due
	}
	expand := func() {
		k.t.Helper()
		_, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now()})
		k.ok(err)
	}
	accepted := k.acceptAll(k.params(k.event(first, last), k.event(numbers...), k.event(first, last)))
	k.Clock.Advance(time.Second)
	latest := k.accept(first, last)
	none := [2]time.Time{}

	events, due := take(true) // nothing of the wide one is there yet
	k.same(events, [2][]webhook.EventID{{accepted[0].ID}, {accepted[0].ID}})
	k.same(due, none)
	expand()
	events, due = take(true)
	k.same(events, [2][]webhook.EventID{{accepted[1].ID}, nil})
	k.same(due, none)
	expand()
	after := []webhook.EventID{accepted[2].ID, latest}
	events, due = take(true) // all is there
	k.same(events, [2][]webhook.EventID{after, append([]webhook.EventID{accepted[1].ID}, after...)})
	k.same(due, none)

	k.acceptAll(k.params(k.event(numbers...), k.event(first, last)))
	_, due = take(true)
	k.same(due, none)
	events, _ = take(false)
	k.same([2]int{len(events[0]), len(events[1])}, [2]int{1, 1})
}

func outcomes(d webhook.Delivery) []webhook.Outcome {
	var list []webhook.Outcome
	for _, a := range d.Attempts {
		list = append(list, a.Outcome)
	}
	return list
}

func finishSucceeds(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	job := k.claimOneOf(w)
	k.Clock.Advance(2 * time.Second)
	r := k.succeeded(job)
	k.finish(r)
	k.kill()
	ended := k.now().Add(40 * time.Millisecond)
	k.same(k.delivery(job.Delivery), webhook.Delivery{
		ID: job.Delivery, EventID: job.Event, EventType: "User.Created", Tenant: webhook.DefaultTenant,
		Webhook: webhook.WebhookRef{Number: w.Number, ID: w.ID, Name: w.Name}, State: webhook.StateSucceeded,
		AcceptedAt: Start, LoggedAt: &ended, EndedAt: &ended, Attempts: []webhook.Attempt{r.Attempt},
	})
	k.same(k.backlog(), store.Backlog{})
	k.same(k.unfinished().Deliveries, int64(0))
}

func finishRetries(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	job := k.claimOneOf(w)
	k.finish(k.retrying(job))
	k.kill()
	d := k.state(job.Delivery, webhook.StateRetrying)
	due, logged := Start.Add(time.Minute), Start.Add(40*time.Millisecond)
	k.same(d.NextAttemptAt, &due)
	k.same(d.EndedAt, (*time.Time)(nil))
	k.same(d.LoggedAt, &logged)
	k.Clock.Advance(time.Minute)
	k.finish(k.retrying(k.claimOne(w.Number)))
	k.Clock.Advance(time.Minute)
	last := k.claimOne(w.Number)
	k.same([]int{last.Attempt, last.RetriesUsed}, []int{3, 2})
	k.finish(k.succeeded(last))
	d = k.state(job.Delivery, webhook.StateSucceeded)
	k.same(outcomes(d), []webhook.Outcome{webhook.OutcomeFailed, webhook.OutcomeFailed, webhook.OutcomeSucceeded})
	k.numbered(d)
	k.same(d.LoggedAt, &logged) // the entry stays where it began
	k.same(d.NextAttemptAt, (*time.Time)(nil))
	ended := k.now().Add(40 * time.Millisecond)
	k.same(d.EndedAt, &ended)
	k.same(k.unfinished().Deliveries, int64(0))
}

func staleLeaseCannotFinish(t *testing.T, open opener) {
	fact(t, open, "AfterItWasGivenBack", func(_ *testing.T, k *kit) {
		w := k.webhook()
		old := k.claimOneOf(w)
		k.ok(k.Store.Release(k.ctx(), []webhook.Lease{old.Lease}))
		k.refused(k.succeeded(old))
		current := k.claimOne(w.Number)
		k.refused(k.succeeded(old))
		k.same(len(k.delivery(old.Delivery).Attempts), 0)
		k.finish(k.failed(current))
		k.state(old.Delivery, webhook.StateFailed)
	})
	fact(t, open, "NotEvenWithTheNewerProcess", func(_ *testing.T, k *kit) {
		w := k.webhook()
		old := k.claimOneOf(w)
		k.kill()
		current := k.claimOne(w.Number)
		forged := old
		forged.Process = k.process
		k.refused(k.succeeded(forged))
		forged = current
		forged.Process = old.Process
		k.refused(k.succeeded(forged))
		k.finish(k.failed(current))
		k.state(old.Delivery, webhook.StateFailed)
	})
	fact(t, open, "AKilledProcessThatWakesUp", func(_ *testing.T, k *kit) {
		w := k.webhook()
		old := k.claimOneOf(w)
		second := k.another()
		k.refused(k.succeeded(old))
		second.finish(second.retrying(second.claimOne(w.Number)))
		k.refused(k.failed(old))
		second.state(old.Delivery, webhook.StateRetrying)
	})
	fact(t, open, "TwiceInOneCall", func(_ *testing.T, k *kit) {
		w := k.webhook()
		for _, first := range []func(webhook.Job) store.Result{k.retrying, k.succeeded, k.failed} {
			job := k.claimOneOf(w)
			other := k.claimOneOf(w)
			outcomes := k.finishAll(first(job), k.succeeded(job), k.succeeded(other))
			k.ok(outcomes[0])
			k.is(outcomes[1], webhook.ErrLeaseLost)
			k.ok(outcomes[2])
			k.same(len(k.delivery(job.Delivery).Attempts), 1)
			k.refused(first(job))
		}
		health, err := k.Health(k.ctx(), []int64{w.Number}, Start)
		k.ok(err)
		k.same(health[w.Number], webhook.Health{RequestCount: 5, SuccessCount: 4})
	})
	fact(t, open, "OfADeliveryThatCameBackByRedelivery", func(_ *testing.T, k *kit) {
		w := k.webhook()
		job := k.claimOneOf(w)
		for range 3 { // hand-outs that are not attempts
			k.ok(k.Store.Release(k.ctx(), []webhook.Lease{job.Lease}))
			job = k.claimOne(w.Number)
		}
		old := k.failed(job)
		k.finish(old)
		for range 5 {
			k.redeliver(job.Delivery)
			again := k.claimOne(w.Number)
			if again.Claims <= old.Job.Claims {
				k.t.Fatalf("hand-out %d follows %d", again.Claims, old.Job.Claims)
			}
			k.refused(old)
			old = k.afterRedelivery(again)
			k.finish(old)
		}
	})
	fact(t, open, "OfNothing", func(_ *testing.T, k *kit) {
		for _, id := range []webhook.DeliveryID{"", "nobody", "000000000000000000000"} {
			k.refused(k.succeeded(webhook.Job{Lease: webhook.Lease{Delivery: id, Process: k.process, Claims: 1}}))
		}
	})
}

func releaseIsNoInterruption(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	job, other := k.claimOneOf(w), k.claimOneOf(w)
	k.Clock.Advance(time.Second)
	lost := other.Lease
	lost.Claims++
	k.ok(k.Store.Release(k.ctx(), []webhook.Lease{job.Lease, lost, {Delivery: "nobody", Process: k.process, Claims: 1}}))
	k.same(k.backlog().Waiting, []store.Waiting{{Webhook: w.Number, DueAt: Start}})
	k.kill()
	jobs := k.claim(w.Number)
	k.same(jobs[0].Delivery, job.Delivery)
	k.same([]int{jobs[0].Attempt, jobs[0].Interruptions}, []int{1, 0})
	k.same([]int{jobs[1].Attempt, jobs[1].Interruptions}, []int{2, 1}) // the lost lease was passed over
	k.same(len(k.delivery(job.Delivery).Attempts), 0)
}

func expandInChunks(t *testing.T, open opener) {
	fact(t, open, "OldestFirst", func(t *testing.T, k *kit) {
		numbers := k.webhooks(2*store.MaxInlineDeliveries + 1)
		to := &handoff{}
		p := k.params(k.event(numbers...), k.event(numbers[:store.MaxInlineDeliveries+1]...), k.event(numbers[0]), k.event(numbers[len(numbers)-1]))
		p.Handoff = to
		accepted := k.acceptAll(p)
		k.same(accepted[0].Deliveries, len(numbers))
		k.same(len(to.jobs()), 0) // all of their webhooks have an earlier delivery to come
		k.same(len(to.numbers(func(h store.Handed) []int64 { return h.Deferred })), len(numbers)+store.MaxInlineDeliveries+1)
		k.same(len(k.deliveriesOf(accepted[0].ID)), 0)
		k.same(k.unfinished().Deliveries, int64(len(numbers)+store.MaxInlineDeliveries+3))
		for i, want := range [][2]int{{200, 0}, {400, 0}, {401, 0}, {401, 200}, {401, 201}} {
			more, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now(), Handoff: to})
			k.ok(err)
			k.same(more, i < 4)
			k.same([2]int{len(k.deliveriesOf(accepted[0].ID)), len(k.deliveriesOf(accepted[1].ID))}, want)
		}
		more, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now(), Handoff: to})
		k.ok(err)
		k.same(more, false)
		k.same(to.numbers(func(h store.Handed) []int64 { return h.Expanded }), to.numbers(func(h store.Handed) []int64 { return h.Deferred }))
		k.same(k.unfinished().Deliveries, int64(len(numbers)+store.MaxInlineDeliveries+3))
		k.same(len(k.claim(numbers...)), len(numbers)+store.MaxInlineDeliveries+3)
	})
	fact(t, open, "TheFirstAttemptsKeepTheirOrder", func(_ *testing.T, k *kit) {
		numbers := k.webhooks(store.MaxInlineDeliveries + 1)
		early := k.accept(numbers...)
		late := k.accept(numbers[0])
		_, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now()})
		k.ok(err)
		jobs := k.claim(numbers[0])
		k.same([]webhook.EventID{jobs[0].Event, jobs[1].Event}, []webhook.EventID{early, late})
	})
	fact(t, open, "AlsoManySmallEventsOfOneCall", func(_ *testing.T, k *kit) {
		numbers := k.webhooks(100)
		p := k.params()
		for range store.MaxInlineRows/100 + 2 {
			p.Events = append(p.Events, k.event(numbers...))
		}
		accepted := k.acceptAll(p)
		k.same(len(k.deliveriesOf(accepted[store.MaxInlineRows/100-1].ID)), 100)
		k.same(len(k.deliveriesOf(accepted[store.MaxInlineRows/100].ID)), 0)
		k.same(len(k.backlog().Deferred), 200)
	})
	fact(t, open, "NoMoreThanAskedFor", func(_ *testing.T, k *kit) {
		numbers := k.webhooks(store.MaxInlineDeliveries + 1)
		event := k.accept(numbers...)
		for _, want := range []int{50, 100, 150, 200, 201} {
			more, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now(), Limit: 50})
			k.ok(err)
			k.same(more, want < len(numbers))
			k.same(len(k.deliveriesOf(event)), want)
		}
	})
	fact(t, open, "AFailedStepIsTakenAgain", func(_ *testing.T, k *kit) {
		numbers := k.webhooks(store.MaxInlineDeliveries + 1)
		event := k.accept(numbers...)
		to := &handoff{}
		k.Gate.Fail(errTest)
		_, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now(), Handoff: to})
		k.is(err, errTest)
		k.Gate.Fail(nil)
		k.same(len(to.handed), 0)
		more, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now(), Handoff: to})
		k.ok(err)
		k.same(more, true)
		k.same(len(k.deliveriesOf(event)), store.MaxInlineDeliveries)
	})
}

func expandSurvivesReopen(t *testing.T, open opener) {
	for name, restart := range map[string]func(*kit){"Reopen": (*kit).reopen, "Kill": (*kit).kill} {
		fact(t, open, name, func(_ *testing.T, k *kit) {
			numbers := k.webhooks(store.MaxInlineDeliveries + 50)
			event := k.accept(numbers...)
			more, err := k.Expand(k.ctx(), store.ExpandParams{Now: k.now()})
			k.ok(err)
			k.same(more, true)
			restart(k)
			k.same(k.backlog().Deferred, numbers[store.MaxInlineDeliveries:])
			k.same(k.unfinished().Deliveries, int64(len(numbers)))
			more, err = k.Expand(k.ctx(), store.ExpandParams{Now: k.now()})
			k.ok(err)
			k.same(more, false)
			var got []int64
			for _, d := range k.deliveriesOf(event) {
				got = append(got, d.Webhook.Number)
			}
			slices.Reverse(got) // newest first
			k.same(got, numbers)
			k.same(k.unfinished().Deliveries, int64(len(numbers)))
		})
	}
}
