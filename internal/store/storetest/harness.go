// Package storetest holds the cases that every implementation of internal/store
// passes. Each promise of the contract names one of them; internal/archtest checks
// that none is missing on either side.
//
// The cases know the contract only. What they need beyond it, such as a process
// that ends without closing its store, the implementation offers as a Harness.
package storetest

import (
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Harness is one database, empty but for the default tenant, and the ways to
// disturb it.
type Harness struct {
	// Store is open.
	Store store.Store
	// Clock is the one that the store was given; it shows Start.
	Clock *clock.Fake
	// Gate is what the implementation asks before it commits.
	Gate *Gate
	// Another opens the same data once more, as a new process would while the
	// former ones stay as they are. It is closed when the test ends.
	Another func(t testing.TB) store.Store
	// Waiting is how many calls are on their way to a commit of Store.
	Waiting func() int
	// Void ends all processes that have joined, as time does when they do not renew.
	// It is nil where the next process to join does that itself.
	Void func(t testing.TB)
	// Attempts counts the attempts that lie in the table of their own, also those whose
	// delivery is gone.
	Attempts func(t testing.TB) int
	// AddTenant adds a tenant.
	AddTenant func(t testing.TB, id webhook.TenantID)
}

// Start is the time that a harness's clock begins with.
var Start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// opener makes a fresh database for one fact.
type opener func(t testing.TB) *kit

type namedCase struct {
	name string
	run  func(t *testing.T, open opener)
}

// Run runs every case, each fact on a database of its own.
func Run(t *testing.T, open func(t testing.TB) *Harness) {
	t.Helper()
	RunSome(t, open, func(string) bool { return true })
}

// RunSome runs the cases whose names are wanted.
func RunSome(t *testing.T, open func(t testing.TB) *Harness, wanted func(name string) bool) {
	t.Helper()
	fresh := func(t testing.TB) *kit {
		t.Helper()
		return newKit(t, open(t))
	}
	for _, cases := range [][]namedCase{
		webhookCases(), keyCases(), tenantCases(), userCases(), sessionCases(), eventTypeCases(), eventCases(), commitCases(), queueCases(), nodeCases(), redeliveryCases(), logCases(), healthCases(), figureCases(), overrideCases(), upkeepCases(),
	} {
		for _, c := range cases {
			if !wanted(c.name) {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(t, fresh)
			})
		}
	}
}

// fact runs one of several facts that make up a case.
func fact(t *testing.T, open opener, name string, run func(t *testing.T, k *kit)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		run(t, open(t))
	})
}
