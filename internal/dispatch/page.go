package dispatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tidingshq/tidings/internal/store"
)

const (
	// pageLanes and pageJobs bound one Claim, so that it is a short commit. A lane that is
	// not proven counts as unprovenLanes: of a thousand that hang nobody waits for theirs.
	pageLanes     = 64
	pageJobs      = 512
	unprovenLanes = 4
	// expandStep is how many rows of a wide event one commit brings while others are handed
	// over, which is to say within expandCalm; else it is as many as the store allows.
	expandStep = 50
	expandCalm = 100 * time.Millisecond
	// pageBytes bounds the payloads of one Claim.
	pageBytes = 8 << 20
	// storeRetry is the wait after the store has failed.
	storeRetry = 250 * time.Millisecond
	// sweepEvery is how often lanes of deleted webhooks are forgotten.
	sweepEvery = time.Minute
	// surveyEvery is how often what other processes left is looked for.
	surveyEvery = 2 * time.Second
	// surveyPause is the least time between two such looks.
	surveyPause = 200 * time.Millisecond
)

// takeOver learns what former processes left unfinished.
func (d *Dispatcher) takeOver(ctx context.Context) error {
	backlog, err := d.Store.Backlog(ctx, d.holder())
	if err != nil {
		return fmt.Errorf("read the backlog: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.elsewhere = d.Shared && len(backlog.Deferred) > 0
	for _, number := range backlog.Deferred {
		if d.Shared { // others may expand it as well: no order is kept
			break
		}
		d.lane(number).deferred++
		d.deferred++
	}
	for _, c := range backlog.Cancelled { // by way of another process
		d.dropCancelled(c.Webhook, c.Delivery)
	}
	for _, w := range backlog.Waiting {
		d.noteDue(d.lane(w.Webhook), w.DueAt)
	}
	d.beat.Store(int64(time.Since(d.born)))
	return nil
}

// holder is the process under which leases are held.
func (d *Dispatcher) holder() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.process
}

// surveyed looks at what other processes left, if it is time for that.
func (d *Dispatcher) surveyed(ctx context.Context, last *time.Time) error {
	d.mu.Lock()
	due := d.Shared && (time.Since(*last) >= surveyEvery || d.survey && time.Since(*last) >= surveyPause)
	if due {
		d.survey = false
	}
	d.mu.Unlock()
	if !due {
		return nil
	}
	*last = time.Now()
	return d.takeOver(ctx)
}

// loop pages deliveries in and expands wide events.
func (d *Dispatcher) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	swept, looked := time.Now(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-timer.C:
		}
		d.beat.Store(int64(time.Since(d.born)))
		if time.Since(swept) >= sweepEvery {
			swept = time.Now()
			d.forgetDeleted()
		}
		err := d.surveyed(ctx, &looked)
		wait := storeRetry
		if err == nil {
			wait, err = d.turn(ctx)
		}
		if err != nil && ctx.Err() == nil {
			d.Logger.Error("dispatch.queue_unreadable", "error", err)
			wait = storeRetry
		}
		timer.Reset(wait)
	}
}

// turn does one round of everything and returns how long to sleep.
func (d *Dispatcher) turn(ctx context.Context) (time.Duration, error) {
	d.mu.Lock()
	wide := d.deferred > 0 || d.elsewhere
	step := 0
	if time.Since(d.handed) < expandCalm {
		step = expandStep
	}
	lanes, params := d.nextPage()
	wait := d.untilNext()
	d.mu.Unlock()

	if wide {
		more, err := d.Store.Expand(ctx, store.ExpandParams{Now: d.Clock.Now(), Handoff: d, Limit: step})
		if err != nil {
			d.abandonPage(lanes)
			return 0, fmt.Errorf("expand: %w", err)
		}
		if more {
			wait = 0
		} else {
			d.mu.Lock()
			d.elsewhere = false // until the next survey
			d.mu.Unlock()
		}
	}
	if len(lanes) == 0 {
		return wait, nil
	}
	claimed, err := d.Store.Claim(ctx, params)
	if err != nil {
		d.abandonPage(lanes)
		return 0, fmt.Errorf("claim: %w", err)
	}
	d.takePage(lanes, claimed)
	return 0, nil
}

// watch looks at the age of attempts for as long as there are any. It waits for
// nothing but time.
func (d *Dispatcher) watch(ctx context.Context) {
	ticker := time.NewTicker(promoteEvery)
	defer ticker.Stop()
	for {
		ticker.Stop()
		select {
		case <-ctx.Done():
			return
		case <-d.busy:
		}
		for next := promoteEvery; next > 0; {
			ticker.Reset(next)
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			next = d.lookAtAges()
		}
	}
}

