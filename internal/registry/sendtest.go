package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/webhook"
)

// testsAtOnce bounds the requests of one SendTest that are under way.
const testsAtOnce = 5

// Test is what to send, with settings that need not be saved.
type Test struct {
	EventTypes []webhook.EventType
	URL        webhook.EndpointURL
	Headers    []webhook.Header
}

// SendTest sends Logto's test payload of each event type to the URL, signed with
// the key of the webhook, and returns what came of each, in order. One request
// each, at most five at a time, never retried; nothing of it is stored or counted.
// Once one has failed no other is begun: the answer then holds those that were. A
// URL, header or event type that could not be saved is a *Refused.
func (r *Registry) SendTest(ctx context.Context, tenant webhook.TenantID, id webhook.ID, test Test) ([]webhook.Attempt, error) {
	w, ok := r.Find(tenant, id)
	if !ok {
		return nil, webhook.ErrNotFound
	}
	settings := webhook.Webhook{Tenant: tenant, EventTypes: test.EventTypes, URL: test.URL, Headers: test.Headers}
	if err := r.check(&webhook.Webhook{}, &settings); err != nil {
		return nil, err
	}
	requests := make([]webhook.Request, len(settings.EventTypes))
	for i, name := range settings.EventTypes {
		request, err := r.testRequest(w, &settings, name)
		if err != nil {
			return nil, err
		}
		requests[i] = request
	}
	return r.sendAll(ctx, requests), nil
}

func (r *Registry) testRequest(w, settings *webhook.Webhook, name webhook.EventType) (webhook.Request, error) {
	body, err := r.testPayload(w, name)
	if err != nil {
		return webhook.Request{}, err
	}
	// No delivery exists, but receivers expect a webhook-id of its own on each request.
	id, err := webhook.NewID(r.random)
	if err != nil {
		return webhook.Request{}, fmt.Errorf("make id of test request: %w", err)
	}
	return webhook.Request{
		Delivery: webhook.DeliveryID(id), URL: settings.URL, Headers: settings.Headers, SigningKey: w.SigningKey,
		Body: body, Number: 1, Trigger: webhook.TriggerTest,
	}, nil
}

// testPayload is Logto's for the event types built in; for an own one it is the
// example, or without one the shape that Logto uses for most.
func (r *Registry) testPayload(w *webhook.Webhook, name webhook.EventType) ([]byte, error) {
	if builtIn, is := r.catalog.Get(name); is {
		return r.catalog.TestPayload(builtIn, w.ID, r.clock.Now()), nil
	}
	own, is := r.tenantNow(w.Tenant).own[name]
	if !is {
		return nil, fmt.Errorf("event type %q has no test payload", name)
	}
	if len(own.Example) == 0 {
		return r.catalog.TestPayload(catalog.Type{Name: name}, w.ID, r.clock.Now()), nil
	}
	payload := webhook.Payload{Posted: bytes.Trim(own.Example, " \t\r\n"), Composer: webhook.ComposerVersion}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(own.Example, &members); err != nil || members["createdAt"] == nil {
		payload.CreatedAt = r.clock.Now()
	}
	return payload.Body(w.ID), nil
}

func (r *Registry) sendAll(ctx context.Context, requests []webhook.Request) []webhook.Attempt {
	attempts := make([]webhook.Attempt, len(requests))
	slots := make(chan struct{}, testsAtOnce)
	var wg sync.WaitGroup
	var failed atomic.Bool
	begun := 0
	for i := range requests {
		if slots <- struct{}{}; failed.Load() {
			break
		}
		begun++
		wg.Go(func() {
			defer func() { <-slots }()
			if attempts[i] = r.sender.Send(ctx, requests[i]); attempts[i].Outcome != webhook.OutcomeSucceeded {
				failed.Store(true)
			}
		})
	}
	wg.Wait()
	return attempts[:begun]
}
