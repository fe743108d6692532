package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func figureCases() []namedCase {
	return []namedCase{
		{"Log/Results", deliveriesByResult},
		{"Log/Search", deliverySearch},
		{"Events/Search", eventSearch},
		{"Figures/Summary", summary},
		{"Figures/Window", windows},
		{"Figures/EventStates", eventStates},
		{"Figures/HourlyHealth", hourlyHealth},
		{"Figures/Activity", activity},
		{"Figures/Trend", trend},
	}
}

// ended is how an attempt with this status and reason ends a delivery.
func (k *kit) ended(status int, reason webhook.Reason) func(webhook.Job) store.Result {
	return func(job webhook.Job) store.Result {
		r := k.failed(job)
		r.Attempt.Status, r.Attempt.Reason = status, reason
		return r
	}
}

func deliveriesByResult(t *testing.T, open opener) {
	fact(t, open, "OfTheLastAttempt", func(_ *testing.T, k *kit) {
		w := k.webhook()
		want := map[webhook.ResultClass][]webhook.DeliveryID{}
		for class, result := range map[webhook.ResultClass]func(webhook.Job) store.Result{
			webhook.Result2xx: k.succeeded, webhook.Result3xx: k.ended(302, webhook.ReasonRedirect), webhook.Result4xx: k.failed,
			webhook.ResultTimeout: k.ended(0, webhook.ReasonTimeout), webhook.ResultNetwork: k.ended(0, webhook.ReasonReset),
			webhook.ResultBlocked: k.ended(0, webhook.ReasonBlockedAddress),
		} {
			want[class] = []webhook.DeliveryID{k.settled(w, result)}
		}
		retrying := k.settled(w, k.retrying)
		want[webhook.Result5xx] = []webhook.DeliveryID{retrying}
		check := func() {
			k.t.Helper()
			for _, class := range webhook.ResultClasses {
				k.same(k.list(store.DeliveryQuery{Results: []webhook.ResultClass{class}}), want[class])
				k.same(k.list(store.DeliveryQuery{Results: []webhook.ResultClass{class}, Webhook: w.ID}), want[class])
			}
		}
		k.pending(w) // has none
		check()
		k.Clock.Advance(time.Minute)
		for _, job := range k.claim(w.Number) {
			if job.Delivery == retrying { // ends with another result than it began
				k.finish(k.ended(0, webhook.ReasonTimeout)(job))
			}
		}
		want[webhook.Result5xx] = nil
		want[webhook.ResultTimeout] = []webhook.DeliveryID{retrying, want[webhook.ResultTimeout][0]}
		check()
		k.same(len(k.list(store.DeliveryQuery{Results: []webhook.ResultClass{webhook.Result2xx, webhook.Result4xx}})), 2)
	})
	fact(t, open, "OfARedelivery", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.failed)
		k.redeliver(id)
		r := k.afterRedelivery(k.claimOne(w.Number))
		r.Attempt.Status, r.Attempt.Reason = 0, webhook.ReasonTimeout
		k.finish(r)
		k.same(k.list(store.DeliveryQuery{Results: []webhook.ResultClass{webhook.Result4xx}}), []webhook.DeliveryID{})
		k.same(k.list(store.DeliveryQuery{Results: []webhook.ResultClass{webhook.ResultTimeout}}), []webhook.DeliveryID{id})
		k.redeliver(id)
		k.finish(k.succeeded(k.claimOne(w.Number)))
		k.same(k.list(store.DeliveryQuery{Results: []webhook.ResultClass{webhook.Result2xx}}), []webhook.DeliveryID{id})
		k.same(k.list(store.DeliveryQuery{States: []webhook.State{webhook.StateFailed}}), []webhook.DeliveryID{})
	})
	fact(t, open, "OfARedeliveryOfASucceededOne", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.succeeded)
		other := k.settled(w, k.succeeded)
		attempt := func(status int, reason webhook.Reason) {
			k.redeliver(id)
			r := k.ended(status, reason)(k.claimOne(w.Number))
			r.Next = webhook.RetryPolicy{}.Next(r.Job, &r.Attempt, nil, 0)
			k.finish(r)
			k.state(id, webhook.StateSucceeded)
		}
		check := func(class webhook.ResultClass) {
			k.t.Helper()
			want := map[webhook.ResultClass][]webhook.DeliveryID{webhook.Result2xx: {other}}
			want[class] = append(want[class], id) // the older one
			for _, c := range webhook.ResultClasses {
				for _, q := range []store.DeliveryQuery{
					{Results: []webhook.ResultClass{c}}, {Results: []webhook.ResultClass{c}, Webhook: w.ID, States: []webhook.State{webhook.StateSucceeded}},
				} {
					k.same(k.list(q), want[c])
					k.same(k.summaryOf(q).Counts[webhook.StateSucceeded], store.Count{N: len(want[c])})
				}
			}
			k.same(k.list(store.DeliveryQuery{States: []webhook.State{webhook.StateSucceeded}}), []webhook.DeliveryID{other, id})
			k.same(k.summaryOf(store.DeliveryQuery{}).Counts, map[webhook.State]store.Count{webhook.StateSucceeded: {N: 2}})
		}
		attempt(500, webhook.ReasonStatus5xx)
		check(webhook.Result5xx)
		attempt(0, webhook.ReasonTimeout)
		check(webhook.ResultTimeout)
		k.redeliver(id)
		k.finish(k.succeeded(k.claimOne(w.Number)))
		check(webhook.Result2xx)
	})
}

