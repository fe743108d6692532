package registry

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// snapshot is the registry at one version. What it holds never changes, except for
// the cache of matches.
type snapshot struct {
	version  int64
	byNumber map[int64]*webhook.Webhook
	tenants  map[webhook.TenantID]*tenantWebhooks
	keys     map[[sha256.Size]byte]*webhook.APIKey
	keysByID map[keyRef]*webhook.APIKey
}

// tenantWebhooks is the webhooks and the own event types of one tenant.
type tenantWebhooks struct {
	byID map[webhook.ID]*webhook.Webhook
	// created is in order of creation, newest by createdAt from new to old.
	created, newest []*webhook.Webhook
	own             map[webhook.EventType]*ownType
	// ownNames are sorted.
	ownNames []webhook.EventType

	mu sync.RWMutex
	// matches is what has been asked for so far, guarded by mu.
	matches map[webhook.EventType]match
}

// maxMatches bounds the cache of matches of a tenant.
const maxMatches = 4096

// match is where events of one type go.
type match struct {
	webhooks  []int64
	unmatched webhook.Unmatched
}

func emptySnapshot() *snapshot { return newSnapshot(store.Registry{Version: -1}) }

func newSnapshot(content store.Registry) *snapshot {
	s := &snapshot{
		version:  content.Version,
		byNumber: make(map[int64]*webhook.Webhook, len(content.Webhooks)),
		tenants:  map[webhook.TenantID]*tenantWebhooks{},
		keys:     make(map[[sha256.Size]byte]*webhook.APIKey, len(content.Keys)),
		keysByID: make(map[keyRef]*webhook.APIKey, len(content.Keys)),
	}
	for i := range content.Webhooks {
		w := &content.Webhooks[i]
		s.byNumber[w.Number] = w
		t := s.tenant(w.Tenant)
		t.byID[w.ID] = w
		t.created = append(t.created, w)
	}
	for i := range content.Keys {
		k := &content.Keys[i]
		s.keys[k.Hash], s.keysByID[refOf(k)] = k, k
	}
	for i := range content.EventTypes {
		e := content.EventTypes[i]
		s.tenant(e.Tenant).own[e.Name] = newOwnType(e)
	}
	for _, t := range s.tenants {
		t.ownNames = sortedNames(t.own)
		slices.SortFunc(t.created, func(a, b *webhook.Webhook) int { return cmp.Compare(a.Number, b.Number) })
		t.newest = slices.Clone(t.created)
		slices.SortFunc(t.newest, func(a, b *webhook.Webhook) int {
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.Number, a.Number))
		})
	}
	return s
}

// tenant finds or makes the tenant's part of a snapshot that is being built.
func (s *snapshot) tenant(id webhook.TenantID) *tenantWebhooks {
	t, ok := s.tenants[id]
	if !ok {
		t = &tenantWebhooks{byID: map[webhook.ID]*webhook.Webhook{}, own: map[webhook.EventType]*ownType{}, matches: map[webhook.EventType]match{}}
		s.tenants[id] = t
	}
	return t
}

// tenantKeys counts the API keys of a tenant.
func (s *snapshot) tenantKeys(id webhook.TenantID) (n int) {
	for ref := range s.keysByID {
		if ref.tenant == id {
			n++
		}
	}
	return n
}

// match looks the event type up in the cache, or works it out once.
func (t *tenantWebhooks) match(name webhook.EventType) match {
	t.mu.RLock()
	m, ok := t.matches[name]
	t.mu.RUnlock()
	if ok {
		return m
	}
	m = t.compute(name)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.matches) < maxMatches {
		t.matches[name] = m
	}
	return m
}

func (t *tenantWebhooks) compute(name webhook.EventType) match {
	m := match{unmatched: webhook.UnmatchedNoSubscription}
	for _, w := range t.created {
		if !slices.ContainsFunc(w.Selection(), func(s webhook.EventType) bool { return s.Matches(name) }) {
			continue
		}
		if m.unmatched = webhook.UnmatchedDisabled; w.Active() {
			m.webhooks = append(m.webhooks, w.Number)
		}
	}
	if len(m.webhooks) > 0 {
		m.unmatched = webhook.UnmatchedNone
	}
	return m
}

// changedSince lists the webhooks that are new or differ from old, and those that
// are gone, marked as deleted.
func (s *snapshot) changedSince(old *snapshot, now time.Time) []webhook.Webhook {
	var changed []webhook.Webhook
	for number, w := range s.byNumber {
		if before, ok := old.byNumber[number]; !ok || before.Version != w.Version {
			changed = append(changed, *w)
		}
	}
	for number, w := range old.byNumber {
		if _, ok := s.byNumber[number]; !ok {
			gone := *w
			gone.DeletedAt = &now
			changed = append(changed, gone)
		}
	}
	slices.SortFunc(changed, func(a, b webhook.Webhook) int { return cmp.Compare(a.Number, b.Number) })
	return changed
}
