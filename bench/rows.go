package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver registers itself under the name sqlite
)

// rowsPerStep is how many deliveries the loader writes with one transaction.
const rowsPerStep = 200_000

// byRows fills the log to ten times its size again and again and looks at what
// accepting and reading cost then. The rows are written into the file by a loader, while
// the server is stopped: sending them would take hours.
func (s *stage) byRows() error {
	if s.system != sqliteSystem {
		return nil
	}
	if err := s.server.subscribe("well", "User.Created", s.sinkURL("", 0)); err != nil {
		return err
	}
	have := 0
	for _, n := range []int{0, 1000, 10_000, 100_000, 1_000_000, 10_000_000} {
		if n > s.of(s.rows, 1000) {
			break
		}
		if err := s.fill(have, n); err != nil {
			return err
		}
		have = n
		if err := s.lookAt(n); err != nil {
			return err
		}
	}
	return nil
}

// fill stops the server, writes deliveries and starts it again.
func (s *stage) fill(from, to int) error {
	if from == to {
		return nil
	}
	if err := s.server.process.stop(); err != nil {
		return err
	}
	file := filepath.Join(s.server.folder, "tidings.db")
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=cache_size(-200000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	for at := from; at < to; at += rowsPerStep {
		if err := fillStep(db, at, min(to, at+rowsPerStep)); err != nil {
			return fmt.Errorf("fill: %w", err)
		}
		s.say("rows: %d of %d written", min(to, at+rowsPerStep), to)
	}
	if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	again, err := startTidings(s.binary, "sqlite:"+file)
	if err != nil {
		return err
	}
	s.server.process, s.server.address, s.server.ops = again.process, again.address, again.ops
	return nil
}

// fillStep writes events with ten deliveries each, spread over the 20 hours before now,
// of 1,000 webhooks and in the order of their numbers.
func fillStep(db *sql.DB, from, to int) error {
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to undo
	const span = 10_000_000
	first := time.Now().Add(-23*time.Hour).UnixMilli() * 512
	step := int64(20*time.Hour/time.Millisecond) * 512 / (span / 10)
	const events = "WITH RECURSIVE s (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM s WHERE i + 1 < ?2) "
	for _, query := range []string{
		events + `INSERT INTO events (number, suffix, tenant, type, accepted_at, source, composer, payload, deliveries, unmatched, expanded)
			SELECT ?3 + i * ?4, '00000000000', 0, CASE WHEN i % 1009 = 0 THEN 'Role.Deleted' ELSE 'User.Created' END, (?3 + i * ?4) / 512, 'loader', 1,
				CAST('{"event":"User.Created","n":' || i || '}' AS BLOB), 10, '', 0 FROM s`,
		events + `, d (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM d WHERE k < 9)
			INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, logged_at, ended_at, redeliveries,
				standing, result, last_attempt, claims, attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)
			SELECT ?3 + i * ?4 + 1 + k, '00000000000', 0, ?3 + i * ?4, 2 + (i * 10 + k) % 1000, CASE WHEN i % 1009 = 0 THEN 'Role.Deleted' ELSE 'User.Created' END,
				CASE WHEN k = 9 AND i % 10 = 0 THEN 'failed' ELSE 'succeeded' END, '', (?3 + i * ?4) / 512, (?3 + i * ?4) / 512 + 5, (?3 + i * ?4) / 512 + 5, 0,
				CASE WHEN k = 9 AND i % 10 = 0 THEN 14 ELSE 1 END, CASE WHEN k = 9 AND i % 10 = 0 THEN '5xx' ELSE '2xx' END, 1, 1, 1, 'event',
				(?3 + i * ?4) / 512, 5000, 'succeeded', '', '', 200, x'01', x'' FROM s CROSS JOIN d`,
		events + `INSERT OR IGNORE INTO event_blocks (tenant, type, block)
			SELECT DISTINCT 0, CASE WHEN i % 1009 = 0 THEN 'Role.Deleted' ELSE 'User.Created' END, (?3 + i * ?4) >> 23 FROM s`,
	} {
		if _, err := tx.Exec(query, from/10, to/10, first, step); err != nil {
			return err
		}
	}
	if from == 0 {
		if err := fillWebhooks(tx); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// fillWebhooks makes those that the deliveries are of, disabled, with a day of health.
func fillWebhooks(tx *sql.Tx) error {
	const numbers = "WITH RECURSIVE s (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM s WHERE i < 1001) "
	for _, query := range []string{
		numbers + `INSERT OR IGNORE INTO webhooks (number, id, tenant, name, event_types, legacy_event, url, headers, signing_key, key_created_at, enabled, disabled_at,
				version, created_at, updated_at)
			SELECT i, printf('%021d', i), 0, 'loaded ' || i, '["User.Deleted"]', '', 'https://w' || i || '.example.com/', '[]', 'key', 0, 0, 0, 1, i, i FROM s`,
		numbers + `, m (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM m WHERE k < 287)
			INSERT OR IGNORE INTO health SELECT i, strftime('%s', 'now') / 60 - k * 5, 0, 30, 29, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM s CROSS JOIN m`,
	} {
		if _, err := tx.Exec(query); err != nil {
			return err
		}
	}
	return nil
}

// pages are what people look at.
func pages() map[string]string {
	return map[string]string{
		"list":    "/api/deliveries?limit=50",
		"filter":  "/api/deliveries?limit=50&state=failed&eventType=User.Created",
		"rare":    "/api/deliveries?limit=50&eventType=Role.Deleted",
		"webhook": "/api/deliveries?limit=50&webhook=" + fmt.Sprintf("%021d", 500),
		"events":  "/api/events?limit=50",
		"health":  "/api/webhooks?limit=50",
		"hooks":   "/api/hooks?includeExecutionStats=true&page=1&page_size=50",
	}
}

// lookAt measures accepting at 200/s, and each page.
func (s *stage) lookAt(n int) error {
	at := fmt.Sprintf("%08d rows ", n)
	before := s.server.usage()
	sent, arrived, err := s.steady(s.order("User.Created"), 200, s.of(15, 1), 1, -1)
	if err != nil {
		return err
	}
	s.figures[at+"answer p50 ms"], s.figures[at+"answer p99 ms"] = sent.AckP50, sent.AckP99
	s.figures[at+"p99 ms"] = arrived.P99
	s.figures[at+"cpu s/1k"] = s.server.usage().minus(before).CPU / float64(max(1, arrived.Distinct)) * 1000
	for name, path := range pages() {
		var took []time.Duration
		for range s.of(21, 3) {
			began := time.Now()
			status, answer, err := s.server.call(http.MethodGet, path, "")
			if err != nil {
				return err
			}
			if status != http.StatusOK {
				return fmt.Errorf("%s: %d %s", path, status, strings.TrimSpace(string(answer)))
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		s.figures[at+name+" page ms"] = milliseconds(percentile(took, 0.5))
	}
	return nil
}
