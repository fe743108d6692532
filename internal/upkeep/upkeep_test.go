package upkeep_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/upkeep"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a store whose steps answer what a test has prepared: the rows of each step,
// or an error. Usage is read, and what is unfinished counted, by a goroutine each.
type fake struct {
	store.Upkeep

	usage              store.Usage
	usageErr, stepErr  error
	deleted, held, old []int // what each step removes; after them nothing is left
	usages, reclaims   int
	spare              int64 // what Trim gives back
	trims              int
	trimErr            error
	counting           time.Duration // how long a count takes
	counts             int
	countErr           error
	oldest             time.Time
	deletedSteps       []time.Time
	heldBefore         []time.Time
	expired            []store.ExpireParams
	limits             map[int]bool
	onStep             func()
	purging, purges    int // how many steps of purging there are, and were
}

func (f *fake) step(left *[]int, limit int) (int, error) {
	if f.limits == nil {
		f.limits = map[int]bool{}
	}
	f.limits[limit] = true
	if f.onStep != nil {
		f.onStep()
	}
	if f.stepErr != nil {
		return 0, f.stepErr
	}
	if len(*left) == 0 {
		return 0, nil
	}
	n := (*left)[0]
	*left = (*left)[1:]
	return n, nil
}

func (f *fake) Usage(context.Context) (store.Usage, error) {
	f.usages++
	return f.usage, f.usageErr
}

func (f *fake) Unfinished(context.Context) (store.Unfinished, error) {
	<-time.After(f.counting)
	f.counts++
	return store.Unfinished{Deliveries: int64(f.counts), OldestDueAt: f.oldest}, f.countErr
}

func (f *fake) CancelDeleted(_ context.Context, now time.Time, _ int64, limit int) (int, error) {
	f.deletedSteps = append(f.deletedSteps, now)
	return f.step(&f.deleted, limit)
}

func (f *fake) CancelHeld(_ context.Context, before, _ time.Time, _ int64, limit int) (int, error) {
	f.heldBefore = append(f.heldBefore, before)
	return f.step(&f.held, limit)
}

func (f *fake) Expire(_ context.Context, p store.ExpireParams) (int, bool, error) {
	f.expired = append(f.expired, p)
	removed, err := f.step(&f.old, p.Limit)
	return removed, removed >= p.Limit, err
}

func (f *fake) Reclaim(context.Context) error {
	f.reclaims++
	return f.stepErr
}

func (f *fake) Trim(context.Context) error {
	f.trims++
	if f.trimErr == nil {
		f.usage.Bytes -= f.spare
	}
	return f.trimErr
}

func (f *fake) PurgeTenants(_ context.Context, _ int64, limit int) (bool, error) {
	f.limits[limit] = true
	f.purges++
	f.purging--
	return f.purging > 0, f.stepErr
}

// keep is an Upkeep on the store, with its log.
func keep(s store.Upkeep, c clock.Clock, change ...func(*upkeep.Options)) (*upkeep.Upkeep, *bytes.Buffer) {
	log := &bytes.Buffer{}
	o := upkeep.Options{
		Store: s, Process: func() int64 { return 7 }, Clock: c, Logger: slog.New(slog.NewTextHandler(log, nil)), Retention: 24 * time.Hour, HoldFor: 72 * time.Hour,
	}
	for _, c := range change {
		c(&o)
	}
	return upkeep.New(o), log
}

// run lets it work for a while of virtual time and returns when it has ended.
func run(t *testing.T, u *upkeep.Upkeep, during time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		u.Run(ctx)
	}()
	<-ctx.Done()
	synctest.Wait()
	select {
	case <-ended:
	default:
		t.Fatal("it goes on after the end of its context")
	}
}

func TestRhythm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		u, log := keep(f, clock.System{})
		began := time.Now()
		run(t, u, 35*time.Second+time.Millisecond)
		if f.usages != 35 || len(f.deletedSteps) != 35 || len(f.heldBefore) != 35 {
			t.Errorf("in 35 s: usage read %d times, cancelled %d and %d times", f.usages, len(f.deletedSteps), len(f.heldBefore))
		}
		var swept []time.Duration
		for _, p := range f.expired {
			swept = append(swept, p.Now.Sub(began))
		}
		if diff := cmp.Diff([]time.Duration{time.Second, 11 * time.Second, 21 * time.Second, 31 * time.Second}, swept); diff != "" || f.reclaims != 4 {
			t.Errorf("%d times space was reclaimed; retention ran at (-want +got):\n%s", f.reclaims, diff)
		}
		if log.Len() > 0 {
			t.Errorf("logged: %s", log)
		}
	})
}

// The rhythm is that of the time that passes, whatever a clock shows.
func TestRhythmOfAClockThatJumps(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"ahead": time.Hour, "back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, c := &fake{}, clock.NewFake(time.Now())
				f.onStep = func() { c.Advance(by) }
				u, _ := keep(f, c)
				run(t, u, 35*time.Second+time.Millisecond)
				if len(f.expired) != 4 {
					t.Errorf("retention ran %d times in 35 s, want 4", len(f.expired))
				}
			})
		})
	}
}

