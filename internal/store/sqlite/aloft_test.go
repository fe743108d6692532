package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

// keeper is a handoff that keeps what it is given, as far as it has room.
type keeper struct {
	room func() bool
	jobs []webhook.Job
}

func (k *keeper) Reserve(int64, int) bool  { return k.room() }
func (k *keeper) Committed(h store.Handed) { k.jobs = append(k.jobs, h.Jobs...) }
func (k *keeper) Aborted([]webhook.Job)    {}

// life is a database over several processes, and what is to become of its deliveries.
type life struct {
	t       testing.TB
	random  *rand.Rand
	path    string
	store   *sqlite.Store
	process int64
	hand    keeper
	former  []webhook.Job
	hooks   []int64
	// failing makes every commit fail.
	failing atomic.Bool
	// open are the deliveries without an end state, by their number, with their
	// identifier once it is known; ended counts the others.
	open  map[int64]webhook.DeliveryID
	ended int
}

func newLife(tb testing.TB, empty []byte, seed uint64, webhooks int) *life {
	tb.Helper()
	l := &life{t: tb, random: rand.New(rand.NewPCG(seed, 0)), path: filepath.Join(tb.TempDir(), "tidings.db"), open: map[int64]webhook.DeliveryID{}}
	if err := os.WriteFile(l.path, empty, 0o600); err != nil {
		tb.Fatal(err)
	}
	l.begin()
	for i := range webhooks {
		l.hooks = append(l.hooks, createWebhook(tb, l.store, fmt.Sprint(i)))
	}
	return l
}

// begin starts a process.
func (l *life) begin() {
	l.t.Helper()
	var err error
	if l.store, err = sqlite.Open(context.Background(), sqlite.Options{Path: l.path, Fault: l.fault}); err != nil {
		l.t.Fatal(err)
	}
	if l.process, err = l.store.Join(context.Background(), time.Now()); err != nil {
		l.t.Fatal(err)
	}
	l.former = append(l.former, l.hand.jobs...)
	l.hand = keeper{room: func() bool { return l.random.IntN(4) > 0 }}
}

func (l *life) fault(string) error {
	if l.failing.Load() {
		return errors.New("injected")
	}
	return nil
}

// fail lets commits fail, which must leave everything as it was.
func (l *life) fail() {
	l.t.Helper()
	l.failing.Store(true)
	defer l.failing.Store(false)
	p := acceptParams(l.t, l.store, l.hooks...)
	p.Process, p.Handoff, p.AcceptedAt = l.process, &l.hand, time.Now()
	if _, err := l.store.Accept(context.Background(), p); err == nil {
		l.t.Fatal("accepted although the commit failed")
	}
	if _, err := l.store.Deliveries(context.Background(), store.DeliveryQuery{Tenant: webhook.DefaultTenant, Limit: 10}); err != nil {
		l.t.Fatalf("what cannot be written cannot be read: %v", err)
	}
	if len(l.hand.jobs) == 0 {
		return
	}
	job := l.hand.jobs[0]
	if _, err := l.store.Finish(context.Background(), []store.Result{{Job: job, Next: webhook.Next{State: webhook.StateSucceeded}}}); err == nil {
		l.t.Fatal("finished although the commit failed")
	}
	if err := l.store.Release(context.Background(), []webhook.Lease{job.Lease}); err == nil {
		l.t.Fatal("given back although the commit failed")
	}
}

// crash ends the process with nothing but what is in the file, and begins another.
func (l *life) crash() {
	l.t.Helper()
	l.end()
	l.begin()
}

func (l *life) end() {
	l.t.Helper()
	if err := l.store.Close(); err != nil {
		l.t.Fatal(err)
	}
}

func (l *life) accept() {
	l.t.Helper()
	p := acceptParams(l.t, l.store, l.hooks...)
	p.Process, p.Handoff, p.AcceptedAt = l.process, &l.hand, time.Now()
	known := len(l.hand.jobs)
	accepted, err := l.store.Accept(context.Background(), p)
	if err != nil {
		l.t.Fatal(err)
	}
	number, _, _ := webhook.ParseID(string(accepted[0].ID))
	for i := range l.hooks {
		l.open[number+1+int64(i)] = ""
	}
	for _, job := range l.hand.jobs[known:] {
		l.note(job.Delivery)
	}
}