// summaryOf counts what a query selects.
func (k *kit) summaryOf(q store.DeliveryQuery) store.Summary {
	k.t.Helper()
	q.Tenant = webhook.DefaultTenant
	found, err := k.Summary(k.ctx(), store.SummaryQuery{DeliveryQuery: q, CountCap: 1000})
	k.ok(err)
	return found
}

// acceptPayload stores an event with this payload for the webhook.
func (k *kit) acceptPayload(posted string, webhooks ...int64) webhook.EventID {
	k.t.Helper()
	e := k.event(webhooks...)
	e.Payload.Posted = []byte(posted)
	return k.acceptAll(k.params(e))[0].ID
}

func deliverySearch(t *testing.T, open opener) {
	fact(t, open, "WaitingAndLogged", func(_ *testing.T, k *kit) {
		w := k.webhook(func(w *webhook.Webhook) { w.Name = "Billing" })
		logged := k.deliveriesOf(k.acceptPayload(`{"user":"Ann_1%"}`, w.Number))[0].ID
		k.finish(k.failed(k.claimOne(w.Number)))
		waiting := k.deliveriesOf(k.acceptPayload(`{"user":"ann_1%"}`, w.Number))[0].ID
		k.acceptPayload(`{"user":"annx1y\\"}`, w.Number)
		k.same(k.list(store.DeliveryQuery{Search: `"ANN_1%"`}), []webhook.DeliveryID{waiting, logged})
		k.same(k.list(store.DeliveryQuery{Search: `"ANN_1%"`, Before: waiting}), []webhook.DeliveryID{logged})
		k.same(len(k.list(store.DeliveryQuery{Search: "billing"})), 3)
		k.same(len(k.list(store.DeliveryQuery{Search: "user.cre"})), 3)
		k.same(len(k.list(store.DeliveryQuery{Search: `y\\`})), 1)
		k.same(k.list(store.DeliveryQuery{Search: "nothing"}), []webhook.DeliveryID{})
	})
}

