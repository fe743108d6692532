package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tidingshq/tidings/internal/webhook"
)

// tx is one transaction of the writer, shared by the calls of a batch. Statements that
// need no answer at once are put in line and go over the wire together.
type tx struct {
	ctx   context.Context //nolint:containedctx // it lives as long as the transaction
	store *Store
	by    *committer
	conn  *pgxpool.Conn
	line  pgx.Batch
	// id is the transaction's, to ask later what became of it.
	id string
	// numbers are those still to be given out by this transaction: from next to end.
	next, end int64
	// registryVersion is -1 while it is unknown.
	registryVersion int64
	// live are the processes that have not ended.
	live map[int64]bool
	// tenants are those that this transaction keeps from being purged.
	tenants map[webhook.TenantID]int64
	// deferred holds webhooks with a delivery left to expansion by this batch.
	deferred map[int64]bool
	health   map[healthKey]*healthCounts
}

// queue puts a statement in line.
func (t *tx) queue(query string, args ...any) *pgx.QueuedQuery {
	t.trace(query, args)
	return t.line.Queue(query, args...)
}

func (t *tx) trace(query string, args []any) {
	if t.store.traced != nil {
		t.store.traced(query, args)
	}
}

// send sends what is in line and hears the answers.
func (t *tx) send() error {
	if t.line.Len() == 0 {
		return nil
	}
	line := t.line
	t.line = pgx.Batch{}
	if err := t.conn.SendBatch(t.ctx, &line).Close(); err != nil {
		return fmt.Errorf("write: %w", t.problem(err))
	}
	return nil
}

// problem is unavailable for a connection whose state is known: when that is lost,
// the error is of no other kind. What lost against another process may be made again.
func (t *tx) problem(err error) error {
	switch {
	case err != nil && t.conn.Conn().IsClosed() && !errors.Is(err, webhook.ErrUnavailable):
		return fmt.Errorf("%w: %w", webhook.ErrUnavailable, err)
	case lostRace(err):
		return fmt.Errorf("%w: %w", errRace, err)
	}
	return unavailable(err)
}

// exec runs a statement and returns the number of rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := t.send(); err != nil {
		return 0, err
	}
	t.trace(query, args)
	done, err := t.conn.Exec(t.ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("write: %w", t.problem(err))
	}
	return done.RowsAffected(), nil
}

// row reads one row; found is false if there is none.
func (t *tx) row(query string, args []any, into ...any) (found bool, err error) {
	if err := t.send(); err != nil {
		return false, err
	}
	t.trace(query, args)
	err = t.conn.QueryRow(t.ctx, query, args...).Scan(into...)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read: %w", t.problem(err))
	}
	return true, nil
}

// rows reads all rows.
func (t *tx) rows(scan func(pgx.Rows) error, query string, args ...any) error {
	if err := t.send(); err != nil {
		return err
	}
	t.trace(query, args)
	rows, err := t.conn.Query(t.ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read: %w", t.problem(err))
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("scan: %w", err)
		}
	}
	return t.problem(rows.Err())
}

// numbersOf reads a column of numbers.
func (t *tx) numbersOf(query string, args ...any) (found []int64, err error) {
	err = t.rows(func(rows pgx.Rows) error {
		var number int64
		err := rows.Scan(&number)
		found = append(found, number)
		return err
	}, query, args...)
	return found, err
}

// take reserves n consecutive numbers of those that the transaction began with.
func (t *tx) take(n int) int64 {
	first := t.next
	t.next += int64(n)
	return first
}

func (t *tx) readRegistryVersion() (int64, error) {
	if t.registryVersion >= 0 {
		return t.registryVersion, nil
	}
	_, err := t.row("SELECT version FROM registry_version", nil, &t.registryVersion)
	return t.registryVersion, err
}

// voided says whether leases of the process count no more. Process 0 is nobody.
func (t *tx) voided(process int64) bool { return process == 0 || !t.live[process] }

