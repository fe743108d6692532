package httpapi

import (
	"context"

	"github.com/tidingshq/tidings/internal/webhook"
)

// meView says who the caller is.
type meView struct {
	Kind   string           `json:"kind"`
	Name   string           `json:"name"`
	Tenant webhook.TenantID `json:"tenant"`
	Scopes []string         `json:"scopes"`
}

type meOutput struct {
	Body meView
}

func (*api) getMe(_ context.Context, c *call, _ *struct{}) (*meOutput, error) {
	return &meOutput{Body: meView{Kind: "apiKey", Name: c.key.Name, Tenant: c.key.Tenant, Scopes: scopesOf(c.key)}}, nil
}

// scopesOf lists every scope that the key has, those included in others too.
func scopesOf(key *webhook.APIKey) []string {
	var held []string
	for _, s := range webhook.Scopes() {
		if key.Has(s) {
			held = append(held, string(s))
		}
	}
	return held
}
