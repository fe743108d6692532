package postgres

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// TestManyRowsAreWrittenLikeFew writes the same rows as few, with INSERT, and as many, with
// COPY: what is then in the tables differs in the numbers alone.
func TestManyRowsAreWrittenLikeFew(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	first := webhook.NumberAt(s.options.Clock.Now())
	for table, insert := range map[string]func(t *tx, first int64, n int) error{
		"events": insertEvents, "work": insertWork, "deliveries": insertDeliveries,
	} {
		few := written(t, s, table, first, copyFrom-1, insert)
		many := written(t, s, table, first+copyFrom, copyFrom, insert)
		if len(few) != copyFrom-1 || len(many) != copyFrom {
			t.Fatalf("%s: %d and %d rows", table, len(few), len(many))
		}
		for i, row := range few {
			if row != many[i] {
				t.Errorf("%s, row %d\n%s\n%s", table, i, row, many[i])
			}
		}
	}
}

// written has rows written, and reads them without their numbers.
func written(t *testing.T, s *Store, table string, first int64, n int, insert func(t *tx, first int64, n int) error) (rows []string) {
	t.Helper()
	ways := map[bool]string{false: "INSERT INTO " + table, true: "COPY " + table}
	used := 0
	s.Trace(func(query string, _ []any) {
		if strings.HasPrefix(query, ways[n >= copyFrom]) {
			used++
		}
	})
	defer s.Trace(nil)
	if err := s.writer.do(&call{run: func(t *tx, _ *call) error { return insert(t, first, n) }}); err != nil {
		t.Fatal(err)
	}
	if used != 1 {
		t.Errorf("%q was used %d times", ways[n >= copyFrom], used)
	}
	if err := s.query(t.Context(), func(found pgx.Rows) error {
		var row string
		err := found.Scan(&row)
		rows = append(rows, row)
		return err
	}, "SELECT (to_jsonb(r) - 'number')::text FROM "+table+" r WHERE number >= $1 AND number < $2 ORDER BY number", first, first+int64(n)); err != nil {
		t.Fatal(err)
	}
	return rows
}

func origin() time.Time { return time.UnixMilli(1_764_000_000_123) }

func insertEvents(t *tx, first int64, n int) error {
	var rows eventRows
	for i := range n {
		e := store.NewEvent{Type: webhook.EventType(fmt.Sprint("Ünïcode.", i%3)), Payload: webhook.Payload{Posted: []byte(strings.Repeat("x", 40*i)), Composer: 1}, Webhooks: make([]int64, i%4)}
		p := store.AcceptParams{AcceptedAt: origin(), Source: "key"}
		var expanding []byte
		if i%2 == 0 {
			p.Idempotency = &store.Idempotency{Key: fmt.Sprint(i)}
			e.Payload.CreatedAt = origin()
		} else {
			e.Unmatched = webhook.UnmatchedNoSubscription
			expanding = packNumbers([]int64{1, -2})
		}
		rows.add(first+int64(i), "suffix", int64(i%2), &p, &e, expanding)
	}
	return rows.insert(t)
}

func insertWork(t *tx, first int64, n int) error {
	var rows workRows
	for i := range int64(n) {
		rows.add(first+i, "suffix", i%2, i, -i, i<<40, i%3, i%5)
	}
	return rows.insert(t)
}

func insertDeliveries(t *tx, first int64, n int) error {
	var rows deliveryRows
	for i := range n {
		r := store.Result{
			Job: webhook.Job{
				Lease: webhook.Lease{Delivery: webhook.DeliveryID(webhook.FormatID(first+int64(i), "suffix")), Process: 1, Claims: i},
				Event: webhook.EventID(webhook.FormatID(1, "suffix")), EventType: "User.Created", Webhook: int64(i), AcceptedAt: origin(), Manual: i%3 == 0,
			},
			Attempt: webhook.Attempt{
				Number: i, Trigger: webhook.TriggerEvent, StartedAt: origin(), Duration: time.Duration(i) * time.Microsecond, Outcome: webhook.OutcomeSucceeded, Status: 200 + i,
			},
			Next: webhook.Next{State: webhook.StateSucceeded},
		}
		if i%2 == 0 {
			r.Next = webhook.Next{State: webhook.StateRetrying, DueAt: origin().Add(time.Hour)}
			r.Attempt.Outcome, r.Attempt.Reason, r.Attempt.Phase = webhook.OutcomeFailed, webhook.ReasonTimeout, webhook.PhaseHeaders
			r.Attempt.Response.Body = []byte{0, 1, 255}
		}
		rows.add(first+int64(i), int64(i%2), &r)
	}
	return rows.insert(t)
}
