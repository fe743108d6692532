package httpapi

import (
	"net/http"
	"time"

	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	public = webhook.Scope("")
	emit   = webhook.ScopeEmit
	read   = webhook.ScopeRead
	manage = webhook.ScopeManage
	admin  = webhook.ScopeAdmin
	// anyone has a credential, whatever it may do.
	anyone = webhook.Scope("anyone")
	// person is signed in: an API key will not do.
	person = webhook.Scope("person")
	// operator is an admin of the default tenant.
	operator = webhook.Scope("operator")
)

// What the routes take as a body.
var (
	noBody    = bodyRule{}
	adminBody = bodyRule{limit: 256 << 10, code: "request.too_large", within: 30 * time.Second}
	smallBody = bodyRule{limit: 16 << 10, code: "request.too_large", within: 30 * time.Second}
	tokenBody = bodyRule{limit: 16 << 10, code: "request.too_large", form: true, within: 30 * time.Second}
	oneEvent  = bodyRule{limit: ingest.MaxEvent, code: "event.too_large"}
	manyEvent = bodyRule{limit: ingest.MaxBatch, code: "batch.too_large", lines: true}
)

// routes is the whole API. Operations are named as Logto's OpenAPI document names
// them where it has them.
func (a *api) routes() []route {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	return []route{
		{get, "/healthz", public, "GetHealth", noBody, plain(a.healthz)},
		{get, "/readyz", public, "GetReadiness", noBody, plain(a.readyz)},
		{get, "/openapi.json", public, "GetOpenAPI", noBody, plain(a.openAPI)},

		{post, "/oidc/token", public, "CreateAccessToken", tokenBody, plain(a.issueToken)},
		{get, "/api/system", read, "GetSystem", noBody, operation(a.getSystem)},
		{get, "/api/session", public, "GetSession", noBody, operation(a.getSession)},
		{post, "/api/session", public, "SignIn", smallBody, operation(a.signIn)},
		{del, "/api/session", person, "SignOut", noBody, operation(a.signOut)},
		{post, "/api/session/link", public, "SignInByLink", smallBody, operation(a.signInByLink)},
		{post, "/api/setup", public, "SetUp", smallBody, operation(a.setUp, created)},
		{post, "/api/setup/check", public, "CheckSetupLink", smallBody, operation(a.checkSetupLink)},
		{put, "/api/me/password", person, "ChangePassword", smallBody, operation(a.changePassword)},
		{get, "/api/me", anyone, "GetMe", noBody, operation(a.getMe)},
		{get, "/api/api-keys", admin, "ListApiKeys", noBody, operation(a.listKeys)},
		{post, "/api/api-keys", admin, "CreateApiKey", adminBody, operation(a.createKey, created)},
		{del, "/api/api-keys/{id}", admin, "RevokeApiKey", noBody, operation(a.deleteKey)},
		{get, "/api/tenants", operator, "ListTenants", noBody, operation(a.listTenants)},
		{post, "/api/tenants", operator, "CreateTenant", adminBody, operation(a.createTenant, created)},
		{del, "/api/tenants/{id}", operator, "DeleteTenant", noBody, operation(a.deleteTenant)},
		{post, "/api/tenants/{id}/api-keys", operator, "CreateTenantApiKey", adminBody, operation(a.createTenantKey, created)},

		{get, "/api/hooks", read, "ListHooks", noBody, operation(a.listHooks, tagged)},
		{post, "/api/hooks", manage, "CreateHook", adminBody, operation(a.createHook, created)},
		{get, "/api/hooks/{id}", read, "GetHook", noBody, operation(a.getHook, tagged)},
		{patch, "/api/hooks/{id}", manage, "UpdateHook", adminBody, operation(a.updateHook)},
		{del, "/api/hooks/{id}", manage, "DeleteHook", noBody, operation(a.deleteHook)},
		{get, "/api/hooks/{id}/recent-logs", read, "ListHookRecentLogs", noBody, operation(a.listHookLogs, tagged, heavy)},
		{post, "/api/hooks/{id}/test", manage, "CreateHookTest", adminBody, operation(a.testHook)},
		{patch, "/api/hooks/{id}/signing-key", manage, "UpdateHookSigningKey", noBody, operation(a.rotateHookKey)},
		{get, "/api/logs/{id}", read, "GetLog", noBody, operation(a.getLog, tagged)},

		{get, "/api/webhooks", read, "ListWebhooks", noBody, operation(a.listWebhooks)},
		{post, "/api/webhooks", manage, "CreateWebhook", adminBody, operation(a.createWebhook, created)},
		{get, "/api/webhooks/{id}", read, "GetWebhook", noBody, operation(a.getWebhook)},
		{patch, "/api/webhooks/{id}", manage, "UpdateWebhook", adminBody, operation(a.updateWebhook)},
		{del, "/api/webhooks/{id}", manage, "DeleteWebhook", noBody, operation(a.deleteWebhook)},
		{get, "/api/webhooks/{id}/signing-key", manage, "GetWebhookSigningKey", noBody, operation(a.getSigningKey)},
		{post, "/api/webhooks/{id}/signing-key", manage, "RotateWebhookSigningKey", noBody, operation(a.newSigningKey)},
		{post, "/api/webhooks/{id}/test", manage, "TestWebhook", adminBody, operation(a.testWebhook)},
		{post, "/api/url-check", manage, "CheckURL", adminBody, operation(a.checkURL)},

		{post, "/api/events", emit, "PostEvent", oneEvent, plain(a.postEvent)},
		{post, "/api/events/batch", emit, "PostEventBatch", manyEvent, plain(a.postBatch)},
		{get, "/api/event-types", read, "ListEventTypes", noBody, operation(a.listEventTypes, tagged)},
		{post, "/api/event-types", manage, "CreateEventType", adminBody, operation(a.createEventType, created)},
		{get, "/api/event-types/{name}", read, "GetEventType", noBody, operation(a.getEventType)},
		{patch, "/api/event-types/{name}", manage, "UpdateEventType", adminBody, operation(a.updateEventType)},
		{del, "/api/event-types/{name}", manage, "DeleteEventType", noBody, operation(a.deleteEventType)},
		{post, "/api/event-types/{name}/validate", emit, "ValidatePayload", oneEvent, operation(a.validatePayload)},

		{get, "/api/events", read, "ListEvents", noBody, operation(a.listEvents)},
		{get, "/api/events/{id}", read, "GetEvent", noBody, operation(a.getEvent)},
		{get, "/api/events/{id}/payload", read, "GetEventPayload", noBody, operation(a.getEventPayload, rawContent)},

		{get, "/api/deliveries", read, "ListDeliveries", noBody, operation(a.listDeliveries)},
		{get, "/api/deliveries/{id}", read, "GetDelivery", noBody, operation(a.getDelivery)},
		{get, "/api/deliveries/{id}/payload", read, "GetDeliveryPayload", noBody, operation(a.getDeliveryPayload, rawContent)},
		{get, "/api/deliveries/{id}/attempts/{number}/body", read, "GetAttemptBody", noBody, operation(a.getAttemptBody, rawContent)},
		{get, "/api/deliveries/summary", read, "SummarizeDeliveries", noBody, operation(a.summarize)},
		{post, "/api/deliveries/{id}/cancel", manage, "CancelDelivery", noBody, operation(a.cancel)},
		{post, "/api/deliveries/{id}/redeliver", manage, "RedeliverDelivery", noBody, operation(a.redeliver, accepted)},
		{post, "/api/deliveries/{id}/signature", manage, "SignDelivery", noBody, operation(a.signDelivery)},

		{get, "/api/overview", read, "GetOverview", noBody, operation(a.overview)},
		{patch, "/api/checklist", manage, "UpdateChecklist", adminBody, operation(a.updateChecklist)},
		{get, "/api/stream", read, "GetStream", noBody, plain(a.stream)},
		{get, "/api/lookup", read, "LookUp", noBody, operation(a.lookup)},

		{get, "/api/receiver/inboxes", read, "ListInboxes", noBody, operation(withReceiver(a, a.listInboxes))},
		{post, "/api/receiver/inboxes", manage, "CreateInbox", noBody, operation(withReceiver(a, a.createInbox), created)},
		{get, "/api/receiver/inboxes/{id}", read, "GetInbox", noBody, operation(withReceiver(a, a.getInbox))},
		{del, "/api/receiver/inboxes/{id}", manage, "DeleteInbox", noBody, operation(withReceiver(a, a.deleteInbox))},
		{get, "/api/receiver/inboxes/{id}/messages", read, "ListMessages", noBody, operation(withReceiver(a, a.listMessages))},
		{del, "/api/receiver/inboxes/{id}/messages", manage, "DeleteMessages", noBody, operation(withReceiver(a, a.clearMessages))},
		{get, "/api/receiver/inboxes/{id}/messages/{number}", read, "GetMessage", noBody, operation(withReceiver(a, a.getMessage))},
		{get, "/api/receiver/inboxes/{id}/messages/{number}/body", read, "GetMessageBody", noBody, operation(withReceiver(a, a.getMessageBody), rawContent)},
		{get, "/api/receiver/inboxes/{id}/behaviour", read, "GetBehaviour", noBody, operation(withReceiver(a, a.getBehaviour))},
		{put, "/api/receiver/inboxes/{id}/behaviour", manage, "SetBehaviour", adminBody, operation(withReceiver(a, a.setBehaviour))},
	}
}
