package postgres

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// smallRows is how much a call writes at most to be committed apart from what writes
	// more.
	smallRows = 32
	// maxWaitingCalls and maxWaitingBytes bound what waits for the writer; new
	// events beyond them are refused with ErrBusy.
	maxWaitingCalls = 4096
	maxWaitingBytes = 128 << 20
	// commitTimeout bounds a transaction. The database ends one that was left open
	// by itself after idleTimeout, so that nobody waits for its locks.
	commitTimeout = 10 * time.Second
	idleTimeout   = 10 * time.Second
	// acceptTimeout is how long new events wait for a database that does not answer, by
	// default.
	acceptTimeout = 4 * time.Second
	// downFor is how long new events are refused at once after the database could not
	// be reached.
	downFor = 250 * time.Millisecond
)

var (
	errClosed = errors.New("store is closed")
	// errAbandoned ends a call whose caller does not wait any more.
	errAbandoned = errors.New("nobody waits for this call")
)

// call is one store call on its way through the writer.
type call struct {
	// accept, finish and release are done for all calls of a batch together. Of other calls,
	// run does the work. What it returns fails the whole commit; a refusal of just
	// this call goes to c.err, and then run has written nothing, unless the call is
	// undoable.
	accept  *acceptance
	finish  *finishing
	release []webhook.Lease
	run     func(t *tx, c *call) error
	// expands: it goes on with events that went to many.
	expands bool
	// undoable calls have a transaction of their own, which a refusal rolls back.
	undoable bool
	// committed runs after the commit, in the order of the commits of one committer, on
	// its goroutine; aborted when the commit failed. Either may be nil.
	committed, aborted func()
	// disowned runs in a later transaction when the caller was told that the commit
	// failed, and it turns out that it did not. It may be nil.
	disowned func(t *tx) error
	// bytes and rows are about how much the call writes.
	bytes, rows int
	err         error
	done        chan struct{}
	// taken is set by a committer when it begins, or by a caller who gives up before.
	taken atomic.Bool
}

// isUndone says whether the call is refused, and what it has written is to be undone.
func (c *call) isUndone() bool { return c.undoable && c.err != nil }

// refuse ends the call without failing the commit, if err is a refusal or the call
// is undoable. It is written as `return c.refuse(err)`. That the database cannot be
// asked is no refusal, nor is that another process came between.
func (c *call) refuse(err error) error {
	if errors.Is(err, webhook.ErrUnavailable) || errors.Is(err, errRace) {
		return err
	}
	c.err = err
	return nil
}

// writer has three committers, with a connection each. What somebody waits for and is
// written in a moment does not wait for what takes longer, nor do new events for what
// nobody waits for (ADR-0025).
type writer struct {
	store *Store
	// prompt commits calls that write little, such as lone events, bulk events that are many
	// or go to many, background results and all others.
	prompt, bulk, background *committer

	waitingCalls atomic.Int64
	waitingBytes atomic.Int64
	// downUntil is until when the database counts as out of reach, in nanoseconds of
	// the process.
	downUntil atomic.Int64

	mu      sync.RWMutex // guards closed against sends on calls
	closed  bool
	started time.Time
}

func newWriter(s *Store) *writer {
	w := &writer{store: s, started: time.Now()}
	w.prompt, w.bulk, w.background = newCommitter(w, 0), newCommitter(w, 1), newCommitter(w, 2)
	for _, one := range w.committers() {
		go one.loop()
	}
	return w
}

func (w *writer) committers() []*committer { return []*committer{w.prompt, w.bulk, w.background} }

// committerOf is who commits a call. Of calls that write little, but for results, the later one
// finds what the earlier one did; so it is with events that are written in steps, and their steps.
func (w *writer) committerOf(c *call) *committer {
	switch {
	case c.finish != nil:
		return w.background
	case c.rows <= smallRows:
		return w.prompt
	case c.accept != nil || c.expands:
		return w.bulk
	default:
		return w.background
	}
}

// do passes a call through the writer and waits until it is durable or refused.
// The wait is not cut short by a context: the commit happens whether or not anyone
// waits for it.
func (w *writer) do(c *call) error {
	if err := w.enqueue(c); err != nil {
		return err
	}
	<-c.done
	return c.err
}

func (w *writer) enqueue(c *call) error {
	c.done = make(chan struct{})
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	w.waitingCalls.Add(1)
	w.waitingBytes.Add(int64(c.bytes))
	w.committerOf(c).calls <- c
	return nil
}

// doUnlessBusy is do for new events: they are refused when too many wait, and when
// the database is out of reach or slow.
func (w *writer) doUnlessBusy(c *call) error {
	if w.waitingCalls.Load() >= maxWaitingCalls || w.waitingBytes.Load()+int64(c.bytes) > maxWaitingBytes {
		return webhook.ErrBusy
	}
	if w.down() {
		return webhook.ErrUnavailable
	}
	if err := w.enqueue(c); err != nil {
		return err
	}
	timer := time.NewTimer(w.store.options.Patience)
	defer timer.Stop()
	select {
	case <-c.done:
		return c.err
	case <-timer.C:
	}
	if c.taken.CompareAndSwap(false, true) {
		return webhook.ErrUnavailable // it is passed over
	}
	// It is being written: what comes of it is known within the bounds of a commit.
	<-c.done
	return c.err
}

// down says whether the database could not be reached a moment ago.
func (w *writer) down() bool { return time.Since(w.started).Nanoseconds() < w.downUntil.Load() }

func (w *writer) isDown() { w.downUntil.Store((time.Since(w.started) + downFor).Nanoseconds()) }

func (w *writer) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		for _, one := range w.committers() {
			close(one.calls)
		}
	}
	w.mu.Unlock()
	for _, one := range w.committers() {
		<-one.stopped
	}
}
