package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func logCases() []namedCase {
	return []namedCase{
		{"Log/PagesAreStable", deliveryPagesAreStable},
		{"Log/Filters", deliveryFilters},
		{"Log/StatesAreDerived", statesAreDerived},
		{"Log/OneDelivery", oneDelivery},
		{"Log/OddBytes", oddBytes},
		{"Log/EventDeliveries", eventDeliveries},
		{"Log/ByNumber", deliveriesByNumber},
		{"Log/Recent", recent},
		{"Log/RareTypes", rareTypes},
	}
}

func deliveryPagesAreStable(t *testing.T, open opener) {
	fact(t, open, "WhileRowsArrive", func(_ *testing.T, k *kit) {
		w := k.webhook()
		var want []webhook.DeliveryID
		for i := range 24 { // all accepted in the same millisecond
			switch i % 3 {
			case 0:
				want = append(want, k.pending(w))
			case 1:
				want = append(want, k.newest(w))
			default:
				k.finish(k.retrying(k.claim(w.Number)[0]))
				want = append(want, k.newest(w))
			}
		}
		slices.Reverse(want)
		var got []webhook.DeliveryID
		for q := (store.DeliveryQuery{Limit: 5}); ; q.Before = got[len(got)-1] {
			page := k.list(q)
			if len(page) == 0 {
				break
			}
			if got = append(got, page...); len(got) > len(want) {
				break
			}
			k.pending(w)
			k.finish(k.succeeded(k.claim(w.Number)[0]))
		}
		k.same(got, want)
	})
	fact(t, open, "WhenTheCursorsRowIsGone", func(_ *testing.T, k *kit) {
		w := k.webhook()
		stays := k.settled(w, k.retrying)
		edge := k.settled(w, k.succeeded)
		k.Clock.Advance(time.Second)
		k.expireAll(k.now())
		k.same(k.list(store.DeliveryQuery{Before: edge}), []webhook.DeliveryID{stays})
	})
	fact(t, open, "NoneIsMissedWhileItMoves", func(t *testing.T, k *kit) {
		// A delivery is in one list at every moment, whatever becomes of it.
		w := k.webhook()
		const deliveries = 150
		p := k.params()
		for range deliveries {
			p.Events = append(p.Events, k.event(w.Number))
		}
		k.acceptAll(p)
		jobs := k.claim(w.Number)
		var finishing sync.WaitGroup
		done := make(chan struct{})
		finishing.Go(func() {
			defer close(done)
			for _, job := range jobs {
				if _, err := k.Finish(k.ctx(), []store.Result{k.succeeded(job)}); err != nil {
					t.Error(err)
				}
			}
		})
		defer finishing.Wait()
		for moving := true; moving; {
			select {
			case <-done:
				moving = false
			default:
			}
			if got := len(k.list(store.DeliveryQuery{})); got != deliveries {
				t.Errorf("the list holds %d deliveries, want %d", got, deliveries)
				return
			}
		}
	})
	fact(t, open, "AThousandOnOnePage", func(t *testing.T, k *kit) {
		w := k.webhook()
		p := k.params()
		for range 1000 {
			p.Events = append(p.Events, k.event(w.Number))
		}
		k.acceptAll(p)
		var results []store.Result
		for i, job := range k.claim(w.Number) {
			if i%2 == 0 {
				results = append(results, k.retrying(job))
			}
		}
		k.finish(results...)
		got := k.list(store.DeliveryQuery{Limit: 1000})
		if len(got) != 1000 || !slices.IsSortedFunc(got, func(a, b webhook.DeliveryID) int { return strings.Compare(string(b), string(a)) }) {
			t.Fatalf("%d deliveries, or not newest first", len(got))
		}
	})
}

// newest accepts an event and lets its delivery be the newest in the list.
func (k *kit) newest(w webhook.Webhook) webhook.DeliveryID {
	k.t.Helper()
	event := k.accept(w.Number)
	return k.deliveriesOf(event)[0].ID
}