func eventSearch(t *testing.T, open opener) {
	fact(t, open, "PayloadOrType", func(_ *testing.T, k *kit) {
		first, second := k.acceptPayload(`{"id":"A-1"}`), k.acceptPayload(`{"id":"B-2"}`)
		search := func(q store.EventQuery) []webhook.EventID {
			q.Tenant, q.Limit = webhook.DefaultTenant, 10
			events, err := k.Events(k.ctx(), q)
			k.ok(err)
			var ids []webhook.EventID
			for _, e := range events {
				ids = append(ids, e.ID)
			}
			return ids
		}
		k.same(search(store.EventQuery{Search: "a-1"}), []webhook.EventID{first})
		k.same(search(store.EventQuery{Search: "CREATED"}), []webhook.EventID{second, first})
		k.same(search(store.EventQuery{Search: "CREATED", Oldest: second}), []webhook.EventID{second})
		k.same(search(store.EventQuery{Search: "%"}), []webhook.EventID{})
	})
}

func summary(t *testing.T, open opener) {
	ask := func(k *kit, q store.SummaryQuery) store.Summary {
		k.t.Helper()
		q.Tenant = webhook.DefaultTenant
		if q.CountCap == 0 {
			q.CountCap = 100
		}
		s, err := k.Summary(k.ctx(), q)
		k.ok(err)
		return s
	}
	fact(t, open, "EveryState", func(_ *testing.T, k *kit) {
		w, idle := k.webhook(), k.webhook()
		k.settled(w, k.succeeded)
		k.settled(w, k.failed)
		k.settled(w, k.ended(0, webhook.ReasonTimeout))
		k.cancelledBefore(w)
		k.settled(w, k.retrying)
		k.pending(w)
		k.settled(idle, k.retrying)
		k.pending(idle)
		k.disable(idle)
		k.same(ask(k, store.SummaryQuery{}).Counts, map[webhook.State]store.Count{
			webhook.StateSucceeded: {N: 1}, webhook.StateFailed: {N: 2}, webhook.StateCancelled: {N: 1},
			webhook.StateRetrying: {N: 1}, webhook.StatePending: {N: 1}, webhook.StateHeld: {N: 2},
		})
		only := store.DeliveryQuery{Webhook: w.ID, Results: []webhook.ResultClass{webhook.ResultTimeout, webhook.Result5xx}}
		k.same(ask(k, store.SummaryQuery{DeliveryQuery: only}).Counts, map[webhook.State]store.Count{
			webhook.StateFailed: {N: 1}, webhook.StateRetrying: {N: 1},
		})
	})
	fact(t, open, "CountingStops", func(_ *testing.T, k *kit) {
		w := k.webhook()
		for range 3 {
			k.settled(w, k.failed)
			k.settled(w, k.ended(0, webhook.ReasonTimeout))
		}
		k.same(ask(k, store.SummaryQuery{CountCap: 6}).Counts[webhook.StateFailed], store.Count{N: 6})
		k.same(ask(k, store.SummaryQuery{CountCap: 5}).Counts[webhook.StateFailed], store.Count{N: 5, Capped: true})
		k.same(ask(k, store.SummaryQuery{CountCap: 2}).Counts[webhook.StateFailed], store.Count{N: 2, Capped: true})
	})
	fact(t, open, "Buckets", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.settled(w, k.succeeded)
		k.Clock.Advance(time.Hour)
		k.settled(w, k.succeeded)
		k.settled(w, k.failed)
		k.Clock.Advance(59 * time.Minute)
		k.settled(w, k.ended(0, webhook.ReasonTimeout))
		k.settled(w, k.retrying)
		q := store.SummaryQuery{Start: Start, Step: time.Hour, Buckets: 3}
		k.same(ask(k, q).Buckets, []store.Bucket{
			{Start: Start, Succeeded: 1},
			{Start: Start.Add(time.Hour), Succeeded: 1, Failed: 2},
			{Start: Start.Add(2 * time.Hour)},
		})
		q.States = []webhook.State{webhook.StateFailed}
		q.From = Start.Add(61 * time.Minute)
		k.same(ask(k, q).Buckets[1], store.Bucket{Start: Start.Add(time.Hour), Failed: 1})
	})
	fact(t, open, "TenantsAreApart", func(t *testing.T, k *kit) {
		w := k.webhook()
		k.settled(w, k.failed)
		k.AddTenant(t, "other")
		s, err := k.Summary(k.ctx(), store.SummaryQuery{DeliveryQuery: store.DeliveryQuery{Tenant: "other"}, CountCap: 10, Start: Start, Step: time.Hour, Buckets: 1})
		k.ok(err)
		k.same(s, store.Summary{Buckets: []store.Bucket{{Start: Start}}})
	})
}

