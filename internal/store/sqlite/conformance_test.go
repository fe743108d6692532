package sqlite_test

import (
	"os"
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
	empty := emptyDatabase(t)
	storetest.Run(t, func(tb testing.TB) *storetest.Harness {
		tb.Helper()
		return newHarness(tb, empty)
	})
}

// emptyDatabase is the content of a database that was just made: copying it is
// quicker than making each anew.
func emptyDatabase(tb testing.TB) []byte {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "tidings.db")
	if err := open(tb, sqlite.Options{Path: path}).Close(); err != nil {
		tb.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

func newHarness(tb testing.TB, empty []byte) *storetest.Harness {
	tb.Helper()
	h := &storetest.Harness{Clock: clock.NewFake(storetest.Start), Gate: &storetest.Gate{}}
	options := sqlite.Options{
		Path: filepath.Join(tb.TempDir(), "tidings.db"), Clock: h.Clock,
		Fault: func(string) error { return h.Gate.Pass() },
	}
	if err := os.WriteFile(options.Path, empty, 0o600); err != nil {
		tb.Fatal(err)
	}
	s := open(tb, options)
	h.Store, h.Waiting = s, s.Waiting
	h.Another = func(tb testing.TB) store.Store {
		tb.Helper()
		return open(tb, options)
	}
	h.Attempts = func(tb testing.TB) (n int) {
		tb.Helper()
		if err := s.Writing().QueryRowContext(tb.Context(), "SELECT count(*) FROM attempts").Scan(&n); err != nil {
			tb.Fatal(err)
		}
		return n
	}
	h.AddTenant = func(tb testing.TB, id webhook.TenantID) {
		tb.Helper()
		exec(tb, s, "INSERT INTO tenants (id, created_at) VALUES (?, 0)", string(id))
	}
	return h
}

// open opens a store that is closed when the test ends.
func open(tb testing.TB, options sqlite.Options) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() }) // a case may have closed it already
	return s
}

// exec writes behind the store's back.
func exec(tb testing.TB, s *sqlite.Store, query string, args ...any) {
	tb.Helper()
	if _, err := s.Writing().ExecContext(tb.Context(), query, args...); err != nil {
		tb.Fatal(err)
	}
}
