package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// schemaLock is the advisory lock of whoever changes the schema or makes and drops
// partitions. It is held by a transaction, never by a session, so that a pooler
// between us and the database does no harm.
const schemaLock = 0x7469_6469_6e67_7301

// migrate brings the schema up to date, one process at a time.
func migrate(ctx context.Context, config *pgx.ConnConfig) (err error) {
	db := openSQL(config)
	defer func() { err = errors.Join(err, db.Close()) }()
	have, known, err := versionsOf(ctx, db)
	if err != nil {
		return err
	}
	if have > known {
		return newerSchema(have, known)
	}
	if have == known {
		return nil
	}
	lock, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("lock the schema: %w", err)
	}
	defer func() { _ = lock.Rollback() }() // it holds the lock and nothing else
	if _, err := lock.ExecContext(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return fmt.Errorf("lock the schema: %w", err)
	}
	if _, err := lock.ExecContext(ctx, "SELECT pg_advisory_xact_lock("+strconv.Itoa(schemaLock)+")"); err != nil {
		return fmt.Errorf("lock the schema: %w", err)
	}
	// Another process may have done it meanwhile.
	if have, known, err = versionsOf(ctx, db); err != nil || have == known {
		return err
	}
	if have > known {
		return newerSchema(have, known)
	}
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, folder)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func newerSchema(have, known int64) error {
	return fmt.Errorf("the database has schema %d, this version of tidings knows %d: use the version that wrote it, or a newer one", have, known)
}

// openSQL opens the database for goose. Statements go over the wire as they are: some
// of a migration cannot be prepared.
func openSQL(config *pgx.ConnConfig) *sql.DB {
	plain := config.Copy()
	plain.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	return stdlib.OpenDB(*plain)
}

// SchemaVersions tells which schema the database has and which one this version of
// Tidings knows. It changes nothing.
func SchemaVersions(ctx context.Context, dsn string) (have, known int64, err error) {
	config, err := parseConfig(dsn)
	if err != nil {
		return 0, 0, err
	}
	db := openSQL(config.ConnConfig)
	defer func() { err = errors.Join(err, db.Close()) }()
	have, known, err = versionsOf(ctx, db)
	return have, known, turnedAway(err)
}

func versionsOf(ctx context.Context, db *sql.DB) (have, known int64, err error) {
	if known, err = knownSchema(); err != nil {
		return 0, 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&have)
	var failure *pgconn.PgError
	if errors.As(err, &failure) && failure.Code == "42P01" { // no such table: nothing has been made yet
		return 0, known, nil
	}
	if err != nil {
		return 0, known, fmt.Errorf("read the schema's version: %w", unavailable(err))
	}
	return have, known, nil
}

// knownSchema is the number of the newest migration.
func knownSchema() (newest int64, err error) {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	for _, file := range files {
		number, _, _ := strings.Cut(file.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s has no number: %w", file.Name(), err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}
