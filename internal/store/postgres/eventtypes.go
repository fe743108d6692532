package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/webhook"
)

const eventTypeColumns = `SELECT n.id, e.name, e.type_group, e.description, e.deprecated, e.schema, e.example, e.created_at, e.updated_at
	FROM event_types e JOIN tenants n ON n.number = e.tenant `

// CreateEventType implements store.EventTypes.
func (s *Store) CreateEventType(_ context.Context, e webhook.OwnEventType) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		tenant, err := s.tenantNumber(t, e.Tenant)
		if err != nil {
			return c.refuse(err)
		}
		made, err := t.exec(`INSERT INTO event_types (tenant, name, type_group, description, deprecated, schema, example, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, name) DO NOTHING`,
			tenant, string(e.Name), e.Group, e.Description, e.Deprecated, bytesOf(e.Schema), bytesOf(e.Example), e.CreatedAt.UnixMilli(), e.UpdatedAt.UnixMilli())
		if err != nil {
			return fmt.Errorf("store event type: %w", err)
		}
		if made == 0 {
			return c.refuse(webhook.ErrEventTypeExists)
		}
		return c.refuse(t.raiseFor(tenant))
	}})
}

// UpdateEventType implements store.EventTypes.
func (s *Store) UpdateEventType(_ context.Context, tenant webhook.TenantID, name webhook.EventType, change func(*webhook.OwnEventType) error) (webhook.OwnEventType, error) {
	var e webhook.OwnEventType
	err := s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		number, err := s.tenantNumber(t, tenant)
		if err != nil {
			return c.refuse(err)
		}
		found := false
		if err := t.rows(func(rows pgx.Rows) (err error) {
			found = true
			e, err = unpackEventType(rows)
			return err
		}, eventTypeColumns+"WHERE e.tenant = $1 AND e.name = $2 FOR UPDATE OF e", number, string(name)); err != nil {
			return err
		}
		if !found {
			return c.refuse(webhook.ErrNotFound)
		}
		if err := change(&e); err != nil {
			return c.refuse(err)
		}
		e.Tenant, e.Name = tenant, name
		if _, err := t.exec(`UPDATE event_types SET type_group = $1, description = $2, deprecated = $3, schema = $4, example = $5, updated_at = $6
			WHERE tenant = $7 AND name = $8`,
			e.Group, e.Description, e.Deprecated, bytesOf(e.Schema), bytesOf(e.Example), e.UpdatedAt.UnixMilli(), number, string(name)); err != nil {
			return fmt.Errorf("change event type: %w", err)
		}
		_, err = t.raiseRegistryVersion()
		return err
	}})
	if err != nil {
		return webhook.OwnEventType{}, err
	}
	return e, nil
}

// DeleteEventType implements store.EventTypes.
func (s *Store) DeleteEventType(_ context.Context, tenant webhook.TenantID, name webhook.EventType) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		number, err := s.tenantNumber(t, tenant)
		if err != nil {
			return c.refuse(err)
		}
		gone, err := t.exec("DELETE FROM event_types WHERE tenant = $1 AND name = $2", number, string(name))
		if err != nil {
			return fmt.Errorf("delete event type: %w", err)
		}
		if gone == 0 {
			return c.refuse(webhook.ErrNotFound)
		}
		_, err = t.raiseRegistryVersion()
		return err
	}})
}

// readEventTypes reads those of all tenants by name.
func readEventTypes(r *reader) ([]webhook.OwnEventType, error) {
	var types []webhook.OwnEventType
	err := r.query(func(rows pgx.Rows) error {
		e, err := unpackEventType(rows)
		types = append(types, e)
		return err
	}, eventTypeColumns+"ORDER BY e.tenant, e.name")
	return types, err
}

func unpackEventType(rows pgx.Rows) (webhook.OwnEventType, error) {
	var e webhook.OwnEventType
	var created, updated int64
	if err := rows.Scan(&e.Tenant, &e.Name, &e.Group, &e.Description, &e.Deprecated, &e.Schema, &e.Example, &created, &updated); err != nil {
		return e, fmt.Errorf("scan event type: %w", err)
	}
	if len(e.Schema) == 0 {
		e.Schema = nil
	}
	if len(e.Example) == 0 {
		e.Example = nil
	}
	e.CreatedAt, e.UpdatedAt = instant(created), instant(updated)
	return e, nil
}
