package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const tenant = webhook.DefaultTenant

// shelf is a store with the deliveries that a test has put there.
type shelf struct {
	mu      sync.Mutex
	rows    map[int64]webhook.Delivery
	reads   int
	figures int
	err     error
	// slow is how long figures take.
	slow time.Duration
}

func (s *shelf) DeliveriesByNumber(_ context.Context, numbers []int64) ([]webhook.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(numbers) > 0 {
		s.reads++
	}
	var found []webhook.Delivery
	for _, n := range numbers {
		if d, ok := s.rows[n]; ok {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b webhook.Delivery) int { return strings.Compare(string(b.ID), string(a.ID)) })
	return found, s.err
}

func (s *shelf) Health(context.Context, []int64, time.Time) (map[int64]webhook.Health, error) {
	<-time.After(s.countFigures())
	return map[int64]webhook.Health{1: {RequestCount: 3, SuccessCount: 2}, 2: {RequestCount: 1}}, nil
}

func (s *shelf) countFigures() (takes time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.figures++
	return s.slow
}

// with looks at the shelf, or changes it.
func (s *shelf) with(do func(s *shelf)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(s)
}

func (s *shelf) counted() (reads, figures int) {
	s.with(func(s *shelf) { reads, figures = s.reads, s.figures })
	return reads, figures
}

func (s *shelf) Summary(context.Context, store.SummaryQuery) (store.Summary, error) {
	return store.Summary{Counts: map[webhook.State]store.Count{webhook.StateRetrying: {N: 5}}}, nil
}

type noWebhooks struct{}

func (noWebhooks) List(webhook.TenantID) []*webhook.Webhook { return nil }

// bench is a hub that runs, in virtual time.
type bench struct {
	*Hub
	t     *testing.T
	shelf *shelf
	end   func()
}

func run(t *testing.T, test func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, shelf: &shelf{rows: map[int64]webhook.Delivery{}}}
		b.Hub = New(Options{Store: b.shelf, Webhooks: noWebhooks{}, Encode: func(data any) ([]byte, error) {
			if d, is := data.(*webhook.Delivery); is {
				return fmt.Appendf(nil, "%s %s", d.ID, d.State), nil
			}
			return json.Marshal(data)
		}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { b.Run(ctx); close(done) }()
		b.end = func() { cancel(); <-done }
		defer b.end()
		test(b)
	})
}

func (b *bench) subscribe(after string) *Stream {
	b.t.Helper()
	s, err := b.Subscribe(tenant, after)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// numberOf is the number of the n-th delivery.
func numberOf(n int) int64 { return int64(1000 * n) }

func idOf(number int64) string {
	return webhook.FormatID(number, strings.Repeat("0", webhook.SuffixLength))
}

// put stores a delivery of the tenant in a state.
func (b *bench) put(owner webhook.TenantID, number int64, state webhook.State) webhook.DeliveryID {
	b.shelf.mu.Lock()
	defer b.shelf.mu.Unlock()
	id := webhook.DeliveryID(idOf(number))
	b.shelf.rows[number] = webhook.Delivery{ID: id, Tenant: owner, State: state}
	return id
}

// told is what the stream has, without figures, after everything that is under way.
func (b *bench) told(s *Stream) (all []string) {
	b.t.Helper()
	<-time.After(2 * gatherFor)
	synctest.Wait()
	return b.have(s)
}

// have is what the stream has at the moment.
func (b *bench) have(s *Stream) (all []string) {
	b.t.Helper()
	for {
		messages, _, err := s.Take()
		if err != nil {
			b.t.Fatal(err)
		}
		for _, m := range messages {
			if m.ID == "" {
				b.t.Errorf("a message without an identifier: %+v", m)
			}
			if m.Kind != KindStats {
				all = append(all, string(m.Kind)+" "+string(m.Text))
			}
		}
		if len(messages) == 0 {
			return all
		}
	}
}

func (b *bench) same(got, want any) {
	b.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestHintsBecomeRows(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		s := b.subscribe("")
		defer s.Close()
		event := numberOf(1)
		created, other := b.put(tenant, event+1, webhook.StatePending), b.put(tenant, numberOf(2), webhook.StateRetrying)
		b.Accepted(tenant, Event{ID: webhook.EventID(idOf(event)), Deliveries: 1})
		b.Changed(tenant, other)
		b.Changed(tenant, other)
		b.Changed(tenant, created) // it is still new to whoever watches
		b.Changed(tenant, webhook.DeliveryID(idOf(77)))
		b.Changed(tenant, "no identifier")
		got := b.told(s)
		if len(got) != 3 || !strings.HasPrefix(got[0], "event.accepted ") {
			t.Fatalf("got %v", got)
		}
		b.same(got[1:], []string{"delivery.created " + string(created) + " pending", "delivery.updated " + string(other) + " retrying"})
		b.put(tenant, event+1, webhook.StateSucceeded)
		b.Changed(tenant, created)
		b.same(b.told(s), []string{"delivery.updated " + string(created) + " succeeded"})
	})
}

