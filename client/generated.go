// Code generated from api/openapi.json by internal/clientgen. DO NOT EDIT.

package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Accepted is as the API has it.
type Accepted struct {
	// How many webhooks get it.
	Deliveries int64 `json:"deliveries"`
	// The identifier of the event.
	ID string `json:"id"`
}

// ApiKey is as the API has it.
type ApiKey struct {
	CreatedAt       time.Time  `json:"createdAt"`
	CreatedBy       string     `json:"createdBy"`
	ExpiresAt       *time.Time `json:"expiresAt,omitzero"`
	ID              string     `json:"id"`
	LastUsedAddress string     `json:"lastUsedAddress,omitzero"`
	LastUsedAt      *time.Time `json:"lastUsedAt,omitzero"`
	Name            string     `json:"name"`
	Prefix          string     `json:"prefix"`
	Scopes          []string   `json:"scopes"`
}

// ApiKeyBody is as the API has it.
type ApiKeyBody struct {
	// Never if left out.
	ExpiresAt *time.Time `json:"expiresAt,omitzero"`
	Name      string     `json:"name"`
	// admin includes manage, which includes read; admin and manage include emit.
	Scopes []string `json:"scopes"`
}

// Attempt is as the API has it.
type Attempt struct {
	Address string `json:"address,omitzero"`
	// Who asked for it: the identifier of an API key, or an e-mail address.
	By string `json:"by,omitzero"`
	// The name of the API key, as long as there is one.
	ByName string `json:"byName,omitzero"`
	// Which way of not connecting it was, where that is known.
	Cause       string            `json:"cause,omitzero"`
	Detail      string            `json:"detail,omitzero"`
	DurationMs  float64           `json:"durationMs"`
	HTTPVersion string            `json:"httpVersion,omitzero"`
	Number      int64             `json:"number"`
	Outcome     string            `json:"outcome"`
	Phase       string            `json:"phase,omitzero"`
	Phases      Phases            `json:"phases"`
	Reason      string            `json:"reason,omitzero"`
	Request     SentRequest       `json:"request"`
	Response    *ReceivedResponse `json:"response,omitzero"`
	Reused      bool              `json:"reused"`
	StartedAt   time.Time         `json:"startedAt"`
	Status      int64             `json:"status,omitzero"`
	TLSVersion  string            `json:"tlsVersion,omitzero"`
	Trigger     string            `json:"trigger"`
}

// AttemptRow is as the API has it.
type AttemptRow struct {
	DurationMs float64   `json:"durationMs"`
	Number     int64     `json:"number"`
	Outcome    string    `json:"outcome"`
	Reason     string    `json:"reason,omitzero"`
	StartedAt  time.Time `json:"startedAt"`
	Status     int64     `json:"status,omitzero"`
	Trigger    string    `json:"trigger"`
}

// Attention is as the API has it.
type Attention struct {
	Failed    int64       `json:"failed"`
	Kind      string      `json:"kind"`
	Requests  int64       `json:"requests"`
	TopReason string      `json:"topReason,omitzero"`
	TopStatus int64       `json:"topStatus,omitzero"`
	Webhook   WebhookName `json:"webhook"`
}

// Behaviour is as the API has it.
type Behaviour struct {
	Body        string `json:"body"`
	DelayMs     int64  `json:"delayMs"`
	Drop        bool   `json:"drop"`
	FailNext    int64  `json:"failNext"`
	FailPercent int64  `json:"failPercent"`
	Status      int64  `json:"status"`
}

// BehaviourBody is as the API has it.
type BehaviourBody struct {
	// The text of the usual answer.
	Body string `json:"body,omitzero"`
	// How long each answer takes. Attempts give up after ten seconds.
	DelayMs *int64 `json:"delayMs,omitzero"`
	// Closes the connection in the place of an answer.
	Drop *bool `json:"drop,omitzero"`
	// How many of the next messages are answered 503. Counts down.
	FailNext *int64 `json:"failNext,omitzero"`
	// How many in a hundred of the others are answered 503, at random.
	FailPercent *int64 `json:"failPercent,omitzero"`
	// The status of the usual answer.
	Status *int64 `json:"status,omitzero"`
}

// Checklist is as the API has it.
type Checklist struct {
	CreateApiKey    bool `json:"createApiKey"`
	CreateWebhook   bool `json:"createWebhook"`
	EmitEvent       bool `json:"emitEvent"`
	Hidden          bool `json:"hidden"`
	SendTest        bool `json:"sendTest"`
	VerifySignature bool `json:"verifySignature"`
}

// ChecklistBody is as the API has it.
type ChecklistBody struct {
	Hidden bool `json:"hidden"`
}

// Count is as the API has it.
type Count struct {
	Capped bool  `json:"capped"`
	N      int64 `json:"n"`
}

// DeliveriesPage is as the API has it.
type DeliveriesPage struct {
	Items    []DeliveryRow `json:"items"`
	Next     string        `json:"next,omitzero"`
	Searched *Searched     `json:"searched,omitzero"`
}

// Delivery is as the API has it.
type Delivery struct {
	AcceptedAt    time.Time  `json:"acceptedAt"`
	Attempts      []Attempt  `json:"attempts"`
	CancelReason  string     `json:"cancelReason,omitzero"`
	Event         EventRef   `json:"event"`
	EventID       string     `json:"eventId"`
	EventType     string     `json:"eventType"`
	ID            string     `json:"id"`
	LastAttemptAt *time.Time `json:"lastAttemptAt,omitzero"`
	NextAttemptAt *time.Time `json:"nextAttemptAt,omitzero"`
	State         string     `json:"state"`
	Webhook       WebhookRef `json:"webhook"`
}

// DeliveryRow is as the API has it.
type DeliveryRow struct {
	AcceptedAt    time.Time    `json:"acceptedAt"`
	Attempts      []AttemptRow `json:"attempts"`
	CancelReason  string       `json:"cancelReason,omitzero"`
	EventID       string       `json:"eventId"`
	EventType     string       `json:"eventType"`
	ID            string       `json:"id"`
	LastAttemptAt *time.Time   `json:"lastAttemptAt,omitzero"`
	NextAttemptAt *time.Time   `json:"nextAttemptAt,omitzero"`
	State         string       `json:"state"`
	Webhook       WebhookRef   `json:"webhook"`
}

// ErrorData is as the API has it.
type ErrorData struct {
	// The webhook as it is now, where it has been changed since it was read.
	Current *Webhook `json:"current,omitzero"`
	// Every mistake in the input, at most 100.
	Issues []ErrorIssue `json:"issues,omitzero"`
	// As Logto has it: ZodError if there are issues, JWSInvalid if the credential is wrong.
	Name string `json:"name,omitzero"`
	// Finds the request in the log of the server.
	RequestID string `json:"requestId,omitzero"`
	// What the endpoint answered to a test payload.
	ResponseBody string `json:"responseBody,omitzero"`
	// What the endpoint answered to a test payload.
	ResponseStatus int64 `json:"responseStatus,omitzero"`
	// The types of credential that are accepted.
	SupportedTypes []string `json:"supportedTypes,omitzero"`
}

