package move

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// checkEvery is after how many compared rows progress is told.
const checkEvery = 20_000

// differenceError says that the target is not what the source is.
type differenceError struct{ table, what string }

func (e *differenceError) Error() string {
	return fmt.Sprintf("table %s is not the same in both databases: %s. Somebody has changed one of them. Run the same command again: it starts anew", e.table, e.what)
}

// end compares everything and gives the target free.
func (m *mover) end(ctx context.Context) (Report, error) {
	report := Report{Resumed: m.resumed}
	for i := range m.plan {
		count, err := m.check(ctx, &m.plan[i])
		if _, differs := errors.AsType[*differenceError](err); differs {
			m.state.Source = "" // no other is like it
			return report, errors.Join(err, m.target.Note(ctx, m.pack()))
		}
		if err != nil {
			return report, err
		}
		report.Tables = append(report.Tables, count)
	}
	highest, err := m.highest(ctx)
	if err != nil {
		return report, err
	}
	return report, m.target.Complete(ctx, highest)
}

// highest tells behind which number each table goes on.
func (m *mover) highest(ctx context.Context) (map[string]int64, error) {
	sequences, err := m.source.Sequences(ctx)
	if err != nil {
		return nil, err
	}
	highest := map[string]int64{"processes": sequences["processes"]}
	for _, t := range m.plan {
		if last, is := sequences[t.name]; is {
			highest[t.name] = last
		}
	}
	return highest, nil
}

// check reads a table in both databases, row by row in the order of its key, and
// compares.
func (m *mover) check(ctx context.Context, t *table) (Count, error) {
	count := Count{Table: t.name}
	source, err := m.source.Query(ctx, t.query(false))
	if err != nil {
		return count, err
	}
	defer source.Close()
	target, err := m.target.Read(ctx, t.name, t.names(), t.keyNames())
	if err != nil {
		return count, err
	}
	defer target.Close()
	for {
		a, b, err := t.both(source, target)
		if err != nil {
			return count, err
		}
		if a == nil && b == nil {
			break
		}
		if what := t.compare(a, b); what != "" {
			return count, &differenceError{t.name, what}
		}
		count.Source++
		count.Target++
		if count.Source%checkEvery == 0 {
			m.tell(t, true, count.Source)
		}
	}
	m.tell(t, true, count.Source)
	return count, nil
}

// both reads the next row of each; nil at the end.
func (t *table) both(source *sql.Rows, target pgx.Rows) (a, b []any, err error) {
	if source.Next() {
		if a, _, err = t.scan(source); err != nil {
			return nil, nil, err
		}
	} else if err := source.Err(); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", t.name, err)
	}
	if target.Next() {
		if b, err = target.Values(); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", t.name, err)
		}
		for i := range b {
			if small, is := b[i].(int32); is {
				b[i] = int64(small)
			}
		}
	} else if err := target.Err(); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", t.name, err)
	}
	return a, b, nil
}

func (t *table) compare(a, b []any) string {
	switch {
	case b == nil:
		return "PostgreSQL lacks the row " + t.show(a)
	case a == nil:
		return "SQLite lacks the row " + t.show(b)
	}
	if column := t.difference(a, b); column != "" {
		return "the rows " + t.show(a) + " and " + t.show(b) + " differ in " + column
	}
	return ""
}
