package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

type cancelCommand struct {
	Delivery string `arg:"" help:"Identifier of the delivery."`
}

// Help is shown by kong.
func (*cancelCommand) Help() string {
	return "No further attempt is made. One that is under way ends by itself. What has ended cannot be cancelled.\n" + serverHelp +
		examples("tidings cancel 0a1b2c3d4e5f6g7h8i9j0", "tidings cancel 0a1b2c3d4e5f6g7h8i9j0 --json | jq -r .state")
}

// Run is called by kong.
func (c *cancelCommand) Run(ctx context.Context, s *session) error {
	return s.withServer(func(server *client) error {
		answer, err := server.call(ctx, http.MethodPost, "/api/deliveries/"+url.PathEscape(c.Delivery)+"/cancel", nil, nil)
		if err != nil {
			return err
		}
		if s.json {
			_, err := fmt.Fprintf(s.stdout, "%s\n", answer)
			return err
		}
		var d deliveryView
		if err := decode(answer, &d); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.stdout, "Delivery %s to %s is cancelled.\n", d.ID, plain(d.Webhook.Name))
		return err
	})
}
