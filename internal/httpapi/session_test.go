package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	anasEmail    = "ana@example.com"
	anasPassword = "correct horse battery"
	anasSignIn   = `{"email":"ana@example.com","password":"correct horse battery"}`
)

func (b *bundle) api() *api { return b.handler.(*api) }

// ana makes the first user.
func (b *bundle) ana() {
	b.t.Helper()
	b.must(b.api().Accounts.FirstUser(b.t.Context(), account.NewUser{Name: "Ana", Email: anasEmail, Password: anasPassword}))
}

// signIn is the cookie of a new session of Ana's, as a browser sends it.
func (b *bundle) signIn() string {
	b.t.Helper()
	in, err := b.api().Accounts.SignIn(b.t.Context(), anasEmail, anasPassword, "192.0.2.1")
	b.must(err)
	return b.api().cookie.name + "=" + in.Token.Reveal()
}

// browse sends a request as a page of the console does.
func (b *bundle) browse(cookie, method, target, body string, headers ...string) answer {
	b.t.Helper()
	return b.do("", method, target, body, append([]string{"Cookie", cookie, "Sec-Fetch-Site", "same-origin"}, headers...)...)
}

// cookieOf is the one cookie that an answer sets.
func (b *bundle) cookieOf(got answer) *http.Cookie {
	b.t.Helper()
	set := (&http.Response{Header: got.header}).Cookies()
	if len(set) != 1 {
		b.t.Fatalf("%d %s sets %d cookies", got.status, got.body, len(set))
	}
	return set[0]
}

func TestSessionFromFirstToLast(t *testing.T) {
	t.Parallel()
	b := setup(t)
	state := func(cookie, want string) {
		t.Helper()
		got := into[struct {
			State, Version string
			User           *UserView
			Dev, Receiver  bool
		}](b, b.do("", "GET", "/api/session", "", "Cookie", cookie), 200)
		if got.State != want || got.Dev || !got.Receiver || got.Version != "1.2.3" || (got.User != nil) != (want == "signedIn") {
			t.Fatalf("the session is %+v, want %s", got, want)
		}
	}
	state("", "setup")
	b.want(b.do("", "POST", "/api/session", anasSignIn), 401, "session.invalid_credentials")
	b.ana()
	state("", "signedOut")
	got := b.do("", "POST", "/api/session", anasSignIn)
	cookie := b.cookieOf(got)
	if cookie.Name != "tidings" || cookie.Path != "/" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure || cookie.Domain != "" {
		t.Errorf("the cookie is %s", cookie)
	}
	if want := start.Add(account.LastsFor); !cookie.Expires.Equal(want) {
		t.Errorf("the cookie expires %v, want %v", cookie.Expires, want)
	}
	want := `{"state":"signedIn","user":{"name":"Ana","email":"ana@example.com"},"tenant":"default","scopes":["emit","read","manage","admin"],` +
		`"expiresAt":"2026-11-30T12:00:00.000Z","retentionSeconds":172800,"dev":false,"receiver":true,"version":"1.2.3"}`
	if got.status != 200 || got.body != want {
		t.Errorf("signing in answers %d %s", got.status, got.body)
	}
	mine := "tidings=" + cookie.Value
	state(mine, "signedIn")
	state("other=x; tidings=nothing; "+mine, "signedIn")
	if got := b.browse(mine, "GET", "/api/me", ""); got.body != `{"kind":"user","name":"Ana","email":"ana@example.com","tenant":"default","scopes":["emit","read","manage","admin"]}` {
		t.Errorf("me is %s", got.body)
	}
	got = b.browse(mine, "DELETE", "/api/session", "")
	if cleared := b.cookieOf(got); got.status != 204 || cleared.MaxAge >= 0 || cleared.Value != "" || cleared.Name != "tidings" || cleared.Path != "/" {
		t.Errorf("signing out answers %d and %s", got.status, cleared)
	}
	state(mine, "signedOut")
	b.want(b.browse(mine, "GET", "/api/me", ""), 401, "session.ended")
	b.want(b.browse(mine, "DELETE", "/api/session", ""), 401, "session.ended")
}

