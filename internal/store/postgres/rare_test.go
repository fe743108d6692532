package postgres_test

import (
	"cmp"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// seedRows is how many deliveries the lists of rare types have to do without reading:
// TIDINGS_SCALE=10000x1000000 (make scale) says more.
func seedRows(t *testing.T) (n int) {
	t.Helper()
	if _, err := fmt.Sscanf(cmp.Or(os.Getenv("TIDINGS_SCALE"), "1x20000"), "%dx%d", new(int), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// seed fills the database behind the store's back with events of two hours, or of a day if
// there are many, one delivery each. One in 1009 has a rare type.
func seed(t *testing.T, s *scene, conn *pgx.Conn, n int) (partitions int) {
	t.Helper()
	hours := 2
	if n > 100_000 {
		hours = 23
	}
	first := webhook.NumberAt(storetest.Start.Add(-time.Duration(hours) * time.Hour))
	step := (webhook.NumberAt(storetest.Start) - first) / int64(n+1)
	for i := range hours + 1 { // makes the partitions
		_, _, err := s.store.Expire(t.Context(), store.ExpireParams{Now: storetest.Start.Add(time.Duration(i-hours) * time.Hour), Before: storetest.Start.Add(-100 * time.Hour), Limit: 1})
		s.ok(err)
	}
	number, kind := fmt.Sprintf("(%d + i::bigint * %d)", first, step), "CASE WHEN i % 1009 = 0 THEN 'Role.Deleted' WHEN i % 3 = 0 THEN 'User.Deleted' ELSE 'User.Created' END"
	for _, statement := range []string{
		`INSERT INTO events (number, suffix, tenant, type, accepted_at, source, composer, payload, deliveries, unmatched, expanded)
			SELECT ` + number + `, '00000000000', 0, ` + kind + `, ` + number + ` / 512, 'seed', 1, '\x7b7d', 1, '', 0 FROM generate_series(1, $1::int) i`,
		`INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, logged_at, ended_at, redeliveries,
				standing, result, last_attempt, claims, attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)
			SELECT ` + number + ` + 1, '00000000000', 0, ` + number + `, 1, ` + kind + `, 'succeeded', '', ` + number + ` / 512, ` + number + ` / 512 + 40,
				` + number + ` / 512 + 40, 0, 1, '2xx', 1, 1, 1, 'event', ` + number + ` / 512, 40000, 'succeeded', '', '', 200, '\x', '\x' FROM generate_series(1, $1::int) i`,
	} {
		_, err := conn.Exec(t.Context(), statement, n)
		s.ok(err)
	}
	_, err := conn.Exec(t.Context(), "VACUUM ANALYZE")
	s.ok(err)
	return hours + 1
}

// TestRareTypes asks for what hardly exists, or not at all: that is found without reading
// what does.
func TestRareTypes(t *testing.T) {
	t.Parallel()
	options, _ := newKit(t).options(t)
	s := newScene(t, options)
	conn, err := pgx.Connect(t.Context(), options.DSN)
	s.ok(err)
	defer func() { _ = conn.Close(t.Context()) }() // it only reads by then
	n := seedRows(t)
	partitions := seed(t, s, conn, n)
	for _, kind := range []webhook.EventType{"User.Created", "Role.Deleted", "No.Such"} {
		deliveries := store.DeliveryQuery{Tenant: webhook.DefaultTenant, Types: []webhook.EventType{kind}, Limit: 100}
		for name, ask := range map[string]func() (int, error){
			"deliveries": func() (int, error) {
				found, err := s.store.Deliveries(t.Context(), deliveries)
				return len(found), err
			},
			"events": func() (int, error) {
				found, err := s.store.Events(t.Context(), store.EventQuery{Tenant: webhook.DefaultTenant, Types: deliveries.Types, Limit: 100})
				return len(found), err
			},
			"summary": func() (int, error) {
				found, err := s.store.Summary(t.Context(), store.SummaryQuery{DeliveryQuery: deliveries, CountCap: 100})
				return found.Counts[webhook.StateSucceeded].N, err
			},
		} {
			seen := &statements{found: map[string][]any{}}
			s.store.Trace(seen.add)
			_, err := ask() // the first time plans are made
			s.ok(err)
			s.store.Trace(nil)
			began := time.Now()
			got, err := ask()
			s.ok(err)
			took, pages := time.Since(began), s.pages(conn, seen)
			t.Logf("%d rows: %s of %s: %v, %d pages", n, name, kind, took.Round(100*time.Microsecond), pages)
			if want := map[webhook.EventType]int{"User.Created": 100, "Role.Deleted": min(100, n/1009)}[kind]; got != want {
				t.Errorf("%d %s of %s, want %d", got, name, kind, want)
			}
			if kind == "No.Such" && pages > 20*partitions {
				t.Errorf("%s of a type that nothing has: %d pages are read", name, pages)
			}
		}
	}
}

// pages is how many pages the statements read when they are run again.
func (s *scene) pages(conn *pgx.Conn, seen *statements) (pages int) {
	s.t.Helper()
	for query, args := range seen.found {
		rows, err := conn.Query(s.t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+query, args...)
		s.ok(err)
		plans, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]struct {
			Plan struct {
				Hit  int `json:"Shared Hit Blocks"`
				Read int `json:"Shared Read Blocks"`
			}
		}])
		s.ok(err)
		pages += plans[0].Plan.Hit + plans[0].Plan.Read
	}
	return pages
}
