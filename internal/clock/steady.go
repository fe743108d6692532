package clock

import (
	"sync"
	"time"
)

const (
	// stepAtOnce is up to where a difference is no jump: such steps are made to set a
	// clock right.
	stepAtOnce = 5 * time.Second
	// A jump ahead has to stand for sleptFor before it is followed: most often the machine
	// slept. One that is wider than wideJump has to stand for wideStandsFor: that much is
	// rather a clock that is wrong. One back has to stand for standsFor.
	sleptFor      = 30 * time.Second
	standsFor     = 5 * time.Minute
	wideJump      = 7 * 24 * time.Hour
	wideStandsFor = time.Hour
	// maxLeaps is how many leaps are remembered one by one.
	maxLeaps = 1024
)

// Steady is a clock for due times and ages. It shows what another clock does, without the
// jumps of that one. It never goes back: where it is ahead it goes at half speed until the
// other clock has come up, so that what waits never waits more than twice as long. A jump
// is followed only once it has stood for a while. Safe for concurrent use.
//
// Whoever uses it reads it again and again: what the other clock did in between looks
// like one step.
type Steady struct {
	other  Clock
	jumped func(by time.Duration)
	// origin is where passed counts from. It is monotonic.
	origin time.Time

	mu sync.Mutex // guards what follows
	// now is what was shown when passed was the time since origin.
	now    time.Time
	passed time.Duration
	// apart is by how much the other clock is ahead of the time that has passed, and
	// jumpedAt when it last jumped; hasJumped is false before.
	apart     time.Duration
	jumpedAt  time.Duration
	hasJumped bool
	// leaps are the jumps ahead that were followed, oldest first.
	leaps []leap
}

// leap is a jump that was followed.
type leap struct{ at, by time.Duration }

// NewSteady returns a clock that shows at first what the other one does. jumped is told
// when that one jumps; it may be nil.
func NewSteady(other Clock, jumped func(by time.Duration)) *Steady {
	if jumped == nil {
		jumped = func(time.Duration) {}
	}
	s := &Steady{other: other, jumped: jumped, origin: time.Now()}
	s.Restart(time.Time{})
	return s
}

// Restart shows what the other clock does from now on, as a new one would; from reached
// on, if that is ahead of it, but not by more than wideJump: then the clock was set back
// while nobody looked, and is waited for.
func (s *Steady) Restart(reached time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passed, s.now = time.Since(s.origin), s.other.Now().Round(0)
	s.apart, s.hasJumped, s.leaps = s.now.Sub(s.origin.Round(0))-s.passed, false, nil
	if ahead := reached.Sub(s.now); ahead > 0 && ahead <= wideJump {
		s.now = reached.Round(0)
	}
}

// Now returns the steady time.
func (s *Steady) Now() time.Time {
	s.mu.Lock()
	by := s.read()
	now := s.now
	s.mu.Unlock()
	if by != 0 {
		s.jumped(by)
	}
	return now
}

// Ago returns what was shown that long ago: time that was skipped did not pass. What is
// older was there before the clock was made.
func (s *Steady) Ago(d time.Duration) time.Time {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	then := now.Add(-d)
	for _, l := range s.leaps {
		if s.passed-l.at < d {
			then = then.Add(-l.by)
		}
	}
	return then
}

// read brings now up to date and returns by how much the other clock has jumped since the
// last time. The caller holds s.mu.
func (s *Steady) read() (jump time.Duration) {
	since := s.passed
	s.passed = time.Since(s.origin)
	other, took := s.other.Now().Round(0), s.passed-since
	s.now = s.now.Add(took)
	apart := other.Sub(s.origin.Round(0)) - s.passed
	if moved := apart - s.apart; moved.Abs() > stepAtOnce {
		s.jumpedAt, s.hasJumped, jump = s.passed, true, moved
	}
	s.apart = apart
	switch ahead := other.Sub(s.now); {
	case !s.follows(ahead):
	case ahead > stepAtOnce:
		s.leap(ahead)
		s.now = other
	case ahead >= 0:
		s.now = other
	default:
		s.now = s.now.Add(-min(took/2, -ahead))
	}
	return jump
}

// follows says whether a difference to the other clock counts.
func (s *Steady) follows(ahead time.Duration) bool {
	stood := s.passed - s.jumpedAt
	switch {
	case ahead.Abs() <= stepAtOnce || !s.hasJumped:
		return true
	case ahead.Abs() > wideJump:
		return stood >= wideStandsFor
	case ahead > 0:
		return stood >= sleptFor
	default:
		return stood >= standsFor
	}
}

// leap remembers a jump that is followed. Of too many the oldest two become one, as late as
// the later of them: ages are rather taken for less.
func (s *Steady) leap(by time.Duration) {
	if len(s.leaps) == maxLeaps {
		s.leaps[1].by += s.leaps[0].by
		s.leaps = s.leaps[1:]
	}
	s.leaps = append(s.leaps, leap{s.passed, by})
}
