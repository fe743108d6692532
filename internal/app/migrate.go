package app

import (
	"context"
	"fmt"

	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/store/sqlite"
)

// Migration is what bringing a schema up to date came to.
type Migration struct {
	Database string `json:"database"`
	Before   int64  `json:"before"`
	After    int64  `json:"after"`
}

// Migrate brings the schema of the configured database up to date, also beside a
// running server. A database that is not there is made.
func Migrate(ctx context.Context, c *config.Config) (Migration, error) {
	m := Migration{Database: c.Database}
	if err := onlySQLite(c); err != nil {
		return m, err
	}
	var err error
	if m.Before, _, err = sqlite.SchemaVersions(ctx, c.SQLitePath()); err != nil {
		return m, err
	}
	s, err := sqlite.Open(ctx, sqlite.Options{Path: c.SQLitePath()})
	if err != nil {
		return m, fmt.Errorf("open store: %w", err)
	}
	if err := s.Close(); err != nil {
		return m, fmt.Errorf("close store: %w", err)
	}
	m.After, _, err = sqlite.SchemaVersions(ctx, c.SQLitePath())
	return m, err
}
