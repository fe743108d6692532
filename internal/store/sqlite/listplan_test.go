package sqlite_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// TestListsAnswerFromIndexes looks at the plan of every statement that any
// combination of filters leads to: each finds its rows by an index that has them in
// the order of the list.
func TestListsAnswerFromIndexes(t *testing.T) {
	t.Parallel()
	s, options := fresh(t, nil)
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	process, err := s.Join(ctx, storetest.Start)
	check(err)
	number := createWebhook(t, s, "orders")
	accept(t, s, number)
	finish(t, s, claim(t, s, process, number)...)
	accept(t, s, number)
	registry, err := s.Registry(ctx)
	check(err)
	var statements []string
	s.TraceReads(func(query string) { statements = append(statements, query) })
	for q := range deliveryQueries(registry.Webhooks[0].ID) {
		_, err := s.Deliveries(ctx, q)
		check(err)
		if statements = unique(statements); q.Before != "" {
			continue // what follows starts at the newest
		}
		_, err = s.DeliveryWindow(ctx, q, 10)
		check(err)
		_, err = s.Summary(ctx, store.SummaryQuery{DeliveryQuery: q, CountCap: 10, Start: storetest.Start, Step: time.Hour, Buckets: 2})
		check(err)
	}
	var events []webhook.Event
	for q := range eventQueries() {
		found, err := s.Events(ctx, q)
		check(err)
		events = append(events, found...)
		_, err = s.EventWindow(ctx, q, 10)
		check(err)
	}
	_, err = s.EventStates(ctx, events[:1], 10)
	check(err)
	_, err = s.HourlyHealth(ctx, []int64{1, 2}, storetest.Start)
	check(err)
	_, err = s.Activity(ctx, []int64{1, 2}, 10)
	check(err)
	_, err = s.Health(ctx, []int64{1, 2}, storetest.Start)
	check(err)
	_, err = s.Trend(ctx, store.TrendQuery{Webhooks: []int64{1, 2}, From: storetest.Start, Until: storetest.Start.Add(time.Hour), Step: time.Hour, Steps: 1})
	check(err)
	_, err = s.DeliveriesByNumber(ctx, []int64{1, 2})
	check(err)
	_, err = s.Checklist(ctx, webhook.DefaultTenant)
	check(err)
	statements = unique(statements)
	if len(statements) < 100 {
		t.Fatalf("only %d statements", len(statements))
	}
	planner := open(t, options)
	for _, statement := range statements {
		for _, step := range plan(t, planner, statement) {
			// What is found in scattered stretches is sorted: few rows, else it would not be scattered.
			sorts := strings.HasPrefix(step, "USE TEMP B-TREE FOR ORDER BY") && !strings.HasPrefix(statement, "WITH span ")
			if large.MatchString(step) || sorts {
				t.Errorf("%s\n\tin: %s", step, statement)
			}
		}
	}
}

func unique(statements []string) []string {
	slices.Sort(statements)
	return slices.Compact(statements)
}

// choices are the ways to fill in one filter; the first leaves it out.
type choices[Q any] []func(q *Q)

// combine yields every combination of one choice from each.
func combine[Q any](filters ...choices[Q]) func(yield func(Q) bool) {
	return func(yield func(Q) bool) {
		var descend func(q Q, rest []choices[Q]) bool
		descend = func(q Q, rest []choices[Q]) bool {
			if len(rest) == 0 {
				return yield(q)
			}
			for _, choose := range rest[0] {
				next := q
				choose(&next)
				if !descend(next, rest[1:]) {
					return false
				}
			}
			return true
		}
		var start Q
		descend(start, filters)
	}
}

func deliveryQueries(id webhook.ID) func(yield func(store.DeliveryQuery) bool) {
	type query = store.DeliveryQuery
	all := func(q *query) { q.Tenant, q.Limit = webhook.DefaultTenant, 10 }
	none := func(*query) {}
	states := choices[query]{none}
	for _, state := range []webhook.State{
		webhook.StatePending, webhook.StateRetrying, webhook.StateHeld, webhook.StateSucceeded, webhook.StateFailed, webhook.StateCancelled,
	} {
		states = append(states, func(q *query) { q.States = []webhook.State{state} })
	}
	number := webhook.DeliveryID(webhook.FormatID(webhook.NumberAt(storetest.Start), "00000000000"))
	return combine(
		choices[query]{all}, states,
		choices[query]{none, func(q *query) { q.Webhook = id }},
		choices[query]{none, func(q *query) { q.Types = []webhook.EventType{"A", "B"} }},
		choices[query]{none, func(q *query) { q.Results = []webhook.ResultClass{webhook.Result5xx, webhook.ResultTimeout} }},
		choices[query]{none, func(q *query) { q.From = storetest.Start }},
		choices[query]{none, func(q *query) { q.To = storetest.Start.Add(time.Hour) }},
		choices[query]{none, func(q *query) { q.Before = number }},
		choices[query]{none, func(q *query) { q.Oldest, q.Search = number, "text" }},
	)
}

func eventQueries() func(yield func(store.EventQuery) bool) {
	type query = store.EventQuery
	none := func(*query) {}
	yes, no := true, false
	number := webhook.EventID(webhook.FormatID(webhook.NumberAt(storetest.Start.Add(time.Hour)), "00000000000"))
	return combine(
		choices[query]{func(q *query) { q.Tenant, q.Limit = webhook.DefaultTenant, 10 }},
		choices[query]{none, func(q *query) { q.Matched = &yes }, func(q *query) { q.Matched = &no }},
		choices[query]{none, func(q *query) { q.Types = []webhook.EventType{"User.Created"} }, func(q *query) { q.Types = []webhook.EventType{"A", "B"} }},
		choices[query]{none, func(q *query) { q.From = storetest.Start }},
		choices[query]{none, func(q *query) { q.To = storetest.Start.Add(time.Hour) }},
		choices[query]{none, func(q *query) { q.Before = number }},
		choices[query]{none, func(q *query) { q.Search = "text" }},
	)
}