// note checks that a delivery is open and has kept its identifier.
func (l *life) note(id webhook.DeliveryID) {
	l.t.Helper()
	number, _, _ := webhook.ParseID(string(id))
	before, open := l.open[number]
	if !open || before != "" && before != id {
		l.t.Fatalf("%s: open %t, before it was called %q", id, open, before)
	}
	l.open[number] = id
}

// take removes some job from the hand.
func (l *life) take(from *[]webhook.Job) (webhook.Job, bool) {
	if len(*from) == 0 {
		return webhook.Job{}, false
	}
	i := l.random.IntN(len(*from))
	job := (*from)[i]
	*from = slices.Delete(*from, i, i+1)
	return job, true
}

func (l *life) finish(job webhook.Job, state webhook.State) error {
	l.t.Helper()
	a := webhook.Attempt{
		Number: job.Attempt, Trigger: job.Trigger(), StartedAt: time.Now(), Duration: time.Millisecond,
		Outcome: webhook.OutcomeSucceeded, Status: 200,
	}
	outcomes, err := l.store.Finish(context.Background(), []store.Result{{Job: job, Attempt: a, Next: webhook.Next{State: state, DueAt: time.Now()}}})
	if err != nil {
		l.t.Fatal(err)
	}
	return outcomes[0]
}

func (l *life) finishSome() {
	l.t.Helper()
	job, found := l.take(&l.hand.jobs)
	if !found {
		return
	}
	state := []webhook.State{webhook.StateSucceeded, webhook.StateSucceeded, webhook.StateFailed, webhook.StateRetrying}[l.random.IntN(4)]
	if err := l.finish(job, state); err != nil {
		l.t.Fatalf("finish %s: %v", job.Delivery, err)
	}
	if state.Ended() {
		number, _, _ := webhook.ParseID(string(job.Delivery))
		delete(l.open, number)
		l.ended++
	}
}

func (l *life) finishLate() {
	l.t.Helper()
	if job, found := l.take(&l.former); found {
		if err := l.finish(job, webhook.StateSucceeded); !errors.Is(err, webhook.ErrLeaseLost) {
			l.t.Fatalf("a result of an earlier process: %v", err)
		}
	}
}