func windows(t *testing.T, open opener) {
	fact(t, open, "OfDeliveries", func(_ *testing.T, k *kit) {
		w := k.webhook()
		var ids []webhook.DeliveryID
		for range 2 {
			ids = append(ids, k.settled(w, k.failed), k.settled(w, k.succeeded), k.settled(w, k.retrying))
		}
		ids = append(ids, k.pending(w))
		q := store.DeliveryQuery{Tenant: webhook.DefaultTenant}
		for n := 1; n < len(ids); n++ {
			oldest, err := k.DeliveryWindow(k.ctx(), q, n)
			k.ok(err)
			k.same(len(k.list(store.DeliveryQuery{Oldest: oldest})), n)
		}
		oldest, err := k.DeliveryWindow(k.ctx(), q, len(ids))
		k.ok(err)
		k.same(oldest, webhook.DeliveryID(""))
	})
	fact(t, open, "OfEvents", func(_ *testing.T, k *kit) {
		for range 5 {
			k.accept()
		}
		q := store.EventQuery{Tenant: webhook.DefaultTenant, Limit: 10}
		for n := 1; n < 5; n++ {
			oldest, err := k.EventWindow(k.ctx(), q, n)
			k.ok(err)
			narrow := q
			narrow.Oldest = oldest
			events, err := k.Events(k.ctx(), narrow)
			k.ok(err)
			k.same(len(events), n)
		}
		oldest, err := k.EventWindow(k.ctx(), q, 5)
		k.ok(err)
		k.same(oldest, webhook.EventID(""))
	})
}

func eventStates(t *testing.T, open opener) {
	fact(t, open, "OfSeveral", func(_ *testing.T, k *kit) {
		w, idle := k.webhook(), k.webhook()
		k.disable(idle)
		first := k.accept(w.Number, idle.Number)
		k.finish(k.failed(k.claimOne(w.Number)))
		second := k.accept(w.Number)
		third := k.accept()
		var events []webhook.Event
		for _, id := range []webhook.EventID{first, second, third} {
			e, err := k.Event(k.ctx(), webhook.DefaultTenant, id)
			k.ok(err)
			events = append(events, e)
		}
		states, err := k.EventStates(k.ctx(), events, 10)
		k.ok(err)
		k.same(states, map[webhook.EventID]map[webhook.State]int{
			first: {webhook.StateFailed: 1, webhook.StateHeld: 1}, second: {webhook.StatePending: 1},
		})
		states, err = k.EventStates(k.ctx(), events[:1], 1)
		k.ok(err)
		k.same(states[first], map[webhook.State]int{webhook.StateFailed: 1})
		states, err = k.EventStates(k.ctx(), nil, 1)
		k.ok(err)
		k.same(len(states), 0)
	})
}

func hourlyHealth(t *testing.T, open opener) {
	fact(t, open, "HoursFromSince", func(_ *testing.T, k *kit) {
		w, other := k.webhook(), k.webhook()
		k.settled(w, k.failed) // a minute before since
		k.Clock.Advance(time.Minute)
		since := k.now()
		k.settled(w, k.succeeded)
		k.Clock.Advance(59 * time.Minute)
		k.settled(w, k.failed)
		k.Clock.Advance(time.Minute)
		k.settled(w, k.succeeded)
		k.Clock.Advance(23 * time.Hour) // 24 hours after since: the minute of now
		k.settled(w, k.succeeded)
		got, err := k.HourlyHealth(k.ctx(), []int64{w.Number, other.Number}, since)
		k.ok(err)
		want := store.HourlyHealth{Health: webhook.Health{RequestCount: 4, SuccessCount: 3}}
		want.Hours[0] = webhook.Health{RequestCount: 2, SuccessCount: 1}
		want.Hours[1] = webhook.Health{RequestCount: 1, SuccessCount: 1}
		want.Hours[23] = webhook.Health{RequestCount: 1, SuccessCount: 1}
		k.same(got, map[int64]store.HourlyHealth{w.Number: want})
		total, err := k.Health(k.ctx(), []int64{w.Number}, since)
		k.ok(err)
		k.same(got[w.Number].Health, total[w.Number])
	})
}