func TestStepsAreRepeatedWhileFull(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	f := &fake{deleted: []int{1000, 999, 5}, held: []int{1000, 1000}, old: []int{1000, 4000, 0, 7}}
	u, _ := keep(f, clock.NewFake(now))
	if err := u.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := u.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.deletedSteps) != 2 || len(f.heldBefore) != 3 || len(f.expired) != 3 || f.reclaims != 1 {
		t.Errorf("steps: %d of deleted, %d of held, %d of retention, %d of space", len(f.deletedSteps), len(f.heldBefore), len(f.expired), f.reclaims)
	}
	if diff := cmp.Diff(store.ExpireParams{Now: now, Before: now.Add(-24 * time.Hour), Limit: 1000}, f.expired[0]); diff != "" {
		t.Errorf("a step of retention (-want +got):\n%s", diff)
	}
	if !f.heldBefore[0].Equal(now.Add(-72*time.Hour)) || !f.deletedSteps[0].Equal(now) {
		t.Errorf("held since before %v, deleted at %v", f.heldBefore[0], f.deletedSteps[0])
	}
	if diff := cmp.Diff(map[int]bool{1000: true}, f.limits); diff != "" {
		t.Errorf("bounds of the steps (-want +got):\n%s", diff)
	}
}

func TestEndsWithinARowOfSteps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f := &fake{deleted: make([]int, 100)}
		for i := range f.deleted {
			f.deleted[i] = 1000
		}
		f.onStep = func() {
			if len(f.deletedSteps) == 5 {
				cancel()
			}
		}
		u, log := keep(f, clock.System{})
		u.Run(ctx)
		if len(f.deletedSteps) != 5 || len(f.heldBefore)+len(f.expired) != 0 || log.Len() > 0 {
			t.Errorf("after %d steps: %d, %d more, log %q", len(f.deletedSteps), len(f.heldBefore), len(f.expired), log)
		}
	})
}

func TestErrorsDoNotEndIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{usageErr: errors.New("no such volume"), stepErr: errors.New("database is locked")}
		u, log := keep(f, clock.System{})
		run(t, u, 12*time.Second+time.Millisecond)
		if f.usages != 12 || len(f.deletedSteps) != 12 || len(f.expired) != 2 {
			t.Errorf("in 12 s: usage read %d times, cancelled %d times, retention ran %d times", f.usages, len(f.deletedSteps), len(f.expired))
		}
		for _, want := range []string{
			"read usage: no such volume", "cancel deliveries of deleted webhooks: database is locked", "expire: database is locked",
		} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("not logged: %s", want)
			}
		}
	})
	t.Run("NotEvenThatOfTheEnd", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			f := &fake{stepErr: context.Canceled}
			f.onStep = cancel
			u, log := keep(f, clock.System{})
			if u.Run(ctx); log.Len() > 0 {
				t.Errorf("logged: %s", log)
			}
		})
	})
	t.Run("ReclaimIsNamed", func(t *testing.T) {
		t.Parallel()
		u, _ := keep(&brokenReclaim{}, clock.System{})
		if err := u.Sweep(t.Context()); err == nil || err.Error() != "reclaim space: disk I/O error" {
			t.Errorf("got %v", err)
		}
	})
}

type brokenReclaim struct{ fake }

func (*brokenReclaim) Reclaim(context.Context) error { return errors.New("disk I/O error") }

func TestSweepPurgesTenantsUntilNothingIsLeft(t *testing.T) {
	t.Parallel()
	f := &fake{purging: 7}
	u, _ := keep(f, clock.System{})
	if err := u.Sweep(t.Context()); err != nil || f.purges != 7 || f.reclaims != 1 {
		t.Errorf("%d steps of 7, %d of giving space back, %v", f.purges, f.reclaims, err)
	}
}

func TestFull(t *testing.T) {
	t.Parallel()
	const GiB = 1 << 30
	for name, c := range map[string]struct {
		share float64
		bytes int64
		usage store.Usage
		want  bool
	}{
		"below the share":       {0.8, 0, store.Usage{VolumeUsed: 0.79, Bytes: 900 * GiB}, false},
		"at the share":          {0.8, 0, store.Usage{VolumeUsed: 0.8}, false},
		"above the share":       {0.8, 0, store.Usage{VolumeUsed: 0.81}, true},
		"below the bytes":       {0, GiB, store.Usage{VolumeUsed: 0.99, Bytes: GiB - 1}, false},
		"at the bytes":          {0, GiB, store.Usage{Bytes: GiB}, false},
		"above the bytes":       {0, GiB, store.Usage{Bytes: GiB + 1}, true},
		"unknown":               {0.8, GiB, store.Usage{}, false},
		"no bound":              {0, 0, store.Usage{VolumeUsed: 1, Bytes: 900 * GiB}, false},
		"either of both bounds": {0.8, GiB, store.Usage{VolumeUsed: 0.9, Bytes: 1}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, _ := keep(&fake{usage: c.usage}, clock.System{}, func(o *upkeep.Options) { o.MaxShare, o.MaxBytes = c.share, c.bytes })
			if u.Full() || u.Usage() != (store.Usage{}) {
				t.Error("full before usage was read")
			}
			if err := u.Watch(t.Context()); err != nil {
				t.Fatal(err)
			}
			if u.Full() != c.want || u.Usage() != c.usage {
				t.Errorf("full %t, usage %+v", u.Full(), u.Usage())
			}
		})
	}
}

