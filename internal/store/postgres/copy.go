package postgres

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// copyFrom is how many rows are worth a statement that takes a round trip of its own: with
// COPY, neither side has to put arrays together and take them apart.
const copyFrom = 64

// insert writes rows 0 to n−1: few with INSERT, whose SELECT takes the columns as arguments,
// and many with COPY. into is the table with its columns; write gives the values of row i in
// their order.
func (t *tx) insert(into string, n int, write func(values *values, i int), selection string, columns ...any) error {
	switch {
	case n == 0:
	case n >= copyFrom:
		return t.copy(into, n, write)
	default:
		t.queue("INSERT INTO "+into+" "+selection, columns...)
	}
	return nil
}

// copy writes rows 0 to n−1 with COPY, behind what is in line.
func (t *tx) copy(into string, n int, write func(values *values, i int)) error {
	if err := t.send(); err != nil {
		return err
	}
	query := "COPY " + into + " FROM STDIN BINARY"
	t.trace(query, nil)
	rows := &copiedRows{n: n, columns: strings.Count(into, ",") + 1, write: write}
	rows.ready.buffer.WriteString(copyHead)
	if _, err := t.conn.Conn().PgConn().CopyFrom(t.ctx, rows, query); err != nil {
		return fmt.Errorf("write: %w", t.problem(err))
	}
	return nil
}

// What stands before all rows, and behind them (PostgreSQL, "COPY", Binary Format).
const (
	copyHead = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"
	copyTail = "\xff\xff"
)

// copiedRows is a stream of n rows, which are made as they are read.
type copiedRows struct {
	n, next, columns int
	write            func(values *values, i int)
	ready            values
}

// Read implements io.Reader.
func (r *copiedRows) Read(p []byte) (int, error) {
	for r.ready.buffer.Len() < len(p) && r.next <= r.n {
		if r.next == r.n {
			r.ready.buffer.WriteString(copyTail)
		} else {
			r.ready.put(binary.BigEndian.AppendUint16(r.ready.room(), uint16(r.columns)))
			r.write(&r.ready, r.next)
		}
		r.next++
	}
	if r.ready.buffer.Len() == 0 {
		return 0, io.EOF
	}
	return r.ready.buffer.Read(p)
}

// values are values of columns in binary form: their sizes, and then they themselves.
type values struct{ buffer bytes.Buffer }

func (v *values) room() []byte     { return v.buffer.AvailableBuffer() }
func (v *values) put(value []byte) { v.buffer.Write(value) }

func (v *values) size(n int) { v.put(binary.BigEndian.AppendUint32(v.room(), uint32(n))) }

func (v *values) null() { v.size(-1) }

func (v *values) int(n int64) {
	v.put(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(v.room(), 8), uint64(n)))
}

func (v *values) ints(numbers ...int64) {
	for _, n := range numbers {
		v.int(n)
	}
}

func (v *values) bool(b bool) {
	v.size(1)
	if b {
		v.buffer.WriteByte(1)
	} else {
		v.buffer.WriteByte(0)
	}
}

func (v *values) text(s string) {
	v.size(len(s))
	v.buffer.WriteString(s)
}

// bytes writes NULL for nil.
func (v *values) bytes(b []byte) {
	if b == nil {
		v.null()
		return
	}
	v.size(len(b))
	v.put(b)
}

// orNull writes what a pointer leads to.
func orNull[T any](v *values, p *T, write func(T)) {
	if p == nil {
		v.null()
		return
	}
	write(*p)
}
