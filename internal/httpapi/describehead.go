package httpapi

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	contract "github.com/tidingshq/tidings/api"
	"github.com/tidingshq/tidings/internal/webhook"
)

const aboutAll = `Tidings takes events and delivers them, signed, to every webhook that subscribed.

Send an API key as ` + "`Authorization: Bearer <API key>`" + `. A key belongs to one tenant and carries scopes: ` + "`admin`" + ` includes ` + "`manage`" + `, which includes ` + "`read`" + `;
` + "`admin` and `manage` include `emit`" + `. What belongs to another tenant is answered as if it did not exist.

Every answer that is not a success is JSON with ` + "`code`, which programs may rely on, and `message`" + `, for people. Every answer carries the header ` + "`Logto-Core-Request-Id`" + `,
which names the request in the log of the server. Times are RFC 3339 in UTC, except in the operations of Logto, which use Unix milliseconds. Members that a client does not know may be added at any time.`

const (
	tagEvents     = "Events"
	tagDeliveries = "Deliveries"
	tagWebhooks   = "Webhooks"
	tagTypes      = "Event types"
	tagSession    = "Session"
	tagAccess     = "Access"
	tagLogto      = "Logto-compatible"
	tagSystem     = "System"
	tagReceiver   = "Receiver"
)

// head fills in what stands before and beside the operations.
func (d *describer) head() {
	d.oapi.Info = &huma.Info{
		Title: "Tidings", Version: "1", Description: aboutAll, License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
	}
	d.oapi.Servers = []*huma.Server{{URL: contract.Server, Description: "This server"}}
	d.oapi.Tags = []*huma.Tag{
		{Name: tagEvents, Description: "Hand over events, and see which were accepted."},
		{Name: tagDeliveries, Description: "One event for one webhook each: state, attempts, what was sent and what came back."},
		{Name: tagWebhooks, Description: "Who gets which events."},
		{Name: tagTypes, Description: "The catalogue: Logto's event types and those of the tenant."},
		{Name: tagSession, Description: "Signing in to the console. With the session's cookie a browser may use every operation, in the tenant of the user."},
		{Name: tagAccess, Description: "API keys, tenants and access tokens."},
		{Name: tagLogto, Description: "As Logto's Management API has them, for clients made for Logto. The list of differences is in docs/deviations.md."},
		{Name: tagReceiver, Description: "The built-in endpoint for trying things out. In development mode only; elsewhere 404 `receiver.off`."},
		{Name: tagSystem, Description: "The server itself, and how everything goes."},
	}
	d.oapi.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"apiKey":  {Type: "http", Scheme: "bearer", Description: "An API key."},
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-tidings", Description: "The session of a person, for the console. Under a path the cookie is `__Secure-tidings`, on plain http `tidings`. Requests that change something must come from a page of this server."},
		"accessToken": {Type: "oauth2", Description: "An access token, for clients made for Logto.", Flows: &huma.OAuthFlows{
			ClientCredentials: &huma.OAuthFlow{TokenURL: "/oidc/token", Scopes: map[string]string{"all": "What the API key may do."}},
		}},
	}
	d.oapi.Components.Responses = map[string]*huma.Response{}
}

// problem refers to the answer to a status that is not a success, which all
// operations share.
func (d *describer) problem(status int) (*huma.Response, error) {
	name := strings.NewReplacer(" ", "", "-", "").Replace(http.StatusText(status))
	text, ok := problemTexts()[status]
	if !ok {
		return nil, fmt.Errorf("status %d has no description", status)
	}
	d.oapi.Components.Responses[name] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{
		"application/json": {Schema: d.schemas.Schema(reflect.TypeFor[errorAnswer](), true, "")},
	}}
	return &huma.Response{Ref: "#/components/responses/" + name}, nil
}

