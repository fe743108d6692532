package httpapi

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/webhook"
)

// facts is what the tests below know of a route: which scope it needs, and a body
// that it takes.
type facts struct {
	scope webhook.Scope
	body  string
}

// entries has a line for every route. Who adds a route adds it here, after having
// thought about who may use it.
func entries() map[string]facts {
	const (
		aHook    = `{"name":"Stolen","events":["User.Created"],"config":{"url":"https://stolen.example.com/"}}`
		aTest    = `{"events":["User.Created"],"config":{"url":"https://stolen.example.com/"}}`
		aWebhook = `{"name":"Stolen","eventTypes":["User.Created"],"url":"https://stolen.example.com/","headers":[]}`
		aType    = `{"name":"Order.Stolen","group":"Orders","description":"Stolen"}`
		aKey     = `{"name":"Stolen","scopes":["read"]}`
	)
	return map[string]facts{
		"GET /healthz":      {public, ""},
		"GET /readyz":       {public, ""},
		"GET /openapi.json": {public, ""},
		"POST /oidc/token":  {public, ""},

		"GET /api/system":        {read, ""},
		"GET /api/session":       {public, ""},
		"POST /api/session":      {public, `{"email":"nobody@example.com","password":"stolen password"}`},
		"DELETE /api/session":    {person, ""},
		"POST /api/session/link": {public, `{"token":"stolen"}`},
		"POST /api/setup":        {public, `{"token":"stolen","name":"Stolen","email":"stolen@example.com","password":"stolen password"}`},
		"POST /api/setup/check":  {public, `{"token":"stolen"}`},
		"PUT /api/me/password":   {person, `{"current":"stolen password","new":"stolen password"}`},

		"GET /api/me":                     {anyone, ""},
		"GET /api/api-keys":               {admin, ""},
		"POST /api/api-keys":              {admin, aKey},
		"DELETE /api/api-keys/{id}":       {admin, ""},
		"GET /api/tenants":                {operator, ""},
		"POST /api/tenants":               {operator, `{"id":"stolen"}`},
		"DELETE /api/tenants/{id}":        {operator, ""},
		"POST /api/tenants/{id}/api-keys": {operator, aKey},

		"GET /api/hooks":                    {read, ""},
		"POST /api/hooks":                   {manage, aHook},
		"GET /api/hooks/{id}":               {read, ""},
		"PATCH /api/hooks/{id}":             {manage, `{"name":"Stolen"}`},
		"DELETE /api/hooks/{id}":            {manage, ""},
		"GET /api/hooks/{id}/recent-logs":   {read, ""},
		"POST /api/hooks/{id}/test":         {manage, aTest},
		"PATCH /api/hooks/{id}/signing-key": {manage, ""},
		"GET /api/logs/{id}":                {read, ""},

		"GET /api/webhooks":                   {read, ""},
		"POST /api/webhooks":                  {manage, aWebhook},
		"GET /api/webhooks/{id}":              {read, ""},
		"PATCH /api/webhooks/{id}":            {manage, `{"name":"Stolen"}`},
		"DELETE /api/webhooks/{id}":           {manage, ""},
		"GET /api/webhooks/{id}/signing-key":  {manage, ""},
		"POST /api/webhooks/{id}/signing-key": {manage, ""},
		"POST /api/webhooks/{id}/test":        {manage, `{"eventType":"User.Created"}`},
		"POST /api/url-check":                 {manage, `{"url":"https://hooks.example.com/"}`},

		"POST /api/events":                      {emit, `{"event":"User.Created"}`},
		"POST /api/events/batch":                {emit, `[{"event":"User.Created"}]`},
		"GET /api/events":                       {read, ""},
		"GET /api/events/{id}":                  {read, ""},
		"GET /api/events/{id}/payload":          {read, ""},
		"GET /api/event-types":                  {read, ""},
		"POST /api/event-types":                 {manage, aType},
		"GET /api/event-types/{name}":           {read, ""},
		"PATCH /api/event-types/{name}":         {manage, `{"description":"Stolen"}`},
		"DELETE /api/event-types/{name}":        {manage, ""},
		"POST /api/event-types/{name}/validate": {emit, `{"event":"Order.Placed"}`},

		"GET /api/deliveries":                             {read, ""},
		"GET /api/deliveries/summary":                     {read, ""},
		"GET /api/deliveries/{id}":                        {read, ""},
		"GET /api/deliveries/{id}/payload":                {read, ""},
		"GET /api/deliveries/{id}/attempts/{number}/body": {read, ""},
		"POST /api/deliveries/{id}/redeliver":             {manage, ""},
		"POST /api/deliveries/{id}/cancel":                {manage, ""},
		"POST /api/deliveries/{id}/signature":             {manage, ""},

		"GET /api/overview":    {read, ""},
		"PATCH /api/checklist": {manage, `{"hidden":true}`},
		"GET /api/lookup":      {read, ""},
		"GET /api/stream":      {read, ""},

		"GET /api/receiver/inboxes":                             {read, ""},
		"POST /api/receiver/inboxes":                            {manage, ""},
		"GET /api/receiver/inboxes/{id}":                        {read, ""},
		"DELETE /api/receiver/inboxes/{id}":                     {manage, ""},
		"GET /api/receiver/inboxes/{id}/messages":               {read, ""},
		"DELETE /api/receiver/inboxes/{id}/messages":            {manage, ""},
		"GET /api/receiver/inboxes/{id}/messages/{number}":      {read, ""},
		"GET /api/receiver/inboxes/{id}/messages/{number}/body": {read, ""},
		"GET /api/receiver/inboxes/{id}/behaviour":              {read, ""},
		"PUT /api/receiver/inboxes/{id}/behaviour":              {manage, `{"status":500}`},
	}
}

