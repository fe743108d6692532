package client

import (
	"context"
	"iter"
	"strconv"
)

// Deliveries walks through the deliveries that the parameters select, the newest
// first, and asks for page after page. It ends with the first error.
func (c *Client) Deliveries(ctx context.Context, params ListDeliveriesParams) iter.Seq2[DeliveryRow, error] {
	return walk(func(cursor string) ([]DeliveryRow, string, error) {
		params.Cursor = cursor
		page, err := c.ListDeliveries(ctx, params)
		return page.Items, page.Next, err
	}, params.Cursor)
}

// Events walks through the events that the parameters select, like
// [Client.Deliveries].
func (c *Client) Events(ctx context.Context, params ListEventsParams) iter.Seq2[EventRow, error] {
	return walk(func(cursor string) ([]EventRow, string, error) {
		params.Cursor = cursor
		page, err := c.ListEvents(ctx, params)
		return page.Items, page.Next, err
	}, params.Cursor)
}

// Webhooks walks through the webhooks that the parameters select, like
// [Client.Deliveries].
func (c *Client) Webhooks(ctx context.Context, params ListWebhooksParams) iter.Seq2[WebhookRow, error] {
	return walk(func(cursor string) ([]WebhookRow, string, error) {
		params.Cursor = cursor
		page, err := c.ListWebhooks(ctx, params)
		return page.Items, page.Next, err
	}, params.Cursor)
}

// APIKeys walks through the API keys of the tenant, like [Client.Deliveries].
func (c *Client) APIKeys(ctx context.Context, params ListApiKeysParams) iter.Seq2[ApiKey, error] {
	return walk(func(cursor string) ([]ApiKey, string, error) {
		params.Cursor = cursor
		page, err := c.ListApiKeys(ctx, params)
		return page.Items, page.Next, err
	}, params.Cursor)
}

// Tenants walks through the tenants of the server, like [Client.Deliveries].
func (c *Client) Tenants(ctx context.Context, params ListTenantsParams) iter.Seq2[Tenant, error] {
	return walk(func(cursor string) ([]Tenant, string, error) {
		params.Cursor = cursor
		page, err := c.ListTenants(ctx, params)
		return page.Items, page.Next, err
	}, params.Cursor)
}

// walk yields the entries of page after page.
func walk[T any](page func(cursor string) (entries []T, next string, err error), cursor string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			entries, next, err := page(cursor)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			cursor = next
		}
	}
}

// ETag is what [Client.UpdateWebhook] wants as IfMatch: it stands for the webhook as
// it was read.
func (w *Webhook) ETag() string { return `"` + strconv.FormatInt(w.Version, 10) + `"` }
