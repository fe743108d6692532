package httpapi

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

var allStates = []webhook.State{
	webhook.StatePending, webhook.StateRetrying, webhook.StateHeld,
	webhook.StateSucceeded, webhook.StateFailed, webhook.StateCancelled,
}

// DeliveryPath is the path of one delivery; exported like HookPath.
type DeliveryPath struct {
	ID string `path:"id"`
}

// DeliveryFilter is what lists and summaries of deliveries are selected by; exported
// like NumberedPages.
type DeliveryFilter struct {
	Webhook    string   `query:"webhook"`
	EventTypes []string `query:"eventType,explode"`
	States     []string `query:"state,explode" enum:"pending,retrying,held,succeeded,failed,cancelled"`
	Results    []string `query:"result,explode" enum:"2xx,3xx,4xx,5xx,timeout,network,blocked"`
	Q          string   `query:"q"`
}

// query reads the filter into a query of the span.
func (f *DeliveryFilter) query(c *call, s span) (store.DeliveryQuery, error) {
	q := store.DeliveryQuery{
		Tenant: c.tenant(), Webhook: webhook.ID(f.Webhook), Types: eventTypes(f.EventTypes), From: s.from, To: s.to,
		Before: webhook.DeliveryID(s.before), Limit: s.limit + 1,
	}
	for _, name := range f.States {
		if !slices.Contains(allStates, webhook.State(name)) {
			return q, invalidParameter("state", "unknown", "state is one of pending, retrying, held, succeeded, failed and cancelled.")
		}
		q.States = append(q.States, webhook.State(name))
	}
	for _, name := range f.Results {
		if !slices.Contains(webhook.ResultClasses, webhook.ResultClass(name)) {
			return q, invalidParameter("result", "unknown", "result is one of 2xx, 3xx, 4xx, 5xx, timeout, network and blocked.")
		}
		q.Results = append(q.Results, webhook.ResultClass(name))
	}
	return q, nil
}

type listDeliveriesInput struct {
	CursorPages
	DeliveryFilter
}

type listDeliveriesOutput struct {
	Body struct {
		Items    []DeliveryRow `json:"items"`
		Next     string        `json:"next,omitempty"`
		Searched *searched     `json:"searched,omitempty"`
	}
}

func (a *api) listDeliveries(ctx context.Context, c *call, in *listDeliveriesInput) (*listDeliveriesOutput, error) {
	s, err := in.span()
	if err != nil {
		return nil, err
	}
	q, err := in.query(c, s)
	if err != nil {
		return nil, err
	}
	out := &listDeliveriesOutput{}
	deliveries, searched, err := a.searchDeliveries(ctx, c, in.Q, &q)
	if err != nil {
		return nil, err
	}
	if deliveries == nil {
		if deliveries, err = a.Store.Deliveries(ctx, q); err != nil {
			return nil, fmt.Errorf("list deliveries: %w", err)
		}
	} else if q.Before != "" {
		deliveries = slices.DeleteFunc(deliveries, func(d webhook.Delivery) bool { return d.ID >= q.Before })
	}
	deliveries, next := cut(deliveries, s.limit, func(d webhook.Delivery) string { return string(d.ID) })
	out.Body.Next, out.Body.Searched, out.Body.Items = next, searched, make([]DeliveryRow, len(deliveries))
	for i := range deliveries {
		out.Body.Items[i] = viewDelivery(&deliveries[i])
	}
	return out, nil
}

type getDeliveryOutput struct {
	Body deliveryView
}

