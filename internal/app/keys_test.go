package app

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// usedFrom is the address in the list of API keys, once it is there.
func (b *bundle) usedFrom() (address string) {
	b.t.Helper()
	b.until("the use of the key is written", func() bool {
		list := into[struct {
			Items []struct{ LastUsedAddress string }
		}](b, b.do("GET", "/api/api-keys", ""), http.StatusOK)
		address = list.Items[0].LastUsedAddress
		return address != ""
	})
	return address
}

func TestAddressBehindATrustedProxy(t *testing.T) {
	t.Parallel()
	b := setup(t, "trusted-proxies", "127.0.0.0/8")
	b.do("GET", "/api/me", "", "X-Forwarded-For", "198.51.100.7")
	if got := b.usedFrom(); got != "198.51.100.7" {
		t.Errorf("used from %s", got)
	}
}

func TestAddressThatAnybodyCouldHaveMadeUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.do("GET", "/api/me", "", "X-Forwarded-For", "198.51.100.7")
	if got := b.usedFrom(); got != "127.0.0.1" {
		t.Errorf("used from %s", got)
	}
}

// The command line works on the database while a server has it open.
func TestKeysBesideAServer(t *testing.T) {
	t.Parallel()
	log := &logText{}
	o := options(t, log)
	b := open(t, log, o)
	b.start()
	keys, err := OpenKeys(t.Context(), &o.Config, false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keys.Close() }()
	made, text, err := keys.Create(t.Context(), NewKey{Tenant: webhook.DefaultTenant, Name: "beside", Scopes: []webhook.Scope{webhook.ScopeRead}})
	if err != nil {
		t.Fatal(err)
	}
	status := func() int { return b.do("GET", "/api/me", "", "Authorization", "Bearer "+text.Reveal()).status }
	b.until("the key is known", func() bool { return status() == http.StatusOK })
	if err := keys.Revoke(t.Context(), webhook.DefaultTenant, made.ID); err != nil {
		t.Fatal(err)
	}
	b.until("the key is revoked", func() bool { return status() == http.StatusUnauthorized })
	if strings.Contains(log.text.String(), text.Reveal()) {
		t.Error("the log tells the key")
	}
}

func TestServerWithoutAKeySaysHowToMakeOne(t *testing.T) {
	t.Parallel()
	log := &logText{}
	o := options(t, log, "bootstrap-api-key", "")
	open(t, log, o)
	if !strings.Contains(log.text.String(), "tidings keys create") {
		t.Errorf("log:\n%s", log.text.String())
	}
}

// A tenant's deletion reaches a delivery that waits for its retry, and what it has
// left is removed.
func TestDeletedTenantIsPurged(t *testing.T) {
	t.Parallel()
	b := setup(t, "retry-schedule", "1h")
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	t.Cleanup(endpoint.Close)
	into[struct{}](b, b.do("POST", "/api/tenants", `{"id":"acme"}`), http.StatusCreated)
	key := "Bearer " + into[struct{ Key string }](b, b.do("POST", "/api/tenants/acme/api-keys", `{"name":"CI","scopes":["admin"]}`), http.StatusCreated).Key
	into[struct{}](b, b.do("POST", "/api/hooks", `{"events":["User.Created"],"config":{"url":"`+endpoint.URL+`"}}`, "Authorization", key), http.StatusCreated)
	into[accepted](b, b.do("POST", "/api/events", event, "Authorization", key), http.StatusAccepted)
	b.until("the delivery waits for its retry", func() bool {
		return strings.Contains(b.do("GET", "/api/deliveries", "", "Authorization", key).body, `"retrying"`)
	})
	if got := b.do("DELETE", "/api/tenants/acme", ""); got.status != http.StatusNoContent {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := b.do("POST", "/api/events", event, "Authorization", key); got.status != http.StatusUnauthorized {
		t.Errorf("an event of a deleted tenant: %d %s", got.status, got.body)
	}
	if err := b.upkeep.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.do("POST", "/api/tenants", `{"id":"acme"}`); got.status != http.StatusCreated {
		t.Errorf("its identifier is still taken: %d %s", got.status, got.body)
	}
	if unfinished, err := b.store.Unfinished(t.Context()); err != nil || unfinished.Deliveries != 0 {
		t.Errorf("%d deliveries wait, %v", unfinished.Deliveries, err)
	}
}

func TestOpenKeysLooksBeforeItMakes(t *testing.T) {
	t.Parallel()
	o := options(t, &logText{}, "database", "sqlite:"+filepath.Join(t.TempDir(), "none", "tidings.db"))
	if keys, err := OpenKeys(t.Context(), &o.Config, false); err == nil {
		t.Errorf("opened %v", keys)
	}
	keys, err := OpenKeys(t.Context(), &o.Config, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Close(); err != nil {
		t.Error(err)
	}
	expires := time.Now().Add(-time.Hour)
	if _, _, err := keys.Create(t.Context(), NewKey{Name: "late", ExpiresAt: &expires}); err == nil {
		t.Error("a key of the past was made")
	}
}
