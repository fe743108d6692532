package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

type webhookUpdateCommand struct {
	chosen

	Name       string   `help:"New name." placeholder:"NAME"`
	URL        string   `help:"New URL of the endpoint." placeholder:"URL"`
	EventTypes []string `name:"event-type" short:"e" help:"Event type, Group.* or *, in place of all there were; repeatable." placeholder:"TYPE" sep:"none"`
	Headers    []string `name:"header" short:"H" help:"Custom header to add or to give another value; repeatable." placeholder:"NAME:VALUE" sep:"none"`
	Locked     []string `name:"locked-header" help:"The same, with a value that is never shown again; repeatable." placeholder:"NAME:VALUE" sep:"none"`
	Remove     []string `name:"remove-header" help:"Custom header to remove; repeatable." placeholder:"NAME" sep:"none"`
}

// Help is shown by kong.
func (*webhookUpdateCommand) Help() string {
	return "What is not given stays as it is. The value of a locked header goes only to the host that it was given for: with a URL of another one, give it again or remove the header.\n" + serverHelp +
		examples("tidings webhooks update Orders --event-type 'order.*' --event-type User.Deleted",
			"tidings webhooks update CRM --url https://new.example.com/in --locked-header 'authorization: Bearer …'")
}

// keptHeader is a custom header as the API shows it and takes it; without a value a
// locked one keeps its own.
type keptHeader struct {
	Name   string  `json:"name"`
	Value  *string `json:"value,omitempty"`
	Locked bool    `json:"locked"`
}

// Run is called by kong.
func (c *webhookUpdateCommand) Run(ctx context.Context, s *session) error {
	given, err := customHeaders(c.Headers, c.Locked)
	if err != nil {
		return err
	}
	change := map[string]any{}
	for name, value := range map[string]string{"name": c.Name, "url": c.URL} {
		if value != "" {
			change[name] = value
		}
	}
	if len(c.EventTypes) > 0 {
		change["eventTypes"] = c.EventTypes
	}
	if len(change) == 0 && len(given) == 0 && len(c.Remove) == 0 {
		return usageError{errors.New("nothing to change: give --name, --url, --event-type, --header, --locked-header or --remove-header")}
	}
	return s.withWebhook(ctx, c.Webhook, func(server *client, id, path string) error {
		before, tag, err := server.tagged(ctx, path)
		if err != nil {
			return err
		}
		if len(given) > 0 || len(c.Remove) > 0 {
			if change["headers"], err = c.headers(before, given); err != nil {
				return err
			}
		}
		answer, err := server.send(ctx, http.MethodPatch, path, change, map[string]string{"If-Match": tag})
		if err != nil {
			return err
		}
		if s.json {
			_, err := fmt.Fprintf(s.stdout, "%s\n", answer)
			return err
		}
		return s.done(id, "Changed.")
	})
}

// headers are those that the webhook has, with what is to change.
func (c *webhookUpdateCommand) headers(before json.RawMessage, given []customHeader) ([]keptHeader, error) {
	var w struct{ Headers []keptHeader }
	if err := decode(before, &w); err != nil {
		return nil, err
	}
	find := func(name string) int {
		return slices.IndexFunc(w.Headers, func(h keptHeader) bool { return strings.EqualFold(h.Name, strings.TrimSpace(name)) })
	}
	for _, name := range c.Remove {
		at := find(name)
		if at < 0 {
			return nil, usageError{fmt.Errorf("the webhook has no header %q", name)}
		}
		w.Headers = slices.Delete(w.Headers, at, at+1)
	}
	for _, h := range given {
		changed := keptHeader{h.Name, &h.Value, h.Locked}
		if at := find(h.Name); at >= 0 {
			w.Headers[at] = changed
		} else {
			w.Headers = append(w.Headers, changed)
		}
	}
	return append([]keptHeader{}, w.Headers...), nil
}
