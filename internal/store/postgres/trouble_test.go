package postgres_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/testkit/pgtest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// account is a handoff that keeps what it is given.
type account struct {
	reserved, aborted int
	jobs              []webhook.Job
}

func (a *account) Reserve(int64, int) bool    { a.reserved++; return true }
func (a *account) Committed(h store.Handed)   { a.jobs = append(a.jobs, h.Jobs...) }
func (a *account) Aborted(jobs []webhook.Job) { a.aborted += len(jobs) }

// scene is a store with a webhook and a process that has joined.
type scene struct {
	t       *testing.T
	store   *postgres.Store
	process int64
	number  int64
	to      *account
}

func newScene(t *testing.T, options postgres.Options) *scene {
	t.Helper()
	s := &scene{t: t, store: open(t, options), to: &account{}}
	var err error
	s.process, err = s.store.Join(t.Context(), storetest.Start)
	s.ok(err)
	w, err := s.store.CreateWebhook(t.Context(), webhook.Webhook{
		ID: "w", Tenant: webhook.DefaultTenant, Name: "orders", EventTypes: []webhook.EventType{"*"},
		URL: "https://example.com/in", Enabled: true, CreatedAt: storetest.Start, UpdatedAt: storetest.Start,
	})
	s.ok(err)
	s.number = w.Number
	return s
}

func (s *scene) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) params(webhooks ...int64) store.AcceptParams {
	s.t.Helper()
	version, err := s.store.RegistryVersion(s.t.Context())
	s.ok(err)
	return store.AcceptParams{
		Tenant: webhook.DefaultTenant, AcceptedAt: storetest.Start, RegistryVersion: version, Process: s.process, Handoff: s.to,
		Events: []store.NewEvent{{
			Type: "User.Created", Payload: webhook.Payload{Posted: []byte(`{"a":1}`), Composer: webhook.ComposerVersion}, Webhooks: webhooks,
		}},
	}
}

func (s *scene) events() int {
	s.t.Helper()
	found, err := s.store.Events(s.t.Context(), store.EventQuery{Tenant: webhook.DefaultTenant, Limit: 1000})
	s.ok(err)
	return len(found)
}

func (s *scene) claim() []webhook.Job {
	s.t.Helper()
	claimed, err := s.store.Claim(s.t.Context(), store.ClaimParams{
		Process: s.process, Now: storetest.Start.Add(time.Hour), MaxBytes: 1 << 20, Lanes: []store.ClaimLane{{Webhook: s.number, Limit: 100}},
	})
	s.ok(err)
	return claimed[0].Jobs
}

func success(job webhook.Job) store.Result {
	return store.Result{
		Job: job, Next: webhook.Next{State: webhook.StateSucceeded},
		Attempt: webhook.Attempt{
			Number: job.Attempt, Trigger: webhook.TriggerEvent, StartedAt: storetest.Start, Duration: time.Millisecond, Outcome: webhook.OutcomeSucceeded, Status: 200,
		},
	}
}

// proxied is a scene whose store goes through a proxy.
func proxied(t *testing.T, k *kit) (*scene, *pgtest.Proxy) {
	t.Helper()
	options, name := k.options(t)
	proxy := k.cluster.NewProxy(t)
	options.DSN = proxy.DSN(name)
	options.Patience = 2 * time.Second
	return newScene(t, options), proxy
}

// TestAnswerOfACommitIsLost cuts the connection between a commit and its answer. The
// database knows what became of it, and is asked.
func TestAnswerOfACommitIsLost(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	t.Run("Accept", func(t *testing.T) {
		t.Parallel()
		s, proxy := proxied(t, k)
		p := s.params(s.number)
		swallowed := proxy.Swallow(1)
		accepted, err := s.store.Accept(t.Context(), p)
		s.ok(err)
		<-swallowed
		if s.events() != 1 || len(s.to.jobs) != 1 || s.to.aborted != s.to.reserved-1 {
			t.Errorf("%d events, %d handed over, %d of %d aborted", s.events(), len(s.to.jobs), s.to.aborted, s.to.reserved)
		}
		if e, err := s.store.Event(t.Context(), webhook.DefaultTenant, accepted[0].ID); err != nil || e.Deliveries != 1 {
			t.Errorf("event %+v, %v", e, err)
		}
	})
	t.Run("Finish", func(t *testing.T) {
		t.Parallel()
		s, proxy := proxied(t, k)
		_, err := s.store.Accept(t.Context(), s.params(s.number))
		s.ok(err)
		swallowed := proxy.Swallow(1)
		outcomes, err := s.store.Finish(t.Context(), []store.Result{success(s.to.jobs[0])})
		s.ok(err)
		<-swallowed
		if outcomes[0] != nil {
			t.Errorf("the result is refused: %v", outcomes[0])
		}
	})
	t.Run("Claim", func(t *testing.T) {
		t.Parallel()
		s, proxy := proxied(t, k)
		p := s.params(s.number)
		p.Handoff = nil
		_, err := s.store.Accept(t.Context(), p)
		s.ok(err)
		swallowed := proxy.Swallow(1)
		jobs := s.claim()
		<-swallowed
		if len(jobs) != 1 || jobs[0].Claims != 1 {
			t.Errorf("claimed %+v", jobs)
		}
	})
}