// Whatever the browser had before signing in is worth nothing afterwards: neither a
// session of its own nor a token that somebody has put there.
func TestSigningInMakesANewSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	before := b.signIn()
	got := b.browse(before, "POST", "/api/session", anasSignIn)
	if after := "tidings=" + b.cookieOf(got).Value; after == before || b.browse(after, "GET", "/api/me", "").status != 200 {
		t.Errorf("signing in answers %d %s", got.status, got.body)
	}
	b.want(b.browse(before, "GET", "/api/me", ""), 401, "session.ended")
	planted := "tidings=" + strings.Repeat("x", 43)
	if got := b.browse(planted, "POST", "/api/session", anasSignIn); "tidings="+b.cookieOf(got).Value == planted {
		t.Error("a token that was there before was taken over")
	}
	b.want(b.browse(planted, "GET", "/api/me", ""), 401, "session.ended")
}

func TestCookieFollowsTheAddress(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                                "tidings=T; Path=/; HttpOnly; SameSite=Lax",
		"http://localhost:8080":           "tidings=T; Path=/; HttpOnly; SameSite=Lax",
		"http://localhost:8080/a":         "tidings=T; Path=/a; HttpOnly; SameSite=Lax",
		"https://example.com":             "__Host-tidings=T; Path=/; HttpOnly; Secure; SameSite=Lax",
		"https://example.com/":            "__Host-tidings=T; Path=/; HttpOnly; Secure; SameSite=Lax",
		"https://example.com/some/prefix": "__Secure-tidings=T; Path=/some/prefix; HttpOnly; Secure; SameSite=Lax",
		"https://example.com/a%20b":       "__Secure-tidings=T; Path=/a%20b; HttpOnly; Secure; SameSite=Lax",
	} {
		at := mustURL(t, base)
		b := setup(t, func(o *Options) { o.BaseURL = at })
		b.ana()
		prefix := strings.TrimSuffix(at.EscapedPath(), "/")
		got := b.do("", "POST", prefix+"/api/session", anasSignIn)
		if got.status != 200 {
			t.Fatalf("%s: %d %s", base, got.status, got.body)
		}
		cookie := b.cookieOf(got)
		set := strings.Replace(got.header.Get("Set-Cookie"), cookie.Value, "T", 1)
		set = strings.Replace(set, " Expires="+start.Add(account.LastsFor).Format(http.TimeFormat)+";", "", 1)
		if set != want {
			t.Errorf("%s: %s\nwant %s", base, set, want)
		}
		if got := b.browse(cookie.Name+"="+cookie.Value, "GET", prefix+"/api/me", ""); got.status != 200 {
			t.Errorf("%s: %d %s", base, got.status, got.body)
		}
	}
}

