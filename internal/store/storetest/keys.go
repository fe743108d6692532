package storetest

import (
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

func keyCases() []namedCase {
	return []namedCase{
		{"Keys/PutReplaces", putReplaces},
		{"Keys/Delete", deleteKey},
	}
}

func newKey(id string, key webhook.Secret) webhook.APIKey {
	expires := Start.Add(time.Hour)
	return webhook.APIKey{
		ID: id, Tenant: webhook.DefaultTenant, Name: "Schlüssel " + id, Hash: webhook.HashKey(key),
		Scopes: []webhook.Scope{webhook.ScopeEmit, webhook.ScopeRead}, CreatedAt: Start, ExpiresAt: &expires,
	}
}

func putReplaces(t *testing.T, open opener) {
	fact(t, open, "ReadsBack", func(_ *testing.T, k *kit) {
		key := newKey("one", "a")
		k.ok(k.PutKey(k.ctx(), key))
		k.same(k.registry().Keys, []webhook.APIKey{key})
		k.kill()
		k.same(k.registry().Keys, []webhook.APIKey{key})
	})
	fact(t, open, "EveryMemberIsReplaced", func(_ *testing.T, k *kit) {
		key := newKey("one", "a")
		k.ok(k.PutKey(k.ctx(), key))
		expires := Start.Add(2 * time.Hour)
		for _, change := range []func(){
			func() { key.Hash = webhook.HashKey("b") },
			func() { key.Name = "renamed" },
			func() { key.Scopes = []webhook.Scope{webhook.ScopeAdmin} },
			func() { key.ExpiresAt = &expires },
			func() { key.ExpiresAt = nil },
		} {
			before := k.version()
			change()
			k.ok(k.PutKey(k.ctx(), key))
			k.same(k.registry().Keys, []webhook.APIKey{key})
			k.same(k.version(), before+1)
		}
	})
	fact(t, open, "TheSameAgainChangesNothing", func(_ *testing.T, k *kit) {
		key := newKey("one", "a")
		k.ok(k.PutKey(k.ctx(), key))
		before := k.version()
		k.ok(k.PutKey(k.ctx(), key))
		k.same(k.version(), before)
	})
	fact(t, open, "NoOtherKeyIsReplaced", func(t *testing.T, k *kit) {
		k.AddTenant(t, "other")
		key, theirs := newKey("one", "a"), newKey("one", "b")
		theirs.Tenant = "other"
		k.ok(k.PutKey(k.ctx(), key))
		k.ok(k.PutKey(k.ctx(), theirs))
		stolen := newKey("two", "b")
		if err := k.PutKey(k.ctx(), stolen); err == nil {
			t.Fatal("two keys have the same hash")
		}
		k.same(k.registry().Keys, []webhook.APIKey{key, theirs})
	})
}

func deleteKey(t *testing.T, open opener) {
	k := open(t)
	k.AddTenant(t, "other")
	key := newKey("one", "a")
	k.ok(k.PutKey(k.ctx(), key))
	before := k.version()
	k.ok(k.DeleteKey(k.ctx(), webhook.DefaultTenant, "nobody"))
	k.ok(k.DeleteKey(k.ctx(), "other", "one"))
	k.same(k.version(), before)
	k.same(k.registry().Keys, []webhook.APIKey{key})
	k.ok(k.DeleteKey(k.ctx(), webhook.DefaultTenant, "one"))
	k.same(len(k.registry().Keys), 0)
	k.same(k.version(), before+1)
}
