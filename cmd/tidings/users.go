package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tidingshq/tidings/internal/app"
	"github.com/tidingshq/tidings/internal/webhook"
)

// withPeople opens the console users of the database for the time of a call.
func (s *session) withPeople(ctx context.Context, settings kong.Plugins, work func(*app.People) error) (err error) {
	loaded, err := s.load(givenFlags(settings))
	if err != nil {
		return err
	}
	people, err := app.OpenPeople(ctx, &loaded.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, people.Close()) }()
	return work(people)
}

type setupLinkCommand struct {
	Settings kong.Plugins `embed:""`
}

// Help is shown by kong.
func (*setupLinkCommand) Help() string {
	return "The link is good once, for 30 minutes, until there is a console user. The server prints one too, each time it starts.\n" +
		"Works on the database itself, also beside a running server. Give the settings that the server has: base-url decides where the link leads.\n\n" +
		examples("tidings setup-link", "tidings setup-link --database sqlite:/var/lib/tidings/tidings.db --base-url https://webhooks.example.com")
}

// noConsole is said in place of a link to a page that is not there.
const noConsole = "this binary has no console; its API and command line work. make build makes one that has it"

// Run is called by kong.
func (c *setupLinkCommand) Run(ctx context.Context, s *session) error {
	if !s.console {
		return errors.New(noConsole)
	}
	return s.withPeople(ctx, c.Settings, func(people *app.People) error {
		link, err := people.SetupLink(ctx)
		if errors.Is(err, webhook.ErrSetupDone) {
			return errors.New("there is a console user already: sign in, or see tidings users reset-password --help")
		}
		if err != nil {
			return err
		}
		if s.json {
			return printJSON(s.stdout, link)
		}
		fmt.Fprintf(s.stderr, "Finish setup, once and until %s:\n", link.ExpiresAt.Local().Format(time.TimeOnly))
		_, err = fmt.Fprintln(s.stdout, link.URL)
		return err
	})
}

type userCommands struct {
	List          userListCommand          `cmd:"" help:"List the console users."`
	ResetPassword userResetPasswordCommand `cmd:"" help:"Give a console user a new password."`
}

type userListCommand struct {
	Settings kong.Plugins `embed:""`
}

// Help is shown by kong.
func (*userListCommand) Help() string {
	return "Works on the database itself, also beside a running server.\n\n" + examples("tidings users list", "tidings users list --json")
}

// userView is a console user in JSON.
type userView struct {
	Email      string    `json:"email"`
	Name       string    `json:"name"`
	Tenant     string    `json:"tenant"`
	CreatedAt  time.Time `json:"createdAt"`
	PasswordAt time.Time `json:"passwordAt"`
}

// Run is called by kong.
func (c *userListCommand) Run(ctx context.Context, s *session) error {
	return s.withPeople(ctx, c.Settings, func(people *app.People) error {
		users, err := people.Users(ctx)
		if err != nil {
			return err
		}
		views, rows := make([]userView, len(users)), make([][]string, len(users))
		for i, u := range users {
			views[i] = userView{u.Email, u.Name, string(u.Tenant), u.CreatedAt, u.PasswordAt}
			rows[i] = []string{plain(u.Email), plain(u.Name), timeText(&users[i].CreatedAt), timeText(&users[i].PasswordAt)}
		}
		if s.json {
			return printJSON(s.stdout, views)
		}
		return printTable(s.stdout, []string{"E-MAIL", "NAME", "CREATED", "PASSWORD SET"}, rows)
	})
}

type userResetPasswordCommand struct {
	Email        string       `arg:"" help:"E-mail address that the user signs in with."`
	PasswordFile string       `help:"File that holds the new password, - for the standard input. Without it one is made up." placeholder:"FILE"`
	Settings     kong.Plugins `embed:""`
}

// Help is shown by kong.
func (*userResetPasswordCommand) Help() string {
	return "Ends all sessions of the user. A password that is made up goes to the standard output, this once.\n" +
		"Works on the database itself, also beside a running server.\n\n" +
		examples("tidings users reset-password ada@example.com", "tidings users reset-password ada@example.com --password-file /run/secrets/password")
}

// Run is called by kong.
func (c *userResetPasswordCommand) Run(ctx context.Context, s *session) error {
	password, err := c.password(s)
	if err != nil {
		return err
	}
	return s.withPeople(ctx, c.Settings, func(people *app.People) error {
		err := people.ResetPassword(ctx, c.Email, password)
		if errors.Is(err, webhook.ErrNotFound) {
			return fmt.Errorf("console user %q: %w", c.Email, webhook.ErrNotFound)
		}
		if err != nil {
			return err
		}
		if s.json {
			answer := map[string]string{"email": c.Email}
			if c.PasswordFile == "" {
				answer["password"] = password.Reveal()
			}
			return printJSON(s.stdout, answer)
		}
		fmt.Fprintf(s.stderr, "%s has a new password, and is signed out everywhere.\n", plain(c.Email))
		if c.PasswordFile == "" {
			_, err = fmt.Fprintln(s.stdout, password.Reveal())
		}
		return err
	})
}

// password is that of the file without the line break at its end, or a new one.
func (c *userResetPasswordCommand) password(s *session) (webhook.Secret, error) {
	var raw []byte
	var err error
	switch c.PasswordFile {
	case "":
		return webhook.Secret(strings.ToLower(rand.Text())), nil
	case "-":
		raw, err = io.ReadAll(io.LimitReader(s.stdin, 64<<10))
	default:
		raw, err = os.ReadFile(c.PasswordFile)
	}
	if err != nil {
		return "", usageError{fmt.Errorf("read the password: %w", err)}
	}
	return webhook.Secret(strings.TrimRight(string(raw), "\r\n")), nil
}
