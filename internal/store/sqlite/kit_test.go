package sqlite_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// account is a handoff that only counts.
type account struct{ reserved, handed, aborted int }

func (a *account) Reserve(int64, int) bool    { a.reserved++; return true }
func (a *account) Committed(h store.Handed)   { a.handed += len(h.Jobs) }
func (a *account) Aborted(jobs []webhook.Job) { a.aborted += len(jobs) }
func tick(testing.TB) <-chan time.Time        { return time.After(200 * time.Microsecond) }

func createWebhook(tb testing.TB, s *sqlite.Store, name string) int64 {
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
	return w.Number
}

func acceptParams(tb testing.TB, s *sqlite.Store, webhooks ...int64) store.AcceptParams {
	tb.Helper()
	version, err := s.RegistryVersion(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return store.AcceptParams{
		Tenant: webhook.DefaultTenant, AcceptedAt: storetest.Start, RegistryVersion: version, Process: 1,
		Events: []store.NewEvent{{
			Type: "User.Created", Payload: webhook.Payload{Posted: []byte(`{"a":1}`), Composer: webhook.ComposerVersion}, Webhooks: webhooks,
		}},
	}
}

func accept(tb testing.TB, s *sqlite.Store, webhooks ...int64) store.Accepted {
	tb.Helper()
	accepted, err := s.Accept(tb.Context(), acceptParams(tb, s, webhooks...))
	if err != nil {
		tb.Fatal(err)
	}
	return accepted[0]
}

func claim(tb testing.TB, s *sqlite.Store, process int64, number int64) []webhook.Job {
	tb.Helper()
	claimed, err := s.Claim(tb.Context(), store.ClaimParams{
		Process: process, Now: storetest.Start.Add(time.Hour), MaxBytes: 1 << 20, Lanes: []store.ClaimLane{{Webhook: number, Limit: 100}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return claimed[0].Jobs
}

func finish(tb testing.TB, s *sqlite.Store, jobs ...webhook.Job) {
	tb.Helper()
	results := make([]store.Result, len(jobs))
	for i, job := range jobs {
		results[i] = store.Result{
			Job: job, Next: webhook.Next{State: webhook.StateSucceeded},
			Attempt: webhook.Attempt{
				Number: job.Attempt, Trigger: webhook.TriggerEvent, StartedAt: storetest.Start, Duration: time.Millisecond,
				Outcome: webhook.OutcomeSucceeded, Status: 200,
			},
		}
	}
	outcomes, err := s.Finish(tb.Context(), results)
	if err != nil {
		tb.Fatal(err)
	}
	for _, err := range outcomes {
		if err != nil {
			tb.Fatal(err)
		}
	}
}