// lookAtAges returns after how long to look again; 0 if there is nothing to look at.
func (d *Dispatcher) lookAtAges() (next time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.slots.promote(time.Now()) {
		d.shrink(l)
	}
	d.slots.spread = false
	d.startWorkers() // there may be room in the fast pool now
	switch {
	case d.slots.spread:
		return spreadEvery
	case d.slots.idle():
		return 0
	default:
		return promoteEvery
	}
}

// shrink gives back to the store what a lane holds beyond its capacity, now that its
// endpoint has turned out to hang: it would only take room from others.
func (d *Dispatcher) shrink(l *lane) {
	d.release(l.drop(&d.slots, d.slots.capacity(l)-l.inFlight))
}

// wantPage lists the lane for the next Claim if it may get one.
func (d *Dispatcher) wantPage(l *lane) {
	if !l.paged && !l.claiming && l.waiting && l.held <= d.slots.pageCapacity(l)*3/4 {
		l.paged = true
		d.paging = append(d.paging, l)
	}
}

// nextPage decides what to claim: lanes in turn, each up to its capacity and its share of
// what the lanes before it have left of the page.
func (d *Dispatcher) nextPage() ([]*lane, store.ClaimParams) {
	now := d.Clock.Now()
	for len(d.due) > 0 && !d.due[0].nextDue.After(now) {
		l := d.due[0]
		d.due.set(l, time.Time{})
		l.waiting = true
		d.wantPage(l)
	}
	params := store.ClaimParams{Process: d.process, Now: now, MaxBytes: pageBytes}
	var lanes, later []*lane
	for counted := 0; len(d.paging) > 0 && counted < pageLanes; {
		l := d.paging[0]
		d.paging[0] = nil
		d.paging = d.paging[1:]
		limit := d.slots.pageCapacity(l) - l.held
		if w, found := d.Webhooks.Webhook(l.webhook); !found || !w.Active() || limit <= 0 || l.slow > 0 {
			l.paged = false // it is listed again when that changes
			continue
		}
		if !d.slots.roomFor(l, 1) {
			later = append(later, l)
			continue
		}
		l.paged, l.claiming = false, true
		if counted++; l.class != proven {
			counted += unprovenLanes - 1
		}
		lanes = append(lanes, l)
		params.Lanes = append(params.Lanes, store.ClaimLane{Webhook: l.webhook, Limit: limit, Ordered: l.deferred > 0})
		l.changes = 0
	}
	left := pageJobs
	for i := range params.Lanes {
		limit := &params.Lanes[i].Limit
		*limit = min(*limit, left/(len(lanes)-i))
		left -= *limit
	}
	d.paging = append(d.paging, later...)
	return lanes, params
}

// takePage puts what was claimed into the lanes.
func (d *Dispatcher) takePage(lanes []*lane, claimed []store.Claimed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Clock.Now()
	for i, l := range lanes {
		c := &claimed[i]
		l.claiming, l.interruptions = false, 0
		for j := range c.Jobs {
			l.interruptions = max(l.interruptions, c.Jobs[j].Interruptions)
			// One that has ended is a redelivery, asked for after the delivery was cancelled.
			if c.Jobs[j].Ended == "" && slices.Contains(l.cancelled, c.Jobs[j].Delivery) {
				d.letGo(c.Jobs[j].Lease)
				continue
			}
			if c.Jobs[j].Process != d.process { // taken away meanwhile
				l.changes++
				continue
			}
			d.slots.hold(l, c.Jobs[j].Weight)
			l.enqueue(c.Jobs[j])
		}
		l.cancelled = nil
		due := !c.NextDueAt.IsZero() && !c.NextDueAt.After(now)
		// What was left to the store while the claim was under way may not be in it.
		l.waiting = due || l.changes > 0
		if next := c.NextDueAt; !due && !next.IsZero() && (l.nextDue.IsZero() || next.Before(l.nextDue)) {
			d.due.set(l, next)
		}
		d.slots.enlist(l)
		d.wantPage(l)
	}
	d.startWorkers()
}

func (d *Dispatcher) abandonPage(lanes []*lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range lanes {
		l.claiming, l.waiting, l.cancelled = false, true, nil
		d.wantPage(l)
	}
}

// forgetDeleted drops the lanes of webhooks that are gone and hold nothing.
func (d *Dispatcher) forgetDeleted() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for number, l := range d.lanes {
		if l.held > 0 || l.claiming || l.paged || l.ready || l.deferred > 0 || l.returning > 0 {
			continue
		}
		if _, found := d.Webhooks.Webhook(number); !found {
			d.due.set(l, time.Time{})
			if l.full {
				d.setFull(l, false)
			}
			delete(d.lanes, number)
		}
	}
}

// untilNext is how long the loop may sleep.
func (d *Dispatcher) untilNext() time.Duration {
	wait := heartbeat
	if d.survey {
		wait = min(wait, surveyPause)
	}
	if len(d.due) > 0 {
		wait = min(wait, max(0, d.due[0].nextDue.Sub(d.Clock.Now())))
	}
	return wait
}