// ErrorIssue is as the API has it.
type ErrorIssue struct {
	// What is wrong, for programs.
	Code string `json:"code"`
	// Which event of a batch, from 0.
	Index *int64 `json:"index,omitzero"`
	// What is wrong, for people.
	Message string `json:"message"`
	// Where the mistake is: a name, or the members and indexes on the way to it.
	Path json.RawMessage `json:"path,omitzero"`
}

// Event is as the API has it.
type Event struct {
	AcceptedAt     time.Time     `json:"acceptedAt"`
	Deliveries     []DeliveryRow `json:"deliveries"`
	EventType      string        `json:"eventType"`
	FanOut         FanOut        `json:"fanOut"`
	ID             string        `json:"id"`
	IdempotencyKey string        `json:"idempotencyKey,omitzero"`
	Size           int64         `json:"size"`
	// The identifier of an API key, or the e-mail address of a person.
	Source string `json:"source"`
	// The name of the API key, as long as there is one.
	SourceName      string `json:"sourceName,omitzero"`
	UnmatchedReason string `json:"unmatchedReason,omitzero"`
}

// EventRef is as the API has it.
type EventRef struct {
	ID             string `json:"id"`
	IdempotencyKey string `json:"idempotencyKey,omitzero"`
	Source         string `json:"source,omitzero"`
	// The name of the API key, as long as there is one.
	SourceName string `json:"sourceName,omitzero"`
}

// EventRow is as the API has it.
type EventRow struct {
	AcceptedAt time.Time `json:"acceptedAt"`
	EventType  string    `json:"eventType"`
	FanOut     FanOut    `json:"fanOut"`
	ID         string    `json:"id"`
	Size       int64     `json:"size"`
	// The identifier of an API key, or the e-mail address of a person.
	Source string `json:"source"`
	// The name of the API key, as long as there is one.
	SourceName      string `json:"sourceName,omitzero"`
	UnmatchedReason string `json:"unmatchedReason,omitzero"`
}

// EventType is as the API has it.
type EventType struct {
	BuiltIn     bool   `json:"builtIn"`
	Deprecated  bool   `json:"deprecated"`
	Description string `json:"description"`
	Example     string `json:"example,omitzero"`
	Group       string `json:"group"`
	HasSchema   bool   `json:"hasSchema"`
	Name        string `json:"name"`
	// A JSON Schema, draft 2020-12; $ref stays within it.
	Schema       json.RawMessage `json:"schema,omitzero"`
	WebhookCount int64           `json:"webhookCount"`
	Webhooks     []WebhookRef    `json:"webhooks"`
}

// EventTypeCreateBody is as the API has it.
type EventTypeCreateBody struct {
	Deprecated  *bool  `json:"deprecated,omitzero"`
	Description string `json:"description,omitzero"`
	// A payload that shows what events of the type look like, as an object or as the text of one.
	Example json.RawMessage `json:"example,omitzero"`
	// Under what it is listed.
	Group string `json:"group,omitzero"`
	// Such as Invoice.Paid.
	Name string `json:"name"`
	// A JSON Schema, draft 2020-12; $ref stays within it.
	Schema json.RawMessage `json:"schema,omitzero"`
}

// EventTypeRow is as the API has it.
type EventTypeRow struct {
	BuiltIn      bool   `json:"builtIn"`
	Deprecated   bool   `json:"deprecated"`
	Description  string `json:"description"`
	Group        string `json:"group"`
	HasSchema    bool   `json:"hasSchema"`
	Name         string `json:"name"`
	WebhookCount int64  `json:"webhookCount"`
}

// EventTypeUpdateBody is as the API has it.
type EventTypeUpdateBody struct {
	Deprecated  *bool  `json:"deprecated,omitzero"`
	Description string `json:"description,omitzero"`
	// A payload that shows what events of the type look like, as an object or as the text of one.
	Example json.RawMessage `json:"example,omitzero"`
	Group   string          `json:"group,omitzero"`
	// A JSON Schema, draft 2020-12; $ref stays within it.
	Schema json.RawMessage `json:"schema,omitzero"`
}

// EventTypesPage is as the API has it.
type EventTypesPage struct {
	Items []EventTypeRow `json:"items"`
}

// EventsPage is as the API has it.
type EventsPage struct {
	Items    []EventRow `json:"items"`
	Next     string     `json:"next,omitzero"`
	Searched *Searched  `json:"searched,omitzero"`
}

// FanOut is as the API has it.
type FanOut struct {
	ByState map[string]int64 `json:"byState"`
	Total   int64            `json:"total"`
}

// HeaderBody is as the API has it.
type HeaderBody struct {
	// The value of a locked header is never shown again.
	Locked *bool  `json:"locked,omitzero"`
	Name   string `json:"name"`
	// May be left out of a locked header that has one.
	Value string `json:"value,omitzero"`
}

// Health is as the API has it.
type Health struct {
	RequestCount  int64 `json:"requestCount"`
	RetryingCount int64 `json:"retryingCount"`
	SuccessCount  int64 `json:"successCount"`
}

// Hour is as the API has it.
type Hour struct {
	Failed    int64     `json:"failed"`
	Start     time.Time `json:"start"`
	Succeeded int64     `json:"succeeded"`
}

// Inbox is as the API has it.
type Inbox struct {
	Behaviour     Behaviour  `json:"behaviour"`
	CreatedAt     time.Time  `json:"createdAt"`
	ID            string     `json:"id"`
	LastMessageAt *time.Time `json:"lastMessageAt,omitzero"`
	MessageCount  int64      `json:"messageCount"`
	URL           string     `json:"url"`
}

// InboxReply is as the API has it.
type InboxReply struct {
	DelayMs int64 `json:"delayMs"`
	Dropped bool  `json:"dropped"`
	Status  int64 `json:"status"`
}

// InboxesPage is as the API has it.
type InboxesPage struct {
	Items []Inbox `json:"items"`
	Next  string  `json:"next,omitzero"`
}

// InspectedAddress is as the API has it.
type InspectedAddress struct {
	Address string `json:"address"`
	Blocked bool   `json:"blocked"`
}

// KeysPage is as the API has it.
type KeysPage struct {
	Items []ApiKey `json:"items"`
	Next  string   `json:"next,omitzero"`
}

// LastDelivery is as the API has it.
type LastDelivery struct {
	At    time.Time `json:"at"`
	ID    string    `json:"id"`
	State string    `json:"state"`
}

// Lookup is as the API has it.
type Lookup struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
}

