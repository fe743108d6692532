package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Frozen is a database that no server uses and nobody changes, for reading all of it.
type Frozen struct {
	store *Store
	db    *sql.DB
	tx    *sql.Tx
	// Process is the number of the process that joined last.
	Process int64
}

// Freeze opens a database that is there, brings its schema up to date and keeps servers
// from it until Close. Settle comes before anything is read.
func Freeze(ctx context.Context, path string) (*Frozen, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database at %s", path)
	}
	s, err := Open(ctx, Options{Path: path, Serve: true})
	if err != nil {
		return nil, err
	}
	return &Frozen{store: s}, nil
}

// Settle gives everything its row, and keeps others from changing the database from now
// on. That has been done already if no process has joined after the one named.
func (f *Frozen) Settle(ctx context.Context, settled int64, now time.Time) error {
	if err := f.store.read.QueryRowContext(ctx, "SELECT ifnull(max(number), 0) FROM processes").Scan(&f.Process); err != nil {
		return fmt.Errorf("read the newest process: %w", err)
	}
	if f.Process == 0 || f.Process != settled {
		var err error
		if f.Process, err = f.store.Join(ctx, now); err != nil {
			return err
		}
	}
	var err error
	if f.db, err = sql.Open("sqlite", dsn(f.store.options.Path)); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if f.tx, err = f.db.BeginTx(ctx, nil); err != nil { // immediate: nobody else writes
		return fmt.Errorf("keep others from writing: %w", err)
	}
	return nil
}

// Query reads what there was when Settle returned.
func (f *Frozen) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := f.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	return rows, nil
}

// Column is a column of a table.
type Column struct {
	Name string
	// Key is its place in the primary key, from 1 on; 0 if it is no part of it.
	Key int
}

// Tables lists the tables of the schema and their columns.
func (f *Frozen) Tables(ctx context.Context) (map[string][]Column, error) {
	rows, err := f.Query(ctx, `SELECT t.name, c.name, c.pk FROM sqlite_master t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY t.name, c.cid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tables := make(map[string][]Column)
	for rows.Next() {
		var table string
		var column Column
		if err := rows.Scan(&table, &column.Name, &column.Key); err != nil {
			return nil, fmt.Errorf("scan: %w", err)
		}
		tables[table] = append(tables[table], column)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	return tables, nil
}

// HighestNumber is an expression for the highest number of an event or a delivery.
const HighestNumber = `(SELECT max(
	ifnull((SELECT max(number + deliveries) FROM (SELECT number, deliveries FROM events ORDER BY number DESC LIMIT 1)), 0),
	ifnull((SELECT max(number) FROM deliveries), 0), ifnull((SELECT max(number) FROM work), 0)))`

// Sequences tells for each table whose numbers are never given out again which was the
// highest.
func (f *Frozen) Sequences(ctx context.Context) (map[string]int64, error) {
	rows, err := f.Query(ctx, "SELECT name, seq FROM sqlite_sequence")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	sequences := make(map[string]int64)
	for rows.Next() {
		var table string
		var last int64
		if err := rows.Scan(&table, &last); err != nil {
			return nil, fmt.Errorf("scan: %w", err)
		}
		sequences[table] = last
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read sequences: %w", err)
	}
	return sequences, nil
}

// Close lets others at the database again. It is as it was but for the rows that Settle
// has added.
func (f *Frozen) Close() error {
	var errs []error
	if f.tx != nil {
		if err := f.tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
			errs = append(errs, err)
		}
	}
	if f.db != nil {
		errs = append(errs, f.db.Close())
	}
	return errors.Join(append(errs, f.store.Close())...)
}
