package postgres

import (
	"context"
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
	err := s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
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
		FROM work WHERE number = $1 AND suffix = $2 AND tenant = $3 FOR UPDATE`, []any{number, suffix, tenant},
		&lane, &u.process, &u.leasedAt, &u.logged, &attempts, &j.Interruptions, &j.Claims, &j.RetriesUsed, &j.Manual, &j.Ended)
	if err != nil {
		return 0, err
	}
	if !found || j.Ended != "" {
		known, err := t.row("SELECT 1 FROM deliveries WHERE number = $1 AND suffix = $2 AND tenant = $3", []any{number, suffix, tenant}, new(int))
		switch {
		case err != nil:
			return 0, err
		case !known:
			return 0, webhook.ErrNotFound
		}
		return 0, webhook.ErrEnded
	}
	if !t.voided(u.process) {
		cancelLease(t, u, suffix, lane)
		u.process = 0 // somebody has it in hand: that is no interruption
	}
	j.Attempt = attemptNumber(attempts, j.Interruptions)
	cancelOne(t, u, now, webhook.CancelByPerson)
	return lane, nil
}

// waitingRow is what Redeliver finds in the queue.
type waitingRow struct {
	webhook, due, process int64
	logged                *int64
	manual                bool
}

// Redeliver implements store.Overrides.
func (s *Store) Redeliver(_ context.Context, tenant webhook.TenantID, id webhook.DeliveryID, now time.Time, by string) (int64, error) {
	number, suffix, ok := webhook.ParseID(string(id))
	if !ok {
		return 0, webhook.ErrNotFound
	}
	var lane int64
	err := s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		tenantNumber, err := s.tenantNumber(t, tenant)
		if err != nil {
			return c.refuse(err)
		}
		var row waitingRow
		waiting, err := t.row("SELECT webhook, due_at, process, logged_at, manual FROM work WHERE number = $1 AND suffix = $2 AND tenant = $3 FOR UPDATE",
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
	switch {
	case !t.voided(row.process), row.logged == nil && !row.manual:
		return webhook.ErrInProgress
	case row.manual:
		return nil
	}
	if err := countRedelivery(t, number); err != nil {
		return err
	}
	_, err := t.exec("UPDATE work SET manual = true, asked_by = $1, resume_at = due_at, due_at = $2 WHERE number = $3", by, now.UnixMilli(), number)
	return err
}

// revive puts an ended delivery back into the queue for one attempt. The row in the
// log is locked meanwhile, so that its partition stays.
func revive(t *tx, tenant, number int64, suffix string, now time.Time, by string) (lane int64, err error) {
	var event, attempts, claims int64
	var state string
	var logged *int64
	found, err := t.row("SELECT webhook, event, state, last_attempt, claims, logged_at FROM deliveries WHERE number = $1 AND suffix = $2 AND tenant = $3 FOR UPDATE",
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
	if held, err := cancelledInHand(t, number); err != nil || held {
		if err == nil {
			err = webhook.ErrInProgress
		}
		return 0, err
	}
	if kept, err := t.row("SELECT 1 FROM events WHERE number = $1 FOR SHARE", []any{event}, new(int)); err != nil || !kept {
		if err == nil {
			err = webhook.ErrPayloadGone
		}
		return 0, err
	}
	if err := countRedelivery(t, number); err != nil {
		return 0, err
	}
	done, err := t.exec(`
		INSERT INTO work (number, suffix, tenant, event, webhook, due_at, process, leased_at, claims,
			attempts, interruptions, retries, logged_at, manual, ended, asked_by)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $6, $7, $8, 0, 0, $9, true, $10, $11) ON CONFLICT (number) DO NOTHING`,
		number, suffix, tenant, event, lane, now.UnixMilli(), claims, attempts, logged, state, by)
	if err == nil && done == 0 {
		err = errRace
	}
	return lane, err
}

func mayRedeliver(t *tx, webhookNumber int64) error {
	var enabled bool
	var suspended, deleted *int64
	found, err := t.row("SELECT enabled, suspended_at, deleted_at FROM webhooks WHERE number = $1", []any{webhookNumber}, &enabled, &suspended, &deleted)
	switch {
	case err != nil:
		return err
	case !found || deleted != nil:
		return webhook.ErrWebhookDeleted
	case !enabled || suspended != nil:
		return webhook.ErrWebhookDisabled
	}
	return nil
}

func countRedelivery(t *tx, number int64) error {
	changed, err := t.exec("UPDATE deliveries SET redeliveries = redeliveries + 1 WHERE number = $1 AND redeliveries < $2",
		number, webhook.MaxRedeliveries)
	if err == nil && changed == 0 {
		return webhook.ErrTooManyRedeliveries
	}
	return err
}