func deliveryFilters(t *testing.T, open opener) {
	k := open(t)
	one, two := k.webhook(), k.webhook()
	of := func(w webhook.Webhook, eventType webhook.EventType) webhook.DeliveryID {
		k.Clock.Advance(time.Second)
		e := k.event(w.Number)
		e.Type = eventType
		return k.deliveriesOf(k.acceptAll(k.params(e))[0].ID)[0].ID
	}
	finish := func(w webhook.Webhook, result func(webhook.Job) store.Result) { k.finish(result(k.claim(w.Number)[0])) }
	ok := of(one, "A")
	finish(one, k.succeeded)
	bad := of(one, "B")
	finish(one, k.failed)
	again := of(two, "A")
	finish(two, k.retrying)
	fresh := of(two, "C")
	at := func(seconds int) time.Time { return Start.Add(time.Duration(seconds) * time.Second) }
	for i, c := range []struct {
		q    store.DeliveryQuery
		want []webhook.DeliveryID
	}{
		{store.DeliveryQuery{}, []webhook.DeliveryID{fresh, again, bad, ok}},
		{store.DeliveryQuery{Limit: 2}, []webhook.DeliveryID{fresh, again}},
		{store.DeliveryQuery{Webhook: two.ID}, []webhook.DeliveryID{fresh, again}},
		{store.DeliveryQuery{Webhook: "nobody"}, nil},
		{store.DeliveryQuery{Types: []webhook.EventType{"A"}}, []webhook.DeliveryID{again, ok}},
		{store.DeliveryQuery{Types: []webhook.EventType{"A", "C"}}, []webhook.DeliveryID{fresh, again, ok}},
		{store.DeliveryQuery{States: []webhook.State{webhook.StatePending}}, []webhook.DeliveryID{fresh}},
		{store.DeliveryQuery{States: []webhook.State{webhook.StateRetrying}}, []webhook.DeliveryID{again}},
		{store.DeliveryQuery{States: []webhook.State{webhook.StateSucceeded, webhook.StateFailed}}, []webhook.DeliveryID{bad, ok}},
		{store.DeliveryQuery{States: []webhook.State{webhook.StateHeld, webhook.StateCancelled}}, nil},
		{store.DeliveryQuery{From: at(2), To: at(3)}, []webhook.DeliveryID{again, bad}},
		{store.DeliveryQuery{From: at(4)}, []webhook.DeliveryID{fresh}},
		{store.DeliveryQuery{To: at(1)}, []webhook.DeliveryID{ok}},
		{store.DeliveryQuery{Before: again}, []webhook.DeliveryID{bad, ok}},
		{store.DeliveryQuery{Before: again, Types: []webhook.EventType{"A"}, Webhook: one.ID}, []webhook.DeliveryID{ok}},
	} {
		if got := k.list(c.q); !slices.Equal(got, c.want) {
			t.Errorf("query %d: got %v, want %v", i+1, got, c.want)
		}
	}
}

func statesAreDerived(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	ok, again, fresh := k.settled(w, k.succeeded), k.settled(w, k.retrying), k.pending(w)
	held := store.DeliveryQuery{States: []webhook.State{webhook.StateHeld}}
	due := Start.Add(time.Minute)
	check := func(retrying, pending webhook.State) {
		t.Helper()
		k.state(ok, webhook.StateSucceeded)
		d := k.state(again, retrying)
		k.same(d.NextAttemptAt != nil, retrying == webhook.StateRetrying)
		k.state(fresh, pending)
		waiting := []webhook.DeliveryID{fresh, again}
		k.same(k.list(store.DeliveryQuery{States: []webhook.State{retrying, pending}}), waiting)
		if retrying != webhook.StateHeld {
			waiting = nil
		}
		k.same(k.list(held), waiting)
		var states []webhook.State
		page, err := k.Deliveries(k.ctx(), store.DeliveryQuery{Tenant: w.Tenant, Limit: 10})
		k.ok(err)
		for _, d := range page {
			states = append(states, d.State)
		}
		k.same(states, []webhook.State{pending, retrying, webhook.StateSucceeded})
	}
	check(webhook.StateRetrying, webhook.StatePending)
	w = k.disable(w)
	check(webhook.StateHeld, webhook.StateHeld)
	k.same(k.list(store.DeliveryQuery{States: []webhook.State{webhook.StateRetrying, webhook.StatePending}}), []webhook.DeliveryID(nil))
	w = k.enable(w)
	check(webhook.StateRetrying, webhook.StatePending)
	k.same(k.delivery(again).NextAttemptAt, &due)
	k.update(w, func(w *webhook.Webhook) { w.SuspendedAt = &due })
	check(webhook.StateHeld, webhook.StateHeld)
}

