package dispatch_test

import (
	"cmp"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/webhook"
)

// wallClock is the clock of a machine that somebody sets.
type wallClock struct{ off atomic.Int64 }

func (w *wallClock) Now() time.Time { return time.Now().Round(0).Add(time.Duration(w.off.Load())) }

func (w *wallClock) set(off time.Duration) { w.off.Store(int64(off)) }

// onWall starts the engine anew by the steady time of a wall clock.
func (e *engine) onWall() *wallClock {
	e.t.Helper()
	e.shutdown()
	w := &wallClock{}
	e.options.Clock = clock.NewSteady(w, nil)
	e.start()
	return w
}

// oneAtATime keeps to the order in which deliveries are claimed.
func oneAtATime() dispatch.Limits {
	limits := dispatch.DefaultLimits()
	limits.PerWebhook = 1
	return limits
}

// A clock that is set back, for good or for a while, holds nothing up, and nothing that
// waits is overtaken.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"by an hour": time.Hour, "by a day": 24 * time.Hour, "by ten years": 87600 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, oneAtATime(), func(e *engine) {
				w := e.onWall()
				e.webhook("a")
				e.sender.on(func(s sent) webhook.Attempt {
					pass(10 * time.Millisecond)
					if len(e.sender.requests("a")) == 1 {
						return status(500)
					}
					return status(200)
				})
				e.emit(10)
				w.set(-by)
				e.emit(10)
				e.wait(2 * time.Second)
				e.expect(20, webhook.StateSucceeded)
				inOrder := func(requests []sent) bool {
					return slices.IsSortedFunc(requests, func(a, b sent) int { return cmp.Compare(a.delivery, b.delivery) })
				}
				if got := e.sender.requests("a"); len(got) != 21 || !inOrder(slices.DeleteFunc(got, func(s sent) bool { return s.number > 1 })) {
					t.Errorf("%d requests, or not in order", len(got))
				}
			})
		})
	}
}

// Once a set-back stands, retries may take twice as long while the clock is waited for.
func TestRetriesWhileASetBackIsWaitedFor(t *testing.T) {
	inBubble(t, oneAtATime(), func(e *engine) {
		w := e.onWall()
		e.webhook("a")
		e.sender.on(func(sent) webhook.Attempt { return status(500) })
		w.set(-10 * time.Hour)
		e.wait(time.Hour)
		began := time.Now()
		e.emit(1)
		e.wait(12 * time.Minute)
		e.expect(1, webhook.StateFailed)
		want := []time.Duration{0, 2 * time.Second, 62 * time.Second, 662 * time.Second}
		got := e.sender.requests("a")
		if len(got) != len(want) {
			t.Fatalf("%d requests, want %d", len(got), len(want))
		}
		for i := range got {
			if late := got[i].at.Sub(began) - want[i]; late.Abs() > 100*time.Millisecond {
				t.Errorf("request %d came after %v, want %v", i, got[i].at.Sub(began), want[i])
			}
		}
	})
}

// A clock that is far ahead for a moment brings no retry forward, and none is lost when it
// is set right.
func TestClockAheadForAMoment(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"by an hour": time.Hour, "by a day": 24 * time.Hour, "by ten years": 87600 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, oneAtATime(), func(e *engine) {
				w := e.onWall()
				e.webhook("a")
				e.sender.on(func(sent) webhook.Attempt { return status(500) })
				e.emit(3)
				e.wait(10 * time.Second)
				w.set(by)
				e.wait(19 * time.Second)
				if got := len(e.sender.requests("")); got != 6 {
					t.Errorf("%d requests while the clock is ahead, want 6", got)
				}
				e.emit(1)
				e.wait(10 * time.Second)
				w.set(0)
				if !e.d.Progress() {
					t.Error("the dispatcher seems to be stuck")
				}
				e.wait(6 * time.Minute)
				e.expect(4, webhook.StateFailed)
				if got := len(e.sender.requests("")); got != 16 {
					t.Errorf("%d requests in the end, want 16", got)
				}
			})
		})
	}
}

// A machine that slept has lost that time: what is due meanwhile comes once it is sure.
func TestClockAheadForGood(t *testing.T) {
	inBubble(t, oneAtATime(), func(e *engine) {
		w := e.onWall()
		e.webhook("a")
		e.sender.on(func(s sent) webhook.Attempt {
			a := status(503)
			wait := time.Hour
			a.RetryAfter = &wait
			return a
		})
		e.emit(1)
		e.wait(time.Minute)
		w.set(8 * time.Hour)
		e.wait(31 * time.Second)
		if got := len(e.sender.requests("")); got != 2 {
			t.Errorf("%d requests, want 2", got)
		}
		if !e.d.Progress() {
			t.Error("the dispatcher seems to be stuck")
		}
	})
}