// No other site uses a session, whichever way its request comes.
func TestOtherSitesCannotUseASession(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *Options) { o.BaseURL = mustURL(t, "https://tidings.example.com") })
	b.ana()
	cookie := b.signIn()
	refused := map[string][]string{
		"CrossSite":            {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.net"},
		"SameSite":             {"Sec-Fetch-Site", "same-site", "Origin", "https://other.example.com"},
		"CrossSiteAndSilent":   {"Sec-Fetch-Site", "cross-site"},
		"OldBrowser":           {"Origin", "https://evil.example.net"},
		"OldBrowserNull":       {"Origin", "null"},
		"OldBrowserOtherPort":  {"Origin", "http://example.com:81"},
		"OldBrowserLookalike":  {"Origin", "https://example.com.evil.example.net"},
		"OldBrowserNoAddress":  {"Origin", "example.com"},
		"NeitherHeader":        {},
		"FormOfAnother":        {"Sec-Fetch-Site", "cross-site", "Content-Type", "application/x-www-form-urlencoded"},
		"MethodOverridden":     {"Sec-Fetch-Site", "cross-site", "X-HTTP-Method-Override", "GET"},
		"OriginInAnotherPlace": {"Referer", "https://example.com/console/"},
	}
	changing := 0
	for _, r := range b.api().routes() {
		if r.method == "GET" || !strings.HasPrefix(r.path, "/api/") {
			continue
		}
		changing++
		target := strings.NewReplacer("{id}", "x", "{name}", "x", "{number}", "1").Replace(r.path)
		for name, headers := range refused {
			if r.scope == public && (name == "NeitherHeader" || name == "OriginInAnotherPlace") {
				continue // curl may sign in
			}
			got := b.do("", r.method, target, "{", append([]string{"Cookie", cookie}, headers...)...)
			if b.want(got, 403, "auth.cross_origin"); t.Failed() {
				t.Fatalf("%s: %s %s", name, r.method, r.path)
			}
		}
		for name, headers := range map[string][]string{
			"SameOrigin": {"Sec-Fetch-Site", "same-origin"}, "OldBrowser": {"Origin", "http://example.com"},
			"BehindAProxy": {"Origin", "https://tidings.example.com"}, "TypedIn": {"Sec-Fetch-Site", "none"},
		} {
			got := b.do("", r.method, target, "{", append([]string{"Cookie", cookie}, headers...)...)
			if strings.Contains(got.body, "auth.cross_origin") {
				t.Errorf("%s: %s %s: %d %s", name, r.method, r.path, got.status, got.body)
			}
			if r.operation == "SignOut" && got.status == 204 {
				cookie = b.signIn()
			}
		}
		// A key is not sent by a browser on its own.
		if got := b.do(adminKey, r.method, target, "{", "Origin", "https://evil.example.net"); r.scope != public && strings.Contains(got.body, "auth.cross_origin") {
			t.Errorf("%s %s with a key: %d %s", r.method, r.path, got.status, got.body)
		}
	}
	if changing < 20 {
		t.Errorf("only %d routes were tried", changing)
	}
	for _, headers := range [][]string{refused["CrossSite"], refused["NeitherHeader"]} {
		got := b.do("", "GET", "/api/me", "", append([]string{"Cookie", cookie}, headers...)...)
		if got.status != 200 || got.header.Get("Access-Control-Allow-Origin") != "" || got.header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("reading answers %d %v", got.status, got.header)
		}
	}
}

func TestSetUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := func() string {
		t.Helper()
		made, err := b.api().Accounts.SetupLink(t.Context())
		b.must(err)
		return made.Token.Reveal()
	}
	body := func(token, rest string) string { return fmt.Sprintf(`{"token":%q,%s}`, token, rest) }
	const ana = `"name":"Ana","email":"ana@example.com","password":"correct horse battery"`
	token := link()
	b.want(b.do("", "POST", "/api/setup", body("wrong", ana)), 401, "setup.invalid_token")
	got := b.do("", "POST", "/api/setup", body(token, `"name":"","email":"ana","password":"short"`))
	b.want(got, 400, codeInvalidInput)
	for _, path := range []string{"name", "email", "password"} {
		if !strings.Contains(got.body, `"path":"`+path+`"`) {
			t.Errorf("%s is not refused: %s", path, got.body)
		}
	}
	b.want(b.do("", "POST", "/api/setup", body(token, `"name":1,"email":null`)), 400, codeInvalidInput)
	old := token
	b.clock.Advance(account.LinkLasts)
	b.want(b.do("", "POST", "/api/setup", body(old, ana)), 410, "setup.link_expired")
	token = link()
	b.do("", "GET", "/api/setup", "") // a look at the link uses nothing up
	got = b.do("", "POST", "/api/setup", body(token, ana))
	if got.status != 201 || b.browse("tidings="+b.cookieOf(got).Value, "GET", "/api/me", "").status != 200 {
		t.Errorf("setting up answers %d %s", got.status, got.body)
	}
	for _, again := range []string{token, old, "wrong"} {
		b.want(b.do("", "POST", "/api/setup", body(again, ana)), 409, "setup.done")
	}
}

