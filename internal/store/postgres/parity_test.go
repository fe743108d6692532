package postgres_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store/sqlite"
)

// onlyHere are columns that one of the schemas has and the other does not need.
var (
	onlyPostgres = []string{
		"identifier_lead.last",  // several processes share the numbers
		"processes.valid_until", // several processes are there at a time
		"processes.ended",
		"processes.watching",
		// what one process does to the work of another
		"cancelled_leases.process", "cancelled_leases.delivery", "cancelled_leases.claims", "cancelled_leases.suffix", "cancelled_leases.webhook",
	}
	onlySQLite = []string{
		"events.aloft", "aloft.only", "aloft.first", // what one process holds in memory (ADR-0018)
		"event_blocks.tenant", "event_blocks.type", "event_blocks.block", // an index of events does that (ADR-0021)
	}
)

// TestSchemasHaveTheSameColumns compares the two schemas, so that a column that is added
// to one is not forgotten in the other.
func TestSchemasHaveTheSameColumns(t *testing.T) {
	t.Parallel()
	here, there := postgresColumns(t), sqliteColumns(t)
	for _, one := range onlyPostgres {
		if !slices.Contains(here, one) {
			t.Errorf("%s is listed as one of PostgreSQL only, and is not there", one)
		}
	}
	for _, one := range onlySQLite {
		if !slices.Contains(there, one) {
			t.Errorf("%s is listed as one of SQLite only, and is not there", one)
		}
	}
	here = slices.DeleteFunc(here, func(c string) bool { return slices.Contains(onlyPostgres, c) })
	there = slices.DeleteFunc(there, func(c string) bool { return slices.Contains(onlySQLite, c) })
	if diff := cmp.Diff(there, here); diff != "" {
		t.Errorf("columns differ (-SQLite +PostgreSQL):\n%s", diff)
	}
}

func postgresColumns(t *testing.T) []string {
	t.Helper()
	k := newKit(t)
	conn, err := pgx.Connect(t.Context(), k.cluster.DSN(k.empty))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), `SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
			AND c.relname NOT IN ('goose_db_version', 'moving')`)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(columns)
	return columns
}

func sqliteColumns(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tidings.db")
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var columns []string
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, column)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(columns)
	return columns
}
