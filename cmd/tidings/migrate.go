package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tidingshq/tidings/internal/app"
	"github.com/tidingshq/tidings/internal/config"
)

type migrateCommand struct {
	From     string       `help:"Copy everything from this SQLite file, then compare." placeholder:"sqlite:PATH"`
	To       string       `help:"Copy into this PostgreSQL database, which is empty. Default: that of --database." placeholder:"postgres://…"`
	Settings kong.Plugins `embed:""`
}

// Help is shown by kong.
func (*migrateCommand) Help() string {
	return "The server does the same when it starts. Beside a running server it waits for its turn.\n\n" +
		"With --from it moves: everything in a SQLite file that no server uses is copied into an empty PostgreSQL database, then compared row by row. " +
		"Interrupted, it goes on when it is run again. Until it has ended no server starts on the target.\n\n" +
		examples("tidings migrate --database sqlite:/var/lib/tidings/tidings.db --json",
			"tidings migrate --from sqlite:/var/lib/tidings/tidings.db --to postgres://tidings@db.internal/tidings")
}

// Run is called by kong.
func (c *migrateCommand) Run(ctx context.Context, s *session) error {
	flags := givenFlags(c.Settings)
	if c.To != "" {
		flags["database"] = []string{c.To}
	}
	loaded, err := s.load(flags)
	if err != nil {
		return err
	}
	if c.From != "" || c.To != "" {
		return c.move(ctx, s, &loaded.Config)
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

// move copies one database into another.
func (c *migrateCommand) move(ctx context.Context, s *session, target *config.Config) error {
	source := config.Config{Database: c.From}
	switch {
	case c.From == "":
		return usageError{errors.New("--to needs --from: which SQLite file is to be copied, such as --from sqlite:./tidings-data/tidings.db")}
	case source.Shared() || source.SQLitePath() == "":
		return usageError{errors.New("--from must be sqlite:PATH, such as sqlite:./tidings-data/tidings.db")}
	case !target.Shared():
		return usageError{errors.New("--to must be postgres://user:password@host:5432/name: everything is copied from SQLite to PostgreSQL")}
	}
	shown := &moveProgress{to: s.stderr, now: time.Now}
	done, err := app.Move(ctx, source.SQLitePath(), target, shown.show)
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted: run the same command again to go on")
	}
	if err != nil {
		return err
	}
	if s.json {
		return printJSON(s.stdout, done)
	}
	rows := make([][]string, len(done.Tables))
	for i, count := range done.Tables {
		rows[i] = []string{count.Table, grouped(count.Source), grouped(count.Target)}
	}
	if err := printTable(s.stdout, []string{"TABLE", "SQLITE", "POSTGRESQL"}, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "\nEvery row is the same in both. Start the server on %s, and no longer on %s: it would deliver again what is pending.\n", done.To, done.From)
	return err
}

// progressEvery is how often a table that takes long is mentioned.
const progressEvery = 2 * time.Second

// moveProgress shows how far a move has come: each table when it is finished, and now
// and then in between.
type moveProgress struct {
	to    io.Writer
	now   func() time.Time
	begun bool
	last  time.Time
}

func (p *moveProgress) show(m app.MoveProgress) {
	if !p.begun && m.Resumed {
		fmt.Fprintln(p.to, "Going on where the last run was interrupted.")
	}
	now := p.now()
	if !p.begun {
		p.begun, p.last = true, now
	}
	if m.Done < m.Total && now.Sub(p.last) < progressEvery {
		return
	}
	p.last = now
	verb := "copied"
	if m.Checking {
		verb = "compared"
	}
	fmt.Fprintf(p.to, "%-8s %-17s %s of %s\n", verb, m.Table, grouped(m.Done), grouped(m.Total))
}

// grouped writes a number with commas between thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, parts...), ",")
}
