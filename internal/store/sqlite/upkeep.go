package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// visitsPerRow bounds how many rows one step of retention looks at, for each row that
// it may remove: most of what is old may be held and has to stay.
const visitsPerRow = 5

// Expire implements store.Upkeep.
func (s *Store) Expire(_ context.Context, p store.ExpireParams) (removed int, more bool, err error) {
	err = s.writer.do(&call{rows: p.Limit, run: func(t *tx, _ *call) error {
		removed, more = 0, false
		for _, step := range []func(*tx, store.ExpireParams) (int64, bool, error){
			s.expireDeliveries, s.expireEvents, s.expireBlocks, expireIdempotency, s.expireHealth, expireWebhooks, expireSessions,
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
		SELECT number, ifnull(ended_at < ?, 0) AND NOT EXISTS (SELECT 1 FROM work WHERE work.number = deliveries.number)
		FROM deliveries WHERE number > ? AND number < ? ORDER BY number LIMIT ?`)
	if err != nil {
		return 0, false, err
	}
	for _, number := range numbers {
		if _, err := t.exec("DELETE FROM attempts WHERE delivery = ?", number); err != nil {
			return 0, false, err
		}
		if _, err := t.exec("DELETE FROM deliveries WHERE number = ?", number); err != nil {
			return 0, false, err
		}
	}
	return int64(len(numbers)), more, nil
}

func (s *Store) expireEvents(t *tx, p store.ExpireParams) (int64, bool, error) {
	numbers, more, err := s.visit(t, p, &s.visitedEvents, `
		SELECT e.number, e.accepted_at < ? AND e.expanding IS NULL
			AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.number > e.number AND d.number <= e.number + e.deliveries)
			AND NOT EXISTS (SELECT 1 FROM work q WHERE q.number > e.number AND q.number <= e.number + e.deliveries)
		FROM events e WHERE e.number > ? AND e.number < ? ORDER BY e.number LIMIT ?`)
	if err != nil {
		return 0, false, err
	}
	for _, number := range numbers {
		if _, err := t.exec("DELETE FROM events WHERE number = ?", number); err != nil {
			return 0, false, err
		}
	}
	return int64(len(numbers)), more, nil
}

// visit goes on through a table in the order of acceptance from where the last step
// stopped, and returns the rows that the query calls due, at most p.Limit. At the end
// it starts anew; until then there is more. Nothing behind the edge is visited: what
// was accepted after it cannot have ended before it.
func (s *Store) visit(t *tx, p store.ExpireParams, last *int64, query string) (due []int64, more bool, err error) {
	// What would be looked for after a crash has to stay, or it would be sent again.
	first, err := t.noteFirst()
	if err != nil {
		return nil, false, err
	}
	visited := 0
	err = t.rows(func(rows *sql.Rows) error {
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
	}, query, p.Before.UnixMilli(), *last, min(s.highestNumber(p.Before), first), p.Limit*visitsPerRow)
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
		SELECT tenant, route, key FROM idempotency WHERE created_at <= ? ORDER BY created_at LIMIT ?)`,
		p.Now.Add(-store.IdempotencyKept).UnixMilli(), p.Limit)
	return n, n == int64(p.Limit), err
}

// expireHealth visits a few webhooks a step, since the buckets are kept by webhook.
func (s *Store) expireHealth(t *tx, p store.ExpireParams) (removed int64, more bool, err error) {
	const webhooksPerStep = 50
	edge := p.Now.Add(-store.HealthKept).Unix() / 60
	for range webhooksPerStep {
		var number sql.NullInt64
		if _, err := t.row("SELECT min(webhook) FROM health WHERE webhook > ?", []any{s.healthEdge.Load()}, &number); err != nil {
			return 0, false, err
		}
		if s.healthEdge.Store(number.Int64); !number.Valid {
			return removed, false, nil
		}
		n, err := t.exec("DELETE FROM health WHERE webhook = ? AND minute < ?", number.Int64, edge)
		if err != nil {
			return 0, false, err
		}
		removed += n
	}
	return removed, true, nil
}

// expireWebhooks forgets deleted webhooks that nothing names any more.
func expireWebhooks(t *tx, p store.ExpireParams) (int64, bool, error) {
	var forgotten []int64
	if err := t.rows(func(rows *sql.Rows) error {
		var number int64
		err := rows.Scan(&number)
		forgotten = append(forgotten, number)
		return err
	}, `SELECT w.number FROM webhooks w WHERE w.deleted_at IS NOT NULL AND w.deleted_at < ?
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook = w.number)
		AND NOT EXISTS (SELECT 1 FROM work q WHERE q.webhook = w.number)
		AND NOT EXISTS (SELECT 1 FROM events WHERE expanding IS NOT NULL) LIMIT ?`, p.Before.UnixMilli(), p.Limit); err != nil {
		return 0, false, err
	}
	removed := int64(0)
	for _, number := range forgotten {
		if t.carries(number) {
			continue
		}
		if _, err := t.exec("DELETE FROM webhooks WHERE number = ?", number); err != nil {
			return 0, false, err
		}
		removed++
	}
	return removed, removed == int64(p.Limit), nil
}

// CancelDeleted implements store.Upkeep.
func (s *Store) CancelDeleted(_ context.Context, now time.Time, process int64, limit int) (int, error) {
	return s.cancelWhere(now, process, limit, webhook.CancelWebhookDeleted,
		"SELECT w.number FROM webhooks w WHERE w.deleted_at IS NOT NULL AND EXISTS (SELECT 1 FROM work q WHERE q.webhook = w.number)")
}

// CancelHeld implements store.Upkeep.
func (s *Store) CancelHeld(_ context.Context, disabledBefore, now time.Time, process int64, limit int) (int, error) {
	return s.cancelWhere(now, process, limit, webhook.CancelHeldTooLong, `
		SELECT w.number FROM webhooks w WHERE w.deleted_at IS NULL AND w.enabled = 0 AND w.disabled_at < ?
		AND EXISTS (SELECT 1 FROM work q WHERE q.webhook = w.number)`, disabledBefore.UnixMilli())
}

// cancelWhere ends the waiting deliveries of the webhooks that a query selects.
// Those that a lane holds are left: their attempt ends first.
func (s *Store) cancelWhere(now time.Time, process int64, limit int, reason webhook.CancelReason, webhooks string, args ...any) (int, error) {
	cancelled := 0
	err := s.writer.do(&call{rows: limit, run: func(t *tx, _ *call) error {
		cancelled = 0
		var lanes []int64
		if err := t.rows(func(rows *sql.Rows) error {
			var number int64
			err := rows.Scan(&number)
			lanes = append(lanes, number)
			return err
		}, webhooks, args...); err != nil {
			return err
		}
		for _, lane := range lanes {
			n, err := cancelLane(t, lane, now, process, limit-cancelled, reason)
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
	logged                    sql.NullInt64
	job                       webhook.Job
}

func cancelLane(t *tx, lane int64, now time.Time, process int64, limit int, reason webhook.CancelReason) (int, error) {
	var found []unfinishedRow
	if err := t.rows(func(rows *sql.Rows) error {
		var u unfinishedRow
		var attempts int
		j := &u.job
		err := rows.Scan(&u.number, &u.process, &u.leasedAt, &u.logged, &attempts, &j.Interruptions, &j.Claims, &j.RetriesUsed, &j.Manual, &j.Ended)
		j.Attempt = attemptNumber(attempts, j.Interruptions)
		found = append(found, u)
		return err
	}, `SELECT number, process, leased_at, logged_at, attempts, interruptions, claims, retries, manual, ended
		FROM work WHERE webhook = ? AND process < ? ORDER BY due_at LIMIT ?`, lane, process, limit); err != nil {
		return 0, err
	}
	for _, u := range found {
		if err := cancelOne(t, u, now, reason); err != nil {
			return 0, err
		}
	}
	t.unfinished -= int64(len(found))
	return len(found), nil
}

// cancelOne ends a waiting delivery. A redelivery that waits is dropped: the
// delivery keeps the end state it had.
func cancelOne(t *tx, u unfinishedRow, now time.Time, reason webhook.CancelReason) (err error) {
	if u.process != 0 {
		if err := interrupt(t, u.number, u.leasedAt, &u.job); err != nil {
			return err
		}
	}
	attempts := u.job.Attempt - 1
	switch {
	case u.job.Ended != "":
		_, err = t.exec("UPDATE deliveries SET last_attempt = ?, claims = ? WHERE number = ?", attempts, u.job.Claims, u.number)
	case u.logged.Valid:
		_, err = t.exec(`UPDATE deliveries SET state = 'cancelled', standing = 2, cancel_reason = ?, ended_at = ?, next_attempt_at = NULL,
			last_attempt = ?, claims = ? WHERE number = ?`, string(reason), now.UnixMilli(), attempts, u.job.Claims, u.number)
	default:
		_, err = t.exec(`
			INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, ended_at,
				redeliveries, standing, result, last_attempt, claims)
			SELECT q.number, q.suffix, q.tenant, q.event, q.webhook, e.type, 'cancelled', ?, e.accepted_at, ?, 0, 2, '', ?, ?
			FROM work q JOIN events e ON e.number = q.event WHERE q.number = ?`,
			string(reason), now.UnixMilli(), attempts, u.job.Claims, u.number)
	}
	if err != nil {
		return fmt.Errorf("cancel delivery: %w", err)
	}
	_, err = t.exec("DELETE FROM work WHERE number = ?", u.number)
	return err
}

// reclaimPages bounds how much one step of Reclaim moves.
const reclaimPages = 500

// Reclaim implements store.Upkeep.
func (s *Store) Reclaim(context.Context) error {
	return s.writer.do(&call{rows: reclaimPages, run: func(t *tx, _ *call) error {
		// The pragma gives a row per page it frees; all have to be read.
		return t.rows(func(*sql.Rows) error { return nil }, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", reclaimPages))
	}})
}

// Trim implements store.Upkeep: what is in the WAL comes into the database, and the WAL
// is emptied between two commits. Most is copied beside them.
func (s *Store) Trim(context.Context) error {
	if info, _ := os.Stat(s.options.Path + "-wal"); info == nil || info.Size() == 0 {
		return nil // the WAL may be absent
	}
	_, _ = s.checkpoints.copyMost() // else the writer has more to copy
	c := &call{givesWay: true, run: func(*tx, *call) error { return nil }}
	var emptied error
	c.committed = func() { emptied = s.writer.emptyWAL() }
	if err := s.writer.do(c); err != nil {
		return err
	}
	return emptied
}

// Usage implements store.Upkeep.
func (s *Store) Usage(context.Context) (store.Usage, error) {
	var u store.Usage
	for _, file := range []string{s.options.Path, s.options.Path + "-wal"} {
		if info, err := os.Stat(file); err == nil { // the WAL may be absent
			u.Bytes += info.Size()
		}
	}
	var volume syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(s.options.Path), &volume); err != nil {
		return u, fmt.Errorf("ask for the volume's size: %w", err)
	}
	if used := volume.Blocks - volume.Bfree; used+volume.Bavail > 0 { // as df does
		u.VolumeUsed = float64(used) / float64(used+volume.Bavail)
	}
	return u, nil
}

// Unfinished implements store.Upkeep.
func (s *Store) Unfinished(ctx context.Context) (store.Unfinished, error) {
	u := store.Unfinished{Deliveries: s.unfinished.Load()}
	err := s.query(ctx, func(rows *sql.Rows) error {
		var due sql.NullInt64
		err := rows.Scan(&due)
		u.OldestDueAt = zeroableInstant(due)
		return err
	}, eachLane+`SELECT min((SELECT min(due_at) FROM work WHERE work.webhook = lanes.webhook))
		FROM lanes JOIN webhooks w ON w.number = lanes.webhook AND w.enabled AND w.suspended_at IS NULL AND w.deleted_at IS NULL`)
	if aloft := s.oldestAloft.Load(); aloft > 0 && (u.OldestDueAt.IsZero() || instant(aloft).Before(u.OldestDueAt)) {
		u.OldestDueAt = instant(aloft)
	}
	return u, err
}
