package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/webhook"
)

const bearer = "Bearer"

// The answers to a missing, unusable, wrong and weak credential, as Logto's.
var (
	errNoCredential = &problem{
		status: http.StatusUnauthorized, Code: "auth.authorization_header_missing", Message: "Authorization header is missing.",
	}
	errCredentialType = &problem{
		status: http.StatusUnauthorized, Code: "auth.authorization_token_type_not_supported",
		Message: "Authorization type is not supported.", Data: supportedTypes{[]string{bearer}},
	}
	errCredential = unauthorized(tokenFault{Code: "ERR_JWS_INVALID", Name: "JWSInvalid"})
	errForbidden  = &problem{
		status: http.StatusForbidden, Code: "auth.forbidden", Message: "Forbidden. Please check your user roles and permissions.",
	}
)

type supportedTypes struct {
	SupportedTypes []string `json:"supportedTypes"`
}

// tokenFault says what is wrong with a credential in the words of the library that
// Logto verifies its tokens with.
type tokenFault struct {
	Code    string       `json:"code"`
	Name    string       `json:"name"`
	Claim   string       `json:"claim,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Payload *tokenClaims `json:"payload,omitempty"`
}

// tokenClaims is what a credential that has expired says of itself; times are in
// Unix seconds.
type tokenClaims struct {
	Subject  string `json:"sub"`
	ClientID string `json:"client_id"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

func unauthorized(fault tokenFault) *problem {
	return &problem{
		status: http.StatusUnauthorized, Code: "auth.unauthorized",
		Message: "Unauthorized. Please check credentials and its scope.", Data: fault,
	}
}

func problemOfCredential(err error) *problem {
	if expired, is := errors.AsType[*registry.Expired](err); is {
		return unauthorized(tokenFault{
			Code: "ERR_JWT_EXPIRED", Name: "JWTExpired", Claim: "exp", Reason: "check_failed",
			Payload: &tokenClaims{expired.KeyID, expired.KeyID, expired.IssuedAt.Unix(), expired.ExpiresAt.Unix()},
		})
	}
	if errors.Is(err, registry.ErrForged) {
		return unauthorized(tokenFault{Code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", Name: "JWSSignatureVerificationFailed"})
	}
	return errCredential
}

// authenticate finds out who calls and whether they may do what needs the scope. An
// Authorization header counts more than a session.
func (a *api) authenticate(c *call, scope webhook.Scope) *problem {
	p := a.identifyCaller(c)
	if p != nil {
		return p
	}
	if !c.may(scope) {
		return errForbidden
	}
	c.mayManage = c.has(webhook.ScopeManage)
	return nil
}

func (a *api) identifyCaller(c *call) *problem {
	given := c.request.Header["Authorization"]
	if len(given) == 0 {
		return a.identifyPerson(c)
	}
	rest, ok := strings.CutPrefix(given[0], bearer)
	if !ok {
		return errCredentialType
	}
	token, ok := strings.CutPrefix(rest, " ")
	if !ok || len(given) > 1 {
		return errCredential
	}
	key, err := a.Registry.Authenticate(webhook.Secret(token))
	if err != nil {
		return problemOfCredential(err)
	}
	a.Registry.Used(key, func() string { return a.clientAddress(c.request) })
	c.caller = caller{key: key, presented: webhook.Secret(token)}
	return nil
}

// identifyPerson looks for a session. What comes with one from elsewhere is refused
// before anybody looks whether it is good.
func (a *api) identifyPerson(c *call) *problem {
	if len(a.cookie.tokens(c.request)) == 0 {
		return errNoCredential
	}
	if p := a.checkOrigin(c.request, true); p != nil {
		return p
	}
	person, err := a.signedIn(c.request.Context(), c.request)
	if err != nil {
		return a.problemOf(c, err)
	}
	if person == nil {
		return errSessionEnded
	}
	c.caller = caller{person: person}
	return nil
}