func TestWebhooksAndMessages(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		s := b.subscribe("")
		defer s.Close()
		now := time.Now()
		b.WebhookChanged([]webhook.Webhook{
			{ID: "a", Tenant: tenant, Version: 1, CreatedAt: now, UpdatedAt: now},
			{ID: "b", Tenant: tenant, Version: 2, CreatedAt: now, UpdatedAt: now.Add(time.Second)},
			{ID: "c", Tenant: tenant, Version: 3, CreatedAt: now, UpdatedAt: now, DeletedAt: &now},
			{ID: "d", Tenant: "other", Version: 4},
		})
		b.Received(tenant, Received{Inbox: "i", Number: 7})
		b.Lost()
		got := b.told(s)
		b.same(got[:3], []string{
			`webhook.updated {"ID":"a","Version":1,"Change":"created"}`, `webhook.updated {"ID":"b","Version":2,"Change":"changed"}`,
			`webhook.updated {"ID":"c","Version":3,"Change":"deleted"}`,
		})
		if len(got) != 5 || !strings.Contains(got[3], `"Inbox":"i","Number":7`) || got[4] != `resync {"Reason":"missed"}` {
			t.Errorf("got %v", got)
		}
	})
}

func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		mine := b.subscribe("")
		defer mine.Close()
		theirs, err := b.Subscribe("other", "")
		if err != nil {
			t.Fatal(err)
		}
		defer theirs.Close()
		id, foreign := b.put(tenant, numberOf(1), webhook.StatePending), b.put("other", numberOf(2), webhook.StatePending)
		b.Changed(tenant, id)
		b.Changed("other", foreign)
		b.Changed("other", id) // a hint that is wrong shows nothing
		b.Received(tenant, Received{Inbox: "i"})
		if got := b.told(mine); len(got) != 2 {
			t.Errorf("mine: %v", got)
		}
		b.same(b.have(theirs), []string{"delivery.updated " + string(foreign) + " pending"})
		if place, known := theirs.topic.placeOf(mine.topic.idOf(1)); known {
			t.Errorf("a place of another tenant is known: %d", place)
		}
	})
}

// Twenty in a second are told one by one, more are counted and not read.
func TestBurst(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		s := b.subscribe("")
		defer s.Close()
		began := time.Now().UTC()
		var ids []webhook.DeliveryID
		for i := range perSecond + 1 {
			ids = append(ids, b.put(tenant, numberOf(i+1), webhook.StatePending))
		}
		for _, id := range ids[:perSecond] {
			b.Changed(tenant, id)
		}
		if got := b.told(s); len(got) != perSecond {
			t.Fatalf("%d messages", len(got))
		}
		<-time.After(time.Second)
		reads, _ := b.shelf.counted()
		for range 3 {
			for _, id := range ids {
				b.Changed(tenant, id)
				b.Changed(tenant, id)
			}
			b.Accepted(tenant, Event{ID: webhook.EventID(idOf(numberOf(1))), Deliveries: 500})
			<-time.After(gatherFor)
		}
		b.same(b.told(s), []string(nil))
		<-time.After(burstEvery)
		got := b.told(s)
		if len(got) != 1 || !strings.HasPrefix(got[0], `burst {"Created":1500,"Updated":126,"Accepted":3,"Since":"`) {
			t.Fatalf("got %v", got)
		}
		if now, _ := b.shelf.counted(); now != reads {
			t.Errorf("rows were read %d times", now-reads)
		}
		b.Changed(tenant, ids[0]) // in the second after: still counted
		<-time.After(burstEvery)
		got = b.told(s)
		if len(got) != 1 || !strings.HasPrefix(got[0], `burst {"Created":0,"Updated":1,"Accepted":0,`) {
			t.Fatalf("got %v", got)
		}
		b.Changed(tenant, ids[0])
		b.same(b.told(s), []string{"delivery.updated " + string(ids[0]) + " pending"})
		if since := time.Since(began); since > time.Minute {
			t.Errorf("took %v", since)
		}
	})
}

