package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tidingshq/tidings/client"
)

func ExampleNew() {
	url, stop := serve()
	defer stop()
	c, err := client.New(url, key)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	me, err := c.GetMe(context.Background())
	fmt.Println(me.Tenant, err)
	// Output: default <nil>
}

func ExampleClient_Emit() {
	url, stop := serve()
	defer stop()
	c, err := client.New(url, key)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	ctx := context.Background()
	_, err = c.CreateWebhook(ctx, client.WebhookCreateBody{
		Name: "Sync users", EventTypes: []string{"User.*"}, URL: url + "/receiver/00112233445566778899aabbccddeeff",
	})
	if err != nil {
		panic(err)
	}
	accepted, err := c.Emit(ctx, client.NewEvent{
		Type: "User.Created", Payload: map[string]any{"data": map[string]string{"id": "u_1"}}, IdempotencyKey: "signup-4711",
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("goes to", accepted.Deliveries, "webhook")
	// Output: goes to 1 webhook
}

func ExampleClient_EmitAll() {
	url, stop := serve()
	defer stop()
	c, err := client.New(url, key)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	accepted, err := c.EmitAll(context.Background(), "import-1",
		client.NewEvent{Type: "User.Created", Payload: []byte(`{"data":{"id":"u_1"}}`)},
		client.NewEvent{Type: "User.Deleted", Payload: []byte(`{"data":{"id":"u_2"}}`)},
	)
	fmt.Println(len(accepted), err)
	// Output: 2 <nil>
}

func ExampleClient_Events() {
	url, stop := serve()
	defer stop()
	c, err := client.New(url, key)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	ctx := context.Background()
	for _, eventType := range []string{"Role.Created", "User.Created", "User.Deleted"} {
		if _, err := c.Emit(ctx, client.NewEvent{Type: eventType}); err != nil {
			panic(err)
		}
	}
	// Two to a page: the next one is asked for by itself.
	for event, err := range c.Events(ctx, client.ListEventsParams{Limit: 2}) {
		if err != nil {
			panic(err)
		}
		fmt.Println(event.EventType)
	}
	// Output:
	// User.Deleted
	// User.Created
	// Role.Created
}

func ExampleClient_Deliveries() {
	url, stop := serve()
	defer stop()
	c, err := client.New(url, key)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	failed := 0
	for _, err := range c.Deliveries(context.Background(), client.ListDeliveriesParams{State: []string{"failed"}}) {
		if err != nil {
			panic(err)
		}
		failed++
	}
	fmt.Println(failed, "failed")
	// Output: 0 failed
}

func ExampleClient_Webhooks() {
	url, stop := serve()
	defer stop()
	c, err := client.New(url, key)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	ctx := context.Background()
	for _, name := range []string{"Accounting", "Mail"} {
		if _, err := c.CreateWebhook(ctx, client.WebhookCreateBody{Name: name, EventTypes: []string{"*"}, URL: "https://hooks.example.com/"}); err != nil {
			panic(err)
		}
	}
	for webhook, err := range c.Webhooks(ctx, client.ListWebhooksParams{Sort: "name"}) {
		if err != nil {
			panic(err)
		}
		fmt.Println(webhook.Name)
	}
	// Output:
	// Accounting
	// Mail
}

func ExampleClient_APIKeys() {
	url, stop := serve()
	defer stop()
	c, err := client.New(url, key)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	for key, err := range c.APIKeys(context.Background(), client.ListApiKeysParams{}) {
		if err != nil {
			panic(err)
		}
		fmt.Println(key.ID, key.Scopes)
	}
	// Output: bootstrap [admin]
}

func ExampleClient_Tenants() {
	url, stop := serve()
	defer stop()
	c, err := client.New(url, key)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	for tenant, err := range c.Tenants(context.Background(), client.ListTenantsParams{}) {
		if err != nil {
			panic(err)
		}
		fmt.Println(tenant.ID)
	}
	// Output: default
}

func ExampleWithHTTPClient() {
	url, stop := serve()
	defer stop()
	patient := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	c, err := client.New(url, key, client.WithHTTPClient(patient))
	if err != nil {
		panic(err)
	}
	defer c.Close()
	ready, err := c.GetReadiness(context.Background())
	fmt.Println(ready.Status, err)
	// Output: ready <nil>
}

func ExampleError() {
	url, stop := serve()
	defer stop()
	c, err := client.New(url, key)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	_, err = c.GetDelivery(context.Background(), "000000000000000000000")
	var refused *client.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Status, refused.Code)
	}
	// Output: 404 entity.not_found
}

func ExampleWebhook_ETag() {
	url, stop := serve()
	defer stop()
	c, err := client.New(url, key)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	ctx := context.Background()
	webhook, err := c.CreateWebhook(ctx, client.WebhookCreateBody{Name: "Mail", EventTypes: []string{"*"}, URL: "https://hooks.example.com/"})
	if err != nil {
		panic(err)
	}
	off := false
	changed, err := c.UpdateWebhook(ctx, webhook.ID, client.UpdateWebhookParams{IfMatch: webhook.ETag()}, client.WebhookUpdateBody{Enabled: &off})
	fmt.Println(changed.Enabled, err)
	// Whoever still has the webhook as it was is told so.
	_, err = c.UpdateWebhook(ctx, webhook.ID, client.UpdateWebhookParams{IfMatch: webhook.ETag()}, client.WebhookUpdateBody{Name: "Post"})
	var refused *client.Error
	fmt.Println(errors.As(err, &refused) && refused.Code == "webhook.changed")
	// Output:
	// false <nil>
	// true
}
