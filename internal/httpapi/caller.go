package httpapi

import (
	"context"
	"slices"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/webhook"
)

// caller is who a request comes from: an API key, or a person with a session.
type caller struct {
	key *webhook.APIKey
	// presented is the text by which the key was named: itself or an access token.
	presented webhook.Secret
	person    *account.Person
}

// by names the caller in the records of what they did: an API key by its identifier, a
// person by their e-mail address.
func (c *caller) by() string {
	if c.person != nil {
		return c.person.User.Email
	}
	return c.key.ID
}

func (c *caller) name() string {
	if c.person != nil {
		return c.person.User.Name
	}
	return c.key.Name
}

// tenant is the tenant that the caller acts in.
func (c *caller) tenant() webhook.TenantID {
	if c.person != nil {
		return c.person.User.Tenant
	}
	return c.key.Tenant
}

// has says whether the caller has the scope. A person has all.
func (c *caller) has(scope webhook.Scope) bool {
	return c.person != nil && slices.Contains(webhook.Scopes(), scope) || c.key != nil && c.key.Has(scope)
}

// scopes lists every scope that the caller has, those included in others too.
func (c *caller) scopes() []string {
	var held []string
	for _, s := range webhook.Scopes() {
		if c.has(s) {
			held = append(held, string(s))
		}
	}
	return held
}

// may says whether the caller may do what needs the scope of a route.
func (c *caller) may(scope webhook.Scope) bool {
	switch scope {
	case anyone:
		return true
	case person:
		return c.person != nil
	case operator:
		return c.tenant() == webhook.DefaultTenant && c.has(webhook.ScopeAdmin)
	default:
		return c.has(scope)
	}
}

// stillValid says whether what proved who the caller is does so at this moment too:
// the session has not ended, the API key was not revoked, neither has expired. It is
// for whoever stays connected, and cheap enough to ask each second. What cannot be
// found out is an error.
func (a *api) stillValid(ctx context.Context, c *call) (bool, error) {
	if c.person != nil {
		return a.Accounts.Lives(ctx, c.person.Session.Hash)
	}
	_, err := a.Registry.Authenticate(c.presented)
	return err == nil, nil
}
