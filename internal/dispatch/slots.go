package dispatch

import (
	"container/list"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// slowAfter is the age at which an attempt is charged to the slow pool.
	slowAfter = time.Second
	// slowUnderPressure is that age while other lanes have to wait for a place, as
	// long as the slow pool is less than half full. It has no other consequence.
	slowUnderPressure = 100 * time.Millisecond
	// promoteEvery is how often ages are looked at.
	promoteEvery = 50 * time.Millisecond
	// While spreadFrom attempts or more hang, lanes that are not proven start no more
	// than spreadStarts every spreadEvery. What starts together ends together, when the
	// time is over, and would take the processor from those that are well twice.
	spreadFrom   = 64
	spreadStarts = 8
	spreadEvery  = 5 * time.Millisecond
	// crowdedCapacity is what a suspect lane may hold when there are many.
	crowdedCapacity = 2
)

// slots shares out attempts in flight and room in memory. Guarded by Dispatcher.mu.
//
// Lanes that are ready to start stand in a ring per class, and the rings take
// turns, so each lane gets its share whatever others have queued. Suspect lanes run
// in the slow pool from the start and may hold a quarter of the room; fresh ones may
// use half of the fast pool and half of the room. While half of the fast pool is in
// use, a lane that has stopped answering is withheld from its ring. What is left is
// always there for endpoints that answer.
type slots struct {
	limits Limits
	rings  [classes][]*lane
	turn   class
	// withheld are lanes that wait outside their ring for the next look at ages.
	withheld []*lane
	// fastBy counts the fast pool by the class under which an attempt started.
	fastBy [classes]int
	slow   int
	// started counts starts of lanes that are not proven since spreadSince; spread says
	// that some had to wait for the next interval.
	started     int
	spreadSince time.Time
	spread      bool
	// running are the attempts that are not late, oldest first; late are the others.
	running, late list.List

	heldBy, bytesBy [classes]int
}

// flight is an attempt under way.
type flight struct {
	lane    *lane
	job     webhook.Job
	started time.Time
	// ended is when the endpoint was done with it; zero while it is not known.
	ended time.Time
	class class
	// slow: charged to the slow pool. late: taking long, which holds up its lane.
	slow, late bool
	// sent: a request was made. answered: the endpoint said something.
	sent, answered bool
	place          *list.Element
}

func (s *slots) fast() int { return s.fastBy[fresh] + s.fastBy[proven] }

func (s *slots) held() int { return s.heldBy[fresh] + s.heldBy[proven] + s.heldBy[suspect] }

func (s *slots) heldBytes() int { return s.bytesBy[fresh] + s.bytesBy[proven] + s.bytesBy[suspect] }

// crowded says whether half of the fast pool is in use.
func (s *slots) crowded() bool { return s.fast() >= max(1, s.limits.Fast/2) }

// roomFor says whether the memory takes one more delivery of the lane.
func (s *slots) roomFor(l *lane, weight int) bool {
	if s.held() >= s.limits.MaxJobs || s.heldBytes()+weight > s.limits.MaxBytes {
		return false
	}
	share := 1
	switch l.class {
	case fresh:
		share = 2
	case suspect:
		share = 4
	}
	return s.heldBy[l.class] < max(1, s.limits.MaxJobs/share) && s.bytesBy[l.class]+weight <= max(weight, s.limits.MaxBytes/share)
}

// capacity is how many deliveries a lane may hold: the fewer, the more often one of them
// has been interrupted.
func (s *slots) capacity(l *lane) int {
	if l.interruptions > 0 {
		return min(s.usualCapacity(l), webhook.Portion(l.interruptions))
	}
	return s.usualCapacity(l)
}

// usualCapacity is that of a lane that no crash has touched. When many lanes are suspect
// each holds little; the rest waits in the store, where it takes no room from others. A
// burst to an endpoint that answers quickly need not go through the store as long as
// there is room for all.
func (s *slots) usualCapacity(l *lane) int {
	switch {
	case l.class == suspect && s.heldBy[suspect] > s.limits.MaxJobs/8:
		return crowdedCapacity
	case l.class == proven && s.held() < s.limits.MaxJobs/2 && s.heldBytes() < s.limits.MaxBytes/2:
		return max(s.limits.Burst, 2*s.limits.PerWebhook)
	default:
		return 2 * s.limits.PerWebhook
	}
}

// pageCapacity is how many deliveries a lane may hold when it takes them from the store.
// Once many are held for endpoints that have not answered yet, or hang, most stay where
// they are: they would be written as taken, and as given back, for nothing.
func (s *slots) pageCapacity(l *lane) int {
	if l.class == proven || s.heldBy[fresh]+s.heldBy[suspect] < s.limits.Fast {
		return s.capacity(l)
	}
	return min(s.capacity(l), l.window)
}

func (s *slots) hold(l *lane, weight int) {
	l.held++
	l.bytes += weight
	s.heldBy[l.class]++
	s.bytesBy[l.class] += weight
}

func (s *slots) unhold(l *lane, weight int) {
	l.held--
	l.bytes -= weight
	s.heldBy[l.class]--
	s.bytesBy[l.class] -= weight
}

// reclassify moves a lane, and what it holds, to another class.
func (s *slots) reclassify(l *lane, to class) {
	s.heldBy[l.class] -= l.held
	s.bytesBy[l.class] -= l.bytes
	l.class = to
	s.heldBy[to] += l.held
	s.bytesBy[to] += l.bytes
}

// enlist puts a lane into the ring of its class if it could start an attempt.
func (s *slots) enlist(l *lane) {
	if !l.ready && l.mayStart(s.limits) {
		l.ready = true
		s.rings[l.class] = append(s.rings[l.class], l)
	}
}

