package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tidingshq/tidings/internal/app"
)

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
	checks := append([]app.Check{{Name: "configuration", OK: true, Detail: "It can be read."}}, app.Examine(ctx, app.Options{Config: loaded.Config}, time.Now())...)
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
			fmt.Fprintf(s.stdout, "%-8s %-17s %s\n", word, check.Name, oneLine(check.Detail))
		}
	}
	if failed > 0 {
		return errors.New(plural(failed, "check") + " failed")
	}
	return nil
}

// oneLine keeps what a check found in its row.
func oneLine(detail string) string {
	lines := strings.FieldsFunc(plain(detail), func(r rune) bool { return r == '\n' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "; ")
}