// fullAttempt fills in every member of an attempt.
func fullAttempt(job webhook.Job) webhook.Attempt {
	wait := 90 * time.Second
	return webhook.Attempt{
		Number: job.Attempt, Trigger: webhook.TriggerEvent, StartedAt: Start.Add(123 * time.Millisecond), Duration: 4567891 * time.Microsecond,
		Outcome: webhook.OutcomeFailed, Reason: webhook.ReasonTimeout, Phase: webhook.PhaseBody, Detail: "The body <was> \"cut\" off.", Status: 503,
		Request: webhook.RequestRecord{
			Method: "POST", URL: "https://example.com/in?token=%F0%9F%A6%80&x=<>", BodySize: 123,
			Headers: []webhook.HeaderRecord{{Name: "X-A", Value: "1"}, {Name: "x-secret", Masked: true}, {Name: "X-A", Value: ""}},
		},
		Response: webhook.ResponseRecord{
			Headers: []webhook.HeaderRecord{{Name: "b", Value: "2"}, {Name: "A", Value: "1"}, {Name: "b", Value: "0"}},
			Body:    []byte(`{"error":12345678901234567890}`), BodySize: 1 << 40, Truncated: true,
		},
		Timing: webhook.Timing{
			DNS: time.Microsecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Second, Wait: 4 * time.Minute, Read: 5 * time.Microsecond,
		},
		Address: "[2001:db8::1]:443", TLSVersion: "TLS 1.3", HTTPVersion: "HTTP/1.1", Reused: true, RetryAfter: &wait,
	}
}

func oneDelivery(t *testing.T, open opener) {
	fact(t, open, "EveryMemberOfEveryAttempt", func(t *testing.T, k *kit) {
		w := k.webhook()
		job := k.claimOneOf(w)
		r := k.retrying(job)
		r.Attempt = fullAttempt(job)
		k.finish(r)
		k.Clock.Advance(time.Hour)
		second := k.claimOne(w.Number)
		last := k.failed(second)
		last.Attempt = fullAttempt(second)
		last.Attempt.RetryAfter, last.Attempt.Response.Body, last.Attempt.Response.Headers = nil, nil, nil
		k.finish(last)
		k.kill()
		k.same(k.delivery(job.Delivery).Attempts, []webhook.Attempt{r.Attempt, last.Attempt})

		page, err := k.Deliveries(k.ctx(), store.DeliveryQuery{Tenant: w.Tenant, Limit: 10})
		k.ok(err)
		for i, a := range page[0].Attempts {
			if a.Response.Body != nil || a.Response.Headers != nil || a.Request.Headers != nil {
				t.Fatal("a list carries headers or bodies")
			}
			want := k.delivery(job.Delivery).Attempts[i]
			k.same([]any{a.Number, a.Trigger, a.Outcome, a.Reason, a.Phase, a.Status, a.StartedAt, a.Duration},
				[]any{want.Number, want.Trigger, want.Outcome, want.Reason, want.Phase, want.Status, want.StartedAt, want.Duration})
		}
	})
	fact(t, open, "BeforeItsFirstAttempt", func(_ *testing.T, k *kit) {
		w := k.webhook()
		event := k.accept(w.Number)
		id := k.deliveriesOf(event)[0].ID
		want := webhook.Delivery{
			ID: id, EventID: event, EventType: "User.Created", Tenant: webhook.DefaultTenant, State: webhook.StatePending, AcceptedAt: Start,
			Webhook: webhook.WebhookRef{Number: w.Number, ID: w.ID, Name: w.Name},
		}
		k.same(k.delivery(id), want)
		k.claimOne(w.Number)
		k.same(k.delivery(id), want)
		k.update(w, func(w *webhook.Webhook) { w.Name = "renamed" })
		k.same(k.delivery(id).Webhook.Name, "renamed")
	})
	fact(t, open, "NotThere", func(_ *testing.T, k *kit) {
		id := k.pending(k.webhook())
		for _, other := range []webhook.DeliveryID{"", "nobody", id[:20] + "!", "000000000000000000000", webhook.DeliveryID(strings.ToUpper(string(id)))} {
			_, err := k.Delivery(k.ctx(), webhook.DefaultTenant, other)
			k.is(err, webhook.ErrNotFound)
		}
	})
	fact(t, open, "InstantsInUTC", func(t *testing.T, k *kit) {
		job := k.claimOneOf(k.webhook())
		r := k.retrying(job)
		r.Attempt.StartedAt = Start.Add(1_999_999).In(time.FixedZone("", 3600))
		r.Next.DueAt = Start.Add(time.Hour).In(time.FixedZone("", -3600))
		k.finish(r)
		d := k.delivery(job.Delivery)
		k.same(d.Attempts[0].StartedAt, Start.Add(time.Millisecond))
		k.same(*d.NextAttemptAt, Start.Add(time.Hour))
		for _, at := range []time.Time{d.AcceptedAt, *d.LoggedAt, *d.NextAttemptAt, d.Attempts[0].StartedAt} {
			if at.Location() != time.UTC {
				t.Fatalf("%v is not in UTC", at)
			}
		}
	})
}

