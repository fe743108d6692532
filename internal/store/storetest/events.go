package storetest

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func eventCases() []namedCase {
	return []namedCase{
		{"Events/AcceptIsDurable", acceptIsDurable},
		{"Events/IDsAscend", idsAscend},
		{"Events/StaleRegistry", staleRegistry},
		{"Events/IdempotencyKey", idempotencyKey},
		{"Events/IdempotencyTogether", idempotencyTogether},
		{"Events/FirstAnswer", firstAnswer},
		{"Events/NewestAt", newestAt},
		{"Events/HandoffInOrder", handoffInOrder},
		{"Events/HandoffRefused", handoffRefused},
		{"Events/Busy", busy},
		{"Events/PayloadBytes", payloadBytes},
		{"Events/PagesAreStable", eventPagesAreStable},
	}
}

func (k *kit) readEvent(id webhook.EventID) webhook.Event {
	k.t.Helper()
	e, err := k.Event(k.ctx(), webhook.DefaultTenant, id)
	k.ok(err)
	return e
}

func (k *kit) listEvents(q store.EventQuery) []webhook.EventID {
	k.t.Helper()
	q.Tenant = webhook.DefaultTenant
	if q.Limit == 0 {
		q.Limit = 1000
	}
	found, err := k.Events(k.ctx(), q)
	k.ok(err)
	var ids []webhook.EventID
	for _, e := range found {
		ids = append(ids, e.ID)
	}
	return ids
}

// withKey is p with an idempotency key for this body.
func withKey(p store.AcceptParams, key, body string) store.AcceptParams {
	p.Idempotency = &store.Idempotency{Route: "events", Key: key, Hash: sha256.Sum256([]byte(body))}
	return p
}

func acceptIsDurable(t *testing.T, open opener) {
	k := open(t)
	two := k.webhooks(2)
	p := withKey(k.params(k.event(two...), k.event(), k.event(two[1])), "key", "body")
	p.AcceptedAt = k.now().Add(1_999_999).In(time.FixedZone("", -7*3600))
	accepted := k.acceptAll(p)
	k.same([]int{accepted[0].Deliveries, accepted[1].Deliveries, accepted[2].Deliveries}, []int{2, 0, 1})
	k.kill()
	k.Clock.Advance(time.Second)
	k.same(k.readEvent(accepted[0].ID), webhook.Event{
		ID: accepted[0].ID, Tenant: webhook.DefaultTenant, Type: "User.Created", AcceptedAt: Start.Add(time.Millisecond),
		Source: "bootstrap", IdempotencyKey: "key", Payload: p.Events[0].Payload, Size: len(p.Events[0].Payload.Posted), Deliveries: 2,
	})
	k.same(k.readEvent(accepted[1].ID).Unmatched, webhook.UnmatchedNoSubscription)
	var jobs []webhook.EventID
	for _, job := range k.claim(two[1]) {
		jobs = append(jobs, job.Event)
	}
	k.same(jobs, []webhook.EventID{accepted[0].ID, accepted[2].ID})
}

