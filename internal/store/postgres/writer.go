package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// maxBatchCalls, maxBatchBytes and maxBatchRows bound what one commit takes
	// together: others wait for it.
	maxBatchCalls = 1024
	maxBatchBytes = 32 << 20
	maxBatchRows  = 5000
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
	// accept and finish are done for all calls of a batch together. Of other calls,
	// run does the work. What it returns fails the whole commit; a refusal of just
	// this call goes to c.err, and then run has written nothing, unless the call is
	// undoable.
	accept *acceptance
	finish *finishing
	run    func(t *tx, c *call) error
	// undoable calls run inside a savepoint, which a refusal rolls back, and in the
	// order in which they came.
	undoable bool
	// committed runs after the commit, in commit order, on the writer's goroutine;
	// aborted when the commit failed. Either may be nil.
	committed, aborted func()
	// disowned runs in a later transaction when the caller was told that the commit
	// failed, and it turns out that it did not. It may be nil.
	disowned func(t *tx) error
	// bytes and rows are about how much the call writes.
	bytes, rows int
	err         error
	done        chan struct{}
	// taken is set by the writer when it begins, or by a caller who gives up before.
	taken atomic.Bool
}

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

// writer writes in one transaction after another. Calls that arrive while a commit is
// under way share the next one; a call that finds the writer idle is committed at
// once, without a timer (ADR-0002).
type writer struct {
	calls chan *call
	store *Store

	waitingCalls atomic.Int64
	waitingBytes atomic.Int64
	// downUntil is until when the database counts as out of reach, in nanoseconds of
	// the process.
	downUntil atomic.Int64
	// undecided are commits of which nobody knows whether they happened. They belong
	// to the writer's goroutine.
	undecided []undecided

	mu      sync.RWMutex // guards closed against sends on calls
	closed  bool
	stopped chan struct{}
	started time.Time
}

func newWriter(s *Store) *writer {
	w := &writer{calls: make(chan *call, maxWaitingCalls), store: s, stopped: make(chan struct{}), started: time.Now()}
	go w.loop()
	return w
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
	w.calls <- c
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
		return webhook.ErrUnavailable // the writer passes it over
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
		close(w.calls)
	}
	w.mu.Unlock()
	<-w.stopped
}

func (w *writer) loop() {
	defer close(w.stopped)
	var batch []*call
	for first := range w.calls {
		batch = w.gather(append(batch[:0], first))
		w.commit(batch)
		clear(batch)
	}
	_ = w.decideAll() // nobody waits for it any more
}

// gather adds what is waiting already to the batch.
func (w *writer) gather(batch []*call) []*call {
	bytes, rows := batch[0].bytes, batch[0].rows
	for len(batch) < maxBatchCalls && bytes < maxBatchBytes && rows < maxBatchRows {
		select {
		case c, open := <-w.calls:
			if !open {
				return batch
			}
			batch = append(batch, c)
			bytes += c.bytes
			rows += c.rows
		default:
			return batch
		}
	}
	return batch
}

// commit writes the batch in one transaction. Should a statement be refused, each call
// gets a transaction of its own, so that one that cannot be written fails alone.
func (w *writer) commit(all []*call) {
	started := time.Now()
	batch := all[:0:0]
	for _, c := range all {
		if !c.taken.CompareAndSwap(false, true) {
			c.err = errAbandoned
			continue
		}
		batch = append(batch, c)
	}
	if len(batch) > 0 {
		err := w.decideAll()
		if err == nil {
			err = w.try(batch)
		}
		if err != nil && len(batch) > 1 && !errors.Is(err, webhook.ErrUnavailable) && !errors.Is(err, errCommit) {
			w.abort(batch)
			for _, c := range batch {
				c.err = nil
				w.settle([]*call{c}, w.try([]*call{c}))
			}
		} else {
			w.settle(batch, err)
		}
		if w.store.options.Observe != nil {
			w.store.options.Observe(len(batch), time.Since(started))
		}
	}
	for _, c := range all {
		w.waitingCalls.Add(-1)
		w.waitingBytes.Add(-int64(c.bytes))
		close(c.done)
	}
}