// problemTexts says when each status that is not a success is answered.
func problemTexts() map[int]string {
	return map[int]string{
		http.StatusBadRequest:            "The input is wrong; `data.issues` lists every mistake. Codes: `guard.invalid_input` and those of the operation.",
		http.StatusUnauthorized:          "There is no valid API key, and nobody is signed in. Codes: `auth.authorization_header_missing`, `auth.authorization_token_type_not_supported`, `auth.unauthorized`, `session.ended`; of those who sign in `session.invalid_credentials`, `session.invalid_link`, `setup.invalid_token`.",
		http.StatusForbidden:             "The caller lacks the scope, or a browser sent the request from another site. Codes: `auth.forbidden`, `auth.cross_origin`.",
		http.StatusNotFound:              "It does not exist in this tenant. Codes: `entity.not_found`; `receiver.off` without the built-in receiver; on Logto's operations `entity.not_exists` and `entity.not_exists_with_id`.",
		http.StatusRequestTimeout:        "The body did not arrive in time. Code: `request.timeout`.",
		http.StatusConflict:              "The state of things does not allow it; the code says why.",
		http.StatusGone:                  "It existed and is gone. Codes: `event.payload_gone`, `session.link_used`, `session.link_expired`, `setup.link_expired`.",
		http.StatusPreconditionFailed:    "It has been changed since it was read; `data` holds it as it is now. Code: `webhook.changed`.",
		http.StatusPreconditionRequired:  "The header If-Match is missing.",
		http.StatusRequestEntityTooLarge: "The body is longer than allowed, or the event would make too many deliveries.",
		http.StatusUnsupportedMediaType:  "The body is not of a type that the operation takes. Codes: `request.media_type`, `request.content_encoding`.",
		http.StatusUnprocessableEntity:   "The endpoint did not take the test payload. Codes: `hook.endpoint_responded_with_error`, `hook.send_test_payload_failed`.",
		http.StatusTooManyRequests:       "Too many such requests; Retry-After says when to try again.",
		http.StatusInternalServerError:   "A fault of the server; `data.requestId` finds it in the log. Code: `internal`.",
		http.StatusServiceUnavailable:    "The server is busy or not ready; Retry-After says when to try again. Codes: `server.busy`, `storage.busy`, `storage.unavailable`, `server.not_ready`.",
		http.StatusInsufficientStorage:   "The disk is full; Retry-After says when to try again. Code: `storage.full`.",
	}
}

// successText describes the good answers.
var successText = map[int]string{
	http.StatusOK: "Done.", http.StatusCreated: "Created.", http.StatusAccepted: "Accepted, and durable.", http.StatusNoContent: "Done; there is no body.",
}

func responseHeaders() map[string]string {
	return map[string]string{
		"Content-Disposition":    "Asks browsers to save the bytes and not to show them.",
		"Content-Type":           "What the bytes are.",
		"ETag":                   "Changes when the answer does.",
		"Link":                   "The URLs of the first, previous, next and last page, as in RFC 8288.",
		"Total-Number":           "How many entries there are on all pages.",
		"Total-Number-Is-Capped": "`true` if counting stopped before the end.",
	}
}

var (
	listBody   = regexp.MustCompile(`^List(\w+)OutputBody$`)
	answerBody = regexp.MustCompile(`^(\w+)OutputBody$`)
)

// schemaName names the schema of a type: hookView is Hook, and the body of
// listEventsOutput EventsPage.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" {
		name = listBody.ReplaceAllString(name, "${1}Page")
		return answerBody.ReplaceAllString(name, "${1}Answer")
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, "View"), "Answer")
	if clearer, ok := clearerNames()[name]; ok {
		return clearer
	}
	return name
}

// clearerNames are for types whose names say enough in their file only.
func clearerNames() map[string]string {
	return map[string]string{
		"Key": "ApiKey", "NewKey": "NewApiKey", "KeyBody": "ApiKeyBody", "TestWebhook": "WebhookTest",
		"UrlCheck": "URLCheck", "UrlCheckBody": "URLCheckBody", "UrlNote": "URLNote",
		"Request": "SentRequest", "Response": "ReceivedResponse", "Status": "ServerStatus", "TenantLog": "LogOfTenant",
	}
}

// registerEnums tells the registry the values of texts that are one of a few, and what
// the types of raw JSON hold.
func registerEnums(schemas huma.Registry) {
	schemas.RegisterTypeAlias(reflect.TypeFor[webhook.State](), reflect.TypeFor[stateEnum]())
	schemas.RegisterTypeAlias(reflect.TypeFor[webhook.Scope](), reflect.TypeFor[scopeEnum]())
	schemas.RegisterTypeAlias(reflect.TypeFor[webhook.Trigger](), reflect.TypeFor[triggerEnum]())
	schemas.RegisterTypeAlias(reflect.TypeFor[webhook.Outcome](), reflect.TypeFor[outcomeEnum]())
	schemas.RegisterTypeAlias(reflect.TypeFor[webhook.Reason](), reflect.TypeFor[reasonEnum]())
	schemas.RegisterTypeAlias(reflect.TypeFor[webhook.Cause](), reflect.TypeFor[causeEnum]())
	schemas.RegisterTypeAlias(reflect.TypeFor[json.RawMessage](), reflect.TypeFor[anyJSON]())
	schemas.RegisterTypeAlias(reflect.TypeFor[jsonText](), reflect.TypeFor[jsonSchema]())
}