func (s *slots) poolHasRoom(c class) bool {
	switch c {
	case suspect:
		return s.slow < s.limits.Slow
	case fresh:
		return s.fast() < s.limits.Fast && s.fastBy[fresh] < max(1, s.limits.Fast/2)
	default:
		return s.fast() < s.limits.Fast
	}
}

// next starts the attempt whose turn it is; nil if nothing may start.
func (s *slots) next(now time.Time) *flight {
	for range classes {
		s.turn = (s.turn + 1) % classes
		if f := s.nextOf(s.turn, now); f != nil {
			return f
		}
	}
	return nil
}

func (s *slots) nextOf(c class, now time.Time) *flight {
	for len(s.rings[c]) > 0 && s.poolHasRoom(c) {
		if c != proven && s.startedEnough(now) {
			s.spread = true
			return nil
		}
		l := s.rings[c][0]
		s.rings[c][0] = nil
		s.rings[c] = s.rings[c][1:]
		l.ready = false
		if l.class != c || !l.mayStart(s.limits) {
			s.enlist(l) // it has changed since it was listed
			continue
		}
		if c != suspect && s.crowded() && l.unresponsive(now) {
			l.ready, l.withheld = true, true
			s.withheld = append(s.withheld, l)
			continue
		}
		f := s.begin(l, now)
		s.enlist(l)
		return f
	}
	return nil
}

// startedEnough says whether lanes that are not proven have to wait for the next
// interval.
func (s *slots) startedEnough(now time.Time) bool {
	if now.Sub(s.spreadSince) >= spreadEvery {
		s.spreadSince, s.started = now, 0
	}
	return s.started >= spreadStarts && s.slow >= spreadFrom
}

func (s *slots) begin(l *lane, now time.Time) *flight {
	f := &flight{lane: l, job: l.take(), started: now, class: l.class}
	if l.inFlight == 0 {
		l.quietSince = now
	}
	if l.class != proven {
		s.started++
	}
	l.inFlight++
	if f.class == suspect {
		f.slow = true
		s.slow++
	} else {
		s.fastBy[f.class]++
	}
	f.place = s.running.PushBack(f)
	return f
}

// settle notes that the endpoint is done with an attempt whose result is still to be
// handed on: what that takes is not the endpoint's time.
func (s *slots) settle(f *flight, now time.Time) {
	f.ended = now
	if f.place != nil {
		s.running.Remove(f.place) // of these two, the list that it is not in
		s.late.Remove(f.place)    // takes no notice
		f.place = nil
	}
}

// underWay says whether an attempt of the delivery is being made.
func (s *slots) underWay(id webhook.DeliveryID) bool {
	for _, flights := range []*list.List{&s.running, &s.late} {
		for e := flights.Front(); e != nil; e = e.Next() {
			if f, _ := e.Value.(*flight); f.job.Delivery == id {
				return true
			}
		}
	}
	return false
}

// end gives back the place of an attempt and learns from how long it took.
func (s *slots) end(f *flight, now time.Time) {
	l := f.lane
	if f.ended.IsZero() {
		s.settle(f, now)
	}
	if f.slow {
		s.slow--
	} else {
		s.fastBy[f.class]--
	}
	if f.late {
		l.slow--
	}
	l.inFlight--
	l.quietSince = f.ended
	s.unhold(l, f.job.Weight)
	if f.sent {
		l.learn(f.answered)
	}
	switch {
	case !f.sent: // nothing was learned
	case f.ended.Sub(f.started) < slowAfter && l.slow == 0:
		s.reclassify(l, proven)
	case l.class != suspect:
		s.reclassify(l, suspect)
	}
	s.admit(l)
	s.enlist(l)
}

// admit lets a withheld lane stand in its ring again.
func (s *slots) admit(l *lane) {
	if l.withheld {
		l.withheld, l.ready = false, false
		s.enlist(l)
	}
}

// promote looks at the age of the attempts in flight. It returns the lanes that
// became suspect.
func (s *slots) promote(now time.Time) []*lane {
	var lanes []*lane
	for e := s.running.Front(); e != nil; e = s.running.Front() {
		f, _ := e.Value.(*flight)
		if now.Sub(f.started) < slowAfter {
			break
		}
		s.running.Remove(e)
		f.place, f.late = s.late.PushBack(f), true
		f.lane.slow++
		s.charge(f, s.limits.Slow)
		if f.lane.class != suspect {
			s.reclassify(f.lane, suspect)
			lanes = append(lanes, f.lane)
		}
	}
	if s.pressure() {
		for e := s.running.Front(); e != nil; e = e.Next() {
			f, _ := e.Value.(*flight)
			if now.Sub(f.started) < slowUnderPressure {
				break
			}
			s.charge(f, s.limits.Slow/2)
		}
	}
	withheld := s.withheld
	s.withheld = nil
	for _, l := range withheld {
		s.admit(l)
	}
	return lanes
}

// charge moves an attempt to the slow pool if that holds less than limit.
func (s *slots) charge(f *flight, limit int) {
	if !f.slow && s.slow < limit {
		s.fastBy[f.class]--
		f.slow = true
		s.slow++
	}
}

// idle says whether there is nothing to look at the age of.
func (s *slots) idle() bool { return s.running.Len() == 0 && len(s.withheld) == 0 }

// pressure says whether a lane that may start has to wait for a place.
func (s *slots) pressure() bool {
	return len(s.rings[proven]) > 0 && !s.poolHasRoom(proven) || len(s.rings[fresh]) > 0 && !s.poolHasRoom(fresh)
}
