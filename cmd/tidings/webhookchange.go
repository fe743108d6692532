package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidingshq/tidings/internal/webhook"
)

type webhookTestCommand struct {
	chosen

	EventType string `name:"event-type" short:"e" help:"Event type; the first one that the webhook selects if not given." placeholder:"TYPE"`
	Data      string `help:"Payload: @FILE, - for the standard input, or JSON. A sample if not given." placeholder:"…"`
}

// Help is shown by kong.
func (*webhookTestCommand) Help() string {
	return serverHelp + "One signed request, never retried; it is not in the log and counts in no figure.\n\n" +
		examples("tidings webhooks test Orders --event-type order.paid", "tidings webhooks test 0a1b2c3d4e5f6g7h8i9j0 -e User.Created --data @payload.json")
}

// Run is called by kong.
func (c *webhookTestCommand) Run(ctx context.Context, s *session) error {
	return s.withWebhook(ctx, c.Webhook, func(server *client, _, path string) error {
		test := map[string]any{"eventType": c.EventType}
		if c.EventType == "" {
			selected, err := server.firstSelected(ctx, path)
			if err != nil {
				return err
			}
			test["eventType"] = selected
		}
		if c.Data != "" {
			payload, err := readArgument(c.Data, s.stdin)
			if err != nil {
				return err
			}
			test["payload"] = string(payload)
		}
		answer, err := server.send(ctx, http.MethodPost, path+"/test", test, nil)
		if err != nil {
			return err
		}
		return showTest(s, answer)
	})
}

// firstSelected is an event type that a webhook selects.
func (c *client) firstSelected(ctx context.Context, path string) (string, error) {
	var w webhookView
	if err := c.get(ctx, path, &w); err != nil {
		return "", err
	}
	for _, selected := range w.EventTypes {
		if !strings.HasSuffix(selected, "*") {
			return selected, nil
		}
	}
	all, err := c.pages(ctx, "/api/event-types", url.Values{}, 1)
	if err != nil {
		return "", err
	}
	for _, pattern := range w.EventTypes {
		for _, raw := range all {
			var known struct {
				Name       webhook.EventType
				Deprecated bool
			}
			if err := decode(raw, &known); err != nil {
				return "", err
			}
			if !known.Deprecated && webhook.EventType(pattern).Matches(known.Name) {
				return string(known.Name), nil
			}
		}
	}
	return "", usageError{errors.New("no event type fits what the webhook selects: name one with --event-type")}
}

func showTest(s *session, answer json.RawMessage) error {
	var test struct {
		WebhookID string `json:"webhookId"`
		Attempt   struct {
			attemptView

			Outcome    string  `json:"outcome"`
			Detail     string  `json:"detail"`
			DurationMs float64 `json:"durationMs"`
		} `json:"attempt"`
		ResponseBody string `json:"responseBody"`
	}
	if err := decode(answer, &test); err != nil {
		return err
	}
	if s.json {
		fmt.Fprintf(s.stdout, "%s\n", answer)
	} else {
		last := deliveryView{Attempts: []attemptView{test.Attempt.attemptView}}
		fmt.Fprintf(s.stdout, "%s after %.1f ms: %s", test.Attempt.Outcome, test.Attempt.DurationMs, last.lastAnswer())
		if test.Attempt.Detail != "" {
			fmt.Fprintf(s.stdout, " (%s)", plain(test.Attempt.Detail))
		}
		fmt.Fprintln(s.stdout)
		if test.ResponseBody != "" {
			fmt.Fprintf(s.stdout, "\n%s\n", plain(test.ResponseBody))
		}
	}
	if test.Attempt.Outcome != "succeeded" {
		return errNotDelivered
	}
	return nil
}

type webhookEnableCommand struct{ chosen }

// Help is shown by kong.
func (*webhookEnableCommand) Help() string {
	return serverHelp + examples("tidings webhooks enable Orders", "tidings webhooks enable 0a1b2c3d4e5f6g7h8i9j0")
}

// Run is called by kong.
func (c *webhookEnableCommand) Run(ctx context.Context, s *session) error {
	return s.setEnabled(ctx, c.Webhook, true, "Enabled. Deliveries that were waiting go on.")
}

type webhookDisableCommand struct{ chosen }

// Help is shown by kong.
func (*webhookDisableCommand) Help() string {
	return serverHelp + examples("tidings webhooks disable Orders", "tidings webhooks disable 0a1b2c3d4e5f6g7h8i9j0")
}

// Run is called by kong.
func (c *webhookDisableCommand) Run(ctx context.Context, s *session) error {
	return s.setEnabled(ctx, c.Webhook, false, "Disabled. New events do not go to it; what is pending waits.")
}

// setEnabled changes the switch alone, whatever others change meanwhile.
func (s *session) setEnabled(ctx context.Context, meant string, enabled bool, sentence string) error {
	return s.withWebhook(ctx, meant, func(server *client, id, path string) error {
		_, tag, err := server.tagged(ctx, path)
		if err != nil {
			return err
		}
		if _, err := server.send(ctx, http.MethodPatch, path, map[string]bool{"enabled": enabled}, map[string]string{"If-Match": tag}); err != nil {
			return err
		}
		return s.done(id, sentence)
	})
}

type webhookRotateCommand struct{ chosen }

// Help is shown by kong.
func (*webhookRotateCommand) Help() string {
	return serverHelp + examples("tidings webhooks rotate Orders", "tidings webhooks rotate Orders --json | jq -r .signingKey")
}

// Run is called by kong.
func (c *webhookRotateCommand) Run(ctx context.Context, s *session) error {
	return s.withWebhook(ctx, c.Webhook, func(server *client, _, path string) error {
		answer, err := server.call(ctx, http.MethodPost, path+"/signing-key", nil, nil)
		if err != nil {
			return err
		}
		if s.json {
			_, err := fmt.Fprintf(s.stdout, "%s\n", answer)
			return err
		}
		var key signingKey
		if err := decode(answer, &key); err != nil {
			return err
		}
		return key.print(s)
	})
}

type webhookDeleteCommand struct {
	chosen

	Yes bool `help:"Do not ask." short:"y"`
}

// Help is shown by kong.
func (*webhookDeleteCommand) Help() string {
	return serverHelp + examples("tidings webhooks delete Orders", "tidings webhooks delete 0a1b2c3d4e5f6g7h8i9j0 --yes")
}

// Run is called by kong.
func (c *webhookDeleteCommand) Run(ctx context.Context, s *session) error {
	return s.withWebhook(ctx, c.Webhook, func(server *client, id, path string) error {
		if !c.Yes && !s.confirm("Delete the webhook "+c.Webhook+"?") {
			return usageError{fmt.Errorf("nothing was deleted: answer y, or use --yes")}
		}
		if _, err := server.call(ctx, http.MethodDelete, path, nil, nil); err != nil {
			return err
		}
		return s.done(id, "Deleted.")
	})
}

// confirm asks on the terminal.
func (s *session) confirm(question string) bool {
	fmt.Fprintf(s.stderr, "%s [y/N] ", question)
	var answer [64]byte
	n, err := s.stdin.Read(answer[:])
	fmt.Fprintln(s.stderr)
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	text := strings.ToLower(strings.TrimSpace(string(answer[:n])))
	return text == "y" || text == "yes"
}
