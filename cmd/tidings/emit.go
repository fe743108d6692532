package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/webhook"
)

type emitCommand struct {
	Type           string        `arg:"" help:"Event type, such as User.Created."`
	Data           string        `help:"Payload: @FILE, - for the standard input, or JSON. A sample if not given." placeholder:"…"`
	Wait           bool          `help:"Wait for the outcome and print it for each webhook."`
	WaitFor        time.Duration `default:"15m" help:"How long to wait at most."`
	IdempotencyKey string        `help:"Sending the same key and payload again has no effect." placeholder:"KEY"`
}

// Help is shown by kong.
func (*emitCommand) Help() string {
	return "TIDINGS_URL names the server (http://127.0.0.1:8080 if not set), TIDINGS_API_KEY the key.\n\n" +
		examples("tidings emit User.Created --wait", `tidings emit User.Created --data '{"data":{"id":"u_1"}}' --idempotency-key order-4711`)
}

// accepted is the answer to an event.
type accepted struct {
	ID         string `json:"id"`
	Deliveries int    `json:"deliveries"`
}

// Run is called by kong.
func (c *emitCommand) Run(ctx context.Context, s *session) error {
	server, err := s.client()
	if err != nil {
		return err
	}
	defer server.close()
	payload, err := c.payload(ctx, s.stdin, server)
	if err != nil {
		return err
	}
	answer, err := server.emit(ctx, payload, c.IdempotencyKey)
	if err != nil {
		return err
	}
	if c.Wait {
		return c.wait(ctx, s, server, answer)
	}
	if s.json {
		return printJSON(s.stdout, answer)
	}
	_, err = fmt.Fprintf(s.stdout, "Accepted event %s for %s.\n", answer.ID, plural(answer.Deliveries, "webhook"))
	return err
}

func (c *client) emit(ctx context.Context, payload []byte, idempotencyKey string) (accepted, error) {
	headers := make(map[string]string)
	if idempotencyKey != "" {
		headers["Idempotency-Key"] = idempotencyKey
	}
	var event accepted
	answer, err := c.call(ctx, http.MethodPost, "/api/events", payload, headers)
	if err != nil {
		return event, err
	}
	return event, decode(answer, &event)
}

func (c *emitCommand) payload(ctx context.Context, stdin io.Reader, server *client) ([]byte, error) {
	if c.Data == "" {
		return server.sample(ctx, c.Type)
	}
	data, err := readArgument(c.Data, stdin)
	if err != nil {
		return nil, fmt.Errorf("read the payload: %w", err)
	}
	return withEvent(data, c.Type)
}

// sample is that of the catalogue, or the example that the server has of an event
// type of its own.
func (c *client) sample(ctx context.Context, name string) ([]byte, error) {
	types := catalog.Load()
	if eventType, known := types.Get(webhook.EventType(name)); known {
		return eventType.Sample(time.Now()), nil
	}
	var own struct{ Example string }
	if err := c.get(ctx, "/api/event-types/"+url.PathEscape(name), &own); err == nil && own.Example != "" {
		return []byte(own.Example), nil
	}
	return nil, noSample(types, name)
}

func noSample(types *catalog.Catalog, name string) error {
	hint := "give one with --data"
	if nearest := types.Nearest(name); nearest != "" {
		hint = "did you mean " + nearest + "? Otherwise " + hint
	}
	return usageError{fmt.Errorf("there is no sample payload for %q: %s", name, hint)}
}

// withEvent puts the member "event" in front of an object that has none. Nothing
// else of it changes.
func withEvent(data []byte, name string) ([]byte, error) {
	data = bytes.TrimSpace(data)
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil || members == nil {
		return nil, usageError{errors.New("the payload is not a JSON object")}
	}
	given, has := members["event"]
	if !has {
		member, _ := json.Marshal(name) // text always marshals
		head := append([]byte(`{"event":`), member...)
		if len(members) > 0 {
			head = append(head, ',')
		}
		return append(head, data[1:]...), nil
	}
	var text string
	if err := json.Unmarshal(given, &text); err != nil || text != name {
		return nil, usageError{fmt.Errorf("the payload says \"event\":%s, the argument %q", given, name)}
	}
	return data, nil
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
