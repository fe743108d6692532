package registry

import "github.com/tidingshq/tidings/internal/webhook"

// Match finds the webhooks that events of a type go to, in order of creation, and
// the version of the registry that this is true of. If there are none, unmatched
// says why. The slice is shared: callers do not change it.
func (r *Registry) Match(tenant webhook.TenantID, eventType webhook.EventType) (version int64, webhooks []int64, unmatched webhook.Unmatched) {
	s := r.current.Load()
	t, ok := s.tenants[tenant]
	if !ok {
		return s.version, nil, webhook.UnmatchedNoSubscription
	}
	m := t.match(eventType)
	return s.version, m.webhooks, m.unmatched
}

// Webhook finds a webhook by its number. What it points to never changes; a later
// call sees later settings.
func (r *Registry) Webhook(number int64) (*webhook.Webhook, bool) {
	w, ok := r.current.Load().byNumber[number]
	return w, ok
}

// Find finds a webhook of a tenant. What it points to is not to be changed.
func (r *Registry) Find(tenant webhook.TenantID, id webhook.ID) (*webhook.Webhook, bool) {
	t, ok := r.current.Load().tenants[tenant]
	if !ok {
		return nil, false
	}
	w, ok := t.byID[id]
	return w, ok
}

// List lists the webhooks of a tenant by creation time, newest first. Neither the
// slice nor what it points to is to be changed.
func (r *Registry) List(tenant webhook.TenantID) []*webhook.Webhook {
	t, ok := r.current.Load().tenants[tenant]
	if !ok {
		return nil
	}
	return t.newest
}
