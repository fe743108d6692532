// Package postgres keeps everything in a PostgreSQL database that any number of
// processes share. Each has three connections that write, with group commit
// (writer.go), and a pool that reads; leases tell who attempts what (nodes.go).
// Nothing rests on the state of a session, so a pooler that hands out connections by
// transaction may stand between, except for the one connection that listens.
package postgres

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// readTimeout cuts readers: a long one would keep what is dead from being cleaned up.
	readTimeout = 5 * time.Second
	// connectTimeout bounds the making of a connection.
	connectTimeout = 3 * time.Second
	// openTimeout bounds what has to be done before the store can be used.
	openTimeout = 2 * time.Minute
	readers     = 6
	// writers is how many connections write: three that commit, others that renew leases
	// and tell.
	writers = 5
)

// Options says where the database is and what is injected.
type Options struct {
	// DSN is a postgres:// URL or a connection string as libpq takes it.
	DSN string
	// ListenDSN is where the connection that listens goes, if that is not DSN: past a
	// pooler. With it nothing is prepared by name.
	ListenDSN string
	// Partition is the span of time of one partition of events and log; zero is an
	// hour. Retention drops whole ones.
	Partition time.Duration
	// Overstay is how much longer than retention asks a row is kept in the hope that
	// its whole partition can go. Zero removes row by row what is due.
	Overstay time.Duration
	// Patience is how long new events wait for a database that does not answer; zero
	// is four seconds.
	Patience time.Duration
	// Clock and Random may be nil.
	Clock  clock.Clock
	Random io.Reader
	// Observe hears of every commit: how many calls it held, how long it took.
	Observe func(calls int, took time.Duration)
	// Fault may fail a commit, for tests. Its argument names the point.
	Fault func(point string) error
}

// Store is a store.Store on PostgreSQL.
type Store struct {
	options Options
	read    *pgxpool.Pool
	write   *pgxpool.Pool
	writer  *writer
	// traced hears of every statement, for tests.
	traced func(query string, args []any)

	// elapsing is the time that no one sets, for tests to let it pass.
	elapsing func() time.Time

	partitions partitions
	usage      usageCache
	renewals   renewals

	// lead is how far identifiers may run ahead of the clock, in milliseconds.
	lead atomic.Int64
	// process is the number under which this store has joined.
	process atomic.Int64
	// How far retention has come; one call of Expire at a time uses them.
	visitedDeliveries, visitedEvents int64
	healthEdge                       int64
}

var _ store.Store = (*Store)(nil)

// Open connects to the database and brings its schema up to date. ErrTurnedAway says
// that trying again does not help, webhook.ErrUnavailable that it may.
func Open(ctx context.Context, options Options) (_ *Store, err error) {
	if options.Clock == nil {
		options.Clock = clock.System{}
	}
	if options.Random == nil {
		options.Random = rand.Reader
	}
	if options.Patience == 0 {
		options.Patience = acceptTimeout
	}
	if options.Partition == 0 {
		options.Partition = time.Hour
	}
	config, err := parseConfig(options.DSN)
	if err != nil {
		return nil, err
	}
	if options.ListenDSN != "" && !strings.Contains(options.DSN, "default_query_exec_mode") {
		// Behind a pooler the next statement may meet another session, which knows
		// nothing of what was prepared by name.
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	s := &Store{options: options, elapsing: time.Now}
	defer func() {
		if err != nil {
			err = turnedAway(err)
			s.release()
		}
	}()
	if err := bringUpToDate(ctx, config.ConnConfig); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := s.openPools(ctx, config); err != nil {
		return nil, err
	}
	if is, err := unfinished(ctx, s.read); err != nil || is {
		return nil, cmp.Or(unavailable(err), ErrUnfinished)
	}
	return s, s.start(ctx)
}

// bringUpToDate gives the database the schema of this version.
func bringUpToDate(ctx context.Context, config *pgx.ConnConfig) error {
	bounded, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := migrate(bounded, config); err != nil {
		return err
	}
	return completeIndexes(ctx, config)
}

func (s *Store) openPools(ctx context.Context, config *pgxpool.Config) (err error) {
	if s.read, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	writing := config.Copy()
	writing.MaxConns = writers
	if s.write, err = pgxpool.NewWithConfig(ctx, writing); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return nil
}

// parseConfig reads a connection string and adds what it leaves open. An error does
// not repeat the string: it may hold a password.
func parseConfig(dsn string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		var parse *pgconn.ParseConfigError
		if errors.As(err, &parse) {
			return nil, errors.New("--database: the connection string cannot be read: it looks like postgres://user:password@host:5432/name")
		}
		return nil, fmt.Errorf("--database: %w", err)
	}
	if config.ConnConfig.ConnectTimeout == 0 || config.ConnConfig.ConnectTimeout > time.Minute {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "tidings"
	}
	config.MaxConns = readers
	config.MaxConnIdleTime = 5 * time.Minute
	return config, nil
}