func idsAscend(t *testing.T, open opener) {
	fact(t, open, "InTheOrderOfOneCall", func(t *testing.T, k *kit) {
		w := k.webhook()
		p := k.params()
		for range 1000 {
			p.Events = append(p.Events, k.event(w.Number))
		}
		accepted := k.acceptAll(p)
		if !slices.IsSortedFunc(accepted, func(a, b store.Accepted) int { return strings.Compare(string(a.ID), string(b.ID)) }) {
			t.Fatal("the identifiers of one call do not ascend")
		}
		for _, a := range accepted {
			if number, suffix, ok := webhook.ParseID(string(a.ID)); !ok || len(suffix) != webhook.SuffixLength || webhook.NumberTime(number).Before(k.now()) {
				t.Fatalf("identifier %s", a.ID)
			}
		}
	})
	fact(t, open, "WhenTheClockGoesBack", func(t *testing.T, k *kit) {
		w := k.webhook()
		first := k.accept(w.Number, k.webhook().Number)
		newest := string(k.deliveriesOf(first)[0].ID)
		k.Clock.Advance(-time.Hour)
		for _, restart := range []func(){func() {}, k.reopen, k.kill} {
			restart()
			next := string(k.accept(w.Number))
			if next <= newest {
				t.Fatalf("%s follows %s", next, newest)
			}
			newest = string(k.deliveriesOf(webhook.EventID(next))[0].ID)
			if newest <= next {
				t.Fatalf("delivery %s is not behind its event %s", newest, next)
			}
		}
	})
	fact(t, open, "AlsoBehindUnmatchedAndUnexpandedEvents", func(t *testing.T, k *kit) {
		numbers := k.webhooks(store.MaxInlineDeliveries + 1)
		first := k.accept(numbers...)
		k.Clock.Advance(-time.Hour)
		k.reopen()
		unmatched := k.accept()
		k.reopen()
		last := k.accept(numbers[0])
		if first >= unmatched || unmatched >= last {
			t.Fatalf("%s, %s, %s", first, unmatched, last)
		}
		for more := true; more; {
			var err error
			more, err = k.Expand(k.ctx(), store.ExpandParams{Now: k.now()})
			k.ok(err)
		}
		if got := len(k.deliveriesOf(first)); got != len(numbers) {
			t.Fatalf("%d deliveries, want %d", got, len(numbers))
		}
	})
	fact(t, open, "InTheOrderOfTheHandoff", func(t *testing.T, k *kit) {
		w := k.webhook()
		to := &handoff{}
		p := k.params(k.event(w.Number))
		p.Handoff = to
		var accepting sync.WaitGroup
		for range 50 {
			accepting.Go(func() {
				_, err := k.Accept(k.ctx(), p)
				if err != nil {
					t.Error(err)
				}
			})
		}
		accepting.Wait()
		jobs := to.jobs()
		if len(jobs) != 50 || !slices.IsSortedFunc(jobs, func(a, b webhook.Job) int { return strings.Compare(string(a.Delivery), string(b.Delivery)) }) {
			t.Fatalf("%d deliveries were handed over, or not in the order of their identifiers", len(jobs))
		}
	})
}

func staleRegistry(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	p := withKey(k.params(k.event(w.Number), k.event(w.Number)), "key", "body")
	to := &handoff{}
	p.Handoff = to
	k.disable(w)
	_, err := k.Accept(k.ctx(), p)
	k.is(err, webhook.ErrStale)
	k.same(k.listEvents(store.EventQuery{}), []webhook.EventID(nil))
	k.same(k.unfinished().Deliveries, int64(0))
	k.same(to.owed(), 0)
	p.RegistryVersion = k.version() // the caller matches again
	p.Events = []store.NewEvent{k.event()}
	k.acceptAll(p)
	p.RegistryVersion++ // a version that is not there yet
	p.Idempotency = nil
	_, err = k.Accept(k.ctx(), p)
	k.is(err, webhook.ErrStale)
}

// repeated is the answer to a call that was made before.
func repeated(first []store.Accepted) []store.Accepted {
	again := slices.Clone(first)
	for i := range again {
		again[i].Repeated = true
	}
	return again
}

