package httpapi

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// searchedRows is how many of the newest rows of a range a text is looked for in.
	searchedRows = 20_000
	// maxQuery is the length of a text to look for, in code points.
	maxQuery = 256
)

// searched says what q was taken for.
type searched struct {
	// Kind is "id" if q is the identifier of something, else "text".
	Kind string `json:"kind" enum:"id,text"`
	// Newest is how many rows a text is looked for in; Complete says that the range
	// holds no more.
	Newest   int  `json:"newest,omitempty"`
	Complete bool `json:"complete"`
}

// byIdentifier makes the answer for a q that is the identifier of a delivery, an
// event or a webhook. What is nil was none.
type byIdentifier struct {
	deliveries []webhook.Delivery
	webhook    webhook.ID
}

func checkQ(q string) error {
	if utf8.RuneCountInString(q) > maxQuery {
		return invalidParameter("q", "too_long", fmt.Sprintf("q has at most %d characters.", maxQuery))
	}
	return nil
}

// identify looks q up as an identifier of the tenant; nil if it is none.
func (a *api) identify(ctx context.Context, c *call, q string) (*byIdentifier, error) {
	if !isID(q) {
		return nil, nil //nolint:nilnil // no identifier is no error
	}
	d, err := a.Store.Delivery(ctx, c.tenant(), webhook.DeliveryID(q))
	if err == nil {
		return &byIdentifier{deliveries: []webhook.Delivery{d}}, nil
	}
	if !errors.Is(err, webhook.ErrNotFound) {
		return nil, fmt.Errorf("look up delivery: %w", err)
	}
	of, err := a.Store.EventDeliveries(ctx, c.tenant(), webhook.EventID(q), deliveriesShown)
	if err == nil {
		return &byIdentifier{deliveries: of}, nil
	}
	if !errors.Is(err, webhook.ErrNotFound) {
		return nil, fmt.Errorf("look up event: %w", err)
	}
	if _, ok := a.Registry.Find(c.tenant(), webhook.ID(q)); ok {
		return &byIdentifier{webhook: webhook.ID(q)}, nil
	}
	return nil, nil //nolint:nilnil // no identifier is no error
}

// searchDeliveries narrows a query to what q finds. found is not nil if q is the
// identifier of a delivery or an event, which settles the answer.
func (a *api) searchDeliveries(ctx context.Context, c *call, text string, q *store.DeliveryQuery) (found []webhook.Delivery, as *searched, err error) {
	if text == "" {
		return nil, nil, nil
	}
	if err := checkQ(text); err != nil {
		return nil, nil, err
	}
	id, err := a.identify(ctx, c, text)
	switch {
	case err != nil:
		return nil, nil, err
	case id != nil && id.webhook != "":
		if q.Webhook != "" && q.Webhook != id.webhook {
			return []webhook.Delivery{}, &searched{Kind: "id", Complete: true}, nil
		}
		q.Webhook = id.webhook
		return nil, &searched{Kind: "id", Complete: true}, nil
	case id != nil:
		return append([]webhook.Delivery{}, id.deliveries...), &searched{Kind: "id", Complete: true}, nil
	}
	if q.Oldest, err = a.Store.DeliveryWindow(ctx, *q, searchedRows); err != nil {
		return nil, nil, fmt.Errorf("find the newest deliveries: %w", err)
	}
	q.Search = text
	return nil, &searched{Kind: "text", Newest: searchedRows, Complete: q.Oldest == ""}, nil
}

// searchEvents is searchDeliveries for events.
func (a *api) searchEvents(ctx context.Context, c *call, text string, q *store.EventQuery) (found []webhook.Event, as *searched, err error) {
	if text == "" {
		return nil, nil, nil
	}
	if err := checkQ(text); err != nil {
		return nil, nil, err
	}
	if isID(text) {
		e, err := a.Store.Event(ctx, c.tenant(), webhook.EventID(text))
		if err == nil {
			return []webhook.Event{e}, &searched{Kind: "id", Complete: true}, nil
		}
		if !errors.Is(err, webhook.ErrNotFound) {
			return nil, nil, fmt.Errorf("look up event: %w", err)
		}
	}
	if q.Oldest, err = a.Store.EventWindow(ctx, *q, searchedRows); err != nil {
		return nil, nil, fmt.Errorf("find the newest events: %w", err)
	}
	q.Search = text
	return nil, &searched{Kind: "text", Newest: searchedRows, Complete: q.Oldest == ""}, nil
}
