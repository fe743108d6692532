package registry

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/tidingshq/tidings/internal/schema"
	"github.com/tidingshq/tidings/internal/webhook"
)

// ErrBuiltIn refuses to change an event type that is built in.
var ErrBuiltIn = errors.New("event type is built in")

// InUse refuses to delete an event type that webhooks select by its name.
type InUse struct {
	Webhooks int
}

func (e *InUse) Error() string {
	return fmt.Sprintf("event type is selected by %d webhooks", e.Webhooks)
}

// EventType is an event type as a tenant sees it, built in or its own.
type EventType struct {
	webhook.OwnEventType
	BuiltIn bool
	// Webhooks is how many webhooks select it, by name or by a pattern.
	Webhooks int
}

// EventTypes lists the event types of a tenant: those built in, in Logto's order,
// then its own by name.
func (r *Registry) EventTypes(tenant webhook.TenantID) []EventType {
	t := r.tenantNow(tenant)
	count := t.countSelections()
	all := make([]EventType, 0, len(t.own)+32)
	for _, b := range r.catalog.All() {
		all = append(all, r.builtIn(tenant, b.Name, count(b.Name)))
	}
	for _, name := range t.ownNames {
		all = append(all, EventType{OwnEventType: t.own[name].OwnEventType, Webhooks: count(name)})
	}
	return all
}

// EventType finds one event type of a tenant.
func (r *Registry) EventType(tenant webhook.TenantID, name webhook.EventType) (EventType, bool) {
	t := r.tenantNow(tenant)
	if own, is := t.own[name]; is {
		return EventType{OwnEventType: own.OwnEventType, Webhooks: len(t.subscribers(name))}, true
	}
	if !r.catalog.Known(name) {
		return EventType{}, false
	}
	return r.builtIn(tenant, name, len(t.subscribers(name))), true
}

func (r *Registry) builtIn(tenant webhook.TenantID, name webhook.EventType, webhooks int) EventType {
	b, _ := r.catalog.Get(name)
	return EventType{BuiltIn: true, Webhooks: webhooks, OwnEventType: webhook.OwnEventType{
		Tenant: tenant, Name: b.Name, Group: b.Group, Description: b.Description, Example: b.Sample(r.clock.Now()),
	}}
}

// Subscribers lists the webhooks that select an event type, active or not, newest
// first.
func (r *Registry) Subscribers(tenant webhook.TenantID, name webhook.EventType) []*webhook.Webhook {
	return r.tenantNow(tenant).subscribers(name)
}

// EventTypeNames lists the names of a tenant's event types in the order of
// EventTypes.
func (r *Registry) EventTypeNames(tenant webhook.TenantID) []webhook.EventType {
	return append(r.catalog.Names(), r.tenantNow(tenant).ownNames...)
}

// Known says whether name is an event type of the tenant.
func (r *Registry) Known(tenant webhook.TenantID, name webhook.EventType) bool {
	if r.catalog.Known(name) {
		return true
	}
	_, is := r.tenantNow(tenant).own[name]
	return is
}

// Nearest is the event type of the tenant that was probably meant; empty if none
// comes close.
func (r *Registry) Nearest(tenant webhook.TenantID, name string) string {
	return r.catalog.Nearest(name, r.tenantNow(tenant).ownNames...)
}

// CheckPayload holds a payload against the schema of its event type. There are no
// problems if it has none.
func (r *Registry) CheckPayload(tenant webhook.TenantID, name webhook.EventType, payload []byte) []schema.Problem {
	own, is := r.tenantNow(tenant).own[name]
	if !is || len(own.Schema) == 0 {
		return nil
	}
	return own.check(payload)
}

// tenantNow is the tenant's part of the present snapshot, empty if there is none.
func (r *Registry) tenantNow(tenant webhook.TenantID) *tenantWebhooks {
	if t, is := r.current.Load().tenants[tenant]; is {
		return t
	}
	return &tenantWebhooks{}
}

// CreateEventType adds an event type to a tenant. A mistake in it is a *Refused, a
// name that is taken, also but for case, webhook.ErrEventTypeExists.
func (r *Registry) CreateEventType(ctx context.Context, e webhook.OwnEventType) (EventType, error) {
	if err := r.checkEventType(&e); err != nil {
		return EventType{}, err
	}
	taken := func(name webhook.EventType) bool { return strings.EqualFold(string(name), string(e.Name)) }
	if slices.ContainsFunc(r.EventTypeNames(e.Tenant), taken) {
		return EventType{}, webhook.ErrEventTypeExists
	}
	e.CreatedAt = r.now()
	e.UpdatedAt = e.CreatedAt
	if err := r.store.CreateEventType(ctx, e); err != nil {
		return EventType{}, fmt.Errorf("create event type: %w", err)
	}
	return EventType{OwnEventType: e, Webhooks: len(r.Subscribers(e.Tenant, e.Name))}, r.refreshAfterChange(ctx)
}

