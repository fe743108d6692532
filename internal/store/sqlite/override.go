package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// Cancel implements store.Overrides.
func (s *Store) Cancel(_ context.Context, tenant webhook.TenantID, id webhook.DeliveryID, now time.Time) (int64, error) {
	number, suffix, ok := webhook.ParseID(string(id))
	if !ok {
		return 0, webhook.ErrNotFound
	}
	var lane int64
	bringDown := func(t *tx) error { return t.enqueueRange(number, number) }
	err := s.writer.do(&call{undoable: true, before: bringDown, run: func(t *tx, c *call) error {
		tenantNumber, err := s.tenantNumber(t, tenant)
		if err != nil {
			return c.refuse(err)
		}
		lane, err = cancelByPerson(t, tenantNumber, number, suffix, now)
		return c.refuse(err)
	}})
	return lane, err
}

func cancelByPerson(t *tx, tenant, number int64, suffix string, now time.Time) (lane int64, err error) {
	u := unfinishedRow{number: number}
	var attempts int
	j := &u.job
	found, err := t.row(`SELECT webhook, process, leased_at, logged_at, attempts, interruptions, claims, retries, manual, ended
		FROM work WHERE number = ? AND suffix = ? AND tenant = ?`, []any{number, suffix, tenant},
		&lane, &u.process, &u.leasedAt, &u.logged, &attempts, &j.Interruptions, &j.Claims, &j.RetriesUsed, &j.Manual, &j.Ended)
	if err != nil {
		return 0, err
	}
	if !found || j.Ended != "" {
		known, err := t.row("SELECT 1 FROM deliveries WHERE number = ? AND suffix = ? AND tenant = ?", []any{number, suffix, tenant}, new(int))
		switch {
		case err != nil:
			return 0, err
		case !known:
			return 0, webhook.ErrNotFound
		}
		return 0, webhook.ErrEnded
	}
	voided, err := t.voided(u.process)
	if err != nil {
		return 0, err
	}
	if !voided {
		u.process = 0 // somebody has it in hand: that is no interruption
	}
	j.Attempt = attemptNumber(attempts, j.Interruptions)
	t.unfinished--
	return lane, cancelOne(t, u, now, webhook.CancelByPerson)
}

// keepLate adds the attempt to the log of a delivery that a person cancelled while
// it was under way. Its state stays. late is false if that is not what happened, or if
// the delivery is in the queue again: then the number of the attempt is taken.
func keepLate(t *tx, number int64, claims int, a *webhook.Attempt) (late bool, err error) {
	changed, err := t.exec(`UPDATE deliveries SET last_attempt = ?, result = ?, logged_at = ifnull(logged_at, ?)
		WHERE number = ? AND claims = ? AND last_attempt < ? AND cancel_reason = 'by_person' AND state = 'cancelled'
			AND NOT EXISTS (SELECT 1 FROM work WHERE work.number = deliveries.number)`,
		a.Number, string(a.Class()), a.EndedAt().UnixMilli(), number, claims, a.Number)
	if err != nil || changed == 0 {
		return false, err
	}
	return true, insertAttempt(t, number, a)
}

// waitingRow is what Redeliver finds in the queue.
type waitingRow struct {
	webhook, due, process int64
	logged                sql.NullInt64
	manual                bool
}

// Redeliver implements store.Overrides.
func (s *Store) Redeliver(_ context.Context, tenant webhook.TenantID, id webhook.DeliveryID, now time.Time, by string) (int64, error) {
	number, suffix, ok := webhook.ParseID(string(id))
	if !ok {
		return 0, webhook.ErrNotFound
	}
	var lane int64
	bringDown := func(t *tx) error { return t.enqueueRange(number, number) }
	err := s.writer.do(&call{undoable: true, before: bringDown, run: func(t *tx, c *call) error {
		tenantNumber, err := s.tenantNumber(t, tenant)
		if err != nil {
			return c.refuse(err)
		}
		var row waitingRow
		waiting, err := t.row("SELECT webhook, due_at, process, logged_at, manual FROM work WHERE number = ? AND suffix = ? AND tenant = ?",
			[]any{number, suffix, tenantNumber}, &row.webhook, &row.due, &row.process, &row.logged, &row.manual)
		switch {
		case err != nil:
			return err
		case waiting:
			lane = row.webhook
			return c.refuse(bringForward(t, number, row, now, by))
		default:
			lane, err = revive(t, tenantNumber, number, suffix, now, by)
			return c.refuse(err)
		}
	}})
	return lane, err
}

// bringForward makes the next attempt of an unfinished delivery due. Asking again
// before it has begun changes nothing; what a lane holds already, or has had no
// attempt yet, is on its way anyhow, with settings that may be older.
func bringForward(t *tx, number int64, row waitingRow, now time.Time, by string) error {
	if err := mayRedeliver(t, row.webhook); err != nil {
		return err
	}
	voided, err := t.voided(row.process)
	switch {
	case err != nil:
		return err
	case !voided, !row.logged.Valid && !row.manual:
		return webhook.ErrInProgress
	case row.manual:
		return nil
	}
	if err := countRedelivery(t, number); err != nil {
		return err
	}
	_, err = t.exec("UPDATE work SET manual = 1, asked_by = ?, resume_at = due_at, due_at = ? WHERE number = ?", by, now.UnixMilli(), number)
	return err
}

// revive puts an ended delivery back into the queue for one attempt.
func revive(t *tx, tenant, number int64, suffix string, now time.Time, by string) (lane int64, err error) {
	var event, attempts, claims int64
	var state string
	var logged sql.NullInt64
	found, err := t.row("SELECT webhook, event, state, last_attempt, claims, logged_at FROM deliveries WHERE number = ? AND suffix = ? AND tenant = ?",
		[]any{number, suffix, tenant}, &lane, &event, &state, &attempts, &claims, &logged)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, webhook.ErrNotFound
	}
	if err := mayRedeliver(t, lane); err != nil {
		return 0, err
	}
	if kept, err := t.row("SELECT 1 FROM events WHERE number = ?", []any{event}, new(int)); err != nil || !kept {
		return 0, errors.Join(err, webhook.ErrPayloadGone)
	}
	if err := countRedelivery(t, number); err != nil {
		return 0, err
	}
	t.unfinished++
	_, err = t.exec(`
		INSERT INTO work (number, suffix, tenant, event, webhook, due_at, process, leased_at, claims,
			attempts, interruptions, retries, logged_at, manual, ended, asked_by)
		VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 0, 0, ?, 1, ?, ?)`,
		number, suffix, tenant, event, lane, now.UnixMilli(), now.UnixMilli(), claims, attempts, logged, state, by)
	return lane, err
}

func mayRedeliver(t *tx, webhookNumber int64) error {
	var enabled bool
	var suspended, deleted sql.NullInt64
	found, err := t.row("SELECT enabled, suspended_at, deleted_at FROM webhooks WHERE number = ?", []any{webhookNumber}, &enabled, &suspended, &deleted)
	switch {
	case err != nil:
		return err
	case !found || deleted.Valid:
		return webhook.ErrWebhookDeleted
	case !enabled || suspended.Valid:
		return webhook.ErrWebhookDisabled
	}
	return nil
}

func countRedelivery(t *tx, number int64) error {
	changed, err := t.exec("UPDATE deliveries SET redeliveries = redeliveries + 1 WHERE number = ? AND redeliveries < ?",
		number, webhook.MaxRedeliveries)
	if err == nil && changed == 0 {
		return webhook.ErrTooManyRedeliveries
	}
	return err
}