func TestEveryRouteHasAnEntry(t *testing.T) {
	t.Parallel()
	unused := entries()
	for _, r := range setup(t).handler.(*api).routes() {
		name := r.method + " " + r.path
		entry, ok := unused[name]
		if delete(unused, name); !ok {
			t.Errorf("%s has no entry: say who may use it", name)
			continue
		}
		if r.scope != entry.scope {
			t.Errorf("%s needs %q, its entry says %q", name, r.scope, entry.scope)
		}
		signsIn := []string{"GET /api/session", "POST /api/session", "POST /api/session/link", "POST /api/setup", "POST /api/setup/check"}
		if strings.HasPrefix(r.path, "/api/") == (r.scope == public) && !slices.Contains(signsIn, name) {
			t.Errorf("%s: scope %q", name, r.scope)
		}
	}
	for name := range unused {
		t.Errorf("there is no route %s", name)
	}
}

// credential is an Authorization header or a cookie and what it is worth: the code of a
// 401, or the scopes that it has.
type credential struct {
	name, header, code string
	scopes             []webhook.Scope
	cookie             string
}

// credentials are all that there are, each API key also by an access token.
func (b *bundle) credentials() []credential {
	b.t.Helper()
	expired := start.Add(time.Minute)
	short := b.newKey(`{"name":"Short","scopes":["admin"],"expiresAt":"` + expired.Format(time.RFC3339) + `"}`)
	shortToken := b.token(short.ID, short.Key)
	b.clock.Advance(time.Minute)
	revoked := b.newKey(`{"name":"Revoked","scopes":["admin"]}`)
	revokedToken := b.token(revoked.ID, revoked.Key)
	if got := b.do(adminKey, "DELETE", "/api/api-keys/"+revoked.ID, ""); got.status != 204 {
		b.t.Fatalf("revoke: %d %s", got.status, got.body)
	}
	all := []credential{
		{name: "no", code: "auth.authorization_header_missing"},
		{name: "malformed", header: "Basic " + adminKey, code: "auth.authorization_token_type_not_supported"},
		{name: "unknown", header: "Bearer tdg_" + strings.Repeat("x", 43), code: "auth.unauthorized"},
		{name: "revoked", header: "Bearer " + revoked.Key, code: "auth.unauthorized"},
		{name: "revoked, token", header: "Bearer " + revokedToken, code: "auth.unauthorized"},
		{name: "expired", header: "Bearer " + short.Key, code: "auth.unauthorized"},
		{name: "expired, token", header: "Bearer " + shortToken, code: "auth.unauthorized"},
	}
	all = append(all, b.sessions()...)
	for key, scopes := range map[string][]webhook.Scope{
		emitKey: {emit}, readKey: {read}, manageKey: {emit, read, manage}, adminKey: {emit, read, manage, admin, operator},
		otherKey: {emit, read, manage, admin},
	} {
		scopes = append(scopes, anyone)
		all = append(all, credential{name: key, header: "Bearer " + key, scopes: scopes}, credential{name: key + ", token", header: "Bearer " + b.token(key, key), scopes: scopes})
	}
	return all
}

