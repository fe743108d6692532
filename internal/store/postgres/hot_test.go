package postgres_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestNoIndexOfWhatEveryClaimChanges holds claims, releases and the renewal of leases
// to changes that stay on their page (HOT, ADR-0021): no index has one of their columns,
// neither as a key nor in its condition.
func TestNoIndexOfWhatEveryClaimChanges(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, name := k.options(t)
	conn, err := pgx.Connect(t.Context(), k.cluster.DSN(name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	for table, changed := range map[string][]string{
		"work":      {"process", "leased_at", "claims", "interruptions"},
		"processes": {"valid_until"},
	} {
		rows, err := conn.Query(t.Context(), `SELECT DISTINCT a.attname::text FROM pg_index i
			JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid
			JOIN pg_attribute a ON a.attrelid = i.indrelid AND (a.attnum = d.refobjsubid OR a.attnum = ANY (i.indkey))
			WHERE i.indrelid = $1::text::regclass`, table)
		if err != nil {
			t.Fatal(err)
		}
		indexed, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(indexed, "number") {
			t.Fatalf("the indexes of %s have the columns %v: that cannot be all", table, indexed)
		}
		for _, column := range changed {
			if slices.Contains(indexed, column) {
				t.Errorf("an index of %s has the column %s", table, column)
			}
		}
	}
}
