package postgres_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// statements collects each statement once, with the arguments of its first use.
type statements struct {
	mu    sync.Mutex
	found map[string][]any
}

func (s *statements) add(query string, args []any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.found[query]; !known {
		s.found[query] = slices.Clone(args)
	}
}

// large are scans of tables that grow, and of their partitions, from end to end.
var large = regexp.MustCompile(`Seq Scan on (events|deliveries|attempts|work|health|idempotency)`)

// inOrder are lists: they walk down an index and end at the limit, without sorting.
var inOrder = regexp.MustCompile(`ORDER BY [deq]\.number DESC LIMIT \$\d+( OFFSET \$\d+)?$`)

// mayScan are statements that look at all there is, and end early or are rare.
var mayScan = regexp.MustCompile(`^\s*SELECT \(SELECT count\(\*\) FROM \(SELECT 1 FROM work LIMIT`)

// TestNoStatementScans uses every operation and looks at the plan of each statement,
// with everything made expensive that is only right for small tables: what is left of
// it has no index.
func TestNoStatementScans(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	options, name := k.options(t)
	s := newScene(t, options)
	seen := &statements{found: map[string][]any{}}
	s.store.Trace(seen.add)
	s.useEverything()
	open(t, options) // makes the partitions that retention has dropped
	conn, err := pgx.Connect(t.Context(), k.cluster.DSN(name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), "SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"); err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, query := range slices.Sorted(maps.Keys(seen.found)) {
		word := strings.ToUpper(strings.Fields(query)[0])
		if !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, word) || strings.Contains(query, "pg_notify") {
			continue
		}
		looked++
		plan := explain(t, conn, query, seen.found[query])
		if large.MatchString(plan) && !mayScan.MatchString(query) {
			t.Errorf("%s\n\tin:\n%s", plan, query)
		}
		if inOrder.MatchString(strings.TrimSpace(query)) && strings.Contains(plan, "Sort") && !strings.Contains(plan, "One-Time Filter: false") {
			t.Errorf("a list is sorted:\n%s\n\tin:\n%s", plan, query)
		}
	}
	if looked < 150 {
		t.Fatalf("only %d statements", looked)
	}
}

func explain(t *testing.T, conn *pgx.Conn, query string, args []any) string {
	t.Helper()
	rows, err := conn.Query(t.Context(), "EXPLAIN (COSTS OFF) "+query, args...)
	if err != nil {
		t.Fatalf("%v\n\tin: %s", err, query)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%v\n\tin: %s", err, query)
	}
	return strings.Join(lines, "\n")
}

func (s *scene) useEverything() {
	s.t.Helper()
	ctx, tenant, now := s.t.Context(), webhook.DefaultTenant, storetest.Start
	registry, err := s.store.Registry(ctx)
	s.ok(err)
	id := registry.Webhooks[0].ID
	p := s.params(s.number, s.number)
	p.Idempotency = &store.Idempotency{Route: "events", Key: "key"}
	accepted, err := s.store.Accept(ctx, p)
	s.ok(err)
	p = s.params(s.number)
	p.Handoff, p.Events[0].Webhooks = nil, slices.Repeat([]int64{s.number}, store.MaxInlineDeliveries+1)
	_, err = s.store.Accept(ctx, p)
	s.ok(err)
	for more := true; more; {
		more, err = s.store.Expand(ctx, store.ExpandParams{Now: now})
		s.ok(err)
	}
	first := s.to.jobs[0]
	retry := success(first)
	retry.Next = webhook.Next{State: webhook.StateRetrying, DueAt: now, RetriesUsed: 1}
	_, err = s.store.Finish(ctx, []store.Result{retry, success(s.to.jobs[1]), success(s.to.jobs[1])})
	s.ok(err)
	jobs := s.claim()
	results := make([]store.Result, 0, len(jobs))
	for _, job := range jobs[:len(jobs)-1] {
		results = append(results, success(job))
	}
	_, err = s.store.Finish(ctx, results)
	s.ok(err)
	s.ok(s.store.Release(ctx, []webhook.Lease{jobs[len(jobs)-1].Lease}))
	_, err = s.store.Redeliver(ctx, tenant, first.Delivery, now, "")
	s.ok(err)
	s.readEverything(id, accepted[0].ID, first.Delivery)
	_, err = s.store.Cancel(ctx, tenant, jobs[len(jobs)-1].Delivery, now)
	s.ok(err)
	s.keepUp(id, now.Add(1000*time.Hour))
}

