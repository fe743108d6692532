package registry

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/webhook"
)

// MaxKeys is how many API keys a tenant may have.
const MaxKeys = 1000

// NewKey is what an API key is made of.
type NewKey struct {
	Tenant webhook.TenantID
	Name   string
	Scopes []webhook.Scope
	// ExpiresAt is nil for a key that does not expire.
	ExpiresAt *time.Time
	// CreatedBy is the identifier of the API key that asks, or says who else does.
	CreatedBy string
}

// CreateKey makes an API key. Its text is in this answer only: what is kept is a
// hash. A mistake is a *Refused with the fields "name", "scopes" and "expiresAt";
// ErrNotFound for a tenant that is not there.
func (r *Registry) CreateKey(ctx context.Context, n NewKey) (webhook.APIKey, webhook.Secret, error) {
	if err := r.checkKey(&n); err != nil {
		return webhook.APIKey{}, "", err
	}
	id, err := webhook.NewID(r.random)
	if err != nil {
		return webhook.APIKey{}, "", fmt.Errorf("make API key id: %w", err)
	}
	text, prefix, err := webhook.NewAPIKeyText(r.random)
	if err != nil {
		return webhook.APIKey{}, "", fmt.Errorf("make API key: %w", err)
	}
	key := webhook.APIKey{
		ID: string(id), Tenant: n.Tenant, Name: n.Name, Prefix: prefix, Hash: webhook.HashKey(text), Scopes: n.Scopes,
		CreatedBy: n.CreatedBy, CreatedAt: r.now(), ExpiresAt: n.ExpiresAt,
	}
	if err := r.store.PutKey(ctx, key); err != nil {
		return webhook.APIKey{}, "", fmt.Errorf("store API key: %w", err)
	}
	return key, text, r.refreshAfterChange(ctx)
}

// checkKey holds a new key against the rules and puts it into the form to be
// stored: each scope once, the weakest first.
func (r *Registry) checkKey(n *NewKey) error {
	var problems []*webhook.Invalid
	problem := func(field, code, message string) {
		problems = append(problems, &webhook.Invalid{Field: field, Code: code, Message: message})
	}
	if runes := utf8.RuneCountInString(n.Name); runes < 1 || runes > MaxName {
		problem("name", "out_of_range", fmt.Sprintf("A name has 1 to %d characters.", MaxName))
	}
	known := slices.DeleteFunc(webhook.Scopes(), func(s webhook.Scope) bool { return !slices.Contains(n.Scopes, s) })
	switch {
	case len(n.Scopes) == 0:
		problem("scopes", "missing", "Give at least one scope.")
	case slices.ContainsFunc(n.Scopes, func(s webhook.Scope) bool { return !slices.Contains(known, s) }):
		problem("scopes", "unknown_scope", "The scopes are emit, read, manage and admin.")
	}
	n.Scopes = known
	if n.ExpiresAt != nil {
		at := n.ExpiresAt.UTC().Truncate(time.Millisecond)
		if n.ExpiresAt = &at; !at.After(r.now()) || at.Year() > 9999 {
			problem("expiresAt", "out_of_range", "A key expires in the future, by the year 9999.")
		}
	}
	if r.current.Load().tenantKeys(n.Tenant) >= MaxKeys {
		problem("", "too_many", fmt.Sprintf("A tenant has at most %d API keys. Revoke one first.", MaxKeys))
	}
	if len(problems) > 0 {
		return &Refused{Problems: problems}
	}
	return nil
}

// Keys lists the API keys of a tenant, newest first, with when they were used last.
func (r *Registry) Keys(ctx context.Context, tenant webhook.TenantID) ([]webhook.APIKey, error) {
	keys, err := r.store.APIKeys(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	return keys, nil
}

// HasMadeKey says whether the tenant has an API key that is not the configured one.
func (r *Registry) HasMadeKey(tenant webhook.TenantID) bool {
	for ref := range r.current.Load().keysByID {
		if ref.tenant == tenant && ref.id != webhook.BootstrapKeyID {
			return true
		}
	}
	return false
}

// KeyName is what people call an API key; empty if the tenant has no such key (any more).
func (r *Registry) KeyName(tenant webhook.TenantID, id string) string {
	if key := r.current.Load().keysByID[keyRef{tenant, id}]; key != nil {
		return key.Name
	}
	return ""
}

// RevokeKey removes an API key. When it returns, neither the key nor an access
// token that was issued for it is accepted by this process; others follow within a
// second. ErrNotFound if the tenant has no such key.
func (r *Registry) RevokeKey(ctx context.Context, tenant webhook.TenantID, id string) error {
	if err := r.store.DeleteKey(ctx, tenant, id); err != nil {
		return fmt.Errorf("revoke API key: %w", err)
	}
	return r.refreshAfterChange(ctx)
}
