package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const changedSince = "(SELECT c.webhook FROM webhook_changes c WHERE c.sequence > $1)"

// RegistryChanges implements store.Webhooks. The history of the webhooks says what
// was changed.
func (s *Store) RegistryChanges(ctx context.Context, since int64) (store.RegistryChanges, error) {
	var changes store.RegistryChanges
	err := s.reading(ctx, func(r *reader) error {
		var err error
		if changes.Version, err = r.registryVersion(); err != nil {
			return err
		}
		if err := r.query(func(rows pgx.Rows) error {
			var id webhook.TenantID
			err := rows.Scan(&id)
			changes.Tenants = append(changes.Tenants, id)
			return err
		}, "SELECT id FROM tenants WHERE deleted_at IS NULL ORDER BY number"); err != nil {
			return err
		}
		if changes.Changed, err = r.numbers("SELECT DISTINCT webhook FROM webhook_changes WHERE sequence > $1 ORDER BY webhook", since); err != nil {
			return err
		}
		if err = r.query(func(rows pgx.Rows) error {
			w, err := unpackWebhook(rows)
			changes.Webhooks = append(changes.Webhooks, w)
			return err
		}, `SELECT `+webhookColumns+` FROM webhooks w JOIN tenants n ON n.number = w.tenant
			WHERE w.number IN `+changedSince+` AND w.deleted_at IS NULL AND n.deleted_at IS NULL ORDER BY w.number`, since); err != nil {
			return err
		}
		if changes.Keys, err = readKeys(r); err != nil {
			return err
		}
		changes.EventTypes, err = readEventTypes(r)
		return err
	})
	return changes, err
}
