// Package registry holds the webhooks, the API keys and the tenants: the rules for
// changing them and a copy in memory for looking them up.
//
// The copy is a snapshot of the store at one version. Matching an event, finding
// the settings of an attempt and checking an API key read the snapshot and never
// the store. Each change made here refreshes the snapshot before it returns;
// changes of other processes are noticed by Run within a second. A snapshot that
// is behind cannot do harm: the store refuses to accept events that were matched
// at an old version (webhook.ErrStale).
package registry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// pollInterval is how often Run looks for changes of other processes, so that
	// they count within a second.
	pollInterval = 500 * time.Millisecond
	// refreshTimeout bounds the reading of a snapshot after a change; the change
	// is durable by then, so it does not end with the caller's request.
	refreshTimeout = 5 * time.Second
)

// Store is what the registry needs of the store.
type Store interface {
	store.Webhooks
	store.Keys
	store.EventTypes
	store.Tenants
	store.Checklists
}

// URLs judges the URL of an endpoint when it is saved. It never resolves names.
type URLs interface {
	// CheckURL returns the URL as it is to be stored, and whether it is acceptable
	// only in development or by the allow-list.
	CheckURL(raw string) (stored string, dev bool, err *webhook.Invalid)
}

// Sender makes one attempt.
type Sender interface {
	Send(ctx context.Context, r webhook.Request) webhook.Attempt
}

// Options says what a registry works with. Clock, Random and Log may be nil.
type Options struct {
	Store   Store
	Catalog *catalog.Catalog
	URLs    URLs
	Sender  Sender
	Clock   clock.Clock
	// Steady is what the holding of deliveries counts by; nil is Clock.
	Steady clock.Clock
	// Random is the source of identifiers and signing keys; safe for concurrent
	// use.
	Random io.Reader
	Log    *slog.Logger
}

// Registry is the webhooks and API keys of all tenants. Safe for concurrent use.
type Registry struct {
	store   Store
	catalog *catalog.Catalog
	urls    URLs
	sender  Sender
	clock   clock.Clock
	steady  clock.Clock
	random  io.Reader
	log     *slog.Logger
	uses    *uses
	noted   noted
	// tokenSecret signs access tokens.
	tokenSecret []byte

	current atomic.Pointer[snapshot]
	// started counts the loads that have begun.
	started atomic.Int64

	// loading has room for the one who reads a snapshot; that one alone uses loaded
	// and listeners. A channel, so that waiting for it can be given up.
	loading chan struct{}
	// loaded is the number of the newest load that succeeded.
	loaded    int64
	listeners []func(changed []webhook.Webhook)
}

// New reads the first snapshot.
func New(ctx context.Context, o Options) (*Registry, error) {
	r := &Registry{
		store: o.Store, catalog: o.Catalog, urls: o.URLs, sender: o.Sender,
		clock: o.Clock, steady: o.Steady, random: o.Random, log: o.Log, uses: newUses(), loading: make(chan struct{}, 1),
	}
	if r.clock == nil {
		r.clock = clock.System{}
	}
	if r.steady == nil {
		r.steady = r.clock
	}
	if r.random == nil {
		r.random = rand.Reader
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.current.Store(emptySnapshot())
	if err := r.loadTokenSecret(ctx); err != nil {
		return nil, err
	}
	if err := r.Refresh(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// now is the present as it is stored: in UTC, to the millisecond.
func (r *Registry) now() time.Time { return r.clock.Now().UTC().Truncate(time.Millisecond) }

// OnChange calls f with the webhooks that a refresh found new, changed or deleted
// (DeletedAt is set). f is called by one goroutine at a time, after the snapshot
// shows the change, and must not block. Call OnChange before the registry is used.
func (r *Registry) OnChange(f func(changed []webhook.Webhook)) {
	r.loading <- struct{}{}
	defer func() { <-r.loading }()
	r.listeners = append(r.listeners, f)
}

// Refresh makes the snapshot at least as new as the store at the time of the call.
// Callers that wait for each other share one reading.
func (r *Registry) Refresh(ctx context.Context) error {
	before := r.started.Load()
	select {
	case r.loading <- struct{}{}:
		defer func() { <-r.loading }()
	case <-ctx.Done():
		return fmt.Errorf("wait for registry: %w", ctx.Err())
	}
	if r.loaded > before {
		return nil
	}
	number := r.started.Add(1)
	content, err := r.read(ctx)
	if err != nil {
		return err
	}
	r.loaded = number
	r.adopt(content)
	return nil
}

// adopt makes content the snapshot unless it is older than the present one, and
// tells the listeners. The caller holds loading.
func (r *Registry) adopt(content store.Registry) {
	old := r.current.Load()
	if content.Version < old.version {
		return
	}
	next := newSnapshot(content)
	next.keepCompiled(old)
	r.current.Store(next)
	if changed := next.changedSince(old, r.now()); len(changed) > 0 {
		for _, tell := range r.listeners {
			tell(changed)
		}
	}
}

// refreshAfterChange refreshes even if the caller's request has been given up.
func (r *Registry) refreshAfterChange(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
	defer cancel()
	return r.Refresh(ctx)
}

// Run notices changes of other processes, and writes when API keys were used, until
// ctx ends.
func (r *Registry) Run(ctx context.Context) {
	defer r.writeLastUses(ctx)
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := errors.Join(r.Poll(ctx), r.writeUses(ctx))
		if failed := err != nil && ctx.Err() == nil; failed != failing {
			failing = failed
			r.log.Log(ctx, pollLevel(failing), "registry.poll", "failing", failing, "error", err)
		}
	}
}

// writeLastUses writes what is left when the process stops.
func (r *Registry) writeLastUses(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
	defer cancel()
	if err := r.writeUses(ctx); err != nil {
		r.log.WarnContext(ctx, "registry.uses_lost", "error", err)
	}
}

func pollLevel(failing bool) slog.Level {
	if failing {
		return slog.LevelError
	}
	return slog.LevelInfo
}

// Poll notices changes of other processes now, as Run does by and by.
func (r *Registry) Poll(ctx context.Context) error {
	version, err := r.store.RegistryVersion(ctx)
	if err != nil {
		return fmt.Errorf("read registry version: %w", err)
	}
	if version == r.current.Load().version {
		return nil
	}
	return r.Refresh(ctx)
}
