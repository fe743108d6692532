package dispatch_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// startsWithin is invariant I6 in numbers: however many others hang, the next
// attempt of a webhook that is well starts within this time.
const startsWithin = 250 * time.Millisecond

func hang(s sent) webhook.Attempt {
	if strings.Contains(s.host, "://well.") {
		pass(5 * time.Millisecond)
		return status(200)
	}
	pass(10 * time.Second)
	return webhook.Attempt{Outcome: webhook.OutcomeFailed, Reason: webhook.ReasonTimeout, Phase: webhook.PhaseHeaders}
}

// Row 52 of the misbehaving endpoints, and more: all of them hang at once.
func TestB52_ManyThatHangDoNotDelayOneThatIsWell(t *testing.T) {
	const rounds = 15
	const dead = 300 // together they want far more places than both pools have
	limits := dispatch.Limits{PerWebhook: 16, Fast: 64, Slow: 256, MaxJobs: 2000, MaxBytes: 16 << 20}
	inBubble(t, limits, func(e *engine) {
		e.webhook("well")
		e.emit(1) // it is known to be well
		e.wait(time.Second)
		e.webhooks(dead)
		e.sender.on(hang)
		var late []time.Duration
		for range rounds {
			accepted := time.Now()
			e.emit(1)
			e.wait(500 * time.Millisecond)
			requests := e.sender.requests("well")
			if len(requests) == 0 || requests[len(requests)-1].at.Before(accepted) {
				t.Fatalf("no attempt within 500 ms, after %v", e.sender.requests("well"))
			}
			if wait := requests[len(requests)-1].at.Sub(accepted); wait > startsWithin {
				late = append(late, wait)
			}
		}
		if len(late) > 0 {
			t.Errorf("%d of %d attempts started late: %v", len(late), rounds, late)
		}
		if most := e.sender.most; most > limits.Fast+limits.Slow {
			t.Errorf("%d attempts at a time, want at most %d", most, limits.Fast+limits.Slow)
		}
		e.sender.on(nil)
		e.wait(time.Hour)
		e.expect(rounds*(dead+1)+1, webhook.StateSucceeded)
	})
}

func TestOneThatHangsDoesNotDelayAnother(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("hanging")
		e.webhook("well")
		e.sender.on(hang)
		accepted := map[string]time.Time{}
		for range 200 {
			at := time.Now()
			id := e.emit(1)[0]
			accepted[string(id)] = at
			e.wait(10 * time.Millisecond)
		}
		e.wait(time.Second)
		well := e.sender.requests("well")
		if len(well) != 200 {
			t.Fatalf("%d attempts at the well webhook, want 200", len(well))
		}
		for i, r := range well {
			if i > 0 && r.at.Sub(well[i-1].at) > 20*time.Millisecond {
				t.Errorf("attempt %d started %v after the one before, at one event every 10 ms", i, r.at.Sub(well[i-1].at))
			}
		}
	})
}

func TestSlowEndpointKeepsItsConcurrency(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("slow")
		e.sender.on(func(sent) webhook.Attempt { pass(1500 * time.Millisecond); return status(200) })
		e.emit(640)
		e.wait(10 * 1600 * time.Millisecond)
		e.expect(640, webhook.StateSucceeded) // ten rounds of 64
	})
}

func TestBoundsOfOneLane(t *testing.T) {
	limits := dispatch.Limits{PerWebhook: 4, Fast: 64, Slow: 64, MaxJobs: 1000, MaxBytes: 1 << 20}
	inBubble(t, limits, func(e *engine) {
		e.webhook("burst")
		e.sender.on(func(sent) webhook.Attempt { pass(50 * time.Millisecond); return status(200) })
		e.emit(100)
		for range 20 {
			e.wait(10 * time.Millisecond)
			if held := e.d.Stats().Held; held > 2*limits.PerWebhook {
				t.Fatalf("the lane holds %d, want at most %d", held, 2*limits.PerWebhook)
			}
		}
		e.wait(time.Minute)
		e.expect(100, webhook.StateSucceeded)
		if e.sender.most != limits.PerWebhook {
			t.Errorf("%d attempts at a time, want %d", e.sender.most, limits.PerWebhook)
		}
		if s := e.d.Stats(); s.Held != 0 || s.HeldBytes != 0 || s.InFlightFast != 0 || s.InFlightSlow != 0 {
			t.Errorf("after the work the dispatcher still counts %+v", s)
		}
	})
}

func TestFirstAttemptsStartInTheOrderOfAcceptance(t *testing.T) {
	limits := dispatch.Limits{PerWebhook: 1, Fast: 64, Slow: 64, MaxJobs: 1000, MaxBytes: 1 << 20}
	inBubble(t, limits, func(e *engine) {
		e.webhook("ordered")
		e.sender.on(func(sent) webhook.Attempt { pass(time.Millisecond); return status(200) })
		for range 10 { // some are handed over, some overflow into the store
			e.emit(5)
			e.wait(2 * time.Millisecond)
		}
		e.wait(time.Minute)
		var ids []webhook.DeliveryID
		for _, r := range e.sender.requests("") {
			ids = append(ids, r.delivery)
		}
		if len(ids) != 50 || !slices.IsSorted(ids) {
			t.Errorf("%d attempts, in order: %v", len(ids), slices.IsSorted(ids))
		}
	})
}

// slowCommit is a dispatcher that hears of commits late.
type slowCommit struct {
	*dispatch.Dispatcher
	by atomic.Int64
}