// UpdateEventType changes an event type of a tenant in one step; its name stays.
// change may run more than once; its error is returned as it is. A mistake in the
// result is a *Refused; ErrBuiltIn, webhook.ErrNotFound.
func (r *Registry) UpdateEventType(ctx context.Context, tenant webhook.TenantID, name webhook.EventType, change func(*webhook.OwnEventType) error) (EventType, error) {
	if r.catalog.Known(name) {
		return EventType{}, ErrBuiltIn
	}
	expected, err := r.tryChange(tenant, name, change)
	if err != nil {
		return EventType{}, err
	}
	var unchanged webhook.OwnEventType
	updated, err := r.store.UpdateEventType(ctx, tenant, name, func(e *webhook.OwnEventType) error {
		before := *e
		if err := change(e); err != nil {
			return err
		}
		if reflect.DeepEqual(before, *e) {
			unchanged = before
			return errUnchanged
		}
		if !sameRules(e, expected) {
			if err := r.checkEventType(e); err != nil {
				return err
			}
		}
		e.UpdatedAt = r.now()
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return EventType{OwnEventType: unchanged, Webhooks: len(r.Subscribers(tenant, name))}, nil
	}
	if err != nil {
		return EventType{}, fmt.Errorf("change event type: %w", err)
	}
	return EventType{OwnEventType: updated, Webhooks: len(r.Subscribers(tenant, name))}, r.refreshAfterChange(ctx)
}

// tryChange makes the change to what the snapshot has and checks the result: that
// takes its time with a schema, which others shall not wait for in the store. What
// is not in the snapshot is left to the store.
func (r *Registry) tryChange(tenant webhook.TenantID, name webhook.EventType, change func(*webhook.OwnEventType) error) (*webhook.OwnEventType, error) {
	own, is := r.tenantNow(tenant).own[name]
	if !is {
		return nil, nil //nolint:nilnil // there is nothing to try it on
	}
	expected := own.OwnEventType
	if err := change(&expected); err != nil {
		return nil, err
	}
	return &expected, r.checkEventType(&expected)
}

// sameRules says whether e has been checked already, as expected.
func sameRules(e, expected *webhook.OwnEventType) bool {
	return expected != nil && e.Group == expected.Group && e.Description == expected.Description &&
		bytes.Equal(e.Schema, expected.Schema) && bytes.Equal(e.Example, expected.Example)
}

// DeleteEventType removes an event type of a tenant: events of it are refused from
// then on, those accepted stay. ErrBuiltIn, webhook.ErrNotFound, and *InUse while a
// webhook selects it by name, since that one would wait for events in vain.
func (r *Registry) DeleteEventType(ctx context.Context, tenant webhook.TenantID, name webhook.EventType) error {
	if r.catalog.Known(name) {
		return ErrBuiltIn
	}
	t := r.tenantNow(tenant)
	if _, is := t.own[name]; is {
		if n := t.selectedByName(name); n > 0 {
			return &InUse{n}
		}
	}
	if err := r.store.DeleteEventType(ctx, tenant, name); err != nil {
		return fmt.Errorf("delete event type: %w", err)
	}
	return r.refreshAfterChange(ctx)
}

// subscribers lists the webhooks that select an event type, newest first.
func (t *tenantWebhooks) subscribers(name webhook.EventType) []*webhook.Webhook {
	var found []*webhook.Webhook
	for _, w := range t.newest {
		if selects(w, name) {
			found = append(found, w)
		}
	}
	return found
}

func selects(w *webhook.Webhook, name webhook.EventType) bool {
	return slices.ContainsFunc(w.Selection(), func(s webhook.EventType) bool { return s.Matches(name) })
}

func (t *tenantWebhooks) selectedByName(name webhook.EventType) int {
	n := 0
	for _, w := range t.created {
		if slices.Contains(w.Selection(), name) {
			n++
		}
	}
	return n
}

// countSelections goes through the webhooks once and tells for any event type how
// many select it. Webhooks with the same patterns are looked at together.
func (t *tenantWebhooks) countSelections() func(name webhook.EventType) int {
	byName := map[webhook.EventType]int{}
	patterned := map[string][]*webhook.Webhook{}
	for _, w := range t.created {
		patterns := ""
		for _, s := range w.Selection() {
			if s.IsPattern() {
				patterns += string(s) + " "
			}
		}
		if patterns != "" {
			patterned[patterns] = append(patterned[patterns], w)
			continue
		}
		for _, s := range w.Selection() {
			byName[s]++
		}
	}
	return func(name webhook.EventType) int {
		n := byName[name]
		for patterns, webhooks := range patterned {
			if slices.ContainsFunc(strings.Fields(patterns), func(p string) bool { return webhook.EventType(p).Matches(name) }) {
				n += len(webhooks)
				continue
			}
			for _, w := range webhooks {
				if slices.Contains(w.Selection(), name) {
					n++
				}
			}
		}
		return n
	}
}

func sortedNames(own map[webhook.EventType]*ownType) []webhook.EventType {
	names := make([]webhook.EventType, 0, len(own))
	for name := range own {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b webhook.EventType) int { return cmp.Compare(a, b) })
	return names
}
