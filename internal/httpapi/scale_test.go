package httpapi

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// scale is how much the scale test seeds. TIDINGS_SCALE=10000x1000000 (make scale)
// is what lists are made for; the default runs with the other tests.
func scale(t *testing.T) (webhooks, deliveries int, large bool) {
	t.Helper()
	given := os.Getenv("TIDINGS_SCALE")
	if given == "" {
		return 600, 6000, false
	}
	if _, err := fmt.Sscanf(given, "%dx%d", &webhooks, &deliveries); err != nil {
		t.Fatalf("TIDINGS_SCALE=%s: %v", given, err)
	}
	return webhooks, deliveries, true
}

// slowest is how long one answer may take at full scale, on a busy machine.
const slowest = 2500 * time.Millisecond

// seed fills the database behind the store's back: webhooks of which every tenth
// is the other tenant's and every ninth is disabled, and deliveries spread over the
// past day in every state.
func (b *bundle) seed(db *sql.DB, webhooks, deliveries int) {
	b.t.Helper()
	run := func(query string, args ...any) {
		b.t.Helper()
		if _, err := db.ExecContext(b.t.Context(), query, args...); err != nil {
			b.t.Fatal(err)
		}
	}
	run("CREATE TEMP TABLE seq AS WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ?) SELECT i FROM s", max(webhooks, deliveries))
	run(`INSERT INTO webhooks (number, id, tenant, name, event_types, legacy_event, url, headers, signing_key, key_created_at, enabled, disabled_at,
			version, created_at, updated_at)
		SELECT i, printf('%021d', i), (SELECT number FROM tenants WHERE id = CASE WHEN i % 10 = 0 THEN 'other' ELSE 'default' END),
			'webhook ' || i, '["Organization.Created"]', '', 'https://w' || i || '.example.com/in', '[]', 'key', 0, i % 9 <> 0,
			CASE WHEN i % 9 = 0 THEN 0 END, 1, i, i FROM seq WHERE i <= ?`, webhooks)
	first := webhook.NumberAt(start.Add(-23 * time.Hour))
	step := (webhook.NumberAt(start) - first) / int64(deliveries+1)
	const tenant, lane = "(SELECT tenant FROM webhooks w WHERE w.number = 1 + i % ?2)", "1 + i % ?2"
	number, eventType := fmt.Sprintf("(%d + i * %d)", first, step), "CASE WHEN i % 1009 = 0 THEN 'Role.Deleted' WHEN i % 3 = 0 THEN 'User.Deleted' ELSE 'User.Created' END"
	run(`INSERT INTO events (number, suffix, tenant, type, accepted_at, source, composer, payload, deliveries, unmatched, expanded)
		SELECT `+number+`, '00000000000', `+tenant+`, `+eventType+`, `+number+` / 512, 'seed', 1,
			CAST('{"event":"x","user":"person-' || i || '","padding":"' || hex(zeroblob(200)) || '"}' AS BLOB), 1, '', 0 FROM seq WHERE i <= ?1`, deliveries, webhooks)
	run("INSERT OR IGNORE INTO event_blocks (tenant, type, block) SELECT tenant, type, number >> 23 FROM events")
	// 85 % succeeded, the rest evenly failed in seven ways, cancelled, retrying and pending.
	state := `CASE WHEN i % 100 < 85 THEN 'succeeded' WHEN i % 100 < 92 THEN 'failed' WHEN i % 100 < 94 THEN 'cancelled' ELSE 'retrying' END`
	standing := `CASE WHEN i % 100 < 85 THEN 1 WHEN i % 100 < 92 THEN i % 100 - 85 + 11 WHEN i % 100 < 94 THEN 2 ELSE 0 END`
	run(`INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, logged_at, ended_at, redeliveries,
			standing, result, last_attempt, claims, attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)
		SELECT `+number+` + 1, '00000000000', `+tenant+`, `+number+`, `+lane+`, `+eventType+`, `+state+`, '', `+number+` / 512, `+number+` / 512 + 40,
			`+number+` / 512 + 40, 0, `+standing+`, '5xx', 1, 1, 1, 'event', `+number+` / 512, 40000, 'failed', '', '', 200, ?3, zeroblob(100)
		FROM seq WHERE i <= ?1 AND i % 100 < 97`, deliveries, webhooks, store.EncodeAttempt(&webhook.Attempt{Detail: strings.Repeat("x", 150)}))
	run(`INSERT INTO work (number, suffix, tenant, event, webhook, due_at, process, leased_at, claims, attempts, interruptions, retries, logged_at, manual, ended)
		SELECT `+number+` + 1, '00000000000', `+tenant+`, `+number+`, `+lane+`, `+number+` / 512, 0, 0, 0, 0, 0, 0,
			CASE WHEN i % 100 < 97 THEN `+number+` / 512 + 40 END, 0, '' FROM seq WHERE i <= ?1 AND i % 100 >= 94`, deliveries, webhooks)
	run(`INSERT INTO health SELECT webhook, logged_at / 60000, 0, count(*), sum(state = 'succeeded'), 0, 0, count(*), 0, 0, 0, 0, 0, 0, 0, 0
		FROM deliveries WHERE state IN ('succeeded', 'failed') GROUP BY 1, 2`)
	run(`INSERT INTO webhook_changes (sequence, tenant, webhook, changed_at, enabled, deleted, event_types)
		SELECT number + (SELECT version FROM registry_version), tenant, number, 0, enabled, 0, event_types FROM webhooks`)
	run("UPDATE registry_version SET version = version + ?", webhooks)
	run("ANALYZE temp.seq")
}