// Me is as the API has it.
type Me struct {
	Email  string   `json:"email,omitzero"`
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	Scopes []string `json:"scopes"`
	Tenant string   `json:"tenant"`
}

// Message is as the API has it.
type Message struct {
	Answer     InboxReply  `json:"answer"`
	DeliveryID string      `json:"deliveryId,omitzero"`
	EventType  string      `json:"eventType,omitzero"`
	Headers    [][]*string `json:"headers"`
	Method     string      `json:"method"`
	Number     int64       `json:"number"`
	ReceivedAt time.Time   `json:"receivedAt"`
	Size       int64       `json:"size"`
	Target     string      `json:"target"`
	Verdict    Verdict     `json:"verdict"`
	WebhookID  string      `json:"webhookId,omitzero"`
}

// MessagesPage is as the API has it.
type MessagesPage struct {
	Items []Message `json:"items"`
	Next  string    `json:"next,omitzero"`
}

// NetworkInfo is as the API has it.
type NetworkInfo struct {
	// The networks that were opened besides the public one.
	Allow []string `json:"allow"`
	// The rules in effect, for people.
	Rules string `json:"rules"`
}

// NewApiKey is as the API has it.
type NewApiKey struct {
	CreatedAt       time.Time  `json:"createdAt"`
	CreatedBy       string     `json:"createdBy"`
	ExpiresAt       *time.Time `json:"expiresAt,omitzero"`
	ID              string     `json:"id"`
	Key             string     `json:"key"`
	LastUsedAddress string     `json:"lastUsedAddress,omitzero"`
	LastUsedAt      *time.Time `json:"lastUsedAt,omitzero"`
	Name            string     `json:"name"`
	Prefix          string     `json:"prefix"`
	Scopes          []string   `json:"scopes"`
}

// Overview is as the API has it.
type Overview struct {
	Attention      []Attention   `json:"attention"`
	AttentionCount int64         `json:"attentionCount"`
	Buckets        []Hour        `json:"buckets"`
	Checklist      Checklist     `json:"checklist"`
	From           time.Time     `json:"from"`
	Health         Rates         `json:"health"`
	InProgress     Progress      `json:"inProgress"`
	Latest         []DeliveryRow `json:"latest"`
	P95Ms          float64       `json:"p95Ms,omitzero"`
	Previous       *Rates        `json:"previous,omitzero"`
	Window         string        `json:"window"`
}

// Phases is as the API has it.
type Phases struct {
	Connect *float64 `json:"connect"`
	DNS     *float64 `json:"dns"`
	Read    *float64 `json:"read"`
	TLS     *float64 `json:"tls"`
	Wait    *float64 `json:"wait"`
}

// Progress is as the API has it.
type Progress struct {
	Held     Count `json:"held"`
	Pending  Count `json:"pending"`
	Retrying Count `json:"retrying"`
}

// Rates is as the API has it.
type Rates struct {
	RequestCount int64 `json:"requestCount"`
	SuccessCount int64 `json:"successCount"`
}

// ReceivedResponse is as the API has it.
type ReceivedResponse struct {
	Headers   [][]*string `json:"headers"`
	Size      int64       `json:"size"`
	Status    int64       `json:"status"`
	Truncated bool        `json:"truncated"`
}

// Searched is as the API has it.
type Searched struct {
	Complete bool   `json:"complete"`
	Kind     string `json:"kind"`
	Newest   int64  `json:"newest,omitzero"`
}

// SentRequest is as the API has it.
type SentRequest struct {
	Headers [][]*string `json:"headers"`
	Method  string      `json:"method"`
	Size    int64       `json:"size"`
	URL     string      `json:"url"`
}

// ServerStatus is as the API has it.
type ServerStatus struct {
	Status string `json:"status"`
}

// Signed is as the API has it.
type Signed struct {
	Headers map[string]string `json:"headers"`
	URL     string            `json:"url"`
}

// SigningKey is as the API has it.
type SigningKey struct {
	CreatedAt              time.Time `json:"createdAt"`
	SigningKey             string    `json:"signingKey"`
	StandardWebhooksSecret string    `json:"standardWebhooksSecret"`
}

// StorageInfo is as the API has it.
type StorageInfo struct {
	// The space that the database takes.
	Bytes int64  `json:"bytes"`
	Kind  string `json:"kind"`
}

// Summary is as the API has it.
type Summary struct {
	Buckets  []Hour           `json:"buckets"`
	Counts   map[string]Count `json:"counts"`
	Searched *Searched        `json:"searched,omitzero"`
}

// System is as the API has it.
type System struct {
	Checks    []SystemCheck   `json:"checks"`
	Commit    string          `json:"commit,omitzero"`
	Network   *NetworkInfo    `json:"network,omitzero"`
	Settings  []SystemSetting `json:"settings"`
	StartedAt time.Time       `json:"startedAt"`
	Storage   *StorageInfo    `json:"storage,omitzero"`
	// In seconds.
	Uptime  int64  `json:"uptime"`
	Version string `json:"version"`
}

// SystemCheck is as the API has it.
type SystemCheck struct {
	Detail string `json:"detail"`
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	// It is ok, but worth a look.
	Warning bool `json:"warning,omitzero"`
}

// SystemSetting is as the API has it.
type SystemSetting struct {
	Key string `json:"key"`
	// A flag, a variable, a line of the configuration file, or default.
	Source string `json:"source"`
	// As text; secrets are redacted.
	Value string `json:"value"`
}

// Tenant is as the API has it.
type Tenant struct {
	CreatedAt time.Time `json:"createdAt"`
	ID        string    `json:"id"`
	Name      string    `json:"name"`
}

// TenantBody is as the API has it.
type TenantBody struct {
	ID   string `json:"id,omitzero"`
	Name string `json:"name,omitzero"`
}

// TenantsPage is as the API has it.
type TenantsPage struct {
	Items []Tenant `json:"items"`
	Next  string   `json:"next,omitzero"`
}

// URLCheck is as the API has it.
type URLCheck struct {
	Addresses  []InspectedAddress `json:"addresses"`
	Normalized string             `json:"normalized"`
	Problems   []URLNote          `json:"problems"`
	Warnings   []URLNote          `json:"warnings"`
}

// URLCheckBody is as the API has it.
type URLCheckBody struct {
	URL string `json:"url"`
}

// URLNote is as the API has it.
type URLNote struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// ValidateAnswer is as the API has it.
type ValidateAnswer struct {
	OK       bool          `json:"ok"`
	Problems []ValidateRow `json:"problems"`
}

// ValidateRow is as the API has it.
type ValidateRow struct {
	Message string `json:"message"`
	Path    string `json:"path"`
}

// Verdict is as the API has it.
type Verdict struct {
	Logto    string `json:"logto"`
	Result   string `json:"result"`
	Standard string `json:"standard"`
}

