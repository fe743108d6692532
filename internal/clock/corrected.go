package clock

import (
	"sync/atomic"
	"time"
)

// Corrected is a clock that is set right by another one, such as that of the database
// which several machines share. Safe for concurrent use.
type Corrected struct {
	base   Clock
	offset atomic.Int64
}

// NewCorrected returns a clock that shows what base does until it is corrected.
func NewCorrected(base Clock) *Corrected { return &Corrected{base: base} }

// Now returns the corrected time.
func (c *Corrected) Now() time.Time { return c.base.Now().Add(time.Duration(c.offset.Load())) }

// Correct takes over the time that another clock showed between two readings of the
// base, and returns by how much this one is off.
func (c *Corrected) Correct(before, shown, after time.Time) time.Duration {
	offset := shown.Sub(before.Add(after.Sub(before) / 2))
	c.offset.Store(int64(offset))
	return offset
}

// Base returns the uncorrected time.
func (c *Corrected) Base() time.Time { return c.base.Now() }
