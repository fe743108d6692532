package registry

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func (b bundle) key(t *testing.T, change ...func(*NewKey)) (webhook.APIKey, webhook.Secret) {
	t.Helper()
	n := NewKey{Tenant: webhook.DefaultTenant, Name: "CI", Scopes: []webhook.Scope{webhook.ScopeManage}, CreatedBy: "bootstrap"}
	for _, c := range change {
		c(&n)
	}
	key, text, err := b.CreateKey(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return key, text
}

func (b bundle) token(t *testing.T, id string, text webhook.Secret) Token {
	t.Helper()
	token, err := b.IssueToken(id, text)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// refused says that a credential is not accepted, and why.
func (b bundle) refused(t *testing.T, credential webhook.Secret, want error) {
	t.Helper()
	if _, err := b.Authenticate(credential); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestCreateKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	expiry := start.Add(time.Hour + time.Nanosecond)
	made, text := b.key(t, func(n *NewKey) {
		n.Scopes, n.ExpiresAt = []webhook.Scope{"admin", "emit", "admin"}, &expiry
	})
	if !strings.HasPrefix(text.Reveal(), "tdg_") || len(text.Reveal()) != 47 || made.Prefix != text.Reveal()[:10] {
		t.Errorf("key of %d characters, prefix %q", len(text.Reveal()), made.Prefix)
	}
	at := expiry.Truncate(time.Millisecond)
	want := webhook.APIKey{
		ID: made.ID, Tenant: webhook.DefaultTenant, Name: "CI", Prefix: made.Prefix, Hash: webhook.HashKey(text),
		Scopes: []webhook.Scope{"emit", "admin"}, CreatedBy: "bootstrap", CreatedAt: start, ExpiresAt: &at,
	}
	if diff := cmp.Diff(want, made); diff != "" || len(made.ID) != 21 {
		t.Errorf("id %q (-want +got):\n%s", made.ID, diff)
	}
	if got, err := b.Authenticate(text); err != nil || got.ID != made.ID {
		t.Errorf("authenticate: %v", err)
	}
	listed, err := b.Keys(t.Context(), webhook.DefaultTenant)
	if diff := cmp.Diff([]webhook.APIKey{want}, listed); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	other, otherText := b.key(t)
	if other.ID == made.ID || otherText == text {
		t.Error("two keys are the same")
	}
}

func TestCreateKeyRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	late := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		change func(*NewKey)
		field  string
	}{
		"NoName":       {func(n *NewKey) { n.Name = "" }, "name"},
		"LongName":     {func(n *NewKey) { n.Name = strings.Repeat("ü", MaxName+1) }, "name"},
		"NoScope":      {func(n *NewKey) { n.Scopes = nil }, "scopes"},
		"UnknownScope": {func(n *NewKey) { n.Scopes = []webhook.Scope{"read", "all"} }, "scopes"},
		"EmptyScope":   {func(n *NewKey) { n.Scopes = []webhook.Scope{""} }, "scopes"},
		"ExpiresNow":   {func(n *NewKey) { n.ExpiresAt = &start }, "expiresAt"},
		"ExpiresLate":  {func(n *NewKey) { n.ExpiresAt = &late }, "expiresAt"},
	} {
		n := NewKey{Tenant: webhook.DefaultTenant, Name: "CI", Scopes: []webhook.Scope{"read"}}
		test.change(&n)
		_, _, err := b.CreateKey(t.Context(), n)
		refused, is := errors.AsType[*Refused](err)
		if !is || len(refused.Problems) != 1 || refused.Problems[0].Field != test.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := b.CreateKey(t.Context(), NewKey{Tenant: "nowhere", Name: "CI", Scopes: []webhook.Scope{"read"}}); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("unknown tenant: %v", err)
	}
	if n := b.current.Load().tenantKeys(webhook.DefaultTenant); n != 0 {
		t.Errorf("%d keys are stored", n)
	}
}

func TestKeysOfATenantAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	full := store.Registry{Version: 1000}
	for i := range MaxKeys {
		full.Keys = append(full.Keys, webhook.APIKey{ID: strings.Repeat("k", i+1), Tenant: webhook.DefaultTenant, Hash: webhook.HashKey(webhook.Secret(strings.Repeat("h", i)))})
	}
	b.adopt(full)
	_, _, err := b.CreateKey(t.Context(), NewKey{Tenant: webhook.DefaultTenant, Name: "CI", Scopes: []webhook.Scope{"read"}})
	if _, is := errors.AsType[*Refused](err); !is {
		t.Errorf("one more: %v", err)
	}
}

func TestRevokeKeyCountsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, text := b.key(t)
	token := b.token(t, made.ID, text)
	if err := b.RevokeKey(t.Context(), "nowhere", made.ID); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("of another tenant: %v", err)
	}
	if err := b.RevokeKey(t.Context(), webhook.DefaultTenant, made.ID); err != nil {
		t.Fatal(err)
	}
	b.refused(t, text, ErrUnknown)
	b.refused(t, token.Text, ErrUnknown)
	if err := b.RevokeKey(t.Context(), webhook.DefaultTenant, made.ID); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
}