// Webhook is as the API has it.
type Webhook struct {
	CreatedAt     time.Time       `json:"createdAt"`
	DevAddress    bool            `json:"devAddress"`
	Enabled       bool            `json:"enabled"`
	EventTypes    []string        `json:"eventTypes"`
	Headers       []WebhookHeader `json:"headers"`
	Health        Health          `json:"health"`
	HeldCount     int64           `json:"heldCount"`
	Hours         []Hour          `json:"hours"`
	ID            string          `json:"id"`
	LastDelivery  *LastDelivery   `json:"lastDelivery,omitzero"`
	Name          string          `json:"name"`
	RetryingCount int64           `json:"retryingCount"`
	SuspendedAt   *time.Time      `json:"suspendedAt,omitzero"`
	URL           string          `json:"url"`
	Version       int64           `json:"version"`
}

// WebhookCounts is as the API has it.
type WebhookCounts struct {
	All      int64 `json:"all"`
	Degraded int64 `json:"degraded"`
	Disabled int64 `json:"disabled"`
	Failing  int64 `json:"failing"`
	Healthy  int64 `json:"healthy"`
	Idle     int64 `json:"idle"`
}

// WebhookCreateBody is as the API has it.
type WebhookCreateBody struct {
	// Enabled if left out.
	Enabled *bool `json:"enabled,omitzero"`
	// Names, Group.* for a whole group, or * for all, future ones included.
	EventTypes []string     `json:"eventTypes"`
	Headers    []HeaderBody `json:"headers,omitzero"`
	Name       string       `json:"name"`
	// A public https address.
	URL string `json:"url"`
}

// WebhookHeader is as the API has it.
type WebhookHeader struct {
	Locked    bool      `json:"locked"`
	Name      string    `json:"name"`
	UpdatedAt time.Time `json:"updatedAt"`
	Value     string    `json:"value,omitzero"`
	Withheld  bool      `json:"withheld,omitzero"`
}

// WebhookName is as the API has it.
type WebhookName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// WebhookRef is as the API has it.
type WebhookRef struct {
	Deleted bool   `json:"deleted"`
	ID      string `json:"id"`
	Name    string `json:"name"`
}

// WebhookRow is as the API has it.
type WebhookRow struct {
	CreatedAt    time.Time     `json:"createdAt"`
	DevAddress   bool          `json:"devAddress"`
	Enabled      bool          `json:"enabled"`
	EventTypes   []string      `json:"eventTypes"`
	Health       Health        `json:"health"`
	Hours        []Hour        `json:"hours"`
	ID           string        `json:"id"`
	LastDelivery *LastDelivery `json:"lastDelivery,omitzero"`
	Name         string        `json:"name"`
	SuspendedAt  *time.Time    `json:"suspendedAt,omitzero"`
	URL          string        `json:"url"`
	Version      int64         `json:"version"`
}

// WebhookTest is as the API has it.
type WebhookTest struct {
	Attempt            Attempt `json:"attempt"`
	RequestBody        string  `json:"requestBody"`
	ResponseBody       string  `json:"responseBody,omitzero"`
	ResponseBodyBase64 string  `json:"responseBodyBase64,omitzero"`
	WebhookID          string  `json:"webhookId"`
}

// WebhookTestBody is as the API has it.
type WebhookTestBody struct {
	EventType string       `json:"eventType"`
	Headers   []HeaderBody `json:"headers,omitzero"`
	// The text of a JSON object; a sample if left out.
	Payload string `json:"payload,omitzero"`
	URL     string `json:"url,omitzero"`
}

// WebhookUpdateBody is as the API has it.
type WebhookUpdateBody struct {
	Enabled    *bool    `json:"enabled,omitzero"`
	EventTypes []string `json:"eventTypes,omitzero"`
	// Replaces all headers.
	Headers []HeaderBody `json:"headers,omitzero"`
	Name    string       `json:"name,omitzero"`
	URL     string       `json:"url,omitzero"`
}

// WebhooksPage is as the API has it.
type WebhooksPage struct {
	Counts WebhookCounts `json:"counts"`
	Items  []WebhookRow  `json:"items"`
	Next   string        `json:"next,omitzero"`
}

// CancelDelivery calls POST /api/deliveries/{id}/cancel:
// Cancel a delivery. Ends one that has not ended: no further attempt is made. Scope: `manage`.
func (c *Client) CancelDelivery(ctx context.Context, id string) (DeliveryRow, error) {
	var answer DeliveryRow
	err := c.do(ctx, request{method: http.MethodPost, path: fill("/api/deliveries/{id}/cancel", "id", id)}, &answer)
	return answer, err
}

// CheckURL calls POST /api/url-check:
// Check a URL. Applies the rules for saving and resolves the name; never connects. Scope: `manage`.
func (c *Client) CheckURL(ctx context.Context, body URLCheckBody) (URLCheck, error) {
	var answer URLCheck
	err := c.do(ctx, request{method: http.MethodPost, path: "/api/url-check", body: body}, &answer)
	return answer, err
}

// CreateApiKey calls POST /api/api-keys:
// Create an API key. The answer is the only one that has the key. Scope: `admin`.
func (c *Client) CreateApiKey(ctx context.Context, body ApiKeyBody) (NewApiKey, error) {
	var answer NewApiKey
	err := c.do(ctx, request{method: http.MethodPost, path: "/api/api-keys", body: body}, &answer)
	return answer, err
}

// CreateEventType calls POST /api/event-types:
// Create an event type. With a schema, payloads are checked against it when events come in. Scope: `manage`.
func (c *Client) CreateEventType(ctx context.Context, body EventTypeCreateBody) (EventType, error) {
	var answer EventType
	err := c.do(ctx, request{method: http.MethodPost, path: "/api/event-types", body: body}, &answer)
	return answer, err
}

// CreateInbox calls POST /api/receiver/inboxes:
// Open an inbox. Whoever knows its URL can send to it, with any method and without a key. Of more than 64 inboxes the one that has been idle longest goes. Scope: `manage`.
func (c *Client) CreateInbox(ctx context.Context) (Inbox, error) {
	var answer Inbox
	err := c.do(ctx, request{method: http.MethodPost, path: "/api/receiver/inboxes"}, &answer)
	return answer, err
}

// CreateTenant calls POST /api/tenants:
// Create a tenant. Give an identifier, a name or both. Without an identifier one is made up; without a name it is the identifier. Scope: `admin`, in the tenant `default`.
func (c *Client) CreateTenant(ctx context.Context, body TenantBody) (Tenant, error) {
	var answer Tenant
	err := c.do(ctx, request{method: http.MethodPost, path: "/api/tenants", body: body}, &answer)
	return answer, err
}

