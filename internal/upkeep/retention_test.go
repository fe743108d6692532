package upkeep_test

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/upkeep"
	"github.com/tidingshq/tidings/internal/webhook"
)

// world is an Upkeep on a real database.
type world struct {
	*upkeep.Upkeep
	t       *testing.T
	store   *sqlite.Store
	clock   clock.Clock
	process int64
}

func setup(t *testing.T) (*world, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	return setupWith(t, c), c
}

func setupWith(t *testing.T, c clock.Clock, change ...func(*upkeep.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: c}
	var err error
	w.store, err = sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "tidings.db"), Clock: w.clock})
	w.must(err)
	t.Cleanup(func() { w.must(w.store.Close()) })
	w.process, err = w.store.Join(t.Context(), w.clock.Now())
	w.must(err)
	w.Upkeep, _ = keep(w.store, w.clock, append(change, func(o *upkeep.Options) { o.Process = func() int64 { return w.process } })...)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) webhook() webhook.Webhook {
	w.t.Helper()
	id, err := webhook.NewID(rand.Reader)
	w.must(err)
	made, err := w.store.CreateWebhook(w.t.Context(), webhook.Webhook{
		ID: id, Tenant: webhook.DefaultTenant, Name: "one", EventTypes: []webhook.EventType{"*"}, URL: "https://example.com/", Enabled: true,
	})
	w.must(err)
	return made
}

// post accepts n events that each go to the webhooks and returns the last.
func (w *world) post(n int, webhooks ...int64) webhook.EventID {
	w.t.Helper()
	version, err := w.store.RegistryVersion(w.t.Context())
	w.must(err)
	accepted, err := w.store.Accept(w.t.Context(), store.AcceptParams{
		Tenant: webhook.DefaultTenant, AcceptedAt: w.clock.Now(), RegistryVersion: version, Process: w.process,
		Events: slices.Repeat([]store.NewEvent{{
			Type: "User.Created", Payload: webhook.Payload{Posted: []byte(`{"event":"User.Created"}`), Composer: webhook.ComposerVersion}, Webhooks: webhooks,
		}}, n),
	})
	w.must(err)
	return accepted[n-1].ID
}

// deliver makes the attempts that are due, all with success.
func (w *world) deliver(number int64) {
	w.t.Helper()
	claimed, err := w.store.Claim(w.t.Context(), store.ClaimParams{
		Process: w.process, Now: w.clock.Now(), Lanes: []store.ClaimLane{{Webhook: number, Limit: 5000}}, MaxBytes: 64 << 20,
	})
	w.must(err)
	var results []store.Result
	for _, job := range claimed[0].Jobs {
		results = append(results, store.Result{
			Job:     job,
			Attempt: webhook.Attempt{Number: job.Attempt, StartedAt: w.clock.Now(), Outcome: webhook.OutcomeSucceeded, Status: 200},
			Next:    webhook.Next{State: webhook.StateSucceeded},
		})
	}
	refusals, err := w.store.Finish(w.t.Context(), results)
	w.must(errors.Join(append(refusals, err)...))
}

// work is what Run does at its turns.
func (w *world) work() {
	w.t.Helper()
	w.must(w.Watch(w.t.Context()))
	w.must(w.Count(w.t.Context()))
	w.must(w.Cancel(w.t.Context()))
	w.must(w.Sweep(w.t.Context()))
}

func (w *world) deliveries() []webhook.Delivery {
	w.t.Helper()
	found, err := w.store.Deliveries(w.t.Context(), store.DeliveryQuery{Tenant: webhook.DefaultTenant, Limit: 5000})
	w.must(err)
	return found
}

func (w *world) events() int {
	w.t.Helper()
	found, err := w.store.Events(w.t.Context(), store.EventQuery{Tenant: webhook.DefaultTenant, Limit: 5000})
	w.must(err)
	return len(found)
}

func TestRetention(t *testing.T) {
	t.Parallel()
	w, c := setup(t)
	lane, waiting := w.webhook(), w.webhook()
	const many = 2500 // more than two steps
	for range many / 500 {
		w.post(500, lane.Number)
	}
	w.post(1) // nobody wants it
	w.deliver(lane.Number)
	kept := w.post(1, lane.Number, waiting.Number)
	w.deliver(lane.Number)

	c.Advance(24 * time.Hour)
	w.work()
	if got := len(w.deliveries()); got != many+2 {
		t.Fatalf("%d deliveries at the edge of retention, want all %d", got, many+2)
	}
	c.Advance(time.Minute)
	w.work()
	if found := w.deliveries(); len(found) != 1 || found[0].State != webhook.StatePending || found[0].EventID != kept {
		t.Errorf("after retention: %d deliveries, want the one that waits", len(found))
	}
	if got := w.events(); got != 1 {
		t.Errorf("after retention: %d events, want the one that a delivery waits for", got)
	}
	if n, _ := w.Unfinished(); n != 1 || w.Usage().Bytes == 0 {
		t.Errorf("%d unfinished, usage: %+v", n, w.Usage())
	}
}

func TestWhatCanNeverBeMade(t *testing.T) {
	t.Parallel()
	w, c := setup(t)
	gone, off := w.webhook(), w.webhook()
	const many = 1200 // more than one step
	for range many / 400 {
		w.post(400, gone.Number, off.Number)
	}
	_, err := w.store.DeleteWebhook(t.Context(), webhook.DefaultTenant, gone.ID)
	w.must(err)
	_, err = w.store.UpdateWebhook(t.Context(), webhook.DefaultTenant, off.ID, func(o *webhook.Webhook) error {
		disabled := w.clock.Now()
		o.Enabled, o.DisabledAt = false, &disabled
		return nil
	})
	w.must(err)

	count := func() map[webhook.CancelReason]int {
		counts := map[webhook.CancelReason]int{}
		for _, d := range w.deliveries() {
			counts[d.CancelReason]++
		}
		return counts
	}
	w.work()
	if got := count(); got[webhook.CancelWebhookDeleted] != many || got[""] != many {
		t.Fatalf("at once: %v", got)
	}
	c.Advance(72*time.Hour + time.Second)
	w.must(w.Cancel(t.Context()))
	if got := count(); got[webhook.CancelHeldTooLong] != many || got[""] != 0 {
		t.Errorf("after 72 h: %v", got)
	}
	c.Advance(24*time.Hour + time.Minute)
	w.work()
	if got := w.events(); got != 0 || len(w.deliveries()) != 0 {
		t.Errorf("%d events and %d deliveries are left", got, len(w.deliveries()))
	}
}
