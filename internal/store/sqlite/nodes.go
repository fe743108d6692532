package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Join implements store.Nodes. The new number alone voids all older leases: a
// lease counts only while its process is the newest, and a process takes over
// only what older ones held.
func (s *Store) Join(_ context.Context, now time.Time) (int64, error) {
	var process int64
	err := s.writer.do(&call{run: func(t *tx, _ *call) error {
		if err := t.enqueueAll(); err != nil {
			return err
		}
		if err := enqueueLost(t); err != nil {
			return err
		}
		t.newestProcess = -1
		_, err := t.row("INSERT INTO processes (started_at) VALUES (?) RETURNING number", []any{now.UnixMilli()}, &process)
		s.process = process
		return err
	}})
	return process, err
}

// Renew implements store.Nodes. Leases do not run out here: a process lasts until the
// next one joins.
func (s *Store) Renew(ctx context.Context, process int64, _ bool) (store.Renewal, error) {
	var newest int64
	err := s.query(ctx, func(rows *sql.Rows) error { return rows.Scan(&newest) }, "SELECT ifnull(max(number), 0) FROM processes")
	if err == nil && (newest == 0 || process != newest) {
		err = webhook.ErrLeaseLost
	}
	return store.Renewal{Processes: 1}, err
}

// Leave implements store.Nodes: the next process takes over in any case.
func (s *Store) Leave(context.Context, int64) error { return nil }

// Listen implements store.Nodes: there is no other process that delivers, and
// administration commands are noticed by polling.
func (s *Store) Listen(ctx context.Context, _ func(string)) error {
	<-ctx.Done()
	return ctx.Err()
}

// Tell implements store.Nodes: nobody listens.
func (s *Store) Tell(context.Context, string) error { return nil }
