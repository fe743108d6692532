package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/node"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

// ErrNoDatabase says that there is no database where one was expected.
var ErrNoDatabase = errors.New("there is no database")

const (
	// databaseRetry is how often a server that starts tries to reach its database.
	databaseRetry = time.Second
	// databaseRemind is how often it says that it still waits, and why.
	databaseRemind = 10 * time.Second
	// shortPartition and longPartition are the spans of partitions, for a retention of
	// days or of more.
	shortPartition = time.Hour
	longPartition  = 24 * time.Hour
)

// openDatabase opens the database of the configuration beside whoever uses it; one that
// is not there is made.
func openDatabase(ctx context.Context, c *config.Config) (store.Store, error) {
	if c.Shared() {
		return openPostgres(ctx, postgresOptions(c))
	}
	s, err := sqlite.Open(ctx, sqlite.Options{Path: c.SQLitePath()})
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

func openPostgres(ctx context.Context, o postgres.Options) (store.Store, error) {
	s, err := postgres.Open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

func postgresOptions(c *config.Config) postgres.Options {
	o := postgres.Options{DSN: c.Database, ListenDSN: c.DatabaseListen, Partition: shortPartition}
	if c.Retention > 7*24*time.Hour {
		o.Partition = longPartition
	}
	o.Overstay = o.Partition
	return o
}

// openExisting opens the database if it is there; ErrNoDatabase otherwise.
func openExisting(ctx context.Context, c *config.Config) (store.Store, error) {
	if _, err := os.Stat(c.SQLitePath()); !c.Shared() && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s", ErrNoDatabase, c.SQLitePath())
	}
	return openDatabase(ctx, c)
}

// schemaVersions tells which schema the database has and which one this version knows.
func schemaVersions(ctx context.Context, c *config.Config) (have, known int64, err error) {
	if c.Shared() {
		return postgres.SchemaVersions(ctx, c.Database)
	}
	return sqlite.SchemaVersions(ctx, c.SQLitePath())
}

// openStore opens the database for serving and makes this process a member of those
// that share it.
func (a *App) openStore(ctx context.Context) (err error) {
	if a.config.Shared() {
		a.store, err = a.awaitPostgres(ctx)
	} else {
		a.store, err = sqlite.Open(ctx, sqlite.Options{
			Path: a.config.SQLitePath(), Serve: true, Clock: a.clock, Fault: a.options.Fault, Observe: a.committed,
		})
	}
	if err != nil {
		a.store = nil // not a nil of another type
		return fmt.Errorf("open store: %w", err)
	}
	a.onStop("store", func(context.Context) error { return a.store.Close() })
	a.node, err = node.Join(ctx, node.Options{
		Store: a.store, Shared: a.config.Shared(), Clock: a.wall, Logger: a.log,
		Changed: a.othersChanged, Heard: func(text string) { a.relay.heard(text) }, Missed: func() { a.live.Lost() },
		Watching: func() bool { return a.live.Watched() },
	})
	if err != nil {
		return err
	}
	a.onStop("membership", a.node.Leave)
	// The wall may have been set right by the database. What waits in it is due by the time
	// that was reached before.
	reached, err := a.store.NewestAt(ctx)
	if err != nil {
		return fmt.Errorf("look for the newest event: %w", err)
	}
	a.clock.Restart(reached)
	return nil
}

func (a *App) committed(calls int, _ time.Duration) { a.metrics.Committed(calls) }

// awaitPostgres opens the database, and waits for one that is not there yet.
func (a *App) awaitPostgres(ctx context.Context) (store.Store, error) {
	o := postgresOptions(a.config)
	o.Clock, o.Fault, o.Observe = a.clock, a.options.Fault, a.committed
	return whenThere(ctx, func() (store.Store, error) { return openPostgres(ctx, o) }, func(err error) {
		a.log.Warn("server.database_unreachable", "database", a.config.DatabaseName(), "error", err, "hint", "the server waits for it; SIGTERM ends it")
	})
}

// whenThere opens a database until it is there, ctx ends, or waiting cannot help. While
// it waits it warns at once and every databaseRemind.
func whenThere(ctx context.Context, open func() (store.Store, error), warn func(error)) (store.Store, error) {
	for warned := (time.Time{}); ; {
		s, err := open()
		switch {
		case err == nil || !errors.Is(err, webhook.ErrUnavailable):
			return s, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case time.Since(warned) >= databaseRemind:
			warned = time.Now()
			warn(err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(databaseRetry):
		}
	}
}

// othersChanged looks at what other processes have changed.
func (a *App) othersChanged() {
	a.dispatcher.LookAround()
	ctx, cancel := context.WithTimeout(context.Background(), databaseRetry)
	defer cancel()
	if err := a.registry.Poll(ctx); err != nil {
		a.log.Debug("registry.poll", "error", err) // it is polled again anyhow
	}
}
