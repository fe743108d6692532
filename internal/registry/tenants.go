package registry

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/webhook"
)

// MaxTenants is how many tenants there may be.
const MaxTenants = 1000

// CreateTenant stores a tenant. Without an identifier it gets a random one, without
// a name its identifier's. A mistake is a *Refused with the fields "id" and "name";
// webhook.ErrTenantExists if the identifier is taken.
func (r *Registry) CreateTenant(ctx context.Context, t webhook.Tenant) (webhook.Tenant, error) {
	present, err := r.Tenants(ctx)
	if err != nil {
		return webhook.Tenant{}, err
	}
	if t.ID == "" {
		id, err := webhook.NewID(r.random)
		if err != nil {
			return webhook.Tenant{}, fmt.Errorf("make tenant id: %w", err)
		}
		t.ID = webhook.TenantID(id)
	}
	if t.Name == "" {
		t.Name = string(t.ID)
	}
	var problems []*webhook.Invalid
	if !webhook.ValidTenantID(t.ID) {
		problems = append(problems, &webhook.Invalid{Field: "id", Code: "invalid", Message: fmt.Sprintf("An identifier is 1 to %d of a-z, 0-9, - and _.", webhook.MaxTenantID)})
	}
	if utf8.RuneCountInString(t.Name) > MaxName {
		problems = append(problems, &webhook.Invalid{Field: "name", Code: "too_long", Message: fmt.Sprintf("A name has at most %d characters.", MaxName)})
	}
	if len(present) >= MaxTenants {
		problems = append(problems, &webhook.Invalid{Code: "too_many", Message: fmt.Sprintf("There are at most %d tenants. Delete one first.", MaxTenants)})
	}
	if len(problems) > 0 {
		return webhook.Tenant{}, &Refused{Problems: problems}
	}
	t.CreatedAt = r.now()
	if err := r.store.CreateTenant(ctx, t); err != nil {
		return webhook.Tenant{}, fmt.Errorf("create tenant: %w", err)
	}
	return t, nil
}

// Tenants lists the tenants, newest first.
func (r *Registry) Tenants(ctx context.Context) ([]webhook.Tenant, error) {
	all, err := r.store.Tenants(ctx)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	return all, nil
}

// DeleteTenant ends a tenant at once: its API keys are gone and its webhooks get
// nothing more. Its rows are removed in steps. ErrNotFound, ErrDefaultTenant.
func (r *Registry) DeleteTenant(ctx context.Context, id webhook.TenantID) error {
	if err := r.store.DeleteTenant(ctx, id, r.now()); err != nil {
		return fmt.Errorf("delete tenant: %w", err)
	}
	return r.refreshAfterChange(ctx)
}
