// Package upkeep does the periodic work of a server: it removes what retention no
// longer keeps and what deleted tenants have left, ends deliveries that can never be
// made, gives disk space back and watches how much is used. Every step is small, so
// that deliveries and new events get in between.
package upkeep

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
)

const (
	// watchEvery is how often usage is read and cancelled deliveries are looked for.
	watchEvery = time.Second
	// countEvery is how often what is unfinished is counted. With many webhooks that have
	// something waiting that takes long: then it rests countRest times as long, at most
	// countSeldom.
	countEvery  = time.Second
	countRest   = 200
	countSeldom = 15 * time.Second
	// sweepEvery is how often retention runs.
	sweepEvery = 10 * time.Second
	// stepRows bounds one step, sweepSteps the steps of one sweep of retention: the
	// next goes on where it stopped.
	stepRows   = 1000
	sweepSteps = 100
)

// Options is what an Upkeep needs.
type Options struct {
	Store store.Upkeep
	// Process is this one: what it holds is left alone.
	Process func() int64
	Clock   clock.Clock
	// Ago is what the clock showed that long ago; nil is for a clock that never jumps.
	Ago    func(time.Duration) time.Time
	Logger *slog.Logger
	// Retention is how long ended deliveries and their events are kept.
	Retention time.Duration
	// HoldFor is how long the deliveries of a disabled webhook wait.
	HoldFor time.Duration
	// MaxShare of the volume and MaxBytes of the database are how much may be used;
	// zero is no bound.
	MaxShare float64
	MaxBytes int64
}

// Upkeep is the periodic work. Safe for concurrent use.
type Upkeep struct {
	Options
	usage      atomic.Pointer[store.Usage]
	unfinished atomic.Pointer[counted]
	full       atomic.Bool
}

// New returns an Upkeep that has yet to run.
func New(o Options) *Upkeep {
	u := &Upkeep{Options: o}
	if u.Ago == nil {
		u.Ago = func(d time.Duration) time.Time { return u.Clock.Now().Add(-d) }
	}
	u.usage.Store(&store.Usage{})
	u.unfinished.Store(&counted{})
	return u
}

// Full says whether the disk is too full to accept events.
func (u *Upkeep) Full() bool { return u.full.Load() }

// Usage is what was last read.
func (u *Upkeep) Usage() store.Usage { return *u.usage.Load() }

// counted is what was unfinished at a time.
type counted struct {
	store.Unfinished
	at time.Time
}

// Unfinished is what was counted last: how many deliveries, and for how long the oldest of
// them had been due then.
func (u *Upkeep) Unfinished() (deliveries int64, oldestDue time.Duration) {
	c := u.unfinished.Load()
	if !c.OldestDueAt.IsZero() {
		oldestDue = max(0, c.at.Sub(c.OldestDueAt))
	}
	return c.Deliveries, oldestDue
}

// Count counts what is unfinished, once.
func (u *Upkeep) Count(ctx context.Context) error {
	unfinished, err := u.Store.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("count what is unfinished: %w", err)
	}
	u.unfinished.Store(&counted{unfinished, u.Clock.Now()})
	return nil
}

// Watch reads how much is used, once.
func (u *Upkeep) Watch(ctx context.Context) error {
	usage, err := u.Store.Usage(ctx)
	if err != nil {
		return fmt.Errorf("read usage: %w", err)
	}
	if u.exceededBy(usage) { // what can be given back at once does not make it full
		if err = u.Store.Trim(ctx); err != nil {
			err = fmt.Errorf("trim: %w", err)
		} else if usage, err = u.Store.Usage(ctx); err != nil {
			return fmt.Errorf("read usage: %w", err)
		}
	}
	u.usage.Store(&usage)
	full := u.exceededBy(usage)
	if u.full.Swap(full) != full {
		u.Logger.Warn("storage.full", "full", full, "bytes", usage.Bytes, "volume_used", usage.VolumeUsed)
	}
	return err
}

// exceededBy says whether so much is used that no events are accepted.
func (u *Upkeep) exceededBy(usage store.Usage) bool {
	return u.MaxShare > 0 && usage.VolumeUsed > u.MaxShare || u.MaxBytes > 0 && usage.Bytes > u.MaxBytes
}

// Run works until ctx ends.
func (u *Upkeep) Run(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var watching sync.WaitGroup
	watching.Go(func() { u.keepWatch(ctx) })
	watching.Go(func() { u.keepCount(ctx) })
	defer watching.Wait()
	var swept time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		u.report(ctx, u.Cancel(ctx))
		// A full disk cannot wait.
		if u.Full() || time.Since(swept) >= sweepEvery {
			swept = time.Now()
			u.report(ctx, u.Sweep(ctx))
		}
	}
}

// keepWatch reads usage again and again, however long the other work takes.
func (u *Upkeep) keepWatch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			u.report(ctx, u.Watch(ctx))
		}
	}
}

// keepCount counts again and again, so that a reader of metrics waits for nothing.
func (u *Upkeep) keepCount(ctx context.Context) {
	timer := time.NewTimer(countEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			began, next := time.Now(), countEvery
			err := u.Count(ctx)
			if err == nil {
				next = min(countSeldom, max(countEvery, countRest*time.Since(began)))
			}
			u.report(ctx, err)
			timer.Reset(next)
		}
	}
}

func (u *Upkeep) report(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		u.Logger.Error("upkeep.failed", "error", err)
	}
}

// Cancel ends the waiting deliveries of webhooks that were deleted, or disabled for
// too long.
func (u *Upkeep) Cancel(ctx context.Context) error {
	if err := u.repeat(ctx, func() (int, error) {
		return u.Store.CancelDeleted(ctx, u.Clock.Now(), u.Process(), stepRows)
	}); err != nil {
		return fmt.Errorf("cancel deliveries of deleted webhooks: %w", err)
	}
	if err := u.repeat(ctx, func() (int, error) {
		return u.Store.CancelHeld(ctx, u.Ago(u.HoldFor), u.Clock.Now(), u.Process(), stepRows)
	}); err != nil {
		return fmt.Errorf("cancel held deliveries: %w", err)
	}
	return nil
}

// Sweep removes what retention no longer keeps, and what deleted tenants have left.
func (u *Upkeep) Sweep(ctx context.Context) error {
	for step, more := 0, true; more && step < sweepSteps && ctx.Err() == nil; step++ {
		var err error
		// Time that was only skipped makes nothing older.
		now := u.Ago(store.HealthKept).Add(store.HealthKept)
		if _, more, err = u.Store.Expire(ctx, store.ExpireParams{Now: now, Before: u.Ago(u.Retention), Limit: stepRows}); err != nil {
			return fmt.Errorf("expire: %w", err)
		}
	}
	for more := true; more && ctx.Err() == nil; {
		var err error
		if more, err = u.Store.PurgeTenants(ctx, u.Process(), stepRows); err != nil {
			return fmt.Errorf("purge tenants: %w", err)
		}
	}
	if err := u.Store.Reclaim(ctx); err != nil {
		return fmt.Errorf("reclaim space: %w", err)
	}
	return nil
}

// repeat makes steps for as long as they come back full.
func (u *Upkeep) repeat(ctx context.Context, step func() (int, error)) error {
	for ctx.Err() == nil {
		n, err := step()
		if err != nil {
			return err
		}
		if n < stepRows {
			return nil
		}
	}
	return nil
}
