package move

import (
	"context"
	"fmt"

	"github.com/tidingshq/tidings/internal/store/postgres"
)

// copyTable copies what is left of a table, batch by batch. A batch and how far it
// came are one commit.
func (m *mover) copyTable(ctx context.Context, t *table) error {
	at := m.state.Tables[t.name]
	if at.Ended {
		return nil
	}
	behind, err := parseKey(at.Last)
	if err != nil {
		return err
	}
	rows, err := m.source.Query(ctx, t.query(len(behind) > 0), behind...)
	if err != nil {
		return err
	}
	defer rows.Close()
	b := batch{Rows: postgres.Rows{Table: t.name, Columns: t.names()}}
	for rows.Next() {
		row, size, err := t.scan(rows)
		if err != nil {
			return err
		}
		b.Values, b.bytes = append(b.Values, row), b.bytes+size
		if b.full(m.options.BatchRows) {
			if err := m.write(ctx, t, &b, false); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", t.name, err)
	}
	return m.write(ctx, t, &b, true)
}

// batch is what one commit writes.
type batch struct {
	postgres.Rows
	bytes int
}

func (b *batch) full(rows int) bool {
	if rows == 0 {
		rows = batchRows
	}
	return len(b.Values) >= rows || b.bytes >= batchBytes
}

// write writes a batch and empties it.
func (m *mover) write(ctx context.Context, t *table, b *batch, last bool) error {
	at := m.state.Tables[t.name]
	if len(b.Values) > 0 {
		at.Last = t.keyOf(b.Values[len(b.Values)-1])
		at.Rows += int64(len(b.Values))
	}
	at.Ended = last
	m.state.Tables[t.name] = at
	if err := m.target.Write(ctx, b.Rows, m.pack()); err != nil {
		return err
	}
	clear(b.Values)
	b.Values, b.bytes = b.Values[:0], 0
	m.tell(t, false, at.Rows)
	return nil
}
