package clock_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
)

const (
	day  = 24 * time.Hour
	year = 365 * day
)

// wall is the clock of a machine that somebody sets.
type wall struct {
	mu  sync.Mutex
	off time.Duration
	// fast is how much it gains in a second.
	fast  time.Duration
	began time.Time
}

func (w *wall) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	gained := time.Duration(time.Since(w.began).Seconds() * float64(w.fast))
	return time.Now().Round(0).Add(w.off + gained)
}

func (w *wall) set(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.off += by
}

// bubble is a steady clock in virtual time.
type bubble struct {
	*testing.T
	wall   *wall
	steady *clock.Steady
}

func inBubble(t *testing.T, test func(b bubble)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wall{began: time.Now()}
		test(bubble{t, w, clock.NewSteady(w, nil)})
	})
}

// ahead is by how much the clock is ahead of virtual time.
func (b bubble) ahead() time.Duration { return b.steady.Now().Sub(time.Now().Round(0)) }

// watch reads the clock every second of a while, as a server does, and checks that it never
// goes back.
func (b bubble) watch(during time.Duration) {
	b.Helper()
	before := b.steady.Now()
	for end := time.Now().Add(during); time.Now().Before(end); {
		<-time.After(time.Second)
		now := b.steady.Now()
		if now.Before(before) {
			b.Fatalf("went back by %v", before.Sub(now))
		}
		before = now
	}
}

func TestSteadyFollowsAJumpAheadOnceItStands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ by, after time.Duration }{
		"an hour": {time.Hour, 30 * time.Second}, "a day": {day, 30 * time.Second},
		"a week": {7 * day, 30 * time.Second}, "more": {7*day + time.Second, time.Hour}, "ten years": {10 * year, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b bubble) {
				b.watch(time.Hour)
				b.wall.set(c.by)
				b.steady.Now()
				b.watch(c.after - time.Second)
				if got := b.ahead(); got != 0 {
					b.Errorf("a second too early it is %v ahead", got)
				}
				b.watch(time.Second)
				if got := b.ahead(); got != c.by {
					b.Errorf("is %v ahead, want %v", got, c.by)
				}
			})
		})
	}
}

func TestSteadyDoesNotFollowWhatIsTakenBack(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{
		"6 s ahead": 6 * time.Second, "an hour ahead": time.Hour, "ten years ahead": 10 * year,
		"6 s back": -6 * time.Second, "an hour back": -time.Hour, "ten years back": -10 * year,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b bubble) {
				b.watch(time.Minute)
				b.wall.set(by)
				b.watch(29 * time.Second)
				b.wall.set(-by)
				b.watch(time.Hour)
				if got := b.ahead(); got != 0 {
					b.Errorf("is %v ahead", got)
				}
			})
		})
	}
}

// A jump does not stand while others follow it.
func TestSteadyWaitsUntilTheClockIsStill(t *testing.T) {
	inBubble(t, func(b bubble) {
		for range 10 {
			b.wall.set(time.Hour)
			b.watch(20 * time.Second)
		}
		if got := b.ahead(); got != 0 {
			b.Errorf("is %v ahead", got)
		}
		b.watch(11 * time.Second)
		if got := b.ahead(); got != 10*time.Hour {
			b.Errorf("is %v ahead in the end", got)
		}
	})
}

// A clock that was set back for good is waited for, at half speed.
func TestSteadyGoesAtHalfSpeedAfterASetBack(t *testing.T) {
	inBubble(t, func(b bubble) {
		b.wall.set(-time.Hour)
		b.steady.Now()
		b.watch(5*time.Minute - time.Second)
		if got := b.ahead(); got != 0 {
			b.Errorf("is %v ahead before the jump has stood", got)
		}
		b.watch(time.Hour)
		if got := b.ahead(); got < -31*time.Minute || got > -29*time.Minute {
			b.Errorf("is %v ahead after an hour, want half an hour behind", got)
		}
		b.watch(time.Hour + time.Second)
		if got := b.ahead(); got != -time.Hour {
			b.Errorf("is %v ahead after two hours, want what the clock shows", got)
		}
	})
}

