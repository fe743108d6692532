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

// authenticate finds out who calls and whether they may do what needs the scope.
// Only the Authorization header counts.
func (a *api) authenticate(c *call, scope webhook.Scope) *problem {
	given := c.request.Header["Authorization"]
	if len(given) == 0 {
		return errNoCredential
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
	if !permitted(key, scope) {
		return errForbidden
	}
	c.key, c.mayManage = key, key.Has(webhook.ScopeManage)
	return nil
}

// permitted says whether the key may do what needs the scope of a route.
func permitted(key *webhook.APIKey, scope webhook.Scope) bool {
	switch scope {
	case anyone:
		return true
	case operator:
		return key.Tenant == webhook.DefaultTenant && key.Has(webhook.ScopeAdmin)
	default:
		return key.Has(scope)
	}
}