// CreateTenantApiKey calls POST /api/tenants/{id}/api-keys:
// Create an API key of a tenant. The answer is the only one that has the key. Scope: `admin`, in the tenant `default`.
func (c *Client) CreateTenantApiKey(ctx context.Context, id string, body ApiKeyBody) (NewApiKey, error) {
	var answer NewApiKey
	err := c.do(ctx, request{method: http.MethodPost, path: fill("/api/tenants/{id}/api-keys", "id", id), body: body}, &answer)
	return answer, err
}

// CreateWebhook calls POST /api/webhooks:
// Create a webhook. It is active at once. Scope: `manage`.
func (c *Client) CreateWebhook(ctx context.Context, body WebhookCreateBody) (Webhook, error) {
	var answer Webhook
	err := c.do(ctx, request{method: http.MethodPost, path: "/api/webhooks", body: body}, &answer)
	return answer, err
}

// DeleteEventType calls DELETE /api/event-types/{name}:
// Delete an event type. Not while a webhook selects it by its name. Scope: `manage`.
func (c *Client) DeleteEventType(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: fill("/api/event-types/{name}", "name", name)}, nil)
}

// DeleteInbox calls DELETE /api/receiver/inboxes/{id}:
// Close an inbox. Scope: `manage`.
func (c *Client) DeleteInbox(ctx context.Context, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: fill("/api/receiver/inboxes/{id}", "id", id)}, nil)
}

// DeleteMessages calls DELETE /api/receiver/inboxes/{id}/messages:
// Empty an inbox. Scope: `manage`.
func (c *Client) DeleteMessages(ctx context.Context, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: fill("/api/receiver/inboxes/{id}/messages", "id", id)}, nil)
}

// DeleteTenant calls DELETE /api/tenants/{id}:
// Delete a tenant. It accepts nothing from then on; what it has is removed in steps. Scope: `admin`, in the tenant `default`.
func (c *Client) DeleteTenant(ctx context.Context, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: fill("/api/tenants/{id}", "id", id)}, nil)
}

// DeleteWebhook calls DELETE /api/webhooks/{id}:
// Delete a webhook. Its pending deliveries are cancelled; its log stays until retention. Scope: `manage`.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: fill("/api/webhooks/{id}", "id", id)}, nil)
}

// GetAttemptBodyParams are the parameters of GetAttemptBody. What is zero is left out.
type GetAttemptBodyParams struct {
	// How many bytes to answer at most; all of them if left out.
	Limit int64
}

func (p GetAttemptBodyParams) values() (all values) {
	all.add("query", "limit", p.Limit)
	return all
}

// GetAttemptBody calls GET /api/deliveries/{id}/attempts/{number}/body:
// Get the body of an answer. What is kept of the bytes that the endpoint answered, at most 16 KiB. Scope: `read`.
func (c *Client) GetAttemptBody(ctx context.Context, id string, number int64, params GetAttemptBodyParams) ([]byte, error) {
	return c.raw(ctx, request{method: http.MethodGet, path: fill(fill("/api/deliveries/{id}/attempts/{number}/body", "id", id), "number", number), params: params.values()})
}

// GetBehaviour calls GET /api/receiver/inboxes/{id}/behaviour:
// How does an inbox answer? Scope: `read`.
func (c *Client) GetBehaviour(ctx context.Context, id string) (Behaviour, error) {
	var answer Behaviour
	err := c.do(ctx, request{method: http.MethodGet, path: fill("/api/receiver/inboxes/{id}/behaviour", "id", id)}, &answer)
	return answer, err
}

// GetDelivery calls GET /api/deliveries/{id}:
// Get a delivery. With every attempt: what was sent, what came back, how long each phase took. Scope: `read`.
func (c *Client) GetDelivery(ctx context.Context, id string) (Delivery, error) {
	var answer Delivery
	err := c.do(ctx, request{method: http.MethodGet, path: fill("/api/deliveries/{id}", "id", id)}, &answer)
	return answer, err
}

// GetDeliveryPayloadParams are the parameters of GetDeliveryPayload. What is zero is left out.
type GetDeliveryPayloadParams struct {
	// How many bytes to answer at most; all of them if left out.
	Limit int64
}

func (p GetDeliveryPayloadParams) values() (all values) {
	all.add("query", "limit", p.Limit)
	return all
}

// GetDeliveryPayload calls GET /api/deliveries/{id}/payload:
// Get the body of a delivery's requests. The bytes that every attempt sends. Scope: `read`.
func (c *Client) GetDeliveryPayload(ctx context.Context, id string, params GetDeliveryPayloadParams) ([]byte, error) {
	return c.raw(ctx, request{method: http.MethodGet, path: fill("/api/deliveries/{id}/payload", "id", id), params: params.values()})
}

// GetEvent calls GET /api/events/{id}:
// Get an event. With its deliveries, at most 1,000 of them. Scope: `read`.
func (c *Client) GetEvent(ctx context.Context, id string) (Event, error) {
	var answer Event
	err := c.do(ctx, request{method: http.MethodGet, path: fill("/api/events/{id}", "id", id)}, &answer)
	return answer, err
}

// GetEventPayloadParams are the parameters of GetEventPayload. What is zero is left out.
type GetEventPayloadParams struct {
	// How many bytes to answer at most; all of them if left out.
	Limit int64
}

func (p GetEventPayloadParams) values() (all values) {
	all.add("query", "limit", p.Limit)
	return all
}

// GetEventPayload calls GET /api/events/{id}/payload:
// Get the payload of an event. The bytes that were posted. Scope: `read`.
func (c *Client) GetEventPayload(ctx context.Context, id string, params GetEventPayloadParams) ([]byte, error) {
	return c.raw(ctx, request{method: http.MethodGet, path: fill("/api/events/{id}/payload", "id", id), params: params.values()})
}

// GetEventType calls GET /api/event-types/{name}:
// Get an event type. With its schema, an example and the webhooks that get it. Scope: `read`.
func (c *Client) GetEventType(ctx context.Context, name string) (EventType, error) {
	var answer EventType
	err := c.do(ctx, request{method: http.MethodGet, path: fill("/api/event-types/{name}", "name", name)}, &answer)
	return answer, err
}

// GetHealth calls GET /healthz:
// Is the process alive? Needs no API key.
func (c *Client) GetHealth(ctx context.Context) (ServerStatus, error) {
	var answer ServerStatus
	err := c.do(ctx, request{method: http.MethodGet, path: "/healthz"}, &answer)
	return answer, err
}

// GetInbox calls GET /api/receiver/inboxes/{id}:
// Get an inbox. Scope: `read`.
func (c *Client) GetInbox(ctx context.Context, id string) (Inbox, error) {
	var answer Inbox
	err := c.do(ctx, request{method: http.MethodGet, path: fill("/api/receiver/inboxes/{id}", "id", id)}, &answer)
	return answer, err
}

// GetMe calls GET /api/me:
// Who am I? Any caller will do.
func (c *Client) GetMe(ctx context.Context) (Me, error) {
	var answer Me
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/me"}, &answer)
	return answer, err
}

