package httpapi

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A browser must not run, frame, guess or keep anything, whatever the answer.
var everyAnswer = map[string]string{
	"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
}

// TestSecurityHeadersOnEveryRoute asks for every route of the table with and without
// a credential, with a broken body, and with methods that it does not have.
func TestSecurityHeadersOnEveryRoute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	statuses := map[int]bool{}
	for _, r := range b.handler.(*api).routes() {
		path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(r.path, "0123456789abcdefghijk")
		for _, got := range []answer{
			b.do("", r.method, path, ""), b.do("wrong", r.method, path, ""), b.do(readKey, r.method, path, "{"), b.do(adminKey, r.method, path, "{"),
			b.do(adminKey, r.method, path+"/nothing/there", ""), b.do(adminKey, "PROPFIND", path, ""), b.do(adminKey, "OPTIONS", path, ""),
			b.do(adminKey, "HEAD", path, ""), b.do(adminKey, r.method, path+"?page=x&limit=x&cursor=x", ""),
		} {
			statuses[got.status] = true
			checkHeaders(t, r.method+" "+path, got)
		}
	}
	for _, status := range []int{200, 400, 401, 403, 404, 405, 415} {
		if !statuses[status] {
			t.Errorf("the crawl has met no %d", status)
		}
	}
}

func checkHeaders(t *testing.T, what string, got answer) {
	t.Helper()
	for name, want := range everyAnswer {
		if got.header.Get(name) != want {
			t.Errorf("%s: %d: %s is %q", what, got.status, name, got.header.Get(name))
		}
	}
	if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") && policy != "sandbox" {
		t.Errorf("%s: %d: Content-Security-Policy is %q", what, got.status, policy)
	}
	for _, name := range []string{"Server", "X-Powered-By", "Set-Cookie", "Access-Control-Allow-Origin", "Location"} {
		if len(got.header.Values(name)) > 0 {
			t.Errorf("%s: %d: %s is %q", what, got.status, name, got.header.Get(name))
		}
	}
	cache := got.header.Get("Cache-Control")
	if cache != "no-store" && (!strings.HasPrefix(what, "GET /openapi.json") || got.status >= http.StatusBadRequest) {
		t.Errorf("%s: %d: Cache-Control is %q", what, got.status, cache)
	}
	if got.status < http.StatusBadRequest || strings.HasPrefix(what, "POST /oidc/token") {
		return
	}
	var p problem
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || p.Code == "" || p.Message == "" || got.header.Get("Content-Type") != jsonType {
		t.Errorf("%s: %d is no problem in JSON: %q", what, got.status, got.body)
	}
}

// TestNothingElseIsServed holds what the table may reach: the API, health, the
// document of the API and tokens.
func TestNothingElseIsServed(t *testing.T) {
	t.Parallel()
	for _, r := range setup(t).handler.(*api).routes() {
		switch r.path {
		case "/healthz", "/readyz", "/openapi.json", "/oidc/token":
		default:
			if !strings.HasPrefix(r.path, "/api/") {
				t.Errorf("%s %s", r.method, r.path)
			}
		}
		signsIn := slices.Contains([]string{"GetSession", "SignIn", "SignInByLink", "SetUp", "CheckSetupLink"}, r.operation)
		if r.scope == public && strings.HasPrefix(r.path, "/api/") && !signsIn {
			t.Errorf("%s %s needs no credential", r.method, r.path)
		}
	}
}

// TestManyMistakesMakeNoLongAnswer holds that an answer is not many times as long as
// its request.
func TestManyMistakesMakeNoLongAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, value := range []string{"0", `"Nope"`, "{}"} {
		body := `{"name":"n","config":{"url":"https://hooks.example.com/"},"events":[` + strings.Repeat(value+",", 20_000) + value + `]}`
		got := b.do(adminKey, "POST", "/api/hooks", body)
		b.want(got, 400, codeInvalidInput)
		if len(got.body) > 64<<10 || !strings.Contains(got.body, "User.Created") {
			t.Errorf("%s: an answer of %d bytes", value, len(got.body))
		}
	}
}
