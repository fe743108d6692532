// Package sqlite keeps everything in one SQLite file: WAL, synchronous=FULL, one
// connection that writes (writer.go) and a pool that reads. It is the store of a
// single process; a second server on the same file is refused, while
// administration commands may open it beside one.
package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"modernc.org/sqlite" // the driver registers itself under the name sqlite
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	busyTimeout = 5 * time.Second
	// readTimeout cuts readers: a long one would keep the WAL from being
	// checkpointed.
	readTimeout = 5 * time.Second
	readers     = 4
)

// Options says where the database is and what is injected.
type Options struct {
	// Path of the file; its folder is made if it is missing.
	Path string
	// Serve takes the lock that only one server may hold.
	Serve bool
	// Clock and Random may be nil.
	Clock  clock.Clock
	Random io.Reader
	// Observe hears of every commit: how many calls it held, how long it took.
	Observe func(calls int, took time.Duration)
	// Fault may fail a commit, for tests. Its argument names the point.
	Fault func(point string) error
}

// Store is a store.Store on SQLite.
type Store struct {
	options Options
	lock    *os.File
	write   *sql.DB
	read    *sql.DB
	writer  *writer
	// checkpoints keeps the WAL short.
	checkpoints *checkpointer
	// traced hears of every read, for tests.
	traced func(query string)
	// The following belong to the writer's goroutine.
	sequence *webhook.Sequence
	// tenants holds numbers of tenants as of the registry's version tenantsAt.
	tenants map[webhook.TenantID]int64
	// blocks holds the newest block that is noted of each type. The writer's.
	blocks    map[blockKey]int64
	tenantsAt int64

	// flight is the deliveries that this process, the one of the number, holds without
	// a row.
	flight  flight
	process int64

	// aloft counts them. unfinished counts the deliveries without an end state; lead is how far
	// identifiers may run ahead of the clock, in milliseconds.
	aloft atomic.Int64
	// oldestAloft is when the first of them was accepted; 0 if there is none.
	oldestAloft atomic.Int64
	unfinished  atomic.Int64
	lead        atomic.Int64
	healthEdge  atomic.Int64
	// How far retention has come; the writer's goroutine alone uses them.
	visitedDeliveries, visitedEvents int64
}

var _ store.Store = (*Store)(nil)

// Open opens or makes the database and brings its schema up to date.
func Open(ctx context.Context, options Options) (_ *Store, err error) {
	if options.Clock == nil {
		options.Clock = clock.System{}
	}
	if options.Random == nil {
		options.Random = rand.Reader
	}
	if err := os.MkdirAll(filepath.Dir(options.Path), 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	s := &Store{options: options}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	if options.Serve {
		if s.lock, err = lockServer(options.Path); err != nil {
			return nil, err
		}
	}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	return s, s.start(ctx)
}

// prepare opens the file and brings its schema up to date, one process at a time: the
// change to WAL, too, waits for nobody.
func (s *Store) prepare(ctx context.Context) error {
	lock, err := lockSchema(s.options.Path)
	if err != nil {
		return err
	}
	if err := s.openPools(ctx); err != nil {
		return errors.Join(err, lock.Close())
	}
	return errors.Join(migrate(ctx, s.write, s.options.Path), lock.Close())
}

// noDatabase says what to do about a file that SQLite has not written.
func noDatabase(err error) error {
	if failure, is := errors.AsType[*sqlite.Error](err); is && failure.Code() == sqlite3.SQLITE_NOTADB {
		return fmt.Errorf("%w\nthe file is something else, or damaged: correct --database, or bring back a backup", err)
	}
	return err
}

func (s *Store) openPools(ctx context.Context) (err error) {
	if err := makePrivate(s.options.Path); err != nil {
		return err
	}
	if s.write, err = sql.Open("sqlite", dsn(s.options.Path, "auto_vacuum(INCREMENTAL)", "journal_mode(WAL)",
		fmt.Sprintf("wal_autocheckpoint(%d)", walMost), "journal_size_limit(67108864)")); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.write.SetMaxOpenConns(1)
	if err := s.write.PingContext(ctx); err != nil {
		return fmt.Errorf("open database %s: %w", s.options.Path, noDatabase(err))
	}
	if s.read, err = sql.Open("sqlite", dsn(s.options.Path, "query_only(1)")); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return nil
}

func dsn(path string, pragmas ...string) string {
	query := url.Values{"_txlock": {"immediate"}}
	query.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()))
	for _, p := range pragmas {
		query.Add("_pragma", p)
	}
	query.Add("_pragma", "synchronous(FULL)")
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
}

// start reads what the writer keeps in memory and starts it.
func (s *Store) start(ctx context.Context) error {
	var last, unfinished, lead int64
	row := s.write.QueryRowContext(ctx, `
		SELECT max(ifnull((SELECT max(number + deliveries) FROM (SELECT number, deliveries FROM events ORDER BY number DESC LIMIT 1)), 0),
		           ifnull((SELECT max(number) FROM deliveries), 0), ifnull((SELECT max(number) FROM work), 0)),
		       (SELECT count(*) FROM work) + (SELECT ifnull(sum(deliveries - expanded), 0) FROM events WHERE expanding IS NOT NULL),
		       (SELECT ms FROM identifier_lead), (SELECT first FROM aloft)`)
	if err := row.Scan(&last, &unfinished, &lead, &s.flight.first); err != nil {
		return fmt.Errorf("read the highest number: %w", err)
	}
	// What is accepted from now on lies where one looks after a crash.
	s.sequence = webhook.NewSequence(max(last, s.flight.first-1))
	s.unfinished.Store(unfinished)
	s.lead.Store(lead)
	s.tenants = make(map[webhook.TenantID]int64)
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("take the writing connection: %w", err)
	}
	if s.checkpoints, err = newCheckpointer(s.options.Path); err != nil {
		return errors.Join(err, conn.Close())
	}
	s.writer = newWriter(conn, s)
	return nil
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var one int
	if err := s.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	return nil
}

// Close waits for the calls under way and closes the file.
func (s *Store) Close() error { return s.release() }

func (s *Store) release() error {
	var errs []error
	if s.writer != nil {
		s.writer.close()
		errs = append(errs, s.writer.closeStatements(), s.writer.conn.Close())
	}
	if s.checkpoints != nil {
		errs = append(errs, s.checkpoints.close())
	}
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// query runs a read, bounded by readTimeout, and scans each row.
func (s *Store) query(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if s.traced != nil {
		s.traced(query)
	}
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("scan: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}