func (l *life) release() {
	l.t.Helper()
	if job, found := l.take(&l.hand.jobs); found {
		if err := l.store.Release(context.Background(), []webhook.Lease{job.Lease}); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *life) claim() {
	l.t.Helper()
	p := store.ClaimParams{Process: l.process, Now: time.Now(), MaxBytes: 1 << 20}
	for _, w := range l.hooks {
		p.Lanes = append(p.Lanes, store.ClaimLane{Webhook: w, Limit: 1 + l.random.IntN(20)})
	}
	claimed, err := l.store.Claim(context.Background(), p)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, c := range claimed {
		for _, job := range c.Jobs {
			l.note(job.Delivery)
			if slices.ContainsFunc(l.hand.jobs, func(j webhook.Job) bool { return j.Delivery == job.Delivery }) {
				l.t.Fatalf("%s is handed out twice", job.Delivery)
			}
		}
		l.hand.jobs = append(l.hand.jobs, c.Jobs...)
	}
}

// look reads the list of what is open, and one by one.
func (l *life) look() {
	l.t.Helper()
	found, err := l.store.Deliveries(context.Background(), store.DeliveryQuery{
		Tenant: webhook.DefaultTenant, States: []webhook.State{webhook.StatePending, webhook.StateRetrying}, Limit: 10_000,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, d := range found {
		l.note(d.ID)
	}
	if len(found) != len(l.open) {
		l.t.Fatalf("%d deliveries are open, want %d", len(found), len(l.open))
	}
	unfinished, err := l.store.Unfinished(context.Background())
	if err != nil || unfinished.Deliveries != int64(len(l.open)) {
		l.t.Fatalf("%d deliveries are counted, want %d: %v", unfinished.Deliveries, len(l.open), err)
	}
}

func (l *life) lookAtOne() {
	l.t.Helper()
	for _, number := range slices.Sorted(maps.Keys(l.open)) {
		if id := l.open[number]; id != "" && l.random.IntN(3) == 0 {
			if found, err := l.store.DeliveriesByNumber(context.Background(), []int64{number}); err != nil || len(found) != 1 || found[0].ID != id {
				l.t.Fatalf("%s by its number: %v, %v", id, found, err)
			}
			if d, err := l.store.Delivery(context.Background(), webhook.DefaultTenant, id); err != nil || d.State.Ended() {
				l.t.Fatalf("%s is %s: %v", id, d.State, err)
			}
			return
		}
	}
}

func (l *life) cancel() {
	l.t.Helper()
	job, found := l.take(&l.hand.jobs)
	if !found {
		return
	}
	if _, err := l.store.Cancel(context.Background(), webhook.DefaultTenant, job.Delivery, time.Now()); err != nil {
		l.t.Fatal(err)
	}
	number, _, _ := webhook.ParseID(string(job.Delivery))
	delete(l.open, number)
	l.ended++
}

// expire removes what ended before now, and must leave the rest.
func (l *life) expire() {
	l.t.Helper()
	now := time.Now()
	if _, _, err := l.store.Expire(context.Background(), store.ExpireParams{Now: now, Before: now, Limit: 50}); err != nil {
		l.t.Fatal(err)
	}
}

// Whatever happens between, after a crash exactly those deliveries are handed out again
// that have no end state, under the identifiers they had.
func TestNothingAloftIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	empty := emptyDatabase(t)
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newLife(t, empty, seed, 1+int(seed%3))
				defer l.end()
				steps := []func(){
					l.accept, l.accept, l.accept, l.accept, l.finishSome, l.finishSome, l.finishSome, l.finishSome, l.finishSome, l.claim,
					l.release, l.finishLate, l.look, l.lookAtOne, l.cancel, l.expire, l.crash, l.fail,
					func() { <-time.After(time.Duration(l.random.IntN(900)) * time.Millisecond) },
					func() { <-time.After(time.Duration(l.random.IntN(900)) * time.Millisecond) },
				}
				for range 150 {
					steps[l.random.IntN(len(steps))]()
				}
				l.crash()
				<-time.After(time.Hour)
				for before := -1; before != len(l.hand.jobs); {
					before = len(l.hand.jobs)
					l.claim()
				}
				if len(l.hand.jobs) != len(l.open) || l.ended == 0 {
					t.Errorf("%d deliveries are handed out after the crash, want %d; %d had ended", len(l.hand.jobs), len(l.open), l.ended)
				}
				l.look()
			})
		})
	}
}

// What has been aloft for a second gets its row with the next commit, and the place to
// look after a crash moves on behind what has come down, but no further.
func TestAloftComesDownInTime(t *testing.T) {
	t.Parallel()
	empty := emptyDatabase(t)
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, empty, 1, 1)
		defer l.end()
		l.hand.room = func() bool { return true }
		count := func(query string) (n int64) {
			if err := l.store.Writing().QueryRowContext(context.Background(), query).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		l.accept()
		if rows := count("SELECT count(*) FROM work"); rows != 0 {
			t.Errorf("%d rows in the queue at once", rows)
		}
		<-time.After(2 * time.Second)
		l.accept()
		if rows := count("SELECT count(*) FROM work"); rows != 1 {
			t.Errorf("%d rows in the queue after two seconds, want that of the first", rows)
		}
		<-time.After(2 * time.Second)
		for range 2 {
			l.accept()
			job := l.hand.jobs[len(l.hand.jobs)-1]
			if err := l.finish(job, webhook.StateSucceeded); err != nil {
				t.Fatal(err)
			}
		}
		second, _, _ := webhook.ParseID(string(l.hand.jobs[1].Event))
		if first := count("SELECT first FROM aloft"); first <= second {
			t.Errorf("after a crash one would look from %d on, behind %d all is settled", first, second)
		}
		if rows := count("SELECT count(*) FROM work"); rows != 2 {
			t.Errorf("%d rows in the queue, want those of the first two", rows)
		}
	})
}

func (l *life) count(query string, args ...any) (n int64) {
	l.t.Helper()
	if err := l.store.Writing().QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		l.t.Fatal(err)
	}
	return n
}

