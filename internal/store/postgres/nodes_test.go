package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// TestSilentProcessIsEnded lets a process miss its time. Another one ends it, once it has
// renewed without a break for a while itself, and takes over what was held.
func TestSilentProcessIsEnded(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	options, name := k.options(t)
	silent := newScene(t, options)
	_, err := silent.store.Accept(t.Context(), silent.params(silent.number))
	silent.ok(err)
	other := &scene{t: t, store: open(t, options), number: silent.number, to: &account{}}
	other.process, err = other.store.Join(t.Context(), storetest.Start)
	other.ok(err)
	k.cluster.Exec(t, name, "UPDATE processes SET valid_until = clock_timestamp() + interval '1 hour' WHERE number = $1", silent.process)
	now := time.Now()
	other.store.Elapsing(func() time.Time { return now })
	renew := func(pass time.Duration) int {
		t.Helper()
		now = now.Add(pass)
		renewal, err := other.store.Renew(t.Context(), other.process, false)
		other.ok(err)
		return renewal.Ended
	}
	for range 5 { // as long as its leases last
		if ended := renew(2 * time.Second); ended != 0 {
			t.Fatalf("%d processes are ended before their time", ended)
		}
	}
	k.cluster.Exec(t, name, "UPDATE processes SET valid_until = clock_timestamp() - interval '1 ms' WHERE number = $1", silent.process)
	// The database was out of reach: all others may have been as well.
	for _, pass := range []time.Duration{5 * time.Second, 2 * time.Second, 1999 * time.Millisecond} {
		if ended := renew(pass); ended != 0 {
			t.Fatalf("%d processes are ended by one that has just come back", ended)
		}
	}
	if jobs := other.claim(); len(jobs) != 0 {
		t.Fatalf("%d deliveries are taken from a process that has not ended", len(jobs))
	}
	if ended := renew(time.Millisecond); ended != 1 {
		t.Fatalf("%d processes are ended, want the silent one", ended)
	}
	jobs := other.claim()
	if len(jobs) != 1 {
		t.Fatalf("%d deliveries are taken over, want 1", len(jobs))
	}
	if _, err := silent.store.Renew(t.Context(), silent.process, false); !errors.Is(err, webhook.ErrLeaseLost) {
		t.Errorf("the process that was ended renews: %v", err)
	}
	// What it has to say later changes nothing.
	if refused := finish(silent, silent.to.jobs); !errors.Is(refused, webhook.ErrLeaseLost) {
		t.Errorf("its result is taken: %v", refused)
	}
	if refused := finish(other, jobs); refused != nil {
		t.Errorf("the result of who took over is refused: %v", refused)
	}
}

func finish(s *scene, jobs []webhook.Job) error {
	s.t.Helper()
	outcomes, err := s.store.Finish(s.t.Context(), results(jobs))
	s.ok(err)
	return outcomes[0]
}

// TestKeyOnTwoNodesAtOnce posts under one idempotency key to two nodes at the same time:
// there is one event, and both answers name it.
func TestKeyOnTwoNodesAtOnce(t *testing.T) {
	t.Parallel()
	p := newPair(t, newKit(t))
	accept := func(by *scene, body byte, answer *string) func(s *postgres.Store) error {
		return func(s *postgres.Store) error {
			params := by.params(p.number)
			params.Idempotency = &store.Idempotency{Route: "events", Key: "a", Hash: [32]byte{body}}
			accepted, err := s.Accept(t.Context(), params)
			if err == nil {
				*answer = string(accepted[0].ID)
			}
			return err
		}
	}
	var named, alike string
	one, two := p.during(accept(p.second, 1, &named), accept(p.scene, 1, &alike))
	p.ok(errors.Join(one, two))
	if named == "" || named != alike || p.events() != 1 {
		t.Errorf("answers %q and %q, %d events", named, alike, p.events())
	}
	if err := accept(p.scene, 2, new(string))(p.store); !errors.Is(err, webhook.ErrKeyReused) {
		t.Errorf("another body under the key: %v", err)
	}
}
