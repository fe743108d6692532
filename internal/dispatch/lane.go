package dispatch

import (
	"container/heap"
	"slices"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// class is what the last attempts of a lane tell about its endpoint.
type class int

const (
	// fresh: nothing is known yet.
	fresh class = iota
	// proven: its last attempt ended quickly, whatever its outcome.
	proven
	// suspect: its last attempt took long.
	suspect
	classes
)

const (
	// firstWindow is the window of a lane whose endpoint has not answered yet, or did not
	// the last time; maxWindow is beyond what any lane may hold.
	firstWindow = 1
	maxWindow   = 1 << 16
	// keptRoom is how large the room of an empty queue may be to be kept: lanes are many.
	keptRoom = 4
)

// lane is the deliveries of one webhook that this process holds, and what it knows
// of those in the store. Guarded by Dispatcher.mu.
type lane struct {
	webhook int64
	class   class
	// queue holds leased deliveries that are due, in order.
	queue []webhook.Job
	// room is where queue lies, from its beginning.
	room []webhook.Job
	// held counts queue, attempts in flight and room reserved; bytes their share
	// of payloads.
	held, bytes int
	inFlight    int
	// slow is how many of its attempts take long.
	slow int
	// window is how many deliveries it may have from the store while its endpoint is not
	// known to answer quickly: at first few, twice as many after each answer.
	window int
	// quietSince is when an attempt last ended, or the first of those under way
	// began.
	quietSince time.Time
	// deferred counts deliveries that are still to be expanded: until then
	// nothing later is taken on (ClaimLane.Ordered), so that first attempts keep their
	// order.
	deferred int

	// interruptions is the most that a delivery of the last claim has had: how much
	// the lane holds depends on it (webhook.Portion).
	interruptions int

	// waiting says that the store may have due deliveries that nobody holds.
	waiting bool
	// nextDue is when the store will have one; zero if never.
	nextDue time.Time
	// changes counts news about deliveries in the store, so that an answer of
	// Claim can be told to be out of date.
	changes uint64
	// returning counts leases on their way back to the store.
	returning int
	// overtaken counts deliveries that had room reserved, and were not committed yet, when
	// earlier ones went back to the store.
	overtaken int
	// claiming: a Claim for this lane is under way. paged: it is in the list for
	// the next.
	claiming, paged bool
	// cancelled are deliveries that a person cancelled while claiming.
	cancelled []webhook.DeliveryID

	// ready: it stands in a ring, or is withheld from it.
	ready, withheld bool
	// full: accepting for it is held back until drained is closed.
	full    bool
	drained chan struct{}
	// fullSince is when it filled up, endedSince how many attempts have ended since.
	fullSince  time.Time
	endedSince int
	dueSlot    int // its place in the dueHeap, plus one
}

// lane finds or makes the lane of a webhook.
func (d *Dispatcher) lane(webhookNumber int64) *lane {
	l := d.lanes[webhookNumber]
	if l == nil {
		l = &lane{webhook: webhookNumber, window: firstWindow}
		d.lanes[webhookNumber] = l
	}
	return l
}

// learn adjusts the window to how an attempt ended.
func (l *lane) learn(answered bool) {
	if answered {
		l.window = min(2*l.window, maxWindow)
	} else {
		l.window = firstWindow
	}
}

// mayStart says whether the lane's own state allows one more attempt.
func (l *lane) mayStart(limits Limits) bool {
	return len(l.queue) > 0 && l.slow == 0 && l.inFlight < limits.PerWebhook
}

// unresponsive says whether none of the attempts under way has ended for a while.
func (l *lane) unresponsive(now time.Time) bool {
	return l.inFlight > 0 && now.Sub(l.quietSince) >= slowUnderPressure
}

// enqueue puts a claimed delivery in line: behind the others, but ahead of those that have
// not been interrupted if it has, since it is older.
func (l *lane) enqueue(job webhook.Job) {
	place := len(l.queue)
	if job.Interruptions > 0 {
		if first := slices.IndexFunc(l.queue, func(other webhook.Job) bool { return other.Interruptions == 0 }); first >= 0 {
			place = first
		}
	}
	if place == len(l.queue) {
		l.push(job)
		return
	}
	l.queue, l.room = slices.Insert(l.queue, place, job), nil
}

// push puts a delivery at the end of the line, and uses again the room of those that have
// left it once that is half of all.
func (l *lane) push(job webhook.Job) {
	n := len(l.queue)
	switch {
	case n < cap(l.queue):
		l.queue = append(l.queue, job)
		return
	case cap(l.room) >= 2*n && cap(l.room) > 0:
		moved := append(l.room[:0], l.queue...)
		clear(l.queue) // it lies behind what was moved
		l.queue = append(moved, job)
	default:
		l.queue = append(l.queue, job)
		l.room = l.queue[:0]
	}
}

// take removes the first delivery of the queue.
func (l *lane) take() webhook.Job {
	job := l.queue[0]
	l.queue[0] = webhook.Job{} // lets go of the payload
	if l.queue = l.queue[1:]; len(l.queue) == 0 {
		if cap(l.room) > keptRoom {
			l.room = nil
		}
		l.queue = l.room
	}
	return job
}

// drop removes all but the first keep deliveries of the queue and returns them. What is
// committed later, for which room is reserved already, is to follow them.
func (l *lane) drop(s *slots, keep int) []webhook.Job {
	keep = min(max(keep, 0), len(l.queue))
	dropped := slices.Clone(l.queue[keep:])
	clear(l.queue[keep:])
	l.queue = l.queue[:keep]
	for i := range dropped {
		s.unhold(l, dropped[i].Weight)
	}
	if len(dropped) > 0 {
		l.overtaken = l.held - len(l.queue) - l.inFlight
	}
	return dropped
}

// mustFollow says of the next delivery that is committed whether earlier ones have gone back
// to the store since room was reserved for it.
func (l *lane) mustFollow() bool {
	if l.overtaken == 0 {
		return false
	}
	l.overtaken--
	return true
}

// noteDue records that the store has a delivery for the lane that nobody holds.
func (d *Dispatcher) noteDue(l *lane, at time.Time) {
	l.changes++
	if !at.After(d.Clock.Now()) {
		l.waiting = true
		d.wantPage(l)
		return
	}
	if l.nextDue.IsZero() || at.Before(l.nextDue) {
		d.due.set(l, at)
	}
}

// dueHeap orders lanes by the time at which the store will have work for them.
type dueHeap []*lane

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].nextDue.Before(h[j].nextDue) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].dueSlot, h[j].dueSlot = i+1, j+1
}

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	l, _ := x.(*lane)
	*h = append(*h, l)
	l.dueSlot = len(*h)
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	old := *h
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	l.dueSlot = 0
	return l
}

// set gives the lane a due time; the zero time takes it out.
func (h *dueHeap) set(l *lane, at time.Time) {
	l.nextDue = at
	switch {
	case at.IsZero() && l.dueSlot > 0:
		heap.Remove(h, l.dueSlot-1)
	case at.IsZero():
	case l.dueSlot > 0:
		heap.Fix(h, l.dueSlot-1)
	default:
		heap.Push(h, l)
	}
}
