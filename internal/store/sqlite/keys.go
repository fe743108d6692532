package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/tidingshq/tidings/internal/webhook"
)

// PutKey implements store.Keys.
func (s *Store) PutKey(_ context.Context, key webhook.APIKey) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		tenant, err := s.tenantNumber(t, key.Tenant)
		if err != nil {
			return c.refuse(err)
		}
		changed, err := t.exec(`INSERT INTO api_keys (tenant, id, name, hash, scopes, created_at, expires_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, hash = excluded.hash, scopes = excluded.scopes,
				created_at = excluded.created_at, expires_at = excluded.expires_at
			WHERE (name, hash, scopes) <> (excluded.name, excluded.hash, excluded.scopes) OR expires_at IS NOT excluded.expires_at`,
			tenant, key.ID, key.Name, key.Hash[:], joinScopes(key.Scopes), key.CreatedAt.UnixMilli(), millisOf(key.ExpiresAt))
		if err != nil {
			return c.refuse(fmt.Errorf("store API key: %w", err))
		}
		if changed == 0 {
			return nil
		}
		_, err = t.raiseRegistryVersion()
		return err
	}})
}

// DeleteKey implements store.Keys.
func (s *Store) DeleteKey(_ context.Context, tenant webhook.TenantID, id string) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		number, err := s.tenantNumber(t, tenant)
		if err != nil {
			return c.refuse(err)
		}
		changed, err := t.exec("DELETE FROM api_keys WHERE tenant = ? AND id = ?", number, id)
		if err != nil || changed == 0 {
			return err
		}
		_, err = t.raiseRegistryVersion()
		return err
	}})
}

func readKeys(ctx context.Context, read *sql.Tx) ([]webhook.APIKey, error) {
	rows, err := read.QueryContext(ctx, `SELECT n.id, k.id, k.name, k.hash, k.scopes, k.created_at, k.expires_at
		FROM api_keys k JOIN tenants n ON n.number = k.tenant ORDER BY k.tenant, k.id`)
	if err != nil {
		return nil, fmt.Errorf("read API keys: %w", err)
	}
	defer rows.Close()
	var keys []webhook.APIKey
	for rows.Next() {
		var k webhook.APIKey
		var hash []byte
		var scopes string
		var created int64
		var expires sql.NullInt64
		if err := rows.Scan(&k.Tenant, &k.ID, &k.Name, &hash, &scopes, &created, &expires); err != nil {
			return nil, fmt.Errorf("scan API key: %w", err)
		}
		copy(k.Hash[:], hash)
		k.Scopes, k.CreatedAt, k.ExpiresAt = splitScopes(scopes), instant(created), instantOf(expires)
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

func joinScopes(scopes []webhook.Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

func splitScopes(text string) []webhook.Scope {
	var scopes []webhook.Scope
	for _, word := range strings.Fields(text) {
		scopes = append(scopes, webhook.Scope(word))
	}
	return scopes
}

// tenantNumber finds the number by which rows refer to a tenant.
func (s *Store) tenantNumber(t *tx, id webhook.TenantID) (int64, error) {
	if number, ok := s.tenants[id]; ok {
		return number, nil
	}
	var number int64
	found, err := t.row("SELECT number FROM tenants WHERE id = ?", []any{string(id)}, &number)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, webhook.ErrNotFound
	}
	s.tenants[id] = number
	return number, nil
}
