package move_test

import (
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
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

// TestMove runs all that needs both databases, on one cluster.
func TestMove(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for name, test := range map[string]func(t *testing.T, k *kit){
		"EverythingIsCarriedOver":       everythingIsCarriedOver,
		"NumbersGoOn":                   numbersGoOn,
		"InterruptedAtEveryBatch":       interruptedAtEveryBatch,
		"StartsAnewAfterAChange":        startsAnewAfterAChange,
		"ChangeThatOnlyTheContentShows": changeThatOnlyTheContentShows,
		"TwoMovesAtATime":               twoMovesAtATime,
		"Refused":                       refused,
		"NobodyGetsInMeanwhile":         nobodyGetsInMeanwhile,
		"CasesAcrossAMove":              casesAcrossAMove,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}

// kit is a cluster with a database that has the schema, and a SQLite file, both to be
// copied.
type kit struct {
	cluster *pgtest.Cluster
	empty   string
	// scene has everything in every state, as a crash has left it; clock is at its end.
	scene string
	clock time.Time
}

func newKit(tb testing.TB) *kit {
	tb.Helper()
	k := &kit{cluster: pgtest.Start(tb)}
	k.empty = k.cluster.Database(tb, "")
	openPostgres(tb, postgres.Options{DSN: k.cluster.DSN(k.empty), Clock: clock.NewFake(storetest.Start)})
	h, path := newSource(tb)
	storetest.Fill(tb, h)
	k.scene, k.clock = path, h.Clock.Now()
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

// filled is a copy of the scene.
func (k *kit) filled(tb testing.TB) (path string, c *clock.Fake) {
	tb.Helper()
	path = filepath.Join(tb.TempDir(), "tidings.db")
	for _, end := range []string{"", "-wal"} {
		content, err := os.ReadFile(k.scene + end)
		if err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path+end, content, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return path, clock.NewFake(k.clock)
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

func everythingIsCarriedOver(t *testing.T, k *kit) {
	t.Helper()
	path, c := k.filled(t)
	to, _ := k.target(t)
	report := run(t, move.Options{From: path, To: to, Now: c.Now()})
	for _, table := range report.Tables {
		if table.Source == 0 || table.Source != table.Target {
			t.Errorf("%s: %d rows of %d: the scene should have some everywhere", table.Table, table.Target, table.Source)
		}
	}
	sameEverywhere(t, path, to, c)
}

// numbersGoOn holds that no number is given out a second time, also when its row is
// gone.
func numbersGoOn(t *testing.T, k *kit) {
	t.Helper()
	h, path := newSource(t)
	var process int64
	for range 3 {
		var err error
		if process, err = h.Store.Join(t.Context(), h.Clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	first, last := createWebhook(t, h.Store, "one"), createWebhook(t, h.Store, "two")
	if _, err := h.Store.DeleteWebhook(t.Context(), last.Tenant, last.ID); err != nil {
		t.Fatal(err)
	}
	execSQLite(t, path, "DELETE FROM webhooks WHERE number = ?", last.Number) // as retention does
	to, _ := k.target(t)
	run(t, move.Options{From: path, To: to, Now: h.Clock.Now()})
	s := opened(t, to, h.Clock)
	if w := createWebhook(t, s, "three"); w.Number <= last.Number || first.Number >= last.Number {
		t.Errorf("the new webhook has the number %d, the deleted one had %d", w.Number, last.Number)
	}
	if next, err := s.Join(t.Context(), h.Clock.Now()); err != nil || next <= process {
		t.Errorf("the new process has the number %d (%v), the last one had %d", next, err, process)
	}
}

func createWebhook(tb testing.TB, s store.Store, name string) webhook.Webhook {
	tb.Helper()
	id, err := webhook.NewID(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	w, err := s.CreateWebhook(tb.Context(), webhook.Webhook{
		ID: id, Tenant: webhook.DefaultTenant, Name: name, EventTypes: []webhook.EventType{"*"},
		URL: "https://example.com/in", Enabled: true, CreatedAt: storetest.Start, UpdatedAt: storetest.Start,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// execSQLite writes behind the store's back.
func execSQLite(tb testing.TB, path, statement string, args ...any) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := db.ExecContext(tb.Context(), statement, args...); err != nil {
		tb.Fatal(err)
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
}
