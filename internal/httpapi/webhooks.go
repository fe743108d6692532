package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/signature"
)

// WebhookPath is the path of one webhook on our own routes; exported like HookPath.
type WebhookPath struct {
	ID string `path:"id"`
}

// webhookOutput carries the version as ETag, for a later PATCH.
type webhookOutput struct {
	ETag string `header:"ETag"`
	Body webhookView
}

func (a *api) webhookOutput(ctx context.Context, c *call, w *webhook.Webhook) (*webhookOutput, error) {
	v, err := a.viewWebhook(ctx, c, w)
	return &webhookOutput{ETag: versionTag(w.Version), Body: v}, err
}

func (a *api) createWebhook(ctx context.Context, c *call, _ *struct{}) (*webhookOutput, error) {
	body, p := readWebhook(c.body, true)
	if p != nil {
		return nil, p
	}
	w := webhook.Webhook{Tenant: c.tenant(), Enabled: true}
	if err := body.applyTo(&w, a.Registry); err != nil {
		return nil, ownError(err, nil)
	}
	created, err := a.Registry.Create(ctx, w)
	if err != nil {
		return nil, ownError(err, body.headers)
	}
	return a.webhookOutput(ctx, c, &created)
}

func (a *api) getWebhook(ctx context.Context, c *call, in *WebhookPath) (*webhookOutput, error) {
	w, ok := a.Registry.Find(c.tenant(), webhook.ID(in.ID))
	if !ok {
		return nil, webhook.ErrNotFound
	}
	return a.webhookOutput(ctx, c, w)
}

type updateWebhookInput struct {
	WebhookPath
	IfMatch string `header:"If-Match"`
}

// errChanged ends a change whose If-Match names another version.
var errChanged = errors.New("webhook has changed")

func (a *api) updateWebhook(ctx context.Context, c *call, in *updateWebhookInput) (*webhookOutput, error) {
	if _, ok := a.Registry.Find(c.tenant(), webhook.ID(in.ID)); !ok {
		return nil, webhook.ErrNotFound
	}
	if in.IfMatch == "" {
		return nil, errNoIfMatch
	}
	body, p := readWebhook(c.body, false)
	if p != nil {
		return nil, p
	}
	var present webhook.Webhook
	updated, err := a.Registry.Update(ctx, c.tenant(), webhook.ID(in.ID), func(w *webhook.Webhook) error {
		if !matches(c.request.Header.Values("If-Match"), versionTag(w.Version)) {
			present = *w
			return errChanged
		}
		return body.applyTo(w, a.Registry)
	})
	switch {
	case errors.Is(err, errChanged):
		return nil, a.changedProblem(ctx, c, &present)
	case err != nil:
		return nil, ownError(err, body.headers)
	}
	return a.webhookOutput(ctx, c, &updated)
}

var errNoIfMatch = &problem{
	status: http.StatusPreconditionRequired, Code: "webhook.if_match_required",
	Message: "Send the ETag of the webhook that you have read as If-Match.",
}

// changedProblem carries the webhook as it is now.
func (a *api) changedProblem(ctx context.Context, c *call, present *webhook.Webhook) error {
	v, err := a.viewWebhook(ctx, c, present)
	if err != nil {
		return err
	}
	return &problem{
		status: http.StatusPreconditionFailed, Code: "webhook.changed",
		Message: "The webhook has been changed since you read it.", Data: currentWebhook{v},
	}
}

type currentWebhook struct {
	Current webhookView `json:"current"`
}

// matches says whether If-Match names the tag. Tags are compared strongly.
func matches(lines []string, tag string) bool {
	for _, line := range lines {
		for given := range strings.SplitSeq(line, ",") {
			if given = strings.TrimSpace(given); given == tag || given == "*" {
				return true
			}
		}
	}
	return false
}

func (a *api) deleteWebhook(ctx context.Context, c *call, in *WebhookPath) (*struct{}, error) {
	return nil, a.Registry.Delete(ctx, c.tenant(), webhook.ID(in.ID))
}

// signingKeyOutput shows a key in both of its spellings. The common headers keep it
// out of caches.
type signingKeyOutput struct {
	Body signingKeyView
}

type signingKeyView struct {
	SigningKey            string  `json:"signingKey"`
	StandardWebhooksValue string  `json:"standardWebhooksSecret"`
	CreatedAt             instant `json:"createdAt"`
}

