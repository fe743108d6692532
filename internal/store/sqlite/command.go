package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// command is a prepared statement that returns no rows, or one of numbers. It is given to
// the driver directly: database/sql adds a list of arguments and several closures to each
// call, a third of what a delivery allocates in the store.
type command struct {
	statement driver.Stmt
	// args are used again by each call.
	args []driver.NamedValue
}

var errNoCommands = errors.New("the driver takes no statements from here")

// command prepares a statement once and keeps it.
func (w *writer) command(query string) (*command, error) {
	if c, ok := w.commands[query]; ok {
		return c, nil
	}
	c := &command{}
	err := w.conn.Raw(func(connection any) (err error) {
		preparer, ok := connection.(driver.ConnPrepareContext)
		if !ok {
			return errNoCommands
		}
		c.statement, err = preparer.PrepareContext(context.Background(), query)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	w.commands[query] = c
	return c, nil
}

// exec runs the statement and returns the number of rows it changed.
func (c *command) exec(conn *sql.Conn, args ...any) (changed int64, err error) {
	c.args = c.args[:0]
	defer func() { clear(c.args) }()
	for i, arg := range args {
		switch arg.(type) {
		case int64, string, []byte, nil:
		default:
			if arg, err = driver.DefaultParameterConverter.ConvertValue(arg); err != nil {
				return 0, err
			}
		}
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	err = conn.Raw(func(any) error {
		statement, ok := c.statement.(driver.StmtExecContext)
		if !ok {
			return errNoCommands
		}
		result, err := statement.ExecContext(context.Background(), c.args)
		if err != nil {
			return err
		}
		changed, err = result.RowsAffected()
		return err
	})
	return changed, err
}

// numbers reads the one row that there is.
func (c *command) numbers(conn *sql.Conn, into ...*int64) error {
	return conn.Raw(func(any) (err error) {
		statement, ok := c.statement.(driver.StmtQueryContext)
		if !ok {
			return errNoCommands
		}
		rows, err := statement.QueryContext(context.Background(), nil)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		values := make([]driver.Value, len(into))
		if err := rows.Next(values); err != nil {
			return err
		}
		for i, v := range values {
			if *into[i], ok = v.(int64); !ok {
				return fmt.Errorf("%v is no number", v)
			}
		}
		return nil
	})
}

func (c *command) close(conn *sql.Conn) error {
	return conn.Raw(func(any) error { return c.statement.Close() })
}