type (
	stateEnum   struct{}
	scopeEnum   struct{}
	triggerEnum struct{}
	outcomeEnum struct{}
	reasonEnum  struct{}
	causeEnum   struct{}
	anyJSON     struct{}
	jsonSchema  struct{}
)

func (anyJSON) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: anyJSONText + " what was sent or received, with secrets masked."}
}

func (jsonSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "A JSON Schema, draft 2020-12; $ref stays within it.",
		OneOf:       []*huma.Schema{{Type: huma.TypeObject, AdditionalProperties: true}, {Type: huma.TypeBoolean}},
	}
}

// anyJSONText begins the description of a value that has no type of its own.
const anyJSONText = "Any JSON:"

func (stateEnum) Schema(huma.Registry) *huma.Schema { return oneOfTexts(allStates...) }

func (scopeEnum) Schema(huma.Registry) *huma.Schema {
	return oneOfTexts(webhook.ScopeEmit, webhook.ScopeRead, webhook.ScopeManage, webhook.ScopeAdmin)
}

func (triggerEnum) Schema(huma.Registry) *huma.Schema {
	return oneOfTexts(webhook.TriggerEvent, webhook.TriggerRetry, webhook.TriggerManual, webhook.TriggerTest)
}

func (outcomeEnum) Schema(huma.Registry) *huma.Schema {
	return oneOfTexts(webhook.OutcomeSucceeded, webhook.OutcomeFailed, webhook.OutcomeInterrupted)
}

func (reasonEnum) Schema(huma.Registry) *huma.Schema { return oneOfTexts(webhook.Reasons...) }

func (causeEnum) Schema(huma.Registry) *huma.Schema { return oneOfTexts(webhook.Causes...) }

func oneOfTexts[T ~string](values ...T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// scopeText says who may do it.
func scopeText(scope webhook.Scope) string {
	switch scope {
	case anyone:
		return "Any caller will do."
	case person:
		return "For a person who is signed in; no API key will do."
	case operator:
		return "Scope: `admin`, in the tenant `default`."
	default:
		return "Scope: `" + string(scope) + "`."
	}
}

// sampleIDs are what the placeholders of examples stand for in the document.
func sampleIDs() map[string]string {
	return map[string]string{
		"webhook": "f4ugvz9ibl1pzvljn1bcz", "logged": "f4ugvz9ibl1pzvljn1bcz", "receiver": "https://hooks.example.com/tidings", "delivery": "0bq6hqkwc8v2m5d7xk3pa", "event": "0bq6hqkwc7z1r9t4yw8me", "key": "k2c9w4n7t1x5b8q3m6z0v", "secret": "tdk_4mXw8pQ2vLr7Nz1Bt6Jc9Ks3Hy5Gd0Fa",
		"tenant": "acme", "etag": `"1"`, "retrying": "0bq6hqm2x4p8s1d6g9jtn", "eventType": "Invoice.Paid", "inbox": "5f1d7a8e0c3b49629d4f6a1b2c3d4e5f", "received": "5f1d7a8e0c3b49629d4f6a1b2c3d4e5f", "message": "1",
		"sender":  "f4ugvz9ibl1pzvljn1bcz",
		"session": "q7Yw2Kc9Ue4Xb1Nf8Tz5Gd3Hs6Jm0Rp2Va7Ly4Ei9Qo1", "setupToken": "mB3xT8wQ5nK1vR7jH2cY6fL9dP4sG0zE8uA5iO3tW1q", "linkToken": "c4Zr9Nq2Xf7Lb5Wt1Ky8Hd3Vm6Gs0Pj4Eu9Ta2Io7Q",
	}
}

// fill puts sample identifiers in the place of {name}.
func fill(raw json.RawMessage) json.RawMessage {
	text := string(raw)
	for name, id := range sampleIDs() {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return json.RawMessage(text)
}

// exampleOf is the value of a parameter in the example, nil if it has none.
func exampleOf(r contract.Request, p *huma.Param) any {
	value, ok := r.Parameters[p.Name]
	if p.In == "header" {
		value, ok = r.Headers[p.Name]
	}
	if !ok {
		return nil
	}
	text := string(fill(json.RawMessage(value)))
	switch p.Schema.Type {
	case huma.TypeInteger:
		return json.RawMessage(text)
	case huma.TypeArray:
		return []string{text}
	default:
		return text
	}
}

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
