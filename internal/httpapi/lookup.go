package httpapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/tidingshq/tidings/internal/webhook"
)

type lookupInput struct {
	ID string `query:"id"`
}

type lookupOutput struct {
	Body lookupView
}

// lookupView says what an identifier names.
type lookupView struct {
	Kind string `json:"kind" enum:"webhook,event,delivery,inbox"`
	ID   string `json:"id"`
}

// lookup finds what an identifier of the tenant names.
func (a *api) lookup(ctx context.Context, c *call, in *lookupInput) (*lookupOutput, error) {
	if in.ID == "" {
		return nil, invalidParameter("id", "required", "id is the identifier to look up.")
	}
	found := func(kind string) (*lookupOutput, error) { return &lookupOutput{lookupView{kind, in.ID}}, nil }
	if _, ok := a.Registry.Find(c.tenant(), webhook.ID(in.ID)); ok {
		return found("webhook")
	}
	if a.Receiver != nil {
		if _, ok := a.Receiver.Inbox(c.tenant(), in.ID); ok {
			return found("inbox")
		}
	}
	if !isID(in.ID) {
		return nil, webhook.ErrNotFound
	}
	_, err := a.Store.Event(ctx, c.tenant(), webhook.EventID(in.ID))
	if err == nil {
		return found("event")
	}
	if !errors.Is(err, webhook.ErrNotFound) {
		return nil, fmt.Errorf("look for an event: %w", err)
	}
	if _, err := a.delivery(ctx, c, in.ID); err != nil {
		return nil, err
	}
	return found("delivery")
}
