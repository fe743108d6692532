package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/webhook"
)

// EventTypeRow is an event type as the list shows it; exported like HookPath.
type EventTypeRow struct {
	Name         webhook.EventType `json:"name"`
	Group        string            `json:"group"`
	Description  string            `json:"description"`
	BuiltIn      bool              `json:"builtIn"`
	Deprecated   bool              `json:"deprecated"`
	HasSchema    bool              `json:"hasSchema"`
	WebhookCount int               `json:"webhookCount"`
}

// eventTypeView is one event type in full. The example is text, so that its bytes
// survive.
type eventTypeView struct {
	EventTypeRow
	Schema   jsonText     `json:"schema,omitempty"`
	Example  string       `json:"example,omitempty"`
	Webhooks []webhookRef `json:"webhooks"`
}

// jsonText is JSON that is passed on with its digits as they are.
type jsonText []byte

// Schema describes any JSON.
func (jsonText) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

// MarshalJSON writes the JSON.
func (j jsonText) MarshalJSON() ([]byte, error) { return j, nil }

// EventTypePath is the path of one event type; exported like HookPath.
type EventTypePath struct {
	Name string `path:"name"`
}

func viewEventTypeRow(e *registry.EventType) EventTypeRow {
	return EventTypeRow{
		Name: e.Name, Group: e.Group, Description: e.Description, BuiltIn: e.BuiltIn, Deprecated: e.Deprecated,
		HasSchema: len(e.Schema) > 0, WebhookCount: e.Webhooks,
	}
}

func (a *api) viewEventType(c *call, e *registry.EventType) eventTypeView {
	subscribers := a.Registry.Subscribers(c.tenant(), e.Name)
	v := eventTypeView{EventTypeRow: viewEventTypeRow(e), Schema: e.Schema, Example: string(e.Example)}
	v.WebhookCount, v.Webhooks = len(subscribers), make([]webhookRef, len(subscribers))
	for i, w := range subscribers {
		v.Webhooks[i] = webhookRef{ID: w.ID, Name: w.Name}
	}
	return v
}

type listEventTypesOutput struct {
	Body struct {
		Items []EventTypeRow `json:"items"`
	}
}

func (a *api) listEventTypes(_ context.Context, c *call, _ *struct{}) (*listEventTypesOutput, error) {
	all := a.Registry.EventTypes(c.tenant())
	out := &listEventTypesOutput{}
	out.Body.Items = make([]EventTypeRow, len(all))
	for i := range all {
		out.Body.Items[i] = viewEventTypeRow(&all[i])
	}
	return out, nil
}

type eventTypeOutput struct {
	Body eventTypeView
}

func (a *api) getEventType(_ context.Context, c *call, in *EventTypePath) (*eventTypeOutput, error) {
	e, ok := a.Registry.EventType(c.tenant(), webhook.EventType(in.Name))
	if !ok {
		return nil, webhook.ErrNotFound
	}
	return &eventTypeOutput{Body: a.viewEventType(c, &e)}, nil
}

func (a *api) createEventType(ctx context.Context, c *call, _ *struct{}) (*eventTypeOutput, error) {
	body, p := readEventType(c.body, true)
	if p != nil {
		return nil, p
	}
	e := webhook.OwnEventType{Tenant: c.tenant(), Name: *body.name}
	body.applyTo(&e)
	created, err := a.Registry.CreateEventType(ctx, e)
	if err != nil {
		return nil, eventTypeError(err)
	}
	return &eventTypeOutput{Body: a.viewEventType(c, &created)}, nil
}

func (a *api) updateEventType(ctx context.Context, c *call, in *EventTypePath) (*eventTypeOutput, error) {
	body, p := readEventType(c.body, false)
	if p != nil {
		return nil, p
	}
	if body.name != nil && string(*body.name) != in.Name {
		return nil, invalidOwn([]issue{ownIssue{Path: "name", Code: "immutable", Message: "The name of an event type stays: create another one."}})
	}
	updated, err := a.Registry.UpdateEventType(ctx, c.tenant(), webhook.EventType(in.Name), func(e *webhook.OwnEventType) error {
		body.applyTo(e)
		return nil
	})
	if err != nil {
		return nil, eventTypeError(err)
	}
	return &eventTypeOutput{Body: a.viewEventType(c, &updated)}, nil
}

func (a *api) deleteEventType(ctx context.Context, c *call, in *EventTypePath) (*struct{}, error) {
	return nil, eventTypeError(a.Registry.DeleteEventType(ctx, c.tenant(), webhook.EventType(in.Name)))
}

type validateOutput struct {
	Body struct {
		OK       bool          `json:"ok"`
		Problems []validateRow `json:"problems"`
	}
}

type validateRow struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// validatePayload tells whether the body would be accepted as an event of the type.
func (a *api) validatePayload(_ context.Context, c *call, in *EventTypePath) (*validateOutput, error) {
	name := webhook.EventType(in.Name)
	if !a.Registry.Known(c.tenant(), name) {
		return nil, webhook.ErrNotFound
	}
	problems := a.Ingest.Validate(c.tenant(), name, c.body)
	out := &validateOutput{}
	out.Body.OK, out.Body.Problems = len(problems) == 0, make([]validateRow, len(problems))
	for i, p := range problems {
		out.Body.Problems[i] = validateRow(p)
	}
	return out, nil
}

var errBuiltIn = &problem{status: http.StatusConflict, Code: "event_type.built_in", Message: "The event type is built in and cannot be changed."}

// eventTypeError turns a refusal by the registry into an answer.
func eventTypeError(err error) error {
	var inUse *registry.InUse
	switch {
	case errors.As(err, &inUse):
		return &problem{
			status: http.StatusConflict, Code: "event_type.in_use",
			Message: fmt.Sprintf("The event type is selected by name in %d webhooks. Take it out of their event types first.", inUse.Webhooks),
		}
	case errors.Is(err, registry.ErrBuiltIn):
		return errBuiltIn
	}
	return ownError(err, nil)
}
