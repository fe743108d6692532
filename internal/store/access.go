package store

import (
	"context"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// Keys keeps the API keys.
type Keys interface {
	// PutKey stores the key under its identifier, replacing what was there except
	// for when it was used last. Storing what is there already changes nothing.
	// [case Keys/PutReplaces]
	PutKey(ctx context.Context, key webhook.APIKey) error
	// DeleteKey removes the key; ErrNotFound if the tenant has none of that
	// identifier. [case Keys/Delete]
	DeleteKey(ctx context.Context, tenant webhook.TenantID, id string) error
	// APIKeys lists the keys of a tenant, newest first. [case Keys/List]
	APIKeys(ctx context.Context, tenant webhook.TenantID) ([]webhook.APIKey, error)
	// TouchKeys notes when keys were used last; a later use that is known already
	// stays, and keys that are gone are passed over. It is no change of the
	// registry. [case Keys/Touch]
	TouchKeys(ctx context.Context, uses []KeyUse) error
	// Secret returns the secret of this name that all processes share, which is
	// fresh if there was none. [case Keys/SecretIsShared]
	Secret(ctx context.Context, name string, fresh []byte) ([]byte, error)
}

// KeyUse is the last use of an API key.
type KeyUse struct {
	Tenant webhook.TenantID
	ID     string
	At     time.Time
	// Address is the client's.
	Address string
}

// Tenants keeps the tenants. The default tenant is always there.
type Tenants interface {
	// CreateTenant stores a tenant; ErrTenantExists if its identifier is taken.
	// [case Tenants/Create]
	CreateTenant(ctx context.Context, tenant webhook.Tenant) error
	// Tenants lists the tenants that are not deleted, newest first.
	// [case Tenants/Create]
	Tenants(ctx context.Context) ([]webhook.Tenant, error)
	// DeleteTenant ends a tenant in one commit: its keys and users are gone, its webhooks have
	// left the registry, and nothing of it is accepted or changed any more. The
	// rows are left to PurgeTenants. ErrNotFound, ErrDefaultTenant. [case Users/OfADeletedTenant]
	// [case Tenants/DeleteEndsAtOnce] [case Tenants/DeleteRefused]
	DeleteTenant(ctx context.Context, id webhook.TenantID, now time.Time) error
}

// Checklists keeps what tenants have done of the first steps.
type Checklists interface {
	// Checklist reads what is noted for a tenant; ErrNotFound if there is none.
	// [case Tenants/Checklist]
	Checklist(ctx context.Context, tenant webhook.TenantID) (webhook.Checklist, error)
	// UpdateChecklist reads, changes and writes in one step, and returns the list as
	// it is then; ErrNotFound. It is no change of the registry. change may run more
	// than once. [case Tenants/Checklist]
	UpdateChecklist(ctx context.Context, tenant webhook.TenantID, change func(*webhook.Checklist)) (webhook.Checklist, error)
}
