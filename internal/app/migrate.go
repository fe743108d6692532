package app

import (
	"context"
	"fmt"

	"github.com/tidingshq/tidings/internal/config"
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
