package postgres_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// pair is two nodes on one database. What the second one writes can be held just before
// its commit.
type pair struct {
	*scene
	second *scene
	gate   *storetest.Gate
	conn   *pgx.Conn
}

func newPair(t *testing.T, k *kit) *pair {
	t.Helper()
	options, _ := k.options(t)
	p := &pair{scene: newScene(t, options), gate: &storetest.Gate{}}
	options.Fault = func(string) error { return p.gate.Pass() }
	p.second = &scene{t: t, store: open(t, options), number: p.number, to: &account{}}
	var err error
	p.second.process, err = p.second.store.Join(t.Context(), storetest.Start)
	p.ok(err)
	p.conn, err = pgx.Connect(t.Context(), options.DSN)
	p.ok(err)
	t.Cleanup(func() { _ = p.conn.Close(context.WithoutCancel(t.Context())) }) // it only reads
	return p
}

// held begins a call of the second node and holds it before its commit. The returned
// function lets it go on and returns its error.
func (p *pair) held(call func(s *postgres.Store) error) (release func() error) {
	p.t.Helper()
	reached, open := p.gate.Hold(p.t)
	done := make(chan error, 1)
	go func() { done <- call(p.second.store) }()
	select {
	case <-reached:
	case err := <-done:
		p.t.Fatalf("it has ended before its commit: %v", err)
	}
	return func() error { open(); return <-done }
}

// waits returns once something waits for a lock, or is done.
func (p *pair) waits(done chan error) {
	p.t.Helper()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for waits := false; !waits && len(done) == 0; <-poll.C {
		p.ok(p.conn.QueryRow(p.t.Context(),
			"SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')").Scan(&waits))
	}
}

// during runs a call of the first node while one of the second is held, and returns the
// errors of both.
func (p *pair) during(second, first func(s *postgres.Store) error) (ofSecond, ofFirst error) {
	p.t.Helper()
	release := p.held(second)
	done := make(chan error, 1)
	go func() { done <- first(p.store) }()
	p.waits(done)
	return release(), <-done
}

func (p *pair) count(query string) (n int) {
	p.t.Helper()
	p.ok(p.conn.QueryRow(p.t.Context(), query).Scan(&n))
	return n
}

// purge purges until there is nothing to do at once.
func (p *pair) purge() {
	p.t.Helper()
	for range 100 {
		more, err := p.store.PurgeTenants(p.t.Context(), p.process, 1000)
		p.ok(err)
		if !more {
			return
		}
	}
	p.t.Fatal("purging does not come to an end")
}

// TestPurgeLeavesNothingBehind deletes and purges a tenant while another node writes for it:
// what that one commits afterwards goes with the tenant.
func TestPurgeLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for name, write := range map[string]func(p *pair, s *postgres.Store) error{
		"Accept": func(p *pair, s *postgres.Store) error {
			params := p.second.params(p.number)
			params.Tenant, params.Idempotency = "other", &store.Idempotency{Route: "events", Key: "a"}
			_, err := s.Accept(p.t.Context(), params)
			return err
		},
		"Webhook": func(p *pair, s *postgres.Store) error {
			_, err := s.CreateWebhook(p.t.Context(), theirWebhook("late"))
			return err
		},
		"Key": func(p *pair, s *postgres.Store) error {
			return s.PutKey(p.t.Context(), webhook.APIKey{ID: "late", Tenant: "other"})
		},
		"EventType": func(p *pair, s *postgres.Store) error {
			return s.CreateEventType(p.t.Context(), webhook.OwnEventType{Tenant: "other", Name: "late"})
		},
		"User": func(p *pair, s *postgres.Store) error {
			return s.CreateUser(p.t.Context(), webhook.User{ID: "late", Tenant: "other", Email: "late@example.com"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, k)
			p.ok(p.store.CreateTenant(t.Context(), webhook.Tenant{ID: "other", CreatedAt: storetest.Start}))
			w, err := p.store.CreateWebhook(t.Context(), theirWebhook("theirs"))
			p.ok(err)
			p.number = w.Number
			release := p.held(func(s *postgres.Store) error { return write(p, s) })
			deleted := make(chan error, 1)
			go func() { deleted <- p.store.DeleteTenant(t.Context(), "other", storetest.Start) }()
			p.waits(deleted)
			// Whoever changes the registry has its row: then deleting waits, and comes after.
			if len(deleted) == 1 {
				p.purge()
			}
			if err := release(); err != nil && !errors.Is(err, webhook.ErrNotFound) {
				t.Error(err)
			}
			p.ok(<-deleted)
			_, err = p.store.Finish(t.Context(), results(p.second.to.jobs))
			p.ok(err)
			p.purge()
			for _, table := range []string{"events", "work", "deliveries", "idempotency", "webhooks", "webhook_changes", "api_keys", "event_types", "users"} {
				if n := p.count("SELECT count(*) FROM " + table + " r WHERE tenant <> 0 AND NOT EXISTS (SELECT 1 FROM tenants WHERE number = r.tenant)"); n > 0 {
					t.Errorf("%s: %d rows of a tenant that is gone", table, n)
				}
			}
			if n := p.count("SELECT count(*) FROM tenants WHERE id = 'other'"); n > 0 {
				t.Error("the tenant is still there")
			}
		})
	}
}

