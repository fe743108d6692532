package postgres

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// A delivery is in the log from its first result on and only in the queue before.
// Both selects yield the same columns.
const (
	loggedColumns = `d.number AS number, d.suffix, d.event, (SELECT e.suffix FROM events e WHERE e.number = d.event), d.type, n.id,
	d.webhook, w.id, w.name, w.deleted_at IS NOT NULL,
	CASE WHEN d.state = 'retrying' AND (NOT w.enabled OR w.suspended_at IS NOT NULL) AND w.deleted_at IS NULL THEN 'held' ELSE d.state END AS shown_state,
	d.cancel_reason, d.accepted_at, d.logged_at, d.ended_at,
	CASE WHEN d.state = 'retrying' THEN coalesce((SELECT due_at FROM work WHERE work.number = d.number), d.next_attempt_at) END,
	d.attempt, d.trigger, d.started_at, d.duration, d.outcome, d.reason, d.phase, d.status`
	loggedTables = ` FROM deliveries d JOIN tenants n ON n.number = d.tenant JOIN webhooks w ON w.number = d.webhook `

	waitingColumns = `q.number AS number, q.suffix, q.event, e.suffix, e.type, n.id,
	q.webhook, w.id, w.name, w.deleted_at IS NOT NULL,
	CASE WHEN (NOT w.enabled OR w.suspended_at IS NOT NULL) AND w.deleted_at IS NULL THEN 'held' ELSE 'pending' END AS shown_state,
	'', e.accepted_at, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::text, NULL::bigint, NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::bigint`
	waitingTables = ` FROM work q JOIN events e ON e.number = q.event JOIN tenants n ON n.number = q.tenant JOIN webhooks w ON w.number = q.webhook `
	// A delivery without a log entry: no attempt has a result.
	notLogged = "q.logged_at IS NULL AND q.ended = ''"
)

// newestFirst merges what came from the log and from the queue.
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
	var found []webhook.Delivery
	err := s.reading(ctx, func(r *reader) (err error) {
		args := []any{number, suffix, string(tenant)}
		found, err = r.deliveries("SELECT "+waitingColumns+waitingTables+"WHERE q.number = $1 AND q.suffix = $2 AND n.id = $3 AND "+notLogged, args...)
		if err == nil && len(found) == 0 {
			found, err = r.deliveries("SELECT "+loggedColumns+loggedTables+"WHERE d.number = $1 AND d.suffix = $2 AND n.id = $3", args...)
		}
		if err != nil {
			return err
		}
		return r.addAttempts(found, true)
	})
	if err != nil {
		return webhook.Delivery{}, err
	}
	if len(found) == 0 {
		return webhook.Delivery{}, webhook.ErrNotFound
	}
	return found[0], nil
}