// settle tells each call what became of the commit, in commit order.
func (w *writer) settle(batch []*call, err error) {
	var unknown *unknownError
	if errors.As(err, &unknown) {
		w.undecided = append(w.undecided, undecided{id: unknown.id, calls: slices.DeleteFunc(slices.Clone(batch), func(c *call) bool { return c.err != nil })})
	} else if err != nil {
		w.abort(batch)
	}
	for _, c := range batch {
		switch {
		case err != nil:
			c.err = err
		case c.err == nil && c.committed != nil:
			c.committed()
		}
	}
}

func (w *writer) abort(batch []*call) {
	for _, c := range batch {
		if c.aborted != nil {
			c.aborted()
		}
	}
}

// errCommit marks a failure of the commit itself, which is nobody's fault.
var errCommit = errors.New("commit")

// tries is how often a transaction is made when another process came between, or the
// connection turned out to be dead before anything was written.
const tries = 4

// try makes the transaction of a batch.
func (w *writer) try(batch []*call) error {
	var err error
	for range tries {
		for _, c := range batch {
			c.err = nil
		}
		if err = w.once(batch); !again(err) {
			break
		}
		w.abort(batch)
		if errors.Is(err, errNoPartition) {
			ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
			err = w.store.coverNumbers(ctx, err)
			cancel()
			if err != nil {
				return err
			}
			err = errRace
		}
	}
	return err
}

// errRace says that another process came between, errDead that the connection had
// died before anything was sent: both are worth another try.
var (
	errRace = fmt.Errorf("%w: another process was quicker", webhook.ErrBusy)
	errDead = errors.New("the connection had died")
)

func again(err error) bool {
	return errors.Is(err, errRace) || errors.Is(err, errDead) || errors.Is(err, errNoPartition)
}

// once makes the transaction of a batch once.
func (w *writer) once(batch []*call) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	conn, err := w.store.write.Acquire(ctx)
	if err != nil {
		w.isDown()
		return fmt.Errorf("connect: %w", unavailable(err))
	}
	defer conn.Release()
	t := &tx{ctx: ctx, store: w.store, conn: conn, registryVersion: -1}
	t.begin(batch)
	if err := w.work(t, batch); err != nil {
		t.rollback()
		if t.id == "" && errors.Is(err, webhook.ErrUnavailable) && ctx.Err() == nil {
			return fmt.Errorf("%w: %w", errDead, err)
		}
		return err
	}
	return t.commit()
}

// work does what the calls of a batch ask for. Those that have to be in order, as
// they change what others look at, part the batch; what is between them is written
// together.
func (w *writer) work(t *tx, batch []*call) error {
	for len(batch) > 0 {
		n := 0
		for n < len(batch) && !batch[n].undoable {
			n++
		}
		if n == 0 {
			if err := w.runOne(t, batch[0]); err != nil {
				return err
			}
			n = 1
		} else if err := w.together(t, batch[:n]); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return t.send() // also a batch without any question has begun
}

// together writes calls that do not depend on each other.
func (w *writer) together(t *tx, calls []*call) error {
	var accepts acceptances
	var finishes finishings
	var others []*call
	for _, c := range calls {
		switch {
		case c.accept != nil:
			accepts.calls = append(accepts.calls, c)
		case c.finish != nil:
			finishes.calls = append(finishes.calls, c)
		default:
			others = append(others, c)
		}
	}
	accepts.ask(t)
	finishes.ask(t)
	if err := t.send(); err != nil {
		return err
	}
	if err := accepts.write(t); err != nil {
		return err
	}
	if err := finishes.write(t); err != nil {
		return err
	}
	for _, c := range others {
		if err := c.run(t, c); err != nil {
			return err
		}
	}
	return nil
}

// runOne runs a call that may be refused after it has written.
func (w *writer) runOne(t *tx, c *call) error {
	if _, err := t.exec("SAVEPOINT one"); err != nil {
		return err
	}
	if err := c.run(t, c); err != nil {
		return err
	}
	if c.err == nil {
		_, err := t.exec("RELEASE SAVEPOINT one")
		return err
	}
	clear(w.store.tenants)
	clear(t.tenants) // their locks went with the savepoint
	t.registryVersion = -1
	_, err := t.exec("ROLLBACK TO SAVEPOINT one")
	return err
}
