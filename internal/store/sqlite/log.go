package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// A delivery is in the log from its first result on and only in the queue before.
// Both selects yield the same columns.
const (
	loggedColumns = `d.number AS number, d.suffix, d.event, (SELECT suffix FROM events WHERE number = d.event), d.type, n.id,
	d.webhook, w.id, w.name, w.deleted_at IS NOT NULL,
	CASE WHEN d.state = 'retrying' AND (w.enabled = 0 OR w.suspended_at IS NOT NULL) AND w.deleted_at IS NULL THEN 'held' ELSE d.state END AS shown_state,
	d.cancel_reason, d.accepted_at, d.logged_at, d.ended_at,
	CASE WHEN d.state = 'retrying' THEN ifnull((SELECT due_at FROM work WHERE work.number = d.number), d.next_attempt_at) END,
	d.attempt, d.trigger, d.started_at, d.duration, d.outcome, d.reason, d.phase, d.status`
	loggedTables = ` FROM deliveries d JOIN tenants n ON n.number = d.tenant JOIN webhooks w ON w.number = d.webhook `

	waitingColumns = `q.number AS number, q.suffix, q.event, e.suffix, e.type, n.id,
	q.webhook, w.id, w.name, w.deleted_at IS NOT NULL,
	CASE WHEN (w.enabled = 0 OR w.suspended_at IS NOT NULL) AND w.deleted_at IS NULL THEN 'held' ELSE 'pending' END AS shown_state,
	'', e.accepted_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL`
	waitingTables = ` FROM work q JOIN events e ON e.number = q.event JOIN tenants n ON n.number = q.tenant JOIN webhooks w ON w.number = q.webhook `
	// A delivery without a log entry: no attempt has a result.
	notLogged = "q.logged_at IS NULL AND q.ended = ''"
)

// newestFirst merges what came from the log and from the queue. A delivery that
// got its log entry between the two reads is in both.
func newestFirst(found []webhook.Delivery, limit int) []webhook.Delivery {
	slices.SortStableFunc(found, func(a, b webhook.Delivery) int { return strings.Compare(string(b.ID), string(a.ID)) })
	found = slices.CompactFunc(found, func(a, b webhook.Delivery) bool { return a.ID == b.ID })
	return found[:min(len(found), limit)]
}

// Delivery implements store.Log.
func (s *Store) Delivery(ctx context.Context, tenant webhook.TenantID, id webhook.DeliveryID) (webhook.Delivery, error) {
	number, suffix, ok := webhook.ParseID(string(id))
	if !ok {
		return webhook.Delivery{}, webhook.ErrNotFound
	}
	unwritten := s.writeQueue(number, number)
	args := []any{number, suffix, string(tenant)}
	found, err := s.deliveries(ctx, "SELECT "+waitingColumns+waitingTables+"WHERE q.number = ? AND q.suffix = ? AND n.id = ? AND "+notLogged, args...)
	if err == nil && len(found) == 0 { // in this order nothing falls between the two
		found, err = s.deliveries(ctx, "SELECT "+loggedColumns+loggedTables+"WHERE d.number = ? AND d.suffix = ? AND n.id = ?", args...)
	}
	if err != nil {
		return webhook.Delivery{}, err
	}
	switch {
	case len(found) > 0:
		return found[0], s.addAttempts(ctx, found[:1], true)
	case unwritten != nil:
		return webhook.Delivery{}, unwritten
	default:
		return webhook.Delivery{}, webhook.ErrNotFound
	}
}

