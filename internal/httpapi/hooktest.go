package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/webhook"
)

// testHook sends the test payload of each event with the settings of the body. The
// first that failed decides the answer.
func (a *api) testHook(ctx context.Context, c *call, in *HookPath) (*struct{}, error) {
	test, p := a.readTest(c)
	if p != nil {
		return nil, p
	}
	end, p := a.tests.begin(c.tenant())
	if p != nil {
		return nil, p
	}
	defer end()
	attempts, err := a.Registry.SendTest(ctx, c.tenant(), webhook.ID(in.ID), test)
	if errors.Is(err, webhook.ErrNotFound) {
		return nil, errNoHookWithID(in.ID)
	}
	var refused *registry.Refused
	if errors.As(err, &refused) {
		return nil, errTestFailed(refused.Problems[0].Message)
	}
	if err != nil {
		return nil, err
	}
	if first := firstFailure(attempts); first != nil {
		return nil, problemOfTest(first)
	}
	a.done(ctx, c.tenant(), registry.StepTested)
	return nil, nil
}

// firstFailure is the failed attempt that ended before all others, nil if none
// failed.
func firstFailure(attempts []webhook.Attempt) *webhook.Attempt {
	var first *webhook.Attempt
	for i := range attempts {
		a := &attempts[i]
		if a.Outcome != webhook.OutcomeSucceeded && (first == nil || a.EndedAt().Before(first.EndedAt())) {
			first = a
		}
	}
	return first
}

func (a *api) readTest(c *call) (registry.Test, *problem) {
	root, p := decode(c.body)
	if p != nil {
		return registry.Test{}, p
	}
	f := &form{}
	o := f.object([]any{}, root, "events", "config")
	if o == nil {
		return registry.Test{}, f.problem()
	}
	if _, sent := o.have["events"]; !sent {
		f.wrongType(o.at("events"), "array", nil)
	}
	test := registry.Test{EventTypes: o.eventTypes("events", a.Registry.EventTypeNames(c.tenant()))}
	if config := f.hookConfig(o.have["config"]); config != nil {
		test.URL, test.Headers = config.url, config.headers
	}
	return test, f.problem()
}

// testAnswer is what an endpoint said to a test payload.
type testAnswer struct {
	ResponseStatus int    `json:"responseStatus"`
	ResponseBody   string `json:"responseBody"`
}

func problemOfTest(attempt *webhook.Attempt) *problem {
	if attempt.Status == 0 || attempt.Reason == webhook.ReasonBlockedAddress {
		return errTestFailed(attempt.Detail)
	}
	return &problem{
		status: http.StatusUnprocessableEntity, Code: "hook.endpoint_responded_with_error", Message: "Endpoint responded with error.",
		Data: testAnswer{attempt.Status, strings.ToValidUTF8(string(attempt.Response.Body), "\uFFFD")},
	}
}

func errTestFailed(why string) *problem {
	return &problem{
		status: http.StatusUnprocessableEntity, Code: "hook.send_test_payload_failed",
		Message: "Failed to send test payload: " + why,
	}
}
