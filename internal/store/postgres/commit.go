package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tidingshq/tidings/internal/webhook"
)

// begin puts the beginning of a transaction in line: first, in a transaction of its
// own so that nobody waits for ours, the taking of numbers; then what every call may
// have to know.
func (t *tx) begin(batch []*call) {
	if n, at, oldest := numbersFor(batch); n > 0 {
		// The row is held for a moment only. That this is not flushed to disk by itself
		// does no harm: whatever uses the numbers is flushed after it.
		t.queue("BEGIN")
		t.queue("SET LOCAL synchronous_commit = off")
		t.queue(`UPDATE identifier_lead i SET last = u.last, ms = CASE WHEN u.last / 512 - $3::bigint < i.ms THEN i.ms ELSE ((u.last / 512 - $3) / 60000 + 2) * 60000 END
			FROM (SELECT greatest(last, $1::bigint - 1) + $2::bigint AS last FROM identifier_lead FOR UPDATE) u RETURNING i.last, i.ms`, webhook.NumberAt(at), n, oldest.UnixMilli()).QueryRow(func(row pgx.Row) error {
			var last, lead int64
			err := row.Scan(&last, &lead)
			t.next, t.end = last-n+1, last+1
			t.store.raiseLead(lead)
			return err
		})
		t.queue("COMMIT")
	}
	t.queue("BEGIN")
	// Statements are planned once and kept, perhaps while a table is small: what is only right
	// then is not to be used, nor is there anything to compile.
	idle := strconv.FormatInt(idleTimeout.Milliseconds(), 10)
	t.queue(`SELECT pg_current_xact_id()::text, version, array(SELECT number FROM processes WHERE NOT ended),
			set_config('idle_in_transaction_session_timeout', $1, true), set_config('lock_timeout', $1, true),
			set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true),
			set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)
		FROM registry_version`, idle).QueryRow(func(row pgx.Row) error {
		var live []int64
		var ignored string
		err := row.Scan(&t.id, &t.registryVersion, &live, &ignored, &ignored, &ignored, &ignored, &ignored, &ignored, &ignored)
		t.live = make(map[int64]bool, len(live))
		for _, number := range live {
			t.live[number] = true
		}
		return err
	})
}

// numbersFor is how many numbers the calls need at most, at which time, and the
// earliest time of acceptance among them.
func numbersFor(batch []*call) (n int64, at, oldest time.Time) {
	for _, c := range batch {
		if c.accept == nil {
			continue
		}
		p := &c.accept.params
		for i := range p.Events {
			n += 1 + int64(len(p.Events[i].Webhooks))
		}
		if p.AcceptedAt.After(at) {
			at = p.AcceptedAt
		}
		if oldest.IsZero() || p.AcceptedAt.Before(oldest) {
			oldest = p.AcceptedAt
		}
	}
	return n, at, oldest
}

// commit ends the transaction. The last statements go over the wire with the COMMIT.
func (t *tx) commit() error {
	t.flush()
	if fault := t.store.options.Fault; fault != nil {
		if err := fault("commit"); err != nil {
			t.rollback()
			return fmt.Errorf("%w: %w", errCommit, err)
		}
	}
	t.queue("COMMIT").Exec(func(done pgconn.CommandTag) error {
		if done.String() != "COMMIT" { // a statement had failed, and whoever saw it went on
			return errRolledBack
		}
		return nil
	})
	err := t.send()
	if err == nil {
		return nil
	}
	if !errors.Is(err, webhook.ErrUnavailable) { // a statement was refused, and the COMMIT not looked at
		t.rollback()
		return err
	}
	t.discard()
	t.conn.Release() // its place is needed for asking
	decision, asked := t.store.decide(t.id, decideWithin)
	switch {
	case asked == nil && decision == committed:
		return nil
	case asked == nil:
		return fmt.Errorf("%w: %w", errCommit, err)
	}
	return &unknownError{id: t.id, cause: err}
}

