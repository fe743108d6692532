package registry

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/webhook"
)

// SetBootstrapKey makes key the one API key of the configuration: an admin of the
// default tenant. It replaces a former one; the same key again changes nothing.
func (r *Registry) SetBootstrapKey(ctx context.Context, key webhook.Secret) error {
	if utf8.RuneCountInString(key.Reveal()) < webhook.MinBootstrapKey {
		return fmt.Errorf("the bootstrap API key has fewer than %d characters", webhook.MinBootstrapKey)
	}
	if present, err := r.Authenticate(key); err == nil && present.ID == webhook.BootstrapKeyID {
		return nil
	}
	err := r.store.PutKey(ctx, webhook.APIKey{
		ID: webhook.BootstrapKeyID, Tenant: webhook.DefaultTenant, Name: webhook.BootstrapKeyID,
		Hash: webhook.HashKey(key), Scopes: []webhook.Scope{webhook.ScopeAdmin},
		CreatedBy: "configuration", CreatedAt: r.now(),
	})
	if err != nil {
		return fmt.Errorf("store bootstrap API key: %w", err)
	}
	return r.refreshAfterChange(ctx)
}
