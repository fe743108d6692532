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
	storetest.Run(t, func(t testing.TB) *storetest.Harness { return newHarness(t, empty) })
}

// emptyDatabase is the content of a database that was just made: copying it is
// quicker than making each anew.
func emptyDatabase(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tidings.db")
	if err := open(t, sqlite.Options{Path: path}).Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func newHarness(t testing.TB, empty []byte) *storetest.Harness {
	t.Helper()
	h := &storetest.Harness{Clock: clock.NewFake(storetest.Start), Gate: &storetest.Gate{}}
	options := sqlite.Options{
		Path: filepath.Join(t.TempDir(), "tidings.db"), Clock: h.Clock,
		Fault: func(string) error { return h.Gate.Pass() },
	}
	if err := os.WriteFile(options.Path, empty, 0o600); err != nil {
		t.Fatal(err)
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
