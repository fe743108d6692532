package httpapi

import (
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// descriptions has an entry for every route, by the name of its operation.
func descriptions() map[string]description {
	all := map[string]description{}
	for _, some := range []map[string]description{
		describeSystem(), describeSession(), describeAccess(), describeLogto(), describeWebhooks(), describeTypes(), describeEvents(), describeDeliveries(),
		describeOverview(), describeReceiver(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func describeSystem() map[string]description {
	return map[string]description{
		"GetHealth":    {tag: tagSystem, summary: "Is the process alive?", text: "Needs no API key.", answer: statusAnswer{}},
		"GetReadiness": {tag: tagSystem, summary: "Should the process get requests?", text: "Answers 200 while the database answers and delivery makes progress. Needs no API key.", answer: statusAnswer{}},
		"GetSystem":    {tag: tagSystem, summary: "How is the server?", text: "Version, storage, the settings in effect without their secrets, and checks. Callers of other tenants than `default` learn the version and since when it runs, no more."},
		"GetOpenAPI":   {tag: tagSystem, summary: "This document", text: "OpenAPI 3.1, with the address of this server. Needs no API key.", answer: openAPIAnswer{}},
	}
}

func describeSession() map[string]description {
	const tag = tagSession
	gone := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusGone}
	return map[string]description{
		"GetSession": {tag: tag, summary: "Is anybody signed in?", text: "Says whether the first user has to be made, somebody has to sign in, or who is signed in by the cookie. Needs no credential."},
		"SignIn": {
			tag: tag, summary: "Sign in", text: "Answers with the cookie of a new session; one that the browser had ends. It lasts 7 days, and 12 hours without a request. Tries that fail are limited by address and by account.",
			body: signInBody{}, others: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests},
		},
		"SignInByLink": {tag: tag, summary: "Sign in by a one-time link", text: "Answers with the cookie of a new session. The token is what the link has behind `#t=`.", body: linkBody{}, others: gone},
		"SetUp": {
			tag: tag, summary: "Make the first user", text: "Answers with the cookie of a session. The token is what the link has behind `#token=` that the server prints when it starts; `tidings setup-link` makes a new one.",
			body: setUpBody{}, others: append(gone, http.StatusConflict),
		},
		"CheckSetupLink": {
			tag: tag, summary: "Is a setup link good?", text: "Answers as making the first user would: 204 if the token is good, else what is wrong with it. Uses nothing up.",
			body: linkBody{}, others: append(gone, http.StatusConflict),
		},
		"SignOut":        {tag: tag, summary: "Sign out", text: "The session ends, and so do the streams that were opened with it."},
		"ChangePassword": {tag: tag, summary: "Change your password", text: "All other sessions end.", body: passwordBody{}, others: []int{http.StatusTooManyRequests}},
	}
}

// openAPIAnswer is an OpenAPI document, which describes itself.
type openAPIAnswer struct{}

// Schema describes the document.
func (openAPIAnswer) Schema(huma.Registry) *huma.Schema {
	text, object := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
	return &huma.Schema{
		Type: huma.TypeObject, Description: "An OpenAPI 3.1 document.", Required: []string{"openapi", "info", "paths"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{"openapi": text, "info": object, "paths": object},
	}
}

func describeLogto() map[string]description {
	const tag = tagLogto
	return map[string]description{
		"ListHooks":            {tag: tag, summary: "List webhooks", text: "All of them, unless `page` or `page_size` is given. A caller without the scope `manage` sees masks in the place of signing keys and header values."},
		"CreateHook":           {tag: tag, summary: "Create a webhook", text: "It is active at once.", body: hookCreateBody{}},
		"GetHook":              {tag: tag, summary: "Get a webhook"},
		"UpdateHook":           {tag: tag, summary: "Change a webhook", text: "What is left out stays; `config` is replaced as a whole.", body: hookUpdateBody{}},
		"DeleteHook":           {tag: tag, summary: "Delete a webhook", text: "Its pending deliveries are cancelled; its log stays until retention."},
		"ListHookRecentLogs":   {tag: tag, summary: "List a webhook's recent requests", text: "One entry for each delivery whose first attempt has ended, the newest first; of the past 24 hours unless bounds are given. Empty if there is no such webhook.", empty: true},
		"CreateHookTest":       {tag: tag, summary: "Send test payloads", text: "One signed request for each event type, never retried, neither logged nor counted. The first that fails decides the answer.", body: hookTestBody{}, others: []int{http.StatusUnprocessableEntity, http.StatusTooManyRequests}},
		"UpdateHookSigningKey": {tag: tag, summary: "Make a new signing key", text: "It signs from the next attempt on."},
		"GetLog":               {tag: tag, summary: "Get a log entry"},
	}
}

func describeEvents() map[string]description {
	key := map[string]parameter{
		"Idempotency-Key": {in: "header", text: "1 to 255 characters of printable ASCII. The same key and body within 24 hours get the first answer again; another body is 409."},
	}
	lists := map[string]parameter{
		"matched": {text: "Only events that went to a webhook, or only those that went to none.", enum: []any{"true", "false"}},
		"source":  {text: "Only events that this API key handed over."},
	}
	refused := []int{http.StatusConflict, http.StatusInsufficientStorage}
	return map[string]description{
		"PostEvent": {
			tag: tagEvents, summary: "Hand over an event",
			text: "The body is the payload. Receivers get it byte for byte, with `createdAt` (if there is none) and `hookId` appended. The answer comes only once the event and its deliveries are durable.",
			body: eventBody{}, answer: acceptedAnswer{}, status: http.StatusAccepted, parameters: key, others: refused,
		},
		"PostEventBatch": {
			tag: tagEvents, summary: "Hand over up to 1,000 events at once",
			text: "All or nothing: one invalid event refuses all, and `data.issues` lists every one. The answers are in the order of the events.",
			body: []eventBody{}, media: []string{"application/json", "application/x-ndjson"}, answer: []acceptedAnswer{}, status: http.StatusAccepted, parameters: key, others: refused,
		},
		"ListEvents":      {tag: tagEvents, summary: "List events", text: "The newest first.", parameters: lists},
		"GetEvent":        {tag: tagEvents, summary: "Get an event", text: "With its deliveries, at most 1,000 of them."},
		"GetEventPayload": {tag: tagEvents, summary: "Get the payload of an event", text: "The bytes that were posted.", parameters: limitOfBytes(), others: []int{http.StatusGone}},
	}
}

func describeDeliveries() map[string]description {
	const tag = tagDeliveries
	return map[string]description{
		"SignDelivery": {
			tag: tag, summary: "Sign a delivery", text: "The headers that a request of the delivery would carry now, for sending it by hand within five minutes. The value of a locked header is the name of a variable of its own, such as `$AUTHORIZATION`.",
			others: []int{http.StatusConflict, http.StatusGone},
		},
		"ListDeliveries":      {tag: tag, summary: "List deliveries", text: "The newest first."},
		"GetDelivery":         {tag: tag, summary: "Get a delivery", text: "With every attempt: what was sent, what came back, how long each phase took."},
		"GetDeliveryPayload":  {tag: tag, summary: "Get the body of a delivery's requests", text: "The bytes that every attempt sends.", parameters: limitOfBytes(), others: []int{http.StatusGone}},
		"GetAttemptBody":      {tag: tag, summary: "Get the body of an answer", text: "What is kept of the bytes that the endpoint answered, at most 16 KiB.", parameters: limitOfBytes()},
		"SummarizeDeliveries": {tag: tag, summary: "Count deliveries", text: "By state, and over time those that have ended. Takes the filters of the list. Counting stops at 10,000; `capped` says so."},
		"CancelDelivery":      {tag: tag, summary: "Cancel a delivery", text: "Ends one that has not ended: no further attempt is made.", others: []int{http.StatusConflict}},
		"RedeliverDelivery":   {tag: tag, summary: "Redeliver", text: "Asks for one more attempt now, with the webhook's settings of today. A delivery that is retrying gets its next attempt now. While an attempt is under way, or the first is still due, it is refused with `delivery.in_progress`; asking again before the new attempt has begun changes nothing.", others: []int{http.StatusConflict, http.StatusGone}},
	}
}

func describeWebhooks() map[string]description {
	const tag = tagWebhooks
	return map[string]description{
		"ListWebhooks": {
			tag: tag, summary: "List webhooks with their health", text: "`counts` counts what `q` selects, whatever `health` is asked for.",
			parameters: map[string]parameter{"q": {text: "An exact identifier, or else a part of the name or of the URL."}},
		},
		"CreateWebhook": {tag: tag, summary: "Create a webhook", text: "It is active at once.", body: webhookCreateBody{}},
		"GetWebhook":    {tag: tag, summary: "Get a webhook", text: "Never holds the signing key or the value of a locked header."},
		"UpdateWebhook": {
			tag: tag, summary: "Change a webhook", text: "What is left out stays. `headers` replaces all; a locked header that is named without a value keeps its own. A `url` of another origin (scheme, host, port) needs `headers` with the locked ones given again or left out.",
			body: webhookUpdateBody{}, others: []int{http.StatusPreconditionFailed, http.StatusPreconditionRequired},
		},
		"DeleteWebhook":           {tag: tag, summary: "Delete a webhook", text: "Its pending deliveries are cancelled; its log stays until retention."},
		"GetWebhookSigningKey":    {tag: tag, summary: "Get the signing key", text: "In both of its spellings. Not to be cached."},
		"RotateWebhookSigningKey": {tag: tag, summary: "Make a new signing key", text: "It signs from the next attempt on."},
		"TestWebhook": {
			tag: tag, summary: "Send a test payload", text: "One signed request, never retried, neither logged nor counted. Settings that are not saved may be tried: what is left out is taken from the webhook.",
			body: webhookTestBody{}, others: []int{http.StatusConflict, http.StatusTooManyRequests},
		},
		"CheckURL": {tag: tag, summary: "Check a URL", text: "Applies the rules for saving and resolves the name; never connects.", body: urlCheckBody{}, others: []int{http.StatusTooManyRequests}},
	}
}

func describeTypes() map[string]description {
	const tag = tagTypes
	conflict := []int{http.StatusConflict}
	return map[string]description{
		"ListEventTypes":  {tag: tag, summary: "List event types", text: "Logto's first, in their order, then those of the tenant."},
		"CreateEventType": {tag: tag, summary: "Create an event type", text: "With a schema, payloads are checked against it when events come in.", body: eventTypeCreateBody{}, others: conflict},
		"GetEventType":    {tag: tag, summary: "Get an event type", text: "With its schema, an example and the webhooks that get it."},
		"UpdateEventType": {tag: tag, summary: "Change an event type", text: "What is left out stays; the name cannot change.", body: eventTypeUpdateBody{}, others: conflict},
		"DeleteEventType": {tag: tag, summary: "Delete an event type", text: "Not while a webhook selects it by its name.", others: conflict},
		"ValidatePayload": {tag: tag, summary: "Check a payload", text: "Says whether the body would be accepted as an event of the type. Nothing is stored.", body: eventBody{}},
	}
}

func describeAccess() map[string]description {
	const tag = tagAccess
	return map[string]description{
		"CreateAccessToken": {
			tag: tag, summary: "Get an access token", text: "OAuth 2.0 client credentials, for clients made for Logto: the identifier of an API key and the key itself, in the form or by HTTP Basic. Others send the API key and need no token.",
			body: tokenFormBody{}, media: []string{"application/x-www-form-urlencoded"}, answer: tokenAnswer{}, refused: tokenRefusal{},
		},
		"GetMe":              {tag: tag, summary: "Who am I?"},
		"ListApiKeys":        {tag: tag, summary: "List API keys", text: "Without the keys themselves."},
		"CreateApiKey":       {tag: tag, summary: "Create an API key", text: "The answer is the only one that has the key.", body: keyBody{}, others: []int{http.StatusConflict}},
		"RevokeApiKey":       {tag: tag, summary: "Revoke an API key", text: "It and its access tokens are refused within a second."},
		"ListTenants":        {tag: tag, summary: "List tenants"},
		"CreateTenant":       {tag: tag, summary: "Create a tenant", text: "Give an identifier, a name or both. Without an identifier one is made up; without a name it is the identifier.", body: tenantBody{}, others: []int{http.StatusConflict}},
		"DeleteTenant":       {tag: tag, summary: "Delete a tenant", text: "It accepts nothing from then on; what it has is removed in steps.", others: []int{http.StatusConflict}},
		"CreateTenantApiKey": {tag: tag, summary: "Create an API key of a tenant", text: "The answer is the only one that has the key.", body: keyBody{}, others: []int{http.StatusConflict}},
	}
}
