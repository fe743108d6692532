package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Column is a column of a table.
type Column struct {
	Name, Type string
	// Required says that each row has to name a value.
	Required bool
}

// Tables lists the tables of the schema and their columns.
func (i *Intake) Tables(ctx context.Context) (map[string][]Column, error) {
	rows, err := i.store.write.Query(ctx, `
		SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
			AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'moving'
		ORDER BY c.relname, a.attnum`)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", unavailable(err))
	}
	tables := make(map[string][]Column)
	var table string
	var column Column
	if _, err := pgx.ForEachRow(rows, []any{&table, &column.Name, &column.Type, &column.Required}, func() error {
		tables[table] = append(tables[table], column)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read the schema: %w", unavailable(err))
	}
	return tables, nil
}

// Schema is the number of the newest migration that the database has.
func (i *Intake) Schema(ctx context.Context) (number int64, err error) {
	if err := i.store.write.QueryRow(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&number); err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", unavailable(err))
	}
	return number, nil
}

// Read reads all rows of a table, ordered by some of its columns. The caller closes
// them before asking for anything else.
func (i *Intake) Read(ctx context.Context, table string, columns, order []string) (pgx.Rows, error) {
	rows, err := i.store.write.Query(ctx, "SELECT "+list(columns)+" FROM "+quoted(table)+" ORDER BY "+list(order))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table, unavailable(err))
	}
	return rows, nil
}

func list(columns []string) string {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = quoted(column)
	}
	return strings.Join(names, ", ")
}
