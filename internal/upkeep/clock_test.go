package upkeep_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/upkeep"
	"github.com/tidingshq/tidings/internal/webhook"
)

// wallClock is the clock of a machine that somebody sets.
type wallClock struct{ off atomic.Int64 }

func (w *wallClock) Now() time.Time { return time.Now().Round(0).Add(time.Duration(w.off.Load())) }

func (w *wallClock) set(off time.Duration) { w.off.Store(int64(off)) }

// onWall runs a test in virtual time on a world that goes by the steady time of a wall clock,
// with something delivered and something held.
func onWall(t *testing.T, test func(w *world, wall *wallClock, passes func(time.Duration), check func(deliveries, held, healthy int))) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wall := &wallClock{}
		steady := clock.NewSteady(wall, nil)
		w := setupWith(t, steady, func(o *upkeep.Options) { o.Ago = steady.Ago })
		lane, off := w.webhook(), w.webhook()
		w.post(3, lane.Number)
		w.deliver(lane.Number)
		w.post(2, off.Number)
		_, err := w.store.UpdateWebhook(t.Context(), webhook.DefaultTenant, off.ID, func(o *webhook.Webhook) error {
			disabled := w.clock.Now()
			o.Enabled, o.DisabledAt = false, &disabled
			return nil
		})
		w.must(err)
		passes := func(d time.Duration) {
			t.Helper()
			step := min(time.Minute, d)
			for passed := time.Duration(0); passed < d; passed += step {
				if passed%(30*time.Minute) == 0 {
					w.work()
				}
				<-time.After(step)
				w.clock.Now() // as whatever runs does again and again
			}
			w.work()
		}
		check := func(deliveries, held, healthy int) {
			t.Helper()
			waiting := 0
			found := w.deliveries()
			for _, d := range found {
				if !d.State.Ended() {
					waiting++
				}
			}
			health, err := w.store.Health(t.Context(), []int64{lane.Number}, w.clock.Now().Add(-webhook.HealthWindow))
			w.must(err)
			if len(found) != deliveries || waiting != held || health[lane.Number].RequestCount != healthy {
				t.Errorf("%d deliveries, %d held, %d requests in 24 h; want %d, %d, %d", len(found), waiting, health[lane.Number].RequestCount, deliveries, held, healthy)
			}
		}
		test(w, wall, passes, check)
	})
}

// A clock that is wrong for a moment makes nothing old, and leaves nothing behind.
func TestClockThatIsWrongForAMoment(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{
		"an hour ahead": time.Hour, "a day ahead": 24 * time.Hour, "ten years ahead": 87600 * time.Hour,
		"an hour back": -time.Hour, "a day back": -24 * time.Hour, "ten years back": -87600 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			onWall(t, func(w *world, wall *wallClock, passes func(time.Duration), check func(_, _, _ int)) {
				wall.set(by)
				passes(20 * time.Second)
				check(5, 2, 3)
				lane := w.webhook()
				w.post(1, lane.Number)
				w.deliver(lane.Number)
				wall.set(0)
				passes(23 * time.Hour)
				check(6, 2, 3)
				passes(2 * time.Hour) // retention is 24 h
				check(2, 2, 0)
				health, err := w.store.Health(w.t.Context(), []int64{lane.Number}, w.clock.Now().Add(-webhook.HealthWindow))
				if w.must(err); health[lane.Number].RequestCount != 0 {
					w.t.Errorf("what was counted meanwhile stays for ever")
				}
			})
		})
	}
}

// What a clock skips for good makes nothing older either: retention and the holding of
// deliveries count the time that passes.
func TestSkippedTimeMakesNothingOlder(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"a day": 24 * time.Hour, "ten years": 87600 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			onWall(t, func(w *world, wall *wallClock, passes func(time.Duration), check func(_, _, _ int)) {
				wall.set(by)
				passes(23 * time.Hour)
				check(5, 2, 0) // those 24 hours are over
				if ahead := time.Until(w.clock.Now()); ahead < by-time.Second {
					w.t.Fatalf("the clock is only %v ahead", ahead)
				}
				passes(2 * time.Hour)
				check(2, 2, 0)
				passes(46 * time.Hour)
				check(2, 2, 0)
				passes(2 * time.Hour) // 72 h since it was disabled
				check(2, 0, 0)
			})
		})
	}
}
