package httpapi

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/webhook"
)

// tokenAnswer is what a client gets for its credentials; its members are OAuth's.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
	TokenType   string `json:"token_type"`
	Scope       string `json:"scope"`
}

// tokenRefusal is OAuth's way to say no, with the members that Logto adds.
type tokenRefusal struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Code        string `json:"code"`
	Message     string `json:"message"`
}

func refuseToken(code, message, description string) *tokenRefusal {
	return &tokenRefusal{code, description, "oidc." + code, message}
}

func badTokenRequest(description string) *tokenRefusal {
	return refuseToken("invalid_request", "Request is invalid.", description)
}

var (
	errClient = refuseToken("invalid_client", "Client authentication failed.",
		"invalid client: client_id and client_secret are an API key's identifier and the key")
	errGrantType = refuseToken("unsupported_grant_type", "Unsupported `grant_type` requested.", "grant_type must be client_credentials")
	errNoTarget  = refuseToken("invalid_target", "Invalid resource indicator.", "both `resource` and `organization_id` are not provided")
	errTarget    = refuseToken("invalid_target", "Invalid resource indicator.", "resource indicator is missing, or unknown")
)

// issueToken gives a client of Logto's an access token for its API key, so that it
// need not be changed (Logto's contract, section 6).
func (a *api) issueToken(c *call) {
	form, refused := tokenForm(c.body)
	var token registry.Token
	if refused == nil {
		token, refused = a.tokenFor(c, form)
	}
	c.Header()["Content-Type"] = jsonHeader
	if refused != nil {
		c.WriteHeader(http.StatusBadRequest)
		_ = writeJSON(c, refused) // nobody is left to tell
		return
	}
	_ = writeJSON(c, tokenAnswer{ // as above
		AccessToken: token.Text.Reveal(), ExpiresIn: int64(token.ExpiresAt.Sub(token.IssuedAt).Seconds()),
		TokenType: bearer, Scope: tokenScope(token.Key),
	})
}

// tokenScope is Logto's one scope for a key that may do everything; else those that
// it has.
func tokenScope(key *webhook.APIKey) string {
	if key.Has(webhook.ScopeAdmin) {
		return "all"
	}
	return strings.Join((&caller{key: key}).scopes(), " ")
}

// tokenForm reads the members of the form, none of which may be there twice.
func tokenForm(body []byte) (url.Values, *tokenRefusal) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, badTokenRequest("the form cannot be read")
	}
	for _, values := range form {
		if len(values) > 1 {
			return nil, badTokenRequest("a parameter is given twice")
		}
	}
	return form, nil
}

func (a *api) tokenFor(c *call, form url.Values) (registry.Token, *tokenRefusal) {
	id, secret, refused := clientCredentials(c.request, form)
	if refused != nil {
		return registry.Token{}, refused
	}
	token, err := a.Registry.IssueToken(id, webhook.Secret(secret))
	if err != nil {
		return registry.Token{}, errClient
	}
	a.Registry.Used(token.Key, func() string { return a.clientAddress(c.request) })
	switch resource := form.Get("resource"); {
	case !form.Has("grant_type"):
		return registry.Token{}, badTokenRequest("missing required parameter 'grant_type'")
	case form.Get("grant_type") != "client_credentials":
		return registry.Token{}, errGrantType
	case resource == "" && form.Get("organization_id") == "":
		return registry.Token{}, errNoTarget
	case !a.isResource(resource):
		return registry.Token{}, errTarget
	}
	return token, nil
}

// clientCredentials finds who asks: by HTTP Basic, where both parts are encoded as
// in a form, or in the form itself.
func clientCredentials(r *http.Request, form url.Values) (id, secret string, refused *tokenRefusal) {
	id, secret = form.Get("client_id"), form.Get("client_secret")
	if len(r.Header["Authorization"]) == 0 {
		return id, secret, nil
	}
	user, password, ok := r.BasicAuth()
	user, errUser := url.QueryUnescape(user)
	password, errPassword := url.QueryUnescape(password)
	switch {
	case !ok || errUser != nil || errPassword != nil || len(r.Header["Authorization"]) > 1:
		return "", "", badTokenRequest("the Authorization header cannot be read")
	case form.Has("client_secret") || form.Has("client_id") && id != user:
		return "", "", badTokenRequest("client authentication must only be provided using one mechanism")
	}
	return user, password, nil
}

// logtoResource is what Logto calls the management API of a tenant, wherever it runs.
var logtoResource = regexp.MustCompile(`^https://[0-9a-z-]{1,63}\.logto\.app/api$`)

// isResource says whether a resource indicator means this API: as Logto's clients
// call it, whose tenants have other names here, or by its own address. Which tenant
// a token is for follows from the API key alone.
func (a *api) isResource(resource string) bool {
	own := url.URL{Scheme: a.BaseURL.Scheme, Host: a.BaseURL.Host, Path: a.prefix + "/api"}
	return logtoResource.MatchString(resource) || resource == own.String()
}
