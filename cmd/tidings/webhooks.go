package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

const serverHelp = "TIDINGS_URL names the server (http://127.0.0.1:8080 if not set), TIDINGS_API_KEY the key.\n\n"

type webhookCommands struct {
	List     webhookListCommand     `cmd:"" help:"List the webhooks with their health."`
	Create   webhookCreateCommand   `cmd:"" help:"Create a webhook."`
	Show     webhookShowCommand     `cmd:"" help:"Show one webhook."`
	CheckURL webhookCheckURLCommand `cmd:"" name:"check-url" help:"Say what the URL of an endpoint leads to."`
	Update   webhookUpdateCommand   `cmd:"" help:"Change name, URL, event types or headers of a webhook."`
	Test     webhookTestCommand     `cmd:"" help:"Send a test payload."`
	Enable   webhookEnableCommand   `cmd:"" help:"Enable a webhook."`
	Disable  webhookDisableCommand  `cmd:"" help:"Disable a webhook; its deliveries wait."`
	Rotate   webhookRotateCommand   `cmd:"" help:"Give a webhook a new signing key; the old one ends at once."`
	Delete   webhookDeleteCommand   `cmd:"" help:"Delete a webhook; what waits for it is cancelled."`
}

// webhookView is what the API says of a webhook.
type webhookView struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	URL         string   `json:"url"`
	EventTypes  []string `json:"eventTypes"`
	Enabled     bool     `json:"enabled"`
	SuspendedAt string   `json:"suspendedAt"`
	Health      struct {
		RequestCount int `json:"requestCount"`
		SuccessCount int `json:"successCount"`
	} `json:"health"`
}

func (w *webhookView) state() string {
	switch {
	case !w.Enabled:
		return "disabled"
	case w.SuspendedAt != "":
		return "suspended"
	default:
		return "enabled"
	}
}

// success is the rate of the past 24 hours, floored to two decimals.
func (w *webhookView) success() string {
	switch requests := w.Health.RequestCount; {
	case requests == 0:
		return "-"
	case w.Health.SuccessCount == requests:
		return "100%"
	default:
		hundredths := w.Health.SuccessCount * 10000 / requests
		return fmt.Sprintf("%d.%02d%%", hundredths/100, hundredths%100)
	}
}

type webhookListCommand struct{}

// Help is shown by kong.
func (*webhookListCommand) Help() string {
	return serverHelp + examples("tidings webhooks list", "tidings webhooks list --json | jq -r .id")
}

// Run is called by kong.
func (*webhookListCommand) Run(ctx context.Context, s *session) error {
	return s.withServer(func(server *client) error {
		all, err := server.webhooks(ctx)
		if err != nil {
			return err
		}
		if s.json {
			return printLines(s.stdout, all)
		}
		rows := make([][]string, len(all))
		for i, raw := range all {
			var w webhookView
			if err := decode(raw, &w); err != nil {
				return err
			}
			rows[i] = []string{w.ID, w.state(), fmt.Sprint(w.Health.RequestCount), w.success(), plain(w.Name), plain(w.URL), strings.Join(w.EventTypes, ", ")}
		}
		return printTable(s.stdout, []string{"ID", "STATE", "24 H", "SUCCESS", "NAME", "URL", "EVENT TYPES"}, rows)
	})
}

// webhooks reads all pages of the list.
func (c *client) webhooks(ctx context.Context) ([]json.RawMessage, error) {
	return c.pages(ctx, "/api/webhooks", url.Values{"limit": {"100"}}, 1000)
}

