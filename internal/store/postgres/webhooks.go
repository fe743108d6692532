package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const webhookColumns = `w.number, w.id, n.id, w.name, w.event_types, w.legacy_event, w.url, w.headers, w.retries,
	w.signing_key, w.key_created_at, w.enabled, w.disabled_at, w.suspended_at, w.version, w.created_at, w.updated_at, w.deleted_at`

// headerRow is a custom header in the database.
type headerRow struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Locked bool   `json:"locked,omitempty"`
	// UpdatedAt is in milliseconds.
	UpdatedAt int64  `json:"updatedAt"`
	Origin    string `json:"origin,omitempty"`
	Withheld  bool   `json:"withheld,omitempty"`
}

// CreateWebhook implements store.Webhooks.
func (s *Store) CreateWebhook(_ context.Context, w webhook.Webhook) (webhook.Webhook, error) {
	err := s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		tenant, err := s.tenantNumber(t, w.Tenant)
		if err != nil {
			return c.refuse(err)
		}
		w.Version = 1
		columns, err := packWebhook(&w)
		if err != nil {
			return c.refuse(err)
		}
		found, err := t.row(`
			INSERT INTO webhooks (id, tenant, name, event_types, legacy_event, url, headers, retries, signing_key,
				key_created_at, enabled, disabled_at, suspended_at, version, created_at, updated_at, deleted_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING number`,
			append([]any{string(w.ID), tenant}, columns...), &w.Number)
		if err != nil || !found {
			return c.refuse(fmt.Errorf("insert webhook: %w", err))
		}
		return s.recordChange(t, tenant, &w)
	}})
	return w, err
}

// UpdateWebhook implements store.Webhooks.
func (s *Store) UpdateWebhook(_ context.Context, tenant webhook.TenantID, id webhook.ID, change func(*webhook.Webhook) error) (webhook.Webhook, error) {
	var w webhook.Webhook
	err := s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		number, err := s.tenantNumber(t, tenant)
		if err != nil {
			return c.refuse(err)
		}
		if w, err = readWebhook(t, number, id); err != nil {
			return c.refuse(err)
		}
		if err := change(&w); err != nil {
			return c.refuse(err)
		}
		w.Version++
		return s.writeWebhook(t, c, number, &w)
	}})
	if err != nil {
		return webhook.Webhook{}, err
	}
	return w, nil
}

// DeleteWebhook implements store.Webhooks.
func (s *Store) DeleteWebhook(ctx context.Context, tenant webhook.TenantID, id webhook.ID) (webhook.Webhook, error) {
	return s.UpdateWebhook(ctx, tenant, id, func(w *webhook.Webhook) error {
		now := s.options.Clock.Now().UTC()
		w.DeletedAt, w.UpdatedAt = &now, now
		w.SigningKey, w.Headers = "", nil
		return nil
	})
}

func readWebhook(t *tx, tenant int64, id webhook.ID) (webhook.Webhook, error) {
	var found []webhook.Webhook
	err := t.rows(func(rows pgx.Rows) error {
		w, err := unpackWebhook(rows)
		found = append(found, w)
		return err
	}, `SELECT `+webhookColumns+` FROM webhooks w JOIN tenants n ON n.number = w.tenant
		WHERE w.id = $1 AND w.tenant = $2 AND w.deleted_at IS NULL FOR UPDATE OF w`, string(id), tenant)
	if err != nil {
		return webhook.Webhook{}, err
	}
	if len(found) == 0 {
		return webhook.Webhook{}, webhook.ErrNotFound
	}
	return found[0], nil
}

func (s *Store) writeWebhook(t *tx, c *call, tenant int64, w *webhook.Webhook) error {
	columns, err := packWebhook(w)
	if err != nil {
		return c.refuse(err)
	}
	if _, err := t.exec(`
		UPDATE webhooks SET name = $1, event_types = $2, legacy_event = $3, url = $4, headers = $5, retries = $6, signing_key = $7,
			key_created_at = $8, enabled = $9, disabled_at = $10, suspended_at = $11, version = $12, created_at = $13, updated_at = $14, deleted_at = $15
		WHERE number = $16`, append(columns, w.Number)...); err != nil {
		return err
	}
	return s.recordChange(t, tenant, w)
}

