package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// fresh opens a new database; change may be nil.
func fresh(tb testing.TB, change func(*sqlite.Options)) (*sqlite.Store, sqlite.Options) {
	tb.Helper()
	options := sqlite.Options{Path: filepath.Join(tb.TempDir(), "data", "tidings.db"), Clock: clock.NewFake(storetest.Start)}
	if change != nil {
		change(&options)
	}
	return open(tb, options), options
}

func pragma(t *testing.T, conn *sql.Conn, name string) string {
	t.Helper()
	var value string
	if err := conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestEveryConnectionIsDurable(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t, nil)
	conns := s.Reading(t.Context(), t)
	readers := len(conns)
	conns = append(conns, s.Writing(), s.Copying(t.Context(), t))
	for i, conn := range conns {
		reads := "1"
		if i >= readers {
			reads = "0"
		}
		want := map[string]string{"journal_mode": "wal", "synchronous": "2", "auto_vacuum": "2", "busy_timeout": "5000", "query_only": reads}
		for name, value := range want {
			if got := pragma(t, conn, name); got != value {
				t.Errorf("connection %d: %s is %s, want %s", i+1, name, got, value)
			}
		}
	}
}

func TestOneServer(t *testing.T) {
	t.Parallel()
	server, options := fresh(t, func(o *sqlite.Options) { o.Serve = true })
	_, err := sqlite.Open(t.Context(), options)
	if err == nil || !strings.Contains(err.Error(), "another tidings server") || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Fatalf("a second server: %v", err)
	}
	options.Serve = false
	beside := open(t, options) // an administration command
	before, err := server.RegistryVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	createWebhook(t, beside, "made beside the server")
	if after, err := server.RegistryVersion(t.Context()); err != nil || after != before+1 {
		t.Fatalf("the server sees version %d after %d: %v", after, before, err)
	}
	createWebhook(t, server, "made by the server")
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	options.Serve = true
	open(t, options) // the next one may start
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	s, options := fresh(t, nil)
	exec(t, s, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Open(t.Context(), options)
	if err == nil || !strings.Contains(err.Error(), "has schema 99") || !strings.Contains(err.Error(), "use the version that wrote it") {
		t.Fatalf("a newer schema: %v", err)
	}
}

func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tidings.db")
	var opening sync.WaitGroup
	for range 4 {
		opening.Go(func() {
			s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
}

// TestCommittedSurvivesInTheFiles copies the files as a kill would leave them, the
// store being open and its WAL not checkpointed.
func TestCommittedSurvivesInTheFiles(t *testing.T) {
	t.Parallel()
	s, options := fresh(t, nil)
	accepted := accept(t, s, createWebhook(t, s, "orders"))
	folder := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(options.Path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "copy.db"+suffix), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	restored := open(t, sqlite.Options{Path: filepath.Join(folder, "copy.db")})
	found, err := restored.EventDeliveries(t.Context(), webhook.DefaultTenant, accepted.ID, 10)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d deliveries: %v", len(found), err)
	}
}

func TestPathsOfAnyKind(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b", "ü?x=1", "50%25#1", "a&_pragma=synchronous(0)"} {
		s, options := fresh(t, func(o *sqlite.Options) { o.Path = filepath.Join(t.TempDir(), name, "tidings.db") })
		if _, err := os.Stat(options.Path); err != nil {
			t.Error(err)
		}
		if got := pragma(t, s.Writing(), "synchronous"); got != "2" {
			t.Errorf("%s: synchronous is %s", name, got)
		}
	}
}

func TestRedeliveryWithoutPayload(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t, nil)
	number := createWebhook(t, s, "orders")
	event := accept(t, s, number)
	process, err := s.Join(t.Context(), storetest.Start)
	if err != nil {
		t.Fatal(err)
	}
	job := claim(t, s, process, number)[0]
	finish(t, s, job)
	exec(t, s, "DELETE FROM events")
	if _, err := s.Redeliver(t.Context(), webhook.DefaultTenant, job.Delivery, storetest.Start, ""); !errors.Is(err, webhook.ErrPayloadGone) {
		t.Fatalf("redelivery without a payload: %v", err)
	}
	d, err := s.Delivery(t.Context(), webhook.DefaultTenant, job.Delivery)
	if err != nil || d.EventID != "" {
		t.Fatalf("event %s of %s: %v", d.EventID, event.ID, err)
	}
	page, err := s.Recent(t.Context(), store.RecentQuery{Tenant: webhook.DefaultTenant, Webhook: d.Webhook.ID, Limit: 10})
	if err != nil || len(page.Entries) != 1 || page.Entries[0].Payload.Posted != nil {
		t.Fatalf("%d entries: %v", len(page.Entries), err)
	}
}

// TestUnwritableCallFailsAlone puts a call that the database itself refuses between
// two that it does not: all three share a commit at first.
func TestUnwritableCallFailsAlone(t *testing.T) {
	t.Parallel()
	gate := &storetest.Gate{}
	s, _ := fresh(t, func(o *sqlite.Options) { o.Fault = func(string) error { return gate.Pass() } })
	number := createWebhook(t, s, "orders")
	room := &account{}
	params := acceptParams(t, s, number)
	params.Handoff = room
	unwritable := params
	unwritable.Events = []store.NewEvent{params.Events[0], params.Events[0]}
	unwritable.Events[1].Payload.Posted = nil // NOT NULL
	reached, release := gate.Hold(t)
	var running sync.WaitGroup
	running.Go(func() { _ = s.Release(context.Background(), nil) })
	<-reached
	errs := make([]error, 3)
	for i, p := range []store.AcceptParams{params, unwritable, params} {
		running.Go(func() { _, errs[i] = s.Accept(context.Background(), p) })
		for s.Waiting() < i+2 {
			<-tick(t)
		}
	}
	release()
	running.Wait()
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Fatal(errs)
	}
	events, err := s.Events(t.Context(), store.EventQuery{Tenant: webhook.DefaultTenant, Limit: 10})
	if err != nil || len(events) != 2 {
		t.Fatalf("%d events: %v", len(events), err)
	}
	if diff := cmp.Diff(account{reserved: room.reserved, handed: 2, aborted: room.reserved - 2}, *room, cmp.AllowUnexported(account{})); diff != "" {
		t.Fatal(diff)
	}
}

// TestLockedByAnotherProcess lets somebody else hold the database for longer than
// the writer waits.
func TestLockedByAnotherProcess(t *testing.T) {
	t.Parallel()
	s, options := fresh(t, nil)
	number := createWebhook(t, s, "orders")
	room := &account{}
	params := acceptParams(t, s, number)
	params.Handoff = room
	exec(t, s, "PRAGMA busy_timeout = 20")
	other := open(t, options)
	exec(t, other, "BEGIN IMMEDIATE")
	if _, err := s.Accept(t.Context(), params); err == nil {
		t.Fatal("accepted though the database is locked")
	}
	exec(t, other, "ROLLBACK")
	if _, err := s.Accept(t.Context(), params); err != nil {
		t.Fatal(err)
	}
	if room.reserved != 1 || room.handed != 1 || room.aborted != 0 {
		t.Fatalf("%+v", *room)
	}
}
