package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// PutKey implements store.Keys.
func (s *Store) PutKey(_ context.Context, key webhook.APIKey) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		tenant, err := s.tenantNumber(t, key.Tenant)
		if err != nil {
			return c.refuse(err)
		}
		// Nodes that start together write the same key. A conflict over the identifier is
		// settled; one over the hash would be an error, so they take turns.
		if _, err := t.row("SELECT version FROM registry_version FOR UPDATE", nil, new(int64)); err != nil {
			return c.refuse(err)
		}
		changed, err := t.exec(`INSERT INTO api_keys (tenant, id, name, prefix, hash, scopes, created_by, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, prefix = excluded.prefix, hash = excluded.hash,
				scopes = excluded.scopes, created_by = excluded.created_by, created_at = excluded.created_at, expires_at = excluded.expires_at
			WHERE (api_keys.name, api_keys.hash, api_keys.scopes) IS DISTINCT FROM (excluded.name, excluded.hash, excluded.scopes)
				OR api_keys.expires_at IS DISTINCT FROM excluded.expires_at`,
			tenant, key.ID, key.Name, key.Prefix, key.Hash[:], joinScopes(key.Scopes), key.CreatedBy, key.CreatedAt.UnixMilli(), millisOf(key.ExpiresAt))
		if err != nil {
			return c.refuse(fmt.Errorf("store API key: %w", err))
		}
		if changed == 0 {
			return nil
		}
		return c.refuse(t.raiseFor(tenant))
	}})
}

// DeleteKey implements store.Keys.
func (s *Store) DeleteKey(_ context.Context, tenant webhook.TenantID, id string) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		number, err := s.tenantNumber(t, tenant)
		if err != nil {
			return c.refuse(err)
		}
		changed, err := t.exec("DELETE FROM api_keys WHERE tenant = $1 AND id = $2", number, id)
		if err != nil {
			return err
		}
		if changed == 0 {
			return c.refuse(webhook.ErrNotFound)
		}
		_, err = t.raiseRegistryVersion()
		return err
	}})
}

// TouchKeys implements store.Keys.
func (s *Store) TouchKeys(_ context.Context, uses []store.KeyUse) error {
	return s.writer.do(&call{run: func(t *tx, _ *call) error {
		for _, use := range uses {
			at := use.At.UnixMilli()
			t.queue(`UPDATE api_keys SET used_at = $1, used_from = $2
				WHERE tenant = (SELECT number FROM tenants WHERE id = $3) AND id = $4 AND (used_at IS NULL OR used_at < $1)`,
				at, use.Address, string(use.Tenant), use.ID)
		}
		return nil
	}})
}

// Secret implements store.Keys.
func (s *Store) Secret(_ context.Context, name string, fresh []byte) (secret []byte, err error) {
	err = s.writer.do(&call{run: func(t *tx, _ *call) error {
		if _, err := t.exec("INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, fresh); err != nil {
			return fmt.Errorf("store secret: %w", err)
		}
		secret = nil
		_, err := t.row("SELECT value FROM secrets WHERE name = $1", []any{name}, &secret)
		return err
	}})
	return secret, err
}

const keyColumns = `SELECT n.id, k.id, k.name, k.prefix, k.hash, k.scopes, k.created_by, k.created_at, k.expires_at, k.used_at, k.used_from
	FROM api_keys k JOIN tenants n ON n.number = k.tenant `

// APIKeys implements store.Keys.
func (s *Store) APIKeys(ctx context.Context, tenant webhook.TenantID) ([]webhook.APIKey, error) {
	var keys []webhook.APIKey
	err := s.query(ctx, func(rows pgx.Rows) error {
		k, err := unpackKey(rows)
		keys = append(keys, k)
		return err
	}, keyColumns+"WHERE n.id = $1", string(tenant))
	slices.SortStableFunc(keys, func(a, b webhook.APIKey) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return keys, err
}

// readKeys reads all keys as the registry needs them. When they were used last is
// not part of it: that changes without a new version.
func readKeys(r *reader) ([]webhook.APIKey, error) {
	var keys []webhook.APIKey
	err := r.query(func(rows pgx.Rows) error {
		k, err := unpackKey(rows)
		k.LastUsedAt, k.LastUsedAddress = nil, ""
		keys = append(keys, k)
		return err
	}, keyColumns+"ORDER BY k.tenant, k.id")
	return keys, err
}

func unpackKey(rows pgx.Rows) (webhook.APIKey, error) {
	var k webhook.APIKey
	var hash []byte
	var scopes string
	var created int64
	var expires, used *int64
	err := rows.Scan(&k.Tenant, &k.ID, &k.Name, &k.Prefix, &hash, &scopes, &k.CreatedBy, &created, &expires, &used, &k.LastUsedAddress)
	copy(k.Hash[:], hash)
	k.Scopes, k.CreatedAt = splitScopes(scopes), instant(created)
	k.ExpiresAt, k.LastUsedAt = instantOf(expires), instantOf(used)
	return k, err
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
