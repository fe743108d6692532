package registry

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// useNotedEvery is how often a use of one API key is written at most.
const useNotedEvery = time.Minute

// keyRef names an API key.
type keyRef struct {
	tenant webhook.TenantID
	id     string
}

func refOf(key *webhook.APIKey) keyRef { return keyRef{key.Tenant, key.ID} }

// uses notes in memory when API keys are used; Run writes that together.
type uses struct {
	mu sync.RWMutex
	// noted holds the time of the last use that was noted, in Unix milliseconds;
	// pending what is yet to be written. Both are guarded by mu.
	noted   map[keyRef]*atomic.Int64
	pending map[keyRef]store.KeyUse
}

func newUses() *uses {
	return &uses{noted: map[keyRef]*atomic.Int64{}, pending: map[keyRef]store.KeyUse{}}
}

// due says, once a minute and key, that a use is to be noted.
func (u *uses) due(ref keyRef, now time.Time) bool {
	u.mu.RLock()
	noted := u.noted[ref]
	u.mu.RUnlock()
	if noted == nil {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.noted[ref] != nil {
			return false
		}
		noted = &atomic.Int64{}
		noted.Store(now.UnixMilli())
		u.noted[ref] = noted
		return true
	}
	last := noted.Load()
	since := now.UnixMilli() - last
	return (since < 0 || since >= useNotedEvery.Milliseconds()) && noted.CompareAndSwap(last, now.UnixMilli())
}

func (u *uses) add(use store.KeyUse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.pending[keyRef{use.Tenant, use.ID}] = use
}

// take returns what is to be written, and forgets keys that are gone.
func (u *uses) take(live map[keyRef]*webhook.APIKey) []store.KeyUse {
	u.mu.Lock()
	defer u.mu.Unlock()
	for ref := range u.noted {
		if _, ok := live[ref]; !ok {
			delete(u.noted, ref)
		}
	}
	taken := make([]store.KeyUse, 0, len(u.pending))
	for _, use := range u.pending {
		taken = append(taken, use)
	}
	clear(u.pending)
	return taken
}

// Used notes that the key was used from the client's address, which is asked for
// once a minute and key. It does not touch the store.
func (r *Registry) Used(key *webhook.APIKey, address func() string) {
	if now := r.now(); r.uses.due(refOf(key), now) {
		r.uses.add(store.KeyUse{Tenant: key.Tenant, ID: key.ID, At: now, Address: address()})
	}
}

// writeUses stores what has been noted. What cannot be written is noted again.
func (r *Registry) writeUses(ctx context.Context) error {
	taken := r.uses.take(r.current.Load().keysByID)
	if len(taken) == 0 {
		return nil
	}
	slices.SortFunc(taken, func(a, b store.KeyUse) int { return a.At.Compare(b.At) })
	if err := r.store.TouchKeys(ctx, taken); err != nil {
		for _, use := range taken {
			r.uses.addUnlessNewer(use)
		}
		return fmt.Errorf("note use of API keys: %w", err)
	}
	return nil
}

func (u *uses) addUnlessNewer(use store.KeyUse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, newer := u.pending[keyRef{use.Tenant, use.ID}]; !newer {
		u.pending[keyRef{use.Tenant, use.ID}] = use
	}
}