func idempotencyKey(t *testing.T, open opener) {
	fact(t, open, "TheFirstAnswerAgain", func(_ *testing.T, k *kit) {
		w := k.webhook()
		to := &handoff{}
		p := withKey(k.params(k.event(w.Number), k.event()), "key", "body")
		p.Handoff = to
		first := k.acceptAll(p)
		k.disable(w) // the answer stands whatever the registry says now
		p.Events = []store.NewEvent{k.event(), k.event()}
		k.same(k.acceptAll(p), repeated(first))
		k.reopen()
		k.same(k.acceptAll(p), repeated(first))
		k.kill()
		k.same(k.acceptAll(p), repeated(first))
		k.same(len(k.listEvents(store.EventQuery{})), 2)
		k.same(len(to.jobs()), 1)
		k.same(to.owed(), 0)
	})
	fact(t, open, "AnotherBodyIsRefused", func(_ *testing.T, k *kit) {
		k.acceptAll(withKey(k.params(k.event()), "key", "body"))
		_, err := k.Accept(k.ctx(), withKey(k.params(k.event()), "key", "another body"))
		k.is(err, webhook.ErrKeyReused)
		k.same(len(k.listEvents(store.EventQuery{})), 1)
	})
	fact(t, open, "TenantRouteAndKeyAreApart", func(t *testing.T, k *kit) {
		k.AddTenant(t, "other")
		p := withKey(k.params(k.event()), "key", "body")
		ids := map[webhook.EventID]bool{k.acceptAll(p)[0].ID: true}
		other := withKey(p, "key", "another body")
		other.Tenant = "other"
		ids[k.acceptAll(other)[0].ID] = true
		batch := withKey(p, "key", "another body")
		batch.Idempotency.Route = "batch"
		ids[k.acceptAll(batch)[0].ID] = true
		ids[k.acceptAll(withKey(p, "KEY", "another body"))[0].ID] = true
		k.same(len(ids), 4)
	})
	fact(t, open, "ForADay", func(t *testing.T, k *kit) {
		p := withKey(k.params(k.event()), "key", "body")
		first := k.acceptAll(p)
		p.AcceptedAt = Start.Add(store.IdempotencyKept - time.Millisecond)
		k.same(k.acceptAll(p), repeated(first))
		p = withKey(p, "key", "another body")
		p.AcceptedAt = Start.Add(store.IdempotencyKept)
		second := k.acceptAll(p)
		if second[0].ID == first[0].ID {
			t.Fatal("the key is remembered for longer than a day")
		}
		p.AcceptedAt = p.AcceptedAt.Add(time.Hour)
		k.same(k.acceptAll(p), repeated(second))
	})
	fact(t, open, "ARefusalIsNotKept", func(_ *testing.T, k *kit) {
		p := withKey(k.params(k.event()), "key", "body")
		p.RegistryVersion++
		_, err := k.Accept(k.ctx(), p)
		k.is(err, webhook.ErrStale)
		k.acceptAll(withKey(k.params(k.event()), "key", "another body"))
	})
}

func newestAt(t *testing.T, open opener) {
	k := open(t)
	newest := func(want time.Time) {
		t.Helper()
		at, err := k.NewestAt(k.ctx())
		k.is(err, nil)
		if !at.Equal(want) {
			t.Errorf("the newest was accepted at %v, want %v", at, want)
		}
	}
	newest(time.Time{})
	p := k.params(k.event())
	k.acceptAll(p)
	newest(p.AcceptedAt)
	k.AddTenant(t, "other")
	for _, moved := range []time.Duration{time.Minute, -time.Hour} { // as the clock goes, back as well
		p := k.params(k.event())
		p.Tenant, p.AcceptedAt = "other", p.AcceptedAt.Add(moved)
		k.acceptAll(p)
		newest(p.AcceptedAt)
	}
	k.reopen()
	newest(p.AcceptedAt.Add(-time.Hour))
}

