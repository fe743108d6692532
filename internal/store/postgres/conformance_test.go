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

// TestConformanceBehindAPooler passes the cases through pgbouncer, which hands out
// connections by transaction: nothing may rest on the state of a session.
func TestConformanceBehindAPooler(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	kit.pooler = kit.cluster.Bouncer(t)
	storetest.Run(t, func(tb testing.TB) *storetest.Harness {
		tb.Helper()
		return kit.harness(tb)
	})
}

// kit is a cluster with a database that was just made, to be copied.
type kit struct {
	tb      testing.TB
	cluster *pgtest.Cluster
	empty   string
	// free are databases that have been used and emptied.
	free chan string
	// pooler is how to reach a database through a pooler; nil if there is none.
	pooler func(database string) string
}

func newKit(tb testing.TB) *kit {
	tb.Helper()
	k := &kit{tb: tb, cluster: pgtest.Start(tb), free: make(chan string, 100)}
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

// emptied is what makes a used database as good as new, quicker than making one.
const emptied = `DO $$ DECLARE t text; BEGIN
	FOR t IN SELECT inhrelid::regclass::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind = 'r' LOOP
		EXECUTE 'DROP TABLE ' || t;
	END LOOP;
	FOR t IN SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'goose_db_version' LOOP
		EXECUTE 'DELETE FROM ' || t;
	END LOOP;
	FOR t IN SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' AND relname <> 'goose_db_version_id_seq' LOOP
		EXECUTE 'ALTER SEQUENCE ' || t || ' RESTART';
	END LOOP;
	INSERT INTO tenants (number, id, created_at) VALUES (0, 'default', 0);
	INSERT INTO registry_version VALUES (1, 0);
	INSERT INTO identifier_lead VALUES (1, 60000, 0);
END $$`

// options are those of a store on a fresh database.
func (k *kit) options(tb testing.TB) (postgres.Options, string) {
	tb.Helper()
	var name string
	select {
	case name = <-k.free:
	default:
		name = k.cluster.Database(k.tb, k.empty)
	}
	tb.Cleanup(func() {
		if !tb.Failed() && k.cluster.Running() {
			k.cluster.Exec(tb, name, emptied)
			k.free <- name
		}
	})
	o := postgres.Options{DSN: k.cluster.DSN(name), Clock: clock.NewFake(storetest.Start), Patience: time.Minute}
	if k.pooler != nil {
		o.DSN, o.ListenDSN = k.pooler(name), o.DSN
	}
	return o, name
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
	h.Attempts = func(tb testing.TB) int {
		tb.Helper()
		return k.cluster.Count(tb, name, "attempts")
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
