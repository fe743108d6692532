package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/webhook"
)

// cookieRule is how the cookie of a session is called and for what it is sent.
type cookieRule struct {
	name, path string
	secure     bool
}

// cookieFor follows the address of the server: the prefixes of the name make browsers
// see to it that no other site and no plain connection has set the cookie.
func cookieFor(base *url.URL, prefix string) cookieRule {
	rule := cookieRule{name: "tidings", path: "/", secure: base.Scheme == "https"}
	if prefix != "" {
		rule.path = (&url.URL{Path: prefix}).EscapedPath()
	}
	switch {
	case rule.secure && prefix == "":
		rule.name = "__Host-tidings"
	case rule.secure:
		rule.name = "__Secure-tidings"
	}
	return rule
}

// set lets the browser keep the token until the session ends; without a token the
// browser forgets it.
func (r cookieRule) set(h http.Header, token webhook.Secret, ends time.Time) {
	cookie := http.Cookie{
		Name: r.name, Value: token.Reveal(), Path: r.path, Secure: r.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode, Expires: ends,
	}
	if token == "" {
		cookie.MaxAge, cookie.Expires = -1, time.Time{}
	}
	h.Add("Set-Cookie", cookie.String())
}

// maxCookies bounds how many cookies of the name are looked at: on a plain connection
// another server on the same host may have set one too.
const maxCookies = 4

// tokens are what the request has in cookies of the name, the one for the longest path
// first.
func (r cookieRule) tokens(request *http.Request) (found []webhook.Secret) {
	for _, cookie := range request.CookiesNamed(r.name) {
		if len(found) < maxCookies && cookie.Value != "" {
			found = append(found, webhook.Secret(cookie.Value))
		}
	}
	return found
}

// signedIn finds the person whose session the request has; nil if there is none.
func (a *api) signedIn(ctx context.Context, r *http.Request) (*account.Person, error) {
	for _, token := range a.cookie.tokens(r) {
		person, err := a.Accounts.Authenticate(ctx, token)
		if err == nil {
			return &person, nil
		}
		if !errors.Is(err, webhook.ErrNotFound) {
			return nil, err
		}
	}
	return nil, nil //nolint:nilnil // nobody is signed in, which is no mistake
}

// sameOriginOnly makes the check that keeps other sites from using a session.
func sameOriginOnly(base *url.URL) *http.CrossOriginProtection {
	check := http.NewCrossOriginProtection()
	if base.Host != "" {
		// Behind a proxy that rewrites Host, the address people use is still ours.
		_ = check.AddTrustedOrigin(base.Scheme + "://" + base.Host) // is one, or else is not trusted
	}
	return check
}

// checkOrigin refuses a request that changes something and comes from another site. A
// browser says where from; with a session, who does not say so is refused too.
func (a *api) checkOrigin(r *http.Request, session bool) *problem {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	silent := r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == ""
	if a.origin.Check(r) != nil || session && silent {
		return errCrossOrigin
	}
	return nil
}

var (
	errCrossOrigin = &problem{
		status: http.StatusForbidden, Code: "auth.cross_origin",
		Message: "The request does not come from a page of this server. If a proxy is in between, let it pass on the Host header, and set --base-url to the address that people use.",
	}
	errSessionEnded = &problem{status: http.StatusUnauthorized, Code: "session.ended", Message: "The session has ended. Sign in again."}
)