func (s *slowCommit) Committed(h store.Handed) {
	pass(time.Duration(s.by.Load()))
	s.Dispatcher.Committed(h)
}

// What a lane holds goes back to the store when its endpoint turns out to hang: that does
// not let those overtake it that are being committed at that moment.
func TestOrderIsKeptWhenALaneShrinksDuringACommit(t *testing.T) {
	limits := dispatch.DefaultLimits()
	limits.PerWebhook = 1
	inBubble(t, limits, func(e *engine) {
		late := &slowCommit{Dispatcher: e.d}
		e.in = ingest.New(ingest.Options{Store: e.store, Registry: e.reg, Types: e.reg, Handoff: late, Process: func() int64 { return 1 }, Clock: clock.System{}})
		e.webhook("slow")
		e.emit(1)
		e.wait(100 * time.Millisecond) // the lane is proven: it holds many
		e.sender.on(func(sent) webhook.Attempt { pass(1500 * time.Millisecond); return status(200) })
		e.emit(10)
		e.wait(950 * time.Millisecond)
		late.by.Store(int64(300 * time.Millisecond))
		e.emit(2) // while they are committed, the attempt under way turns slow
		late.by.Store(0)
		e.wait(100 * time.Millisecond)
		e.emit(2)
		e.wait(time.Minute)
		e.expect(15, webhook.StateSucceeded)
		var ids []webhook.DeliveryID
		for _, r := range e.sender.requests("") {
			ids = append(ids, r.delivery)
		}
		if len(ids) != 15 || !slices.IsSorted(ids) {
			t.Errorf("%d attempts, in the order %v", len(ids), ids)
		}
		if s := e.d.Stats(); s.Held != 0 || s.HeldBytes != 0 {
			t.Errorf("after the work the dispatcher still counts %+v", s)
		}
	})
}

// Row 51: a long outage, then an endpoint that can take only so much.
func TestB51_RecoveryAfterAnOutageIsARampNotAStorm(t *testing.T) {
	limits := dispatch.Limits{PerWebhook: 8, Fast: 64, Slow: 64, MaxJobs: 1000, MaxBytes: 1 << 20}
	inBubble(t, limits, func(e *engine) {
		e.options.Policy.Schedule = []time.Duration{time.Minute, 30 * time.Minute, time.Hour}
		e.shutdown()
		e.start()
		e.webhook("down")
		e.sender.on(func(sent) webhook.Attempt {
			return webhook.Attempt{Outcome: webhook.OutcomeFailed, Reason: webhook.ReasonConnect, Phase: webhook.PhaseConnect}
		})
		e.emit(500)
		e.wait(20 * time.Minute)
		e.expect(500, webhook.StateRetrying)
		e.sender.most = 0
		e.sender.on(func(sent) webhook.Attempt { pass(10 * time.Millisecond); return status(200) })
		e.wait(2 * time.Hour)
		e.expect(500, webhook.StateSucceeded)
		if e.sender.most > limits.PerWebhook {
			t.Errorf("%d attempts at a time after the outage, want at most %d", e.sender.most, limits.PerWebhook)
		}
	})
}

func TestLanesOfDeletedWebhooksAreForgotten(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		var created []webhook.Webhook
		for _, name := range []string{"a", "b", "c"} {
			created = append(created, e.webhook(name))
		}
		e.emit(1)
		e.wait(time.Second)
		for _, w := range created[:2] {
			if err := e.reg.Delete(context.Background(), tenant, w.ID); err != nil {
				t.Fatal(err)
			}
		}
		e.wait(2 * time.Minute)
		if lanes := e.d.Stats().Lanes; lanes != 1 {
			t.Errorf("%d lanes, want that of the one webhook left", lanes)
		}
		e.emit(1)
		e.wait(time.Second)
		e.expect(4, webhook.StateSucceeded)
	})
}

// TestAttemptsAreSharedOut is about the attempts of one webhook when there are several
// processes: each makes its share at a time, and at least one.
func TestAttemptsAreSharedOut(t *testing.T) {
	t.Parallel()
	for processes, want := range map[int]int{1: 64, 3: 21, 4: 16, 100: 1} {
		t.Run(strconv.Itoa(processes), func(t *testing.T) {
			inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
				e.d.Renewed(processes)
				e.webhook("shared")
				e.sender.on(func(sent) webhook.Attempt { pass(50 * time.Millisecond); return status(200) })
				e.emit(200)
				e.wait(time.Minute)
				e.expect(200, webhook.StateSucceeded)
				if e.sender.most != want {
					t.Errorf("one of %d makes %d attempts at a time, want %d", processes, e.sender.most, want)
				}
			})
		})
	}
}

// TestNothingStartsWithoutFreshLeases holds that a process whose leases may be void makes
// no attempt until they are fresh again.
func TestNothingStartsWithoutFreshLeases(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		var silent atomic.Bool
		e.shutdown()
		e.options.Alive = func() bool { return !silent.Load() }
		e.start()
		e.webhook("w")
		e.sender.on(func(sent) webhook.Attempt { return status(200) })
		silent.Store(true)
		e.emit(10)
		e.wait(time.Minute)
		if e.sender.most != 0 {
			t.Error("an attempt was made")
		}
		silent.Store(false)
		e.d.Renewed(1)
		e.wait(time.Minute)
		e.expect(10, webhook.StateSucceeded)
	})
}
