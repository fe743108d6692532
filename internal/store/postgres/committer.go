package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// maxBatchCalls, maxBatchBytes and maxBatchRows bound what one commit takes
	// together: others wait for it, and for its bytes to be on disk.
	maxBatchCalls = 1024
	maxBatchBytes = 32 << 20
	maxBatchRows  = 2000
)

// committer writes in one transaction after another. Calls that arrive while a commit is
// under way share the next one; a call that finds it idle is committed at once, without
// a timer (ADR-0002).
type committer struct {
	writer *writer
	store  *Store
	calls  chan *call
	// place tells it from the others of its writer.
	place int64
	// What follows belongs to its goroutine. undecided are commits of which nobody knows
	// whether they happened, tenants are numbers of tenants as of the registry's version
	// tenantsAt (anyTenant).
	undecided []undecided
	tenants   map[webhook.TenantID]int64
	tenantsAt int64

	stopped chan struct{}
}

func newCommitter(w *writer, place int64) *committer {
	return &committer{
		writer: w, store: w.store, place: place, calls: make(chan *call, maxWaitingCalls), stopped: make(chan struct{}),
		tenants: make(map[webhook.TenantID]int64), tenantsAt: -1,
	}
}

func (m *committer) loop() {
	defer close(m.stopped)
	var batch []*call
	for first := range m.calls {
		batch = m.gather(append(batch[:0], first))
		m.commit(batch)
		clear(batch)
	}
	_ = m.decideAll() // nobody waits for it any more
}

// gather adds what is waiting already to the batch.
func (m *committer) gather(batch []*call) []*call {
	bytes, rows := 0, 0
	for _, c := range batch {
		bytes, rows = bytes+c.bytes, rows+c.rows
	}
	for len(batch) < maxBatchCalls && bytes < maxBatchBytes && rows < maxBatchRows {
		select {
		case c, open := <-m.calls:
			if !open {
				return batch
			}
			batch = append(batch, c)
			bytes, rows = bytes+c.bytes, rows+c.rows
		default:
			return batch
		}
	}
	return batch
}

// commit writes what was gathered. An undoable call has a transaction of its own: what it
// locks others may want, and it then waits for none of them while it holds the lock of
// another call (ADR-0025).
func (m *committer) commit(all []*call) {
	batch := all[:0:0]
	for _, c := range all {
		if !c.taken.CompareAndSwap(false, true) {
			c.err = errAbandoned
			m.answer([]*call{c})
			continue
		}
		batch = append(batch, c)
	}
	for len(batch) > 0 {
		n := 1
		for !batch[0].undoable && n < len(batch) && !batch[n].undoable {
			n++
		}
		err := m.commitTogether(batch[:n])
		if batch = batch[n:]; errors.Is(err, webhook.ErrUnavailable) {
			m.settle(batch, fmt.Errorf("%w: what was to be committed first could not be", webhook.ErrUnavailable))
			m.answer(batch)
			return
		}
	}
}

// commitTogether writes calls in one transaction. Should a statement be refused, each call
// gets a transaction of its own, so that one that cannot be written fails alone.
func (m *committer) commitTogether(batch []*call) error {
	defer m.answer(batch)
	started := time.Now()
	err := m.decideAll()
	if err == nil {
		err = m.try(batch)
	}
	if err != nil && len(batch) > 1 && !errors.Is(err, webhook.ErrUnavailable) && !errors.Is(err, errCommit) {
		m.abort(batch)
		for _, c := range batch {
			c.err = nil
			m.settle([]*call{c}, m.try([]*call{c}))
		}
	} else {
		m.settle(batch, err)
	}
	if m.store.options.Observe != nil {
		m.store.options.Observe(len(batch), time.Since(started))
	}
	return err
}

// answer lets the callers go on.
func (m *committer) answer(calls []*call) {
	for _, c := range calls {
		m.writer.waitingCalls.Add(-1)
		m.writer.waitingBytes.Add(-int64(c.bytes))
		close(c.done)
	}
}

// settle tells each call what became of the commit, in commit order.
func (m *committer) settle(batch []*call, err error) {
	var unknown *unknownError
	if errors.As(err, &unknown) {
		m.undecided = append(m.undecided, undecided{id: unknown.id, calls: slices.DeleteFunc(slices.Clone(batch), func(c *call) bool { return c.err != nil })})
	} else if err != nil {
		m.abort(batch)
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

func (m *committer) abort(batch []*call) {
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
func (m *committer) try(batch []*call) error {
	var err error
	for range tries {
		for _, c := range batch {
			c.err = nil
		}
		if err = m.once(batch); !again(err) {
			break
		}
		m.abort(batch)
		if errors.Is(err, errNoPartition) {
			ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
			err = m.store.coverNumbers(ctx, err)
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
func (m *committer) once(batch []*call) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	conn, err := m.store.write.Acquire(ctx)
	if err != nil {
		m.writer.isDown()
		return fmt.Errorf("connect: %w", unavailable(err))
	}
	defer conn.Release()
	t := &tx{ctx: ctx, store: m.store, by: m, conn: conn, registryVersion: -1}
	t.begin(batch)
	if err := m.work(t, batch); err != nil {
		t.rollback()
		if t.id == "" && errors.Is(err, webhook.ErrUnavailable) && ctx.Err() == nil {
			return fmt.Errorf("%w: %w", errDead, err)
		}
		return err
	}
	if batch[0].isUndone() {
		t.rollback()
		return nil
	}
	return t.commit()
}

// work does what the calls of a batch ask for.
func (m *committer) work(t *tx, batch []*call) error {
	if err := m.together(t, batch); err != nil || batch[0].isUndone() {
		return err
	}
	return t.send() // also a batch without any question has begun
}

// together writes calls that do not depend on each other.
func (m *committer) together(t *tx, calls []*call) error {
	var accepts acceptances
	var finishes finishings
	var leases []webhook.Lease
	var others []*call
	for _, c := range calls {
		switch {
		case c.accept != nil:
			accepts.calls = append(accepts.calls, c)
		case c.finish != nil:
			finishes.calls = append(finishes.calls, c)
		case c.release != nil:
			leases = append(leases, c.release...)
		default:
			others = append(others, c)
		}
	}
	accepts.ask(t)
	finishes.ask(t)
	release(t, leases)
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

func (m *committer) forgetTenants() { clear(m.tenants) }

// counter is who counts health here: the process, told apart from what its other
// committers count, so that none waits for another's row.
func (m *committer) counter() int64 { return m.store.process.Load() + m.place<<counterShift }

// counterShift leaves room for more processes than there will ever be.
const counterShift = 48
