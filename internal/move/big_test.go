package move_test

import (
	"cmp"
	"crypto/rand"
	"database/sql"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/move"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

// rowsVariable says how many deliveries the large move has.
const rowsVariable = "TIDINGS_MOVE_ROWS"

// mostHeld bounds what a move may hold, in MiB.
const mostHeld = 24

// TestMemoryIsBounded moves more than may be in memory at a time. What counts is what
// cannot be collected: with each batch in hand, and while the copy is compared.
func TestMemoryIsBounded(t *testing.T) { //nolint:paralleltest // measures the whole process: every parallel test waits until this one has ended
	n, err := strconv.Atoi(cmp.Or(os.Getenv(rowsVariable), "10000"))
	if err != nil {
		t.Fatal(err)
	}
	cluster := pgtest.Start(t)
	h, path := newSource(t)
	w := createWebhook(t, h.Store, "busy")
	if err := h.Store.Close(); err != nil {
		t.Fatal(err)
	}
	fillLarge(t, path, w.Number, n)
	before := heldBytes()
	highest, batches := before, 0
	to := postgres.Options{DSN: cluster.DSN(cluster.Database(t, "")), Patience: time.Minute, Fault: func(string) error {
		highest, batches = max(highest, heldBytes()), batches+1
		return nil
	}}
	report := run(t, move.Options{From: path, To: to, Now: storetest.Start, Progress: func(p move.Progress) {
		if p.Checking {
			highest = max(highest, heldBytes())
		}
	}})
	for _, table := range report.Tables {
		if want := map[string]int64{"events": int64(n), "deliveries": int64(n), "attempts": int64(n), "work": int64(n)}[table.Table]; want > 0 && table.Target != want {
			t.Errorf("%s: %d rows, want %d", table.Table, table.Target, want)
		}
	}
	grown := (highest - before) >> 20
	t.Logf("%d deliveries with payloads of 4 KiB (%d MiB): the move has held %d MiB, over %d batches", n, n*4>>10, grown, batches)
	if grown > mostHeld {
		t.Errorf("the move has held %d MiB, which grows with the database", grown)
	}
}

// heldBytes is what remains of the heap when it has been collected.
func heldBytes() uint64 {
	runtime.GC()
	runtime.GC() // what pools keep survives once
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return now.HeapAlloc
}

// fillLarge adds n events with a delivery each, which has two attempts and waits for the
// third.
func fillLarge(t *testing.T, path string, webhookNumber int64, n int) {
	t.Helper()
	first := storetest.Start.UnixMilli() * 512
	payload := make([]byte, 4096)
	if _, err := rand.Read(payload); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`INSERT INTO events (number, suffix, tenant, type, accepted_at, source, composer, payload, deliveries, unmatched, expanded)
			SELECT @first + i * 1000, 'aaaaaaaaaaa', 0, 'User.Created', (@first + i * 1000) / 512, 'big', 1, @payload, 1, '', 1`,
		`INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, logged_at, redeliveries, standing, result,
				last_attempt, claims, attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)
			SELECT @first + i * 1000 + 1, 'bbbbbbbbbbb', 0, @first + i * 1000, @webhook, 'User.Created', 'retrying', '', (@first + i * 1000) / 512, 1, 0, 1, '',
				2, 2, 1, 'event', 1, 40000, 'failed', 'status_5xx', '', 503, x'7b7d', @body`,
		`INSERT INTO attempts (delivery, attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)
			SELECT @first + i * 1000 + 1, 2, 'retry', 2, 40000, 'failed', 'status_5xx', '', 503, x'7b7d', x''`,
		`INSERT INTO work (number, suffix, tenant, event, webhook, due_at, process, leased_at, claims, attempts, interruptions, retries, logged_at, manual, ended)
			SELECT @first + i * 1000 + 1, 'bbbbbbbbbbb', 0, @first + i * 1000, @webhook, 3, 0, 0, 2, 2, 0, 2, 1, 0, ''`,
	} {
		execSQLite(t, path, `WITH RECURSIVE n (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @n) `+statement+` FROM n`,
			sql.Named("first", first), sql.Named("webhook", webhookNumber), sql.Named("n", n), sql.Named("payload", payload), sql.Named("body", payload[:200]))
	}
}
