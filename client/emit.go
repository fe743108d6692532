package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// NewEvent is an event to hand over.
type NewEvent struct {
	// Type is the event type, such as User.Created.
	Type string
	// Payload becomes a JSON object, whose members receivers get as they are, beside
	// the member event. Bytes are taken as the JSON itself. It may be nil.
	Payload any
	// IdempotencyKey makes it safe to hand over the event again: for 24 hours the same
	// key with the same payload has no further effect.
	IdempotencyKey string
}

// Emit hands over an event. Once it returns without an error, the event and its
// deliveries are durable. After any other end, handing it over again with the same
// idempotency key does no harm.
func (c *Client) Emit(ctx context.Context, e NewEvent) (Accepted, error) {
	body, err := e.body()
	if err != nil {
		return Accepted{}, err
	}
	return c.PostEvent(ctx, PostEventParams{IdempotencyKey: e.IdempotencyKey}, body)
}

// EmitAll hands over up to 1,000 events in one commit: all of them or none.
func (c *Client) EmitAll(ctx context.Context, idempotencyKey string, events ...NewEvent) ([]Accepted, error) {
	bodies := make([]json.RawMessage, len(events))
	for i, e := range events {
		body, err := e.body()
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
		bodies[i] = body
	}
	return c.PostEventBatch(ctx, PostEventBatchParams{IdempotencyKey: idempotencyKey}, bodies)
}

// body puts the event type in front of the members of the payload, of which nothing
// else changes.
func (e *NewEvent) body() (json.RawMessage, error) {
	member, err := encode(map[string]string{"event": e.Type})
	if err != nil || e.Payload == nil {
		return member, err
	}
	payload, err := encode(e.Payload)
	if err != nil {
		return nil, err
	}
	payload = bytes.TrimSpace(payload)
	var members map[string]json.RawMessage
	if err := json.Unmarshal(payload, &members); err != nil || members == nil {
		return nil, errors.New("the payload is not a JSON object")
	}
	if _, there := members["event"]; there {
		return nil, errors.New("the payload has a member event: the type of the event goes there")
	}
	if len(members) == 0 {
		return member, nil
	}
	return append(append(member[:len(member)-1], ','), payload[1:]...), nil
}