// A change made by another process counts within a second.
func TestKeysOfOtherProcesses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if pollInterval >= time.Second {
		t.Errorf("changes are looked for every %s", pollInterval)
	}
	beside, err := New(t.Context(), Options{Store: b.store, Catalog: b.catalog, Clock: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	made, text := b.key(t)
	token := b.token(t, made.ID, text)
	poll := func() {
		t.Helper()
		if err := beside.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	poll()
	for _, credential := range []webhook.Secret{text, token.Text} { // the secret of tokens is shared
		if key, err := beside.Authenticate(credential); err != nil || key.ID != made.ID {
			t.Errorf("beside: %v", err)
		}
	}
	if err := b.RevokeKey(t.Context(), webhook.DefaultTenant, made.ID); err != nil {
		t.Fatal(err)
	}
	poll()
	for _, credential := range []webhook.Secret{text, token.Text} {
		if _, err := beside.Authenticate(credential); !errors.Is(err, ErrUnknown) {
			t.Errorf("beside, revoked: %v", err)
		}
	}
}

func TestAccessToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, text := b.key(t)
	token := b.token(t, made.ID, text)
	if !token.IssuedAt.Equal(start) || !token.ExpiresAt.Equal(start.Add(time.Hour)) || token.Key.ID != made.ID {
		t.Errorf("token = %+v", token)
	}
	b.clock.Advance(TokenLifetime - time.Millisecond)
	if key, err := b.Authenticate(token.Text); err != nil || key.ID != made.ID {
		t.Errorf("before its end: %v", err)
	}
	b.clock.Advance(time.Millisecond)
	_, err := b.Authenticate(token.Text)
	if expired, is := errors.AsType[*Expired](err); !is || *expired != (Expired{made.ID, token.IssuedAt, token.ExpiresAt}) {
		t.Errorf("at its end: %v", err)
	}
	if _, err := b.Authenticate(text); err != nil {
		t.Errorf("the key has ended, too: %v", err)
	}
}

func TestAccessTokenEndsWithItsKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	expiry := start.Add(time.Minute)
	made, text := b.key(t, func(n *NewKey) { n.ExpiresAt = &expiry })
	token := b.token(t, made.ID, text)
	if !token.ExpiresAt.Equal(expiry) {
		t.Errorf("expires at %s", token.ExpiresAt)
	}
	b.clock.Advance(time.Minute)
	if _, err := b.Authenticate(token.Text); err == nil {
		t.Error("the token outlives its key")
	}
	if _, err := b.IssueToken(made.ID, text); err == nil {
		t.Error("an expired key gets a token")
	}
}

func TestIssueTokenNeedsTheKeyItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, text := b.key(t)
	other, _ := b.key(t)
	token := b.token(t, made.ID, text)
	for name, pair := range map[string][2]string{
		"OtherID": {other.ID, text.Reveal()}, "NoID": {"", text.Reveal()}, "NoSecret": {made.ID, ""},
		"WrongSecret": {made.ID, text.Reveal() + "x"}, "ATokenForAToken": {made.ID, token.Text.Reveal()},
	} {
		if _, err := b.IssueToken(pair[0], webhook.Secret(pair[1])); !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Nobody can make a token, or make another of one.
func TestAccessTokenCannotBeChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, text := b.key(t)
	token := strings.TrimPrefix(b.token(t, made.ID, text).Text.Reveal(), tokenMark)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := append([]byte{}, raw...)
		changed[i] ^= 1
		if _, err := b.Authenticate(webhook.Secret(tokenMark + base64.RawURLEncoding.EncodeToString(changed))); !errors.Is(err, ErrUnknown) && !errors.Is(err, ErrForged) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	b.refused(t, webhook.Secret(tokenMark+base64.RawURLEncoding.EncodeToString(append(raw[:len(raw)-1:len(raw)-1], raw[len(raw)-1]^1))), ErrForged)
	for _, broken := range []string{"", "x", "=", token[:len(token)-1], token + "AAAA", strings.Repeat("A", maxToken+1), strings.Repeat("A", maxToken), strings.Repeat("_", 100), token + "\n"} {
		b.refused(t, webhook.Secret(tokenMark+broken), ErrUnknown)
	}
	b.refused(t, webhook.Secret(token), ErrUnknown)
}

// The configured key keeps its identifier when its value changes; a token for the
// former value does not pass for the new one.
func TestAccessTokenOfAReplacedKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.SetBootstrapKey(t.Context(), longKey); err != nil {
		t.Fatal(err)
	}
	token := b.token(t, webhook.BootstrapKeyID, longKey)
	if _, err := b.Authenticate(token.Text); err != nil {
		t.Fatal(err)
	}
	if err := b.SetBootstrapKey(t.Context(), longKey+"2"); err != nil {
		t.Fatal(err)
	}
	b.refused(t, token.Text, ErrForged)
}

