package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

type eventTypeCommands struct {
	List   eventTypeListCommand   `cmd:"" help:"List the event types."`
	Create eventTypeCreateCommand `cmd:"" help:"Add an event type of your own."`
	Delete eventTypeDeleteCommand `cmd:"" help:"Delete an event type of your own."`
}

type eventTypeListCommand struct{}

// Help is shown by kong.
func (*eventTypeListCommand) Help() string {
	return serverHelp + examples("tidings event-types list", "tidings event-types list --json | jq -r 'select(.builtIn | not) | .name'")
}

// Run is called by kong.
func (*eventTypeListCommand) Run(ctx context.Context, s *session) error {
	return s.withServer(func(server *client) error {
		all, err := server.pages(ctx, "/api/event-types", url.Values{}, 1)
		if err != nil {
			return err
		}
		if s.json {
			return printLines(s.stdout, all)
		}
		rows := make([][]string, len(all))
		for i, raw := range all {
			var e struct {
				Name, Group, Description       string
				BuiltIn, Deprecated, HasSchema bool
				WebhookCount                   int
			}
			if err := decode(raw, &e); err != nil {
				return err
			}
			origin := "own"
			switch {
			case e.BuiltIn:
				origin = "built in"
			case e.Deprecated:
				origin = "own, deprecated"
			case e.HasSchema:
				origin = "own, with schema"
			}
			rows[i] = []string{e.Name, plain(e.Group), origin, fmt.Sprint(e.WebhookCount), plain(e.Description)}
		}
		return printTable(s.stdout, []string{"NAME", "GROUP", "ORIGIN", "WEBHOOKS", "DESCRIPTION"}, rows)
	})
}

type eventTypeCreateCommand struct {
	Name        string `arg:"" help:"Name, such as order.paid."`
	Group       string `help:"Group, for people."`
	Description string `help:"When it is sent."`
	Schema      string `help:"JSON Schema of the payload: @FILE, - for the standard input, or JSON." placeholder:"…"`
	Example     string `help:"A payload: @FILE, - for the standard input, or JSON." placeholder:"…"`
}

// Help is shown by kong.
func (*eventTypeCreateCommand) Help() string {
	return serverHelp + examples("tidings event-types create order.paid --group Orders --schema @order.schema.json",
		`tidings event-types create order.late --example '{"event":"order.late","data":{"id":"o_1"}}'`)
}

// Run is called by kong.
func (c *eventTypeCreateCommand) Run(ctx context.Context, s *session) error {
	body := map[string]any{"name": c.Name, "group": c.Group, "description": c.Description}
	if c.Schema != "" {
		schema, err := readArgument(c.Schema, s.stdin)
		if err != nil {
			return err
		}
		if !json.Valid(schema) {
			return usageError{errors.New("the schema is not JSON")}
		}
		body["schema"] = json.RawMessage(schema)
	}
	if c.Example != "" {
		example, err := readArgument(c.Example, s.stdin)
		if err != nil {
			return err
		}
		if example, err = withEvent(example, c.Name); err != nil {
			return err
		}
		body["example"] = string(example)
	}
	return s.withServer(func(server *client) error {
		if _, err := server.send(ctx, http.MethodPost, "/api/event-types", body, nil); err != nil {
			return err
		}
		return s.doneNamed(c.Name, "Created.")
	})
}

type eventTypeDeleteCommand struct {
	Name string `arg:"" help:"Name of the event type."`
}

// Help is shown by kong.
func (*eventTypeDeleteCommand) Help() string {
	return serverHelp + "Refused while a webhook selects it by its name.\n\n" +
		examples("tidings event-types delete order.late", "tidings event-types delete order.late --json")
}

// Run is called by kong.
func (c *eventTypeDeleteCommand) Run(ctx context.Context, s *session) error {
	return s.withServer(func(server *client) error {
		if _, err := server.call(ctx, http.MethodDelete, "/api/event-types/"+url.PathEscape(c.Name), nil, nil); err != nil {
			return err
		}
		return s.doneNamed(c.Name, "Deleted.")
	})
}

// doneNamed says that something was done with what has a name.
func (s *session) doneNamed(name, sentence string) error {
	if s.json {
		return printJSON(s.stdout, map[string]string{"name": name})
	}
	_, err := fmt.Fprintln(s.stdout, sentence)
	return err
}