// start reads what is kept in memory and starts the writer.
func (s *Store) start(ctx context.Context) error {
	if err := s.readLead(ctx); err != nil {
		return err
	}
	if err := s.makePartitions(ctx, s.options.Clock.Now()); err != nil {
		return err
	}
	s.writer = newWriter(s)
	return nil
}

// readLead learns how far identifiers run ahead, which other processes may raise.
func (s *Store) readLead(ctx context.Context) error {
	return s.query(ctx, func(rows pgx.Rows) error {
		var lead int64
		err := rows.Scan(&lead)
		s.lead.Store(lead)
		return err
	}, "SELECT ms FROM identifier_lead")
}

// raiseLead notes how far identifiers run ahead. Committers and renewals learn it beside
// each other: it never goes back.
func (s *Store) raiseLead(lead int64) {
	for known := s.lead.Load(); lead > known; known = s.lead.Load() {
		if s.lead.CompareAndSwap(known, lead) {
			return
		}
	}
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if err := s.read.Ping(ctx); err != nil {
		return fmt.Errorf("ask the database: %w", unavailable(err))
	}
	return nil
}

// Close waits for the calls under way and closes the connections.
func (s *Store) Close() error {
	s.release()
	return nil
}

func (s *Store) release() {
	if s.writer != nil {
		s.writer.close()
	}
	for _, pool := range []*pgxpool.Pool{s.write, s.read} {
		if pool != nil {
			pool.Close()
		}
	}
}

// querier is what a statement can be sent to.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// query runs a read, bounded by readTimeout, and scans each row.
func (s *Store) query(ctx context.Context, scan func(pgx.Rows) error, query string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	started := false
	var err error
	for range readers + 1 {
		err = s.scan(ctx, s.read, func(rows pgx.Rows) error { started = true; return scan(rows) }, query, args...)
		if started || !dead(err) || ctx.Err() != nil {
			break
		}
	}
	return err
}

// dead says that a connection of the pool had died unnoticed: another one may do.
func dead(err error) bool {
	var connecting *pgconn.ConnectError
	return errors.Is(err, webhook.ErrUnavailable) && !errors.As(err, &connecting)
}

func (s *Store) scan(ctx context.Context, from querier, scan func(pgx.Rows) error, query string, args ...any) error {
	if s.traced != nil {
		s.traced(query, args)
	}
	rows, err := from.Query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("query: %w", unavailable(err))
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("scan: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read rows: %w", unavailable(err))
	}
	return nil
}

// reader reads in one transaction: it sees one moment.
type reader struct {
	store *Store
	ctx   context.Context //nolint:containedctx // it lives as long as the call
	tx    pgx.Tx
}

// reading runs reads, together bounded by readTimeout.
func (s *Store) reading(ctx context.Context, read func(r *reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var tx pgx.Tx
	var err error
	for range readers + 1 {
		tx, err = s.read.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
		if err = unavailable(err); !dead(err) || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // it only reads
	return read(&reader{store: s, ctx: ctx, tx: tx})
}

func (r *reader) query(scan func(pgx.Rows) error, query string, args ...any) error {
	return r.store.scan(r.ctx, r.tx, scan, query, args...)
}

func (r *reader) numbers(query string, args ...any) ([]int64, error) {
	var numbers []int64
	err := r.query(func(rows pgx.Rows) error {
		var number int64
		err := rows.Scan(&number)
		numbers = append(numbers, number)
		return err
	}, query, args...)
	return numbers, err
}