func firstAnswer(t *testing.T, open opener) {
	fact(t, open, "IsWhatAcceptSaid", func(_ *testing.T, k *kit) {
		p := withKey(k.params(k.event(), k.event()), "key", "body")
		_, err := k.FirstAnswer(k.ctx(), p.Tenant, *p.Idempotency, Start)
		k.is(err, webhook.ErrNotFound)
		first := k.acceptAll(p)
		again, err := k.FirstAnswer(k.ctx(), p.Tenant, *p.Idempotency, Start)
		k.is(err, nil)
		k.same(again, repeated(first))
	})
	fact(t, open, "AnotherBodyIsRefused", func(_ *testing.T, k *kit) {
		k.acceptAll(withKey(k.params(k.event()), "key", "body"))
		_, err := k.FirstAnswer(k.ctx(), webhook.DefaultTenant, *withKey(k.params(), "key", "another body").Idempotency, Start)
		k.is(err, webhook.ErrKeyReused)
	})
	fact(t, open, "TenantRouteAndKeyAreApart", func(t *testing.T, k *kit) {
		k.AddTenant(t, "other")
		p := withKey(k.params(k.event()), "key", "body")
		k.acceptAll(p)
		_, err := k.FirstAnswer(k.ctx(), "other", *p.Idempotency, Start)
		k.is(err, webhook.ErrNotFound)
		_, err = k.FirstAnswer(k.ctx(), p.Tenant, *withKey(p, "KEY", "body").Idempotency, Start)
		k.is(err, webhook.ErrNotFound)
		batch := *p.Idempotency
		batch.Route = "batch"
		_, err = k.FirstAnswer(k.ctx(), p.Tenant, batch, Start)
		k.is(err, webhook.ErrNotFound)
	})
	fact(t, open, "ForADay", func(_ *testing.T, k *kit) {
		p := withKey(k.params(k.event()), "key", "body")
		first := k.acceptAll(p)
		again, err := k.FirstAnswer(k.ctx(), p.Tenant, *p.Idempotency, Start.Add(store.IdempotencyKept-time.Millisecond))
		k.is(err, nil)
		k.same(again, repeated(first))
		_, err = k.FirstAnswer(k.ctx(), p.Tenant, *p.Idempotency, Start.Add(store.IdempotencyKept))
		k.is(err, webhook.ErrNotFound)
	})
}

func idempotencyTogether(t *testing.T, open opener) {
	fact(t, open, "ManyAtOnce", func(t *testing.T, k *kit) {
		w := k.webhook()
		p := withKey(k.params(k.event(w.Number)), "key", "body")
		ids := make([]webhook.EventID, 40)
		var accepting sync.WaitGroup
		for i := range ids {
			accepting.Go(func() {
				accepted, err := k.Accept(k.ctx(), p)
				if err != nil {
					t.Error(err)
					return
				}
				ids[i] = accepted[0].ID
			})
		}
		accepting.Wait()
		k.same(len(slices.Compact(ids)), 1)
		k.same(k.listEvents(store.EventQuery{}), ids[:1])
		k.same(len(k.claim(w.Number)), 1)
	})
	fact(t, open, "InOneCommit", func(_ *testing.T, k *kit) {
		p := k.params(k.event())
		answers := make([][]store.Accepted, 4)
		accept := func(i int, body string) func() error {
			return func() (err error) {
				answers[i], err = k.Accept(k.ctx(), withKey(p, "key", body))
				return err
			}
		}
		errs := k.together(accept(0, "body"), accept(1, "body"), accept(2, "another"), accept(3, "body"))
		k.same([]bool{errs[0] == nil, errs[1] == nil, errs[3] == nil}, []bool{true, true, true})
		k.is(errs[2], webhook.ErrKeyReused)
		k.same(answers[1], repeated(answers[0]))
		k.same(answers[3], repeated(answers[0]))
		k.same(k.listEvents(store.EventQuery{}), []webhook.EventID{answers[0][0].ID})
	})
}

