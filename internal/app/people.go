package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// OneTimeLink is the address of a page of the console that is good once.
type OneTimeLink struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// setFirstUser makes the user that the configuration names, if there is none yet.
func (a *App) setFirstUser(ctx context.Context) error {
	if a.config.AdminEmail == "" {
		return nil
	}
	name, _, _ := strings.Cut(a.config.AdminEmail, "@")
	err := a.accounts.FirstUser(ctx, account.NewUser{
		Name: name, Email: a.config.AdminEmail, Password: webhook.Secret(a.config.AdminPassword.Reveal()),
	})
	switch {
	case errors.Is(err, webhook.ErrSetupDone):
		a.log.Debug("server.admin_kept", "hint", "there is a console user already: TIDINGS_ADMIN_EMAIL and its password are not used")
		return nil
	case err != nil:
		return fmt.Errorf("make the first console user: %w", err)
	}
	a.log.Info("server.admin_made")
	return nil
}

// SetupLink is where the first console user is made; its URL is empty if there is one.
// The server must have been started.
func (a *App) SetupLink(ctx context.Context) (OneTimeLink, error) {
	link, err := setupLink(ctx, a.accounts, a.config, a.Addr())
	if errors.Is(err, webhook.ErrSetupDone) {
		return OneTimeLink{}, nil
	}
	return link, err
}

func setupLink(ctx context.Context, accounts *account.Accounts, c *config.Config, addr string) (OneTimeLink, error) {
	link, err := accounts.SetupLink(ctx)
	if err != nil {
		return OneTimeLink{}, err
	}
	return OneTimeLink{consoleURL(c, addr) + "setup#token=" + link.Token.Reveal(), link.ExpiresAt}, nil
}

// The user of a demonstration, who signs in by link only.
const (
	demoName  = "Demo owner"
	demoEmail = "owner@localhost"
)

// DemoLink is where the owner of a demonstration signs in; they are made if they are
// not there. The server must have been started.
func (a *App) DemoLink(ctx context.Context) (OneTimeLink, error) {
	owner, err := a.accounts.Guest(ctx, demoName, demoEmail)
	if err != nil {
		return OneTimeLink{}, err
	}
	link, err := a.accounts.SignInLink(ctx, owner.ID)
	if err != nil {
		return OneTimeLink{}, err
	}
	return OneTimeLink{consoleURL(a.config, a.Addr()) + "start#t=" + link.Token.Reveal(), link.ExpiresAt}, nil
}

// consoleURL is the address of the console. Tokens follow it in the fragment, which
// browsers send to nobody.
func consoleURL(c *config.Config, addr string) string {
	return strings.TrimRight(c.BaseURLFor(addr).String(), "/") + "/console/"
}

// People is the console users of a database, without a server. One may be running
// beside it.
type People struct {
	config   *config.Config
	store    store.Store
	accounts *account.Accounts
}

// OpenPeople opens the database of the configuration; ErrNoDatabase if it is not there.
func OpenPeople(ctx context.Context, c *config.Config) (*People, error) {
	s, err := openExisting(ctx, c)
	if err != nil {
		return nil, err
	}
	return &People{config: c, store: s, accounts: account.New(account.Options{Store: s})}, nil
}

// SetupLink is where the first console user is made; webhook.ErrSetupDone if there is
// one.
func (p *People) SetupLink(ctx context.Context) (OneTimeLink, error) {
	return setupLink(ctx, p.accounts, p.config, p.config.Listen)
}

// Users lists the console users, oldest first.
func (p *People) Users(ctx context.Context) ([]webhook.User, error) { return p.accounts.Users(ctx) }

// ResetPassword gives a user a new password and ends their sessions;
// webhook.ErrNotFound if nobody has the e-mail address. A password that breaks the rules
// wraps a *webhook.Invalid.
func (p *People) ResetPassword(ctx context.Context, email string, password webhook.Secret) error {
	return p.accounts.ResetPassword(ctx, email, password)
}

// Close closes the database.
func (p *People) Close() error { return p.store.Close() }