func (s *scene) readEverything(id webhook.ID, event webhook.EventID, delivery webhook.DeliveryID) {
	s.t.Helper()
	ctx, tenant, now := s.t.Context(), webhook.DefaultTenant, storetest.Start
	for q := range deliveryQueries(id, delivery) {
		_, err := s.store.Deliveries(ctx, q)
		s.ok(err)
		_, err = s.store.DeliveryWindow(ctx, q, 10)
		s.ok(err)
		_, err = s.store.Summary(ctx, store.SummaryQuery{DeliveryQuery: q, CountCap: 10, Start: now, Step: time.Hour, Buckets: 2})
		s.ok(err)
	}
	for _, q := range []store.EventQuery{{}, {Before: event}, {Types: []webhook.EventType{"A", "B"}, From: now, To: now}, {Search: "text"}} {
		q.Tenant, q.Limit = tenant, 10
		events, err := s.store.Events(ctx, q)
		s.ok(err)
		_, err = s.store.EventWindow(ctx, q, 10)
		s.ok(err)
		_, err = s.store.EventStates(ctx, events, 10)
		s.ok(err)
	}
	_, err := s.store.Event(ctx, tenant, event)
	s.ok(err)
	_, err = s.store.EventDeliveries(ctx, tenant, event, 10)
	s.ok(err)
	_, err = s.store.Delivery(ctx, tenant, delivery)
	s.ok(err)
	for _, q := range []store.RecentQuery{{}, {Type: "User.Created", From: now, To: now, CountCap: 10}} {
		q.Tenant, q.Webhook, q.Limit = tenant, id, 10
		_, err = s.store.Recent(ctx, q)
		s.ok(err)
	}
	_, err = s.store.Health(ctx, []int64{s.number}, now)
	s.ok(err)
	_, err = s.store.HourlyHealth(ctx, []int64{s.number}, now)
	s.ok(err)
	_, err = s.store.Activity(ctx, []int64{s.number}, 10)
	s.ok(err)
	_, err = s.store.Trend(ctx, store.TrendQuery{Webhooks: []int64{s.number}, From: now, Until: now.Add(time.Hour), Step: time.Hour, Steps: 1})
	s.ok(err)
	_, err = s.store.Backlog(ctx, s.process)
	s.ok(err)
	_, err = s.store.Usage(ctx)
	s.ok(err)
	_, err = s.store.Unfinished(ctx)
	s.ok(err)
}

// deliveryQueries are the filters, each alone and most of them together.
func deliveryQueries(id webhook.ID, before webhook.DeliveryID) func(yield func(store.DeliveryQuery) bool) {
	now := storetest.Start
	return func(yield func(store.DeliveryQuery) bool) {
		for _, of := range []webhook.ID{"", id} {
			for _, types := range [][]webhook.EventType{nil, {"A", "B"}} {
				for _, q := range []store.DeliveryQuery{
					{},
					{States: []webhook.State{webhook.StateHeld}},
					{States: []webhook.State{webhook.StateFailed}},
					{Results: []webhook.ResultClass{webhook.Result5xx}},
					{From: now},
					{To: now},
					{From: now, To: now, Before: before},
					{Oldest: before, Search: "text"},
				} {
					q.Tenant, q.Limit, q.Webhook, q.Types = webhook.DefaultTenant, 10, of, types
					if !yield(q) {
						return
					}
				}
			}
		}
	}
}

// keepUp runs the periodic work, with something to do for each part of it.
func (s *scene) keepUp(id webhook.ID, later time.Time) {
	s.t.Helper()
	ctx, tenant := s.t.Context(), webhook.DefaultTenant
	for _, change := range []func(*webhook.Webhook){
		func(w *webhook.Webhook) { w.Enabled, w.DisabledAt = false, &w.CreatedAt },
		func(w *webhook.Webhook) { w.DeletedAt = &w.CreatedAt },
	} {
		_, err := s.store.Accept(ctx, s.params(s.number))
		s.ok(err)
		_, err = s.store.UpdateWebhook(ctx, tenant, id, func(w *webhook.Webhook) error { change(w); return nil })
		s.ok(err)
		_, err = s.store.CancelHeld(ctx, later, later, s.process, 10)
		s.ok(err)
	}
	_, err := s.store.CancelDeleted(ctx, later, s.process, 10)
	s.ok(err)
	for more := true; more; {
		_, more, err = s.store.Expire(ctx, store.ExpireParams{Now: later, Before: later, Limit: 10})
		s.ok(err)
	}
	s.ok(s.store.CreateTenant(ctx, webhook.Tenant{ID: "other"}))
	s.ok(s.store.DeleteTenant(ctx, "other", later))
	for more := true; more; {
		more, err = s.store.PurgeTenants(ctx, s.process, 1000)
		s.ok(err)
	}
}
