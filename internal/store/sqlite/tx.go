package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// tx is one transaction of the writer, shared by the calls of a batch.
type tx struct {
	writer *writer
	// registryVersion and newestProcess are read together, and once as long as nothing
	// changes them; -1 is unknown.
	registryVersion, newestProcess int64
	// deferred holds webhooks with a delivery left to expansion by this batch.
	deferred map[int64]bool
	health   map[healthKey]*healthCounts
	// blocks are those that events of this batch lie in and that may not be noted yet.
	blocks map[blockKey][]int64
	// lifted are the deliveries that this batch hands over without a row, landed those
	// that are aloft no more; noted is where to look after a crash, if that changes.
	lifted, landed []*flyer
	noted          int64
	// certain says that no commit that has failed is in doubt any more.
	certain bool
	// unfinished is by how much the number of unfinished deliveries changes.
	unfinished int64
	// lead is the new lead of identifiers over the clock in milliseconds; 0 if it
	// stays as it was.
	lead int64
}

// exec runs a statement and returns the number of rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	c, err := t.writer.command(query)
	if err != nil {
		return 0, err
	}
	changed, err := c.exec(t.writer.conn, args...)
	if err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	return changed, nil
}

// row reads one row; found is false if there is none.
func (t *tx) row(query string, args []any, into ...any) (found bool, err error) {
	statement, err := t.writer.statement(query)
	if err != nil {
		return false, err
	}
	err = statement.QueryRowContext(context.Background(), args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read: %w", err)
	}
	return true, nil
}

// rows reads all rows.
func (t *tx) rows(scan func(*sql.Rows) error, query string, args ...any) error {
	statement, err := t.writer.statement(query)
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(context.Background(), args...)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("scan: %w", err)
		}
	}
	return rows.Err()
}

func (t *tx) readRegistryVersion() (int64, error) {
	if t.registryVersion >= 0 {
		return t.registryVersion, nil
	}
	err := t.readNewest()
	return t.registryVersion, err
}

// readNewest reads the numbers that nearly every commit asks for.
func (t *tx) readNewest() error {
	c, err := t.writer.command("SELECT version, (SELECT ifnull(max(number), 0) FROM processes) FROM registry_version WHERE only = 1")
	if err == nil {
		err = c.numbers(t.writer.conn, &t.registryVersion, &t.newestProcess)
	}
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return nil
}

// voided says whether leases of the process count no more, since a newer one has
// joined. Process 0 is nobody.
func (t *tx) voided(process int64) (bool, error) {
	if t.newestProcess < 0 {
		if err := t.readNewest(); err != nil {
			return false, err
		}
	}
	return process == 0 || process < t.newestProcess, nil
}

// raiseRegistryVersion numbers a change of a webhook or an API key.
func (t *tx) raiseRegistryVersion() (int64, error) {
	if _, err := t.exec("UPDATE registry_version SET version = version + 1 WHERE only = 1"); err != nil {
		return 0, err
	}
	t.registryVersion = -1
	return t.readRegistryVersion()
}

// flush writes what the calls of the batch add up to.
func (t *tx) flush() error {
	keys := make([]healthKey, 0, len(t.health))
	for k := range t.health {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b healthKey) int {
		return cmp.Or(cmp.Compare(a.webhook, b.webhook), cmp.Compare(a.minute, b.minute))
	})
	for _, k := range keys {
		if err := t.writeHealth(k, t.health[k]); err != nil {
			return err
		}
	}
	return t.writeBlocks()
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

func (t *tx) writeHealth(k healthKey, c *healthCounts) error {
	args := []any{k.webhook, k.minute, c.requests, c.successes}
	for _, n := range c.latency {
		args = append(args, n)
	}
	_, err := t.exec(`
		INSERT INTO health (webhook, minute, node, requests, successes,
			ms_10, ms_25, ms_50, ms_100, ms_250, ms_500, ms_1000, ms_2500, ms_5000, ms_10000, ms_more)
		VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (webhook, minute, node) DO UPDATE SET
			requests = requests + excluded.requests, successes = successes + excluded.successes,
			ms_10 = ms_10 + excluded.ms_10, ms_25 = ms_25 + excluded.ms_25, ms_50 = ms_50 + excluded.ms_50,
			ms_100 = ms_100 + excluded.ms_100, ms_250 = ms_250 + excluded.ms_250, ms_500 = ms_500 + excluded.ms_500,
			ms_1000 = ms_1000 + excluded.ms_1000, ms_2500 = ms_2500 + excluded.ms_2500, ms_5000 = ms_5000 + excluded.ms_5000,
			ms_10000 = ms_10000 + excluded.ms_10000, ms_more = ms_more + excluded.ms_more`, args...)
	return err
}

// Instants are stored as milliseconds; the zero time and nil as NULL.

func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func millisOf(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func instantOf(ms sql.NullInt64) *time.Time {
	if !ms.Valid {
		return nil
	}
	t := instant(ms.Int64)
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

func zeroableInstant(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return instant(ms.Int64)
}