// recordChange raises the registry's version and writes the history.
func (s *Store) recordChange(t *tx, tenant int64, w *webhook.Webhook) error {
	sequence, err := t.raiseRegistryVersion()
	if err != nil {
		return err
	}
	selection, err := json.Marshal(w.Selection())
	if err != nil {
		return fmt.Errorf("encode selection: %w", err)
	}
	_, err = t.exec(`INSERT INTO webhook_changes (sequence, tenant, webhook, changed_at, enabled, deleted, event_types)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, sequence, tenant, w.Number, w.UpdatedAt.UnixMilli(), w.Active(), w.DeletedAt != nil, string(selection))
	return err
}

// Registry implements store.Webhooks.
func (s *Store) Registry(ctx context.Context) (store.Registry, error) {
	var content store.Registry
	err := s.reading(ctx, func(r *reader) (err error) {
		if content.Version, err = r.registryVersion(); err != nil {
			return err
		}
		if err := r.query(func(rows pgx.Rows) error {
			w, err := unpackWebhook(rows)
			content.Webhooks = append(content.Webhooks, w)
			return err
		}, `SELECT `+webhookColumns+`
			FROM webhooks w JOIN tenants n ON n.number = w.tenant WHERE w.deleted_at IS NULL AND n.deleted_at IS NULL ORDER BY w.number`); err != nil {
			return err
		}
		if content.Keys, err = readKeys(r); err != nil {
			return err
		}
		content.EventTypes, err = readEventTypes(r)
		return err
	})
	return content, err
}

func (r *reader) registryVersion() (version int64, err error) {
	err = r.query(func(rows pgx.Rows) error { return rows.Scan(&version) }, "SELECT version FROM registry_version")
	return version, err
}

// RegistryVersion implements store.Webhooks.
func (s *Store) RegistryVersion(ctx context.Context) (version int64, err error) {
	err = s.query(ctx, func(rows pgx.Rows) error { return rows.Scan(&version) },
		"SELECT version FROM registry_version")
	return version, err
}

// packWebhook returns the columns from name to deleted_at.
func packWebhook(w *webhook.Webhook) ([]any, error) {
	types := w.EventTypes
	if types == nil {
		types = []webhook.EventType{}
	}
	eventTypes, err := json.Marshal(types)
	if err != nil {
		return nil, fmt.Errorf("encode event types: %w", err)
	}
	var rows []headerRow // nil is not the same as empty
	if w.Headers != nil {
		rows = make([]headerRow, len(w.Headers))
	}
	for i, h := range w.Headers {
		rows[i] = headerRow{h.Name, h.Value.Reveal(), h.Locked, h.UpdatedAt.UnixMilli(), h.Origin, h.Withheld}
	}
	headers, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("encode headers: %w", err)
	}
	var retries *int64
	if w.Retries != nil {
		n := int64(*w.Retries)
		retries = &n
	}
	return []any{
		w.Name, string(eventTypes), string(w.LegacyEvent), w.URL.Reveal(), string(headers), retries, w.SigningKey.Reveal(),
		w.KeyCreatedAt.UnixMilli(), w.Enabled, millisOf(w.DisabledAt), millisOf(w.SuspendedAt), w.Version, w.CreatedAt.UnixMilli(), w.UpdatedAt.UnixMilli(), millisOf(w.DeletedAt),
	}, nil
}

func unpackWebhook(rows pgx.Rows) (webhook.Webhook, error) {
	var w webhook.Webhook
	var eventTypes, headers, key string
	var retries, disabled, suspended, deleted *int64
	var keyCreated, created, updated int64
	if err := rows.Scan(&w.Number, &w.ID, &w.Tenant, &w.Name, &eventTypes, &w.LegacyEvent, &w.URL, &headers, &retries,
		&key, &keyCreated, &w.Enabled, &disabled, &suspended, &w.Version, &created, &updated, &deleted); err != nil {
		return w, fmt.Errorf("scan webhook: %w", err)
	}
	if err := json.Unmarshal([]byte(eventTypes), &w.EventTypes); err != nil {
		return w, fmt.Errorf("decode event types: %w", err)
	}
	var headerRows []headerRow
	if err := json.Unmarshal([]byte(headers), &headerRows); err != nil {
		return w, fmt.Errorf("decode headers: %w", err)
	}
	if headerRows != nil {
		w.Headers = make([]webhook.Header, 0, len(headerRows))
	}
	for _, h := range headerRows {
		w.Headers = append(w.Headers, webhook.Header{
			Name: h.Name, Value: webhook.Secret(h.Value), Locked: h.Locked, UpdatedAt: instant(h.UpdatedAt), Origin: h.Origin, Withheld: h.Withheld,
		})
	}
	if retries != nil {
		n := int(*retries)
		w.Retries = &n
	}
	w.SigningKey, w.KeyCreatedAt = webhook.Secret(key), instant(keyCreated)
	w.DisabledAt, w.SuspendedAt, w.DeletedAt = instantOf(disabled), instantOf(suspended), instantOf(deleted)
	w.CreatedAt, w.UpdatedAt = instant(created), instant(updated)
	return w, nil
}
