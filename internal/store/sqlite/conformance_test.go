package sqlite_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) *storetest.Harness { return newHarness(t) })
}

func newHarness(t testing.TB) *storetest.Harness {
	t.Helper()
	h := &storetest.Harness{Clock: clock.NewFake(storetest.Start), Gate: &storetest.Gate{}}
	options := sqlite.Options{
		Path: filepath.Join(t.TempDir(), "tidings.db"), Clock: h.Clock,
		Fault: func(string) error { return h.Gate.Pass() },
	}
	s := open(t, options)
	h.Store, h.Waiting = s, s.Waiting
	h.Another = func(t testing.TB) store.Store { return open(t, options) }
	h.AddTenant = func(t testing.TB, id webhook.TenantID) {
		t.Helper()
		exec(t, s, "INSERT INTO tenants (id, created_at) VALUES (?, 0)", string(id))
	}
	return h
}

// open opens a store that is closed when the test ends.
func open(t testing.TB, options sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a case may have closed it already
	return s
}

// exec writes behind the store's back.
func exec(t testing.TB, s *sqlite.Store, query string, args ...any) {
	t.Helper()
	if _, err := s.Writing().ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}
