package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

type tenantCommands struct {
	List   tenantListCommand   `cmd:"" help:"List the tenants."`
	Create tenantCreateCommand `cmd:"" help:"Create a tenant."`
	Delete tenantDeleteCommand `cmd:"" help:"Delete a tenant with all that belongs to it."`
}

// tenantHelp is said of all of them.
const tenantHelp = "Needs an API key of the tenant default with the scope admin. " + serverHelp

type tenantListCommand struct{}

// Help is shown by kong.
func (*tenantListCommand) Help() string {
	return tenantHelp + examples("tidings tenants list", "tidings tenants list --json | jq -r .id")
}

// Run is called by kong.
func (*tenantListCommand) Run(ctx context.Context, s *session) error {
	return s.withServer(func(server *client) error {
		all, err := server.pages(ctx, "/api/tenants", url.Values{}, 100)
		if err != nil {
			return err
		}
		if s.json {
			return printLines(s.stdout, all)
		}
		rows := make([][]string, len(all))
		for i, raw := range all {
			var t struct{ ID, Name, CreatedAt string }
			if err := decode(raw, &t); err != nil {
				return err
			}
			rows[i] = []string{t.ID, plain(t.Name), t.CreatedAt}
		}
		return printTable(s.stdout, []string{"ID", "NAME", "CREATED"}, rows)
	})
}

type tenantCreateCommand struct {
	ID   string `arg:"" help:"Identifier: up to 21 of a-z, 0-9, - and _."`
	Name string `help:"Name, for people. The identifier if not given." placeholder:"NAME"`
}

// Help is shown by kong.
func (*tenantCreateCommand) Help() string {
	return tenantHelp + "Its first API key comes from tidings keys create --tenant, or from POST /api/tenants/ID/api-keys.\n\n" +
		examples("tidings tenants create acme", "tidings tenants create acme --name 'Acme Inc.' --json")
}

// Run is called by kong.
func (c *tenantCreateCommand) Run(ctx context.Context, s *session) error {
	body := map[string]string{"id": c.ID, "name": c.Name}
	if c.Name == "" {
		body["name"] = c.ID
	}
	return s.withServer(func(server *client) error {
		answer, err := server.send(ctx, http.MethodPost, "/api/tenants", body, nil)
		if err != nil {
			return err
		}
		if s.json {
			_, err := fmt.Fprintf(s.stdout, "%s\n", answer)
			return err
		}
		return s.done(c.ID, "Created.")
	})
}

type tenantDeleteCommand struct {
	ID  string `arg:"" help:"Identifier of the tenant."`
	Yes bool   `help:"Do not ask." short:"y"`
}

// Help is shown by kong.
func (*tenantDeleteCommand) Help() string {
	return tenantHelp + "Its webhooks, keys, events and log go; nothing of it can be brought back.\n\n" +
		examples("tidings tenants delete acme", "tidings tenants delete acme --yes")
}

// Run is called by kong.
func (c *tenantDeleteCommand) Run(ctx context.Context, s *session) error {
	return s.withServer(func(server *client) error {
		if !c.Yes && !s.confirm("Delete the tenant "+c.ID+" with everything that belongs to it?") {
			return usageError{fmt.Errorf("nothing was deleted: answer y, or use --yes")}
		}
		if _, err := server.call(ctx, http.MethodDelete, "/api/tenants/"+url.PathEscape(c.ID), nil, nil); err != nil {
			return err
		}
		return s.done(c.ID, "Deleted.")
	})
}
