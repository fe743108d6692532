package sqlite_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// large are the tables that grow, by name or by the alias they have in queries, and
// those that no statement may read from end to end.
var large = regexp.MustCompile(`^SCAN (events|deliveries|work|attempts|health|idempotency|d|e|q|w)\b`)

// inOrder are scans that walk down the primary key, newest first, and end at the
// limit.
var inOrder = regexp.MustCompile(`ORDER BY [deq]\.number DESC LIMIT \?$`)

// TestNoStatementScans uses every operation once and looks at the plan of each
// statement that this took.
func TestNoStatementScans(t *testing.T) {
	t.Parallel()
	s, options := fresh(t, nil)
	var reads []string
	s.TraceReads(func(query string) { reads = append(reads, query) })
	useEverything(t, s)
	statements := slices.Concat(s.Writes(t), reads)
	if len(statements) < 40 {
		t.Fatalf("only %d statements", len(statements))
	}
	planner := open(t, options)
	slices.Sort(statements)
	for _, statement := range slices.Compact(statements) {
		for _, step := range plan(t, planner, statement) {
			scanned := large.MatchString(step) && !strings.HasSuffix(step, "USING INDEX webhooks_inactive") && !strings.Contains(step, "events_expanding")
			if scanned && !inOrder.MatchString(strings.TrimSpace(statement)) {
				t.Errorf("%s\n\tin: %s", step, statement)
			}
			if sorts := strings.HasPrefix(step, "USE TEMP B-TREE FOR ORDER BY"); sorts {
				t.Errorf("%s\n\tin: %s", step, statement)
			}
		}
	}
}

func plan(t *testing.T, s *sqlite.Store, statement string) []string {
	t.Helper()
	word, _, _ := strings.Cut(strings.TrimSpace(statement), " ")
	if word = strings.Fields(word)[0]; !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, word) {
		return nil
	}
	rows, err := s.Writing().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, make([]any, strings.Count(statement, "?"))...)
	if err != nil {
		t.Fatalf("%v\n\tin: %s", err, statement)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

func useEverything(t *testing.T, s *sqlite.Store) {
	t.Helper()
	ctx, tenant, now := t.Context(), webhook.DefaultTenant, storetest.Start
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	process, err := s.Join(ctx, now)
	check(err)
	var numbers []int64
	for range store.MaxInlineDeliveries + 1 {
		numbers = append(numbers, createWebhook(t, s, "orders"))
	}
	w := numbers[0]
	params := acceptParams(t, s, w)
	params.Idempotency = &store.Idempotency{Route: "events", Key: "key"}
	accepted, err := s.Accept(ctx, params)
	check(err)
	accept(t, s, numbers...)
	_, err = s.Expand(ctx, store.ExpandParams{Now: now})
	check(err)
	job := claim(t, s, process, w)[0]
	retry := store.Result{
		Job: job, Attempt: webhook.Attempt{Number: 1, Outcome: webhook.OutcomeFailed, StartedAt: now},
		Next: webhook.Next{State: webhook.StateRetrying, DueAt: now},
	}
	_, err = s.Finish(ctx, []store.Result{retry})
	check(err)
	_, err = s.Redeliver(ctx, tenant, job.Delivery, now, "")
	check(err)
	job = claim(t, s, process, w)[0]
	finish(t, s, job)
	_, err = s.Redeliver(ctx, tenant, job.Delivery, now, "")
	check(err)
	finish(t, s, claim(t, s, process, w)...)
	check(s.Release(ctx, []webhook.Lease{job.Lease}))
	_, err = s.Join(ctx, now)
	check(err)
	claim(t, s, process+1, numbers[1])
	_, err = s.Join(ctx, now)
	check(err)
	claim(t, s, process+2, numbers[1])
	_, err = s.Backlog(ctx, process)
	check(err)
	readEverything(t, s, accepted[0].ID, job.Delivery, numbers)
	registry, err := s.Registry(ctx)
	check(err)
	for i, change := range []func(*webhook.Webhook){
		func(w *webhook.Webhook) { w.Enabled, w.DisabledAt = false, &now },
		func(w *webhook.Webhook) { w.DeletedAt = &now },
	} {
		_, err = s.UpdateWebhook(ctx, tenant, registry.Webhooks[i+2].ID, func(w *webhook.Webhook) error { change(w); return nil })
		check(err)
	}
	later := now.Add(1000 * time.Hour)
	_, err = s.CancelDeleted(ctx, later, process, 10)
	check(err)
	_, err = s.CancelHeld(ctx, later, later, process, 10)
	check(err)
	_, _, err = s.Expire(ctx, store.ExpireParams{Now: later, Before: later, Limit: 10})
	check(err)
	_, err = s.Usage(ctx)
	check(err)
	_, err = s.Unfinished(ctx)
	check(err)
	check(s.PutKey(ctx, webhook.APIKey{ID: "one", Tenant: tenant}))
	check(s.TouchKeys(ctx, []store.KeyUse{{Tenant: tenant, ID: "one", At: now}}))
	_, err = s.APIKeys(ctx, tenant)
	check(err)
	check(s.DeleteKey(ctx, tenant, "one"))
	_, err = s.UpdateChecklist(ctx, tenant, func(l *webhook.Checklist) { l.Hidden = true })
	check(err)
	useTenants(t, s)
}

// useTenants purges a tenant that has one of everything.
func useTenants(t *testing.T, s *sqlite.Store) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Secret(ctx, "one", []byte{1})
	check(err)
	check(s.CreateTenant(ctx, webhook.Tenant{ID: "other"}))
	w, err := s.CreateWebhook(ctx, webhook.Webhook{ID: "theirs", Tenant: "other", Enabled: true})
	check(err)
	params := acceptParams(t, s, w.Number)
	params.Tenant = "other"
	_, err = s.Accept(ctx, params)
	check(err)
	process, err := s.Join(ctx, storetest.Start)
	check(err)
	finish(t, s, claim(t, s, process, w.Number)...)
	check(s.DeleteTenant(ctx, "other", storetest.Start))
	for more := true; more; {
		// The wide event of the default tenant is not in the way.
		more, err = s.PurgeTenants(ctx, process, 1000)
		check(err)
	}
	_, err = s.Tenants(ctx)
	check(err)
}

func readEverything(t *testing.T, s *sqlite.Store, event webhook.EventID, id webhook.DeliveryID, numbers []int64) {
	t.Helper()
	ctx, tenant, now := t.Context(), webhook.DefaultTenant, storetest.Start
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	d, err := s.Delivery(ctx, tenant, id)
	check(err)
	_, err = s.EventDeliveries(ctx, tenant, event, 10)
	check(err)
	for _, q := range []store.DeliveryQuery{
		{}, {Webhook: d.Webhook.ID}, {Webhook: d.Webhook.ID, Before: id, From: now, To: now}, {States: []webhook.State{webhook.StateHeld}},
	} {
		q.Tenant, q.Limit = tenant, 10
		_, err = s.Deliveries(ctx, q)
		check(err)
	}
	_, err = s.Events(ctx, store.EventQuery{Tenant: tenant, Before: event, From: now, To: now, Limit: 10})
	check(err)
	for _, q := range []store.RecentQuery{{}, {Type: "User.Created", From: now, To: now, CountCap: 10}} {
		q.Tenant, q.Webhook, q.Limit = tenant, d.Webhook.ID, 10
		_, err = s.Recent(ctx, q)
		check(err)
	}
	_, err = s.Health(ctx, numbers, now)
	check(err)
}
