package httpapi

import (
	"github.com/danielgtaylor/huma/v2"
)

// The types here are for the document alone: bodies are read member by member, by
// code that knows what is wrong with them.

// errorAnswer is the body of every answer that is not a success.
type errorAnswer struct {
	Code    string     `json:"code" doc:"What is wrong, for programs: these texts do not change."`
	Message string     `json:"message" doc:"What is wrong, for people."`
	Data    *errorData `json:"data,omitempty"`
	Details string     `json:"details,omitempty" doc:"The issues as lines of text, as Logto has them."`
}

// errorData is what an error says beyond its code.
type errorData struct {
	_ struct{} `additionalProperties:"true"`

	Issues         []errorIssue `json:"issues,omitempty" doc:"Every mistake in the input, at most 100."`
	Name           string       `json:"name,omitempty" doc:"As Logto has it: ZodError if there are issues, JWSInvalid if the credential is wrong."`
	RequestID      string       `json:"requestId,omitempty" doc:"Finds the request in the log of the server."`
	ResponseStatus int          `json:"responseStatus,omitempty" doc:"What the endpoint answered to a test payload."`
	ResponseBody   string       `json:"responseBody,omitempty" doc:"What the endpoint answered to a test payload."`
	SupportedTypes []string     `json:"supportedTypes,omitempty" doc:"The types of credential that are accepted."`
	Current        *webhookView `json:"current,omitempty" doc:"The webhook as it is now, where it has been changed since it was read."`
}

// errorIssue is one mistake.
type errorIssue struct {
	_ struct{} `additionalProperties:"true"`

	Path    issuePath `json:"path,omitempty"`
	Index   *int      `json:"index,omitempty" doc:"Which event of a batch, from 0."`
	Code    string    `json:"code" doc:"What is wrong, for programs."`
	Message string    `json:"message" doc:"What is wrong, for people."`
}

// issuePath is where a mistake is.
type issuePath struct{}

// Schema describes the path.
func (issuePath) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "Where the mistake is: a name, or the members and indexes on the way to it.",
		OneOf: []*huma.Schema{
			{Type: huma.TypeString},
			{Type: huma.TypeArray, Items: &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}}},
		},
	}
}

// hookCreateBody creates a webhook in Logto's terms.
type hookCreateBody struct {
	Name    string         `json:"name,omitempty" minLength:"1" maxLength:"256"`
	Events  []string       `json:"events,omitempty" minItems:"1" doc:"The event types. Required unless event is given."`
	Event   string         `json:"event,omitempty" doc:"A single event type, as old clients send it."`
	Config  hookConfigBody `json:"config"`
	Enabled *bool          `json:"enabled,omitempty" doc:"Enabled if left out."`
}

// hookUpdateBody changes a webhook in Logto's terms. What is left out stays.
type hookUpdateBody struct {
	Name      string          `json:"name,omitempty" minLength:"1" maxLength:"256"`
	Events    []string        `json:"events,omitempty" minItems:"1"`
	Event     *string         `json:"event,omitempty" nullable:"true" doc:"A single event type, as old clients send it; null removes it."`
	Config    *hookConfigBody `json:"config,omitempty" doc:"Replaces what was there; locked headers stay. They are not sent while the URL leads to another origin than the one they were given for."`
	Enabled   *bool           `json:"enabled,omitempty"`
	CreatedAt int64           `json:"createdAt,omitempty" doc:"Unix milliseconds."`
}

// hookConfigBody is where a webhook's requests go, and with what.
type hookConfigBody struct {
	URL     string      `json:"url" maxLength:"2048" doc:"A public https address."`
	Headers headersView `json:"headers,omitempty" doc:"Custom headers, at most 50."`
	Retries *int        `json:"retries,omitempty" minimum:"0" maximum:"3" doc:"At most this many retries."`
}

// hookTestBody is a test of settings that need not be saved.
type hookTestBody struct {
	Events []string       `json:"events" minItems:"1" doc:"One request is sent for each."`
	Config hookConfigBody `json:"config"`
}

// eventBody is the payload of an event.
type eventBody struct {
	_ struct{} `additionalProperties:"true"`

	Event     string `json:"event" doc:"The event type. Every other member is passed on as it is; hookId is refused."`
	CreatedAt string `json:"createdAt,omitempty" doc:"The time of acceptance is appended if this is left out."`
}

// acceptedAnswer is the answer to an event.
type acceptedAnswer struct {
	ID         string `json:"id" doc:"The identifier of the event."`
	Deliveries int    `json:"deliveries" doc:"How many webhooks get it."`
}

// statusAnswer is the answer of the health checks.
type statusAnswer struct {
	Status string `json:"status" enum:"ok,ready"`
}

