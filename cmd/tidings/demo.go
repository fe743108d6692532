package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/obs"
	"github.com/tidingshq/tidings/internal/receiver"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// firstEvent is the event that a demonstration sends at its start.
	firstEvent = "User.Created"
	// arriveWithin is how long it waits for that event to arrive.
	arriveWithin = 30 * time.Second
	// portsTried is how many ports are tried when the usual one is taken.
	portsTried = 100
)

type demoCommand struct {
	Keep     bool   `help:"Keep the database."`
	Busy     bool   `help:"Send sample traffic all the time, also to an endpoint that refuses it."`
	Listen   string `default:"127.0.0.1:8080" help:"Address to start with; if it is taken, the next free port."`
	LogLevel string `default:"warn" enum:"debug,info,warn,error" help:"What is logged."`
}

// Help is shown by kong.
func (*demoCommand) Help() string {
	return "Starts a server in development mode on a temporary database, with a sample webhook that points to\n" +
		"the built-in receiver, sends one event and shows what arrived. On a terminal it prints a link to the\n" +
		"console, which signs in once, and goes on until it is interrupted; otherwise it ends after the first\n" +
		"delivery. What fails is retried after about 1, 2 and 4 seconds, so that retries can be watched; serve waits\n" +
		"1 second, 30 seconds and 5 minutes unless --retry-schedule says otherwise.\n\n" +
		examples("tidings demo", "tidings demo --busy --keep")
}

// demo is a running demonstration.
type demo struct {
	*session

	command *demoCommand
	server  application
	client  *client
	dir     string
	base    string
	ops     string
	key     string
	inbox   string
}

// Run is called by kong.
func (c *demoCommand) Run(ctx context.Context, s *session) (err error) {
	dir, err := os.MkdirTemp("", "tidings-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the database: %w", err)
	}
	if !c.Keep {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	ctx, stopSignals := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stopSignals()
	logger := obs.NewLogger(obs.LogOptions{Writer: s.stderr, Level: c.LogLevel})
	defer func() { _ = logger.Close() }()

	d := &demo{session: s, command: c, dir: dir, inbox: receiver.NewInbox(), key: "demo-" + receiver.NewInbox()}
	settings, err := d.settings(ctx)
	if err != nil {
		return err
	}
	d.server, err = s.open(ctx, settings, logger.Logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	if err := d.server.Start(ctx); err != nil {
		return err
	}
	d.base = settings.BaseURLFor(d.server.Addr()).String()
	d.client = newClient(d.base, d.key)
	defer d.client.close()
	return d.run(ctx)
}

// settings are those of development mode on the temporary database. Environment
// and configuration file do not count: a demonstration must not touch real data.
func (d *demo) settings(ctx context.Context) (*config.Loaded, error) {
	listen, err := freeAddress(ctx, d.command.Listen, 0)
	if err != nil {
		return nil, err
	}
	if listen != d.command.Listen {
		fmt.Fprintf(d.stderr, "%s is taken: using %s.\n", d.command.Listen, listen)
	}
	d.ops, err = freeAddress(ctx, listen, 1)
	if err != nil {
		return nil, err
	}
	return config.Load(config.Input{
		Flags: map[string][]string{
			"listen": {listen}, "ops-listen": {d.ops}, "dev": {"true"}, "database": {"sqlite:" + filepath.Join(d.dir, "tidings.db")},
			"retry-schedule": {"1s,2s,4s"}, "bootstrap-api-key": {d.key},
		},
		Env:      func(string) (string, bool) { return "", false },
		ReadFile: os.ReadFile,
	})
}

// freeAddress is the address with its port raised by at least skip, to the first
// one that is free.
func freeAddress(ctx context.Context, address string, skip uint64) (string, error) {
	host, text, err := net.SplitHostPort(address)
	port, portErr := strconv.ParseUint(text, 10, 16)
	if err != nil || portErr != nil {
		return "", usageError{fmt.Errorf("--listen: %q is not host:port", address)}
	}
	for n := port + skip; n < min(port+portsTried, 1<<16); n++ {
		address = net.JoinHostPort(host, strconv.FormatUint(n, 10))
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err == nil {
			return address, listener.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return "", fmt.Errorf("listen: %w", err)
		}
	}
	return "", fmt.Errorf("no free port from %d on", port)
}

// run sends the first event, shows what arrives, and goes on if somebody watches.
func (d *demo) run(ctx context.Context) error {
	d.server.Receiver().Open(webhook.DefaultTenant, d.inbox)
	if err := d.createWebhook(ctx, "Demo receiver", d.base+"/receiver/"+d.inbox); err != nil {
		return err
	}
	payload, err := d.client.sample(ctx, firstEvent)
	if err != nil {
		return err
	}
	if _, err := d.client.emit(ctx, payload, ""); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, arriveWithin)
	defer cancel()
	message, err := d.server.Receiver().Next(waiting, d.inbox, 0)
	if err != nil {
		return d.ended(ctx, fmt.Errorf("wait for the first event to arrive: %w", err))
	}
	d.present(message)
	if !message.Verdict.Valid() {
		return errors.New("the signature of the first event is not valid")
	}
	if !obs.IsTerminal(d.stdout) {
		return nil
	}
	if err := d.offerConsole(ctx); err != nil {
		return err
	}
	return d.watch(ctx, message.Number)
}

// watch shows what else arrives until the demonstration is interrupted or
// something of it ends.
func (d *demo) watch(ctx context.Context, after int64) error {
	watching, end := context.WithCancelCause(ctx)
	go d.offerMore(watching)
	var others sync.WaitGroup
	others.Go(func() { end(d.traffic(watching)) })
	others.Go(func() {
		select {
		case err := <-d.server.Err():
			end(err)
		case <-watching.Done():
		}
	})
	for watching.Err() == nil {
		message, err := d.server.Receiver().Next(watching, d.inbox, after)
		if err != nil {
			break
		}
		after = message.Number
		d.presentShort(message)
	}
	others.Wait()
	return d.ended(ctx, context.Cause(watching))
}

// ended is err, unless the person at the terminal has ended the demonstration.
func (d *demo) ended(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

func (d *demo) createWebhook(ctx context.Context, name, url string) error {
	body, err := json.Marshal(map[string]any{
		"name": name, "eventTypes": []string{"*"}, "url": url,
	})
	if err != nil {
		return fmt.Errorf("describe the webhook: %w", err)
	}
	_, err = d.client.call(ctx, http.MethodPost, "/api/webhooks", body, nil)
	return err
}

func (d *demo) stop() error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	return stop(d.server, signals)
}
