package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/console"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Check is what an examination found in one respect. One with a warning is ok, but
// worth a look.
type Check struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Warning bool   `json:"warning,omitempty"`
	Detail  string `json:"detail"`
}

const (
	// clockAhead is how far stored times may be ahead of the clock.
	clockAhead = time.Minute
	// certificateSoon is when the end of a certificate is worth a warning.
	certificateSoon = 14 * 24 * time.Hour
)

// Examine checks whether a server with this configuration can do its work, also
// while one is running. It changes nothing.
func Examine(ctx context.Context, o Options, now time.Time) []Check {
	c := &o.Config
	e := &examination{config: c, now: now, console: console.Built(o.console()), guard: egress.New(egress.Options{Dev: c.Dev, Allow: c.AllowNetworks, Proxy: c.EgressProxy.Reveal()})}
	if !e.console {
		e.warn("console", "This binary has none: the API and the command line work. make build makes one that has it.")
	}
	e.examineDatabase(ctx)
	e.examinePorts(ctx)
	e.examineCertificates()
	e.note("egress", nil, "%s", e.guard.Describe())
	if c.Dev {
		e.warn("development mode", "It is on: http: and private addresses are accepted as endpoints. Not for production.")
	}
	return e.checks
}

type examination struct {
	config *config.Config
	now    time.Time
	guard  *egress.Guard
	// console says that the binary has it.
	console bool
	// serving says that a server is using the database.
	serving bool
	checks  []Check
}

// note adds a check; with an error it failed.
func (e *examination) note(name string, err error, format string, args ...any) {
	check := Check{Name: name, OK: err == nil, Detail: fmt.Sprintf(format, args...)}
	if err != nil {
		check.Detail = err.Error()
	}
	e.checks = append(e.checks, check)
}

func (e *examination) warn(name, format string, args ...any) {
	e.checks = append(e.checks, Check{Name: name, OK: true, Warning: true, Detail: fmt.Sprintf(format, args...)})
}

func (e *examination) examineDatabase(ctx context.Context) {
	path, name := e.config.SQLitePath(), e.config.DatabaseName()
	if !e.config.Shared() {
		name = path
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			e.note("database", writable(filepath.Dir(path)), "There is none at %s yet; the server makes it.", path)
			return
		}
	}
	have, known, err := schemaVersions(ctx, e.config)
	switch {
	case err != nil:
		e.note("database", err, "")
		return
	case have > known:
		e.note("database", fmt.Errorf("%s has schema %d, this version knows %d: use the version that wrote it, or a newer one", name, have, known), "")
		return
	case have < known:
		e.warn("database", "%s has schema %d; the server, or tidings migrate, brings it to %d.", name, have, known)
		return
	}
	if process, serving := sqlite.Serving(path); !e.config.Shared() && serving {
		e.serving = true
		e.note("server", nil, "It is running (process %s).", process)
	}
	s, err := openDatabase(ctx, e.config)
	if err != nil {
		e.note("database", err, "")
		return
	}
	defer func() { _ = s.Close() }() // nothing was written
	e.examineStore(ctx, s, name, have)
}

func (e *examination) examineStore(ctx context.Context, s store.Store, name string, schema int64) {
	usage, err := s.Usage(ctx)
	unfinished, countErr := s.Unfinished(ctx)
	e.note("database", errors.Join(err, countErr), "%s answers: schema %d, %d MiB, %d deliveries without an end.", name, schema, usage.Bytes>>20, unfinished.Deliveries)
	if err == nil {
		e.examineDisk(usage)
	}
	e.examineClock(ctx, s)
	e.examineUsers(ctx, s)
	content, err := s.Registry(ctx)
	if err != nil {
		e.note("webhooks", err, "")
		return
	}
	switch {
	case len(content.Keys) > 0:
		e.note("API keys", nil, "There are %d.", len(content.Keys))
	case e.console:
		e.warn("API keys", "There is none: no application can use the API. tidings keys create, or the console, makes one.")
	default:
		e.warn("API keys", "There is none: no application can use the API. tidings keys create makes one.")
	}
	e.examineWebhooks(content.Webhooks)
}

func (e *examination) examineDisk(usage store.Usage) {
	limit := e.config.MaxDisk
	if limit.Share > 0 && usage.VolumeUsed > limit.Share || limit.Bytes > 0 && usage.Bytes > limit.Bytes {
		e.note("disk", fmt.Errorf("%.0f %% of the volume and %d MiB are in use, beyond --max-disk: events are refused (507) until there is room", usage.VolumeUsed*100, usage.Bytes>>20), "")
		return
	}
	if e.config.Shared() {
		e.note("disk", nil, "%d MiB are in use. How full the volume is only the database's host knows.", usage.Bytes>>20)
		return
	}
	e.note("disk", nil, "%.0f %% of the volume is in use.", usage.VolumeUsed*100)
}