// A commit that fails, as on a full disk, does not keep what ends later for ever.
func TestRetentionGoesOnAfterAFailedCommit(t *testing.T) {
	t.Parallel()
	empty := emptyDatabase(t)
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, empty, 1, 1)
		defer l.end()
		l.hand.room = func() bool { return true }
		l.accept()
		l.fail()
		if err := l.finish(l.hand.jobs[0], webhook.StateSucceeded); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour)
		l.expire()
		l.expire()
		if left := l.count("SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM deliveries)"); left != 0 {
			t.Errorf("%d rows are left of what ended an hour ago", left)
		}
	})
}

// A commit that happened although it was called failed is made good as soon as one
// knows.
func TestCommitThatWasCalledFailed(t *testing.T) {
	t.Parallel()
	empty := emptyDatabase(t)
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, empty, 1, 1)
		defer l.end()
		l.hand.room = func() bool { return true }
		l.fail()
		// What the commit would have left.
		number := webhook.NumberAt(time.Now()) + 100_000
		packed := append([]byte{1, byte(2 * l.hooks[0])}, "abcdefghijk"...)
		if _, err := l.store.Writing().ExecContext(context.Background(), `INSERT INTO events (number, suffix, tenant, type, accepted_at, source, composer,
			payload, deliveries, unmatched, expanded, aloft) SELECT ?, 'abcdefghijk', number, 'A', ?, '', 1, '{}', 1, '', 0, ? FROM tenants`,
			number, time.Now().UnixMilli(), packed); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour)
		l.expire()
		l.open[number+1] = ""
		l.claim()
		if n := len(l.hand.jobs); n != 1 {
			t.Fatalf("%d deliveries are handed out, want that of the commit", n)
		}
		if unfinished, err := l.store.Unfinished(context.Background()); err != nil || unfinished.Deliveries != 1 {
			t.Errorf("%d deliveries are counted: %v", unfinished.Deliveries, err)
		}
	})
}

// When a tenant is deleted the log goes first. A crash between does not bring back what
// it held.
func TestCrashWhileATenantIsRemoved(t *testing.T) {
	t.Parallel()
	empty := emptyDatabase(t)
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, empty, 1, 0)
		defer l.end()
		l.hand.room = func() bool { return true }
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ctx := context.Background()
		check(l.store.CreateTenant(ctx, webhook.Tenant{ID: "other"}))
		w, err := l.store.CreateWebhook(ctx, webhook.Webhook{ID: "theirs", Tenant: "other", Enabled: true})
		check(err)
		p := acceptParams(t, l.store, w.Number)
		p.Tenant, p.Process, p.Handoff, p.AcceptedAt = "other", l.process, &l.hand, time.Now()
		_, err = l.store.Accept(ctx, p)
		check(err)
		check(l.finish(l.hand.jobs[0], webhook.StateSucceeded))
		check(l.store.DeleteTenant(ctx, "other", time.Now()))
		_, err = l.store.PurgeTenants(ctx, l.process, 1000)
		check(err)
		if l.count("SELECT count(*) FROM webhooks") != 0 || l.count("SELECT count(*) FROM events") != 1 {
			t.Fatal("this is not between the steps")
		}
		l.crash()
		if rows := l.count("SELECT count(*) FROM work"); rows != 0 {
			t.Errorf("%d rows in the queue of a webhook that is gone", rows)
		}
	})
}

// What is accepted after a start lies where one looks after a crash, also if everything
// that took the numbers before is gone.
func TestNumbersBeginWhereOneLooks(t *testing.T) {
	t.Parallel()
	empty := emptyDatabase(t)
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, empty, 1, 1)
		defer l.end()
		l.hand.room = func() bool { return true }
		ahead := webhook.NumberAt(time.Now().Add(time.Hour))
		if _, err := l.store.Writing().ExecContext(context.Background(), "UPDATE aloft SET first = ?", ahead); err != nil {
			t.Fatal(err)
		}
		l.crash()
		l.hand.room = func() bool { return true }
		l.accept()
		l.crash()
		l.claim()
		if n := len(l.hand.jobs); n != 1 {
			t.Errorf("%d deliveries are handed out after the crash, want 1", n)
		}
	})
}
