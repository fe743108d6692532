package app

import (
	"context"
	"errors"
	"slices"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Keys is the API keys of a database, without a server. One may be running beside
// it, and notices every change within a second.
type Keys struct {
	store    store.Store
	registry *registry.Registry
}

// NewKey is what an API key is made of.
type NewKey = registry.NewKey

// OpenKeys opens the database of the configuration. One that is not there is made if
// create is set, and is ErrNoDatabase otherwise.
func OpenKeys(ctx context.Context, c *config.Config, create bool) (*Keys, error) {
	open := openExisting
	if create {
		open = openDatabase
	}
	s, err := open(ctx, c)
	if err != nil {
		return nil, err
	}
	r, err := registry.New(ctx, registry.Options{Store: s, Catalog: catalog.Load()})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &Keys{store: s, registry: r}, nil
}

// Create makes an API key and returns its text, which is not kept. A mistake wraps a
// *webhook.Invalid.
func (k *Keys) Create(ctx context.Context, n NewKey) (webhook.APIKey, webhook.Secret, error) {
	return k.registry.CreateKey(ctx, n)
}

// List lists the API keys of a tenant, newest first; webhook.ErrNotFound if there is
// no such tenant.
func (k *Keys) List(ctx context.Context, tenant webhook.TenantID) ([]webhook.APIKey, error) {
	tenants, err := k.registry.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(tenants, func(t webhook.Tenant) bool { return t.ID == tenant }) {
		return nil, webhook.ErrNotFound
	}
	return k.registry.Keys(ctx, tenant)
}

// Revoke removes an API key; webhook.ErrNotFound if the tenant has none of that
// identifier.
func (k *Keys) Revoke(ctx context.Context, tenant webhook.TenantID, id string) error {
	return k.registry.RevokeKey(ctx, tenant, id)
}

// Close closes the database.
func (k *Keys) Close() error { return k.store.Close() }