// TestScale lists, filters and counts a large log, and compares every count with what
// reading all of the log says.
func TestScale(t *testing.T) {
	t.Parallel()
	webhooks, deliveries, large := scale(t)
	b := setup(t)
	db := b.raw()
	b.seed(db, webhooks, deliveries)
	began := time.Now()
	b.must(b.reg.Refresh(t.Context()))
	t.Logf("%d webhooks, %d deliveries; refresh of the registry: %v", webhooks, deliveries, time.Since(began))

	selected := b.scaleFilters(webhooks)
	for _, f := range selected {
		want := b.number(db, f.truth)
		began := time.Now()
		page := into[pageOf[deliveryItem]](b, b.do(readKey, "GET", "/api/deliveries?limit=100&"+f.query, ""), 200)
		listed := time.Since(began)
		began = time.Now()
		counted, capped := 0, false
		for _, n := range b.summary(f.query).Counts {
			counted, capped = counted+n.N, capped || n.Capped
		}
		took := time.Since(began)
		t.Logf("%-52s %8d  list %10v  summary %10v", f.query, want, listed.Round(100*time.Microsecond), took.Round(100*time.Microsecond))
		if len(page.Items) != min(want, 100) || (page.Next != "") != (want > 100) || !capped && counted != want || capped && want <= countCap {
			t.Errorf("%s: %d listed, %d counted, there are %d", f.query, len(page.Items), counted, want)
		}
		if large && max(listed, took) > slowest {
			t.Errorf("%s: %v and %v", f.query, listed, took)
		}
	}
	for _, target := range []string{
		"/api/webhooks?limit=100", "/api/webhooks?limit=100&sort=-requests", "/api/webhooks?health=failing", "/api/webhooks?q=webhook+99",
		fmt.Sprintf("/api/webhooks/%021d", 11), "/api/hooks?includeExecutionStats=1&page=1&page_size=100", "/api/events?limit=100",
		"/api/events?limit=100&eventType=Role.Deleted", "/api/events?matched=false", "/api/events?q=person-17&limit=100", "/api/deliveries?q=person-17&limit=100",
		fmt.Sprintf("/api/hooks/%021d/recent-logs?enableCap=1", 11),
	} {
		began := time.Now()
		got := b.do(readKey, "GET", target, "")
		took := time.Since(began)
		t.Logf("%-90s %10v", target, took.Round(100*time.Microsecond))
		if got.status != 200 || large && took > slowest {
			t.Errorf("%s: %d in %v", target, got.status, took)
		}
	}
	began = time.Now()
	_, err := b.reg.Update(t.Context(), webhook.DefaultTenant, webhook.ID(fmt.Sprintf("%021d", 11)), func(w *webhook.Webhook) error {
		w.Name = "changed"
		return nil
	})
	b.must(err)
	t.Logf("a change of one webhook: %v", time.Since(began))
}

// raw opens the database of the bundle beside its store.
func (b *bundle) raw() *sql.DB {
	b.t.Helper()
	db, err := sql.Open("sqlite", "file:"+b.file+"?_pragma=busy_timeout(20000)&_pragma=synchronous(OFF)")
	b.must(err)
	db.SetMaxOpenConns(1)
	b.t.Cleanup(func() { b.must(db.Close()) })
	return db
}

func (b *bundle) number(db *sql.DB, truth string) (n int) {
	b.t.Helper()
	b.must(db.QueryRowContext(context.Background(), truth).Scan(&n))
	return n
}

type scaleFilter struct{ query, truth string }

// scaleFilters are filters alone and together, each with a query that counts the
// same in another way.
func (b *bundle) scaleFilters(webhooks int) []scaleFilter {
	const log = `SELECT count(*) FROM (
		SELECT d.tenant, d.webhook, d.type, d.number, d.standing, CASE WHEN d.state = 'retrying' AND w.enabled = 0 THEN 'held' ELSE d.state END AS state
			FROM deliveries d JOIN webhooks w ON w.number = d.webhook
		UNION ALL SELECT q.tenant, q.webhook, e.type, q.number, -1, CASE WHEN w.enabled = 0 THEN 'held' ELSE 'pending' END
			FROM work q JOIN events e ON e.number = q.event JOIN webhooks w ON w.number = q.webhook WHERE q.logged_at IS NULL
	) WHERE tenant = 0`
	from := start.Add(-time.Hour)
	parts := []scaleFilter{
		{"", ""},
		{"eventType=User.Deleted", " AND type = 'User.Deleted'"},
		{"eventType=Role.Deleted", " AND type = 'Role.Deleted'"},
		{"eventType=No.Such", " AND type = 'No.Such'"},
		{fmt.Sprintf("webhook=%021d", 11), " AND webhook = 11"},
		{fmt.Sprintf("webhook=%021d", 18), " AND webhook = 18"},
		{"from=" + from.Format("2006-01-02T15:04:05Z"), fmt.Sprintf(" AND number >= %d", webhook.NumberAt(from))},
	}
	states := []scaleFilter{
		{"", ""},
		{"result=timeout", " AND standing = 15"},
		{"result=5xx", " AND (standing = 14 OR standing IN (0, 2))"},
	}
	for _, state := range allStates {
		states = append(states, scaleFilter{"state=" + string(state), " AND state = '" + string(state) + "'"})
	}
	var all []scaleFilter
	for _, p := range parts {
		for _, s := range states {
			query := strings.Join(slices.DeleteFunc([]string{p.query, s.query}, func(q string) bool { return q == "" }), "&")
			all = append(all, scaleFilter{query, log + p.truth + s.truth})
		}
	}
	return all
}