// TestNobodyKnowsWhetherItWasCommitted loses the answer of a commit and the database
// with it. The caller is told that it failed; once the database is back, what it did
// after all is not left in nobody's hands.
func TestNobodyKnowsWhetherItWasCommitted(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	lose := func(proxy *pgtest.Proxy, call func() error) error {
		lost := proxy.Lose()
		err := call()
		<-lost
		return err
	}
	t.Run("Accept", func(t *testing.T) {
		t.Parallel()
		s, proxy := proxied(t, k)
		p := s.params(s.number)
		err := lose(proxy, func() error { _, err := s.store.Accept(t.Context(), p); return err })
		if !errors.Is(err, webhook.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		if _, err := s.store.Accept(t.Context(), p); !errors.Is(err, webhook.ErrUnavailable) {
			t.Fatalf("while the database is gone: %v", err)
		}
		proxy.Refuse(false)
		s.retry(func() error { _, err := s.store.Accept(t.Context(), p); return err })
		// The lost one was stored and handed over in its order.
		if s.events() != 2 || len(s.to.jobs) != 2 || s.to.jobs[0].Delivery > s.to.jobs[1].Delivery {
			t.Errorf("%d events, handed over: %+v", s.events(), s.to.jobs)
		}
	})
	t.Run("Claim", func(t *testing.T) {
		t.Parallel()
		s, proxy := proxied(t, k)
		p := s.params(s.number)
		p.Handoff = nil
		_, err := s.store.Accept(t.Context(), p)
		s.ok(err)
		err = lose(proxy, func() error {
			_, err := s.store.Claim(t.Context(), store.ClaimParams{
				Process: s.process, Now: storetest.Start, MaxBytes: 1 << 20, Lanes: []store.ClaimLane{{Webhook: s.number, Limit: 100}},
			})
			return err
		})
		if !errors.Is(err, webhook.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		proxy.Refuse(false)
		s.retry(func() error { return s.store.Release(t.Context(), nil) })
		// The lease that nobody knew of was given back, which is no interruption.
		jobs := s.claim()
		if len(jobs) != 1 || jobs[0].Claims != 2 || jobs[0].Interruptions != 0 {
			t.Errorf("claimed %+v", jobs)
		}
	})
}

// retry repeats a call until the database is back.
func (s *scene) retry(call func() error) {
	s.t.Helper()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	limit := time.After(20 * time.Second)
	for {
		err := call()
		if err == nil {
			return
		}
		if !errors.Is(err, webhook.ErrUnavailable) {
			s.t.Fatal(err)
		}
		select {
		case <-poll.C:
		case <-limit:
			s.t.Fatalf("the database is not found again: %v", err)
		}
	}
}

// TestDatabaseIsRestarted kills the database between calls: idle connections that have
// died do no harm, and what was answered is there.
func TestDatabaseIsRestarted(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	options, _ := k.options(t)
	s := newScene(t, options)
	p := s.params(s.number)
	_, err := s.store.Accept(t.Context(), p)
	s.ok(err)
	k.cluster.Kill()
	if _, err := s.store.Accept(t.Context(), p); !errors.Is(err, webhook.ErrUnavailable) {
		t.Fatalf("while the database is gone: %v", err)
	}
	if err := s.store.Ping(t.Context()); !errors.Is(err, webhook.ErrUnavailable) {
		t.Fatalf("ping while the database is gone: %v", err)
	}
	k.cluster.Run(t)
	s.retry(func() error { _, err := s.store.Accept(t.Context(), p); return err })
	s.ok(s.store.Ping(t.Context()))
	if s.events() != 2 || len(s.to.jobs) != 2 {
		t.Errorf("%d events, %d handed over", s.events(), len(s.to.jobs))
	}
	outcomes, err := s.store.Finish(t.Context(), []store.Result{success(s.to.jobs[0]), success(s.to.jobs[1])})
	if s.ok(err); outcomes[0] != nil || outcomes[1] != nil {
		t.Errorf("results are refused: %v", outcomes)
	}
}

// TestDatabaseStandsStill stops all processes of the database: new events are refused
// after Patience at the latest, and what waited is written or refused once it goes on.
func TestDatabaseStandsStill(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	options, _ := k.options(t)
	options.Patience = 500 * time.Millisecond
	s := newScene(t, options)
	p := s.params(s.number)
	_, err := s.store.Accept(t.Context(), p)
	s.ok(err)
	k.cluster.Signal(t, syscall.SIGSTOP)
	first := make(chan error, 1)
	go func() { _, err := s.store.Accept(t.Context(), p); first <- err }()
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for s.store.Waiting() == 0 { // until it is on its way
		<-poll.C
	}
	if _, err := s.store.Accept(t.Context(), p); !errors.Is(err, webhook.ErrUnavailable) {
		t.Errorf("while the database stands still: %v", err)
	}
	k.cluster.Signal(t, syscall.SIGCONT)
	s.retry(func() error { _, err := s.store.Accept(t.Context(), p); return err })
	want := 2
	if err := <-first; err == nil {
		want = 3
	}
	if got := s.events(); got != want || len(s.to.jobs) != want {
		t.Errorf("%d events, %d handed over, want %d", got, len(s.to.jobs), want)
	}
}