// GetMessage calls GET /api/receiver/inboxes/{id}/messages/{number}:
// Get a message. Scope: `read`.
func (c *Client) GetMessage(ctx context.Context, id string, number int64) (Message, error) {
	var answer Message
	err := c.do(ctx, request{method: http.MethodGet, path: fill(fill("/api/receiver/inboxes/{id}/messages/{number}", "id", id), "number", number)}, &answer)
	return answer, err
}

// GetMessageBodyParams are the parameters of GetMessageBody. What is zero is left out.
type GetMessageBodyParams struct {
	// How many bytes to answer at most; all of them if left out.
	Limit int64
}

func (p GetMessageBodyParams) values() (all values) {
	all.add("query", "limit", p.Limit)
	return all
}

// GetMessageBody calls GET /api/receiver/inboxes/{id}/messages/{number}/body:
// Get the body of a message. The bytes that were received. Scope: `read`.
func (c *Client) GetMessageBody(ctx context.Context, id string, number int64, params GetMessageBodyParams) ([]byte, error) {
	return c.raw(ctx, request{method: http.MethodGet, path: fill(fill("/api/receiver/inboxes/{id}/messages/{number}/body", "id", id), "number", number), params: params.values()})
}

// GetOpenAPI calls GET /openapi.json:
// This document. OpenAPI 3.1, with the address of this server. Needs no API key.
func (c *Client) GetOpenAPI(ctx context.Context) (json.RawMessage, error) {
	var answer json.RawMessage
	err := c.do(ctx, request{method: http.MethodGet, path: "/openapi.json"}, &answer)
	return answer, err
}

// GetOverviewParams are the parameters of GetOverview. What is zero is left out.
type GetOverviewParams struct {
	// The span of time up to now. `previous` is about the span before it, if that is within the past 48 hours.
	Window string
}

func (p GetOverviewParams) values() (all values) {
	all.add("query", "window", p.Window)
	return all
}

// GetOverview calls GET /api/overview:
// How everything goes. Health, what is in progress, which webhooks are in trouble and why, the latest deliveries, and the first steps. What retries counts in neither of the figures. With more than 500 webhooks the figures may be 10 seconds old. Scope: `read`.
func (c *Client) GetOverview(ctx context.Context, params GetOverviewParams) (Overview, error) {
	var answer Overview
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/overview", params: params.values()}, &answer)
	return answer, err
}

// GetReadiness calls GET /readyz:
// Should the process get requests? Answers 200 while the database answers and delivery makes progress. Needs no API key.
func (c *Client) GetReadiness(ctx context.Context) (ServerStatus, error) {
	var answer ServerStatus
	err := c.do(ctx, request{method: http.MethodGet, path: "/readyz"}, &answer)
	return answer, err
}

// GetSystem calls GET /api/system:
// How is the server? Version, storage, the settings in effect without their secrets, and checks. Callers of other tenants than `default` learn the version and since when it runs, no more. Scope: `read`.
func (c *Client) GetSystem(ctx context.Context) (System, error) {
	var answer System
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/system"}, &answer)
	return answer, err
}

// GetWebhook calls GET /api/webhooks/{id}:
// Get a webhook. Never holds the signing key or the value of a locked header. Scope: `read`.
func (c *Client) GetWebhook(ctx context.Context, id string) (Webhook, error) {
	var answer Webhook
	err := c.do(ctx, request{method: http.MethodGet, path: fill("/api/webhooks/{id}", "id", id)}, &answer)
	return answer, err
}

// GetWebhookSigningKey calls GET /api/webhooks/{id}/signing-key:
// Get the signing key. In both of its spellings. Not to be cached. Scope: `manage`.
func (c *Client) GetWebhookSigningKey(ctx context.Context, id string) (SigningKey, error) {
	var answer SigningKey
	err := c.do(ctx, request{method: http.MethodGet, path: fill("/api/webhooks/{id}/signing-key", "id", id)}, &answer)
	return answer, err
}

// ListApiKeysParams are the parameters of ListApiKeys. What is zero is left out.
type ListApiKeysParams struct {
	// Where to go on: `next` of the page before.
	Cursor string
	// How many entries a page has.
	Limit int64
}

func (p ListApiKeysParams) values() (all values) {
	all.add("query", "cursor", p.Cursor)
	all.add("query", "limit", p.Limit)
	return all
}

// ListApiKeys calls GET /api/api-keys:
// List API keys. Without the keys themselves. Scope: `admin`.
func (c *Client) ListApiKeys(ctx context.Context, params ListApiKeysParams) (KeysPage, error) {
	var answer KeysPage
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/api-keys", params: params.values()}, &answer)
	return answer, err
}

// ListDeliveriesParams are the parameters of ListDeliveries. What is zero is left out.
type ListDeliveriesParams struct {
	// Where to go on: `next` of the page before.
	Cursor string
	// How many entries a page has.
	Limit int64
	// The earliest time, in RFC 3339 or Unix milliseconds.
	From string
	// The latest time, in RFC 3339 or Unix milliseconds. Entries of that very moment are among them, as with `from`.
	To string
	// Only those of the webhook with this identifier.
	Webhook string
	// Only those of this event type. May be given several times.
	EventType []string
	// Only those in this state. May be given several times.
	State []string
	// Only those whose last attempt ended like this. May be given several times.
	Result []string
	// An exact identifier, or else a part of a text. A part is looked for in the newest entries only; the answer says so.
	Q string
}

func (p ListDeliveriesParams) values() (all values) {
	all.add("query", "cursor", p.Cursor)
	all.add("query", "limit", p.Limit)
	all.add("query", "from", p.From)
	all.add("query", "to", p.To)
	all.add("query", "webhook", p.Webhook)
	all.add("query", "eventType", p.EventType)
	all.add("query", "state", p.State)
	all.add("query", "result", p.Result)
	all.add("query", "q", p.Q)
	return all
}

// ListDeliveries calls GET /api/deliveries:
// List deliveries. The newest first. Scope: `read`.
func (c *Client) ListDeliveries(ctx context.Context, params ListDeliveriesParams) (DeliveriesPage, error) {
	var answer DeliveriesPage
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/deliveries", params: params.values()}, &answer)
	return answer, err
}

// ListEventTypes calls GET /api/event-types:
// List event types. Logto's first, in their order, then those of the tenant. Scope: `read`.
func (c *Client) ListEventTypes(ctx context.Context) (EventTypesPage, error) {
	var answer EventTypesPage
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/event-types"}, &answer)
	return answer, err
}

// ListEventsParams are the parameters of ListEvents. What is zero is left out.
type ListEventsParams struct {
	// Where to go on: `next` of the page before.
	Cursor string
	// How many entries a page has.
	Limit int64
	// The earliest time, in RFC 3339 or Unix milliseconds.
	From string
	// The latest time, in RFC 3339 or Unix milliseconds. Entries of that very moment are among them, as with `from`.
	To string
	// Only those of this event type. May be given several times.
	EventType []string
	// Only events that went to a webhook, or only those that went to none.
	Matched string
	// An exact identifier, or else a part of a text. A part is looked for in the newest entries only; the answer says so.
	Q string
}

