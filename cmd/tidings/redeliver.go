package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

const redeliverFor = 30 * time.Second

type redeliverCommand struct {
	Delivery string `arg:"" help:"Identifier of the delivery."`
	Wait     bool   `help:"Wait for the attempt and print what came of it."`
}

// Help is shown by kong.
func (*redeliverCommand) Help() string {
	return "One attempt now, with today's URL, headers and key. On a retrying delivery it brings the next attempt forward.\n" + serverHelp +
		examples("tidings redeliver 0a1b2c3d4e5f6g7h8i9j0 --wait", "tidings redeliver $(tidings tail --last 1 --for 1s --json | jq -r .id)")
}

// Run is called by kong.
func (c *redeliverCommand) Run(ctx context.Context, s *session) error {
	return s.withServer(func(server *client) error {
		path := "/api/deliveries/" + url.PathEscape(c.Delivery)
		answer, err := server.call(ctx, http.MethodPost, path+"/redeliver", nil, nil)
		if err != nil {
			return err
		}
		var before deliveryView
		if err := decode(answer, &before); err != nil {
			return err
		}
		if !c.Wait {
			if s.json {
				_, err := fmt.Fprintf(s.stdout, "%s\n", answer)
				return err
			}
			_, err := fmt.Fprintf(s.stdout, "Delivery %s to %s is on its way again.\n", before.ID, plain(before.Webhook.Name))
			return err
		}
		return c.wait(ctx, s, server, path, len(before.Attempts))
	})
}

// wait asks until there is an attempt more than before.
func (c *redeliverCommand) wait(ctx context.Context, s *session, server *client, path string, before int) error {
	ctx, cancel := context.WithTimeout(ctx, redeliverFor)
	defer cancel()
	for {
		answer, err := server.call(ctx, http.MethodGet, path, nil, nil)
		if err != nil {
			return err
		}
		var now deliveryView
		if err := decode(answer, &now); err != nil {
			return err
		}
		if len(now.Attempts) > before {
			return c.show(s, answer, &now)
		}
		select {
		case <-time.After(pollEvery):
		case <-ctx.Done():
			return errors.New("there was no attempt yet: it goes on without this command")
		}
	}
}

func (c *redeliverCommand) show(s *session, answer []byte, d *deliveryView) error {
	if s.json {
		fmt.Fprintf(s.stdout, "%s\n", answer)
	} else {
		fmt.Fprintf(s.stdout, "Delivery %s to %s: %s, %s.\n", d.ID, plain(d.Webhook.Name), d.lastAnswer(), d.State)
	}
	if last := d.Attempts[len(d.Attempts)-1]; last.Status < 200 || last.Status > 299 {
		return errors.New("the attempt did not succeed")
	}
	return nil
}
