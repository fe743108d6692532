package app

import (
	"time"

	"github.com/tidingshq/tidings/internal/clock"
)

// setClocks makes the clock of this machine both: the time of day as it is, and the time by
// which deliveries are due and things grow old, which does not jump with it.
func (a *App) setClocks() {
	machine := a.options.Clock
	if machine == nil {
		machine = clock.System{}
	}
	a.wall = clock.NewCorrected(machine)
	a.clock = clock.NewSteady(a.wall, func(by time.Duration) {
		a.log.Warn("clock.jumped", "by", by.String(), "hint", "what is due and how old things are does not follow at once: docs/operating.md, When the clock jumps")
	})
}

// compareClocks says whether both are the same.
func (e *examination) compareClocks(wall, steady time.Time) {
	if apart := steady.Sub(wall); apart.Abs() > clockAhead {
		e.warn("clock", "It has jumped: deliveries and ages go by %s, the clock shows %s. They meet by and by; if they are days apart and the clock is right, restart the server.",
			steady.UTC().Format(time.RFC3339), wall.UTC().Format(time.RFC3339))
		return
	}
	e.note("clock", nil, "%s", wall.UTC().Format(time.RFC3339))
}