// raiseRegistryVersion numbers a change of a webhook or an API key, and tells the
// other processes when it is committed.
func (t *tx) raiseRegistryVersion() (int64, error) {
	_, err := t.row("UPDATE registry_version SET version = version + 1 RETURNING version", nil, &t.registryVersion)
	if err != nil {
		return 0, err
	}
	t.tellOthers()
	return t.registryVersion, nil
}

// tellOthers makes the other processes look around once this is committed.
func (t *tx) tellOthers() { t.queue("SELECT pg_notify('" + channel + "', '')") }

// flush puts what the calls of the batch add up to in line.
func (t *tx) flush() {
	if len(t.health) == 0 {
		return
	}
	keys := slices.SortedFunc(maps.Keys(t.health), func(a, b healthKey) int {
		return cmp.Or(cmp.Compare(a.webhook, b.webhook), cmp.Compare(a.minute, b.minute))
	})
	var columns [5 + len(webhook.LatencyBounds)][]int64
	for _, k := range keys {
		c := t.health[k]
		row := append([]int64{k.webhook, k.minute, c.requests, c.successes}, c.latency[:]...)
		for i, value := range row {
			columns[i] = append(columns[i], value)
		}
	}
	args := []any{t.by.counter()}
	for _, column := range columns {
		args = append(args, column)
	}
	t.queue(`
		INSERT INTO health (node, webhook, minute, requests, successes,
			ms_10, ms_25, ms_50, ms_100, ms_250, ms_500, ms_1000, ms_2500, ms_5000, ms_10000, ms_more)
		SELECT $1::bigint, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
			$10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[])
		ON CONFLICT (webhook, minute, node) DO UPDATE SET
			requests = health.requests + excluded.requests, successes = health.successes + excluded.successes,
			ms_10 = health.ms_10 + excluded.ms_10, ms_25 = health.ms_25 + excluded.ms_25, ms_50 = health.ms_50 + excluded.ms_50,
			ms_100 = health.ms_100 + excluded.ms_100, ms_250 = health.ms_250 + excluded.ms_250, ms_500 = health.ms_500 + excluded.ms_500,
			ms_1000 = health.ms_1000 + excluded.ms_1000, ms_2500 = health.ms_2500 + excluded.ms_2500, ms_5000 = health.ms_5000 + excluded.ms_5000,
			ms_10000 = health.ms_10000 + excluded.ms_10000, ms_more = health.ms_more + excluded.ms_more`, args...)
	t.health = nil
}

type healthKey struct{ webhook, minute int64 }

type healthCounts struct {
	requests, successes int64
	latency             [len(webhook.LatencyBounds) + 1]int64
}

// countHealth adds to the bucket of the minute in which a log entry began.
func (t *tx) countHealth(webhookNumber int64, loggedAt time.Time, requests, successes int64, latency time.Duration) {
	if t.health == nil {
		t.health = make(map[healthKey]*healthCounts)
	}
	key := healthKey{webhookNumber, loggedAt.Unix() / 60}
	counts := t.health[key]
	if counts == nil {
		counts = &healthCounts{}
		t.health[key] = counts
	}
	counts.requests += requests
	counts.successes += successes
	counts.latency[webhook.LatencyBucket(latency)] += requests
}

// Instants are stored as milliseconds; the zero time and nil as NULL.

func millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

func millisOf(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	return millis(*t)
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func instantOf(ms *int64) *time.Time {
	if ms == nil {
		return nil
	}
	t := instant(*ms)
	return &t
}

// scanInstant is where a column of milliseconds goes.
type scanInstant struct{ into *time.Time }

// Scan implements sql.Scanner.
func (s scanInstant) Scan(value any) error {
	ms, ok := value.(int64)
	if !ok {
		return fmt.Errorf("an instant is a number, not %T", value)
	}
	*s.into = instant(ms)
	return nil
}

func zeroableInstant(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return instant(*ms)
}
