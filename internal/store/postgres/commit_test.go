package postgres

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/testkit/pgtest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// TestCommitOfAFailedTransactionFails lets a call hide that a statement of it failed: the
// COMMIT undoes what the others have written, and must not be taken for one.
func TestCommitOfAFailedTransactionFails(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	well := &call{run: func(t *tx, _ *call) error {
		_, err := t.exec("UPDATE registry_version SET version = version + 1")
		return err
	}}
	hiding := &call{run: func(t *tx, c *call) error {
		_, err := t.exec("SELECT 1 / 0")
		return c.refuse(err)
	}}
	if err := s.writer.bulk.try([]*call{well, hiding}); !errors.Is(err, errRolledBack) {
		t.Fatalf("the commit that undid everything: %v", err)
	}
	if err := s.writer.bulk.try([]*call{well}); err != nil {
		t.Fatalf("the next one: %v", err)
	}
	if version, err := s.RegistryVersion(t.Context()); err != nil || version != 1 {
		t.Errorf("version %d after one commit: %v", version, err)
	}
}

// TestTransactionThatTheDatabaseDoesNotKnow asks for one that was never begun there, as
// after a change to a copy that had fallen behind.
func TestTransactionThatTheDatabaseDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	became, err := s.decide("4000000000", decideWithin)
	if err != nil || became != aborted {
		t.Errorf("it became %d: %v", became, err)
	}
}

// TestWriterUsesIndexesFromTheStart looks at what the writer reads of a queue that is
// nearly empty, when its statements are planned: the plans are kept, and have to do for one
// of a million deliveries.
func TestWriterUsesIndexesFromTheStart(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	ctx, now := t.Context(), s.options.Clock.Now()
	process, err := s.Join(ctx, now)
	if err != nil {
		t.Fatal(err)
	}
	to := &taking{}
	acceptHere(t, s, store.AcceptParams{Process: process, Handoff: to}, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
	if _, err := s.write.Exec(ctx, "ANALYZE work"); err != nil { // as autovacuum does
		t.Fatal(err)
	}
	scans := -1
	looking := &call{run: func(t *tx, _ *call) error {
		_, err := t.row("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'work'", nil, &scans)
		return err
	}}
	for i, job := range to.jobs {
		next := webhook.Next{State: webhook.StateSucceeded}
		if i%2 == 0 {
			next = webhook.Next{State: webhook.StateRetrying, DueAt: now}
		}
		attempt := webhook.Attempt{Number: 1, StartedAt: now, Outcome: webhook.OutcomeSucceeded}
		finishing := &finishing{results: []store.Result{{Job: job, Attempt: attempt, Next: next}}, outcomes: make([]error, 1)}
		if err := s.writer.background.try([]*call{{finish: finishing}, looking}); err != nil || finishing.outcomes[0] != nil {
			t.Fatal(err, finishing.outcomes)
		}
		if scans != 0 {
			t.Fatalf("result %d: the queue was read %d times from end to end", i, scans)
		}
	}
}

// TestLoneEventsPassOtherCommits accepts an event while a large call, or a result, is being
// committed.
func TestLoneEventsPassOtherCommits(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]func(ctx context.Context, s *Store) error{
		"Large": func(ctx context.Context, s *Store) error { return s.Release(ctx, make([]webhook.Lease, smallRows+1)) },
		"Result": func(ctx context.Context, s *Store) error {
			_, err := s.Finish(ctx, make([]store.Result, 1))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onItsOwn(t)
			reached, release := make(chan struct{}), make(chan struct{})
			var held atomic.Bool
			s.options.Fault = func(string) error {
				if held.CompareAndSwap(false, true) { // others pass
					close(reached)
					<-release
				}
				return nil
			}
			ended := make(chan error, 1)
			go func() { ended <- other(t.Context(), s) }()
			<-reached
			event := store.NewEvent{Type: "User.Created", Payload: webhook.Payload{Posted: []byte(`{}`)}}
			if _, err := s.Accept(t.Context(), store.AcceptParams{Tenant: webhook.DefaultTenant, AcceptedAt: s.options.Clock.Now(), Events: []store.NewEvent{event}}); err != nil {
				t.Errorf("beside the other commit: %v", err)
			}
			close(release)
			if err := <-ended; err != nil {
				t.Errorf("the other one: %v", err)
			}
		})
	}
}

// taking takes whatever is handed over.
type taking struct{ jobs []webhook.Job }

func (h *taking) Reserve(int64, int) bool       { return true }
func (h *taking) Committed(handed store.Handed) { h.jobs = append(h.jobs, handed.Jobs...) }
func (h *taking) Aborted([]webhook.Job)         {}

func onItsOwn(t *testing.T) *Store {
	t.Helper()
	cluster := pgtest.Start(t)
	s, err := Open(t.Context(), Options{DSN: cluster.DSN(cluster.Database(t, ""))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // nothing is under way
	return s
}

// acceptHere accepts an event of now that goes to the webhooks.
func acceptHere(t *testing.T, s *Store, p store.AcceptParams, webhooks ...int64) {
	t.Helper()
	p.Tenant, p.AcceptedAt = webhook.DefaultTenant, s.options.Clock.Now()
	p.Events = []store.NewEvent{{Type: "User.Created", Payload: webhook.Payload{Posted: []byte(`{}`)}, Webhooks: webhooks}}
	if _, err := s.Accept(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

// TestRefusedResultLeavesTheOthers has one result that the database refuses among others.
func TestRefusedResultLeavesTheOthers(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	ctx, now := t.Context(), s.options.Clock.Now()
	process, err := s.Join(ctx, now)
	if err != nil {
		t.Fatal(err)
	}
	handed := &taking{}
	acceptHere(t, s, store.AcceptParams{Process: process, Handoff: handed}, make([]int64, smallRows/2+1)...)
	results := make([]store.Result, len(handed.jobs))
	for i, job := range handed.jobs {
		results[i] = store.Result{Job: job, Next: webhook.Next{State: webhook.StateSucceeded}, Attempt: webhook.Attempt{Number: 1, Trigger: webhook.TriggerEvent, StartedAt: now, Outcome: webhook.OutcomeSucceeded, Status: 200}}
	}
	const odd = 3
	results[odd].Attempt.Reason = "\x00"
	outcomes, err := s.Finish(ctx, results)
	if err != nil {
		t.Fatal(err)
	}
	for i, outcome := range outcomes {
		if (outcome != nil) != (i == odd) {
			t.Errorf("result %d: %v", i, outcome)
		}
	}
}

// TestRowOfOneWhoHasJoinedSinceIsNotFree has a statement wait for a row that a process takes
// which joins meanwhile.
func TestRowOfOneWhoHasJoinedSinceIsNotFree(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	ctx, now := t.Context(), s.options.Clock.Now()
	acceptHere(t, s, store.AcceptParams{}, 1)
	taking, _ := begun(t, s.write)
	if _, err := taking.Exec(ctx, "SELECT FROM work FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	found := make(chan []int64, 1)
	go func() {
		rows, err := s.write.Query(ctx, "SELECT w.number FROM work w WHERE "+free+" FOR UPDATE")
		if err != nil {
			t.Error(err)
		}
		numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			t.Error(err)
		}
		found <- numbers
	}()
	awaitLock(t, s)
	process, err := s.Join(ctx, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := taking.Exec(ctx, "UPDATE work SET process = $1", process); err != nil {
		t.Fatal(err)
	}
	if err := taking.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if numbers := <-found; len(numbers) > 0 {
		t.Errorf("%v counts as free", numbers)
	}
}
