package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/obs"
)

const (
	// drainFor is how long running attempts may take to finish after a signal.
	drainFor = 15 * time.Second
	// stopGrace is how long the rest may take after that.
	stopGrace = 2 * time.Second
)

type serveCommand struct {
	Settings kong.Plugins `embed:""`
}

// Help is shown by kong.
func (*serveCommand) Help() string {
	return "SIGTERM and SIGINT let running attempts finish for up to 15 seconds; a second signal stops at once.\n\n" +
		examples("tidings serve", "tidings serve --listen :8080 --base-url https://webhooks.example.com --bootstrap-api-key-file /run/secrets/key")
}

// Run is called by kong.
func (c *serveCommand) Run(ctx context.Context, s *session) error {
	loaded, err := s.load(givenFlags(c.Settings))
	if err != nil {
		return err
	}
	format := loaded.LogFormat
	if s.json && format == "auto" {
		format = "json"
	}
	logger := obs.NewLogger(obs.LogOptions{Writer: s.stderr, Level: loaded.LogLevel, Format: format})
	defer func() { _ = logger.Close() }()
	s.warnOfVariables(logger.Logger)
	defer roomyHeap()()
	defer spareThreads(loaded.Shared(), runtime.NumCPU())()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)

	server, err := opened(ctx, func(ctx context.Context) (application, error) { return s.open(ctx, loaded, logger.Logger) }, signals)
	if err != nil || server == nil {
		return err
	}
	return serve(ctx, announcing{server, logger.Logger, s.console}, signals)
}

// warnOfVariables names variables that look like a setting and are none. They are not
// refused: other programs may have set them. Their values may be secret.
func (s *session) warnOfVariables(log *slog.Logger) {
	known := append(config.Variables(), clientVariables...)
	for i := range known {
		known[i] = strings.TrimPrefix(known[i], config.Prefix)
	}
	for _, name := range config.UnknownVariables(slices.Collect(maps.Keys(s.env)), clientVariables) {
		hint := "no setting has this name"
		if nearest := catalog.NearestOf(strings.TrimPrefix(name, config.Prefix), known); nearest != "" {
			hint += "; did you mean " + config.Prefix + nearest + "?"
		}
		log.Warn("config.unknown_variable", "name", name, "hint", hint)
	}
}

// opened opens an application, which may wait for its database. A signal ends that in
// good order, and then there is no application; a second one does not wait.
func opened(ctx context.Context, open func(context.Context) (application, error), signals <-chan os.Signal) (application, error) {
	opening, stopOpening := context.WithCancel(ctx)
	defer stopOpening()
	type result struct {
		server application
		err    error
	}
	done := make(chan result, 1)
	go func() {
		server, err := open(opening)
		done <- result{server, err}
	}()
	select {
	case r := <-done:
		return r.server, r.err
	case <-signals:
	}
	stopOpening()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, nil //nolint:nilnil // it was asked to give up
		}
		return nil, stop(r.server, signals)
	case <-signals:
		return nil, errStoppedAtOnce
	}
}

// announcing is an application that, once it answers, says how the first console user
// is made if there is none.
type announcing struct {
	application
	log *slog.Logger
	// console says that there is a page for the link to lead to.
	console bool
}

func (a announcing) Start(ctx context.Context) error {
	if err := a.application.Start(ctx); err != nil {
		return err
	}
	link, err := a.SetupLink(ctx)
	if err != nil {
		return fmt.Errorf("make a setup link: %w", err)
	}
	switch {
	case link.URL == "":
	case !a.console:
		a.log.Warn("server.no_console", "hint", noConsole)
	default:
		a.log.Warn("Finish setup: "+link.URL, "until", link.ExpiresAt.Format(time.RFC3339), "hint", "it makes the first console user and is good once; tidings setup-link makes another")
	}
	return nil
}

// errStoppedAtOnce says that attempts may have been cut off; their deliveries are
// taken up again by the next start.
var errStoppedAtOnce = errors.New("stopped at once: deliveries under way are taken up at the next start")

// serve runs the application until a signal, the end of ctx or a fault. A second
// signal does not wait for anything.
func serve(ctx context.Context, server application, signals <-chan os.Signal) error {
	starting, stopStarting := context.WithCancel(ctx)
	defer stopStarting()
	started := make(chan error, 1)
	go func() { started <- server.Start(starting) }()
	var fault error
	select {
	case fault = <-started:
		if fault == nil {
			fault = untilStopped(ctx, server, signals)
		}
	case <-signals:
		stopStarting()
		if fault = <-started; errors.Is(fault, context.Canceled) {
			fault = nil
		}
	}
	if err := stop(server, signals); err != nil {
		return errors.Join(fault, err)
	}
	return fault
}

func untilStopped(ctx context.Context, server application, signals <-chan os.Signal) error {
	select {
	case <-signals:
		return nil
	case <-ctx.Done():
		return nil
	case err := <-server.Err():
		return err
	}
}

func stop(server application, signals <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainFor)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- server.Stop(ctx) }()
	select {
	case err := <-stopped:
		if err != nil {
			return fmt.Errorf("stop: %w", err)
		}
		return nil
	case <-signals:
		return errStoppedAtOnce
	case <-overdue(ctx):
		return fmt.Errorf("stop: not done after %v", drainFor)
	}
}

// overdue is closed a moment after ctx has ended, for what does not heed it.
func overdue(ctx context.Context) <-chan struct{} {
	late := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(stopGrace, func() { close(late) }) })
	return late
}