// A link is looked at as often as somebody likes, and is as good as before.
func TestCheckSetupLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, err := b.api().Accounts.SetupLink(t.Context())
	b.must(err)
	token := made.Token.Reveal()
	check := func(token string) answer {
		t.Helper()
		return b.do("", "POST", "/api/setup/check", fmt.Sprintf(`{"token":%q}`, token))
	}
	for range 3 {
		if got := check(token); got.status != 204 || got.body != "" || got.header.Get("Set-Cookie") != "" {
			t.Fatalf("a good link is answered %d %s", got.status, got.body)
		}
	}
	b.want(check("wrong"), 401, "setup.invalid_token")
	b.want(check(""), 401, "setup.invalid_token")
	b.want(b.do("", "POST", "/api/setup/check", `{}`), 400, codeInvalidInput)
	b.want(b.do("", "POST", "/api/setup/check", `{"token":"`+token+`"}`, "Sec-Fetch-Site", "cross-site"), 403, "auth.cross_origin")
	b.clock.Advance(account.LinkLasts)
	b.want(check(token), 410, "setup.link_expired")

	made, err = b.api().Accounts.SetupLink(t.Context())
	b.must(err)
	other, err := b.api().Accounts.SignInLink(t.Context(), "nobody")
	b.must(err)
	b.want(check(other.Token.Reveal()), 401, "setup.invalid_token")
	token = made.Token.Reveal()
	check(token)
	got := b.do("", "POST", "/api/setup", fmt.Sprintf(`{"token":%q,"name":"Ana","email":"ana@example.com","password":"correct horse battery"}`, token))
	if got.status != 201 {
		t.Fatalf("a link that was looked at answers %d %s", got.status, got.body)
	}
	b.want(check(token), 409, "setup.done")
	b.want(check("wrong"), 409, "setup.done")
}

func TestSignInByLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner, err := b.api().Accounts.Guest(t.Context(), "Owner", "owner@localhost")
	b.must(err)
	link := func() string {
		t.Helper()
		made, err := b.api().Accounts.SignInLink(t.Context(), owner.ID)
		b.must(err)
		return `{"token":"` + made.Token.Reveal() + `"}`
	}
	used, late := link(), link()
	got := b.do("", "POST", "/api/session/link", used)
	if got.status != 200 || b.browse("tidings="+b.cookieOf(got).Value, "GET", "/api/me", "").status != 200 {
		t.Errorf("the link answers %d %s", got.status, got.body)
	}
	b.want(b.do("", "POST", "/api/session/link", used), 410, "session.link_used")
	b.clock.Advance(account.LinkLasts)
	b.want(b.do("", "POST", "/api/session/link", late), 410, "session.link_expired")
	b.want(b.do("", "POST", "/api/session/link", `{"token":"wrong"}`), 401, "session.invalid_link")
	b.want(b.do("", "POST", "/api/session/link", `{}`), 400, codeInvalidInput)
}

func TestPasswordIsChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	mine, other := b.signIn(), b.signIn()
	change := func(current, next string) answer {
		return b.browse(mine, "PUT", "/api/me/password", fmt.Sprintf(`{"current":%q,"new":%q}`, current, next))
	}
	got := change("wrong", "a new long password")
	b.want(got, 400, codeInvalidInput)
	if !strings.Contains(got.body, `{"path":"current","code":"wrong_password"`) {
		t.Errorf("a wrong password answers %s", got.body)
	}
	b.want(change(anasPassword, "short"), 400, codeInvalidInput)
	b.want(b.do(adminKey, "PUT", "/api/me/password", `{"current":"a","new":"b"}`), 403, "auth.forbidden")
	if got := change(anasPassword, "a new long password"); got.status != 204 {
		t.Fatalf("changing answers %d %s", got.status, got.body)
	}
	if got := b.browse(mine, "GET", "/api/me", ""); got.status != 200 {
		t.Errorf("my session: %d", got.status)
	}
	b.want(b.browse(other, "GET", "/api/me", ""), 401, "session.ended")
	b.want(b.do("", "POST", "/api/session", anasSignIn), 401, "session.invalid_credentials")
}