func oddBytes(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	texts := []string{
		"\x00", "a\x00b", "\xff\xfe\xc3\x28", "\xed\xa0\x80", string(all), "1e400000", `"\u0000"`, `\ud800`, "\u2028\u2029\ufffd",
		strings.Repeat("[", 100_000), `{"bytes":"AA=="}`, "'; DROP TABLE work; --", strings.Repeat("x", 64<<10),
	}
	for i, text := range texts {
		for _, result := range []func(webhook.Job) store.Result{k.retrying, k.failed} { // in the log's row and beside it
			if result(webhook.Job{}).Next.State == webhook.StateRetrying {
				k.accept(w.Number)
			}
			r := result(k.claimOne(w.Number))
			r.Attempt.Response = webhook.ResponseRecord{
				Headers: []webhook.HeaderRecord{{Name: "x", Value: text}, {Name: text, Value: "y"}}, Body: []byte(text), BodySize: int64(len(text)),
			}
			r.Attempt.Request.Headers = []webhook.HeaderRecord{{Name: text, Value: text}}
			r.Attempt.Request.URL = webhook.EndpointURL(text)
			k.finish(r)
			k.Clock.Advance(time.Hour)
			d := k.delivery(r.Job.Delivery)
			if got := d.Attempts[len(d.Attempts)-1]; fmt.Sprintf("%#v", got.Response) != fmt.Sprintf("%#v", r.Attempt.Response) ||
				got.Request.Headers[0] != r.Attempt.Request.Headers[0] || got.Request.URL != r.Attempt.Request.URL {
				t.Errorf("text %d came back with other bytes", i+1)
			}
		}
	}
	page, err := k.Recent(k.ctx(), store.RecentQuery{Tenant: w.Tenant, Webhook: w.ID, Limit: 100})
	k.ok(err)
	k.same(page.Total, len(texts))
}