// examineClock compares the clock with the newest time that is stored.
func (e *examination) examineClock(ctx context.Context, s store.Store) {
	newest, err := s.Events(ctx, store.EventQuery{Tenant: webhook.DefaultTenant, Limit: 1})
	if err != nil {
		e.note("clock", err, "")
		return
	}
	for _, event := range newest {
		if ahead := event.AcceptedAt.Sub(e.now); ahead > clockAhead {
			e.note("clock", fmt.Errorf("the newest event is %s ahead of the clock: was the clock set back?", ahead.Round(time.Second)), "")
			return
		}
	}
	e.note("clock", nil, "%s", e.now.UTC().Format(time.RFC3339))
}

// examineUsers looks for somebody who may use the console.
func (e *examination) examineUsers(ctx context.Context, s store.Store) {
	users, err := s.Users(ctx)
	switch {
	case err != nil:
		e.note("console users", err, "")
	case len(users) > 0:
		e.note("console users", nil, "There are %d.", len(users))
	case e.config.AdminEmail != "":
		e.note("console users", nil, "There is none yet; the server makes %s when it starts.", e.config.AdminEmail)
	case !e.console:
		e.note("console users", nil, "There is none, and no console in this binary.")
	default:
		e.warn("console users", "There is none: nobody can sign in to the console. tidings setup-link prints a link that makes the first.")
	}
}

// examineWebhooks holds the stored URLs against today's rules.
func (e *examination) examineWebhooks(all []webhook.Webhook) {
	refused := 0
	var first webhook.ID
	for i := range all {
		if _, err := e.guard.Check(all[i].URL.Reveal()); err != nil {
			if refused++; refused == 1 {
				first = all[i].ID
			}
		}
	}
	if refused > 0 {
		e.warn("webhooks", "%d of %d have a URL that the rules in effect refuse; their deliveries fail as blocked. The first one: %s.", refused, len(all), first)
		return
	}
	e.note("webhooks", nil, "There are %d, all with a URL that the rules accept.", len(all))
}

// examinePorts tries to listen where a server would. The ports of one that is
// running are taken by it.
func (e *examination) examinePorts(ctx context.Context) {
	for _, one := range []struct{ setting, address string }{{"--listen", e.config.Listen}, {"--ops-listen", e.config.OpsListen}} {
		if one.address == "" {
			continue
		}
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", one.address)
		switch {
		case err == nil:
			_ = listener.Close() // nobody has connected
			e.note("port", nil, "%s %s is free.", one.setting, one.address)
		case e.config.Shared() && errors.Is(err, syscall.EADDRINUSE):
			e.warn("port", "%s %s is in use: right if it is the server that runs here.", one.setting, one.address)
		case e.serving:
			e.note("port", nil, "%s %s is in use, as it should be while the server runs.", one.setting, one.address)
		default:
			e.note("port", fmt.Errorf("%s %s: %w", one.setting, one.address, err), "")
		}
	}
}

func (e *examination) examineCertificates() {
	if _, err := rootCAs(e.config.CAFile); err != nil {
		e.note("certificates", err, "")
	}
	pair, err := (&App{config: e.config}).certificate()
	if err != nil {
		e.note("certificates", err, "")
		return
	}
	if pair == nil {
		return
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	switch {
	case err != nil:
		e.note("certificates", fmt.Errorf("--tls-cert: %w", err), "")
	case e.now.After(leaf.NotAfter):
		e.note("certificates", fmt.Errorf("--tls-cert: it ended at %s", leaf.NotAfter.UTC().Format(time.RFC3339)), "")
	case leaf.NotAfter.Sub(e.now) < certificateSoon:
		e.warn("certificates", "--tls-cert is good until %s only.", leaf.NotAfter.UTC().Format(time.RFC3339))
	default:
		e.note("certificates", nil, "--tls-cert is good until %s.", leaf.NotAfter.UTC().Format(time.RFC3339))
	}
}

// writable says whether files can be made in a folder, or in the nearest one above
// it that is there.
func writable(folder string) error {
	for {
		info, err := os.Stat(folder)
		if errors.Is(err, fs.ErrNotExist) && folder != filepath.Dir(folder) {
			folder = filepath.Dir(folder)
			continue
		}
		if err != nil {
			return fmt.Errorf("look at the data folder: %w", err)
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", folder)
		}
		file, err := os.CreateTemp(folder, ".tidings-doctor-*")
		if err != nil {
			return fmt.Errorf("the data folder cannot be written to: %w", err)
		}
		return errors.Join(file.Close(), os.Remove(file.Name()))
	}
}