// Numbers alone make a burst.
func TestCounted(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		s := b.subscribe("")
		defer s.Close()
		b.Counted(tenant, Burst{Created: 1, Updated: 2, Accepted: 3})
		b.same(b.told(s), []string(nil))
		<-time.After(burstEvery)
		if got := b.told(s); len(got) != 1 || !strings.HasPrefix(got[0], `burst {"Created":1,"Updated":2,"Accepted":3,`) {
			t.Errorf("got %v", got)
		}
	})
}

func TestRowsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		s := b.subscribe("")
		defer s.Close()
		b.shelf.with(func(s *shelf) { s.err = errors.New("out of order") })
		b.Changed(tenant, b.put(tenant, numberOf(1), webhook.StatePending))
		b.same(b.told(s), []string{`resync {"Reason":"missed"}`})
	})
}

func TestFiguresAreToldWhenTheyChange(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		s := b.subscribe("")
		defer s.Close()
		stats := func() (n int) {
			synctest.Wait()
			messages, _, err := s.Take()
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range messages {
				if m.Kind == KindStats {
					n++
					b.same(string(m.Text), `{"Health":{"RequestCount":4,"SuccessCount":2},"Pending":0,"Retrying":5,"Held":0}`)
				}
			}
			return n
		}
		<-time.After(gatherFor)
		b.same(stats(), 1) // for whoever has come
		<-time.After(10 * statsEvery)
		b.same(stats(), 0)
		for range 40 {
			b.Changed(tenant, webhook.DeliveryID(idOf(5)))
			<-time.After(gatherFor)
		}
		b.same(stats(), 2)
		b.shelf.with(func(s *shelf) { s.slow = time.Second })
		<-time.After(statsEvery)
		stats()
		_, read := b.shelf.counted()
		for range 10 * int(statsShare) {
			b.Changed(tenant, webhook.DeliveryID(idOf(5)))
			<-time.After(gatherFor)
		}
		_, now := b.shelf.counted()
		if read = now - read; read > 2 {
			t.Errorf("figures that take a second were read %d times in %v", read, 10*statsShare*gatherFor)
		}
	})
}

func TestStreamGoesOnBehindAMessage(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		first := b.subscribe("")
		say := func(inbox string) {
			b.Received(tenant, Received{Inbox: inbox})
			<-time.After(2 * gatherFor)
			synctest.Wait()
		}
		say("one")
		messages, _, err := first.Take()
		if err != nil {
			t.Fatal(err)
		}
		last := messages[len(messages)-1].ID
		first.Close()
		say("two") // nobody listens, but somebody may come back
		second := b.subscribe(last)
		defer second.Close()
		if got := b.have(second); len(got) != 1 || !strings.Contains(got[0], `"two"`) {
			t.Errorf("got %v", got)
		}
		for _, unknown := range []string{"-", "x-1", strings.Replace(last, "-", "-9", 1), second.topic.epoch + "--1", second.topic.epoch + "-"} {
			third := b.subscribe(unknown)
			b.same(b.have(third), []string{`resync {"Reason":"unknown"}`})
			third.Close()
		}
	})
}

// After five minutes a message is gone, and a tenant that nobody watches is cold.
func TestMessagesAreKeptForFiveMinutes(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		s := b.subscribe("")
		<-time.After(2 * gatherFor)
		messages, _, err := s.Take()
		if err != nil || len(messages) != 1 {
			t.Fatalf("%v %v", messages, err)
		}
		place := messages[0].ID
		b.Received(tenant, Received{})
		b.told(s)
		<-time.After(keptFor - time.Second)
		behind := b.subscribe(place)
		if got := b.have(behind); len(got) != 1 || strings.HasPrefix(got[0], "resync") {
			t.Errorf("in time: %v", got)
		}
		behind.Close()
		<-time.After(2 * time.Second)
		late := b.subscribe(place)
		b.same(b.have(late), []string{`resync {"Reason":"unknown"}`})
		late.Close()
		s.Close()
		<-time.After(keptFor - time.Second)
		b.same(b.Watched(), true)
		<-time.After(2 * time.Second)
		synctest.Wait()
		b.same(b.Watched(), false)
		b.same(b.bytes.Load(), int64(0))
		again := b.subscribe(place)
		defer again.Close()
		b.same(b.have(again), []string{`resync {"Reason":"unknown"}`})
	})
}