func TestGuessingIsLimited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	mine := b.signIn()
	guess := func(email string) answer {
		return b.do("", "POST", "/api/session", fmt.Sprintf(`{"email":%q,"password":"a wrong password"}`, email))
	}
	for _, email := range []string{anasEmail, "nobody@example.com"} {
		var got answer
		for range 100 {
			if got = guess(email); got.status != 401 {
				break
			}
		}
		b.want(got, 429, "request.rate_limited")
		var seconds int
		if _, err := fmt.Sscan(got.header.Get("Retry-After"), &seconds); err != nil || seconds < 1 || seconds > 60 {
			t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
		}
	}
	// What is known already goes on, and another address is not shut out.
	if got := b.browse(mine, "GET", "/api/me", ""); got.status != 200 {
		t.Errorf("the session of the owner: %d %s", got.status, got.body)
	}
	r := httptest.NewRequest("POST", "/api/session", strings.NewReader(anasSignIn))
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = "198.51.100.7:1234"
	w := httptest.NewRecorder()
	if b.handler.ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("from another address: %d %s", w.Code, w.Body)
	}
	b.clock.Advance(time.Minute)
	if got := b.do("", "POST", "/api/session", anasSignIn); got.status != 200 {
		t.Errorf("after a minute: %d %s", got.status, got.body)
	}
}

// What a person does is recorded under their e-mail address.
func TestWhatAPersonDoesNamesThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	mine := b.signIn()
	key := into[struct{ CreatedBy string }](b, b.browse(mine, "POST", "/api/api-keys", `{"name":"Mine","scopes":["read"]}`), 201)
	if key.CreatedBy != anasEmail {
		t.Errorf("the key was created by %q", key.CreatedBy)
	}
	b.hook()
	made := into[posted](b, b.browse(mine, "POST", "/api/events", `{"event":"User.Created"}`), 202)
	event, err := b.store.Event(t.Context(), webhook.DefaultTenant, made.ID)
	b.must(err)
	if event.Source != anasEmail {
		t.Errorf("the event comes from %q", event.Source)
	}
	b.attempt(webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 500}, webhook.Next{State: webhook.StateFailed})
	if got := b.browse(mine, "POST", "/api/deliveries/"+b.deliveries()[0].ID+"/redeliver", ""); got.status != 202 {
		t.Fatalf("redelivering answers %d %s", got.status, got.body)
	}
	b.attempt(webhook.Attempt{Outcome: webhook.OutcomeSucceeded, Status: 200}, webhook.Next{State: webhook.StateSucceeded})
	if got := b.browse(mine, "GET", "/api/deliveries/"+b.deliveries()[0].ID, ""); !strings.Contains(got.body, `"by":"ana@example.com"`) {
		t.Errorf("the delivery is %s", got.body)
	}
}

