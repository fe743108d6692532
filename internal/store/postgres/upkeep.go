package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// visitsPerRow bounds how many rows one step of retention looks at, for each row that
// it may remove: most of what is old may be held and has to stay.
const visitsPerRow = 5

// locked says that a lock was not to be had in time.
func locked(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && failure.Code == "55P03"
}

// Expire implements store.Upkeep. A partition goes as a whole once nothing in it is to
// be kept; what stays behind in older ones goes row by row.
func (s *Store) Expire(ctx context.Context, p store.ExpireParams) (removed int, more bool, err error) {
	if err := s.makePartitions(ctx, p.Now); err != nil {
		return 0, false, err
	}
	if dropped, err := s.dropOldest(ctx, p.Before.UnixMilli()); err != nil || dropped {
		return 0, dropped, err
	}
	p.Before = p.Before.Add(-s.options.Overstay)
	err = s.writer.do(&call{rows: p.Limit, run: func(t *tx, _ *call) error {
		removed, more = 0, false
		for _, step := range []func(*tx, store.ExpireParams) (int64, bool, error){
			s.expireDeliveries, s.expireEvents, expireIdempotency, s.expireHealth, expireWebhooks, expireSessions, expireProcesses,
		} {
			n, again, err := step(t, p)
			if err != nil {
				return err
			}
			removed += int(n)
			more = more || again
		}
		return nil
	}})
	return removed, more, err
}

func (s *Store) expireDeliveries(t *tx, p store.ExpireParams) (int64, bool, error) {
	numbers, more, err := s.visit(t, p, &s.visitedDeliveries, `
		SELECT number, coalesce(ended_at < $1, false) AND NOT EXISTS (SELECT 1 FROM work WHERE work.number = deliveries.number)
		FROM deliveries WHERE number > $2 AND number < $3 ORDER BY number LIMIT $4`)
	if err != nil || len(numbers) == 0 {
		return 0, more, err
	}
	low, high := span(numbers)
	// What somebody asks for once more at this moment is locked. What was asked for until
	// now has its row in the queue, which the next statement sees.
	if numbers, err = t.numbersOf("SELECT number FROM deliveries WHERE number = ANY ($1) AND number BETWEEN $2 AND $3 ORDER BY number FOR UPDATE SKIP LOCKED",
		numbers, low, high); err != nil {
		return 0, more, err
	}
	gone, err := t.numbersOf(`DELETE FROM deliveries WHERE number = ANY ($1) AND number BETWEEN $2 AND $3 AND ended_at < $4
		AND NOT EXISTS (SELECT 1 FROM work WHERE work.number = deliveries.number) RETURNING number`, numbers, low, high, p.Before.UnixMilli())
	if err != nil || len(gone) == 0 {
		return 0, more, err
	}
	t.queue("DELETE FROM attempts WHERE delivery = ANY ($1) AND delivery BETWEEN $2 AND $3", gone, low, high)
	return int64(len(gone)), more, nil
}

func (s *Store) expireEvents(t *tx, p store.ExpireParams) (int64, bool, error) {
	numbers, more, err := s.visit(t, p, &s.visitedEvents, `
		SELECT e.number, e.accepted_at < $1 AND e.expanding IS NULL
			AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.number > e.number AND d.number <= e.number + e.deliveries)
			AND NOT EXISTS (SELECT 1 FROM work q WHERE q.number > e.number AND q.number <= e.number + e.deliveries)
		FROM events e WHERE e.number > $2 AND e.number < $3 ORDER BY e.number LIMIT $4`)
	if err != nil || len(numbers) == 0 {
		return 0, more, err
	}
	low, high := span(numbers)
	n, err := t.exec("DELETE FROM events WHERE number = ANY ($1) AND number BETWEEN $2 AND $3", numbers, low, high)
	return n, more, err
}

