package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// purge is one step of removing what a deleted tenant has left.
type purge struct {
	t       *tx
	tenant  int64
	process int64
	// left is how many rows this step may still remove.
	left int64
	// removed is how many it has removed.
	removed int64
}

// purgedWebhooks is how many webhooks of a tenant one step looks at.
const purgedWebhooks = 100

// PurgeTenants implements store.Upkeep.
func (s *Store) PurgeTenants(_ context.Context, process int64, limit int) (more bool, err error) {
	err = s.writer.do(&call{rows: limit, run: func(t *tx, _ *call) (err error) {
		p := purge{t: t, process: process, left: int64(limit)}
		found, err := t.row("SELECT number FROM tenants WHERE deleted_at IS NOT NULL ORDER BY number LIMIT 1", nil, &p.tenant)
		if more = false; err != nil || !found {
			return err
		}
		if err := t.enqueueAll(); err != nil {
			return err
		}
		more, err = p.step()
		return err
	}})
	return more, err
}

// step removes in an order in which nothing is left that names what is gone: the
// deliveries of each webhook and the webhook, events, the rest, the tenant.
func (p *purge) step() (more bool, err error) {
	if empty, err := p.webhooks(); err != nil || !empty {
		// Without any progress, what is left is held by attempts under way.
		return p.removed > 0, err
	}
	for _, query := range []string{
		"DELETE FROM events WHERE number IN (SELECT number FROM events WHERE tenant = ? LIMIT ?)",
		"DELETE FROM event_blocks WHERE (tenant, type, block) IN (SELECT tenant, type, block FROM event_blocks WHERE tenant = ? LIMIT ?)",
		"DELETE FROM idempotency WHERE (tenant, route, key) IN (SELECT tenant, route, key FROM idempotency WHERE tenant = ? LIMIT ?)",
		"DELETE FROM event_types WHERE (tenant, name) IN (SELECT tenant, name FROM event_types WHERE tenant = ? LIMIT ?)",
		"DELETE FROM users WHERE id IN (SELECT id FROM users WHERE tenant = ? LIMIT ?)",
		"DELETE FROM webhook_changes WHERE sequence IN (SELECT sequence FROM webhook_changes WHERE tenant = ? LIMIT ?)",
	} {
		if err := p.remove(query, p.tenant, p.left); err != nil || p.left <= 0 {
			return true, err
		}
	}
	_, err = p.t.exec("DELETE FROM tenants WHERE number = ?", p.tenant)
	return true, err
}

func (p *purge) remove(query string, args ...any) error {
	n, err := p.t.exec(query, args...)
	if err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	p.left -= n
	p.removed += n
	return nil
}

// numbers reads a column of numbers.
func (p *purge) numbers(query string, args ...any) (found []int64, err error) {
	err = p.t.rows(func(rows *sql.Rows) error {
		var number int64
		err := rows.Scan(&number)
		found = append(found, number)
		return err
	}, query, args...)
	return found, err
}

// webhooks removes webhooks with what hangs on them; empty says that none is left.
func (p *purge) webhooks() (empty bool, err error) {
	numbers, err := p.numbers("SELECT number FROM webhooks WHERE tenant = ? ORDER BY number LIMIT ?", p.tenant, purgedWebhooks)
	if err != nil || len(numbers) == 0 {
		return err == nil, err
	}
	// A wide event that is not expanded yet brings more deliveries.
	var expanding bool
	if _, err := p.t.row("SELECT EXISTS (SELECT 1 FROM events WHERE expanding IS NOT NULL AND tenant = ?)", []any{p.tenant}, &expanding); err != nil {
		return false, err
	}
	for _, number := range numbers {
		if err := p.deliveries(number); err != nil || p.left <= 0 {
			return false, err
		}
		if expanding {
			continue
		}
		if err := p.remove(`DELETE FROM webhooks WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM work WHERE webhook = ?1)
			AND NOT EXISTS (SELECT 1 FROM deliveries WHERE webhook = ?1)`, number); err != nil {
			return false, err
		}
	}
	return false, nil
}

// deliveries removes what waits for a webhook, its log and its health. Attempts
// under way end first.
func (p *purge) deliveries(webhookNumber int64) error {
	waiting, err := p.numbers("SELECT number FROM work WHERE webhook = ? AND process < ? LIMIT ?", webhookNumber, p.process, p.left)
	if err != nil {
		return err
	}
	if err := p.withAttempts("DELETE FROM work WHERE number = ?", waiting); err != nil {
		return err
	}
	p.t.unfinished -= int64(len(waiting))
	logged, err := p.numbers(`SELECT number FROM deliveries WHERE webhook = ?
		AND NOT EXISTS (SELECT 1 FROM work WHERE work.number = deliveries.number) LIMIT ?`, webhookNumber, max(p.left, 0))
	if err != nil {
		return err
	}
	if err := p.withAttempts("DELETE FROM deliveries WHERE number = ?", logged); err != nil {
		return err
	}
	return p.remove("DELETE FROM health WHERE webhook = ?", webhookNumber)
}

// withAttempts removes the attempts of these deliveries and what the query names: one
// that is not in the log may have some too, if it was interrupted.
func (p *purge) withAttempts(query string, numbers []int64) error {
	for _, number := range numbers {
		if err := p.remove("DELETE FROM attempts WHERE delivery = ?", number); err != nil {
			return err
		}
		if err := p.remove(query, number); err != nil {
			return err
		}
	}
	return nil
}
