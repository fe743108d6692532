package httpapi

import (
	"context"

	"github.com/tidingshq/tidings/internal/webhook"
)

// meView says who the caller is.
type meView struct {
	Kind   string           `json:"kind" enum:"user,apiKey"`
	Name   string           `json:"name"`
	Email  string           `json:"email,omitempty"`
	Tenant webhook.TenantID `json:"tenant"`
	Scopes []string         `json:"scopes"`
}

type meOutput struct {
	Body meView
}

func (*api) getMe(_ context.Context, c *call, _ *struct{}) (*meOutput, error) {
	me := meView{Kind: "apiKey", Name: c.name(), Tenant: c.tenant(), Scopes: c.scopes()}
	if c.person != nil {
		me.Kind, me.Email = "user", c.person.User.Email
	}
	return &meOutput{Body: me}, nil
}