func (a *api) getDelivery(ctx context.Context, c *call, in *DeliveryPath) (*getDeliveryOutput, error) {
	d, err := a.delivery(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	e, err := a.Store.Event(ctx, c.tenant(), d.EventID)
	if err != nil && !errors.Is(err, webhook.ErrNotFound) {
		return nil, fmt.Errorf("read event of delivery: %w", err)
	}
	v := a.viewWhole(c.tenant(), &d, &e)
	if !c.mayManage {
		v.maskCustom()
	}
	return &getDeliveryOutput{Body: v}, nil
}

func (a *api) delivery(ctx context.Context, c *call, id string) (webhook.Delivery, error) {
	if !isID(id) {
		return webhook.Delivery{}, webhook.ErrNotFound
	}
	d, err := a.Store.Delivery(ctx, c.tenant(), webhook.DeliveryID(id))
	if err != nil {
		return d, fmt.Errorf("read delivery: %w", err)
	}
	return d, nil
}

type getDeliveryPayloadInput struct {
	DeliveryPath
	Limit integer `query:"limit"`
}

// getDeliveryPayload answers the body that every attempt sends.
func (a *api) getDeliveryPayload(ctx context.Context, c *call, in *getDeliveryPayloadInput) (*rawOutput, error) {
	d, err := a.delivery(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	e, err := a.Store.Event(ctx, c.tenant(), d.EventID)
	if errors.Is(err, webhook.ErrNotFound) || err == nil && e.Payload.Posted == nil {
		return nil, webhook.ErrPayloadGone
	}
	if err != nil {
		return nil, fmt.Errorf("read event of delivery: %w", err)
	}
	return raw(e.Payload.Body(d.Webhook.ID), in.Limit, "delivery-"+in.ID+".json")
}

type getAttemptBodyInput struct {
	DeliveryPath
	Number integer `path:"number"`
	Limit  integer `query:"limit"`
}

// getAttemptBody answers what is kept of an answer's body, as it was received.
func (a *api) getAttemptBody(ctx context.Context, c *call, in *getAttemptBodyInput) (*rawOutput, error) {
	d, err := a.delivery(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	for i := range d.Attempts {
		if number, ok := in.Number.value(1, 1<<30); ok && d.Attempts[i].Number == int(number) {
			return raw(d.Attempts[i].Response.Body, in.Limit, fmt.Sprintf("delivery-%s-answer-%d.bin", in.ID, number))
		}
	}
	return nil, webhook.ErrNotFound
}

type redeliverOutput struct {
	Body DeliveryRow
}

// redeliver asks for one more attempt and wakes the dispatcher for it. While one is
// under way it refuses: that one has the settings of before, and its result decides
// whether another is wanted. The store knows of the attempts of deliveries that go on,
// and of what other processes have in hand, the dispatcher also of those of its own that
// were cancelled.
func (a *api) redeliver(ctx context.Context, c *call, in *DeliveryPath) (*redeliverOutput, error) {
	if !isID(in.ID) {
		return nil, webhook.ErrNotFound
	}
	if a.Waker.UnderWay(webhook.DeliveryID(in.ID)) {
		if _, err := a.delivery(ctx, c, in.ID); err != nil {
			return nil, err
		}
		return nil, webhook.ErrInProgress
	}
	number, err := a.Store.Redeliver(ctx, c.tenant(), webhook.DeliveryID(in.ID), a.Clock.Now(), c.by())
	if err != nil {
		return nil, fmt.Errorf("redeliver: %w", err)
	}
	a.Waker.Wake(number)
	a.Live.Changed(c.tenant(), webhook.DeliveryID(in.ID))
	d, err := a.delivery(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	return &redeliverOutput{Body: viewDelivery(&d)}, nil
}

// cancel ends a delivery that has not ended.
func (a *api) cancel(ctx context.Context, c *call, in *DeliveryPath) (*redeliverOutput, error) {
	if !isID(in.ID) {
		return nil, webhook.ErrNotFound
	}
	number, err := a.Store.Cancel(ctx, c.tenant(), webhook.DeliveryID(in.ID), a.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("cancel: %w", err)
	}
	a.Waker.Cancelled(number, webhook.DeliveryID(in.ID))
	a.Live.Changed(c.tenant(), webhook.DeliveryID(in.ID))
	d, err := a.delivery(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	return &redeliverOutput{Body: viewDelivery(&d)}, nil
}
