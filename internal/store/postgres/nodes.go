package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// channel is where processes tell each other that something has changed.
const channel = "tidings"

// renewTimeout bounds the renewal of leases: what takes longer is tried again.
const renewTimeout = 2 * time.Second

// forgetProcesses is how long the row of a process that has ended is kept. A number
// that is not there counts as ended, too.
const forgetProcesses = "1 day"

// Join implements store.Nodes.
func (s *Store) Join(ctx context.Context, now time.Time) (process int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	err = s.write.QueryRow(ctx, `INSERT INTO processes (started_at, valid_until) 
		SELECT $1::bigint, clock_timestamp() + $2::bigint * interval '1 ms' WHERE to_regclass('moving') IS NULL RETURNING number`,
		now.UnixMilli(), store.LeaseFor.Milliseconds()).Scan(&process)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrUnfinished
	}
	if err != nil {
		return 0, fmt.Errorf("join: %w", unavailable(err))
	}
	s.process.Store(process)
	return process, nil
}

// steadyFor is how long this process has to have renewed without a break before it ends
// others: after the database was out of reach, they all come back within that time.
const steadyFor = 4 * time.Second

// steady says whether the database has been in reach of late. It notes a renewal.
func (s *Store) steady() bool {
	s.renewals.mu.Lock()
	defer s.renewals.mu.Unlock()
	now := s.elapsing()
	if s.renewals.last.IsZero() || now.Sub(s.renewals.last) > steadyFor {
		s.renewals.since = now
	}
	s.renewals.last = now
	return now.Sub(s.renewals.since) >= steadyFor
}

// renewals remembers since when renewals succeed.
type renewals struct {
	mu          sync.Mutex
	since, last time.Time
}

// endOthers ends processes that have not renewed. That is for good: one that comes back
// has to join anew, whether or not anybody has taken over what it held.
func (s *Store) endOthers(ctx context.Context) (int, error) {
	done, err := s.write.Exec(ctx, `UPDATE processes SET ended = true WHERE number IN (
		SELECT number FROM processes WHERE NOT ended AND valid_until < clock_timestamp() ORDER BY number FOR UPDATE SKIP LOCKED)`)
	if err != nil {
		return 0, fmt.Errorf("end processes: %w", unavailable(err))
	}
	return int(done.RowsAffected()), nil
}

// Renew implements store.Nodes. It does not go through the writer: leases have to last
// while that is busy.
func (s *Store) Renew(ctx context.Context, process int64, watching bool) (store.Renewal, error) {
	var r store.Renewal
	ctx, cancel := context.WithTimeout(ctx, renewTimeout)
	defer cancel()
	rows, err := s.write.Query(ctx, `UPDATE processes SET valid_until = clock_timestamp() + $2::bigint * interval '1 ms', watching = $3 WHERE number = $1 AND NOT ended
		RETURNING clock_timestamp()`, process, store.LeaseFor.Milliseconds(), watching)
	if err != nil {
		return r, fmt.Errorf("renew leases: %w", unavailable(err))
	}
	now, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		return r, fmt.Errorf("renew leases: %w", unavailable(err))
	}
	if len(now) == 0 {
		return r, webhook.ErrLeaseLost
	}
	r.Now = now[0]
	if s.steady() {
		if r.Ended, err = s.endOthers(ctx); err != nil {
			return r, err
		}
	}
	var lead int64
	if err := s.write.QueryRow(ctx, `SELECT (SELECT count(*) FROM processes WHERE NOT ended),
		EXISTS (SELECT 1 FROM processes WHERE NOT ended AND watching AND number <> $1), ms FROM identifier_lead`, process).Scan(&r.Processes, &r.Watched, &lead); err != nil {
		return r, fmt.Errorf("count processes: %w", unavailable(err))
	}
	s.raiseLead(lead)
	return r, nil
}

// Leave implements store.Nodes.
func (s *Store) Leave(ctx context.Context, process int64) error {
	ctx, cancel := context.WithTimeout(ctx, renewTimeout)
	defer cancel()
	if _, err := s.write.Exec(ctx, "WITH gone AS (UPDATE processes SET ended = true WHERE number = $1) SELECT pg_notify('"+channel+"', '')", process); err != nil {
		return fmt.Errorf("leave: %w", unavailable(err))
	}
	return nil
}

// Listen implements store.Nodes, on a connection of its own.
func (s *Store) Listen(ctx context.Context, heard func(text string)) error {
	dsn := s.options.ListenDSN
	if dsn == "" {
		dsn = s.options.DSN
	}
	config, err := parseConfig(dsn)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return fmt.Errorf("listen: %w", unavailable(err))
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ctx) // nothing was written
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen: %w", unavailable(err))
	}
	heard("") // what was told before
	for {
		notification, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listen: %w", unavailable(err))
		}
		heard(notification.Payload)
	}
}

// Tell implements store.Nodes.
func (s *Store) Tell(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, renewTimeout)
	defer cancel()
	if _, err := s.write.Exec(ctx, "SELECT pg_notify('"+channel+"', $1)", text); err != nil {
		return fmt.Errorf("tell: %w", unavailable(err))
	}
	return nil
}
