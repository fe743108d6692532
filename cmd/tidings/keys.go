package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tidingshq/tidings/internal/app"
	"github.com/tidingshq/tidings/internal/webhook"
)

// keysHelp is said of all commands that work on the database itself.
const keysHelp = "Works on the database itself, without a server and without a key. A server that runs beside it follows within a second.\n\n"

type keyCommands struct {
	Create keyCreateCommand `cmd:"" help:"Create an API key and print it, this once."`
	List   keyListCommand   `cmd:"" help:"List the API keys."`
	Revoke keyRevokeCommand `cmd:"" help:"Revoke an API key; it ends within a second."`
}

// keyScene is what all of them need to know.
type keyScene struct {
	Tenant   string       `default:"default" help:"Tenant that the keys belong to."`
	Settings kong.Plugins `embed:""`
}

// with opens the API keys of the database for the time of a call.
func (k *keyScene) with(ctx context.Context, s *session, create bool, work func(*app.Keys) error) (err error) {
	loaded, err := s.load(givenFlags(k.Settings))
	if err != nil {
		return err
	}
	keys, err := app.OpenKeys(ctx, &loaded.Config, create)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	return work(keys)
}

// keyView is an API key in JSON.
type keyView struct {
	ID              string          `json:"id"`
	Tenant          string          `json:"tenant"`
	Name            string          `json:"name"`
	Prefix          string          `json:"prefix"`
	Key             string          `json:"key,omitempty"`
	Scopes          []webhook.Scope `json:"scopes"`
	CreatedBy       string          `json:"createdBy"`
	CreatedAt       time.Time       `json:"createdAt"`
	LastUsedAt      *time.Time      `json:"lastUsedAt,omitempty"`
	LastUsedAddress string          `json:"lastUsedAddress,omitempty"`
	ExpiresAt       *time.Time      `json:"expiresAt,omitempty"`
}

func viewKey(k webhook.APIKey) keyView {
	return keyView{
		ID: k.ID, Tenant: string(k.Tenant), Name: k.Name, Prefix: k.Prefix, Scopes: k.Scopes, CreatedBy: k.CreatedBy,
		CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt, LastUsedAddress: k.LastUsedAddress, ExpiresAt: k.ExpiresAt,
	}
}

type keyCreateCommand struct {
	Name      string         `arg:"" help:"What the key is for."`
	Scope     []string       `required:"" help:"What it may do: emit, read, manage or admin. Can be repeated." placeholder:"SCOPE"`
	ExpiresIn *time.Duration `help:"How long it is good, such as 720h: more than 0s. For ever if not given." placeholder:"…"`
	Scene     keyScene       `embed:""`
}

// Help is shown by kong.
func (*keyCreateCommand) Help() string {
	return keysHelp + "The key goes to the standard output, everything else to the standard error. The database is made if it is not there.\n\n" +
		examples("tidings keys create operations --scope admin", "tidings keys create shop --scope emit --expires-in 8760h --json")
}

// Run is called by kong.
func (c *keyCreateCommand) Run(ctx context.Context, s *session) error {
	n := app.NewKey{Tenant: webhook.TenantID(c.Scene.Tenant), Name: c.Name, CreatedBy: "command line"}
	for _, scope := range c.Scope {
		n.Scopes = append(n.Scopes, webhook.Scope(scope))
	}
	if c.ExpiresIn != nil {
		if *c.ExpiresIn <= 0 {
			return usageError{errors.New("--expires-in is more than 0s; a key that never expires is made without it")}
		}
		at := time.Now().Add(*c.ExpiresIn)
		n.ExpiresAt = &at
	}
	return c.Scene.with(ctx, s, true, func(keys *app.Keys) error {
		made, text, err := keys.Create(ctx, n)
		if errors.Is(err, webhook.ErrNotFound) {
			return fmt.Errorf("tenant %q: %w", c.Scene.Tenant, webhook.ErrNotFound)
		}
		if err != nil {
			return err
		}
		if s.json {
			view := viewKey(made)
			view.Key = text.Reveal()
			return printJSON(s.stdout, view)
		}
		fmt.Fprintf(s.stderr, "Created API key %s (%s) with %s. It is shown this once:\n", made.ID, plain(made.Name), scopeText(made.Scopes))
		_, err = fmt.Fprintln(s.stdout, text.Reveal())
		return err
	})
}

type keyListCommand struct {
	Scene keyScene `embed:""`
}

// Help is shown by kong.
func (*keyListCommand) Help() string {
	return keysHelp + examples("tidings keys list", "tidings keys list --tenant acme --json | jq -r .id")
}

// Run is called by kong.
func (c *keyListCommand) Run(ctx context.Context, s *session) error {
	return c.Scene.with(ctx, s, false, func(keys *app.Keys) error {
		all, err := keys.List(ctx, webhook.TenantID(c.Scene.Tenant))
		if errors.Is(err, webhook.ErrNotFound) {
			return fmt.Errorf("tenant %q: %w", c.Scene.Tenant, err)
		}
		if err != nil {
			return err
		}
		if s.json {
			for _, k := range all {
				if err := printJSON(s.stdout, viewKey(k)); err != nil {
					return err
				}
			}
			return nil
		}
		rows := make([][]string, len(all))
		for i, k := range all {
			rows[i] = []string{k.ID, plain(k.Name), orDash(k.Prefix), scopeText(k.Scopes), timeText(k.LastUsedAt), timeText(k.ExpiresAt)}
		}
		return printTable(s.stdout, []string{"ID", "NAME", "BEGINS WITH", "SCOPES", "LAST USED", "EXPIRES"}, rows)
	})
}

type keyRevokeCommand struct {
	ID    string   `arg:"" help:"Identifier of the key, as keys list shows it."`
	Scene keyScene `embed:""`
}

// Help is shown by kong.
func (*keyRevokeCommand) Help() string {
	return keysHelp + examples("tidings keys revoke 4h2w8c1xkq0v5m3z7n6tj", "tidings keys revoke 4h2w8c1xkq0v5m3z7n6tj --tenant acme")
}

// Run is called by kong.
func (c *keyRevokeCommand) Run(ctx context.Context, s *session) error {
	return c.Scene.with(ctx, s, false, func(keys *app.Keys) error {
		if err := keys.Revoke(ctx, webhook.TenantID(c.Scene.Tenant), c.ID); err != nil {
			return fmt.Errorf("API key %q of tenant %q: %w", c.ID, c.Scene.Tenant, err)
		}
		if s.json {
			return printJSON(s.stdout, map[string]string{"revoked": c.ID})
		}
		_, err := fmt.Fprintf(s.stdout, "Revoked API key %s.\n", c.ID)
		return err
	})
}

func scopeText(scopes []webhook.Scope) string {
	words := make([]string, len(scopes))
	for i, scope := range scopes {
		words[i] = string(scope)
	}
	return strings.Join(words, ",")
}

func timeText(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