func theirWebhook(id webhook.ID) webhook.Webhook {
	return webhook.Webhook{
		ID: id, Tenant: "other", EventTypes: []webhook.EventType{"*"}, URL: "https://example.com/in", Enabled: true,
		CreatedAt: storetest.Start, UpdatedAt: storetest.Start,
	}
}

func results(jobs []webhook.Job) (all []store.Result) {
	for _, job := range jobs {
		all = append(all, success(job))
	}
	return all
}

// TestRetentionLeavesWhatIsMatched lets retention come by, with next to no time to keep
// anything, while another node writes an event for a webhook that was just deleted.
func TestRetentionLeavesWhatIsMatched(t *testing.T) {
	t.Parallel()
	p := newPair(t, newKit(t))
	release := p.held(func(s *postgres.Store) error {
		_, err := s.Accept(t.Context(), p.second.params(p.number))
		return err
	})
	_, err := p.store.DeleteWebhook(t.Context(), webhook.DefaultTenant, "w")
	p.ok(err)
	now := storetest.Start
	expire := func(now time.Time) {
		t.Helper()
		for more := true; more; {
			var err error
			_, more, err = p.store.Expire(t.Context(), store.ExpireParams{Now: now, Before: now, Limit: 10})
			p.ok(err)
		}
	}
	expire(now.Add(10 * time.Second))
	p.ok(release())
	if p.count("SELECT count(*) FROM webhooks") != 1 {
		t.Error("the webhook of an unfinished delivery is gone")
	}
	_, err = p.store.Finish(t.Context(), results(p.second.to.jobs))
	p.ok(err)
	expire(now.Add(2 * time.Hour))
	if p.count("SELECT count(*) FROM webhooks") != 0 {
		t.Error("a deleted webhook that nothing names stays")
	}
}

// TestChangesOfTwoNodesAreBothKept changes one thing on two nodes at the same time: neither
// change is lost.
func TestChangesOfTwoNodesAreBothKept(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	t.Run("EventType", func(t *testing.T) {
		t.Parallel()
		p := newPair(t, k)
		p.ok(p.store.CreateEventType(t.Context(), webhook.OwnEventType{Tenant: webhook.DefaultTenant, Name: "Order.Paid"}))
		change := func(change func(e *webhook.OwnEventType)) func(s *postgres.Store) error {
			return func(s *postgres.Store) error {
				_, err := s.UpdateEventType(t.Context(), webhook.DefaultTenant, "Order.Paid", func(e *webhook.OwnEventType) error { change(e); return nil })
				return err
			}
		}
		one, two := p.during(
			change(func(e *webhook.OwnEventType) { e.Description = "An order was paid." }),
			change(func(e *webhook.OwnEventType) { e.Group = "Orders" }),
		)
		p.ok(errors.Join(one, two))
		registry, err := p.store.Registry(t.Context())
		p.ok(err)
		if got := registry.EventTypes[0]; got.Description == "" || got.Group == "" {
			t.Errorf("a change is lost: %+v", got)
		}
	})
	t.Run("Webhook", func(t *testing.T) {
		t.Parallel()
		p := newPair(t, k)
		change := func(change func(w *webhook.Webhook)) func(s *postgres.Store) error {
			return func(s *postgres.Store) error {
				_, err := s.UpdateWebhook(t.Context(), webhook.DefaultTenant, "w", func(w *webhook.Webhook) error { change(w); return nil })
				return err
			}
		}
		one, two := p.during(
			change(func(w *webhook.Webhook) { w.Name = "changed" }),
			change(func(w *webhook.Webhook) { w.Enabled = false }),
		)
		p.ok(errors.Join(one, two))
		registry, err := p.store.Registry(t.Context())
		p.ok(err)
		if got := registry.Webhooks[0]; got.Name != "changed" || got.Enabled || got.Version != 3 {
			t.Errorf("a change is lost: %q, enabled %t, version %d", got.Name, got.Enabled, got.Version)
		}
	})
	t.Run("Checklist", func(t *testing.T) {
		t.Parallel()
		p := newPair(t, k)
		change := func(change func(l *webhook.Checklist)) func(s *postgres.Store) error {
			return func(s *postgres.Store) error {
				_, err := s.UpdateChecklist(t.Context(), webhook.DefaultTenant, change)
				return err
			}
		}
		one, two := p.during(change(func(l *webhook.Checklist) { l.Tested = true }), change(func(l *webhook.Checklist) { l.Emitted = true }))
		p.ok(errors.Join(one, two))
		got, err := p.store.Checklist(t.Context(), webhook.DefaultTenant)
		p.ok(err)
		if !got.Tested || !got.Emitted {
			t.Errorf("a change is lost: %+v", got)
		}
	})
}

