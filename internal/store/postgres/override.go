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
		u.process = 0 // somebody has it in hand: that is no interruption
	}
	j.Attempt = attemptNumber(attempts, j.Interruptions)
	cancelOne(t, u, now, webhook.CancelByPerson)
	return lane, nil
}
