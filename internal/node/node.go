// Package node is the membership of this process among those that share a database: it
// keeps the leases alive, notices when they are lost, and hears of what others change.
// On a store of a single process it does nothing.
//
// A process has a number, under which it holds leases, for as long as it renews them. One
// that could not, because it stood still or was cut off, has been ended by the others
// when it comes back: it takes a new number and starts with empty hands. Since nobody
// can tell how long it will be cut off, it starts no attempt once its last renewal is
// MaxSilence ago, while the others wait for store.LeaseFor before they take over.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// renewEvery is how often leases are renewed.
	renewEvery = 2 * time.Second
	// MaxSilence is how long after its last renewal a process still starts attempts.
	MaxSilence = 4 * time.Second
	// retryAfter is the wait after the database could not be asked.
	retryAfter = 500 * time.Millisecond
	// gather is how long changes of others are collected before they are looked at.
	gather = 20 * time.Millisecond
	// clockOff is from where on a difference of the clocks is worth a warning.
	clockOff = time.Second
)

// Options is what a Node needs.
type Options struct {
	Store store.Nodes
	// Shared says that other processes work on the same database.
	Shared bool
	// Clock is set right by that of the database, if that is another one.
	Clock  *clock.Corrected
	Logger *slog.Logger
	// Changed hears that other processes may have changed something, Heard what they
	// tell, Missed that something may not have been heard.
	Changed func()
	Heard   func(text string)
	Missed  func()
	// Watching says whether anybody wants to hear what others tell; nil says never.
	Watching func() bool
}

// Engine is what works with the leases of this process.
type Engine interface {
	// Rejoined tells that all leases are lost and that new ones are held under another
	// number.
	Rejoined(process int64)
	// Renewed tells that leases last, and how many processes there are.
	Renewed(processes int)
}

// Node is the membership. Safe for concurrent use.
type Node struct {
	Options
	process atomic.Int64
	started time.Time
	// processes is how many there were when it joined.
	processes int
	// renewed is when the last successful renewal began, as time since started.
	renewed atomic.Int64
	// watched says that others want to hear what this process tells.
	watched atomic.Bool
}

// Join makes this process a member.
func Join(ctx context.Context, o Options) (*Node, error) {
	n := &Node{Options: o, started: time.Now()}
	if n.Watching == nil {
		n.Watching = func() bool { return false }
	}
	if err := n.join(ctx, func(int64) {}); err != nil {
		return nil, err
	}
	if !o.Shared {
		return n, nil
	}
	renewal, err := n.renew(ctx)
	n.processes = renewal.Processes
	return n, err
}

// join takes a number. first hears of it before anything is leased under it: what the
// engine is given under a number that it does not know nobody would ever attempt.
func (n *Node) join(ctx context.Context, first func(process int64)) error {
	began := time.Since(n.started)
	process, err := n.Store.Join(ctx, n.Clock.Now())
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	first(process)
	n.process.Store(process)
	n.renewed.Store(int64(began))
	return nil
}

// Process is the number under which leases are held at present.
func (n *Node) Process() int64 { return n.process.Load() }

// Alive says whether the leases are fresh enough for an attempt to start.
func (n *Node) Alive() bool {
	return !n.Shared || time.Since(n.started)-time.Duration(n.renewed.Load()) < MaxSilence
}

// Run keeps the leases alive and listens until ctx ends.
func (n *Node) Run(ctx context.Context, engine Engine) {
	if !n.Shared {
		return
	}
	engine.Renewed(n.processes)
	done := make(chan struct{})
	go func() { defer close(done); n.listen(ctx) }()
	defer func() { <-done }()
	timer := time.NewTimer(renewEvery)
	defer timer.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		renewal, err := n.renew(ctx)
		wait := renewEvery
		switch {
		case errors.Is(err, webhook.ErrLeaseLost):
			n.Logger.Warn("node.leases_lost", "process", n.Process(), "hint", "they were not renewed in time; others take over what was held")
			if err = n.join(ctx, engine.Rejoined); err == nil {
				n.Logger.Info("node.joined", "process", n.Process())
			}
		case err == nil:
			engine.Renewed(renewal.Processes)
			if renewal.Ended > 0 {
				n.Logger.Warn("node.took_over", "processes", renewal.Ended)
				n.Changed()
			}
		}
		if err != nil {
			wait = retryAfter
		}
		if failed := err != nil && ctx.Err() == nil; failed != failing {
			failing = failed
			n.Logger.Log(ctx, levelOf(failing), "node.renewal", "failing", failing, "error", err)
		}
		timer.Reset(wait)
	}
}

func levelOf(failing bool) slog.Level {
	if failing {
		return slog.LevelError
	}
	return slog.LevelInfo
}

// renew renews the leases and sets the clock right.
func (n *Node) renew(ctx context.Context) (store.Renewal, error) {
	began, before := time.Since(n.started), n.Clock.Base()
	renewal, err := n.Store.Renew(ctx, n.Process(), n.Watching())
	if err != nil {
		return renewal, err
	}
	n.renewed.Store(int64(began))
	n.watched.Store(renewal.Watched)
	if renewal.Now.IsZero() {
		return renewal, nil
	}
	was := n.Clock.Now()
	if off := n.Clock.Correct(before, renewal.Now, n.Clock.Base()); was.Sub(n.Clock.Now()).Abs() > clockOff {
		n.Logger.Warn("node.clock", "off_by", off.String(), "hint", "the clock of this machine differs from that of the database, which counts")
	}
	return renewal, nil
}

// Watched says whether anybody elsewhere would notice what is told.
func (n *Node) Watched() bool { return n.watched.Load() }

// Tell lets other processes hear a text, if they listen.
func (n *Node) Tell(ctx context.Context, text string) error { return n.Store.Tell(ctx, text) }

// Leave ends the membership in good order: others take over at once.
func (n *Node) Leave(ctx context.Context) error {
	if !n.Shared {
		return nil
	}
	return n.Store.Leave(ctx, n.Process())
}

// listen hears of changes that others make. What is missed is found by polling.
func (n *Node) listen(ctx context.Context) {
	changed := make(chan struct{}, 1)
	told := make(chan struct{})
	go func() { defer close(told); n.tell(ctx, changed) }()
	defer func() { <-told }()
	failing := false
	for ctx.Err() == nil {
		missed := true
		err := n.Store.Listen(ctx, func(text string) {
			if missed { // from the last break until now
				missed, failing = false, false
				n.Missed()
			}
			if text != "" {
				n.Heard(text)
				return
			}
			select {
			case changed <- struct{}{}:
			default:
			}
		})
		if ctx.Err() == nil && !failing {
			failing = true
			n.Logger.Warn("node.listen", "error", err, "hint", "changes of other processes are noticed by polling until it works again")
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * retryAfter):
		}
	}
}

// tell passes changes on, several that come together as one.
func (n *Node) tell(ctx context.Context, changed <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		n.Changed()
		select {
		case <-ctx.Done():
			return
		case <-time.After(gather):
		}
	}
}
