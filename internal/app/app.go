// Package app puts the parts together: it is the one place that knows them all. A
// configuration goes in, a running server comes out.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/console"
	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/httpapi"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/live"
	"github.com/tidingshq/tidings/internal/node"
	"github.com/tidingshq/tidings/internal/obs"
	"github.com/tidingshq/tidings/internal/receiver"
	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/upkeep"
	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/web"
)

// closeFor bounds the closing of what New has opened before it failed.
const closeFor = 5 * time.Second

// Options is what an App is made of.
type Options struct {
	Config  config.Config
	Version string
	Logger  *slog.Logger
	// Settings are those in effect, as they may be seen.
	Settings []config.Entry
	// Console is the built console, that of this binary if it is nil.
	Console fs.FS
	// Fault may fail a commit, for tests.
	Fault func(point string) error
	// Clock is that of this machine; nil is clock.System.
	Clock clock.Clock
}

func (o *Options) console() fs.FS {
	if o.Console == nil {
		return web.Dist()
	}
	return o.Console
}

// HasConsole says whether the console was compiled into this binary.
func HasConsole() bool { return console.Built(web.Dist()) }

// App is a server. New opens the database, Start begins to answer and to deliver.
type App struct {
	options Options
	config  *config.Config
	log     *slog.Logger
	// wall is the time of day: what is signed, and what sessions and API keys expire by.
	// clock is what due times and ages count by.
	wall     *clock.Corrected
	clock    *clock.Steady
	metrics  *obs.Metrics
	attempts *obs.AttemptLog

	store      store.Store
	node       *node.Node
	registry   *registry.Registry
	accounts   *account.Accounts
	startedAt  time.Time
	dispatcher *dispatch.Dispatcher
	upkeep     *upkeep.Upkeep
	ingest     *ingest.Ingest
	receiver   *receiver.Receiver
	live       *live.Hub
	relay      *relay
	urls       urlRules
	catalog    *catalog.Catalog

	main, ops net.Listener
	running   sync.WaitGroup
	// membership is the renewing of leases.
	membership sync.WaitGroup
	faults     chan error
	cleanups   []cleanup
}

// cleanup undoes one step of New or Start.
type cleanup struct {
	name string
	run  func(ctx context.Context) error
}

// New opens the database, brings its schema up to date and wires everything. What
// it has opened is closed again if it fails.
func New(ctx context.Context, o Options) (_ *App, err error) {
	a := &App{options: o, config: &o.Config, log: o.Logger, catalog: catalog.Load(), faults: make(chan error, 4)}
	defer func() {
		if err != nil {
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeFor)
			defer cancel()
			err = errors.Join(err, a.Stop(closing))
		}
	}()
	a.setClocks()
	a.startedAt = a.clock.Now()
	a.metrics = newMetrics(o.Version)
	a.attempts = obs.NewAttemptLog(a.log, a.clock.Now)
	a.onStop("attempt log", func(ctx context.Context) error { a.attempts.Close(ctx); return nil })

	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	guard := egress.New(egress.Options{Dev: a.config.Dev, Allow: a.config.AllowNetworks, Proxy: a.config.EgressProxy.Reveal()})
	a.urls = urlRules{guard}
	sender, err := a.newSender(guard)
	if err != nil {
		return nil, err
	}
	a.registry, err = registry.New(ctx, registry.Options{
		Store: a.store, Catalog: a.catalog, URLs: a.urls, Sender: sender, Clock: a.wall, Steady: a.clock, Log: a.log,
	})
	if err != nil {
		return nil, err
	}
	if err := a.setBootstrapKey(ctx); err != nil {
		return nil, err
	}
	a.accounts = account.New(account.Options{Store: a.store, Clock: a.wall, Log: a.log})
	if err := a.setFirstUser(ctx); err != nil {
		return nil, err
	}
	a.dispatcher = dispatch.New(dispatch.Options{
		Store: a.store, Process: a.node.Process(), Shared: a.config.Shared(), Alive: a.node.Alive, Webhooks: a.registry, Sender: sender, Clock: a.clock, Random: rand.Float64,
		Policy: webhook.RetryPolicy{Schedule: a.config.RetrySchedule}, Limits: a.limits(), ResultsWait: dispatch.DefaultResultsWait, Observer: observer{a}, Logger: a.log,
	})
	a.live = live.New(live.Options{Store: a.store, Webhooks: a.registry, Clock: a.clock, Log: a.log, Encode: httpapi.EncodeLive})
	a.registry.OnChange(a.dispatcher.Changed)
	a.registry.OnChange(a.live.WebhookChanged)
	a.relay = &relay{node: a.node, hub: a.live, log: a.log}
	a.upkeep = upkeep.New(upkeep.Options{
		Store: a.store, Process: a.node.Process, Clock: a.clock, Ago: a.clock.Ago, Logger: a.log, Retention: a.config.Retention, HoldFor: a.config.HoldFor,
		MaxShare: a.config.MaxDisk.Share, MaxBytes: a.config.MaxDisk.Bytes,
	})
	a.ingest = ingest.New(ingest.Options{
		Store: a.store, Registry: a.registry, Types: a.registry, Handoff: a.dispatcher, Pace: a.dispatcher.Pace, Process: a.node.Process, Clock: a.clock,
		Full: a.upkeep.Full, Accepted: a.accepted,
	})
	a.metrics.Watch(obs.Sources{Queue: a.upkeep.Unfinished, InFlight: a.inFlight})
	a.log.Info("server.opened", "version", o.Version, "database", a.config.DatabaseName(), "egress", guard.Describe())
	return a, nil
}