// Small steps are made to set a clock right: ahead at once, back at half speed.
func TestSteadyTakesSmallStepsAtOnce(t *testing.T) {
	inBubble(t, func(b bubble) {
		b.wall.set(5 * time.Second)
		if got := b.ahead(); got != 5*time.Second {
			b.Errorf("is %v ahead", got)
		}
		b.wall.set(-4 * time.Second)
		b.watch(4 * time.Second)
		if got := b.ahead(); got != 3*time.Second {
			b.Errorf("is %v ahead half way", got)
		}
		b.watch(4 * time.Second)
		if got := b.ahead(); got != time.Second {
			b.Errorf("is %v ahead in the end", got)
		}
	})
}

func TestSteadyFollowsAClockThatDrifts(t *testing.T) {
	t.Parallel()
	for name, fast := range map[string]time.Duration{"fast": 100 * time.Millisecond, "slow": -100 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b bubble) {
				b.wall.fast = fast
				b.watch(10 * time.Hour)
				if got := (b.ahead() - fast*36000).Abs(); got > time.Second {
					b.Errorf("is %v from what the clock shows", got)
				}
			})
		})
	}
}

// Ages count the time that has passed: what was skipped did not.
func TestAgoIsWhatWasShown(t *testing.T) {
	inBubble(t, func(b bubble) {
		if got := b.steady.Now().Sub(b.steady.Ago(day)); got != day {
			b.Errorf("a day before the start was %v before", got)
		}
		shown := b.steady.Now()
		b.watch(time.Hour)
		b.wall.set(10 * year)
		b.watch(2 * time.Hour)
		if b.ahead() != 10*year {
			b.Fatalf("is %v ahead", b.ahead())
		}
		if got := b.steady.Ago(3 * time.Hour); !got.Equal(shown) {
			b.Errorf("three hours ago it showed %v, not %v", shown, got)
		}
		if got := b.steady.Now().Sub(b.steady.Ago(time.Minute)); got != time.Minute {
			b.Errorf("a minute ago was %v ago", got)
		}
	})
}

func TestManyLeapsAreRemembered(t *testing.T) {
	inBubble(t, func(b bubble) {
		shown := b.steady.Now()
		const leaps = 1030
		for range leaps {
			b.wall.set(time.Hour)
			b.steady.Now()
			<-time.After(5 * time.Minute)
			b.steady.Now()
		}
		if got := b.steady.Ago(leaps * 5 * time.Minute); !got.Equal(shown) {
			b.Errorf("at first it showed %v, not %v", shown, got)
		}
	})
}

// What was reached before a restart is gone on from, unless it is too far ahead.
func TestSteadyGoesOnAfterARestart(t *testing.T) {
	inBubble(t, func(b bubble) {
		for reached, want := range map[time.Duration]time.Duration{
			-time.Hour: 0, 0: 0, time.Hour: time.Hour, 7 * day: 7 * day, 7*day + time.Second: 0, 10 * year: 0,
		} {
			b.steady.Restart(time.Now().Add(reached))
			if got := b.ahead(); got != want {
				b.Errorf("after a restart %v on, it is %v ahead", reached, got)
			}
		}
		b.steady.Restart(time.Now().Add(time.Hour))
		b.watch(2*time.Hour + time.Second)
		if got := b.ahead(); got != 0 {
			b.Errorf("is %v ahead after two hours", got)
		}
	})
}

func TestJumpsAreToldOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wall{began: time.Now()}
		var told []time.Duration
		b := bubble{t, w, nil}
		b.steady = clock.NewSteady(w, func(by time.Duration) { told = append(told, by) })
		w.set(3 * time.Second)
		b.watch(time.Minute)
		w.set(-time.Hour)
		b.watch(time.Hour)
		if len(told) != 1 || told[0] != -time.Hour {
			t.Errorf("told %v", told)
		}
		w.set(time.Hour)
		b.steady.Restart(time.Time{})
		if got := b.steady.Now(); len(told) != 1 || !got.Equal(w.Now()) {
			t.Errorf("after a restart it shows %v, and has told %v", got, told)
		}
	})
}
