package store

import (
	"context"
	"time"
)

// LeaseFor is how long the leases of a process last on a store that many processes
// share, from its last Renew on and by the time of the database.
const LeaseFor = 6 * time.Second

// Nodes keeps account of the processes that deliver. A store of a single process
// knows one at a time: the next to join ends the one before. On a store that many
// share, a process lasts until it leaves or has not renewed for LeaseFor.
type Nodes interface {
	// Join gives the process a number, under which it holds leases. The leases of
	// processes that have ended are void: what they held is claimed by others.
	// [case Queue/JoinVoidsLeases]
	Join(ctx context.Context, now time.Time) (process int64, err error)
	// Renew makes the leases of the process last, and ends processes that have not
	// renewed for LeaseFor, unless the database was out of reach itself in that time.
	// ErrLeaseLost if the process itself has been ended: it holds nothing any more and
	// has to join anew. watching says whether somebody wants to hear what other
	// processes tell. [case Nodes/Renew]
	Renew(ctx context.Context, process int64, watching bool) (Renewal, error)
	// Leave ends the process at once: what it still holds is claimed by others, as
	// after a crash. [case Nodes/Leave]
	Leave(ctx context.Context, process int64) error
	// Listen calls heard with what any process tells, and with an empty text when one
	// may have changed something, until ctx ends or the connection that it uses
	// breaks. It only hints: what happens while nobody listens is not heard of.
	Listen(ctx context.Context, heard func(text string)) error
	// Tell lets all processes that listen hear a text of at most MaxTold bytes.
	Tell(ctx context.Context, text string) error
}

// MaxTold bounds what is told at a time.
const MaxTold = 7900

// Renewal is what a renewal brings to light.
type Renewal struct {
	// Now is the time of the database; zero if that is the clock of this machine.
	Now time.Time
	// Processes is how many there are, this one included.
	Processes int
	// Watched says that another process wants to hear what this one tells.
	Watched bool
	// Ended is how many this call has ended: what they held is free.
	Ended int
}
