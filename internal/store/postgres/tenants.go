package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/webhook"
)

// CreateTenant implements store.Tenants.
func (s *Store) CreateTenant(_ context.Context, tenant webhook.Tenant) error {
	return s.writer.do(&call{run: func(t *tx, c *call) error {
		made, err := t.exec("INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
			string(tenant.ID), tenant.Name, tenant.CreatedAt.UnixMilli())
		if err != nil {
			return fmt.Errorf("store tenant: %w", err)
		}
		if made == 0 {
			return c.refuse(webhook.ErrTenantExists)
		}
		return nil
	}})
}

// Tenants implements store.Tenants.
func (s *Store) Tenants(ctx context.Context) ([]webhook.Tenant, error) {
	var all []webhook.Tenant
	err := s.query(ctx, func(rows pgx.Rows) error {
		var t webhook.Tenant
		var created int64
		err := rows.Scan(&t.ID, &t.Name, &created)
		t.CreatedAt = instant(created)
		all = append(all, t)
		return err
	}, "SELECT id, name, created_at FROM tenants WHERE deleted_at IS NULL ORDER BY number DESC")
	return all, err
}

// DeleteTenant implements store.Tenants.
func (s *Store) DeleteTenant(_ context.Context, id webhook.TenantID, now time.Time) error {
	if id == webhook.DefaultTenant {
		return webhook.ErrDefaultTenant
	}
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		number, err := s.tenantNumber(t, id)
		if err != nil {
			return c.refuse(err)
		}
		// First of all, so that keys, webhooks and event types which another process is
		// making are there before they are looked for.
		if _, err := t.raiseRegistryVersion(); err != nil {
			return err
		}
		gone, err := t.exec("UPDATE tenants SET deleted_at = $1 WHERE number = $2 AND deleted_at IS NULL", now.UnixMilli(), number)
		if err != nil {
			return fmt.Errorf("delete tenant: %w", err)
		}
		if gone == 0 { // another process was quicker
			return c.refuse(webhook.ErrNotFound)
		}
		if _, err := t.exec("DELETE FROM api_keys WHERE tenant = $1", number); err != nil {
			return fmt.Errorf("delete API keys: %w", err)
		}
		for _, query := range []string{
			"DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE tenant = $1)",
			"DELETE FROM links WHERE user_id IN (SELECT id FROM users WHERE tenant = $1)",
			"DELETE FROM users WHERE tenant = $1",
		} {
			if _, err := t.exec(query, number); err != nil {
				return fmt.Errorf("delete users: %w", err)
			}
		}
		if _, err := t.exec("DELETE FROM event_types WHERE tenant = $1", number); err != nil {
			return fmt.Errorf("delete event types: %w", err)
		}
		return nil
	}})
}

// lockTenants finds tenants that are not deleted, and keeps them until the transaction
// ends: purging passes over a tenant for which somebody is writing.
const lockTenants = "SELECT id, number FROM tenants WHERE id = ANY ($1) AND deleted_at IS NULL ORDER BY number FOR KEY SHARE"

// tenantNumber finds the number by which rows refer to a tenant that is not deleted.
// What the transaction writes for it will be there when the tenant is purged.
func (s *Store) tenantNumber(t *tx, id webhook.TenantID) (int64, error) {
	if id == webhook.DefaultTenant {
		return defaultTenant, nil
	}
	if number, ok := t.tenants[id]; ok {
		return number, nil
	}
	var number int64
	found, err := t.row(lockTenants, []any{[]string{string(id)}}, new(string), &number)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, webhook.ErrNotFound
	}
	t.noteTenant(id, number)
	return number, nil
}

// defaultTenant is the number of the tenant that is never deleted.
const defaultTenant = 0

func (t *tx) noteTenant(id webhook.TenantID, number int64) {
	if t.tenants == nil {
		t.tenants = make(map[webhook.TenantID]int64)
	}
	t.tenants[id] = number
}

// raiseFor numbers a change of what a tenant has. Deleting the tenant raises the number
// before it looks for that: either it finds what is new, or it is seen here.
func (t *tx) raiseFor(tenant int64) error {
	if _, err := t.raiseRegistryVersion(); err != nil || tenant == defaultTenant {
		return err
	}
	there, err := t.row("SELECT 1 FROM tenants WHERE number = $1 AND deleted_at IS NULL", []any{tenant}, new(int))
	if err == nil && !there {
		err = webhook.ErrNotFound
	}
	return err
}

const checklistColumns = "SELECT checklist_hidden, checklist_tested, checklist_emitted, checklist_verified FROM tenants "

// Checklist implements store.Checklists.
func (s *Store) Checklist(ctx context.Context, tenant webhook.TenantID) (webhook.Checklist, error) {
	var list webhook.Checklist
	found := false
	err := s.query(ctx, func(rows pgx.Rows) error {
		found = true
		return rows.Scan(&list.Hidden, &list.Tested, &list.Emitted, &list.Verified)
	}, checklistColumns+"WHERE id = $1 AND deleted_at IS NULL", string(tenant))
	if err == nil && !found {
		err = webhook.ErrNotFound
	}
	return list, err
}

// UpdateChecklist implements store.Checklists.
func (s *Store) UpdateChecklist(_ context.Context, tenant webhook.TenantID, change func(*webhook.Checklist)) (list webhook.Checklist, err error) {
	err = s.writer.do(&call{run: func(t *tx, c *call) error {
		number, err := s.tenantNumber(t, tenant)
		if err != nil {
			return c.refuse(err)
		}
		list = webhook.Checklist{}
		if _, err := t.row(checklistColumns+"WHERE number = $1 FOR NO KEY UPDATE", []any{number}, &list.Hidden, &list.Tested, &list.Emitted, &list.Verified); err != nil {
			return err
		}
		before := list
		if change(&list); list == before {
			return nil
		}
		_, err = t.exec("UPDATE tenants SET checklist_hidden = $1, checklist_tested = $2, checklist_emitted = $3, checklist_verified = $4 WHERE number = $5",
			list.Hidden, list.Tested, list.Emitted, list.Verified, number)
		return err
	}})
	return list, err
}

var errNoTenant = errors.New("no such tenant")

// anyTenant finds the number of a tenant, deleted or not, that has work: so it is not
// purged. What is remembered holds for one version of the registry, since the same
// identifier may become another tenant's.
func (t *tx) anyTenant(id webhook.TenantID) (int64, error) {
	if id == webhook.DefaultTenant {
		return defaultTenant, nil
	}
	m := t.by
	version, err := t.readRegistryVersion()
	if err != nil {
		return 0, err
	}
	if version != m.tenantsAt {
		clear(m.tenants)
		m.tenantsAt = version
	}
	if number, ok := m.tenants[id]; ok {
		return number, nil
	}
	var number int64
	found, err := t.row("SELECT number FROM tenants WHERE id = $1", []any{string(id)}, &number)
	if err == nil && !found {
		err = fmt.Errorf("write a log entry of %s: %w", id, errNoTenant)
	}
	if err == nil {
		m.tenants[id] = number
	}
	return number, err
}