// sessions are the cookies that there are, and what a wrong header makes of a good one.
func (b *bundle) sessions() []credential {
	b.t.Helper()
	b.ana()
	expired := b.signIn()
	b.clock.Advance(account.IdleFor)
	ended := b.signIn()
	if got := b.browse(ended, "DELETE", "/api/session", ""); got.status != 204 {
		b.t.Fatalf("sign out: %d %s", got.status, got.body)
	}
	good := b.signIn()
	return []credential{
		{name: "session", cookie: good, scopes: []webhook.Scope{emit, read, manage, admin, operator, anyone, person}},
		{name: "session, expired", cookie: expired, code: "session.ended"},
		{name: "session, ended", cookie: ended, code: "session.ended"},
		{name: "session, unknown", cookie: "tidings=" + strings.Repeat("x", 43), code: "session.ended"},
		{name: "session of another name", cookie: "__Host-" + good, code: "auth.authorization_header_missing"},
		{name: "session with a wrong key", cookie: good, header: "Bearer wrong", code: "auth.unauthorized"},
		{name: "session with a reader's key", cookie: good, header: "Bearer " + readKey, scopes: []webhook.Scope{read, anyone}},
	}
}

func TestRoutesAndCredentials(t *testing.T) {
	t.Parallel()
	b := setup(t)
	credentials := b.credentials()
	for _, r := range b.handler.(*api).routes() {
		target := strings.NewReplacer("{id}", "x", "{name}", "x", "{number}", "1").Replace(r.path)
		scope := entries()[r.method+" "+r.path].scope
		for _, who := range credentials {
			var headers []string
			if who.header != "" {
				headers = []string{"Authorization", who.header}
			}
			if who.cookie != "" {
				if r.operation == "SignOut" && who.code == "" && who.header == "" {
					who.cookie = b.signIn() // it ends the one that it is tried with
				}
				headers = append(headers, "Cookie", who.cookie, "Sec-Fetch-Site", "same-origin")
			}
			got := b.do("", r.method, target, "{", headers...) // no body does harm
			switch {
			case scope == public || slices.Contains(who.scopes, scope):
				if got.status == 401 || got.status == 403 {
					t.Errorf("%s %s with %s: %d %s", r.method, r.path, who.name, got.status, got.body)
				}
			case who.code != "":
				b.want(got, 401, who.code)
			default:
				b.want(got, 403, "auth.forbidden")
			}
			if t.Failed() {
				t.Fatalf("%s %s with %s", r.method, r.path, who.name)
			}
		}
	}
}

// objects are the identifiers of one object of each kind, by the paths that they
// are in.
type objects map[string]string

// ownObjects makes one object of each kind in the default tenant.
func (b *bundle) ownObjects() objects {
	b.t.Helper()
	h := b.hook()
	if got := b.do(adminKey, "POST", "/api/event-types", `{"name":"Order.Placed","group":"Orders","description":"An order"}`); got.status != 201 {
		b.t.Fatalf("event type: %d %s", got.status, got.body)
	}
	b.must(b.store.CreateTenant(b.t.Context(), webhook.Tenant{ID: "third-tenant", CreatedAt: start}))
	event := string(b.post(`{"event":"User.Created"}`).ID)
	b.attempt(webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 500}, webhook.Next{State: webhook.StateRetrying, DueAt: start.Add(time.Hour)})
	delivery := b.deliveries()[0].ID
	return objects{
		"/api/hooks/": h.ID, "/api/webhooks/": h.ID, "/api/events/": event, "/api/deliveries/": delivery, "/api/logs/": delivery,
		"/api/api-keys/": b.newKey(`{"name":"Mine","scopes":["read"]}`).ID, "/api/event-types/": "Order.Placed", "/api/tenants/": "third-tenant",
		"/api/receiver/inboxes/": b.inboxWith("a message"),
	}
}

// missing are identifiers of the same shape that nothing has.
func (o objects) missing() objects {
	none := objects{}
	for path, id := range o {
		last := map[bool]string{true: "z", false: "y"}[strings.HasSuffix(id, "y")]
		none[path] = id[:len(id)-1] + last
	}
	return none
}