func TestSlowStreamEnds(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		slow, quick := b.subscribe(""), b.subscribe("")
		defer slow.Close()
		defer quick.Close()
		for range maxKept/maxSayings + 1 {
			for range maxSayings {
				b.Received(tenant, Received{Inbox: "i"})
			}
			b.told(quick)
		}
		if _, _, err := slow.Take(); !errors.Is(err, ErrSlow) {
			t.Errorf("got %v", err)
		}
		bye, err := slow.Bye(ByeSlow)
		if err != nil || bye.ID == "" || string(bye.Text) != `{"Reason":"slow"}` {
			t.Errorf("bye: %+v, %v", bye, err)
		}
	})
}

func TestSayingsAreBounded(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		s := b.subscribe("")
		defer s.Close()
		for range 2 * maxSayings {
			b.Received(tenant, Received{Inbox: "i"})
		}
		got := b.told(s)
		if len(got) != maxSayings+1 || got[maxSayings] != `resync {"Reason":"missed"}` {
			t.Errorf("%d messages, the last %s", len(got), got[len(got)-1])
		}
	})
}

func TestBytesOfATenantAreBounded(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		s := b.subscribe("")
		defer s.Close()
		for range 40 {
			b.Received(tenant, Received{Inbox: strings.Repeat("x", 100<<10)})
			b.told(s)
		}
		if kept := b.bytes.Load(); kept > maxKeptBytes || kept < maxKeptBytes/2 {
			t.Errorf("%d bytes", kept)
		}
	})
}

func TestBytesOfAllTenantsAreBounded(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		var streams []*Stream
		for i := range 3 * maxAllBytes / maxKeptBytes / 2 {
			other := webhook.TenantID(fmt.Sprint(i))
			s, err := b.Subscribe(other, "")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			streams = append(streams, s)
			for range 60 {
				b.Received(other, Received{Inbox: strings.Repeat("x", 20<<10)})
			}
		}
		<-time.After(2 * gatherFor)
		synctest.Wait()
		if kept := b.bytes.Load(); kept > maxAllBytes+int64(len(streams)*leastKept*21<<10) || kept < maxAllBytes/2 {
			t.Errorf("%d bytes", kept)
		}
	})
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		var open []*Stream
		for i := 0; ; i++ {
			s, err := b.Subscribe(webhook.TenantID(fmt.Sprint(i/MaxOfTenant)), "")
			if errors.Is(err, ErrTooMany) {
				break
			}
			open = append(open, s)
		}
		b.same(len(open), MaxStreams)
		open[0].Close()
		if _, err := b.Subscribe("1", ""); !errors.Is(err, ErrTooMany) {
			t.Errorf("one more of a tenant: %v", err)
		}
		open[0] = b.subscribe("")
		for _, s := range open {
			s.Close()
		}
		// Those that nobody watches any more are bounded too.
		for i := range 2 * maxWarm {
			s, err := b.Subscribe(webhook.TenantID(fmt.Sprint("t", i)), "")
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
		}
		<-time.After(2 * gatherFor)
		synctest.Wait()
		b.same(b.watched.Load(), int64(maxWarm))
	})
}

func TestEnd(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		s := b.subscribe("")
		defer s.Close()
		b.End()
		b.End()
		select {
		case <-s.Ended():
		default:
			t.Error("the stream does not know")
		}
		if _, err := b.Subscribe(tenant, ""); !errors.Is(err, ErrEnded) {
			t.Errorf("got %v", err)
		}
	})
}

// Hints of which nobody hears are free, and harmless without a hub.
func TestNobodyWatches(t *testing.T) {
	for _, h := range []*Hub{nil, New(Options{})} {
		h.Accepted(tenant, Event{})
		h.Changed(tenant, webhook.DeliveryID(idOf(1)))
		h.Counted(tenant, Burst{})
		h.WebhookChanged([]webhook.Webhook{{}})
		h.Received(tenant, Received{})
		h.Lost()
		if n := testing.AllocsPerRun(100, func() { h.Changed(tenant, "0123456789abcdefghijk") }); n != 0 || h.Watched() {
			t.Errorf("%v allocations", n)
		}
	}
}

func BenchmarkChangedUnwatched(b *testing.B) {
	h := New(Options{})
	id := webhook.DeliveryID(idOf(1))
	for b.Loop() {
		h.Changed(tenant, id)
	}
}
