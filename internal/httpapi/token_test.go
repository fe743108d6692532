package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

const logtoAPI = "https://default.logto.app/api"

// tokenForm is the form of @logto/api for a key; change has pairs of name and value,
// of which an empty value takes the parameter away.
func tokenFormOf(id, key string, change ...string) string {
	form := url.Values{
		"grant_type": {"client_credentials"}, "resource": {logtoAPI}, "scope": {"all"}, "client_id": {id}, "client_secret": {key},
	}
	for i := 0; i < len(change); i += 2 {
		if form.Set(change[i], change[i+1]); change[i+1] == "" {
			form.Del(change[i])
		}
	}
	return form.Encode()
}

func basic(id, key string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+key))
}

type tokenGot struct {
	AccessToken string      `json:"access_token"`
	ExpiresIn   json.Number `json:"expires_in"`
	TokenType   string      `json:"token_type"`
	Scope       string      `json:"scope"`
}

func TestAccessTokenForLogtosClients(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.askToken(tokenFormOf(adminKey, adminKey))
	token := into[tokenGot](b, got, 200)
	if want := `{"access_token":"` + token.AccessToken + `","expires_in":3600,"token_type":"Bearer","scope":"all"}`; got.body != want || token.AccessToken == "" {
		t.Errorf("got %s", got.body)
	}
	if got.header.Get("Content-Type") != jsonType || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", got.header)
	}
	b.do(token.AccessToken, "POST", "/api/hooks", sampleHook)
	if hooks := into[[]hook](b, b.do(token.AccessToken, "GET", "/api/hooks", ""), 200); len(hooks) != 1 {
		t.Errorf("%d hooks", len(hooks))
	}
	for name, answer := range map[string]answer{
		"Basic":             b.askToken(tokenFormOf(adminKey, adminKey, "client_id", "", "client_secret", ""), "Authorization", basic(adminKey, adminKey)),
		"BasicAndID":        b.askToken(tokenFormOf(adminKey, adminKey, "client_secret", ""), "Authorization", basic(adminKey, adminKey)),
		"BasicEncoded":      b.askToken(tokenFormOf("", "", "client_id", "", "client_secret", ""), "Authorization", basic("admin%2Dkey%2D0000000000000000000000000", adminKey)),
		"NoScope":           b.askToken(tokenFormOf(adminKey, adminKey, "scope", "")),
		"ResourceOfATenant": b.askToken(tokenFormOf(adminKey, adminKey, "resource", "https://abc123.logto.app/api")),
		"UnknownParameter":  b.askToken(tokenFormOf(adminKey, adminKey, "audience", "x")),
		"Charset":           b.do("", "POST", "/oidc/token", tokenFormOf(adminKey, adminKey), "Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
	} {
		if into[tokenGot](b, answer, 200).AccessToken == "" {
			t.Errorf("%s: %s", name, answer.body)
		}
	}
}

func TestAccessTokenNamesTheAPIByItsOwnAddress(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *Options) { o.BaseURL = mustURL(t, "https://webhooks.example.com/prefix/") })
	for resource, status := range map[string]int{
		"https://webhooks.example.com/prefix/api": 200, logtoAPI: 200,
		"https://webhooks.example.com/api": 400, "https://evil.example.com/prefix/api": 400,
	} {
		got := b.do("", "POST", "/prefix/oidc/token", tokenFormOf(adminKey, adminKey, "resource", resource), "Content-Type", "application/x-www-form-urlencoded")
		if got.status != status {
			t.Errorf("%s: %d %s", resource, got.status, got.body)
		}
	}
}

func TestAccessTokenHasTheScopesOfItsKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for key, scope := range map[string]string{emitKey: "emit", readKey: "read", manageKey: "emit read manage"} {
		token := into[tokenGot](b, b.askToken(tokenFormOf(key, key)), 200)
		if token.Scope != scope {
			t.Errorf("%s: %q", key, token.Scope)
		}
		b.want(b.do(token.AccessToken, "GET", "/api/api-keys", ""), 403, "auth.forbidden")
	}
}

func TestAccessTokenRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	form := func(change ...string) string { return tokenFormOf(adminKey, adminKey, change...) }
	body := func(kind, description, message string) string {
		return `{"error":"` + kind + `","error_description":"` + description + `","code":"oidc.` + kind + `","message":"` + message + `"}`
	}
	client := body("invalid_client", errClient.Description, "Client authentication failed.")
	target := body("invalid_target", "resource indicator is missing, or unknown", "Invalid resource indicator.")
	bad := func(description string) string { return body("invalid_request", description, "Request is invalid.") }
	for name, test := range map[string]struct {
		got  answer
		want string
	}{
		"UnknownClient":      {b.askToken(form("client_id", "x")), client},
		"NoClient":           {b.askToken(form("client_id", "")), client},
		"WrongSecret":        {b.askToken(form("client_secret", "x")), client},
		"NoSecret":           {b.askToken(form("client_secret", "")), client},
		"SecretOfAnotherKey": {b.askToken(form("client_secret", manageKey)), client},
		"Nothing":            {b.askToken(""), client},
		"WrongBasic":         {b.askToken(form("client_id", "", "client_secret", ""), "Authorization", basic(adminKey, "x")), client},
		"NoBasic":            {b.askToken(form("client_id", "", "client_secret", ""), "Authorization", "Bearer "+adminKey), bad("the Authorization header cannot be read")},
		"Both":               {b.askToken(form(), "Authorization", basic(adminKey, adminKey)), bad("client authentication must only be provided using one mechanism")},
		"OtherID":            {b.askToken(form("client_id", "x", "client_secret", ""), "Authorization", basic(adminKey, adminKey)), bad("client authentication must only be provided using one mechanism")},
		"NoResource":         {b.askToken(form("resource", "")), body("invalid_target", "both `resource` and `organization_id` are not provided", "Invalid resource indicator.")},
		"OtherResource":      {b.askToken(form("resource", "https://api.example.com")), target},
		"Organization":       {b.askToken(form("resource", "", "organization_id", "x")), target},
		"LikeLogto":          {b.askToken(form("resource", "https://default.logto.app.evil.example/api")), target},
		"LikeLogto2":         {b.askToken(form("resource", "https://a.b.logto.app/api\n")), target},
		"NoGrant":            {b.askToken(form("grant_type", "")), bad("missing required parameter 'grant_type'")},
		"OtherGrant":         {b.askToken(form("grant_type", "password")), body("unsupported_grant_type", "grant_type must be client_credentials", "Unsupported `grant_type` requested.")},
		"Twice":              {b.askToken(form() + "&resource=x"), bad("a parameter is given twice")},
		"NoForm":             {b.askToken("%zz"), bad("the form cannot be read")},
	} {
		if test.got.status != 400 || test.got.body != test.want || test.got.header.Get("Content-Type") != jsonType {
			t.Errorf("%s: %d %s\nwant %s", name, test.got.status, test.got.body, test.want)
		}
	}
	b.want(b.do("", "POST", "/oidc/token", `{"grant_type":"client_credentials"}`), 415, "request.media_type")
	b.want(b.askToken(strings.Repeat("a", 16<<10+1)), 413, "request.too_large")
	b.want(b.do("", "GET", "/oidc/token", ""), 405, "request.method_not_allowed")
}

// What a client is told of a token that it cannot use any more.
func TestWhatIsWrongWithACredential(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.newKey(`{"name":"CI","scopes":["admin"],"expiresAt":"2026-11-23T14:00:00Z"}`)
	token := b.token(made.ID, made.Key)
	data := func(credential string) string {
		t.Helper()
		got := b.do(credential, "GET", "/api/hooks", "")
		b.want(got, 401, "auth.unauthorized")
		var p struct{ Data json.RawMessage }
		b.must(json.Unmarshal([]byte(got.body), &p))
		return string(p.Data)
	}
	at := len(token) - 20 // within the signature
	forged := token[:at] + map[bool]string{true: "B", false: "A"}[token[at] == 'A'] + token[at+1:]
	if got := data(forged); got != `{"code":"ERR_JWS_SIGNATURE_VERIFICATION_FAILED","name":"JWSSignatureVerificationFailed"}` {
		t.Errorf("forged: %s", got)
	}
	expired := func(iat, exp string) string {
		return `{"code":"ERR_JWT_EXPIRED","name":"JWTExpired","claim":"exp","reason":"check_failed","payload":{"sub":"` + made.ID + `","client_id":"` + made.ID + `","iat":` + iat + `,"exp":` + exp + `}}`
	}
	b.clock.Advance(time.Hour)
	if got := data(token); got != expired("1795435200", "1795438800") {
		t.Errorf("expired token: %s", got)
	}
	b.clock.Advance(time.Hour)
	if got := data(made.Key); got != expired("1795435200", "1795442400") {
		t.Errorf("expired key: %s", got)
	}
	if got := b.askToken(tokenFormOf(made.ID, made.Key)); got.status != 400 || !strings.Contains(got.body, "invalid_client") {
		t.Errorf("a token for an expired key: %d %s", got.status, got.body)
	}
}