// target puts the identifier into the path of a route.
func (o objects) target(t *testing.T, path string) string {
	t.Helper()
	for prefix, id := range o {
		if strings.HasPrefix(path, prefix+"{") {
			return strings.NewReplacer("{id}", id, "{name}", id, "{number}", "1").Replace(path)
		}
	}
	t.Fatalf("no identifier for %s: add one to ownObjects", path)
	return ""
}

// comparable is all that a client sees of an answer, without what names the request.
func comparable(got answer, ids objects) string {
	got.header.Del("Logto-Core-Request-Id")
	headers, _ := json.Marshal(got.header) // sorted
	text := string(headers) + "\n" + got.body
	for _, id := range ids {
		text = strings.ReplaceAll(text, id, "ID")
	}
	return http.StatusText(got.status) + "\n" + text
}

// To an admin of another tenant an object looks like one that does not exist, on
// every route, to the byte.
func TestObjectsOfAnotherTenantLookMissing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	own := b.ownObjects()
	none := own.missing()
	everything := func() (all string) {
		for _, target := range []string{"/api/webhooks", "/api/hooks", "/api/events", "/api/deliveries", "/api/api-keys", "/api/event-types", "/api/tenants", "/api/receiver/inboxes"} {
			all += comparable(b.do(adminKey, "GET", target, ""), nil)
		}
		return all
	}
	before := everything()
	ask := func(key, method, target, body string, ids objects) string {
		return comparable(b.do(key, method, target, body, "If-Match", `"1"`), ids)
	}
	tried := 0
	for _, r := range b.handler.(*api).routes() {
		if !strings.Contains(r.path, "{") {
			continue
		}
		tried++
		name, body := r.method+" "+r.path, entries()[r.method+" "+r.path].body
		theirs, nothing := ask(otherKey, r.method, own.target(t, r.path), body, own), ask(otherKey, r.method, none.target(t, r.path), body, none)
		if theirs != nothing {
			t.Errorf("%s: another tenant's\n%s\nnothing's\n%s", name, theirs, nothing)
		}
		if r.method != "GET" {
			continue
		}
		if got := b.do(adminKey, "GET", own.target(t, r.path), ""); got.status != 200 {
			t.Errorf("%s: its owner gets %d %s", name, got.status, got.body)
		}
	}
	if tried < 20 {
		t.Errorf("only %d routes were tried", tried)
	}
	for _, query := range []string{
		"/api/deliveries?webhook={/api/hooks/}", "/api/deliveries?q={/api/deliveries/}", "/api/deliveries?q={/api/events/}",
		"/api/deliveries/summary?webhook={/api/hooks/}", "/api/events?q={/api/events/}", "/api/webhooks?q={/api/hooks/}",
		"/api/deliveries?eventType={/api/event-types/}", "/api/events?eventType={/api/event-types/}",
		"/api/lookup?id={/api/hooks/}", "/api/lookup?id={/api/events/}", "/api/lookup?id={/api/deliveries/}", "/api/lookup?id={/api/receiver/inboxes/}",
	} {
		if theirs, nothing := ask(otherKey, "GET", own.fill(query), "", own), ask(otherKey, "GET", none.fill(query), "", none); theirs != nothing {
			t.Errorf("%s: another tenant's\n%s\nnothing's\n%s", query, theirs, nothing)
		}
	}
	if after := everything(); after != before {
		t.Errorf("something has changed: before\n%s\nafter\n%s", before, after)
	}
}

// fill puts identifiers into a query.
func (o objects) fill(query string) string {
	for path, id := range o {
		query = strings.ReplaceAll(query, "{"+path+"}", id)
	}
	return query
}

// newKey makes an API key of the default tenant.
func (b *bundle) newKey(body string, key ...string) (made struct{ ID, Key, Prefix string }) {
	b.t.Helper()
	by := cmp.Or(append(key, adminKey)...)
	return into[struct{ ID, Key, Prefix string }](b, b.do(by, "POST", "/api/api-keys", body), 201)
}

// token gets an access token for an API key.
func (b *bundle) token(id, key string) string {
	b.t.Helper()
	got := b.askToken("grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all&client_id=" + id + "&client_secret=" + key)
	return into[struct {
		AccessToken string `json:"access_token"`
	}](b, got, 200).AccessToken
}

func (b *bundle) askToken(form string, headers ...string) answer {
	b.t.Helper()
	return b.do("", "POST", "/oidc/token", form, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}