func handoffInOrder(t *testing.T, open opener) {
	fact(t, open, "LeasedAfterTheCommit", func(t *testing.T, k *kit) {
		two := k.webhooks(2)
		to := &handoff{}
		p := k.params(k.event(two...), k.event(two[0]))
		p.Handoff = to
		accepted := k.acceptAll(p)
		jobs := to.jobs()
		k.same([]int64{jobs[0].Webhook, jobs[1].Webhook, jobs[2].Webhook}, []int64{two[0], two[1], two[0]})
		first := jobs[0]
		want := webhook.Job{
			Lease: webhook.Lease{Delivery: first.Delivery, Process: k.process, Claims: 1}, Event: accepted[0].ID,
			EventType: "User.Created", Tenant: webhook.DefaultTenant, Webhook: two[0], Payload: p.Events[0].Payload,
			Weight: first.Weight, AcceptedAt: Start, DueAt: Start, Attempt: 1,
		}
		k.same(first, want)
		if total := first.Weight + jobs[1].Weight; total < len(want.Payload.Posted) {
			t.Fatalf("the jobs of an event weigh %d, its payload %d", total, len(want.Payload.Posted))
		}
		k.same(len(k.claim(two...)), 0)
		k.finish(k.succeeded(jobs[0]), k.succeeded(jobs[1]), k.succeeded(jobs[2]))
		k.state(first.Delivery, webhook.StateSucceeded)
		k.same(to.owed(), 0)
	})
	fact(t, open, "AllOfItFromManyAtATime", func(t *testing.T, k *kit) {
		numbers := k.webhooks(3)
		var asked atomic.Int64
		to := &handoff{room: func(int64, int) bool { return asked.Add(1)%3 != 0 }}
		eachInTurn(k, to, numbers)
		k.same(to.owed(), 0)
		seen := map[webhook.DeliveryID]bool{}
		jobs := to.jobs()
		for left := k.claim(numbers...); len(left) > 0; left = k.claim(numbers...) {
			jobs = append(jobs, left...)
		}
		for _, job := range jobs {
			if seen[job.Delivery] {
				t.Fatalf("delivery %s came twice", job.Delivery)
			}
			seen[job.Delivery] = true
		}
		k.same(len(seen), callers*turns/2*(1+manyEvents)*len(numbers))
	})
	fact(t, open, "AfterAnAnswer", func(t *testing.T, k *kit) {
		numbers := k.webhooks(3)
		to := &handoff{}
		inTurn := eachInTurn(k, to, numbers)
		place := map[webhook.EventID]int{}
		for i, job := range to.jobs() {
			place[job.Event] = i
		}
		for _, ids := range inTurn {
			k.same(len(ids), turns/2*(1+manyEvents))
			for i, id := range ids {
				if i > 0 && (id <= ids[i-1] || place[id] <= place[ids[i-1]]) {
					t.Fatalf("%s was accepted after %s, and handed over at %d after %d", id, ids[i-1], place[id], place[ids[i-1]])
				}
			}
		}
	})
	fact(t, open, "TheBodyIsThatOfALaterClaim", func(_ *testing.T, k *kit) {
		w := k.webhook()
		to := &handoff{}
		p := k.params(k.event(w.Number))
		p.AcceptedAt = Start.Add(999_999)
		p.Events[0].Payload.CreatedAt = p.AcceptedAt.In(time.FixedZone("", 3600))
		p.Handoff = to
		k.acceptAll(p)
		job := to.jobs()[0]
		k.ok(k.Store.Release(k.ctx(), []webhook.Lease{job.Lease}))
		k.same(string(k.claimOne(w.Number).Payload.Body(w.ID)), string(job.Payload.Body(w.ID)))
	})
}

const (
	// callers accept at the same time, each in so many turns, by turns a lone event and
	// manyEvents in one call, which are more rows than a store takes for few.
	callers, turns, manyEvents = 12, 6, 40
)

// eachInTurn accepts from many callers, each of which waits for its answers, and returns
// the events that each has accepted.
func eachInTurn(k *kit, to *handoff, numbers []int64) [][]webhook.EventID {
	k.t.Helper()
	lone := k.params(k.event(numbers...))
	many := k.params()
	for range manyEvents {
		many.Events = append(many.Events, k.event(numbers...))
	}
	lone.Handoff, many.Handoff = to, to
	ids := make([][]webhook.EventID, callers)
	var accepting sync.WaitGroup
	for caller := range callers {
		accepting.Go(func() {
			for turn := range turns {
				p := lone
				if (caller+turn)%2 == 0 {
					p = many
				}
				accepted, err := k.Accept(k.ctx(), p)
				if err != nil {
					k.t.Error(err)
				}
				for _, a := range accepted {
					ids[caller] = append(ids[caller], a.ID)
				}
			}
		})
	}
	accepting.Wait()
	return ids
}