// TestDeletedByTwoNodes deletes one tenant on two nodes: one of them does.
func TestDeletedByTwoNodes(t *testing.T) {
	t.Parallel()
	p := newPair(t, newKit(t))
	p.ok(p.store.CreateTenant(t.Context(), webhook.Tenant{ID: "other", CreatedAt: storetest.Start}))
	remove := func(s *postgres.Store) error { return s.DeleteTenant(t.Context(), "other", storetest.Start) }
	one, two := p.during(remove, remove)
	if one != nil || !errors.Is(two, webhook.ErrNotFound) {
		t.Errorf("%v, %v", one, two)
	}
}

// stopAt stops the first call that comes to a statement, until open is called or the test
// is over.
func (s *scene) stopAt(statement string) (reached <-chan struct{}, open func()) {
	arrived, opened := make(chan struct{}), make(chan struct{})
	stop := sync.OnceFunc(func() { close(arrived); <-opened })
	s.store.Trace(func(query string, _ []any) {
		if strings.HasPrefix(query, statement) {
			stop()
		}
	})
	open = sync.OnceFunc(func() { close(opened) })
	s.t.Cleanup(open) // before the store is closed, which waits for the call
	return arrived, open
}

// TestNothingIsMadeForATenantThatIsDeleted deletes a tenant while another node has written
// an event type for it and is about to say that there is something new, or has looked up the
// tenant of an API key and is about to write it.
func TestNothingIsMadeForATenantThatIsDeleted(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for table, test := range map[string]struct {
		stop  string
		write func(s *postgres.Store) error
	}{
		"api_keys": {"SELECT version FROM registry_version FOR UPDATE", func(s *postgres.Store) error {
			return s.PutKey(t.Context(), webhook.APIKey{ID: "late", Tenant: "other"})
		}},
		"event_types": {"UPDATE registry_version", func(s *postgres.Store) error {
			return s.CreateEventType(t.Context(), webhook.OwnEventType{Tenant: "other", Name: "late"})
		}},
	} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, k)
			p.ok(p.store.CreateTenant(t.Context(), webhook.Tenant{ID: "other", CreatedAt: storetest.Start}))
			reached, open := p.second.stopAt(test.stop)
			written := make(chan error, 1)
			go func() { written <- test.write(p.second.store) }()
			<-reached
			p.ok(p.store.DeleteTenant(t.Context(), "other", storetest.Start))
			open()
			if err := <-written; !errors.Is(err, webhook.ErrNotFound) {
				t.Errorf("got %v, want that there is no such tenant", err)
			}
			if n := p.count("SELECT count(*) FROM " + table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		})
	}
}

// TestDeadlockIsMadeAgain deletes a tenant whose API key somebody else deletes: the one has
// the key and waits for the registry, the other has the registry and waits for the key.
// PostgreSQL ends the one that began to wait last.
func TestDeadlockIsMadeAgain(t *testing.T) {
	t.Parallel()
	p := newPair(t, newKit(t))
	p.ok(p.store.CreateTenant(t.Context(), webhook.Tenant{ID: "other", CreatedAt: storetest.Start}))
	p.ok(p.store.PutKey(t.Context(), webhook.APIKey{ID: "key", Tenant: "other"}))
	other, err := pgx.Connect(t.Context(), p.conn.Config().ConnString())
	p.ok(err)
	defer func() { p.ok(other.Close(context.WithoutCancel(t.Context()))) }()
	_, err = other.Exec(t.Context(), "SET deadlock_timeout = '1h'") // it leaves finding out to the store
	p.ok(err)
	tx, err := other.Begin(t.Context())
	p.ok(err)
	_, err = tx.Exec(t.Context(), "DELETE FROM api_keys WHERE id = 'key'")
	p.ok(err)

	reached, open := p.scene.stopAt("DELETE FROM api_keys")
	deleted, done := make(chan error, 1), make(chan error, 1)
	go func() { deleted <- p.store.DeleteTenant(t.Context(), "other", storetest.Start) }()
	<-reached
	go func() {
		_, err := tx.Exec(t.Context(), "UPDATE registry_version SET version = version + 1")
		done <- errors.Join(err, tx.Commit(t.Context()))
	}()
	p.waits(done)
	open()
	if err := <-deleted; err != nil {
		t.Errorf("deleting the tenant: %v", err)
	}
	p.ok(<-done)
	if n := p.count("SELECT count(*) FROM tenants WHERE deleted_at IS NOT NULL"); n != 1 {
		t.Errorf("%d tenants are deleted, want 1", n)
	}
}