func eventDeliveries(t *testing.T, open opener) {
	fact(t, open, "TheNumbersBehindTheEvents", func(t *testing.T, k *kit) {
		numbers := k.webhooks(store.MaxInlineDeliveries + 5)
		before := k.accept(numbers[:2]...)
		large := k.accept(numbers...)
		after := k.accept(numbers[:3]...)
		for more := true; more; {
			var err error
			more, err = k.Expand(k.ctx(), store.ExpandParams{Now: k.now()})
			k.ok(err)
		}
		for event, want := range map[webhook.EventID]int{before: 2, large: len(numbers), after: 3} {
			number, _, _ := webhook.ParseID(string(event))
			found := k.deliveriesOf(event)
			k.same(len(found), want)
			for i, d := range found {
				n, _, _ := webhook.ParseID(string(d.ID))
				k.same(n, number+int64(want-i))
				k.same(d.EventID, event)
				k.same(d.Webhook.Number, numbers[want-i-1])
			}
		}
	})
	fact(t, open, "WhateverBecameOfThem", func(t *testing.T, k *kit) {
		numbers := k.webhooks(5)
		event := k.accept(numbers...)
		jobs := k.claim(numbers[:4]...)
		k.finish(k.succeeded(jobs[0]), k.failed(jobs[1]), k.retrying(jobs[2]))
		var got []webhook.State
		for _, d := range k.deliveriesOf(event) {
			got = append(got, d.State)
		}
		k.same(got, []webhook.State{
			webhook.StatePending, webhook.StatePending, webhook.StateRetrying, webhook.StateFailed, webhook.StateSucceeded,
		})
		found, err := k.EventDeliveries(k.ctx(), webhook.DefaultTenant, event, 2)
		k.ok(err)
		k.same(len(found), 2)
		for _, d := range k.deliveriesOf(event)[2:] {
			if len(d.Attempts) != 1 || d.Attempts[0].Response.Body != nil {
				t.Fatal("the attempts are missing, or their bodies are there")
			}
		}
	})
	fact(t, open, "None", func(_ *testing.T, k *kit) {
		k.same(len(k.deliveriesOf(k.accept())), 0)
		_, err := k.EventDeliveries(k.ctx(), webhook.DefaultTenant, "nobody", 10)
		k.is(err, webhook.ErrNotFound)
	})
}

func (k *kit) recent(q store.RecentQuery) ([]webhook.DeliveryID, store.RecentPage) {
	k.t.Helper()
	q.Tenant = webhook.DefaultTenant
	if q.Limit == 0 {
		q.Limit = 100
	}
	page, err := k.Recent(k.ctx(), q)
	k.ok(err)
	var ids []webhook.DeliveryID
	for _, e := range page.Entries {
		ids = append(ids, e.Delivery.ID)
	}
	return ids, page
}