func TestUsesAreWrittenTogetherAndOnceAMinute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, text := b.key(t)
	key, err := b.Authenticate(text)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	use := func(address string) {
		b.Used(key, func() string { asked++; return address })
	}
	lastUse := func() string {
		t.Helper()
		if err := b.writeUses(t.Context()); err != nil {
			t.Fatal(err)
		}
		listed, err := b.Keys(t.Context(), webhook.DefaultTenant)
		if err != nil || listed[0].LastUsedAt == nil {
			t.Fatalf("%+v, %v", listed, err)
		}
		return listed[0].LastUsedAt.Format(time.TimeOnly) + " " + listed[0].LastUsedAddress
	}
	version := b.version(t)
	use("192.0.2.1")
	use("192.0.2.2")
	if got := lastUse(); got != "12:00:00 192.0.2.1" {
		t.Error(got)
	}
	b.clock.Advance(59 * time.Second)
	use("192.0.2.3")
	if got := lastUse(); got != "12:00:00 192.0.2.1" || asked != 1 {
		t.Errorf("%s, asked %d times", got, asked)
	}
	b.clock.Advance(time.Second)
	use("192.0.2.4")
	if got := lastUse(); got != "12:01:00 192.0.2.4" {
		t.Error(got)
	}
	if b.version(t) != version {
		t.Error("a use makes all processes read the registry anew")
	}
	if err := b.RevokeKey(t.Context(), webhook.DefaultTenant, made.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.writeUses(t.Context()); err != nil || len(b.uses.noted) != 0 {
		t.Errorf("%d revoked keys are kept in mind, %v", len(b.uses.noted), err)
	}
}

// failingTouch is a store that cannot write uses for a while.
type failingTouch struct {
	*watched
	failures int
	wrote    []store.KeyUse
}

func (f *failingTouch) TouchKeys(_ context.Context, uses []store.KeyUse) error {
	if f.failures > 0 {
		f.failures--
		return errors.New("disk I/O error")
	}
	f.wrote = append(f.wrote, uses...)
	return nil
}

func TestUsesOutlastATroubledStoreAndAreWrittenAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, text := b.key(t)
		key, err := b.Authenticate(text)
		if err != nil {
			t.Fatal(err)
		}
		troubled := &failingTouch{watched: b.store, failures: 2}
		b.Registry.store = troubled
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.Run(ctx) }()
		b.Used(key, func() string { return "192.0.2.1" })
		<-time.After(3 * pollInterval)
		synctest.Wait()
		if want := []store.KeyUse{{Tenant: webhook.DefaultTenant, ID: key.ID, At: start, Address: "192.0.2.1"}}; !cmp.Equal(want, troubled.wrote) {
			t.Errorf("wrote %+v", troubled.wrote)
		}
		b.clock.Advance(time.Hour)
		b.Used(key, func() string { return "192.0.2.2" })
		stop()
		<-done
		if len(troubled.wrote) != 2 {
			t.Errorf("the last use is lost: %+v", troubled.wrote)
		}
	})
}

func TestTenants(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	named, err := b.CreateTenant(ctx, webhook.Tenant{ID: "acme", Name: "ACME Inc."})
	if err != nil || named != (webhook.Tenant{ID: "acme", Name: "ACME Inc.", CreatedAt: start}) {
		t.Errorf("%+v, %v", named, err)
	}
	random, err := b.CreateTenant(ctx, webhook.Tenant{Name: "Other"})
	if err != nil || len(random.ID) != 21 {
		t.Errorf("%+v, %v", random, err)
	}
	if plain, err := b.CreateTenant(ctx, webhook.Tenant{ID: "plain"}); err != nil || plain.Name != "plain" {
		t.Errorf("%+v, %v", plain, err)
	}
	for _, id := range []webhook.TenantID{"ACME", "a b", "ä", "a/b", webhook.TenantID(strings.Repeat("a", 22))} {
		_, err := b.CreateTenant(ctx, webhook.Tenant{ID: id})
		if _, is := errors.AsType[*Refused](err); !is {
			t.Errorf("%q: %v", id, err)
		}
	}
	if _, err := b.CreateTenant(ctx, webhook.Tenant{ID: "acme"}); !errors.Is(err, webhook.ErrTenantExists) {
		t.Errorf("again: %v", err)
	}
	if all, err := b.Tenants(ctx); err != nil || len(all) != 4 || all[3].ID != webhook.DefaultTenant {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestDeleteTenantCountsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	if _, err := b.CreateTenant(ctx, webhook.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	_, text := b.key(t, func(n *NewKey) { n.Tenant = "acme" })
	w, err := b.Create(ctx, webhook.Webhook{Tenant: "acme", EventTypes: []webhook.EventType{"*"}, URL: "https://a.example.com/", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	var changed []webhook.Webhook
	b.OnChange(func(c []webhook.Webhook) { changed = append(changed, c...) })
	if err := b.DeleteTenant(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	b.refused(t, text, ErrUnknown)
	if _, found := b.Webhook(w.Number); found {
		t.Error("its webhook is still there")
	}
	if len(changed) != 1 || changed[0].ID != w.ID || changed[0].DeletedAt == nil {
		t.Errorf("listeners heard %+v", changed)
	}
	if err := b.DeleteTenant(ctx, webhook.DefaultTenant); !errors.Is(err, webhook.ErrDefaultTenant) {
		t.Errorf("default: %v", err)
	}
}