// webhookCreateBody creates a webhook.
type webhookCreateBody struct {
	Name       string       `json:"name" minLength:"1" maxLength:"256"`
	EventTypes []string     `json:"eventTypes" minItems:"1" doc:"Names, Group.* for a whole group, or * for all, future ones included."`
	URL        string       `json:"url" maxLength:"2048" doc:"A public https address."`
	Headers    []headerBody `json:"headers,omitempty" maxItems:"50"`
	Enabled    *bool        `json:"enabled,omitempty" doc:"Enabled if left out."`
}

// webhookUpdateBody changes a webhook. What is left out stays.
type webhookUpdateBody struct {
	Name       string       `json:"name,omitempty" minLength:"1" maxLength:"256"`
	EventTypes []string     `json:"eventTypes,omitempty" minItems:"1"`
	URL        string       `json:"url,omitempty" maxLength:"2048"`
	Headers    []headerBody `json:"headers,omitempty" maxItems:"50" doc:"Replaces all headers."`
	Enabled    *bool        `json:"enabled,omitempty"`
}

// headerBody is a custom header.
type headerBody struct {
	Name   string  `json:"name" maxLength:"256"`
	Value  *string `json:"value,omitempty" maxLength:"4096" doc:"May be left out of a locked header that has one."`
	Locked *bool   `json:"locked,omitempty" doc:"The value of a locked header is never shown again."`
}

// webhookTestBody is a test of a webhook, with settings that need not be saved.
type webhookTestBody struct {
	EventType string       `json:"eventType"`
	Payload   string       `json:"payload,omitempty" doc:"The text of a JSON object; a sample if left out."`
	URL       string       `json:"url,omitempty" maxLength:"2048"`
	Headers   []headerBody `json:"headers,omitempty" maxItems:"50"`
}

// urlCheckBody is a URL to look at.
type urlCheckBody struct {
	URL string `json:"url"`
}

// eventTypeCreateBody creates an event type.
type eventTypeCreateBody struct {
	Name        string     `json:"name" doc:"Such as Invoice.Paid."`
	Group       string     `json:"group,omitempty" doc:"Under what it is listed."`
	Description string     `json:"description,omitempty"`
	Deprecated  bool       `json:"deprecated,omitempty"`
	Schema      jsonText   `json:"schema,omitempty"`
	Example     jsonObject `json:"example,omitempty"`
}

// eventTypeUpdateBody changes an event type. What is left out stays.
type eventTypeUpdateBody struct {
	Group       string     `json:"group,omitempty"`
	Description string     `json:"description,omitempty"`
	Deprecated  *bool      `json:"deprecated,omitempty"`
	Schema      jsonText   `json:"schema,omitempty"`
	Example     jsonObject `json:"example,omitempty"`
}

// jsonObject is a payload, as an object or as the text of one.
type jsonObject struct{}

// Schema describes the payload.
func (jsonObject) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "A payload that shows what events of the type look like, as an object or as the text of one.",
		OneOf:       []*huma.Schema{{Type: huma.TypeObject, AdditionalProperties: true}, {Type: huma.TypeString}},
	}
}

// tokenFormBody is the form that asks for an access token.
type tokenFormBody struct {
	GrantType    string `json:"grant_type" enum:"client_credentials"`
	ClientID     string `json:"client_id,omitempty" doc:"The identifier of an API key."`
	ClientSecret string `json:"client_secret,omitempty" doc:"The API key."`
	Resource     string `json:"resource" doc:"This API: https://TENANT.logto.app/api, or the address of this server with /api."`
	Scope        string `json:"scope,omitempty" doc:"Ignored: a token may do what its key may."`
}

// signInBody signs in.
type signInBody struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// linkBody signs in by a link.
type linkBody struct {
	Token string `json:"token"`
}

// setUpBody makes the first user.
type setUpBody struct {
	Token    string `json:"token"`
	Name     string `json:"name" minLength:"1" maxLength:"256"`
	Email    string `json:"email" maxLength:"254"`
	Password string `json:"password" minLength:"12" maxLength:"256"`
}

// passwordBody changes a password.
type passwordBody struct {
	Current string `json:"current"`
	New     string `json:"new" minLength:"12" maxLength:"256"`
}

// keyBody creates an API key.
type keyBody struct {
	Name      string      `json:"name" minLength:"1" maxLength:"256"`
	Scopes    []scopeEnum `json:"scopes" minItems:"1" doc:"admin includes manage, which includes read; admin and manage include emit."`
	ExpiresAt *instant    `json:"expiresAt,omitempty" doc:"Never if left out."`
}

// tenantBody creates a tenant.
type tenantBody struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty" minLength:"1" maxLength:"256"`
}

// TransformSchema says that either may be left out, but not both.
func (tenantBody) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	one := 1
	s.MinProperties = &one
	return s
}
