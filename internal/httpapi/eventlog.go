package httpapi

import (
	"context"
	"fmt"
	"strconv"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// deliveriesShown bounds the deliveries listed with one event.
const deliveriesShown = 1000

// EventRow is an event as lists show it; exported like HookPath.
type EventRow struct {
	ID              webhook.EventID   `json:"id"`
	EventType       webhook.EventType `json:"eventType"`
	AcceptedAt      instant           `json:"acceptedAt"`
	Source          string            `json:"source" doc:"The identifier of an API key, or the e-mail address of a person."`
	SourceName      string            `json:"sourceName,omitempty" doc:"The name of the API key, as long as there is one."`
	Size            int               `json:"size"`
	FanOut          fanOut            `json:"fanOut"`
	UnmatchedReason webhook.Unmatched `json:"unmatchedReason,omitempty"`
}

// fanOut is where an event went. ByState counts the deliveries that are still there,
// of a wide event the first deliveriesShown.
type fanOut struct {
	Total   int                   `json:"total"`
	ByState map[webhook.State]int `json:"byState"`
}

// EventPath is the path of one event; exported like HookPath.
type EventPath struct {
	ID string `path:"id"`
}

type listEventsInput struct {
	CursorPages
	EventTypes []string `query:"eventType,explode"`
	Matched    string   `query:"matched" enum:"true,false"`
	Q          string   `query:"q"`
}

type listEventsOutput struct {
	Body struct {
		Items []EventRow `json:"items"`
		Next  string     `json:"next,omitempty"`
		// Searched says what q was taken for.
		Searched *searched `json:"searched,omitempty"`
	}
}

func (a *api) listEvents(ctx context.Context, c *call, in *listEventsInput) (*listEventsOutput, error) {
	s, err := in.span()
	if err != nil {
		return nil, err
	}
	q := store.EventQuery{
		Tenant: c.tenant(), Types: eventTypes(in.EventTypes), From: s.from, To: s.to,
		Before: webhook.EventID(s.before), Limit: s.limit + 1,
	}
	if in.Matched != "" {
		matched, err := strconv.ParseBool(in.Matched)
		if err != nil {
			return nil, invalidParameter("matched", "invalid", "matched is true or false.")
		}
		q.Matched = &matched
	}
	events, searched, err := a.searchEvents(ctx, c, in.Q, &q)
	if err != nil {
		return nil, err
	}
	if events == nil {
		if events, err = a.Store.Events(ctx, q); err != nil {
			return nil, fmt.Errorf("list events: %w", err)
		}
	}
	events, next := cut(events, s.limit, func(e webhook.Event) string { return string(e.ID) })
	states, err := a.Store.EventStates(ctx, events, deliveriesShown)
	if err != nil {
		return nil, fmt.Errorf("count deliveries of events: %w", err)
	}
	out := &listEventsOutput{}
	out.Body.Next, out.Body.Searched, out.Body.Items = next, searched, make([]EventRow, len(events))
	for i := range events {
		out.Body.Items[i] = a.viewEvent(&events[i])
		if counted := states[events[i].ID]; counted != nil {
			out.Body.Items[i].FanOut.ByState = counted
		}
	}
	return out, nil
}

func eventTypes(names []string) []webhook.EventType {
	types := make([]webhook.EventType, len(names))
	for i, name := range names {
		types[i] = webhook.EventType(name)
	}
	return types
}

func (a *api) viewEvent(e *webhook.Event) EventRow {
	return EventRow{
		ID: e.ID, EventType: e.Type, AcceptedAt: instant(e.AcceptedAt), Source: e.Source, SourceName: a.Registry.KeyName(e.Tenant, e.Source), Size: e.Size,
		FanOut: fanOut{Total: e.Deliveries, ByState: map[webhook.State]int{}}, UnmatchedReason: e.Unmatched,
	}
}

// eventView is one event with what became of it.
type eventView struct {
	EventRow
	IdempotencyKey string        `json:"idempotencyKey,omitempty"`
	Deliveries     []DeliveryRow `json:"deliveries"`
}

type getEventOutput struct {
	Body eventView
}

func (a *api) getEvent(ctx context.Context, c *call, in *EventPath) (*getEventOutput, error) {
	e, err := a.event(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	deliveries, err := a.Store.EventDeliveries(ctx, c.tenant(), e.ID, deliveriesShown)
	if err != nil {
		return nil, fmt.Errorf("list deliveries of event: %w", err)
	}
	v := eventView{EventRow: a.viewEvent(&e), IdempotencyKey: e.IdempotencyKey, Deliveries: make([]DeliveryRow, len(deliveries))}
	for i := range deliveries {
		v.Deliveries[i] = viewDelivery(&deliveries[i])
		v.FanOut.ByState[deliveries[i].State]++
	}
	return &getEventOutput{Body: v}, nil
}

func (a *api) event(ctx context.Context, c *call, id string) (webhook.Event, error) {
	if !isID(id) {
		return webhook.Event{}, webhook.ErrNotFound
	}
	e, err := a.Store.Event(ctx, c.tenant(), webhook.EventID(id))
	if err != nil {
		return e, fmt.Errorf("read event: %w", err)
	}
	return e, nil
}

type getEventPayloadInput struct {
	EventPath
	Limit integer `query:"limit"`
}

// getEventPayload answers the bytes that were posted.
func (a *api) getEventPayload(ctx context.Context, c *call, in *getEventPayloadInput) (*rawOutput, error) {
	e, err := a.event(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	if e.Payload.Posted == nil {
		return nil, webhook.ErrPayloadGone
	}
	return raw(e.Payload.Posted, in.Limit, "event-"+in.ID+".json")
}
