package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tidingshq/tidings/internal/app"
)

type migrateCommand struct {
	Settings kong.Plugins `embed:""`
}

// Help is shown by kong.
func (*migrateCommand) Help() string {
	return "The server does the same when it starts. Beside a running server it waits for its turn.\n\n" +
		examples("tidings migrate", "tidings migrate --database sqlite:/var/lib/tidings/tidings.db --json")
}

// Run is called by kong.
func (c *migrateCommand) Run(ctx context.Context, s *session) error {
	loaded, err := s.load(givenFlags(c.Settings))
	if err != nil {
		return err
	}
	done, err := app.Migrate(ctx, &loaded.Config)
	if err != nil {
		return err
	}
	if s.json {
		return printJSON(s.stdout, done)
	}
	if done.Before == done.After {
		_, err = fmt.Fprintf(s.stdout, "%s has schema %d, which is up to date.\n", done.Database, done.After)
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s had schema %d and now has %d.\n", done.Database, done.Before, done.After)
	return err
}

type doctorCommand struct {
	Settings kong.Plugins `embed:""`
}

// Help is shown by kong.
func (*doctorCommand) Help() string {
	return "Reads the same settings as serve and changes nothing; a server may be running. Ends with 1 if something is wrong.\n\n" +
		examples("tidings doctor", "tidings doctor --config /etc/tidings.yaml --json")
}

// Run is called by kong.
func (c *doctorCommand) Run(ctx context.Context, s *session) error {
	loaded, err := s.load(givenFlags(c.Settings))
	if err != nil {
		return err
	}
	checks := append([]app.Check{{Name: "configuration", OK: true, Detail: "It can be read."}}, app.Examine(ctx, &loaded.Config, time.Now())...)
	if s.json {
		if err := printJSON(s.stdout, checks); err != nil {
			return err
		}
	}
	failed := 0
	for _, check := range checks {
		word := "ok"
		switch {
		case !check.OK:
			word = "FAILED"
			failed++
		case check.Warning:
			word = "warning"
		}
		if !s.json {
			fmt.Fprintf(s.stdout, "%-8s %-17s %s\n", word, check.Name, plain(check.Detail))
		}
	}
	if failed > 0 {
		return errors.New(plural(failed, "check") + " failed")
	}
	return nil
}
