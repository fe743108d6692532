package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tidingshq/tidings/internal/clock"
)

// Intake fills an empty database with what another store holds, in steps of which each
// is done or not. While it has not ended there is a table that says so and how far it
// has come, and Open refuses the database.
type Intake struct {
	store *Store
	owner string
}

var (
	// ErrUnfinished says that the database is being filled.
	ErrUnfinished = errors.New("a move into this database has not ended: run the same tidings migrate --from … again, which goes on where it stopped")
	// ErrTakenOver says that another intake has taken this one's place.
	ErrTakenOver = errors.New("another tidings migrate has begun to fill this database")
)

// NotEmptyError names what is in a database that should be empty.
type NotEmptyError struct{ Table string }

func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("the target is not empty (there is something in its table %s): a move needs a database of its own; if one into this database has ended, it is complete", e.Table)
}

// OpenIntake connects to a database and brings its schema up to date. The owner tells
// apart those who try at the same time.
func OpenIntake(ctx context.Context, options Options, owner string) (_ *Intake, err error) {
	options.Clock = clock.System{}
	if options.Partition == 0 {
		options.Partition = time.Hour
	}
	config, err := parseConfig(options.DSN)
	if err != nil {
		return nil, err
	}
	if err := bringUpToDate(ctx, config.ConnConfig); err != nil {
		return nil, unavailable(err)
	}
	s := &Store{options: options}
	if err := s.openPools(ctx, config); err != nil {
		s.release()
		return nil, err
	}
	return &Intake{store: s, owner: owner}, nil
}

// Close ends it as far as it has come.
func (i *Intake) Close() { i.store.release() }

// Take begins, or goes on with what has not ended: then state is what the last step
// left, and found is true. Anything in one of the tables is refused otherwise.
func (i *Intake) Take(ctx context.Context, tables []string) (state []byte, found bool, err error) {
	err = pgx.BeginFunc(ctx, i.store.write, func(tx pgx.Tx) error {
		// A server that joins waits, and is refused afterwards.
		if _, err := tx.Exec(ctx, "LOCK TABLE processes IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		if found, err = unfinished(ctx, tx); err != nil {
			return err
		}
		if found {
			return tx.QueryRow(ctx, "UPDATE moving SET owner = $1 RETURNING state", i.owner).Scan(&state)
		}
		if err := checkEmpty(ctx, tx, append([]string{"processes"}, tables...)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `CREATE TABLE moving ("only" integer PRIMARY KEY CHECK ("only" = 1), owner text NOT NULL, state bytea NOT NULL)`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO moving ("only", owner, state) VALUES (1, $1, '')`, i.owner)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("begin: %w", unavailable(err))
	}
	return state, found, nil
}

// unfinished says whether the database is being filled.
func unfinished(ctx context.Context, from interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
},
) (is bool, err error) {
	err = from.QueryRow(ctx, "SELECT to_regclass('moving') IS NOT NULL").Scan(&is)
	return is, err
}

// initial are the rows that an empty database has, by table.
func initial(table string) string {
	switch table {
	case "tenants":
		return " WHERE number <> 0"
	case "registry_version":
		return " WHERE version <> 0"
	case "identifier_lead":
		return " WHERE last <> 0"
	default:
		return ""
	}
}

func checkEmpty(ctx context.Context, tx pgx.Tx, tables []string) error {
	for _, table := range tables {
		var filled bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+quoted(table)+initial(table)+")").Scan(&filled); err != nil {
			return err
		}
		if filled {
			return &NotEmptyError{Table: table}
		}
	}
	return nil
}

// step changes the database and notes the new state, if this is still the owner.
func (i *Intake) step(ctx context.Context, state []byte, change func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, i.store.write, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, "UPDATE moving SET state = $1 WHERE owner = $2", state, i.owner)
		if err != nil {
			return goneOr(err)
		}
		if done.RowsAffected() == 0 {
			return ErrTakenOver
		}
		if err := change(tx); err != nil {
			return unavailable(err)
		}
		if i.store.options.Fault != nil {
			return i.store.options.Fault("intake")
		}
		return nil
	})
}

// goneOr recognizes that the table is no more: another one has ended.
func goneOr(err error) error {
	if failure, is := errors.AsType[*pgconn.PgError](err); is && failure.Code == "42P01" {
		return ErrTakenOver
	}
	return unavailable(err)
}

// Clear empties the tables.
func (i *Intake) Clear(ctx context.Context, tables []string, state []byte) error {
	names := make([]string, len(tables))
	for n, table := range tables {
		names[n] = quoted(table)
	}
	err := i.step(ctx, state, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "TRUNCATE "+strings.Join(names, ", "))
		return err
	})
	if err != nil {
		return fmt.Errorf("empty the tables: %w", err)
	}
	return nil
}

// Note notes a state.
func (i *Intake) Note(ctx context.Context, state []byte) error {
	return i.step(ctx, state, func(pgx.Tx) error { return nil })
}

// Rows are rows of a table.
type Rows struct {
	Table   string
	Columns []string
	Values  [][]any
}

// Write adds rows to a table.
func (i *Intake) Write(ctx context.Context, rows Rows, state []byte) error {
	err := i.cover(ctx, rows)
	if err == nil {
		err = i.step(ctx, state, func(tx pgx.Tx) error {
			_, err := tx.CopyFrom(ctx, pgx.Identifier{rows.Table}, rows.Columns, pgx.CopyFromRows(rows.Values))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("write to %s: %w", rows.Table, err)
	}
	return nil
}

// cover makes the partitions that rows go to.
func (i *Intake) cover(ctx context.Context, rows Rows) error {
	key, is := partitionKey(rows.Table)
	at := slices.Index(rows.Columns, key)
	if !is || at < 0 {
		return nil
	}
	for _, row := range rows.Values {
		number, is := row[at].(int64)
		if !is || i.store.partitions.hold(number, number) {
			continue
		}
		if err := i.store.cover(ctx, number, number); err != nil {
			return err
		}
	}
	return nil
}

// partitionKey is the column of which the partitions of a table are spans.
func partitionKey(table string) (column string, is bool) {
	for _, of := range partitioned {
		if of.table == table && table == "attempts" {
			return "delivery", true
		}
		if of.table == table {
			return "number", true
		}
	}
	return "", false
}

// Complete ends it: new numbers come after the highest of each table, and the database
// is free.
func (i *Intake) Complete(ctx context.Context, highest map[string]int64) error {
	if _, err := i.store.write.Exec(ctx, "ANALYZE"); err != nil {
		return fmt.Errorf("analyze: %w", unavailable(err))
	}
	err := i.step(ctx, []byte{}, func(tx pgx.Tx) error {
		for table, number := range highest {
			if number < 1 {
				continue
			}
			if _, err := tx.Exec(ctx, "SELECT setval(pg_get_serial_sequence($1, 'number'), $2)", table, number); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "DROP TABLE moving")
		return err
	})
	if err != nil {
		return fmt.Errorf("complete: %w", err)
	}
	return nil
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
