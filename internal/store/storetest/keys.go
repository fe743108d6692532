package storetest

import (
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func keyCases() []namedCase {
	return []namedCase{
		{"Keys/PutReplaces", putReplaces},
		{"Keys/Delete", deleteKey},
		{"Keys/List", listKeys},
		{"Keys/Touch", touchKeys},
		{"Keys/SecretIsShared", secretIsShared},
	}
}

func newKey(id string, key webhook.Secret) webhook.APIKey {
	expires := Start.Add(time.Hour)
	return webhook.APIKey{
		ID: id, Tenant: webhook.DefaultTenant, Name: "Schlüssel " + id, Prefix: "tdg_" + id, Hash: webhook.HashKey(key),
		Scopes: []webhook.Scope{webhook.ScopeEmit, webhook.ScopeRead}, CreatedBy: "bootstrap", CreatedAt: Start, ExpiresAt: &expires,
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
	k.is(k.DeleteKey(k.ctx(), webhook.DefaultTenant, "nobody"), webhook.ErrNotFound)
	k.is(k.DeleteKey(k.ctx(), webhook.DefaultTenant, "ONE"), webhook.ErrNotFound)
	k.is(k.DeleteKey(k.ctx(), "other", "one"), webhook.ErrNotFound)
	k.is(k.DeleteKey(k.ctx(), "nowhere", "one"), webhook.ErrNotFound)
	k.same(k.version(), before)
	k.same(k.registry().Keys, []webhook.APIKey{key})
	k.ok(k.DeleteKey(k.ctx(), webhook.DefaultTenant, "one"))
	k.same(len(k.registry().Keys), 0)
	k.same(k.version(), before+1)
}

func (k *kit) keys(tenant webhook.TenantID) []webhook.APIKey {
	k.t.Helper()
	keys, err := k.APIKeys(k.ctx(), tenant)
	k.ok(err)
	return keys
}

func listKeys(t *testing.T, open opener) {
	k := open(t)
	k.AddTenant(t, "other")
	first, second, theirs := newKey("one", "a"), newKey("two", "b"), newKey("three", "c")
	second.CreatedAt, second.ExpiresAt, second.Prefix = Start.Add(time.Millisecond), nil, ""
	theirs.Tenant = "other"
	for _, key := range []webhook.APIKey{first, second, theirs} {
		k.ok(k.PutKey(k.ctx(), key))
	}
	k.same(k.keys(webhook.DefaultTenant), []webhook.APIKey{second, first})
	k.same(k.keys("other"), []webhook.APIKey{theirs})
	k.same(len(k.keys("nowhere")), 0)
}

func touchKeys(t *testing.T, open opener) {
	k := open(t)
	k.AddTenant(t, "other")
	key, theirs := newKey("one", "a"), newKey("one", "b")
	theirs.Tenant = "other"
	k.ok(k.PutKey(k.ctx(), key))
	k.ok(k.PutKey(k.ctx(), theirs))
	before := k.version()
	use := func(at time.Duration, address string) store.KeyUse {
		return store.KeyUse{Tenant: webhook.DefaultTenant, ID: "one", At: Start.Add(at), Address: address}
	}
	k.ok(k.TouchKeys(k.ctx(), []store.KeyUse{
		use(time.Minute, "192.0.2.1"), {Tenant: webhook.DefaultTenant, ID: "gone", At: Start}, {Tenant: "nowhere", ID: "one", At: Start},
	}))
	k.ok(k.TouchKeys(k.ctx(), []store.KeyUse{use(time.Second, "192.0.2.2")})) // arrives late
	used := Start.Add(time.Minute)
	key.LastUsedAt, key.LastUsedAddress = &used, "192.0.2.1"
	k.same(k.keys(webhook.DefaultTenant), []webhook.APIKey{key})
	k.same(k.keys("other"), []webhook.APIKey{theirs})
	k.same(k.version(), before)

	key.Name = "renamed"
	k.ok(k.PutKey(k.ctx(), key))
	k.kill()
	k.same(k.keys(webhook.DefaultTenant), []webhook.APIKey{key})
	k.ok(k.TouchKeys(k.ctx(), nil))
}

func secretIsShared(t *testing.T, open opener) {
	k := open(t)
	get := func(name string, fresh byte) string {
		t.Helper()
		secret, err := k.Secret(k.ctx(), name, []byte{0, fresh})
		k.ok(err)
		return string(secret)
	}
	k.same(get("one", 1), "\x00\x01")
	k.same(get("one", 2), "\x00\x01")
	k.same(get("two", 3), "\x00\x03")
	k.kill()
	k.same(get("one", 4), "\x00\x01")
}