func (p ListEventsParams) values() (all values) {
	all.add("query", "cursor", p.Cursor)
	all.add("query", "limit", p.Limit)
	all.add("query", "from", p.From)
	all.add("query", "to", p.To)
	all.add("query", "eventType", p.EventType)
	all.add("query", "matched", p.Matched)
	all.add("query", "q", p.Q)
	return all
}

// ListEvents calls GET /api/events:
// List events. The newest first. Scope: `read`.
func (c *Client) ListEvents(ctx context.Context, params ListEventsParams) (EventsPage, error) {
	var answer EventsPage
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/events", params: params.values()}, &answer)
	return answer, err
}

// ListInboxesParams are the parameters of ListInboxes. What is zero is left out.
type ListInboxesParams struct {
	// Where to go on: `next` of the page before.
	Cursor string
	// How many entries a page has.
	Limit int64
}

func (p ListInboxesParams) values() (all values) {
	all.add("query", "cursor", p.Cursor)
	all.add("query", "limit", p.Limit)
	return all
}

// ListInboxes calls GET /api/receiver/inboxes:
// List inboxes. Scope: `read`.
func (c *Client) ListInboxes(ctx context.Context, params ListInboxesParams) (InboxesPage, error) {
	var answer InboxesPage
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/receiver/inboxes", params: params.values()}, &answer)
	return answer, err
}

// ListMessagesParams are the parameters of ListMessages. What is zero is left out.
type ListMessagesParams struct {
	// Where to go on: `next` of the page before.
	Cursor string
	// How many entries a page has.
	Limit int64
}

func (p ListMessagesParams) values() (all values) {
	all.add("query", "cursor", p.Cursor)
	all.add("query", "limit", p.Limit)
	return all
}

// ListMessages calls GET /api/receiver/inboxes/{id}/messages:
// List what an inbox has received. The newest first, at most 200; they are in memory only. Scope: `read`.
func (c *Client) ListMessages(ctx context.Context, id string, params ListMessagesParams) (MessagesPage, error) {
	var answer MessagesPage
	err := c.do(ctx, request{method: http.MethodGet, path: fill("/api/receiver/inboxes/{id}/messages", "id", id), params: params.values()}, &answer)
	return answer, err
}

// ListTenantsParams are the parameters of ListTenants. What is zero is left out.
type ListTenantsParams struct {
	// Where to go on: `next` of the page before.
	Cursor string
	// How many entries a page has.
	Limit int64
}

func (p ListTenantsParams) values() (all values) {
	all.add("query", "cursor", p.Cursor)
	all.add("query", "limit", p.Limit)
	return all
}

// ListTenants calls GET /api/tenants:
// List tenants. Scope: `admin`, in the tenant `default`.
func (c *Client) ListTenants(ctx context.Context, params ListTenantsParams) (TenantsPage, error) {
	var answer TenantsPage
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/tenants", params: params.values()}, &answer)
	return answer, err
}

// ListWebhooksParams are the parameters of ListWebhooks. What is zero is left out.
type ListWebhooksParams struct {
	// Where to go on: `next` of the page before.
	Cursor string
	// How many entries a page has.
	Limit int64
	// An exact identifier, or else a part of the name or of the URL.
	Q string
	// Only webhooks whose requests of the past 24 hours go like this: failing is below 90 % successes, degraded below 99 %.
	Health string
	// The order; with a minus the other way round. `health` has what is failing first, then by name.
	Sort string
}

func (p ListWebhooksParams) values() (all values) {
	all.add("query", "cursor", p.Cursor)
	all.add("query", "limit", p.Limit)
	all.add("query", "q", p.Q)
	all.add("query", "health", p.Health)
	all.add("query", "sort", p.Sort)
	return all
}

// ListWebhooks calls GET /api/webhooks:
// List webhooks with their health. `counts` counts what `q` selects, whatever `health` is asked for. Scope: `read`.
func (c *Client) ListWebhooks(ctx context.Context, params ListWebhooksParams) (WebhooksPage, error) {
	var answer WebhooksPage
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/webhooks", params: params.values()}, &answer)
	return answer, err
}

// LookUpParams are the parameters of LookUp. What is zero is left out.
type LookUpParams struct {
	// The identifier of a webhook, an event, a delivery or an inbox.
	ID string
}

func (p LookUpParams) values() (all values) {
	all.add("query", "id", p.ID)
	return all
}

// LookUp calls GET /api/lookup:
// What does an identifier name? Scope: `read`.
func (c *Client) LookUp(ctx context.Context, params LookUpParams) (Lookup, error) {
	var answer Lookup
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/lookup", params: params.values()}, &answer)
	return answer, err
}

// PostEventParams are the parameters of PostEvent. What is zero is left out.
type PostEventParams struct {
	// 1 to 255 characters of printable ASCII. The same key and body within 24 hours get the first answer again; another body is 409.
	IdempotencyKey string
}

func (p PostEventParams) values() (all values) {
	all.add("header", "Idempotency-Key", p.IdempotencyKey)
	return all
}

// PostEvent calls POST /api/events:
// Hand over an event. The body is the payload. Receivers get it byte for byte, with `createdAt` (if there is none) and `hookId` appended. The answer comes only once the event and its deliveries are durable. Scope: `emit`.
func (c *Client) PostEvent(ctx context.Context, params PostEventParams, body any) (Accepted, error) {
	var answer Accepted
	err := c.do(ctx, request{method: http.MethodPost, path: "/api/events", params: params.values(), body: body}, &answer)
	return answer, err
}

// PostEventBatchParams are the parameters of PostEventBatch. What is zero is left out.
type PostEventBatchParams struct {
	// 1 to 255 characters of printable ASCII. The same key and body within 24 hours get the first answer again; another body is 409.
	IdempotencyKey string
}

func (p PostEventBatchParams) values() (all values) {
	all.add("header", "Idempotency-Key", p.IdempotencyKey)
	return all
}

// PostEventBatch calls POST /api/events/batch:
// Hand over up to 1,000 events at once. All or nothing: one invalid event refuses all, and `data.issues` lists every one. The answers are in the order of the events. Scope: `emit`.
func (c *Client) PostEventBatch(ctx context.Context, params PostEventBatchParams, body any) ([]Accepted, error) {
	var answer []Accepted
	err := c.do(ctx, request{method: http.MethodPost, path: "/api/events/batch", params: params.values(), body: body}, &answer)
	return answer, err
}

