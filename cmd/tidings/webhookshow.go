package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

type webhookShowCommand struct{ chosen }

// Help is shown by kong.
func (*webhookShowCommand) Help() string {
	return serverHelp + examples("tidings webhooks show Orders", "tidings webhooks show Orders --json | jq .headers")
}

// Run is called by kong.
func (c *webhookShowCommand) Run(ctx context.Context, s *session) error {
	return s.withWebhook(ctx, c.Webhook, func(server *client, _, path string) error {
		answer, err := server.call(ctx, http.MethodGet, path, nil, nil)
		if err != nil {
			return err
		}
		if s.json {
			_, err := fmt.Fprintf(s.stdout, "%s\n", answer)
			return err
		}
		var w struct {
			webhookView

			Headers []struct {
				Name             string
				Value            *string
				Locked, Withheld bool
			}
			RetryingCount, HeldCount int
		}
		if err := decode(answer, &w); err != nil {
			return err
		}
		fmt.Fprintf(s.stdout, "Webhook      %s %s\nURL          %s\nState        %s\nEvent types  %s\nPast 24 h    %d requests, %s successful\nWaiting      %d retrying, %d held\nHeaders\n",
			w.ID, plain(w.Name), plain(w.URL), w.state(), strings.Join(w.EventTypes, ", "), w.Health.RequestCount, w.success(), w.RetryingCount, w.HeldCount)
		for _, h := range w.Headers {
			value := "(locked)"
			switch {
			case h.Withheld:
				value = "(locked; not sent, since it was given for another host: give it again)"
			case h.Value != nil:
				value = plain(*h.Value)
			}
			fmt.Fprintf(s.stdout, "  %s: %s\n", plain(h.Name), value)
		}
		if len(w.Headers) == 0 {
			fmt.Fprintln(s.stdout, "  none")
		}
		return nil
	})
}

type webhookCheckURLCommand struct {
	URL string `arg:"" help:"URL of an endpoint."`
}

// Help is shown by kong.
func (*webhookCheckURLCommand) Help() string {
	return "Says whether the server would save the URL, and where its name points to now. Nothing is connected to.\n" + serverHelp +
		examples("tidings webhooks check-url https://shop.example.com/hooks", "tidings webhooks check-url https://shop.example.com/hooks --json | jq .addresses")
}

var errUnusableURL = errors.New("the URL cannot be used")

// Run is called by kong.
func (c *webhookCheckURLCommand) Run(ctx context.Context, s *session) error {
	return s.withServer(func(server *client) error {
		answer, err := server.send(ctx, http.MethodPost, "/api/url-check", map[string]string{"url": c.URL}, nil)
		if err != nil {
			return err
		}
		var found struct {
			Normalized         string
			Problems, Warnings []struct{ Message string }
			Addresses          []struct {
				Address string
				Blocked bool
			}
		}
		if err := decode(answer, &found); err != nil {
			return err
		}
		if s.json {
			fmt.Fprintf(s.stdout, "%s\n", answer)
		} else {
			if found.Normalized != "" {
				fmt.Fprintln(s.stdout, plain(found.Normalized))
			}
			for _, p := range found.Problems {
				fmt.Fprintln(s.stdout, "problem: "+plain(p.Message))
			}
			for _, w := range found.Warnings {
				fmt.Fprintln(s.stdout, "warning: "+plain(w.Message))
			}
			for _, a := range found.Addresses {
				verdict := "open"
				if a.Blocked {
					verdict = "blocked"
				}
				fmt.Fprintf(s.stdout, "address: %s (%s)\n", a.Address, verdict)
			}
		}
		if len(found.Problems) > 0 {
			return errUnusableURL
		}
		return nil
	})
}