func (a *App) onStop(name string, run func(ctx context.Context) error) {
	a.cleanups = append(a.cleanups, cleanup{name, run})
}

func (a *App) newSender(guard *egress.Guard) (*deliver.Sender, error) {
	roots, err := rootCAs(a.config.CAFile)
	if err != nil {
		return nil, err
	}
	sender := deliver.New(deliver.Options{
		Dialer: guard, Clock: a.clock, Wall: a.wall, RootCAs: roots, Version: a.options.Version,
		OnPanic: func(value any, stack []byte) {
			a.log.Error("attempt.panicked", "panic", fmt.Sprint(value), "stack", string(stack))
		},
	})
	a.onStop("connections", func(context.Context) error { sender.Close(); return nil })
	return sender, nil
}

func (a *App) setBootstrapKey(ctx context.Context) error {
	if key := a.config.BootstrapAPIKey.Reveal(); key != "" {
		return a.registry.SetBootstrapKey(ctx, webhook.Secret(key))
	}
	registered, err := a.store.Registry(ctx)
	if err != nil {
		return fmt.Errorf("look for API keys: %w", err)
	}
	if len(registered.Keys) == 0 {
		inConsole := ""
		if console.Built(a.options.console()) {
			inConsole = "make a key in the console, "
		}
		a.log.Warn("server.no_api_key", "hint", "no application can use the API yet: "+inConsole+"run tidings keys create NAME --scope admin, or set TIDINGS_BOOTSTRAP_API_KEY to a secret of at least 32 characters")
	}
	return nil
}

func (a *App) limits() dispatch.Limits {
	limits := dispatch.DefaultLimits()
	if n := a.config.MaxInFlight; n > 0 {
		limits.Slow = limits.Slow / limits.Fast * n
		limits.Fast = n
	}
	return limits
}

