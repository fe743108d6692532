package postgres_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/testkit/pgtest"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	storetest.Run(t, func(tb testing.TB) *storetest.Harness {
		tb.Helper()
		return kit.harness(tb)
	})
}

// kit is a cluster with a database that was just made, to be copied.
type kit struct {
	cluster *pgtest.Cluster
	empty   string
}

func newKit(tb testing.TB) *kit {
	tb.Helper()
	k := &kit{cluster: pgtest.Start(tb)}
	k.empty = k.cluster.Database(tb, "")
	s, err := postgres.Open(tb.Context(), postgres.Options{DSN: k.cluster.DSN(k.empty), Clock: clock.NewFake(storetest.Start)})
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return k
}

// options are those of a store on a fresh database.
func (k *kit) options(tb testing.TB) (postgres.Options, string) {
	tb.Helper()
	name := k.cluster.Database(tb, k.empty)
	return postgres.Options{DSN: k.cluster.DSN(name), Clock: clock.NewFake(storetest.Start), Patience: time.Minute}, name
}

func (k *kit) harness(tb testing.TB) *storetest.Harness {
	tb.Helper()
	options, name := k.options(tb)
	h := &storetest.Harness{Clock: clock.NewFake(storetest.Start), Gate: &storetest.Gate{}}
	options.Clock, options.Fault = h.Clock, func(string) error { return h.Gate.Pass() }
	s := open(tb, options)
	h.Store, h.Waiting = s, s.Waiting
	h.Another = func(tb testing.TB) store.Store {
		tb.Helper()
		return open(tb, options)
	}
	h.Void = func(tb testing.TB) {
		tb.Helper()
		k.cluster.Exec(tb, name, "UPDATE processes SET ended = true")
	}
	h.AddTenant = func(tb testing.TB, id webhook.TenantID) {
		tb.Helper()
		k.cluster.Exec(tb, name, "INSERT INTO tenants (id, created_at) VALUES ($1, 0)", string(id))
	}
	return h
}

// open opens a store that is closed when the test ends.
func open(tb testing.TB, options postgres.Options) *postgres.Store {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() }) // a case may have closed it already
	return s
}
