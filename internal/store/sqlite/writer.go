package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// maxBatchCalls, maxBatchBytes and maxBatchRows bound what one commit takes
	// together.
	maxBatchCalls = 1024
	maxBatchBytes = 32 << 20
	maxBatchRows  = 1000
	// smallRows is how much a call writes at most to go ahead of others (isBulk).
	smallRows = 32
	// bulkShare is how many rows of the others a commit takes for each row of the small
	// ones that wait for it.
	bulkShare = 3
	// slowFlush is how long a disk takes that is slow: then a commit takes the others for
	// half of that time, whoever waits.
	slowFlush = 2 * time.Millisecond
	// maxWaitingCalls and maxWaitingBytes bound what waits for the writer; new
	// events beyond them are refused with ErrBusy.
	maxWaitingCalls = 4096
	maxWaitingBytes = 128 << 20
)

var errClosed = errors.New("store is closed")

// call is one store call on its way through the writer.
type call struct {
	// run does the work. What it returns fails the whole commit; a refusal of
	// just this call goes to c.err, and then run has written nothing, unless the
	// call is undoable.
	run func(t *tx, c *call) error
	// undoable calls run inside a savepoint, which a refusal rolls back.
	undoable bool
	// givesWay: nobody waits for it, so others go first.
	givesWay bool
	// before runs ahead of a savepoint; may be nil.
	before func(t *tx) error
	// committed runs after the commit, in commit order, on the writer's goroutine;
	// aborted when the commit failed. Either may be nil.
	committed, aborted func()
	// bytes and rows are about how much the call writes.
	bytes, rows int
	err         error
	done        chan struct{}
}

// isBulk says whether small calls that somebody may wait for go first.
func (c *call) isBulk() bool { return c.givesWay || c.rows > smallRows }

// refuse ends the call without failing the commit, if err is a refusal or the call
// is undoable. It is written as `return c.refuse(err)`.
func (c *call) refuse(err error) error {
	c.err = err
	return nil
}

// writer owns the one connection that writes. Calls that arrive while a commit is
// prepared join it, those that come while it is flushed the next one; a call that finds
// the writer idle is committed at once, without a timer (ADR-0002).
type writer struct {
	conn *sql.Conn
	// prepare and commands are the statements that have been used: those that are read
	// from, and those that only write.
	prepare  map[string]*sql.Stmt
	commands map[string]*command
	// scratch is where an attempt is packed.
	scratch []byte
	// calls are small ones that somebody may wait for, bulk the others: a lone event must
	// not wait for all the batches that came before it.
	calls, bulk chan *call
	// tookBulk says that the last commit had some of bulk, flushed how long its end took.
	tookBulk bool
	flushed  time.Duration
	options  Options
	// store keeps the counts that follow from commits.
	store *Store

	waitingCalls atomic.Int64
	waitingBytes atomic.Int64

	mu      sync.RWMutex // guards closed against sends on calls
	closed  bool
	stopped chan struct{}
}

func newWriter(conn *sql.Conn, s *Store) *writer {
	w := &writer{
		conn:     conn,
		prepare:  make(map[string]*sql.Stmt),
		commands: make(map[string]*command),
		calls:    make(chan *call, maxWaitingCalls),
		bulk:     make(chan *call, maxWaitingCalls),
		options:  s.options,
		store:    s,
		stopped:  make(chan struct{}),
	}
	go w.loop()
	return w
}

// do passes a call through the writer and waits until it is durable or refused.
// The wait is not cut short by a context: the commit happens whether or not anyone
// waits for it, and takes milliseconds.
func (w *writer) do(c *call) error {
	c.done = make(chan struct{})
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return errClosed
	}
	w.waitingCalls.Add(1)
	w.waitingBytes.Add(int64(c.bytes))
	if c.isBulk() {
		w.bulk <- c
	} else {
		w.calls <- c
	}
	w.mu.RUnlock()
	<-c.done
	return c.err
}

// doUnlessBusy is do for calls that may be refused when too many wait.
func (w *writer) doUnlessBusy(c *call) error {
	if w.waitingCalls.Load() >= maxWaitingCalls || w.waitingBytes.Load()+int64(c.bytes) > maxWaitingBytes {
		return webhook.ErrBusy
	}
	return w.do(c)
}

func (w *writer) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.calls)
		close(w.bulk)
	}
	w.mu.Unlock()
	<-w.stopped
}

func (w *writer) loop() {
	defer close(w.stopped)
	calls, bulk := w.calls, w.bulk
	var batch []*call
	for calls != nil || bulk != nil {
		var first *call
		select {
		case first = <-calls:
			if first == nil {
				calls = nil
				continue
			}
		case first = <-bulk:
			if first == nil {
				bulk = nil
				continue
			}
		}
		batch = w.commit(append(batch[:0], first))
		clear(batch)
	}
}

// load is what a commit has taken on.
type load struct {
	began              time.Time
	calls, bytes, rows int
	// urgent are the rows of small calls that somebody may wait for, bulk those of the
	// others.
	urgent, bulk int
}

func (l *load) add(c *call) {
	l.calls++
	l.bytes += c.bytes
	l.rows += c.rows
	if c.isBulk() {
		l.bulk += c.rows
	} else {
		l.urgent += max(1, c.rows)
	}
}

// next is the call that joins a commit under way, nil if the commit is to end. Before it
// ends for want of calls, who is about to bring one may do so: its pages are open already
// (ADR-0027).
func (w *writer) next(l *load) *call {
	c, nothing := w.take(l)
	if nothing {
		runtime.Gosched()
		c, _ = w.take(l)
	}
	return c
}

