package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/move"
)

// Migration is what bringing a schema up to date came to.
type Migration struct {
	Database string `json:"database"`
	Before   int64  `json:"before"`
	After    int64  `json:"after"`
}

// Migrate brings the schema of the configured database up to date, also beside a
// running server. A SQLite file that is not there is made.
func Migrate(ctx context.Context, c *config.Config) (Migration, error) {
	m := Migration{Database: c.DatabaseName()}
	var err error
	if m.Before, _, err = schemaVersions(ctx, c); err != nil {
		return m, err
	}
	s, err := openDatabase(ctx, c)
	if err != nil {
		return m, err
	}
	if err := s.Close(); err != nil {
		return m, fmt.Errorf("close store: %w", err)
	}
	m.After, _, err = schemaVersions(ctx, c)
	return m, err
}

// Moved is what copying a SQLite file into a PostgreSQL database came to.
type Moved struct {
	From string `json:"from"`
	To   string `json:"to"`
	move.Report
}

// MoveProgress is how far it has come.
type MoveProgress = move.Progress

// Move copies everything from the SQLite file into the configured database, which is
// PostgreSQL and empty, or goes on with it.
func Move(ctx context.Context, from string, c *config.Config, progress func(MoveProgress)) (Moved, error) {
	m := Moved{From: "sqlite:" + from, To: c.DatabaseName()}
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%w at %s", ErrNoDatabase, from)
	}
	var err error
	m.Report, err = move.Run(ctx, move.Options{From: from, To: postgresOptions(c), Now: time.Now(), Progress: progress})
	if err != nil {
		return m, fmt.Errorf("move: %w", err)
	}
	return m, nil
}
