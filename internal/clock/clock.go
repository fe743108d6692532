// Package clock is the one source of the time of day, so that tests can set it.
// In-process waits use package time: they are monotonic, and testing/synctest makes
// them virtual.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time of day.
type Clock interface {
	Now() time.Time
}

// System is the clock of the machine.
type System struct{}

// Now returns the present time.
func (System) Now() time.Time { return time.Now() }

// Fake is a clock that stands still until it is moved. Safe for concurrent use.
type Fake struct {
	mu  sync.Mutex
	now time.Time
}

// NewFake returns a fake clock that shows t.
func NewFake(t time.Time) *Fake { return &Fake{now: t} }

// Now returns the time last set.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance moves the clock, backwards too.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}