func activity(t *testing.T, open opener) {
	fact(t, open, "WaitingAndLast", func(_ *testing.T, k *kit) {
		w, quiet := k.webhook(), k.webhook()
		k.settled(w, k.succeeded)
		k.Clock.Advance(time.Second)
		last := k.settled(w, k.retrying)
		k.settled(w, k.retrying)
		for range 3 {
			k.pending(w)
		}
		got, err := k.Activity(k.ctx(), []int64{w.Number, quiet.Number}, 10)
		k.ok(err)
		a := got[w.Number]
		k.same([]int{a.Retrying, a.Waiting}, []int{2, 3})
		k.same(a.Last.State, webhook.StateRetrying)
		k.same(a.Last.At, k.now().Add(40*time.Millisecond))
		k.same(strings.Compare(string(a.Last.ID), string(last)), 1) // of the same time, the newer
		k.same(got[quiet.Number], store.Activity{})
		got, err = k.Activity(k.ctx(), []int64{w.Number}, 2)
		k.ok(err)
		k.same([]int{got[w.Number].Retrying, got[w.Number].Waiting}, []int{2, 2})
	})
}

func trend(t *testing.T, open opener) {
	fact(t, open, "StepsWebhooksAndLatency", func(_ *testing.T, k *kit) {
		one, two, quiet := k.webhook(), k.webhook(), k.webhook()
		slow := func(job webhook.Job) store.Result {
			r := k.failed(job)
			r.Attempt.Duration = 3 * time.Second
			return r
		}
		k.settled(one, k.succeeded)
		k.settled(k.webhook(), k.succeeded)
		k.Clock.Advance(10 * time.Minute)
		k.settled(two, slow)
		k.Clock.Advance(15 * time.Minute)
		k.settled(one, k.succeeded)
		k.settled(one, k.retrying) // counts when it has ended
		ask := func(from, until, step time.Duration, steps int) store.Trend {
			k.t.Helper()
			found, err := k.Trend(k.ctx(), store.TrendQuery{
				Webhooks: []int64{one.Number, two.Number, quiet.Number}, From: Start.Add(from), Until: Start.Add(until), Step: step, Steps: steps,
			})
			k.ok(err)
			return found
		}
		succeeded, failed, none := webhook.Health{RequestCount: 1, SuccessCount: 1}, webhook.Health{RequestCount: 1}, webhook.Health{}
		all := ask(0, time.Hour, 10*time.Minute, 6)
		k.same(all.Steps, []webhook.Health{succeeded, failed, succeeded, none, none, none})
		k.same(all.Webhooks, map[int64]webhook.Health{one.Number: {RequestCount: 2, SuccessCount: 2}, two.Number: failed})
		k.same(all.Health(), webhook.Health{RequestCount: 3, SuccessCount: 2})
		k.same(all.Latency, webhook.Latency{2: 2, 8: 1})
		k.same(ask(0, 10*time.Minute, 10*time.Minute, 1).Steps, []webhook.Health{succeeded})
		k.same(ask(time.Minute, 26*time.Minute, 12*time.Minute, 2).Steps, []webhook.Health{failed, succeeded})
		k.same(ask(30*time.Minute, time.Hour, 10*time.Minute, 3).Webhooks, map[int64]webhook.Health{})
		empty, err := k.Trend(k.ctx(), store.TrendQuery{From: Start, Until: Start.Add(time.Hour), Step: time.Hour, Steps: 1})
		k.ok(err)
		k.same(empty.Steps, []webhook.Health{none})
	})
}
