package dispatch

import (
	"context"
	"time"

	"github.com/tidingshq/tidings/internal/store"
)

const (
	// paceFor is how long accepting an event may be held back; each further one of a
	// batch adds paceEach, up to paceMost.
	paceFor  = 250 * time.Millisecond
	paceEach = 10 * time.Millisecond
	paceMost = 2 * time.Second
	// movingRate is how many attempts of a full lane have to end in a second, looked at
	// after movingAfter, for it to be worth waiting for.
	movingRate  = 250
	movingAfter = 100 * time.Millisecond
)

// Pace holds back who accepts events for webhooks whose lanes fill up faster than they
// are emptied although they are emptied at a great rate, for a moment: until they have
// room again, so that a burst need not take the longer way through the store. An
// endpoint that is slower, or has a backlog already, holds nobody back.
func (d *Dispatcher) Pace(ctx context.Context, events []store.NewEvent) {
	if d.full.Load() == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, min(paceMost, paceFor+paceEach*time.Duration(len(events)-1)))
	defer cancel()
	for i := range events {
		for _, number := range events[i].Webhooks {
			drained := d.drainedOf(number)
			if drained == nil {
				continue
			}
			select {
			case <-drained:
			case <-ctx.Done():
				return
			}
		}
	}
}

// drainedOf is closed once the lane has room; nil if it has.
func (d *Dispatcher) drainedOf(number int64) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lanes[number]
	if l == nil || !l.full {
		return nil
	}
	if l.waiting || l.class != proven {
		d.setFull(l, false)
		return nil
	}
	if took := time.Since(l.fullSince); took >= movingAfter && float64(l.endedSince) < movingRate*took.Seconds() {
		return nil
	}
	return l.drained
}

// measure notes whether a lane is full, and when it no longer is. The caller holds d.mu.
func (d *Dispatcher) measure(l *lane) {
	switch burst := d.Limits.Burst; {
	case !l.full && l.held > burst/4 && l.class == proven && !l.waiting && burst > 0:
		d.setFull(l, true)
	case l.full && (l.held <= burst/8 || l.class != proven || l.waiting):
		d.setFull(l, false)
	}
}

func (d *Dispatcher) setFull(l *lane, full bool) {
	l.full = full
	if full {
		l.drained, l.fullSince, l.endedSince = make(chan struct{}), time.Now(), 0
		d.full.Add(1)
		return
	}
	close(l.drained)
	d.full.Add(-1)
}
