package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

const (
	// walPages is about how many pages the WAL grows before they are copied into the
	// database.
	walPages = 4000
	// walMost is how many it may grow before the commit that gets there copies them
	// itself, should the copying beside the commits not be enough.
	walMost = 4 * walPages
	// restPages is how little is left when the writer copies the rest itself, after at
	// most copyRounds beside it.
	restPages  = 200
	copyRounds = 4
)

// checkpointer copies the WAL into the database on a connection of its own, beside the
// commits: 16 MiB take tens of milliseconds, for which nobody should wait. What is
// committed meanwhile is left over, so the WAL would never be done; the last, small part
// the writer copies itself between two commits, and the WAL begins anew (ADR-0024).
type checkpointer struct {
	db    *sql.DB
	due   chan struct{}
	end   sync.Once
	ended chan struct{}
	// grown is about how many pages were committed since; the writer's alone.
	grown int
	// rest says that the writer is to copy what is left.
	rest atomic.Bool
}

func newCheckpointer(path string) (*checkpointer, error) {
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(1)
	c := &checkpointer{db: db, due: make(chan struct{}, 1), ended: make(chan struct{})}
	go c.run()
	return c, nil
}

func (c *checkpointer) close() error {
	c.end.Do(func() { close(c.due) })
	<-c.ended
	return c.db.Close()
}

func (c *checkpointer) run() {
	defer close(c.ended)
	for range c.due {
		if little, err := c.copyMost(); little && err == nil { // else the next time, and there is walMost
			c.rest.Store(true)
		}
	}
}

// copyMost copies until little is committed while it copies, and says whether little is
// left: not so if a reader is in the way.
func (c *checkpointer) copyMost() (little bool, err error) {
	before := 0
	for range copyRounds {
		pages, copied, err := copyWAL(c.db)
		if err != nil || pages-copied >= restPages {
			return false, err
		}
		if copied-before < restPages {
			return true, nil
		}
		before = copied
	}
	return false, nil
}

// querier is a connection, or a pool of them.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

var errNotCopied = errors.New("the WAL could not be copied")

// copyWAL copies what no reader is in the way of, and returns how many pages the WAL has
// and how many of them have been copied in all.
func copyWAL(on querier) (pages, copied int, err error) {
	var busy int
	if err := on.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &copied); err != nil {
		return 0, 0, fmt.Errorf("copy the WAL: %w", err)
	}
	if busy != 0 {
		return 0, 0, errNotCopied
	}
	return pages, copied, nil
}

// emptyWAL copies what is left of the WAL and cuts the file off, between two commits. It
// does not wait for readers: one that is in the way leaves it for the next time.
func (w *writer) emptyWAL() error {
	if err := w.exec("PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	var busy, pages, copied int
	err := w.conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &copied)
	if err != nil {
		err = fmt.Errorf("empty the WAL: %w", err)
	}
	return errors.Join(err, w.exec(fmt.Sprintf("PRAGMA busy_timeout = %d", busyTimeout.Milliseconds())))
}

// committed is called by the writer after each commit, when nobody waits for it any more.
func (c *checkpointer) committed(conn *sql.Conn, l load) {
	// A commit writes some pages anyhow: the ends of tables and indexes.
	c.grown += 8 + l.bytes>>12 + l.rows>>2
	if c.rest.Swap(false) {
		_, _, _ = copyWAL(conn) // else the next time
	}
	if c.grown < walPages {
		return
	}
	c.grown = 0
	select {
	case c.due <- struct{}{}:
	default: // it is at it
	}
}