// stillValid knows the end of each kind of credential.
func TestStillValid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	connect := func(headers ...string) *call {
		t.Helper()
		c := &call{ResponseWriter: httptest.NewRecorder(), request: httptest.NewRequest("GET", "/api/me", nil)}
		for i := 0; i < len(headers); i += 2 {
			c.request.Header.Set(headers[i], headers[i+1])
		}
		if p := b.api().authenticate(c, read); p != nil {
			t.Fatal(p)
		}
		if valid, err := b.api().stillValid(t.Context(), c); !valid || err != nil {
			t.Fatalf("at first it is %v, %v", valid, err)
		}
		return c
	}
	key := b.newKey(`{"name":"Short","scopes":["read"]}`)
	cookie := b.signIn()
	ended := map[string]*call{
		"key": connect("Authorization", "Bearer "+key.Key), "token": connect("Authorization", "Bearer "+b.token(key.ID, key.Key)),
		"session": connect("Cookie", cookie),
	}
	lasting := map[string]*call{"key": connect("Authorization", "Bearer "+adminKey), "session": connect("Cookie", b.signIn())}
	if got := b.do(adminKey, "DELETE", "/api/api-keys/"+key.ID, ""); got.status != 204 {
		t.Fatalf("revoking answers %d", got.status)
	}
	if got := b.browse(cookie, "DELETE", "/api/session", ""); got.status != 204 {
		t.Fatalf("signing out answers %d", got.status)
	}
	for name, c := range ended {
		if valid, err := b.api().stillValid(t.Context(), c); valid || err != nil {
			t.Errorf("%s that has ended is %v, %v", name, valid, err)
		}
	}
	for name, c := range lasting {
		if valid, err := b.api().stillValid(t.Context(), c); !valid || err != nil {
			t.Errorf("%s that goes on is %v, %v", name, valid, err)
		}
	}
	b.clock.Advance(account.IdleFor)
	if valid, _ := b.api().stillValid(t.Context(), lasting["session"]); valid {
		t.Error("a session outlives its time")
	}
}

// brittle is a store that finds no sessions any more once it is broken.
type brittle struct {
	account.Store
	broken bool
}

func (s *brittle) Session(ctx context.Context, hash store.TokenHash) (webhook.Session, webhook.User, error) {
	if s.broken {
		return webhook.Session{}, webhook.User{}, errors.New("the disk is gone")
	}
	return s.Store.Session(ctx, hash)
}

// Neither passwords nor tokens get into the log or into an answer, whatever goes wrong.
func TestCredentialsAreNotRepeated(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	var accounts *brittle
	b := setup(t, func(o *Options) {
		o.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		accounts = &brittle{Store: o.Store.(account.Store)}
		o.Accounts = account.New(account.Options{Store: accounts, Clock: o.Clock, Log: o.Log})
	})
	const canary = "canary-5f0e9d1c-password"
	made, err := b.api().Accounts.SetupLink(t.Context())
	b.must(err)
	setUp := fmt.Sprintf(`{"token":%q,"name":"Ana","email":"ana@example.com","password":%q}`, made.Token.Reveal(), canary)
	var answers strings.Builder
	ask := func(cookie, method, target, body string) answer {
		got := b.browse(cookie, method, target, body)
		fmt.Fprintln(&answers, got.body)
		return got
	}
	in := b.cookieOf(ask("", "POST", "/api/setup", setUp)).Value
	cookie := "tidings=" + in
	for _, body := range []string{
		setUp, `{"email":"ana@example.com","password":"` + canary + `x"}`, `{"email":"` + canary + `","password":"` + canary + `"}`,
		`{"email":"ana@example.com","password":"` + canary + `"`, `{"password":"` + canary + `","` + canary, `{"token":"` + made.Token.Reveal() + `"}`,
		`{"current":"` + canary + `","new":"` + canary[:11] + `"}`, `{"current":"` + canary + `","new":7}`, `{"Password":"` + canary + `"}`,
	} {
		for _, route := range []string{"POST /api/session", "POST /api/setup", "POST /api/setup/check", "POST /api/session/link", "PUT /api/me/password"} {
			method, target, _ := strings.Cut(route, " ")
			ask(cookie, method, target, body)
		}
	}
	accounts.broken = true
	for _, route := range []string{"GET /api/session", "GET /api/me", "DELETE /api/session"} {
		method, target, _ := strings.Cut(route, " ")
		if got := ask(cookie, method, target, ""); got.status != 500 {
			t.Errorf("%s without a store answers %d", route, got.status)
		}
	}
	if !strings.Contains(log.String(), "request.failed") {
		t.Error("nothing was logged")
	}
	for place, text := range map[string]string{"log": log.String(), "answers": answers.String()} {
		for _, secret := range []string{canary, in, made.Token.Reveal(), url.QueryEscape(in)} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s hold a secret", place)
			}
		}
	}
}