func handoffRefused(t *testing.T, open opener) {
	k := open(t)
	two := k.webhooks(2)
	to := &handoff{room: func(number int64, _ int) bool { return number == two[1] }}
	p := k.params(k.event(two...))
	p.Handoff = to
	k.acceptAll(p)
	k.same(len(to.jobs()), 1)
	k.same(to.jobs()[0].Webhook, two[1])
	k.same(to.numbers(func(h store.Handed) []int64 { return h.Waiting }), []int64{two[0]})
	job := k.claimOne(two[0])
	k.same(job.Claims, 1)
	k.same(job.Attempt, 1)
	k.same(job.Interruptions, 0)
}

func busy(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	job := k.claimOneOf(w)
	reached, release := k.Gate.Hold(t)
	p := k.params(k.event(w.Number))
	p.Events[0].Payload.Posted = append(append([]byte(`{"a":"`), bytes.Repeat([]byte("x"), 1<<20)...), `"}`...)
	var accepting sync.WaitGroup
	errs := make(chan error, 1000)
	refused := false
	for calls := 1; !refused && calls <= cap(errs); calls++ {
		accepting.Go(func() {
			_, err := k.Accept(k.ctx(), p)
			errs <- err
		})
		if calls == 1 {
			<-reached
		}
		for waited := false; !waited && !refused; {
			select {
			case err := <-errs:
				k.is(err, webhook.ErrBusy)
				refused = true
			default:
				waited = k.Waiting() >= calls
			}
		}
	}
	if !refused {
		t.Fatal("a thousand events of 1 MiB were let in at once")
	}
	// Results are not refused: they are what makes room.
	finished := make(chan []error, 1)
	accepting.Go(func() {
		outcomes, err := k.Finish(k.ctx(), []store.Result{k.succeeded(job)})
		finished <- append(outcomes, err)
	})
	release()
	accepting.Wait()
	k.same(<-finished, []error{nil, nil})
	for len(errs) > 0 {
		k.ok(<-errs)
	}
	k.accept(w.Number)
}

// claimOneOf accepts an event for the webhook and claims its delivery.
func (k *kit) claimOneOf(w webhook.Webhook) webhook.Job {
	k.t.Helper()
	k.accept(w.Number)
	return k.claimOne(w.Number)
}

func payloadBytes(t *testing.T, open opener) {
	k := open(t)
	w := k.webhook()
	payloads := []string{
		`{}`, `{ }`, "{\n\t}",
		`{"big":12345678901234567890123456789012345678901234567890,"e":1e400000,"neg":-0.0,"zeros":1.50e+007}`,
		`{"z":1,"a":2,"z":3}`,
		`{"escapes":"\u0000\u0001\ud800\uDFFF\/\u002f\u00e9"}`,
		"{\"lines\":\"a\\n\",\n\r\n \"last\" : \"b\"\n}",
		"{\"raw\":\"\x00\x01\x7f\xff\xfe\xc3\x28\"}",
		`{"é":"` + "é e\u0301 \u2028 \U0001F980" + `"}`,
		strings.Repeat(`{"a":`, 5000) + "0" + strings.Repeat("}", 5000),
		`{"long":"` + strings.Repeat("x", 1<<20-16) + `"}`,
	}
	p := k.params()
	for _, text := range payloads {
		e := k.event(w.Number)
		e.Payload.Posted = []byte(text)
		p.Events = append(p.Events, e)
	}
	p.Events[0].Payload.CreatedAt = time.Time{}
	accepted := k.acceptAll(p)
	k.kill()
	jobs := k.claim(w.Number)
	k.same(len(jobs), len(payloads))
	for i, text := range payloads {
		e := k.readEvent(accepted[i].ID)
		if string(e.Payload.Posted) != text || e.Size != len(text) {
			t.Fatalf("payload %d came back with other bytes", i)
		}
		if string(jobs[i].Payload.Posted) != text {
			t.Fatalf("payload %d is claimed with other bytes", i)
		}
		k.same(e.Payload.Composer, webhook.ComposerVersion)
		k.same(jobs[i].Payload.Composer, webhook.ComposerVersion)
	}
	if e := k.readEvent(accepted[0].ID); !e.Payload.CreatedAt.IsZero() || !jobs[0].Payload.CreatedAt.IsZero() {
		t.Fatal("an event without a time of ours got one")
	}
	for _, id := range []webhook.EventID{"", "nobody", accepted[0].ID[:20] + "!", webhook.EventID(strings.ToUpper(string(accepted[0].ID)))} {
		_, err := k.Event(k.ctx(), webhook.DefaultTenant, id)
		k.is(err, webhook.ErrNotFound)
	}
}

