package move_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/move"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/testkit/pgtest"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// kit is a cluster with a database that has the schema, to be copied.
type kit struct {
	cluster *pgtest.Cluster
	empty   string
}

func newKit(tb testing.TB) *kit {
	tb.Helper()
	k := &kit{cluster: pgtest.Start(tb)}
	k.empty = k.cluster.Database(tb, "")
	openPostgres(tb, postgres.Options{DSN: k.cluster.DSN(k.empty), Clock: clock.NewFake(storetest.Start)})
	return k
}

// target is a fresh database.
func (k *kit) target(tb testing.TB) (o postgres.Options, name string) {
	tb.Helper()
	name = k.cluster.Database(tb, k.empty)
	return postgres.Options{DSN: k.cluster.DSN(name), Patience: time.Minute}, name
}

// openPostgres opens and closes, so that a fresh database can be copied.
func openPostgres(tb testing.TB, o postgres.Options) {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
}

func run(tb testing.TB, o move.Options) move.Report {
	tb.Helper()
	report, err := move.Run(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return report
}

// newSource is a SQLite store of which h is the harness.
func newSource(tb testing.TB) (h *storetest.Harness, path string) {
	tb.Helper()
	h = &storetest.Harness{Clock: clock.NewFake(storetest.Start), Gate: &storetest.Gate{}}
	path = filepath.Join(tb.TempDir(), "tidings.db")
	options := sqlite.Options{Path: path, Clock: h.Clock, Fault: func(string) error { return h.Gate.Pass() }}
	s, err := sqlite.Open(tb.Context(), options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() }) // a case may have closed it already
	h.Store = s
	return h, path
}

// reopened opens what a server that has ended left in SQLite.
func reopened(tb testing.TB, path string, c clock.Clock) store.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), sqlite.Options{Path: path, Clock: c})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func opened(tb testing.TB, o postgres.Options, c clock.Clock) store.Store {
	tb.Helper()
	o.Clock = c
	s, err := postgres.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// filled is a file with everything in every state, as a crash has left it.
func filled(tb testing.TB) (path string, c *clock.Fake) {
	tb.Helper()
	h, path := newSource(tb)
	storetest.Fill(tb, h)
	return path, h.Clock
}

// sameEverywhere compares all that can be read of both.
func sameEverywhere(tb testing.TB, path string, o postgres.Options, c clock.Clock) {
	tb.Helper()
	want := storetest.Everything(tb, reopened(tb, path, c))
	got := storetest.Everything(tb, opened(tb, o, c))
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		tb.Errorf("SQLite -, PostgreSQL +:\n%s", diff)
	}
}

func TestEverythingIsCarriedOver(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	path, c := filled(t)
	to, _ := k.target(t)
	report := run(t, move.Options{From: path, To: to, Now: c.Now()})
	for _, table := range report.Tables {
		if table.Source == 0 || table.Source != table.Target {
			t.Errorf("%s: %d rows of %d: the scene should have some everywhere", table.Table, table.Target, table.Source)
		}
	}
	sameEverywhere(t, path, to, c)
}

// TestCasesThatGoOnAfterAMove runs the cases of the store with a move wherever a process
// ends and another one goes on.
func TestCasesThatGoOnAfterAMove(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	storetest.RunSome(t, func(tb testing.TB) *storetest.Harness {
		tb.Helper()
		return k.movingHarness(tb)
	}, func(name string) bool { return slices.Contains(goOn(), "ALL") || slices.Contains(goOn(), name) })
}

// movingHarness is a SQLite store until another one is asked for.
func (k *kit) movingHarness(tb testing.TB) *storetest.Harness {
	tb.Helper()
	h, path := newSource(tb)
	var to postgres.Options
	var name string
	h.Another = func(tb testing.TB) store.Store {
		tb.Helper()
		if name == "" {
			to, name = k.target(tb)
			run(tb, move.Options{From: path, To: to, Now: h.Clock.Now()})
			to.Fault = func(string) error { return h.Gate.Pass() }
		}
		return opened(tb, to, h.Clock)
	}
	h.Void = func(tb testing.TB) {
		tb.Helper()
		if name != "" {
			k.cluster.Exec(tb, name, "UPDATE processes SET ended = true")
		}
	}
	h.AddTenant = func(tb testing.TB, id webhook.TenantID) {
		tb.Helper()
		if err := h.Store.CreateTenant(tb.Context(), webhook.Tenant{ID: id, CreatedAt: time.UnixMilli(0)}); err != nil {
			tb.Fatal(err)
		}
	}
	return h
}

var errHere = errors.New("interrupted here")