// RedeliverDelivery calls POST /api/deliveries/{id}/redeliver:
// Redeliver. Asks for one more attempt now, with the webhook's settings of today. A delivery that is retrying gets its next attempt now. While an attempt is under way, or the first is still due, it is refused with `delivery.in_progress`; asking again before the new attempt has begun changes nothing. Scope: `manage`.
func (c *Client) RedeliverDelivery(ctx context.Context, id string) (DeliveryRow, error) {
	var answer DeliveryRow
	err := c.do(ctx, request{method: http.MethodPost, path: fill("/api/deliveries/{id}/redeliver", "id", id)}, &answer)
	return answer, err
}

// RevokeApiKey calls DELETE /api/api-keys/{id}:
// Revoke an API key. It and its access tokens are refused within a second. Scope: `admin`.
func (c *Client) RevokeApiKey(ctx context.Context, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: fill("/api/api-keys/{id}", "id", id)}, nil)
}

// RotateWebhookSigningKey calls POST /api/webhooks/{id}/signing-key:
// Make a new signing key. It signs from the next attempt on. Scope: `manage`.
func (c *Client) RotateWebhookSigningKey(ctx context.Context, id string) (SigningKey, error) {
	var answer SigningKey
	err := c.do(ctx, request{method: http.MethodPost, path: fill("/api/webhooks/{id}/signing-key", "id", id)}, &answer)
	return answer, err
}

// SetBehaviour calls PUT /api/receiver/inboxes/{id}/behaviour:
// Tell an inbox how to answer. Replaces what was there; what is left out is as in a new inbox. The next `failNext` messages are answered 503, of the others `failPercent` in a hundred. Scope: `manage`.
func (c *Client) SetBehaviour(ctx context.Context, id string, body BehaviourBody) (Behaviour, error) {
	var answer Behaviour
	err := c.do(ctx, request{method: http.MethodPut, path: fill("/api/receiver/inboxes/{id}/behaviour", "id", id), body: body}, &answer)
	return answer, err
}

// SignDelivery calls POST /api/deliveries/{id}/signature:
// Sign a delivery. The headers that a request of the delivery would carry now, for sending it by hand within five minutes. The value of a locked header is the name of a variable of its own, such as `$AUTHORIZATION`. Scope: `manage`.
func (c *Client) SignDelivery(ctx context.Context, id string) (Signed, error) {
	var answer Signed
	err := c.do(ctx, request{method: http.MethodPost, path: fill("/api/deliveries/{id}/signature", "id", id)}, &answer)
	return answer, err
}

// SummarizeDeliveriesParams are the parameters of SummarizeDeliveries. What is zero is left out.
type SummarizeDeliveriesParams struct {
	// Only those of the webhook with this identifier.
	Webhook string
	// Only those of this event type. May be given several times.
	EventType []string
	// Only those in this state. May be given several times.
	State []string
	// Only those whose last attempt ended like this. May be given several times.
	Result []string
	// An exact identifier, or else a part of a text. A part is looked for in the newest entries only; the answer says so.
	Q string
	// The earliest time, in RFC 3339 or Unix milliseconds.
	From string
	// The latest time, in RFC 3339 or Unix milliseconds. Entries of that very moment are among them, as with `from`.
	To string
}

func (p SummarizeDeliveriesParams) values() (all values) {
	all.add("query", "webhook", p.Webhook)
	all.add("query", "eventType", p.EventType)
	all.add("query", "state", p.State)
	all.add("query", "result", p.Result)
	all.add("query", "q", p.Q)
	all.add("query", "from", p.From)
	all.add("query", "to", p.To)
	return all
}

// SummarizeDeliveries calls GET /api/deliveries/summary:
// Count deliveries. By state, and over time those that have ended. Takes the filters of the list. Counting stops at 10,000; `capped` says so. Scope: `read`.
func (c *Client) SummarizeDeliveries(ctx context.Context, params SummarizeDeliveriesParams) (Summary, error) {
	var answer Summary
	err := c.do(ctx, request{method: http.MethodGet, path: "/api/deliveries/summary", params: params.values()}, &answer)
	return answer, err
}

// TestWebhook calls POST /api/webhooks/{id}/test:
// Send a test payload. One signed request, never retried, neither logged nor counted. Settings that are not saved may be tried: what is left out is taken from the webhook. Scope: `manage`.
func (c *Client) TestWebhook(ctx context.Context, id string, body WebhookTestBody) (WebhookTest, error) {
	var answer WebhookTest
	err := c.do(ctx, request{method: http.MethodPost, path: fill("/api/webhooks/{id}/test", "id", id), body: body}, &answer)
	return answer, err
}

// UpdateChecklist calls PATCH /api/checklist:
// Hide or show the first steps. For everybody in the tenant. The steps complete themselves. Scope: `manage`.
func (c *Client) UpdateChecklist(ctx context.Context, body ChecklistBody) (Checklist, error) {
	var answer Checklist
	err := c.do(ctx, request{method: http.MethodPatch, path: "/api/checklist", body: body}, &answer)
	return answer, err
}

// UpdateEventType calls PATCH /api/event-types/{name}:
// Change an event type. What is left out stays; the name cannot change. Scope: `manage`.
func (c *Client) UpdateEventType(ctx context.Context, name string, body EventTypeUpdateBody) (EventType, error) {
	var answer EventType
	err := c.do(ctx, request{method: http.MethodPatch, path: fill("/api/event-types/{name}", "name", name), body: body}, &answer)
	return answer, err
}

// UpdateWebhookParams are the parameters of UpdateWebhook. What is zero is left out.
type UpdateWebhookParams struct {
	// The `ETag` of the webhook as it was read. Without it the answer is 428, and 412 if the webhook has been changed since.
	IfMatch string
}

func (p UpdateWebhookParams) values() (all values) {
	all.add("header", "If-Match", p.IfMatch)
	return all
}

// UpdateWebhook calls PATCH /api/webhooks/{id}:
// Change a webhook. What is left out stays. `headers` replaces all; a locked header that is named without a value keeps its own. A `url` of another origin (scheme, host, port) needs `headers` with the locked ones given again or left out. Scope: `manage`.
func (c *Client) UpdateWebhook(ctx context.Context, id string, params UpdateWebhookParams, body WebhookUpdateBody) (Webhook, error) {
	var answer Webhook
	err := c.do(ctx, request{method: http.MethodPatch, path: fill("/api/webhooks/{id}", "id", id), params: params.values(), body: body}, &answer)
	return answer, err
}

// ValidatePayload calls POST /api/event-types/{name}/validate:
// Check a payload. Says whether the body would be accepted as an event of the type. Nothing is stored. Scope: `emit`.
func (c *Client) ValidatePayload(ctx context.Context, name string, body any) (ValidateAnswer, error) {
	var answer ValidateAnswer
	err := c.do(ctx, request{method: http.MethodPost, path: fill("/api/event-types/{name}/validate", "name", name), body: body}, &answer)
	return answer, err
}
