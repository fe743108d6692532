package postgres

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// TestLeadNeverGoesBack raises it from many goroutines.
func TestLeadNeverGoesBack(t *testing.T) {
	t.Parallel()
	s := &Store{}
	const raisers, most = 4, 20_000_000
	var raising sync.WaitGroup
	for first := range int64(raisers) {
		raising.Go(func() {
			for lead := first + 1; lead <= most; lead += raisers {
				if s.raiseLead(lead); s.lead.Load() < lead {
					t.Errorf("%d after it was raised to %d", s.lead.Load(), lead)
					return
				}
			}
		})
	}
	raising.Wait()
	if got := s.lead.Load(); got != most {
		t.Errorf("%d, want %d", got, most)
	}
}

// TestDecisionNeedsNoFurtherConnection loses the connection of a commit while all others
// that write are taken: the place of the lost one is enough to ask what became of it.
func TestDecisionNeedsNoFurtherConnection(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	for range writers - 1 {
		conn, err := s.write.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
	}
	cut := &call{run: func(t *tx, _ *call) error { return t.conn.Conn().PgConn().Conn().Close() }}
	err := s.writer.bulk.try([]*call{cut})
	if unknown := new(unknownError); errors.As(err, &unknown) || !errors.Is(err, errCommit) {
		t.Errorf("%v, want a commit that is known to have failed", err)
	}
}

// TestInProgressIsNotOutOfReach has a commit to settle whose transaction has not ended: the
// database answers, and new events are not refused.
func TestInProgressIsNotOutOfReach(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	transaction, id := begun(t, s.write)
	m := newCommitter(s.writer, 3)
	m.undecided = []undecided{{id: id}}
	if err := m.decideAll(); !errors.Is(err, webhook.ErrUnavailable) || !errors.Is(err, errInProgress) {
		t.Errorf("while it is in progress: %v", err)
	}
	if s.writer.down() {
		t.Error("the database counts as out of reach")
	}
	if err := errors.Join(transaction.Rollback(t.Context()), m.decideAll()); err != nil || len(m.undecided) > 0 {
		t.Errorf("once it has ended: %v, %d undecided", err, len(m.undecided))
	}
}

// begun is a transaction, which ends with the test, and its identifier.
func begun(t *testing.T, pool *pgxpool.Pool) (transaction pgx.Tx, id string) {
	t.Helper()
	transaction, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = transaction.Rollback(context.WithoutCancel(t.Context())) }) // it may have ended
	if err := transaction.QueryRow(t.Context(), "SELECT pg_current_xact_id()::text").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return transaction, id
}

// TestOverridesHoldOneDeliveryEach has two deliveries cancelled in one batch, while another
// transaction holds the second and then wants the first: that one it gets.
func TestOverridesHoldOneDeliveryEach(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	ctx, now := t.Context(), s.options.Clock.Now()
	event := store.NewEvent{Type: "User.Created", Payload: webhook.Payload{Posted: []byte(`{}`)}, Webhooks: []int64{1, 1}}
	if _, err := s.Accept(ctx, store.AcceptParams{Tenant: webhook.DefaultTenant, AcceptedAt: now, Events: []store.NewEvent{event}}); err != nil {
		t.Fatal(err)
	}
	var numbers []int64
	var ids []webhook.DeliveryID
	if err := s.query(ctx, func(rows pgx.Rows) error {
		var number int64
		var suffix string
		err := rows.Scan(&number, &suffix)
		numbers, ids = append(numbers, number), append(ids, webhook.DeliveryID(webhook.FormatID(number, suffix)))
		return err
	}, "SELECT number, suffix FROM work ORDER BY number"); err != nil || len(ids) != 2 {
		t.Fatal(err, ids)
	}
	other, _ := begun(t, s.write)
	if _, err := other.Exec(ctx, "SELECT FROM work WHERE number = $1 FOR UPDATE", numbers[1]); err != nil {
		t.Fatal(err)
	}
	reached, release := make(chan struct{}), make(chan struct{})
	if err := s.writer.enqueue(&call{run: func(*tx, *call) error { close(reached); <-release; return nil }}); err != nil {
		t.Fatal(err)
	}
	<-reached
	done := make(chan error, len(ids))
	for i, id := range ids { // they come in this order
		go func() { _, err := s.Cancel(ctx, webhook.DefaultTenant, id, now); done <- err }()
		for s.Waiting() < i+2 {
			runtime.Gosched()
		}
	}
	close(release)
	awaitLock(t, s)
	if _, err := other.Exec(ctx, "SELECT FROM work WHERE number = $1 FOR UPDATE NOWAIT", numbers[0]); err != nil {
		t.Errorf("the first delivery is held while the second is waited for: %v", err)
	}
	if err := errors.Join(other.Rollback(ctx), <-done, <-done); err != nil {
		t.Error(err)
	}
}

// awaitLock waits until a statement waits for what another one holds.
func awaitLock(t *testing.T, s *Store) {
	t.Helper()
	for waits := false; !waits; {
		if err := s.query(t.Context(), func(rows pgx.Rows) error { return rows.Scan(&waits) },
			"SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"); err != nil {
			t.Fatal(err)
		}
	}
}
