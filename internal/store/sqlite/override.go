package sqlite

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
