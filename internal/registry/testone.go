package registry

import (
	"context"

	"github.com/tidingshq/tidings/internal/webhook"
)

// OneTest is a single test payload, with settings that need not be saved. What is
// nil is as stored.
type OneTest struct {
	EventType webhook.EventType
	// Payload are the bytes to send.
	Payload []byte
	URL     *webhook.EndpointURL
	Headers *[]HeaderChange
}

// Tested is what was sent and what came of it.
type Tested struct {
	// ID is the webhook-id on the wire.
	ID      webhook.DeliveryID
	Body    []byte
	Attempt webhook.Attempt
}

// SendOne sends one test payload, as SendTest does. The stored value of a locked
// header goes only to the origin that it was given for. A mistake is a *Refused.
func (r *Registry) SendOne(ctx context.Context, tenant webhook.TenantID, id webhook.ID, test OneTest) (Tested, error) {
	w, ok := r.Find(tenant, id)
	if !ok {
		return Tested{}, webhook.ErrNotFound
	}
	settings := webhook.Webhook{Tenant: tenant, EventTypes: []webhook.EventType{test.EventType}, URL: w.URL}
	if test.URL != nil {
		settings.URL = *test.URL
	}
	var problems []*webhook.Invalid
	settings.Headers, problems = testHeaders(w, &settings, test.Headers)
	if err := r.checkTest(&settings, problems); err != nil {
		return Tested{}, err
	}
	request, err := r.testRequest(w, &settings, test.EventType)
	if err != nil {
		return Tested{}, err
	}
	if test.Payload != nil {
		request.Body = test.Payload
	}
	return Tested{ID: request.Delivery, Body: request.Body, Attempt: r.sender.Send(ctx, request)}, nil
}

// checkTest adds what is wrong with the settings to the problems found already.
func (r *Registry) checkTest(settings *webhook.Webhook, problems []*webhook.Invalid) error {
	if t := settings.EventTypes[0]; t.IsPattern() {
		problems = append(problems, &webhook.Invalid{Field: "eventType", Code: "pattern", Message: "A test is of one event type."})
		return &Refused{Problems: problems}
	}
	err := r.check(&webhook.Webhook{}, settings)
	if refused, ok := err.(*Refused); ok { //nolint:errorlint // check returns nothing else
		problems = append(problems, refused.Problems...)
	}
	if len(problems) > 0 {
		return &Refused{Problems: problems}
	}
	return err
}

func testHeaders(w, settings *webhook.Webhook, given *[]HeaderChange) ([]webhook.Header, []*webhook.Invalid) {
	stored := sendable(w, settings.URL)
	if given == nil {
		return stored, nil
	}
	merged, problems := MergeHeaders(stored, *given)
	for _, p := range problems {
		if len(stored) < len(w.Headers) && p.Code == "required" {
			p.Message = "Give the header a value. A locked one that is stored goes only to the origin that it was given for."
		}
	}
	return merged, problems
}

// DevAddress says whether the webhook's URL is acceptable only in development or by
// the allow-list.
func (r *Registry) DevAddress(w *webhook.Webhook) bool {
	_, dev, _ := r.urls.CheckURL(w.URL.Reveal())
	return dev
}
