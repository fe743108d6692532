package httpapi

import (
	"cmp"
	"context"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/webhook"
)

// TenantView is a tenant; exported like HookPath.
type TenantView struct {
	ID        webhook.TenantID `json:"id"`
	Name      string           `json:"name"`
	CreatedAt instant          `json:"createdAt"`
}

func viewTenant(t webhook.Tenant) TenantView {
	return TenantView{ID: t.ID, Name: cmp.Or(t.Name, string(t.ID)), CreatedAt: instant(t.CreatedAt)}
}

type listTenantsOutput struct {
	Body struct {
		Items []TenantView `json:"items"`
		Next  string       `json:"next,omitempty"`
	}
}

func (a *api) listTenants(ctx context.Context, _ *call, in *ListPages) (*listTenantsOutput, error) {
	tenants, err := a.Registry.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	out := &listTenantsOutput{}
	tenants, out.Body.Next, err = cutPage(tenants, *in, func(t *webhook.Tenant) listPlace { return listPlace{t.CreatedAt.UnixMilli(), string(t.ID)} })
	if err != nil {
		return nil, err
	}
	out.Body.Items = make([]TenantView, len(tenants))
	for i, t := range tenants {
		out.Body.Items[i] = viewTenant(t)
	}
	return out, nil
}

type createTenantOutput struct {
	Body TenantView
}

func (a *api) createTenant(ctx context.Context, c *call, _ *struct{}) (*createTenantOutput, error) {
	t, p := readTenant(c.body)
	if p != nil {
		return nil, p
	}
	created, err := a.Registry.CreateTenant(ctx, t)
	if err != nil {
		return nil, ownError(err, nil)
	}
	return &createTenantOutput{Body: viewTenant(created)}, nil
}

// readTenant reads a body in which the identifier may be left out, or the name, but
// not both.
func readTenant(raw []byte) (webhook.Tenant, *problem) {
	var t webhook.Tenant
	root, p := decode(raw)
	if p != nil {
		return t, p
	}
	f := &form{}
	o := f.object([]any{}, root, "id", "name")
	if o == nil {
		return t, f.ownProblem()
	}
	id, name := o.sizedText("id", webhook.MaxTenantID), o.sizedText("name", registry.MaxName)
	if id != nil {
		t.ID = webhook.TenantID(*id)
	}
	if name != nil {
		t.Name = *name
	}
	if len(o.have) == 0 {
		o.require("name", "string")
	}
	return t, f.ownProblem()
}

// TenantPath is the path of one tenant; exported like HookPath.
type TenantPath struct {
	ID string `path:"id"`
}

func (a *api) deleteTenant(ctx context.Context, _ *call, in *TenantPath) (*struct{}, error) {
	return nil, a.Registry.DeleteTenant(ctx, webhook.TenantID(in.ID))
}

// createTenantKey is the one way in which an admin of the default tenant acts in
// another.
func (a *api) createTenantKey(ctx context.Context, c *call, in *TenantPath) (*createKeyOutput, error) {
	return a.createKeyIn(ctx, c, webhook.TenantID(in.ID))
}
