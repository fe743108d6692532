package move_test

import (
	"slices"
	"testing"

	"github.com/tidingshq/tidings/internal/move"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// notAcrossAMove are the cases of the store that make no sense here: they look into it,
// or want two processes at the same time on the same data.
func notAcrossAMove() []string {
	return []string{
		"Commits/Shared", "Commits/RefusedAlone", "Commits/FailedTogether", "Commits/CloseWaits", "Events/Busy", "Events/IdempotencyTogether",
		"Webhooks/UpdateIsAtomic", "Webhooks/RegistryVersion", "Tenants/DeleteEndsAtOnce", "Queue/RedeliverEnded",
	}
}

// casesAcrossAMove runs the cases of the store with a move wherever a process ends
// and another one goes on: that one finds what was in SQLite in PostgreSQL.
func casesAcrossAMove(t *testing.T, k *kit) {
	t.Helper()
	storetest.RunSome(t, func(tb testing.TB) *storetest.Harness {
		tb.Helper()
		return k.movingHarness(tb)
	}, func(name string) bool { return !slices.Contains(notAcrossAMove(), name) })
}

// movingHarness is a SQLite store until another one is asked for.
func (k *kit) movingHarness(tb testing.TB) *storetest.Harness {
	tb.Helper()
	h, path := newSource(tb)
	h.Waiting = func() int {
		tb.Fatal("this case looks into the store: name it in notAcrossAMove")
		return 0
	}
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
	h.Attempts = func(tb testing.TB) int {
		tb.Helper()
		if name == "" {
			tb.Fatal("this case counts attempts before the move")
		}
		return k.cluster.Count(tb, name, "attempts")
	}
	h.AddTenant = func(tb testing.TB, id webhook.TenantID) {
		tb.Helper()
		if err := h.Store.CreateTenant(tb.Context(), webhook.Tenant{ID: id, CreatedAt: storetest.Start}); err != nil {
			tb.Fatal(err)
		}
	}
	return h
}