func TestFullIsToldOncePerChange(t *testing.T) {
	t.Parallel()
	f := &fake{}
	u, log := keep(f, clock.System{}, func(o *upkeep.Options) { o.MaxBytes = 100 })
	watch := func(bytes int64, err error) {
		f.usage.Bytes, f.usageErr = bytes, err
		if got := u.Watch(t.Context()); !errors.Is(got, err) {
			t.Fatal(got)
		}
	}
	for _, bytes := range []int64{1, 101, 102, 101} {
		watch(bytes, nil)
	}
	if !u.Full() || strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "full=true bytes=101") {
		t.Errorf("full %t, logged:\n%s", u.Full(), log)
	}
	watch(0, errors.New("no such volume"))
	if !u.Full() || u.Usage().Bytes != 101 {
		t.Error("what was known is forgotten because it could not be read again")
	}
	watch(99, nil)
	watch(98, nil)
	if u.Full() || strings.Count(log.String(), "\n") != 2 || !strings.Contains(log.String(), "full=false bytes=99") {
		t.Errorf("full %t, logged:\n%s", u.Full(), log)
	}
}

// What the store can give back at once does not make the disk full, and is asked for only
// when it would.
func TestFullOnlyAfterTrimming(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk I/O error")
	for name, c := range map[string]struct {
		bytes, spare, left int64
		trims              int
		err                error
		full               bool
	}{
		"below":              {100, 60, 100, 0, nil, false},
		"enough is to spare": {150, 60, 90, 1, nil, false},
		"not enough is":      {170, 60, 110, 1, nil, true},
		"it does not work":   {150, 60, 150, 1, broken, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fake{usage: store.Usage{Bytes: c.bytes}, spare: c.spare, trimErr: c.err}
			u, _ := keep(f, clock.System{}, func(o *upkeep.Options) { o.MaxBytes = 100 })
			if err := u.Watch(t.Context()); !errors.Is(err, c.err) {
				t.Error(err)
			}
			if u.Full() != c.full || u.Usage().Bytes != c.left || f.trims != c.trims {
				t.Errorf("full %t with %d bytes, trimmed %d times", u.Full(), u.Usage().Bytes, f.trims)
			}
		})
	}
}

func TestFullDiskIsSweptEverySecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &fake{usage: store.Usage{Bytes: 11}}
		u, _ := keep(s, clock.System{}, func(o *upkeep.Options) { o.MaxBytes = 10 })
		run(t, u, 10*time.Second+time.Millisecond)
		if s.reclaims != 10 {
			t.Errorf("space was given back %d times in 10 s, want 10", s.reclaims)
		}
	})
}

func TestCountingTakesLittleOfTheTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		taking time.Duration
		err    error
		want   int
	}{
		"at once":          {0, nil, 60},
		"in 10 ms":         {10 * time.Millisecond, nil, 30},
		"in a second":      {time.Second, nil, 4},
		"not, in a second": {time.Second, errors.New("no database"), 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &fake{counting: c.taking, countErr: c.err}
				u, _ := keep(s, clock.System{})
				run(t, u, time.Minute+500*time.Millisecond)
				if s.counts != c.want {
					t.Errorf("counted %d times in a minute, want %d", s.counts, c.want)
				}
			})
		})
	}
}

// How long the oldest has been due is told as of the count: it may have ended since.
func TestOldestIsAsOfTheCount(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	s := &fake{}
	u, _ := keep(s, now)
	for due, want := range map[time.Duration]time.Duration{-3 * time.Second: 3 * time.Second, time.Second: 0} {
		s.oldest = now.Now().Add(due)
		if err := u.Count(t.Context()); err != nil {
			t.Fatal(err)
		}
		now.Advance(10 * time.Second)
		if n, oldest := u.Unfinished(); n != int64(s.counts) || oldest != want {
			t.Errorf("due %v: %d unfinished, the oldest due for %v, want %v", due, n, oldest, want)
		}
	}
	s.oldest, s.countErr = time.Time{}, errors.New("no database")
	if err := u.Count(t.Context()); !errors.Is(err, s.countErr) {
		t.Error(err)
	}
	if n, _ := u.Unfinished(); n == 0 {
		t.Error("what was known is forgotten because it could not be counted again")
	}
}