// EventDeliveries implements store.Log: the deliveries of an event are the numbers
// behind its own.
func (s *Store) EventDeliveries(ctx context.Context, tenant webhook.TenantID, id webhook.EventID, limit int) ([]webhook.Delivery, error) {
	event, err := s.Event(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	first, _, _ := webhook.ParseID(string(id))
	_ = s.writeQueue(first, first+int64(event.Deliveries)) // as for other lists
	args := []any{first, first + int64(event.Deliveries), limit}
	found, err := s.deliveries(ctx, "SELECT "+waitingColumns+waitingTables+"WHERE q.number > ? AND q.number <= ? AND "+notLogged+" ORDER BY q.number DESC LIMIT ?", args...)
	if err != nil {
		return nil, err
	}
	logged, err := s.deliveries(ctx, "SELECT "+loggedColumns+loggedTables+"WHERE d.number > ? AND d.number <= ? ORDER BY d.number DESC LIMIT ?", args...)
	if err != nil {
		return nil, err
	}
	found = newestFirst(append(logged, found...), limit)
	return found, s.addAttempts(ctx, found, false)
}

func (s *Store) deliveries(ctx context.Context, query string, args ...any) ([]webhook.Delivery, error) {
	var found []webhook.Delivery
	err := s.query(ctx, func(rows *sql.Rows) error {
		d, err := scanDelivery(rows)
		found = append(found, d)
		return err
	}, query, args...)
	return found, err
}

func scanDelivery(rows *sql.Rows) (webhook.Delivery, error) {
	var d webhook.Delivery
	var number, event, accepted int64
	var suffix string
	var eventSuffix sql.NullString
	var logged, ended, next, attempt, started, duration, status sql.NullInt64
	var trigger, outcome, reason, phase sql.NullString
	if err := rows.Scan(&number, &suffix, &event, &eventSuffix, &d.EventType, &d.Tenant,
		&d.Webhook.Number, &d.Webhook.ID, &d.Webhook.Name, &d.Webhook.Deleted, &d.State,
		&d.CancelReason, &accepted, &logged, &ended, &next,
		&attempt, &trigger, &started, &duration, &outcome, &reason, &phase, &status); err != nil {
		return d, err
	}
	d.ID = webhook.DeliveryID(webhook.FormatID(number, suffix))
	if eventSuffix.Valid {
		d.EventID = webhook.EventID(webhook.FormatID(event, eventSuffix.String))
	}
	d.AcceptedAt, d.LoggedAt, d.EndedAt, d.NextAttemptAt = instant(accepted), instantOf(logged), instantOf(ended), instantOf(next)
	if d.State != webhook.StateRetrying {
		d.NextAttemptAt = nil // a held one has no time
	}
	if attempt.Valid {
		d.Attempts = []webhook.Attempt{{
			Number: int(attempt.Int64), Trigger: webhook.Trigger(trigger.String), StartedAt: instant(started.Int64),
			Duration: time.Duration(duration.Int64) * time.Microsecond, Outcome: webhook.Outcome(outcome.String),
			Reason: webhook.Reason(reason.String), Phase: webhook.Phase(phase.String), Status: int(status.Int64),
		}}
	}
	return d, nil
}

// addAttempts reads the attempts that are not part of the deliveries' rows, and
// with details also headers and bodies of all.
func (s *Store) addAttempts(ctx context.Context, found []webhook.Delivery, details bool) error {
	if len(found) == 0 {
		return nil
	}
	index := make(map[int64]*webhook.Delivery, len(found))
	var numbers []any
	for i := range found {
		number, _, _ := webhook.ParseID(string(found[i].ID))
		index[number] = &found[i]
		numbers = append(numbers, number)
	}
	detailColumns := "NULL, NULL"
	if details {
		detailColumns = "detail, body"
	}
	in := "(?" + strings.Repeat(", ?", len(numbers)-1) + ")"
	if err := s.query(ctx, func(rows *sql.Rows) error {
		var delivery int64
		a, err := scanAttempt(rows, &delivery)
		if err == nil {
			index[delivery].Attempts = append(index[delivery].Attempts, a)
		}
		return err
	}, "SELECT delivery, attempt, trigger, started_at, duration, outcome, reason, phase, status, "+detailColumns+
		" FROM attempts WHERE delivery IN "+in, numbers...); err != nil {
		return err
	}
	for i := range found {
		slices.SortFunc(found[i].Attempts, func(a, b webhook.Attempt) int { return a.Number - b.Number })
	}
	if !details {
		return nil
	}
	return s.query(ctx, func(rows *sql.Rows) error { return addInlineDetail(rows, index) },
		"SELECT number, attempt, detail, body FROM deliveries WHERE attempt IS NOT NULL AND number IN "+in, numbers...)
}

func addInlineDetail(rows *sql.Rows, index map[int64]*webhook.Delivery) error {
	var delivery int64
	var number int
	var detail, body []byte
	if err := rows.Scan(&delivery, &number, &detail, &body); err != nil {
		return err
	}
	d := index[delivery]
	for i := range d.Attempts {
		if d.Attempts[i].Number == number {
			d.Attempts[i].Response.Body = body
			return store.DecodeAttempt(detail, &d.Attempts[i])
		}
	}
	return nil
}

func scanAttempt(rows *sql.Rows, delivery *int64) (webhook.Attempt, error) {
	var a webhook.Attempt
	var started, duration int64
	var detail, body []byte
	if err := rows.Scan(delivery, &a.Number, &a.Trigger, &started, &duration, &a.Outcome, &a.Reason, &a.Phase, &a.Status, &detail, &body); err != nil {
		return a, err
	}
	a.StartedAt, a.Duration = instant(started), time.Duration(duration)*time.Microsecond
	a.Response.Body = body
	if detail == nil {
		return a, nil
	}
	return a, store.DecodeAttempt(detail, &a)
}

// Recent implements store.Log.
func (s *Store) Recent(ctx context.Context, q store.RecentQuery) (store.RecentPage, error) {
	where := conditions{}
	where.add("d.webhook = (SELECT w.number FROM webhooks w JOIN tenants n ON n.number = w.tenant WHERE w.id = ? AND n.id = ?)",
		string(q.Webhook), string(q.Tenant))
	where.add("d.logged_at IS NOT NULL")
	where.times("d.logged_at", q.From, q.To)
	if q.Type != "" {
		where.add("d.type = ?", string(q.Type))
	}
	page, err := s.countRecent(ctx, &where, q.CountCap)
	if err != nil {
		return page, err
	}
	found, err := s.deliveries(ctx, "SELECT "+loggedColumns+loggedTables+"WHERE "+where.text()+
		" ORDER BY d.logged_at DESC, d.number DESC LIMIT ? OFFSET ?", append(where.args, q.Limit, q.Offset)...)
	if err != nil {
		return page, err
	}
	if err := s.addAttempts(ctx, found, true); err != nil {
		return page, err
	}
	for _, d := range found {
		entry := store.RecentEntry{Delivery: d}
		if d.EventID != "" {
			event, err := s.Event(ctx, q.Tenant, d.EventID)
			if err != nil && !errors.Is(err, webhook.ErrNotFound) { // retention may come between
				return page, fmt.Errorf("read the event of a log entry: %w", err)
			}
			entry.Payload = event.Payload
		}
		page.Entries = append(page.Entries, entry)
	}
	return page, nil
}

func (s *Store) countRecent(ctx context.Context, where *conditions, limit int) (store.RecentPage, error) {
	var page store.RecentPage
	query := "SELECT count(*) FROM deliveries d WHERE " + where.text()
	args := slices.Clone(where.args)
	if limit > 0 {
		query = "SELECT count(*) FROM (SELECT 1 FROM deliveries d WHERE " + where.text() + " LIMIT ?)"
		args = append(args, limit+1)
	}
	err := s.query(ctx, func(rows *sql.Rows) error { return rows.Scan(&page.Total) }, query, args...)
	if limit > 0 && page.Total > limit {
		page.Total, page.Capped = limit, true
	}
	return page, err
}

// Health implements store.Log.
func (s *Store) Health(ctx context.Context, webhooks []int64, since time.Time) (map[int64]webhook.Health, error) {
	health := make(map[int64]webhook.Health, len(webhooks))
	// A seek per webhook; the chunks stay below the limit on parameters.
	for chunk := range slices.Chunk(webhooks, 500) {
		args := []any{}
		for _, number := range chunk {
			args = append(args, number)
		}
		err := s.query(ctx, func(rows *sql.Rows) error {
			var number int64
			var h webhook.Health
			err := rows.Scan(&number, &h.RequestCount, &h.SuccessCount)
			health[number] = h
			return err
		}, "SELECT webhook, sum(requests), sum(successes) FROM health WHERE webhook IN (?"+strings.Repeat(", ?", len(chunk)-1)+
			") AND minute >= ? GROUP BY webhook", append(args, since.Unix()/60)...)
		if err != nil {
			return nil, err
		}
	}
	return health, nil
}