func recent(t *testing.T, open opener) {
	fact(t, open, "ByTheTimeOfTheEntry", func(_ *testing.T, k *kit) {
		w, other := k.webhook(), k.webhook()
		k.settled(other, k.succeeded)
		k.cancelledBefore(w) // without an attempt there is no entry
		k.accept(w.Number)
		k.accept(w.Number)
		k.accept(w.Number)
		jobs := k.claim(w.Number)
		slices.Reverse(jobs)
		results := []func(webhook.Job) store.Result{k.retrying, k.succeeded, k.failed}
		for i, job := range jobs { // the newest is attempted first
			k.Clock.Advance(time.Second)
			k.finish(results[i](job))
		}
		k.pending(w)
		want := []webhook.DeliveryID{jobs[2].Delivery, jobs[1].Delivery, jobs[0].Delivery}
		ids, page := k.recent(store.RecentQuery{Webhook: w.ID})
		k.same(ids, want)
		k.same(page.Total, 3)
		k.Clock.Advance(time.Hour)
		k.finish(k.succeeded(k.claim(w.Number)[1])) // a second attempt moves no entry
		ids, _ = k.recent(store.RecentQuery{Webhook: w.ID})
		k.same(ids, want)
		k.delete(w)
		ids, _ = k.recent(store.RecentQuery{Webhook: w.ID})
		k.same(ids, want)
	})
	fact(t, open, "PagesAndCounts", func(_ *testing.T, k *kit) {
		w := k.webhook()
		var want []webhook.DeliveryID
		for range 7 { // all in the same millisecond
			want = append(want, k.settled(w, k.succeeded))
		}
		slices.Reverse(want)
		for _, c := range []struct {
			offset, limit, countCap, from, to, total int
			capped                                   bool
		}{
			{0, 3, 0, 0, 3, 7, false},
			{3, 3, 0, 3, 6, 7, false},
			{6, 3, 0, 6, 7, 7, false},
			{9, 3, 0, 7, 7, 7, false},
			{0, 2, 5, 0, 2, 5, true},
			{0, 2, 6, 0, 2, 6, true},
			{0, 2, 7, 0, 2, 7, false},
			{5, 2, 3, 5, 7, 3, true},
		} {
			ids, page := k.recent(store.RecentQuery{Webhook: w.ID, Offset: c.offset, Limit: c.limit, CountCap: c.countCap})
			k.same(ids, want[c.from:c.to])
			k.same(page.Total, c.total)
			k.same(page.Capped, c.capped)
		}
	})
	fact(t, open, "TypeAndTime", func(_ *testing.T, k *kit) {
		w := k.webhook()
		var ids []webhook.DeliveryID
		for _, eventType := range []webhook.EventType{"A", "B", "A"} {
			e := k.event(w.Number)
			e.Type = eventType
			k.acceptAll(k.params(e))
			job := k.claimOne(w.Number)
			k.finish(k.succeeded(job))
			ids = append(ids, job.Delivery)
			k.Clock.Advance(time.Second)
		}
		at := func(i int) time.Time { return Start.Add(time.Duration(i)*time.Second + 40*time.Millisecond) }
		for _, c := range []struct {
			q    store.RecentQuery
			want []webhook.DeliveryID
		}{
			{store.RecentQuery{Type: "A"}, []webhook.DeliveryID{ids[2], ids[0]}},
			{store.RecentQuery{From: at(1)}, []webhook.DeliveryID{ids[2], ids[1]}},
			{store.RecentQuery{To: at(1)}, []webhook.DeliveryID{ids[1], ids[0]}},
			{store.RecentQuery{From: at(1), To: at(1)}, []webhook.DeliveryID{ids[1]}},
			{store.RecentQuery{From: at(1).Add(time.Millisecond), Type: "B"}, nil},
		} {
			c.q.Webhook = w.ID
			got, page := k.recent(c.q)
			k.same(got, c.want)
			k.same(page.Total, len(c.want))
		}
	})
	fact(t, open, "WithPayloadAndLastAttempt", func(_ *testing.T, k *kit) {
		w := k.webhook()
		job := k.claimOneOf(w)
		first := k.retrying(job)
		first.Attempt = fullAttempt(job)
		k.finish(first)
		_, page := k.recent(store.RecentQuery{Webhook: w.ID})
		k.same(*page.Entries[0].Delivery.LastAttempt(), first.Attempt)
		k.same(page.Entries[0].Delivery.State, webhook.StateRetrying)
		k.Clock.Advance(time.Hour)
		job = k.claimOne(w.Number)
		last := k.failed(job)
		last.Attempt = fullAttempt(job)
		last.Attempt.Response.Body = []byte("the last")
		k.finish(last)
		_, page = k.recent(store.RecentQuery{Webhook: w.ID})
		k.same(*page.Entries[0].Delivery.LastAttempt(), last.Attempt)
		k.same(page.Entries[0].Payload, job.Payload)
	})
	fact(t, open, "OfNobody", func(_ *testing.T, k *kit) {
		_, page := k.recent(store.RecentQuery{Webhook: "nobody"})
		k.same(page, store.RecentPage{})
	})
}

func deliveriesByNumber(t *testing.T, open opener) {
	k := open(t)
	theirs := k.others()
	w := k.webhook()
	succeeded, retrying := k.settled(w, k.succeeded), k.settled(w, k.retrying)
	pending := k.pending(w)
	accepted, err := k.Accept(k.ctx(), k.theirParams(theirs.Number))
	k.ok(err)
	other, err := k.EventDeliveries(k.ctx(), "other", accepted[0].ID, 1)
	k.ok(err)
	ids := []webhook.DeliveryID{other[0].ID, pending, retrying, succeeded}
	numbers := []int64{1}
	for _, id := range ids {
		number, _, _ := webhook.ParseID(string(id))
		numbers = append(numbers, number)
	}
	found, err := k.DeliveriesByNumber(k.ctx(), numbers)
	k.ok(err)
	var got []webhook.DeliveryID
	for i := range found {
		got = append(got, found[i].ID)
	}
	k.same(got, ids)
	k.same(found[0].Tenant, webhook.TenantID("other"))
	mine, err := k.Deliveries(k.ctx(), store.DeliveryQuery{Tenant: webhook.DefaultTenant, Limit: 10})
	k.ok(err)
	k.same(found[1:], mine)
	found, err = k.DeliveriesByNumber(k.ctx(), nil)
	k.ok(err)
	k.same(found, []webhook.Delivery{})
}