// take returns what may join of what waits, and says whether nothing does: small calls as
// long as there are any, then others, but only a few once somebody waits for a small one,
// and none if the last commit had some. So a lone event waits for one of the others at
// most, not for all of them.
func (w *writer) take(l *load) (c *call, nothing bool) {
	if l.calls >= maxBatchCalls || l.bytes >= maxBatchBytes || l.rows >= maxBatchRows {
		return nil, false
	}
	select {
	case c := <-w.calls:
		if c != nil {
			return c, false
		}
	default:
	}
	if l.urgent > 0 && w.enoughBulk(l) {
		return nil, false
	}
	select {
	case c := <-w.bulk:
		return c, false
	default:
		return nil, true
	}
}

// enoughBulk says whether what somebody waits for should not wait for more of the others.
// Where the disk is slow it waits longer anyhow, and others would starve.
func (w *writer) enoughBulk(l *load) bool {
	if w.flushed >= slowFlush && time.Since(l.began) < w.flushed/2 {
		return false
	}
	return l.bulk >= bulkShare*l.urgent || l.urgent <= smallRows && w.tookBulk
}

// commit writes the batch, and what joins it, in one transaction, and returns them all.
// Should that fail, each call gets a transaction of its own, so that one that cannot be
// written fails alone.
func (w *writer) commit(batch []*call) []*call {
	started := time.Now()
	batch, err := w.try(batch, w.next)
	if err != nil && len(batch) > 1 && !errors.Is(err, errBegin) && !errors.Is(err, errCommit) {
		w.abort(batch)
		for _, c := range batch {
			c.err = nil
			_, err := w.try([]*call{c}, alone)
			w.settle([]*call{c}, err)
		}
	} else {
		w.settle(batch, err)
	}
	if w.options.Observe != nil {
		w.options.Observe(len(batch), time.Since(started))
	}
	l := load{}
	for _, c := range batch {
		l.add(c)
		w.waitingCalls.Add(-1)
		w.waitingBytes.Add(-int64(c.bytes))
		close(c.done)
	}
	w.tookBulk = l.bulk > 0
	w.store.checkpoints.committed(w.conn, l)
	return batch
}

// alone lets nothing join a commit.
func alone(*load) *call { return nil }

// settle tells each call what became of the commit, in commit order.
func (w *writer) settle(batch []*call, err error) {
	if err != nil {
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

// errBegin marks a failure that no call is to blame for, such as another process
// that keeps the database locked: each call alone would wait for it again. errCommit
// marks a failure of the commit itself: it may have happened or not, so trying again
// could write twice.
var (
	errBegin  = errors.New("begin")
	errCommit = errors.New("commit")
)

// try writes the batch and whatever more brings in one transaction, and returns them all.
func (w *writer) try(batch []*call, more func(*load) *call) (_ []*call, err error) {
	t := &tx{writer: w, registryVersion: -1, newestProcess: -1}
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return batch, fmt.Errorf("%w: %w", errBegin, err)
	}
	defer func() {
		if err != nil {
			// After a failed COMMIT the transaction may be gone already.
			_ = w.exec("ROLLBACK")
			w.store.forgetTenants()
			t.settleFlight(err)
		}
	}()
	if batch, err = w.runAll(t, batch, more); err != nil {
		return batch, err
	}
	if err := t.flush(); err != nil {
		return batch, err
	}
	if err := t.enqueueOld(); err != nil {
		return batch, err
	}
	if w.options.Fault != nil {
		if err := w.options.Fault("commit"); err != nil {
			return batch, fmt.Errorf("%w: %w", errCommit, err)
		}
	}
	ended := time.Now()
	if err := w.exec("COMMIT"); err != nil {
		return batch, fmt.Errorf("%w: %w", errCommit, err)
	}
	w.flushed = time.Since(ended)
	t.settleFlight(nil)
	w.store.unfinished.Add(t.unfinished)
	w.store.rememberBlocks(t.blocks)
	if t.lead > 0 {
		w.store.lead.Store(t.lead)
	}
	return batch, nil
}

// runAll runs the calls of the batch and those that join it meanwhile.
func (w *writer) runAll(t *tx, batch []*call, more func(*load) *call) ([]*call, error) {
	l := load{began: time.Now()}
	for i := 0; ; i++ {
		if i == len(batch) {
			c := more(&l)
			if c == nil {
				return batch, nil
			}
			batch = append(batch, c)
		}
		l.add(batch[i])
		if err := w.runOne(t, batch[i]); err != nil {
			return batch, err
		}
	}
}

func (w *writer) runOne(t *tx, c *call) error {
	if c.before != nil {
		if err := c.before(t); err != nil {
			return err
		}
	}
	if !c.undoable {
		return c.run(t, c)
	}
	if err := w.exec("SAVEPOINT one"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	if err := c.run(t, c); err != nil {
		return err
	}
	if c.err != nil {
		if err := w.exec("ROLLBACK TO one"); err != nil {
			return fmt.Errorf("roll back to savepoint: %w", err)
		}
		t.registryVersion = -1
		w.store.forgetTenants()
	}
	return w.exec("RELEASE one")
}

func (w *writer) exec(query string) error {
	c, err := w.command(query)
	if err == nil {
		_, err = c.exec(w.conn)
	}
	return err
}

// statement prepares a query once and keeps it.
func (w *writer) statement(query string) (*sql.Stmt, error) {
	if s, ok := w.prepare[query]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	w.prepare[query] = s
	return s, nil
}

func (w *writer) closeStatements() error {
	var errs []error
	for _, s := range w.prepare {
		errs = append(errs, s.Close())
	}
	for _, c := range w.commands {
		errs = append(errs, c.close(w.conn))
	}
	return errors.Join(errs...)
}