func eventPagesAreStable(t *testing.T, open opener) {
	fact(t, open, "WhileRowsArrive", func(_ *testing.T, k *kit) {
		var want []webhook.EventID
		for range 25 {
			want = append(want, k.accept())
		}
		slices.Reverse(want)
		var got []webhook.EventID
		for q := (store.EventQuery{Limit: 4}); ; q.Before = got[len(got)-1] {
			page := k.listEvents(q)
			if len(page) == 0 {
				break
			}
			if got = append(got, page...); len(got) > len(want) {
				break
			}
			k.accept()
		}
		k.same(got, want)
	})
	fact(t, open, "WhenTheCursorsRowIsGone", func(_ *testing.T, k *kit) {
		old, edge := k.accept(), k.accept()
		k.Clock.Advance(time.Hour)
		kept := k.accept()
		k.same(k.listEvents(store.EventQuery{Before: edge}), []webhook.EventID{old})
		k.expireAll(k.now())
		k.same(k.listEvents(store.EventQuery{Before: edge}), []webhook.EventID(nil))
		k.same(k.listEvents(store.EventQuery{}), []webhook.EventID{kept})
	})
	fact(t, open, "Filters", func(_ *testing.T, k *kit) {
		w := k.webhook()
		of := func(eventType webhook.EventType, webhooks ...int64) webhook.EventID {
			e := k.event(webhooks...)
			e.Type = eventType
			k.Clock.Advance(time.Second)
			return k.acceptAll(k.params(e))[0].ID
		}
		a, b, c := of("A", w.Number), of("B"), of("C", w.Number)
		yes, no := true, false
		for _, one := range []struct {
			q    store.EventQuery
			want []webhook.EventID
		}{
			{store.EventQuery{}, []webhook.EventID{c, b, a}},
			{store.EventQuery{Types: []webhook.EventType{"A", "C", "D"}}, []webhook.EventID{c, a}},
			{store.EventQuery{Types: []webhook.EventType{"a"}}, nil},
			{store.EventQuery{Matched: &yes}, []webhook.EventID{c, a}},
			{store.EventQuery{Matched: &no}, []webhook.EventID{b}},
			{store.EventQuery{From: Start.Add(2 * time.Second)}, []webhook.EventID{c, b}},
			{store.EventQuery{To: Start.Add(2 * time.Second)}, []webhook.EventID{b, a}},
			{store.EventQuery{From: Start.Add(2 * time.Second), To: Start.Add(2 * time.Second)}, []webhook.EventID{b}},
			{store.EventQuery{Limit: 1}, []webhook.EventID{c}},
			{store.EventQuery{Types: []webhook.EventType{"A"}, Before: b, Matched: &yes}, []webhook.EventID{a}},
		} {
			k.same(k.listEvents(one.q), one.want)
		}
	})
	fact(t, open, "TimesHoldWhenTheClockWentBack", func(_ *testing.T, k *kit) {
		ahead := k.accept()
		k.Clock.Advance(-3 * time.Hour)
		back := k.accept()
		k.same(k.listEvents(store.EventQuery{To: k.now()}), []webhook.EventID{back})
		k.same(k.listEvents(store.EventQuery{From: Start}), []webhook.EventID{ahead})
		k.same(k.list(store.DeliveryQuery{To: k.now()}), []webhook.DeliveryID(nil))
		k.kill()
		k.same(k.listEvents(store.EventQuery{To: k.now()}), []webhook.EventID{back})
	})
}
