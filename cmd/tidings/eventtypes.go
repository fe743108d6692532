package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

type eventTypeCommands struct {
	List     eventTypeListCommand     `cmd:"" help:"List the event types."`
	Create   eventTypeCreateCommand   `cmd:"" help:"Add an event type of your own."`
	Update   eventTypeUpdateCommand   `cmd:"" help:"Change an event type of your own."`
	Validate eventTypeValidateCommand `cmd:"" help:"Check a payload without sending it."`
	Delete   eventTypeDeleteCommand   `cmd:"" help:"Delete an event type of your own."`
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
	if err := s.addDocuments(body, c.Name, c.Schema, c.Example); err != nil {
		return err
	}
	return s.withServer(func(server *client) error {
		if _, err := server.send(ctx, http.MethodPost, "/api/event-types", body, nil); err != nil {
			return err
		}
		return s.doneNamed(c.Name, "Created.")
	})
}

// addDocuments reads schema and example, where they are given, into the body of a
// request.
func (s *session) addDocuments(body map[string]any, name, schema, example string) error {
	if schema != "" {
		text, err := readArgument(schema, s.stdin)
		if err != nil {
			return err
		}
		if !json.Valid(text) {
			return usageError{errors.New("the schema is not JSON")}
		}
		body["schema"] = json.RawMessage(text)
	}
	if example != "" {
		text, err := readArgument(example, s.stdin)
		if err != nil {
			return err
		}
		if text, err = withEvent(text, name); err != nil {
			return err
		}
		body["example"] = string(text)
	}
	return nil
}

type eventTypeUpdateCommand struct {
	Name        string  `arg:"" help:"Name of the event type."`
	Group       *string `help:"Group, for people." placeholder:"GROUP"`
	Description *string `help:"When it is sent." placeholder:"TEXT"`
	Deprecated  *bool   `help:"Whether it should no longer be used." negatable:""`
	Schema      string  `help:"JSON Schema of the payload: @FILE, - for the standard input, or JSON; null removes it." placeholder:"…"`
	Example     string  `help:"A payload: @FILE, - for the standard input, or JSON." placeholder:"…"`
}

// Help is shown by kong.
func (*eventTypeUpdateCommand) Help() string {
	return serverHelp + "What is not given stays as it is.\n\n" +
		examples("tidings event-types update order.late --deprecated", "tidings event-types update order.paid --schema @order.schema.json")
}

// Run is called by kong.
func (c *eventTypeUpdateCommand) Run(ctx context.Context, s *session) error {
	body := map[string]any{}
	if c.Group != nil {
		body["group"] = *c.Group
	}
	if c.Description != nil {
		body["description"] = *c.Description
	}
	if c.Deprecated != nil {
		body["deprecated"] = *c.Deprecated
	}
	if err := s.addDocuments(body, c.Name, c.Schema, c.Example); err != nil {
		return err
	}
	if len(body) == 0 {
		return usageError{errors.New("nothing to change: give --group, --description, --deprecated, --schema or --example")}
	}
	return s.withServer(func(server *client) error {
		if _, err := server.send(ctx, http.MethodPatch, "/api/event-types/"+url.PathEscape(c.Name), body, nil); err != nil {
			return err
		}
		return s.doneNamed(c.Name, "Changed.")
	})
}

type eventTypeValidateCommand struct {
	Name string `arg:"" help:"Name of the event type."`
	Data string `arg:"" help:"Payload: @FILE, - for the standard input, or JSON."`
}

// Help is shown by kong.
func (*eventTypeValidateCommand) Help() string {
	return serverHelp + "Ends with 1 if the payload would be refused.\n\n" +
		examples("tidings event-types validate order.paid @payload.json", `tidings event-types validate User.Created '{"event":"User.Created"}'`)
}

var errBadPayload = errors.New("the payload would be refused")

// Run is called by kong.
func (c *eventTypeValidateCommand) Run(ctx context.Context, s *session) error {
	payload, err := readArgument(c.Data, s.stdin)
	if err != nil {
		return err
	}
	return s.withServer(func(server *client) error {
		answer, err := server.call(ctx, http.MethodPost, "/api/event-types/"+url.PathEscape(c.Name)+"/validate", payload, nil)
		if err != nil {
			return err
		}
		var verdict struct {
			OK       bool `json:"ok"`
			Problems []struct{ Path, Message string }
		}
		if err := decode(answer, &verdict); err != nil {
			return err
		}
		if s.json {
			fmt.Fprintf(s.stdout, "%s\n", answer)
		} else if verdict.OK {
			fmt.Fprintln(s.stdout, "The payload is good.")
		}
		if verdict.OK {
			return nil
		}
		for _, p := range verdict.Problems {
			if !s.json {
				fmt.Fprintln(s.stdout, strings.TrimPrefix(plain(p.Path)+": "+plain(p.Message), ": "))
			}
		}
		return errBadPayload
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