// errRolledBack says that the database took a COMMIT for the end of a transaction in
// which a statement had failed: it undoes everything, which is no error to it.
var errRolledBack = errors.New("the transaction was rolled back")

// rollback undoes the transaction; a connection on which that fails is given up.
func (t *tx) rollback() {
	t.by.forgetTenants()
	t.line = pgx.Batch{}
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	if t.conn.Conn().IsClosed() {
		return
	}
	if t.conn.Conn().PgConn().TxStatus() == 'I' {
		return
	}
	if _, err := t.conn.Exec(ctx, "ROLLBACK"); err != nil {
		t.discard()
	}
}

// discard closes the connection, which ends the transaction if it still runs.
func (t *tx) discard() {
	t.by.forgetTenants()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = t.conn.Conn().Close(ctx) // it is given up
}

// decideWithin is how long callers wait to hear whether a commit has happened whose
// answer was lost.
const decideWithin = 2 * time.Second

// unknownError says that a commit may or may not have happened.
type unknownError struct {
	id    string
	cause error
}

func (e *unknownError) Error() string {
	return "whether the commit happened is not known: " + e.cause.Error()
}

func (e *unknownError) Is(target error) bool {
	return target == webhook.ErrUnavailable || target == errCommit
}

// undecided is a commit whose callers were told that it failed, for want of knowing.
type undecided struct {
	id    string
	calls []*call
}

// decision is what became of a transaction.
type decision int

const (
	aborted decision = iota
	committed
)

// errInProgress says that the database answers and does not know yet.
var errInProgress = errors.New("the transaction is still in progress")

// decide asks the database what became of a transaction, until it knows.
func (s *Store) decide(id string, within time.Duration) (decision, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	answers := false
	for {
		status, err := s.statusOf(ctx, id)
		switch {
		case isUnknownToDatabase(err):
			return aborted, nil
		case err == nil && status == "committed":
			return committed, nil
		case err == nil && status != "in progress": // aborted, or so long ago that nobody waits for it
			return aborted, nil
		case err == nil:
			answers = true
		case ctx.Err() == nil: // else this question was cut short
			answers = false
		}
		select {
		case <-ctx.Done():
			if answers {
				return aborted, errInProgress
			}
			return aborted, errors.Join(err, ctx.Err())
		case <-poll.C:
		}
	}
}

func (s *Store) statusOf(ctx context.Context, id string) (string, error) {
	var status *string
	err := s.write.QueryRow(ctx, "SELECT pg_xact_status($1::text::xid8)", id).Scan(&status)
	if err != nil || status == nil {
		return "", err
	}
	return *status, nil
}

// isUnknownToDatabase says that the database has never begun such a transaction: another
// one has taken its place, to which that was not passed on.
func isUnknownToDatabase(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && failure.Code == "22023"
}

// decideAll settles the commits that nobody knew about, oldest first. This
// committer writes nothing else before.
func (m *committer) decideAll() error {
	for len(m.undecided) > 0 {
		u := m.undecided[0]
		became, err := m.store.decide(u.id, time.Second)
		if errors.Is(err, errInProgress) {
			return fmt.Errorf("%w: %w", webhook.ErrUnavailable, err)
		}
		if err != nil {
			m.writer.isDown()
			return unavailable(err)
		}
		if became == committed {
			if err := m.disown(u.calls); err != nil {
				return err
			}
			for _, c := range u.calls {
				if c.committed != nil {
					c.committed()
				}
			}
		} else {
			m.abort(u.calls)
		}
		m.undecided = m.undecided[1:]
	}
	return nil
}

// disown undoes what callers do not know that they have, such as leases.
func (m *committer) disown(calls []*call) error {
	undo := &call{run: func(t *tx, _ *call) error {
		for _, c := range calls {
			if c.disowned == nil {
				continue
			}
			if err := c.disowned(t); err != nil {
				return err
			}
		}
		return nil
	}}
	for _, c := range calls {
		if c.disowned != nil {
			return m.try([]*call{undo})
		}
	}
	return nil
}
