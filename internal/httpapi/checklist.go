package httpapi

import (
	"context"
	"fmt"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// checklistView is what a tenant has done of the first steps.
type checklistView struct {
	Hidden          bool `json:"hidden"`
	CreateWebhook   bool `json:"createWebhook"`
	SendTest        bool `json:"sendTest"`
	EmitEvent       bool `json:"emitEvent"`
	VerifySignature bool `json:"verifySignature"`
	CreateAPIKey    bool `json:"createApiKey"`
}

// checklist sees for itself what can be seen. That there was an event is noted, for
// retention removes it.
func (a *api) checklist(ctx context.Context, tenant webhook.TenantID) (checklistView, error) {
	kept, err := a.Registry.Checklist(ctx, tenant)
	if err != nil {
		return checklistView{}, err
	}
	if !kept.Emitted {
		events, err := a.Store.Events(ctx, store.EventQuery{Tenant: tenant, Limit: 1})
		if err != nil {
			return checklistView{}, fmt.Errorf("look for an event: %w", err)
		}
		if kept.Emitted = len(events) > 0; kept.Emitted {
			a.done(ctx, tenant, registry.StepEmitted)
		}
	}
	return checklistView{
		Hidden: kept.Hidden, CreateWebhook: len(a.Registry.List(tenant)) > 0, SendTest: kept.Tested, EmitEvent: kept.Emitted,
		VerifySignature: kept.Verified, CreateAPIKey: a.Registry.HasMadeKey(tenant),
	}, nil
}

// done notes a step. That it could not be noted is no reason to refuse what was asked.
func (a *api) done(ctx context.Context, tenant webhook.TenantID, step registry.Step) {
	if err := a.Registry.Done(ctx, tenant, step); err != nil {
		a.Log.Warn("checklist.not_noted", "error", err)
	}
}

type checklistOutput struct {
	Body checklistView
}

func (a *api) updateChecklist(ctx context.Context, c *call, _ *struct{}) (*checklistOutput, error) {
	root, p := decode(c.body)
	if p != nil {
		return nil, p
	}
	f := &form{}
	o := f.object([]any{}, root, "hidden")
	if o == nil {
		return nil, f.ownProblem()
	}
	o.require("hidden", "boolean")
	hidden := o.truth("hidden")
	if p := f.ownProblem(); p != nil {
		return nil, p
	}
	if _, err := a.Registry.HideChecklist(ctx, c.tenant(), *hidden); err != nil {
		return nil, err
	}
	v, err := a.checklist(ctx, c.tenant())
	return &checklistOutput{v}, err
}