func viewSigningKey(w *webhook.Webhook) *signingKeyOutput {
	return &signingKeyOutput{Body: signingKeyView{
		SigningKey: w.SigningKey.Reveal(), StandardWebhooksValue: signature.EncodeSecret([]byte(w.SigningKey.Reveal())), CreatedAt: instant(w.KeyCreatedAt),
	}}
}

func (a *api) getSigningKey(_ context.Context, c *call, in *WebhookPath) (*signingKeyOutput, error) {
	w, ok := a.Registry.Find(c.tenant(), webhook.ID(in.ID))
	if !ok {
		return nil, webhook.ErrNotFound
	}
	return viewSigningKey(w), nil
}

func (a *api) newSigningKey(ctx context.Context, c *call, in *WebhookPath) (*signingKeyOutput, error) {
	rotated, err := a.Registry.RotateKey(ctx, c.tenant(), webhook.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return viewSigningKey(&rotated), nil
}

// testWebhookOutput is the whole attempt: nothing of it is kept.
type testWebhookOutput struct {
	Body testWebhookView
}

type testWebhookView struct {
	// WebhookID is the webhook-id on the wire.
	WebhookID   webhook.DeliveryID `json:"webhookId"`
	RequestBody string             `json:"requestBody"`
	Attempt     attemptView        `json:"attempt"`
	// ResponseBody is what is kept of the answer's body, as text; Base64 holds the
	// bytes if they are no text.
	ResponseBody       string `json:"responseBody,omitempty"`
	ResponseBodyBase64 string `json:"responseBodyBase64,omitempty"`
}

func (a *api) testWebhook(ctx context.Context, c *call, in *WebhookPath) (*testWebhookOutput, error) {
	test, p := readOneTest(c.body)
	if p != nil {
		return nil, p
	}
	end, p := a.tests.begin(c.tenant())
	if p != nil {
		return nil, p
	}
	defer end()
	done, err := a.Registry.SendOne(ctx, c.tenant(), webhook.ID(in.ID), test)
	if err != nil {
		return nil, ownError(renamed(err), test.Headers)
	}
	if done.Attempt.Outcome == webhook.OutcomeSucceeded {
		a.done(ctx, c.tenant(), registry.StepTested)
	}
	done.Attempt.Number, done.Attempt.Trigger = 1, webhook.TriggerTest
	v := testWebhookView{WebhookID: done.ID, RequestBody: string(done.Body), Attempt: viewWholeAttempt(&done.Attempt)}
	if body := done.Attempt.Response.Body; isNoText(string(body)) {
		v.ResponseBodyBase64 = base64.StdEncoding.EncodeToString(body)
	} else {
		v.ResponseBody = string(body)
	}
	return &testWebhookOutput{Body: v}, nil
}

// renamed speaks of the one event type of a test as its body does.
func renamed(err error) error {
	var refused *registry.Refused
	if errors.As(err, &refused) {
		for _, p := range refused.Problems {
			if strings.HasPrefix(p.Field, "eventTypes") {
				p.Field = "eventType"
			}
		}
	}
	return err
}

// readOneTest checks the form of a test's body.
func readOneTest(raw []byte) (registry.OneTest, *problem) {
	root, p := decode(raw)
	if p != nil {
		return registry.OneTest{}, p
	}
	f := &form{}
	o := f.object([]any{}, root, "eventType", "payload", "url", "headers")
	if o == nil {
		return registry.OneTest{}, f.ownProblem()
	}
	o.require("eventType", "string")
	test := registry.OneTest{Headers: o.ownHeaders("headers")}
	if name := o.text("eventType"); name != nil {
		test.EventType = webhook.EventType(*name)
	}
	if u := o.text("url"); u != nil {
		given := webhook.EndpointURL(*u)
		test.URL = &given
	}
	if payload := o.text("payload"); payload != nil {
		test.Payload = []byte(*payload)
		if !json.Valid(test.Payload) || !strings.HasPrefix(strings.TrimLeft(*payload, " \t\r\n"), "{") {
			f.report(ownIssue{Path: "payload", Code: "invalid_json", Message: "The payload is the text of a JSON object."})
		}
	}
	return test, f.ownProblem()
}
