package dispatch_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestCrashLosesNothing(t *testing.T) {
	limits := dispatch.Limits{PerWebhook: 4, Fast: 64, Slow: 64, MaxJobs: 1000, MaxBytes: 1 << 20}
	inBubble(t, limits, func(e *engine) {
		e.webhook("surviving")
		e.sender.on(func(sent) webhook.Attempt { pass(100 * time.Millisecond); return status(200) })
		e.emit(50)
		e.wait(250 * time.Millisecond)
		e.crash()
		before := len(e.sender.requests(""))
		if before == 0 || before >= 50 {
			t.Fatalf("%d requests before the crash, want some", before)
		}
		e.start()
		e.wait(time.Minute)
		e.expect(50, webhook.StateSucceeded)

		again := map[webhook.DeliveryID]int{}
		for _, r := range e.sender.requests("") {
			again[r.delivery]++
		}
		duplicates := 0
		for _, n := range again {
			duplicates += n - 1
		}
		if len(again) != 50 || duplicates > limits.PerWebhook {
			t.Errorf("%d deliveries reached the endpoint with %d duplicates, want 50 with at most %d", len(again), duplicates, limits.PerWebhook)
		}
		interrupted := 0
		for _, d := range e.deliveries() {
			for _, a := range d.Attempts {
				if a.Outcome == webhook.OutcomeInterrupted {
					interrupted++
				}
			}
		}
		if interrupted == 0 {
			t.Error("no attempt is shown as interrupted")
		}
	})
}

func TestCrashLoopCannotSendForEver(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("poisoned")
		e.sender.on(func(sent) webhook.Attempt { pass(time.Second); return status(200) })
		e.emit(1)
		for range webhook.MaxInterruptions + 5 {
			e.wait(100 * time.Millisecond)
			e.crash()
			e.start()
		}
		e.wait(time.Minute)
		if n := len(e.sender.requests("")); n != webhook.MaxInterruptions {
			t.Errorf("%d requests, want %d", n, webhook.MaxInterruptions)
		}
		d := e.only()
		last := d.LastAttempt()
		if d.State != webhook.StateFailed || last.Reason != webhook.ReasonInterrupted || len(d.Attempts) != webhook.MaxInterruptions {
			t.Errorf("state %s after %d attempts, the last %s; want failed as interrupted", d.State, len(d.Attempts), last.Reason)
		}
	})
}

// What is held when a process crashes counts as interrupted, sent or not. What only waited
// must not fail for it, however often that happens.
func TestCrashLoopSparesWhatWaits(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("crowded")
		var calm atomic.Bool
		e.sender.on(func(sent) webhook.Attempt {
			if !calm.Load() {
				pass(time.Second)
			}
			return status(200)
		})
		e.emit(200)
		for range webhook.MaxInterruptions + 5 {
			e.wait(100 * time.Millisecond)
			e.crash()
			e.start()
		}
		calm.Store(true)
		e.wait(time.Hour)
		failed := 0
		for _, d := range e.deliveries() {
			switch d.State {
			case webhook.StateSucceeded:
			case webhook.StateFailed:
				failed++
			default:
				t.Errorf("a delivery is still %s", d.State)
			}
		}
		if failed != 1 {
			t.Errorf("%d of 200 deliveries have failed, want the one that was attempted %d times", failed, webhook.MaxInterruptions)
		}
	})
}

func TestRetryOutlivesACrash(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("patient")
		e.sender.on(func(s sent) webhook.Attempt {
			if s.number == 1 {
				return status(500)
			}
			return status(200)
		})
		began := time.Now()
		e.emit(1)
		e.wait(500 * time.Millisecond)
		e.crash()
		e.start()
		e.wait(time.Minute)
		requests := e.sender.requests("")
		if len(requests) != 2 || requests[1].at.Sub(began) < time.Second {
			t.Fatalf("requests = %+v, want the retry when it was due", requests)
		}
		if d := e.only(); len(d.Attempts) != 2 {
			t.Errorf("%d attempts logged, want 2: a waiting retry is no hand-out", len(d.Attempts))
		}
	})
}

func TestStopDrainsAndReturnsLeases(t *testing.T) {
	limits := dispatch.Limits{PerWebhook: 2, Fast: 64, Slow: 64, MaxJobs: 1000, MaxBytes: 1 << 20}
	inBubble(t, limits, func(e *engine) {
		e.webhook("calm")
		e.sender.on(func(sent) webhook.Attempt { pass(300 * time.Millisecond); return status(200) })
		e.emit(10)
		e.wait(100 * time.Millisecond)
		began := time.Now()
		e.shutdown()
		if took := time.Since(began); took > time.Second {
			t.Errorf("stopping took %v, want no longer than the attempts under way", took)
		}
		if n := len(e.sender.requests("")); n != 2 {
			t.Errorf("%d requests, want the 2 under way to end and no other to start", n)
		}
		e.start()
		e.wait(time.Minute)
		e.expect(10, webhook.StateSucceeded)
		if n := len(e.sender.requests("")); n != 10 {
			t.Errorf("%d requests in all, want no duplicate", n)
		}
		for _, d := range e.deliveries() {
			if len(d.Attempts) != 1 {
				t.Errorf("a clean stop shows as %d attempts", len(d.Attempts))
			}
		}
	})
}

func TestStopGivesUpWhenTold(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("endless")
		e.sender.on(func(sent) webhook.Attempt { pass(10 * time.Second); return status(200) })
		e.emit(1)
		e.wait(time.Millisecond)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := e.d.Stop(ctx); err == nil {
			t.Error("stopping in the middle of an attempt is no error")
		}
		e.end()
		e.start()
		e.wait(time.Minute)
		e.expect(1, webhook.StateSucceeded)
	})
}

func TestResultsOutlastATroubledStore(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("sturdy")
		e.faulty.failNext(5)
		e.emit(20)
		e.wait(time.Minute)
		e.expect(20, webhook.StateSucceeded)
		if n := len(e.sender.requests("")); n != 20 {
			t.Errorf("%d requests, want each once", n)
		}
	})
}

func TestProgress(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.wait(time.Hour)
		if !e.d.Progress() {
			t.Error("an idle dispatcher shows no progress")
		}
		stopped := dispatch.New(e.options)
		if stopped.Progress() {
			t.Error("one that never ran shows progress")
		}
	})
}