// visit goes on through a table in the order of acceptance from where the last step
// stopped, and returns the rows that the query calls due, at most p.Limit. At the end
// it starts anew; until then there is more. Nothing behind the edge is visited: what
// was accepted after it cannot have ended before it.
func (s *Store) visit(t *tx, p store.ExpireParams, last *int64, query string) (due []int64, more bool, err error) {
	visited := 0
	err = t.rows(func(rows pgx.Rows) error {
		var number int64
		var isDue bool
		if err := rows.Scan(&number, &isDue); err != nil {
			return err
		}
		if isDue && len(due) == p.Limit {
			more = true
		}
		if more {
			return nil
		}
		if isDue {
			due = append(due, number)
		}
		*last = number
		visited++
		return nil
	}, query, p.Before.UnixMilli(), *last, s.highestNumber(p.Before), p.Limit*visitsPerRow)
	if err != nil {
		return nil, false, err
	}
	if more = more || visited == p.Limit*visitsPerRow; !more {
		*last = 0
	}
	return due, more, nil
}

func expireIdempotency(t *tx, p store.ExpireParams) (int64, bool, error) {
	n, err := t.exec(`DELETE FROM idempotency WHERE (tenant, route, key) IN (
		SELECT tenant, route, key FROM idempotency WHERE created_at <= $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
		p.Now.Add(-store.IdempotencyKept).UnixMilli(), p.Limit)
	return n, n == int64(p.Limit), err
}

// expireHealth visits a few webhooks a step, since the buckets are kept by webhook.
func (s *Store) expireHealth(t *tx, p store.ExpireParams) (removed int64, more bool, err error) {
	const webhooksPerStep = 50
	edge := p.Now.Add(-store.HealthKept).Unix() / 60
	for range webhooksPerStep {
		var number *int64
		if _, err := t.row("SELECT min(webhook) FROM health WHERE webhook > $1", []any{s.healthEdge}, &number); err != nil {
			return 0, false, err
		}
		if s.healthEdge = 0; number == nil {
			return removed, false, nil
		}
		s.healthEdge = *number
		n, err := t.exec("DELETE FROM health WHERE webhook = $1 AND minute < $2", *number, edge)
		if err != nil {
			return 0, false, err
		}
		removed += n
	}
	return removed, true, nil
}

// matchedFor is above how long the transaction of events takes that have matched a
// webhook before it was deleted (commitTimeout).
const matchedFor = time.Minute

// expireWebhooks forgets deleted webhooks that nothing names any more, and that nothing
// under way on another node can name.
func expireWebhooks(t *tx, p store.ExpireParams) (int64, bool, error) {
	n, err := t.exec(`DELETE FROM webhooks WHERE number IN (
		SELECT w.number FROM webhooks w WHERE w.deleted_at IS NOT NULL AND w.deleted_at < $1
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook = w.number)
		AND NOT EXISTS (SELECT 1 FROM work q WHERE q.webhook = w.number)
		AND NOT EXISTS (SELECT 1 FROM events WHERE expanding IS NOT NULL) LIMIT $2)`,
		min(p.Before.UnixMilli(), p.Now.Add(-matchedFor).UnixMilli()), p.Limit)
	return n, n == int64(p.Limit), err
}

// expireProcesses forgets processes that ended long ago: a number without a row holds
// nothing either, and what it had in hand is of no interest.
func expireProcesses(t *tx, _ store.ExpireParams) (int64, bool, error) {
	if _, err := t.exec("DELETE FROM cancelled_leases WHERE process NOT IN (SELECT number FROM processes WHERE NOT ended)"); err != nil {
		return 0, false, err
	}
	_, err := t.exec("DELETE FROM processes WHERE ended AND valid_until < clock_timestamp() - interval '" + forgetProcesses + "'")
	return 0, false, err
}

// CancelDeleted implements store.Upkeep.
func (s *Store) CancelDeleted(ctx context.Context, now time.Time, _ int64, limit int) (int, error) {
	return s.cancelWhere(ctx, now, limit, webhook.CancelWebhookDeleted,
		"SELECT w.number FROM webhooks w WHERE w.deleted_at IS NOT NULL AND EXISTS (SELECT 1 FROM work q WHERE q.webhook = w.number)")
}

// CancelHeld implements store.Upkeep.
func (s *Store) CancelHeld(ctx context.Context, disabledBefore, now time.Time, _ int64, limit int) (int, error) {
	return s.cancelWhere(ctx, now, limit, webhook.CancelHeldTooLong, `
		SELECT w.number FROM webhooks w WHERE w.deleted_at IS NULL AND NOT w.enabled AND w.disabled_at < $1
		AND EXISTS (SELECT 1 FROM work q WHERE q.webhook = w.number)`, disabledBefore.UnixMilli())
}

// cancelWhere ends the waiting deliveries of the webhooks that a query selects.
// Those that a lane holds are left: their attempt ends first.
func (s *Store) cancelWhere(ctx context.Context, now time.Time, limit int, reason webhook.CancelReason, webhooks string, args ...any) (int, error) {
	var lanes []int64
	if err := s.query(ctx, func(rows pgx.Rows) error {
		var number int64
		err := rows.Scan(&number)
		lanes = append(lanes, number)
		return err
	}, webhooks, args...); err != nil || len(lanes) == 0 {
		return 0, err
	}
	cancelled := 0
	err := s.writer.do(&call{rows: limit, run: func(t *tx, _ *call) error {
		cancelled = 0
		for _, lane := range lanes {
			n, err := cancelLane(t, lane, now, limit-cancelled, reason)
			if err != nil {
				return err
			}
			if cancelled += n; cancelled >= limit {
				return nil
			}
		}
		return nil
	}})
	return cancelled, err
}

type unfinishedRow struct {
	number, process, leasedAt int64
	logged                    *int64
	job                       webhook.Job
}

// cancelLane looks at the webhook again: another process may have enabled it since.
func cancelLane(t *tx, lane int64, now time.Time, limit int, reason webhook.CancelReason) (int, error) {
	condition := "NOT enabled AND deleted_at IS NULL"
	if reason == webhook.CancelWebhookDeleted {
		condition = "deleted_at IS NOT NULL"
	}
	if still, err := t.row("SELECT 1 FROM webhooks WHERE number = $1 AND "+condition+" FOR SHARE", []any{lane}, new(int)); err != nil || !still {
		return 0, err
	}
	var found []unfinishedRow
	if err := t.rows(func(rows pgx.Rows) error {
		var u unfinishedRow
		var attempts int
		j := &u.job
		err := rows.Scan(&u.number, &u.process, &u.leasedAt, &u.logged, &attempts, &j.Interruptions, &j.Claims, &j.RetriesUsed, &j.Manual, &j.Ended)
		j.Attempt = attemptNumber(attempts, j.Interruptions)
		found = append(found, u)
		return err
	}, `SELECT number, process, leased_at, logged_at, attempts, interruptions, claims, retries, manual, ended
		FROM work w WHERE webhook = $1 AND `+free+` ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED`, lane, limit); err != nil {
		return 0, err
	}
	for _, u := range found {
		cancelOne(t, u, now, reason)
	}
	return len(found), nil
}

// cancelOne ends a waiting delivery. A redelivery that waits is dropped: the
// delivery keeps the end state it had.
func cancelOne(t *tx, u unfinishedRow, now time.Time, reason webhook.CancelReason) {
	if u.process != 0 {
		var interrupted attemptRows
		interrupt(&interrupted, u.number, u.leasedAt, &u.job)
		interrupted.insert(t)
	}
	attempts := u.job.Attempt - 1
	switch {
	case u.job.Ended != "":
		t.queue("UPDATE deliveries SET last_attempt = $1, claims = $2 WHERE number = $3", attempts, u.job.Claims, u.number)
	case u.logged != nil:
		t.queue(`UPDATE deliveries SET state = 'cancelled', standing = 2, cancel_reason = $1, ended_at = $2, next_attempt_at = NULL,
			last_attempt = $3, claims = $4 WHERE number = $5`, string(reason), now.UnixMilli(), attempts, u.job.Claims, u.number)
	default:
		t.queue(`
			INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, ended_at,
				redeliveries, standing, result, last_attempt, claims)
			SELECT q.number, q.suffix, q.tenant, q.event, q.webhook, e.type, 'cancelled', $1::text, e.accepted_at, $2::bigint, 0, 2, '', $3::bigint, $4::bigint
			FROM work q JOIN events e ON e.number = q.event WHERE q.number = $5`,
			string(reason), now.UnixMilli(), attempts, u.job.Claims, u.number)
	}
	t.queue("DELETE FROM work WHERE number = $1", u.number)
}

// Trim implements store.Upkeep: the WAL is the server's, and Usage does not count it.
func (s *Store) Trim(context.Context) error { return nil }

// Reclaim implements store.Upkeep. Space inside the tables is given back to them by
// autovacuum; partitions that are dropped go back to the file system at once.
func (s *Store) Reclaim(ctx context.Context) error {
	return s.makePartitions(ctx, s.options.Clock.Now())
}

const (
	// countedWork is up to where the unfinished deliveries are counted; beyond it their
	// number is what the statistics say.
	countedWork = 20_000
	// sizeEvery is how often the space taken is asked for.
	sizeEvery = 10 * time.Second
)

// usageCache remembers what costs too much to ask for every second.
type usageCache struct {
	mu    sync.Mutex
	asked time.Time
	bytes int64
}

// Usage implements store.Upkeep. How full the volume is nobody but the database's
// host knows.
func (s *Store) Usage(ctx context.Context) (store.Usage, error) {
	bytes, err := s.bytes(ctx)
	return store.Usage{Bytes: bytes}, err
}

// Unfinished implements store.Upkeep.
func (s *Store) Unfinished(ctx context.Context) (store.Unfinished, error) {
	var u store.Unfinished
	// The order is what makes a database without statistics take the index of wide events,
	// which is nearly empty: it would scan new partitions from end to end.
	var counted, estimated, expanding int64
	var due *int64
	if err := s.query(ctx, func(rows pgx.Rows) error { return rows.Scan(&counted, &estimated, &expanding) }, `
		SELECT (SELECT count(*) FROM (SELECT 1 FROM work LIMIT $1) q),
			(SELECT coalesce(n_live_tup, 0) FROM pg_stat_user_tables WHERE relid = 'work'::regclass),
			(SELECT coalesce(sum(rest), 0)::bigint FROM (
				SELECT deliveries - expanded AS rest FROM events WHERE expanding IS NOT NULL ORDER BY number
			) q)`, countedWork); err != nil {
		return u, err
	}
	if counted == countedWork {
		counted = max(counted, estimated)
	}
	u.Deliveries = counted + expanding
	err := s.query(ctx, func(rows pgx.Rows) error { return rows.Scan(&due) },
		eachLane+`SELECT min((SELECT q.due_at FROM work q WHERE q.webhook = lanes.webhook ORDER BY q.due_at LIMIT 1))
		FROM lanes JOIN webhooks w ON w.number = lanes.webhook AND w.enabled AND w.suspended_at IS NULL AND w.deleted_at IS NULL`)
	u.OldestDueAt = zeroableInstant(due)
	return u, err
}

func (s *Store) bytes(ctx context.Context) (int64, error) {
	s.usage.mu.Lock()
	defer s.usage.mu.Unlock()
	if s.usage.bytes > 0 && time.Since(s.usage.asked) < sizeEvery {
		return s.usage.bytes, nil
	}
	if err := s.query(ctx, func(rows pgx.Rows) error { return rows.Scan(&s.usage.bytes) }, `
		SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
		WHERE c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'work'::regclass)`); err != nil {
		return 0, fmt.Errorf("ask for the size: %w", err)
	}
	s.usage.asked = time.Now()
	return s.usage.bytes, nil
}
