package httpapi

import (
	"net/http"
	"strings"

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
	errCredential = &problem{
		status: http.StatusUnauthorized, Code: "auth.unauthorized",
		Message: "Unauthorized. Please check credentials and its scope.", Data: tokenFault{"ERR_JWS_INVALID", "JWSInvalid"},
	}
	errForbidden = &problem{
		status: http.StatusForbidden, Code: "auth.forbidden", Message: "Forbidden. Please check your user roles and permissions.",
	}
)

type supportedTypes struct {
	SupportedTypes []string `json:"supportedTypes"`
}

type tokenFault struct {
	Code string `json:"code"`
	Name string `json:"name"`
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
	key, ok := a.Registry.Authenticate(webhook.Secret(token))
	if !ok {
		return errCredential
	}
	now := a.Clock.Now()
	if !key.May(scope, now) {
		return errForbidden
	}
	c.key, c.mayManage = key, key.May(webhook.ScopeManage, now)
	return nil
}