// Start begins to deliver and to answer. It returns once requests are answered.
func (a *App) Start(ctx context.Context) error {
	if err := errors.Join(a.upkeep.Watch(ctx), a.upkeep.Count(ctx)); err != nil {
		return err
	}
	member, leave := context.WithCancel(context.WithoutCancel(ctx))
	a.membership.Go(func() { a.node.Run(member, a.dispatcher) })
	// Leases are kept alive until the last attempt has ended.
	a.onStop("renewals", func(context.Context) error { leave(); a.membership.Wait(); return nil })
	if err := a.dispatcher.Start(ctx); err != nil {
		return fmt.Errorf("start dispatcher: %w", err)
	}
	a.onStop("dispatcher", a.dispatcher.Stop)
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	a.running.Go(func() { a.registry.Run(background) })
	a.running.Go(func() { a.upkeep.Run(background) })
	a.running.Go(func() { a.live.Run(background) })
	a.running.Go(func() { a.relay.run(background) })
	a.onStop("background work", func(context.Context) error { end(); a.running.Wait(); return nil })
	if err := a.listen(ctx); err != nil {
		return err
	}
	// Streams would keep the listener waiting.
	a.onStop("streams", func(context.Context) error { a.live.End(); return nil })
	// First of all when stopping: nothing new starts while requests end.
	a.onStop("attempts", func(context.Context) error { a.dispatcher.Pause(); return nil })
	return nil
}

// Stop undoes New and Start in the opposite order: no new requests, attempts under
// way end, unused leases go back, the database is closed. ctx bounds the waiting.
func (a *App) Stop(ctx context.Context) error {
	var errs []error
	for len(a.cleanups) > 0 {
		last := a.cleanups[len(a.cleanups)-1]
		a.cleanups = a.cleanups[:len(a.cleanups)-1]
		if err := last.run(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", last.name, err))
		}
	}
	if a.main != nil {
		a.log.Info("server.stopped")
	}
	return errors.Join(errs...)
}

// Err gets what ends the server without being asked.
func (a *App) Err() <-chan error { return a.faults }

// Addr is where the server listens, with the port it got.
func (a *App) Addr() string { return a.main.Addr().String() }

// OpsAddr is where metrics are served, empty if nowhere.
func (a *App) OpsAddr() string {
	if a.ops == nil {
		return ""
	}
	return a.ops.Addr().String()
}

// Receiver is the built-in endpoint, nil outside development mode.
func (a *App) Receiver() *receiver.Receiver { return a.receiver }

// ready says why the server should get no requests.
func (a *App) ready(ctx context.Context) error {
	if err := a.store.Ping(ctx); err != nil {
		return err
	}
	if !a.dispatcher.Progress() {
		return errors.New("delivery makes no progress")
	}
	return nil
}

// handler is the API with the console and, in development mode, the built-in receiver
// beside it. No ServeMux is around the API: that would answer odd paths itself.
func (a *App) handler(listening string) (http.Handler, error) {
	base := a.config.BaseURLFor(listening)
	if a.config.Dev {
		a.receiver = receiver.New(receiver.Options{Key: a.signingKey, Clock: a.wall, Received: a.received})
	}
	api := httpapi.New(httpapi.Options{
		Registry: a.registry, Accounts: a.accounts, Version: a.options.Version, Dev: a.config.Dev, Retention: a.config.Retention, Catalog: a.catalog, Ingest: a.ingest, Store: a.store, Waker: a.dispatcher,
		URLs: a.urls, Clock: a.clock, Wall: a.wall, Log: a.log, BaseURL: base, TrustedProxies: a.config.TrustedProxies, Ready: a.ready, Receiver: a.receiver,
		System: a.system, Live: a.live,
	})
	pages, err := console.New(console.Options{Files: a.options.console(), Base: base, Version: a.options.Version, Next: api})
	if err != nil {
		return nil, err
	}
	if a.receiver == nil {
		return a.metrics.Instrument(pages), nil
	}
	pattern := strings.TrimRight(base.Path, "/") + receiver.Pattern
	inboxes := strings.TrimSuffix(pattern, "{inbox}")
	return a.metrics.Instrument(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inbox, found := strings.CutPrefix(r.URL.Path, inboxes)
		if !found {
			pages.ServeHTTP(w, r)
			return
		}
		r.Pattern = pattern
		r.SetPathValue("inbox", inbox)
		a.receiver.ServeHTTP(w, r)
	})), nil
}

func (a *App) signingKey(tenant webhook.TenantID, id webhook.ID) (webhook.Secret, bool) {
	w, found := a.registry.Find(tenant, id)
	if !found {
		return "", false
	}
	return w.SigningKey, true
}

var _ store.Handoff = (*dispatch.Dispatcher)(nil)
