package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// TestRetentionLeavesWhatIsAskedForAgain lets retention come by while another process puts
// a delivery that is due to go back into the queue.
func TestRetentionLeavesWhatIsAskedForAgain(t *testing.T) {
	t.Parallel()
	options, _ := newKit(t).options(t)
	s := newScene(t, options)
	_, err := s.store.Accept(t.Context(), s.params(s.number))
	s.ok(err)
	_, err = s.store.Finish(t.Context(), []store.Result{success(s.to.jobs[0])})
	s.ok(err)
	id := s.to.jobs[0].Delivery
	number, _, _ := webhook.ParseID(string(id))

	// As Redeliver does it, up to the commit.
	other, err := pgx.Connect(t.Context(), options.DSN)
	s.ok(err)
	defer func() { _ = other.Close(t.Context()) }() // the test has judged by then
	for _, statement := range []string{
		"BEGIN",
		"UPDATE deliveries SET redeliveries = redeliveries + 1 WHERE number = $1",
		`INSERT INTO work (number, suffix, tenant, event, webhook, due_at, process, leased_at, claims, attempts, interruptions, retries, logged_at, manual, ended, asked_by)
			SELECT number, suffix, tenant, event, webhook, 0, 0, 0, claims, last_attempt, 0, 0, logged_at, true, state, '' FROM deliveries WHERE number = $1`,
	} {
		var args []any
		if statement != "BEGIN" {
			args = append(args, number)
		}
		_, err := other.Exec(t.Context(), statement, args...)
		s.ok(err)
	}

	done := make(chan error, 1)
	go func() {
		_, _, err := s.store.Expire(t.Context(), store.ExpireParams{Now: storetest.Start.Add(time.Hour), Before: storetest.Start.Add(time.Minute), Limit: 10})
		done <- err
	}()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for waits := false; !waits && len(done) == 0; <-poll.C {
		s.ok(other.QueryRow(t.Context(), "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)").Scan(&waits))
	}
	_, err = other.Exec(t.Context(), "COMMIT")
	s.ok(err)
	s.ok(<-done)
	if _, err := s.store.Delivery(t.Context(), webhook.DefaultTenant, id); err != nil {
		t.Errorf("the log entry of a delivery in the queue: %v", err)
	}
}
