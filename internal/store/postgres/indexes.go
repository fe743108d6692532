package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A migration makes an index of a table with partitions ON ONLY the table, which takes no
// time. What is in the partitions is indexed here, one after the other, while others
// write. Until then the index is not used, and nothing depends on it.

// indexLock is the advisory lock of whoever completes indexes. It is not schemaLock: new
// partitions are made meanwhile.
const indexLock = schemaLock + 1

// attachTries is how often an index is attached that somebody else is using.
const attachTries = 60

// missingPart is a partition that lacks its part of an index.
type missingPart struct{ index, table, partition, definition string }

// completeIndexes makes what migrations have left to be made, unless another process is at
// it. It takes as long as it takes, and goes on where it was interrupted.
func completeIndexes(ctx context.Context, config *pgx.ConnConfig) (err error) {
	db := openSQL(config)
	defer func() { err = errors.Join(err, db.Close()) }()
	if missing, err := missingParts(ctx, db); err != nil || len(missing) == 0 {
		return err
	}
	lock, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("lock the indexes: %w", unavailable(err))
	}
	defer func() { _ = lock.Rollback() }() // it holds the lock and nothing else
	if _, err := lock.ExecContext(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return fmt.Errorf("lock the indexes: %w", unavailable(err))
	}
	var locked bool
	if err := lock.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock("+strconv.Itoa(indexLock)+")").Scan(&locked); err != nil || !locked {
		return unavailable(err)
	}
	missing, err := missingParts(ctx, db)
	for _, part := range missing {
		if err := part.make(ctx, db); err != nil && !isGone(err) { // retention may have dropped it
			return fmt.Errorf("index %s: %w", part.partition, unavailable(err))
		}
	}
	return err
}

func missingParts(ctx context.Context, db *sql.DB) (missing []missingPart, err error) {
	rows, err := db.QueryContext(ctx, `SELECT c.relname, t.relname, p.relname, pg_get_indexdef(c.oid)
		FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid AND NOT i.indisvalid JOIN pg_class t ON t.oid = i.indrelid
		JOIN pg_inherits h ON h.inhparent = t.oid JOIN pg_class p ON p.oid = h.inhrelid
		WHERE c.relkind = 'I' AND c.relnamespace = current_schema()::regnamespace
			AND NOT EXISTS (SELECT 1 FROM pg_inherits a JOIN pg_index x ON x.indexrelid = a.inhrelid WHERE a.inhparent = c.oid AND x.indrelid = p.oid)
		ORDER BY c.relname, p.relname`)
	if err != nil {
		return nil, fmt.Errorf("look for indexes: %w", unavailable(err))
	}
	defer rows.Close()
	for rows.Next() {
		var m missingPart
		if err := rows.Scan(&m.index, &m.table, &m.partition, &m.definition); err != nil {
			return nil, fmt.Errorf("scan: %w", err)
		}
		missing = append(missing, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look for indexes: %w", unavailable(err))
	}
	return missing, nil
}

// make indexes one partition.
func (m *missingPart) make(ctx context.Context, db *sql.DB) error {
	_, definition, is := strings.Cut(m.definition, " USING ")
	if !is {
		return fmt.Errorf("cannot read %q", m.definition)
	}
	name := quoted(m.partition + "_" + strings.TrimPrefix(m.index, m.table+"_"))
	for _, statement := range []string{
		"DROP INDEX CONCURRENTLY IF EXISTS " + name, // an interrupted one is of no use
		"CREATE INDEX CONCURRENTLY " + name + " ON " + quoted(m.partition) + " USING " + definition,
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	for try := 1; ; try++ {
		err := m.attach(ctx, db, name)
		if !locked(err) || try == attachTries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// attach makes the part one of the index. It waits for no reader for long, since others
// would wait behind it.
func (m *missingPart) attach(ctx context.Context, db *sql.DB, name string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing if it is committed
	if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '200ms'"); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "ALTER INDEX "+quoted(m.index)+" ATTACH PARTITION "+name); err != nil {
		return err
	}
	return tx.Commit()
}

// isGone says that a table or an index is no more.
func isGone(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && (failure.Code == "42P01" || failure.Code == "42704")
}
