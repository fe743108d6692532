package app

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

// examine returns the checks by name; of several with one name, the last.
func examine(t *testing.T, o Options, now time.Time) map[string]Check {
	t.Helper()
	found := map[string]Check{}
	for _, check := range Examine(t.Context(), o, now) {
		if check.Detail == "" {
			t.Errorf("%s says nothing", check.Name)
		}
		found[check.Name] = check
	}
	return found
}

func (c Check) says(ok, warning bool, text string) bool {
	return c.OK == ok && c.Warning == warning && strings.Contains(c.Detail, text)
}

func TestDoctorBeforeTheFirstStart(t *testing.T) {
	t.Parallel()
	o := options(t, io.Discard, "dev", "false")
	folder := filepath.Dir(o.Config.SQLitePath())
	found := examine(t, o, time.Now())
	if !found["database"].says(true, false, "There is none at") {
		t.Errorf("%+v", found["database"])
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("the examination made %v, %v", left, err)
	}
	if _, there := found["development mode"]; there {
		t.Error("development mode is off")
	}
}

func TestDoctorBesideAServer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.options
	o.Config.Listen, o.Config.OpsListen = b.Addr(), b.OpsAddr()
	found := examine(t, o, time.Now())
	for name, want := range map[string]string{
		"server": "It is running", "database": "answers: schema", "disk": "of the volume", "clock": "Z", "API keys": "There are 1.",
		"webhooks": "There are 0", "port": "as it should be", "egress": "development mode",
	} {
		if !found[name].says(true, false, want) {
			t.Errorf("%s: %+v", name, found[name])
		}
	}
	if !found["development mode"].says(true, true, "Not for production") {
		t.Errorf("%+v", found["development mode"])
	}
}

// A database that was used, and a configuration that does not suit it.
func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(t, io.Discard, "dev", "false", "listen", taken.Addr().String(), "ops-listen", "")
	o.Config.MaxDisk.Bytes, o.Config.CAFile = 1, notPEM
	store := openFor(t, o)
	now := time.Now()
	if _, err := store.CreateWebhook(t.Context(), webhook.Webhook{
		ID: "aaaaaaaaaaaaaaaaaaaaa", Tenant: webhook.DefaultTenant, Name: "local", URL: "http://127.0.0.1/", EventTypes: []webhook.EventType{"*"},
		SigningKey: "k", Enabled: true, CreatedAt: now, UpdatedAt: now,
	}); err != nil {
		t.Fatal(err)
	}
	found := examine(t, o, now)
	for name, want := range map[string]Check{
		"disk": {Detail: "beyond --max-disk"}, "port": {Detail: "address already in use"}, "certificates": {Detail: "no PEM certificate"},
		"API keys": {OK: true, Warning: true, Detail: "There is none"}, "console users": {OK: true, Warning: true, Detail: "tidings setup-link"}, "webhooks": {OK: true, Warning: true, Detail: "The first one: aaaaaaaaaaaaaaaaaaaaa."},
	} {
		if !found[name].says(want.OK, want.Warning, want.Detail) {
			t.Errorf("%s: %+v", name, found[name])
		}
	}
}

// A binary without the console does not send people to it.
func TestDoctorWithoutAConsole(t *testing.T) {
	t.Parallel()
	o := options(t, io.Discard)
	o.Console = fstest.MapFS{}
	openFor(t, o)
	found := examine(t, o, time.Now())
	if !found["console"].says(true, true, "This binary has none") {
		t.Errorf("%+v", found["console"])
	}
	for name, check := range found {
		if strings.Contains(check.Detail, "setup-link") || strings.Contains(check.Detail, "the console, makes") {
			t.Errorf("%s: %+v", name, check)
		}
	}
	o.Console = builtConsole
	if check, there := examine(t, o, time.Now())["console"]; there {
		t.Errorf("with a console: %+v", check)
	}
}

func TestNoKeyIsMadeInAConsoleThatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, files := range []fstest.MapFS{{}, builtConsole} {
		log := &logText{}
		o := options(t, log, "bootstrap-api-key", "")
		o.Console = files
		open(t, log, o)
		if got := strings.Contains(log.String(), "make a key in the console"); got != (len(files) > 0) || !strings.Contains(log.String(), "tidings keys create") {
			t.Errorf("with %d files the log says %s", len(files), log)
		}
	}
}

func TestDoctorCountsConsoleUsers(t *testing.T) {
	t.Parallel()
	o := options(t, io.Discard)
	store := openFor(t, o)
	o.Config.AdminEmail = "ada@example.com"
	if found := examine(t, o, time.Now()); !found["console users"].says(true, false, "makes ada@example.com when it starts") {
		t.Errorf("%+v", found["console users"])
	}
	accounts := account.New(account.Options{Store: store})
	if err := accounts.FirstUser(t.Context(), account.NewUser{Name: "Ada", Email: "ada@example.com", Password: "correct horse battery"}); err != nil {
		t.Fatal(err)
	}
	if found := examine(t, o, time.Now()); !found["console users"].says(true, false, "There are 1.") {
		t.Errorf("%+v", found["console users"])
	}
}

func TestDoctorSeesThatTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if got := b.do("POST", "/api/events", `{"event":"User.Created"}`); got.status != 202 {
		t.Fatal(got.body)
	}
	if found := examine(t, b.options, time.Now().Add(-time.Hour)); !found["clock"].says(false, false, "ahead of the clock") {
		t.Errorf("%+v", found["clock"])
	}
	if found := examine(t, b.options, time.Now()); !found["clock"].says(true, false, "") {
		t.Errorf("%+v", found["clock"])
	}
}

func TestDoctorOfAFileThatIsNoDatabase(t *testing.T) {
	t.Parallel()
	o := options(t, io.Discard)
	if err := os.WriteFile(o.Config.SQLitePath(), []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := examine(t, o, time.Now()); found["database"].OK {
		t.Errorf("%+v", found["database"])
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	o := options(t, io.Discard)
	first, err := Migrate(t.Context(), &o.Config)
	if err != nil || first.Before != 0 || first.After < 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := Migrate(t.Context(), &o.Config)
	if err != nil || again.Before != first.After || again.After != first.After {
		t.Errorf("%+v, %v", again, err)
	}
	b := setup(t)
	if beside, err := Migrate(context.WithoutCancel(t.Context()), b.config); err != nil || beside.Before != beside.After {
		t.Errorf("beside a server: %+v, %v", beside, err)
	}
}

// openFor opens the database of the options beside whoever uses it.
func openFor(t *testing.T, o Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: o.Config.SQLitePath()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