// TestSameKeyFromTwoNodes puts the key of the configuration while another node that starts
// puts it too: whoever comes second waits before it has written anything.
func TestSameKeyFromTwoNodes(t *testing.T) {
	t.Parallel()
	p := newPair(t, newKit(t))
	key := webhook.APIKey{ID: "bootstrap", Tenant: webhook.DefaultTenant, Hash: [32]byte{1}}
	other, err := p.conn.Begin(t.Context())
	p.ok(err)
	_, err = other.Exec(t.Context(), "UPDATE registry_version SET version = version + 1")
	p.ok(err)
	put := make(chan error, 1)
	go func() { put <- p.store.PutKey(t.Context(), key) }()
	p.waits(put)
	_, err = other.Exec(t.Context(), "SET LOCAL lock_timeout = '100ms'")
	p.ok(err)
	_, err = other.Exec(t.Context(), `INSERT INTO api_keys (tenant, id, name, prefix, hash, scopes, created_by, created_at)
		VALUES ((SELECT number FROM tenants WHERE id = 'default'), 'bootstrap', '', '', $1, '', '', 0)`, key.Hash[:])
	p.ok(err)
	p.ok(other.Commit(t.Context()))
	p.ok(<-put)
	if n := p.count("SELECT count(*) FROM api_keys"); n != 1 {
		t.Errorf("%d API keys, want 1", n)
	}
}

// TestRedeliveredByTwoNodes asks two nodes for one more attempt at the same time: there is
// one, and both answers say what is so.
func TestRedeliveredByTwoNodes(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	redeliver := func(t *testing.T, id webhook.DeliveryID) func(s *postgres.Store) error {
		t.Helper()
		return func(s *postgres.Store) error {
			_, err := s.Redeliver(t.Context(), webhook.DefaultTenant, id, storetest.Start, "key")
			return err
		}
	}
	ended := func(t *testing.T) (*pair, webhook.DeliveryID) {
		t.Helper()
		p := newPair(t, k)
		_, err := p.store.Accept(t.Context(), p.params(p.number))
		p.ok(err)
		_, err = p.store.Finish(t.Context(), results(p.to.jobs))
		p.ok(err)
		return p, p.to.jobs[0].Delivery
	}
	check := func(t *testing.T, p *pair) {
		t.Helper()
		work, counted := p.count("SELECT count(*) FROM work"), p.count("SELECT redeliveries FROM deliveries")
		if work != 1 || counted != 1 {
			t.Errorf("%d attempts in the queue, %d redeliveries counted, want one", work, counted)
		}
	}
	t.Run("BeforeItBegins", func(t *testing.T) {
		t.Parallel()
		p, id := ended(t)
		one, two := p.during(redeliver(t, id), redeliver(t, id))
		if one != nil || two != nil {
			t.Errorf("the first is answered with %v, the second, for the same attempt, with %v", one, two)
		}
		check(t, p)
	})
	t.Run("OnceItIsUnderWay", func(t *testing.T) {
		t.Parallel()
		p, id := ended(t)
		p.ok(redeliver(t, id)(p.second.store))
		if claimed := p.second.claim(); len(claimed) != 1 {
			t.Fatalf("%d claimed", len(claimed))
		}
		if err := redeliver(t, id)(p.store); !errors.Is(err, webhook.ErrInProgress) {
			t.Errorf("%v", err)
		}
		check(t, p)
	})
	t.Run("WhileItsResultIsWritten", func(t *testing.T) {
		t.Parallel()
		p, id := ended(t)
		p.ok(redeliver(t, id)(p.second.store))
		claimed := slices.Clone(p.second.claim())
		one, two := p.during(func(s *postgres.Store) error {
			_, err := s.Finish(t.Context(), results(claimed))
			return err
		}, redeliver(t, id))
		if one != nil || two != nil {
			t.Errorf("the result: %v; one attempt more: %v", one, two)
		}
		d, err := p.store.Delivery(t.Context(), webhook.DefaultTenant, id)
		p.ok(err)
		if counted := p.count("SELECT redeliveries FROM deliveries"); counted != 2 || len(d.Attempts) != 2 || p.count("SELECT count(*) FROM work") != 1 {
			t.Errorf("%d redeliveries, %d attempts", counted, len(d.Attempts))
		}
	})
}
