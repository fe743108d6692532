package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// rareTypes fills hours with events of frequent and rare types and compares what is
// listed and counted by type with what is listed without one.
func rareTypes(t *testing.T, open opener) {
	fact(t, open, "AreListedAndCountedAsWhatIsFrequent", func(_ *testing.T, k *kit) {
		random := rand.New(rand.NewPCG(4, 2))
		lanes := []webhook.Webhook{k.webhook(), k.webhook()}
		k.days(random, lanes, 500)
		k.reopen() // nothing that is noted in memory is missed
		k.days(random, lanes, 100)
		all, err := k.Deliveries(k.ctx(), store.DeliveryQuery{Tenant: webhook.DefaultTenant, Limit: 5000})
		k.ok(err)
		events, err := k.Events(k.ctx(), store.EventQuery{Tenant: webhook.DefaultTenant, Limit: 5000})
		k.ok(err)
		for _, types := range [][]webhook.EventType{{"Often"}, {"Rare"}, {"Once"}, {"Never"}, {"Rare", "Once"}, {"Often", "Burst"}, {"Burst"}, many()} {
			k.byType(types, all, events, lanes[0])
		}
	})
	fact(t, open, "AlsoWhenRetentionTakesThem", func(_ *testing.T, k *kit) {
		w := k.webhook()
		one := k.typed("Rare", w.Number)
		k.finish(k.succeeded(k.claimOne(w.Number)))
		k.Clock.Advance(time.Hour)
		k.expireAll(k.now())
		k.same(len(k.list(store.DeliveryQuery{Types: []webhook.EventType{"Rare"}})), 0)
		k.gone(one)
		two := k.typed("Rare", w.Number)
		k.expireAll(k.now())
		three := k.typed("Rare", w.Number) // at once
		k.same(k.listEvents(store.EventQuery{Types: []webhook.EventType{"Rare"}}), []webhook.EventID{three, two})
		k.same(len(k.list(store.DeliveryQuery{Types: []webhook.EventType{"Rare"}})), 2)
	})
	fact(t, open, "AlsoAfterACommitThatFailed", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.Gate.Fail(errTest)
		_, err := k.Accept(k.ctx(), k.params(k.kind("Rare", w.Number)))
		k.is(err, errTest)
		k.Gate.Fail(nil)
		k.typed("Rare", w.Number)
		k.same(len(k.list(store.DeliveryQuery{Types: []webhook.EventType{"Rare"}})), 1)
	})
}

// many are more types than a rare list has.
func many() (types []webhook.EventType) {
	for i := range 20 {
		types = append(types, webhook.EventType("Type."+string(rune('A'+i))))
	}
	return append(types, "Rare", "Burst")
}

func (k *kit) kind(t webhook.EventType, webhooks ...int64) store.NewEvent {
	e := k.event(webhooks...)
	e.Type = t
	return e
}

func (k *kit) typed(t webhook.EventType, webhooks ...int64) webhook.EventID {
	k.t.Helper()
	return k.acceptAll(k.params(k.kind(t, webhooks...)))[0].ID
}

// days accepts n events in the course of hours, some of which end.
func (k *kit) days(random *rand.Rand, lanes []webhook.Webhook, n int) {
	k.t.Helper()
	for i := range n {
		kind := webhook.EventType("Often")
		switch {
		case i == n/2:
			kind = "Once"
		case i%50 < 8 && i > n/3:
			kind = "Burst"
		case random.IntN(12) == 0:
			kind = "Rare"
		}
		to := []int64{lanes[random.IntN(2)].Number}
		if random.IntN(5) == 0 {
			to = []int64{lanes[0].Number, lanes[1].Number}
		}
		if random.IntN(20) == 0 {
			to = nil
		}
		k.typed(kind, to...)
		k.Clock.Advance(time.Duration(random.IntN(90_000)) * time.Millisecond)
		if i%10 != 0 {
			continue
		}
		for _, job := range k.claim(lanes[0].Number, lanes[1].Number) {
			k.finish([]func(webhook.Job) store.Result{k.succeeded, k.failed, k.retrying}[random.IntN(3)](job))
		}
	}
}

// byType compares.
func (k *kit) byType(types []webhook.EventType, all []webhook.Delivery, events []webhook.Event, w webhook.Webhook) {
	k.t.Helper()
	middle := all[len(all)/2].AcceptedAt
	for _, q := range []store.DeliveryQuery{
		{},
		{Webhook: w.ID},
		{States: []webhook.State{webhook.StateFailed}},
		{States: []webhook.State{webhook.StatePending, webhook.StateSucceeded}},
		{From: middle},
		{To: middle},
		{From: middle.Add(-time.Hour), To: middle.Add(time.Hour), Webhook: w.ID},
	} {
		q.Tenant, q.Types = webhook.DefaultTenant, types
		counts := map[webhook.State]store.Count{}
		var want, got []webhook.DeliveryID
		for _, d := range all {
			if slices.Contains(types, d.EventType) && (q.Webhook == "" || q.Webhook == d.Webhook.ID) && (len(q.States) == 0 || slices.Contains(q.States, d.State)) &&
				!d.AcceptedAt.Before(q.From) && (q.To.IsZero() || !d.AcceptedAt.After(q.To)) {
				want = append(want, d.ID)
				counts[d.State] = store.Count{N: counts[d.State].N + 1}
			}
		}
		for q.Limit = 7; ; q.Before = got[len(got)-1] {
			page := k.list(q)
			got = append(got, page...)
			if len(page) < q.Limit {
				break
			}
		}
		k.same(got, want)
		k.summarised(q, counts)
	}
	var want []webhook.EventID
	for _, e := range events {
		if slices.Contains(types, e.Type) {
			want = append(want, e.ID)
		}
	}
	k.same(k.listEvents(store.EventQuery{Types: types}), want)
	oldest, err := k.EventWindow(k.ctx(), store.EventQuery{Tenant: webhook.DefaultTenant, Types: types}, 10)
	k.ok(err)
	if len(want) <= 10 {
		k.same(oldest, webhook.EventID(""))
	} else {
		k.same(oldest[:10], want[9][:10])
	}
}

// summarised compares the counts, and their sum over time.
func (k *kit) summarised(q store.DeliveryQuery, want map[webhook.State]store.Count) {
	k.t.Helper()
	q.Before = ""
	s, err := k.Summary(k.ctx(), store.SummaryQuery{DeliveryQuery: q, CountCap: 1000, Start: Start.Add(-time.Hour), Step: time.Hour, Buckets: 48})
	k.ok(err)
	k.same(s.Counts, want)
	succeeded, failed := 0, 0
	for _, b := range s.Buckets {
		succeeded, failed = succeeded+b.Succeeded, failed+b.Failed
	}
	k.same([]int{succeeded, failed}, []int{want[webhook.StateSucceeded].N, want[webhook.StateFailed].N})
}
