package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tidingshq/tidings/internal/catalog"
)

type deliveryCommands struct {
	List deliveryListCommand `cmd:"" help:"List deliveries, newest first."`
	Show deliveryShowCommand `cmd:"" help:"Show one delivery with all its attempts."`
}

type deliveryListCommand struct {
	Webhook    string   `help:"Only this webhook: identifier, or the name if only one has it." short:"w" placeholder:"WEBHOOK"`
	EventTypes []string `name:"event-type" short:"e" help:"Only this event type; repeatable." placeholder:"TYPE" sep:"none"`
	States     []string `name:"state" help:"Only this state: pending, retrying, held, succeeded, failed or cancelled; repeatable." placeholder:"STATE" sep:"none"`
	Results    []string `name:"result" help:"Only with this last result: 2xx, 3xx, 4xx, 5xx, timeout, network or blocked; repeatable." placeholder:"RESULT" sep:"none"`
	From       string   `help:"Accepted at this time or later (RFC 3339 or Unix milliseconds)." placeholder:"TIME"`
	To         string   `help:"Accepted at this time or earlier." placeholder:"TIME"`
	Search     string   `short:"q" help:"Identifier, or text in payload, event type or webhook." placeholder:"TEXT"`
	Limit      int      `default:"50" help:"How many at most."`
}

// Help is shown by kong.
func (*deliveryListCommand) Help() string {
	return serverHelp + examples("tidings deliveries list --webhook Orders --state failed", "tidings deliveries list --result timeout --from 2026-11-23T12:00:00Z --json | jq -r .id")
}

// Run is called by kong.
func (c *deliveryListCommand) Run(ctx context.Context, s *session) error {
	const page = 100
	if c.Limit < 1 {
		return usageError{fmt.Errorf("--limit is at least 1")}
	}
	if err := oneOf("--state", c.States, "pending", "retrying", "held", "succeeded", "failed", "cancelled"); err != nil {
		return err
	}
	if err := oneOf("--result", c.Results, "2xx", "3xx", "4xx", "5xx", "timeout", "network", "blocked"); err != nil {
		return err
	}
	return s.withServer(func(server *client) error {
		query := url.Values{"eventType": c.EventTypes, "state": c.States, "result": c.Results, "limit": {fmt.Sprint(min(c.Limit, page))}}
		for name, value := range map[string]string{"from": c.From, "to": c.To, "q": c.Search} {
			if value != "" {
				query.Set(name, value)
			}
		}
		if c.Webhook != "" {
			id, err := server.webhook(ctx, c.Webhook)
			if err != nil {
				return err
			}
			query.Set("webhook", id)
		}
		all, err := server.pages(ctx, "/api/deliveries", query, (c.Limit+page-1)/page)
		if err != nil {
			return err
		}
		all = all[:min(len(all), c.Limit)]
		if s.json {
			return printLines(s.stdout, all)
		}
		rows := make([][]string, len(all))
		for i, raw := range all {
			var d struct {
				deliveryView

				EventType  string `json:"eventType"`
				AcceptedAt string `json:"acceptedAt"`
			}
			if err := decode(raw, &d); err != nil {
				return err
			}
			rows[i] = []string{d.ID, d.AcceptedAt, d.State, d.lastAnswer(), fmt.Sprint(len(d.Attempts)), plain(d.EventType), plain(d.Webhook.Name)}
		}
		return printTable(s.stdout, []string{"ID", "ACCEPTED", "STATE", "LAST", "ATTEMPTS", "EVENT TYPE", "WEBHOOK"}, rows)
	})
}

// oneOf says which of the values given to a flag there is not.
func oneOf(flag string, given []string, all ...string) error {
	for _, value := range given {
		if slices.Contains(all, value) {
			continue
		}
		hint := ""
		if nearest := catalog.NearestOf(value, all); nearest != "" {
			hint = "; did you mean " + nearest + "?"
		}
		return usageError{fmt.Errorf("%s: %q is none of %s%s", flag, value, strings.Join(all, ", "), hint)}
	}
	return nil
}

type deliveryShowCommand struct {
	Delivery string `arg:"" help:"Identifier of the delivery."`
}

// Help is shown by kong.
func (*deliveryShowCommand) Help() string {
	return serverHelp + examples("tidings deliveries show 0a1b2c3d4e5f6g7h8i9j0", "tidings deliveries show 0a1b2c3d4e5f6g7h8i9j0 --json | jq .attempts[-1].response")
}

// shownAttempt is what is printed of an attempt.
type shownAttempt struct {
	Number     int     `json:"number"`
	Outcome    string  `json:"outcome"`
	Status     int     `json:"status"`
	Reason     string  `json:"reason"`
	Detail     string  `json:"detail"`
	Trigger    string  `json:"trigger"`
	By         string  `json:"by"`
	StartedAt  string  `json:"startedAt"`
	DurationMs float64 `json:"durationMs"`
}

func (a *shownAttempt) line() string {
	what := a.Reason
	if a.Status != 0 {
		what = strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)))
	}
	text := fmt.Sprintf("  %d  %s  %-8s %s: %s after %.1f ms", a.Number, a.StartedAt, a.Trigger, a.Outcome, what, a.DurationMs)
	if a.By != "" {
		text += ", asked for by " + plain(a.By)
	}
	if a.Detail != "" {
		text += "\n     " + plain(a.Detail)
	}
	return text
}

// Run is called by kong.
func (c *deliveryShowCommand) Run(ctx context.Context, s *session) error {
	return s.withServer(func(server *client) error {
		answer, err := server.call(ctx, http.MethodGet, "/api/deliveries/"+url.PathEscape(c.Delivery), nil, nil)
		if err != nil {
			return err
		}
		if s.json {
			_, err := fmt.Fprintf(s.stdout, "%s\n", answer)
			return err
		}
		var d struct {
			ID, EventType, State, CancelReason, AcceptedAt, NextAttemptAt string
			Webhook                                                       struct{ ID, Name string }
			Event                                                         struct{ ID, Source, IdempotencyKey string }
			Attempts                                                      []shownAttempt
		}
		if err := decode(answer, &d); err != nil {
			return err
		}
		state := d.State
		if d.CancelReason != "" {
			state += " (" + d.CancelReason + ")"
		}
		if d.NextAttemptAt != "" {
			state += ", next attempt at " + d.NextAttemptAt
		}
		fmt.Fprintf(s.stdout, "Delivery  %s\nState     %s\nWebhook   %s (%s)\nEvent     %s %s, accepted at %s\nAttempts\n",
			d.ID, state, plain(d.Webhook.Name), d.Webhook.ID, d.Event.ID, plain(d.EventType), d.AcceptedAt)
		for i := range d.Attempts {
			fmt.Fprintln(s.stdout, d.Attempts[i].line())
		}
		if len(d.Attempts) == 0 {
			fmt.Fprintln(s.stdout, "  none yet")
		}
		return nil
	})
}
