package move

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scan reads a row of the source as the target has it.
func (t *table) scan(rows *sql.Rows) (row []any, size int, err error) {
	row = make([]any, len(t.columns))
	into := make([]any, len(t.columns))
	for i := range row {
		into[i] = &row[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, 0, fmt.Errorf("scan: %w", err)
	}
	for i, c := range t.columns {
		var bytes int
		if row[i], bytes, err = c.convert(row[i]); err != nil {
			return nil, 0, fmt.Errorf("%s.%s of the row %s: %w", t.name, c.name, t.show(row), err)
		}
		size += 8 + bytes
	}
	return row, size, nil
}

// convert turns a value of SQLite into one of PostgreSQL, and tells its size.
func (c *column) convert(value any) (converted any, size int, err error) {
	switch v := value.(type) {
	case nil:
		if c.required {
			return nil, 0, errors.New("has no value")
		}
		return nil, 0, nil
	case int64:
		if c.kind == "boolean" {
			return v != 0, 0, nil
		}
		if c.kind == "bigint" || c.kind == "integer" {
			return v, 0, nil
		}
	case []byte:
		if c.kind == "bytea" {
			return append([]byte{}, v...), len(v), nil // none is not nothing
		}
	case string:
		switch {
		case c.kind == "bytea":
			return []byte(v), len(v), nil
		case c.kind == "text" && (!utf8.ValidString(v) || strings.ContainsRune(v, 0)):
			return nil, 0, errors.New("PostgreSQL cannot hold this text: it has a character U+0000, or is not UTF-8; change it, and run the same command again")
		case c.kind == "text":
			return v, len(v), nil
		}
	}
	return nil, 0, fmt.Errorf("holds a %T, which is no %s", value, c.kind)
}

// keyOf are the values of the key, as text.
func (t *table) keyOf(row []any) []string {
	key := make([]string, len(t.key))
	for i, at := range t.key {
		switch v := row[at].(type) {
		case int64:
			key[i] = "i" + strconv.FormatInt(v, 10)
		case []byte:
			key[i] = "b" + base64.StdEncoding.EncodeToString(v)
		case string:
			key[i] = "t" + v
		}
	}
	return key
}

// parseKey is the inverse of keyOf.
func parseKey(key []string) ([]any, error) {
	values := make([]any, len(key))
	for i, text := range key {
		var err error
		switch kind, rest := text[:min(1, len(text))], text[min(1, len(text)):]; kind {
		case "i":
			values[i], err = strconv.ParseInt(rest, 10, 64)
		case "b":
			values[i], err = base64.StdEncoding.DecodeString(rest)
		case "t":
			values[i] = rest
		default:
			err = errors.New("unknown kind")
		}
		if err != nil {
			return nil, fmt.Errorf("read the key %q: %w", text, err)
		}
	}
	return values, nil
}

// show names a row for people: only numbers of its key, as others may be secret.
func (t *table) show(row []any) string {
	var shown []string
	for _, at := range t.key {
		if number, is := row[at].(int64); is {
			shown = append(shown, t.columns[at].name+" "+strconv.FormatInt(number, 10))
		}
	}
	if len(shown) == 0 {
		return "(without a number)"
	}
	return strings.Join(shown, ", ")
}

// difference is the first column in which two rows differ; empty if there is none.
func (t *table) difference(a, b []any) string {
	for i, c := range t.columns {
		x, isBytes := a[i].([]byte)
		y, areBytes := b[i].([]byte)
		if isBytes && areBytes && bytes.Equal(x, y) || !isBytes && !areBytes && a[i] == b[i] {
			continue
		}
		return c.name
	}
	return ""
}