// EventDeliveries implements store.Log: the deliveries of an event are the numbers
// behind its own.
func (s *Store) EventDeliveries(ctx context.Context, tenant webhook.TenantID, id webhook.EventID, limit int) ([]webhook.Delivery, error) {
	event, err := s.Event(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	first, _, _ := webhook.ParseID(string(id))
	args := []any{first, first + int64(event.Deliveries), limit}
	var found []webhook.Delivery
	err = s.reading(ctx, func(r *reader) error {
		waiting, err := r.deliveries("SELECT "+waitingColumns+waitingTables+"WHERE q.number > $1 AND q.number <= $2 AND "+notLogged+" ORDER BY q.number DESC LIMIT $3", args...)
		if err != nil {
			return err
		}
		logged, err := r.deliveries("SELECT "+loggedColumns+loggedTables+"WHERE d.number > $1 AND d.number <= $2 ORDER BY d.number DESC LIMIT $3", args...)
		if err != nil {
			return err
		}
		found = newestFirst(append(logged, waiting...), limit)
		return r.addAttempts(found, false)
	})
	return found, err
}

func (r *reader) deliveries(query string, args ...any) ([]webhook.Delivery, error) {
	var found []webhook.Delivery
	err := r.query(func(rows pgx.Rows) error {
		d, err := scanDelivery(rows)
		found = append(found, d)
		return err
	}, query, args...)
	return found, err
}

func scanDelivery(rows pgx.Rows) (webhook.Delivery, error) {
	var d webhook.Delivery
	var number, event, accepted int64
	var suffix string
	var eventSuffix *string
	var logged, ended, next, attempt, started, duration, status *int64
	var trigger, outcome, reason, phase *string
	if err := rows.Scan(&number, &suffix, &event, &eventSuffix, &d.EventType, &d.Tenant,
		&d.Webhook.Number, &d.Webhook.ID, &d.Webhook.Name, &d.Webhook.Deleted, &d.State,
		&d.CancelReason, &accepted, &logged, &ended, &next,
		&attempt, &trigger, &started, &duration, &outcome, &reason, &phase, &status); err != nil {
		return d, err
	}
	d.ID = webhook.DeliveryID(webhook.FormatID(number, suffix))
	if eventSuffix != nil {
		d.EventID = webhook.EventID(webhook.FormatID(event, *eventSuffix))
	}
	d.AcceptedAt, d.LoggedAt, d.EndedAt, d.NextAttemptAt = instant(accepted), instantOf(logged), instantOf(ended), instantOf(next)
	if d.State != webhook.StateRetrying {
		d.NextAttemptAt = nil // a held one has no time
	}
	if attempt != nil {
		d.Attempts = []webhook.Attempt{{
			Number: int(*attempt), Trigger: webhook.Trigger(*trigger), StartedAt: instant(*started),
			Duration: time.Duration(*duration) * time.Microsecond, Outcome: webhook.Outcome(*outcome),
			Reason: webhook.Reason(*reason), Phase: webhook.Phase(*phase), Status: int(*status),
		}}
	}
	return d, nil
}

// addAttempts reads the attempts that are not part of the deliveries' rows, and
// with details also headers and bodies of all.
func (r *reader) addAttempts(found []webhook.Delivery, details bool) error {
	if len(found) == 0 {
		return nil
	}
	index := make(map[int64]*webhook.Delivery, len(found))
	var numbers []int64
	for i := range found {
		number, _, _ := webhook.ParseID(string(found[i].ID))
		index[number] = &found[i]
		numbers = append(numbers, number)
	}
	detailColumns := "NULL::bytea, NULL::bytea"
	if details {
		detailColumns = "detail, body"
	}
	low, high := span(numbers)
	if err := r.query(func(rows pgx.Rows) error {
		var delivery int64
		a, err := scanAttempt(rows, &delivery)
		if err == nil {
			index[delivery].Attempts = append(index[delivery].Attempts, a)
		}
		return err
	}, "SELECT delivery, attempt, trigger, started_at, duration, outcome, reason, phase, status, "+detailColumns+
		" FROM attempts WHERE delivery = ANY ($1) AND delivery BETWEEN $2 AND $3", numbers, low, high); err != nil {
		return err
	}
	for i := range found {
		slices.SortFunc(found[i].Attempts, func(a, b webhook.Attempt) int { return a.Number - b.Number })
	}
	if !details {
		return nil
	}
	return r.query(func(rows pgx.Rows) error { return addInlineDetail(rows, index) },
		"SELECT number, attempt, detail, body FROM deliveries WHERE attempt IS NOT NULL AND number = ANY ($1) AND number BETWEEN $2 AND $3", numbers, low, high)
}

func addInlineDetail(rows pgx.Rows, index map[int64]*webhook.Delivery) error {
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

func scanAttempt(rows pgx.Rows, delivery *int64) (webhook.Attempt, error) {
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
	var page store.RecentPage
	err := s.reading(ctx, func(r *reader) error {
		number, found, err := r.webhookOf(q.Tenant, q.Webhook)
		if err != nil || !found {
			return err
		}
		where := conditions{}
		where.add("d.webhook = ?", number)
		where.add("d.logged_at IS NOT NULL")
		where.times("d.logged_at", q.From, q.To)
		if q.Type != "" {
			where.add("d.type = ?", string(q.Type))
		}
		if err := r.countRecent(&page, where, q.CountCap); err != nil {
			return err
		}
		entries, err := r.deliveries("SELECT "+loggedColumns+loggedTables+"WHERE "+where.text()+
			" ORDER BY d.logged_at DESC, d.number DESC LIMIT "+where.arg(q.Limit)+" OFFSET "+where.arg(q.Offset), where.args...)
		if err != nil {
			return err
		}
		if err := r.addAttempts(entries, true); err != nil {
			return err
		}
		return r.addPayloads(&page, entries)
	})
	return page, err
}

// addPayloads makes the entries of a page; retention may have removed some payloads.
func (r *reader) addPayloads(page *store.RecentPage, entries []webhook.Delivery) error {
	if len(entries) == 0 {
		return nil
	}
	numbers := []int64{}
	for i := range entries {
		if number, _, ok := webhook.ParseID(string(entries[i].EventID)); ok {
			numbers = append(numbers, number)
		}
	}
	payloads := map[webhook.EventID]webhook.Payload{}
	if len(numbers) > 0 {
		low, high := span(numbers)
		if err := r.query(func(rows pgx.Rows) error {
			var posted []byte
			e, err := scanEvent(rows, &posted)
			e.Payload.Posted = posted
			payloads[e.ID] = e.Payload
			return err
		}, `SELECT `+eventColumns+`, e.payload FROM events e JOIN tenants n ON n.number = e.tenant
			WHERE e.number = ANY ($1) AND e.number BETWEEN $2 AND $3`, numbers, low, high); err != nil {
			return err
		}
	}
	for _, d := range entries {
		page.Entries = append(page.Entries, store.RecentEntry{Delivery: d, Payload: payloads[d.EventID]})
	}
	return nil
}

func (r *reader) countRecent(page *store.RecentPage, where conditions, limit int) error {
	where.args = slices.Clone(where.args)
	query := "SELECT count(*) FROM deliveries d WHERE " + where.text()
	if limit > 0 {
		query = "SELECT count(*) FROM (SELECT 1 FROM deliveries d WHERE " + where.text() + " LIMIT " + where.arg(limit+1) + ") q"
	}
	err := r.query(func(rows pgx.Rows) error { return rows.Scan(&page.Total) }, query, where.args...)
	if limit > 0 && page.Total > limit {
		page.Total, page.Capped = limit, true
	}
	return err
}

// Health implements store.Log.
func (s *Store) Health(ctx context.Context, webhooks []int64, since time.Time) (map[int64]webhook.Health, error) {
	health := make(map[int64]webhook.Health, len(webhooks))
	err := s.query(ctx, func(rows pgx.Rows) error {
		var number int64
		var h webhook.Health
		err := rows.Scan(&number, &h.RequestCount, &h.SuccessCount)
		health[number] = h
		return err
	}, "SELECT webhook, sum(requests)::bigint, sum(successes)::bigint FROM health WHERE webhook = ANY ($1) AND minute >= $2 GROUP BY webhook",
		webhooks, since.Unix()/60)
	return health, err
}
