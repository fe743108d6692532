package dispatch

import (
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Reserve implements store.Handoff.
func (d *Dispatcher) Reserve(webhookNumber int64, weight int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lane(webhookNumber)
	// Once deliveries wait in the store, later ones queue up behind them there.
	behind := l.waiting || l.claiming || l.deferred > 0 || l.returning > 0
	if d.stopping || behind || l.held >= d.slots.capacity(l) || !d.slots.roomFor(l, weight) {
		l.changes++
		l.waiting = true // the next one is behind this one
		return false
	}
	d.slots.hold(l, weight)
	return true
}

// Aborted implements store.Handoff.
func (d *Dispatcher) Aborted(jobs []webhook.Job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range jobs {
		l := d.lane(jobs[i].Webhook)
		l.mustFollow()
		d.slots.unhold(l, jobs[i].Weight)
		d.wantPage(l)
	}
	d.nudge()
}

// Committed implements store.Handoff.
func (d *Dispatcher) Committed(h store.Handed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, number := range h.Deferred {
		d.lane(number).deferred++
		d.deferred++
	}
	for _, number := range h.Expanded {
		l := d.lane(number)
		if l.deferred > 0 { // else another process accepted it
			l.deferred--
			d.deferred--
		}
		d.noteDue(l, d.Clock.Now())
	}
	if h.AllExpanded && d.deferred > 0 { // others have expanded some of ours
		for _, l := range d.lanes {
			if l.deferred > 0 {
				d.deferred -= l.deferred
				l.deferred = 0
				d.noteDue(l, d.Clock.Now())
			}
		}
	}
	for _, number := range h.Waiting {
		d.noteDue(d.lane(number), d.Clock.Now())
	}
	if len(h.Jobs) > 0 {
		d.handed = time.Now()
	}
	var following []webhook.Job
	for i := range h.Jobs {
		l := d.lane(h.Jobs[i].Webhook)
		follows := l.mustFollow()
		switch {
		case h.Jobs[i].Process != d.process: // taken away meanwhile
			d.slots.unhold(l, h.Jobs[i].Weight)
			d.noteDue(l, d.Clock.Now())
		case follows:
			d.slots.unhold(l, h.Jobs[i].Weight)
			following = append(following, h.Jobs[i])
		default:
			l.push(h.Jobs[i])
			d.slots.enlist(l)
		}
	}
	d.release(following)
	for i := range h.Jobs {
		d.measure(d.lanes[h.Jobs[i].Webhook])
	}
	d.startWorkers()
	if len(h.Deferred)+len(h.Expanded)+len(h.Waiting) > 0 {
		d.nudge()
	}
}
