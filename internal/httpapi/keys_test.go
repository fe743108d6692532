package httpapi

import (
	"context"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
)

// listedKey is an API key as a client reads it.
type listedKey struct {
	ID, Name, Prefix, Key, CreatedBy, LastUsedAddress string
	Scopes                                            []string
	CreatedAt                                         time.Time
	LastUsedAt, ExpiresAt                             *time.Time
}

// page is a page of a list as a client reads it.
type pageOfKeys struct {
	Items []listedKey
	Next  string
}

func (b *bundle) keys(key, query string) pageOfKeys {
	b.t.Helper()
	return into[pageOfKeys](b, b.do(key, "GET", "/api/api-keys"+query, ""), 200)
}

func TestCreateKeyShowsItOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.do(adminKey, "POST", "/api/api-keys", `{"name":"CI","scopes":["read","emit","read"],"expiresAt":"2026-11-23T14:00:00.0009+01:00"}`)
	made := into[listedKey](b, got, 201)
	expires := start.Add(time.Hour)
	want := listedKey{
		ID: made.ID, Name: "CI", Prefix: made.Key[:10], Key: made.Key, Scopes: []string{"emit", "read"}, CreatedBy: adminKey, CreatedAt: start, ExpiresAt: &expires,
	}
	if diff := cmp.Diff(want, made); diff != "" || !strings.HasPrefix(made.Key, "tdg_") || len(made.Key) != 47 || !isID(made.ID) {
		t.Errorf("%s (-want +got):\n%s", got.body, diff)
	}
	if got := b.do(made.Key, "GET", "/api/hooks", ""); got.status != 200 {
		t.Errorf("the key: %d %s", got.status, got.body)
	}
	b.want(b.do(made.Key, "POST", "/api/hooks", sampleHook), 403, "auth.forbidden")
	list := b.do(adminKey, "GET", "/api/api-keys", "")
	if strings.Contains(list.body, made.Key) || strings.Contains(list.body, `"key"`) {
		t.Errorf("the list tells the key: %s", list.body)
	}
	want.Key = ""
	if diff := cmp.Diff(want, b.key(made.ID)); diff != "" {
		t.Errorf("in the list (-want +got):\n%s", diff)
	}
}

// key finds a key in the list of the default tenant.
func (b *bundle) key(id string) listedKey {
	b.t.Helper()
	for _, k := range b.keys(adminKey, "").Items {
		if k.ID == id {
			return k
		}
	}
	b.t.Fatalf("no key %s", id)
	return listedKey{}
}

func TestCreateKeyRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for body, path := range map[string]string{
		`{"scopes":["read"]}`:                                                "name",
		`{"name":"","scopes":["read"]}`:                                      "name",
		`{"name":null,"scopes":["read"]}`:                                    "name",
		`{"name":"` + strings.Repeat("x", 257) + `","scopes":["read"]}`:      "name",
		`{"name":"CI"}`:                                                      "scopes",
		`{"name":"CI","scopes":[]}`:                                          "scopes",
		`{"name":"CI","scopes":"read"}`:                                      "scopes",
		`{"name":"CI","scopes":["all"]}`:                                     "scopes",
		`{"name":"CI","scopes":["Read"]}`:                                    "scopes",
		`{"name":"CI","scopes":["read",1]}`:                                  "scopes.1",
		`{"name":"CI","scopes":["read"],"expiresAt":"2026-11-23T12:00:00Z"}`: "expiresAt",
		`{"name":"CI","scopes":["read"],"expiresAt":"tomorrow"}`:             "expiresAt",
		`{"name":"CI","scopes":["read"],"expiresAt":1795435200000}`:          "expiresAt",
		`{"name":"CI","scopes":["read"],"ExpiresAt":"2027-01-01T00:00:00Z"}`: "ExpiresAt",
		`[]`: "",
	} {
		got := b.do(adminKey, "POST", "/api/api-keys", body)
		b.want(got, 400, "guard.invalid_input")
		p := into[struct {
			Data struct {
				Issues []struct{ Path, Code, Message string }
			}
		}](b, got, 400)
		if len(p.Data.Issues) != 1 || p.Data.Issues[0].Path != path || p.Data.Issues[0].Code == "" || p.Data.Issues[0].Message == "" {
			t.Errorf("%s: %s", body, got.body)
		}
	}
	if n := len(b.keys(adminKey, "").Items); n != 4 {
		t.Errorf("%d keys", n)
	}
	if made := into[listedKey](b, b.do(adminKey, "POST", "/api/api-keys", `{"name":"CI","scopes":["read"],"expiresAt":null}`), 201); made.ExpiresAt != nil {
		t.Errorf("expires at %s", made.ExpiresAt)
	}
}

func TestRevokeKeyCountsForTheNextRequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.newKey(`{"name":"CI","scopes":["admin"]}`)
	token := b.token(made.ID, made.Key)
	if got := b.do(made.Key, "DELETE", "/api/api-keys/"+made.ID, ""); got.status != 204 || got.body != "" { // a key may end itself
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, credential := range []string{made.Key, token} {
		b.want(b.do(credential, "GET", "/api/me", ""), 401, "auth.unauthorized")
	}
	b.want(b.do(adminKey, "DELETE", "/api/api-keys/"+made.ID, ""), 404, "entity.not_found")
}

func TestPagesOfKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var want []string
	for range 5 {
		b.clock.Advance(time.Second)
		want = append([]string{b.newKey(`{"name":"CI","scopes":["read"]}`).ID}, want...)
	}
	var got []string
	query := "?limit=2"
	for {
		page := b.keys(adminKey, query)
		for _, k := range page.Items {
			got = append(got, k.ID)
		}
		if len(page.Items) > 2 || page.Next == "" {
			break
		}
		// What the cursor stands for may be gone by the next request.
		if last := page.Items[len(page.Items)-1]; last.Name == "CI" {
			b.do(adminKey, "DELETE", "/api/api-keys/"+last.ID, "")
		}
		query = "?limit=2&cursor=" + page.Next
	}
	if len(got) < 7 || !cmp.Equal(want, got[:5]) {
		t.Errorf("got %v, want %v and those of before", got, want)
	}
	for _, bad := range []string{"?limit=0", "?limit=101", "?limit=x", "?cursor=x", "?cursor=MTo", "?cursor=Mjp4Onk"} {
		b.want(b.do(adminKey, "GET", "/api/api-keys"+bad, ""), 400, "guard.invalid_input")
	}
}

func TestLastUseOfAKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.newKey(`{"name":"CI","scopes":["emit"]}`)
	b.want(b.do(made.Key, "GET", "/api/hooks", "", "X-Forwarded-For", "198.51.100.7"), 403, "auth.forbidden")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	b.reg.Run(ctx) // writes what is left when it ends
	if k := b.key(made.ID); k.LastUsedAt == nil || !k.LastUsedAt.Equal(start) || k.LastUsedAddress != "192.0.2.1" {
		t.Errorf("%+v", k)
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	a := &api{Options: Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}}
	for name, test := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"Direct":            {"203.0.113.9:1234", nil, "203.0.113.9"},
		"DirectMadeUp":      {"203.0.113.9:1234", []string{"198.51.100.7"}, "203.0.113.9"},
		"TrustedWithout":    {"10.0.0.1:1234", nil, "10.0.0.1"},
		"Trusted":           {"10.0.0.1:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		"TrustedIPv6":       {"[fd00::1]:1234", []string{"2001:db8::7"}, "2001:db8::7"},
		"TrustedMapped":     {"[::ffff:10.0.0.1]:1234", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		"TwoProxies":        {"10.0.0.1:1234", []string{"198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		"TwoHeaders":        {"10.0.0.1:1234", []string{"198.51.100.7", "10.0.0.2"}, "198.51.100.7"},
		"MadeUpBeforeProxy": {"10.0.0.1:1234", []string{"127.0.0.1, 198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		"AllTrusted":        {"10.0.0.1:1234", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"NoAddress":         {"10.0.0.1:1234", []string{"198.51.100.7, unknown"}, "10.0.0.1"},
		"NoAddressFurther":  {"10.0.0.1:1234", []string{"unknown, 10.0.0.2"}, "10.0.0.2"},
		"WithPort":          {"10.0.0.1:1234", []string{"198.51.100.7:80"}, "198.51.100.7"},
		"WithPortIPv6":      {"10.0.0.1:1234", []string{"[2001:db8::7]:80"}, "2001:db8::7"},
		"Brackets":          {"10.0.0.1:1234", []string{"[2001:db8::7]"}, "2001:db8::7"},
		"Zone":              {"[fe80::1%eth0]:1234", nil, "fe80::1"},
		"Empty":             {"10.0.0.1:1234", []string{""}, "10.0.0.1"},
		"NoPeer":            {"@", []string{"198.51.100.7"}, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = test.peer, test.forwarded
		if got := a.clientAddress(r); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestMe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.newKey(`{"name":"CI \"1\"","scopes":["manage"]}`)
	want := `{"kind":"apiKey","name":"CI \"1\"","tenant":"default","scopes":["emit","read","manage"]}`
	for _, credential := range []string{made.Key, b.token(made.ID, made.Key)} {
		if got := b.do(credential, "GET", "/api/me", ""); got.status != 200 || got.body != want {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if got := b.do(otherKey, "GET", "/api/me", ""); got.body != `{"kind":"apiKey","name":"","tenant":"other","scopes":["emit","read","manage","admin"]}` {
		t.Error(got.body)
	}
}

func TestTenants(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if got := b.do(adminKey, "POST", "/api/tenants", `{"id":"acme","name":"ACME Inc."}`); got.status != 201 || got.body != `{"id":"acme","name":"ACME Inc.","createdAt":"2026-11-23T12:00:00.000Z"}` {
		t.Errorf("%d %s", got.status, got.body)
	}
	b.want(b.do(adminKey, "POST", "/api/tenants", `{"id":"acme"}`), 409, "tenant.exists")
	for _, body := range []string{`{}`, `{"id":"ACME"}`, `{"id":"a/b"}`, `{"id":""}`, `{"id":"` + strings.Repeat("a", 22) + `"}`, `{"id":1}`, `{"name":""}`, `[]`, `x`} {
		b.want(b.do(adminKey, "POST", "/api/tenants", body), 400, "guard.invalid_input")
	}
	made := into[listedKey](b, b.do(adminKey, "POST", "/api/tenants/acme/api-keys", `{"name":"First","scopes":["admin"]}`), 201)
	b.want(b.do(adminKey, "POST", "/api/tenants/nowhere/api-keys", `{"name":"First","scopes":["admin"]}`), 404, "entity.not_found")
	if keys := b.keys(made.Key, "").Items; len(keys) != 1 || keys[0].CreatedBy != adminKey {
		t.Errorf("keys of the tenant: %+v", keys)
	}
	if got := b.do(adminKey, "GET", "/api/tenants?limit=1", ""); !strings.HasPrefix(got.body, `{"items":[{"id":"acme",`) || !strings.Contains(got.body, `"next":`) {
		t.Error(got.body)
	}
	h := into[hook](b, b.do(made.Key, "POST", "/api/hooks", sampleHook), 201)
	if h.TenantID != "acme" {
		t.Errorf("the hook is of %s", h.TenantID)
	}
	b.want(b.do(adminKey, "GET", "/api/hooks/"+h.ID, ""), 404, "entity.not_exists_with_id")
	b.want(b.do(adminKey, "DELETE", "/api/tenants/default", ""), 409, "tenant.default")
	b.want(b.do(adminKey, "DELETE", "/api/tenants/nowhere", ""), 404, "entity.not_found")
}

func TestDeletedTenantAcceptsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.token(otherKey, otherKey)
	into[hook](b, b.do(otherKey, "POST", "/api/hooks", sampleHook), 201)
	into[posted](b, b.do(otherKey, "POST", "/api/events", `{"event":"User.Created"}`), 202)
	if got := b.do(adminKey, "DELETE", "/api/tenants/other", ""); got.status != 204 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for _, credential := range []string{otherKey, token} {
		b.want(b.do(credential, "POST", "/api/events", `{"event":"User.Created"}`), 401, "auth.unauthorized")
	}
	b.want(b.do(adminKey, "POST", "/api/tenants/other/api-keys", `{"name":"CI","scopes":["read"]}`), 404, "entity.not_found")
	if more, err := b.store.PurgeTenants(t.Context(), b.process, 1000); err != nil || !more {
		t.Errorf("purge: %v, %v", more, err)
	}
}

// A request that was let in just before its tenant was deleted.
func TestTenantDeletedDuringARequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.store.DeleteTenant(t.Context(), webhook.TenantID("other"), start)) // by another process
	got := b.do(otherKey, "POST", "/api/events", `{"event":"User.Created"}`)
	if got.status < 400 || got.status >= 500 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// An event tells who handed it over by the name of the key, as long as there is the key.
func TestSourcesHaveNames(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hook()
	key := b.newKey(`{"name":"Billing service","scopes":["manage"]}`)
	posted := into[struct{ ID string }](b, b.do(key.Key, "POST", "/api/events", `{"event":"User.Created"}`), 202)
	b.attempt(wholeAttempt(), lost)
	row := b.deliveries()[0]
	asked := b.do(key.Key, "POST", "/api/deliveries/"+row.ID+"/redeliver", "")
	if asked.status != 202 {
		t.Fatalf("redelivering answers %d %s", asked.status, asked.body)
	}
	b.attempt(wholeAttempt(), lost)
	source := `"source":"` + key.ID + `"`
	named := source + `,"sourceName":"Billing service"`
	by := `"by":"` + key.ID + `"`
	where := map[string][2]string{
		"/api/events": {named, source}, "/api/events/" + posted.ID: {named, source},
		"/api/deliveries/" + row.ID: {named, source},
	}
	for target, want := range where {
		if got := b.do(readKey, "GET", target, ""); got.status != 200 || !strings.Contains(got.body, want[0]) {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
	}
	if got := b.do(readKey, "GET", "/api/deliveries/"+row.ID, ""); !strings.Contains(got.body, by+`,"byName":"Billing service"`) {
		t.Errorf("who asked for the attempt is not named: %s", got.body)
	}
	if got := b.do(adminKey, "DELETE", "/api/api-keys/"+key.ID, ""); got.status != 204 {
		t.Fatalf("revoking answers %d", got.status)
	}
	for target, want := range where {
		if got := b.do(readKey, "GET", target, ""); !strings.Contains(got.body, want[1]) || strings.Contains(got.body, "Name\":\"Billing") {
			t.Errorf("%s after the key: %d %s", target, got.status, got.body)
		}
	}
}