// pages reads at most limit pages of a list, one after the other.
func (c *client) pages(ctx context.Context, path string, query url.Values, limit int) ([]json.RawMessage, error) {
	var all []json.RawMessage
	for range limit {
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"next"`
		}
		if err := c.get(ctx, path+"?"+query.Encode(), &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			break
		}
		query.Set("cursor", page.Next)
	}
	return all, nil
}

type webhookCreateCommand struct {
	Name       string   `arg:"" help:"Name, for people."`
	URL        string   `arg:"" help:"URL of the endpoint."`
	EventTypes []string `name:"event-type" short:"e" required:"" help:"Event type, Group.* or *; repeatable." placeholder:"TYPE" sep:"none"`
	Headers    []string `name:"header" short:"H" help:"Custom header; repeatable." placeholder:"NAME:VALUE" sep:"none"`
	Locked     []string `name:"locked-header" help:"Custom header whose value is never shown again; repeatable." placeholder:"NAME:VALUE" sep:"none"`
}

// Help is shown by kong.
func (*webhookCreateCommand) Help() string {
	return serverHelp + examples("tidings webhooks create Orders https://shop.example.com/hooks -e 'User.*'",
		"tidings webhooks create CRM https://crm.example.com/in -e User.Created -H 'x-team: sales' --locked-header 'authorization: Bearer …'")
}

// Run is called by kong.
func (c *webhookCreateCommand) Run(ctx context.Context, s *session) error {
	headers, err := customHeaders(c.Headers, c.Locked)
	if err != nil {
		return err
	}
	return s.withServer(func(server *client) error {
		var w webhookView
		answer, err := server.send(ctx, http.MethodPost, "/api/webhooks", map[string]any{
			"name": c.Name, "url": c.URL, "eventTypes": c.EventTypes, "headers": headers,
		}, nil)
		if err != nil {
			return err
		}
		if err := decode(answer, &w); err != nil {
			return err
		}
		var key signingKey
		if err := server.get(ctx, "/api/webhooks/"+url.PathEscape(w.ID)+"/signing-key", &key); err != nil {
			return err
		}
		if s.json {
			return printJSON(s.stdout, map[string]any{"id": w.ID, "signingKey": key.SigningKey, "standardWebhooksSecret": key.Secret})
		}
		fmt.Fprintf(s.stdout, "Created webhook %s. It is active.\n", w.ID)
		return key.print(s)
	})
}

type customHeader struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Locked bool   `json:"locked"`
}

func customHeaders(open, locked []string) ([]customHeader, error) {
	headers := make([]customHeader, 0, len(open)+len(locked))
	for i, text := range append(append([]string{}, open...), locked...) {
		name, value, found := strings.Cut(text, ":")
		if !found {
			return nil, usageError{errors.New("a header is given as NAME:VALUE, such as 'x-team: sales'")}
		}
		headers = append(headers, customHeader{strings.TrimSpace(name), strings.TrimSpace(value), i >= len(open)})
	}
	return headers, nil
}

type signingKey struct {
	SigningKey string `json:"signingKey"`
	Secret     string `json:"standardWebhooksSecret"`
}

func (k *signingKey) print(s *session) error {
	_, err := fmt.Fprintf(s.stdout, "Signing key:              %s\nStandard Webhooks secret: %s\n", k.SigningKey, k.Secret)
	return err
}

// chosen is a webhook that is named on the command line.
type chosen struct {
	Webhook string `arg:"" help:"Identifier, or the name if only one has it."`
}

var identifier = regexp.MustCompile(`^[0-9a-z]{21}$`)

// webhook finds the one that is meant.
func (c *client) webhook(ctx context.Context, meant string) (id string, err error) {
	if identifier.MatchString(meant) {
		return meant, nil
	}
	all, err := c.webhooks(ctx)
	if err != nil {
		return "", err
	}
	for _, raw := range all {
		var w webhookView
		if err := decode(raw, &w); err != nil {
			return "", err
		}
		switch {
		case w.Name != meant:
		case id != "":
			return "", usageError{fmt.Errorf("several webhooks are called %q: use the identifier", meant)}
		default:
			id = w.ID
		}
	}
	if id == "" {
		return "", &refusal{Status: http.StatusNotFound, Code: "entity.not_found", Message: fmt.Sprintf("No webhook is called %q.", meant)}
	}
	return id, nil
}

// withWebhook does something with the webhook that is meant.
func (s *session) withWebhook(ctx context.Context, meant string, do func(server *client, id, path string) error) error {
	return s.withServer(func(server *client) error {
		id, err := server.webhook(ctx, meant)
		if err != nil {
			return err
		}
		return do(server, id, "/api/webhooks/"+url.PathEscape(id))
	})
}

// withServer does something with the server that the environment names.
func (s *session) withServer(do func(server *client) error) error {
	server, err := s.client()
	if err != nil {
		return err
	}
	defer server.close()
	return do(server)
}

// done says that something was done.
func (s *session) done(id, sentence string) error {
	if s.json {
		return printJSON(s.stdout, map[string]string{"id": id})
	}
	_, err := fmt.Fprintln(s.stdout, sentence)
	return err
}

var errNotDelivered = errors.New("the endpoint did not accept the test payload")
