package node_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/node"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// nodes is a store whose leases can be lost.
type nodes struct {
	joined atomic.Int64
	lost   atomic.Bool
}

func (n *nodes) Join(context.Context, time.Time) (int64, error) { return n.joined.Add(1), nil }

func (n *nodes) Renew(context.Context, int64, bool) (store.Renewal, error) {
	if n.lost.Swap(false) {
		return store.Renewal{}, webhook.ErrLeaseLost
	}
	return store.Renewal{Processes: 1}, nil
}

func (n *nodes) Leave(context.Context, int64) error { return nil }

func (n *nodes) Tell(context.Context, string) error { return nil }

func (n *nodes) Listen(ctx context.Context, _ func(string)) error {
	<-ctx.Done()
	return ctx.Err()
}

// engine calls rejoined.
type engine struct{ rejoined func(process int64) }

func (e engine) Rejoined(process int64) { e.rejoined(process) }
func (e engine) Renewed(int)            {}

// While the engine does not know the new number nothing may be leased under it: what is
// handed over under another number is nobody's as long as this process lives.
func TestEngineHearsOfTheNewNumberFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nodes := &nodes{}
		n, err := node.Join(t.Context(), node.Options{
			Store: nodes, Shared: true, Clock: clock.NewCorrected(clock.System{}), Logger: slog.New(slog.DiscardHandler), Changed: func() {},
		})
		if err != nil {
			t.Fatal(err)
		}
		before := n.Process()
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		type heard struct{ number, held int64 }
		told := make(chan heard, 1)
		go func() {
			defer close(done)
			n.Run(ctx, engine{func(process int64) { told <- heard{process, n.Process()} }})
		}()
		nodes.lost.Store(true)
		got := <-told
		synctest.Wait()
		if got.number == before || got.held != before || n.Process() != got.number {
			t.Errorf("told of %d while leases are held under %d, which was %d before; then %d", got.number, got.held, before, n.Process())
		}
		end()
		<-done
	})
}

// table is the processes of a database that is shared, in virtual time.
type table struct {
	mu    sync.Mutex
	until map[int64]time.Time // of those that have not ended
	last  int64
	gone  bool // the database is out of reach
}

var errGone = errors.New("the database is gone")

func (t *table) Join(context.Context, time.Time) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone {
		return 0, errGone
	}
	t.last++
	t.until[t.last] = time.Now().Add(store.LeaseFor)
	return t.last, nil
}

func (t *table) Renew(_ context.Context, process int64, _ bool) (store.Renewal, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone {
		return store.Renewal{}, errGone
	}
	if _, is := t.until[process]; !is {
		return store.Renewal{}, webhook.ErrLeaseLost
	}
	t.until[process] = time.Now().Add(store.LeaseFor)
	ended := 0
	for number, until := range t.until {
		if until.Before(time.Now()) {
			delete(t.until, number)
			ended++
		}
	}
	return store.Renewal{Processes: len(t.until), Ended: ended}, nil
}

func (t *table) Leave(_ context.Context, process int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.until, process)
	return nil
}

func (t *table) Tell(context.Context, string) error { return nil }

func (t *table) Listen(ctx context.Context, _ func(string)) error {
	<-ctx.Done()
	return ctx.Err()
}

// reach takes the database away or gives it back, to nodes that others have ended where
// their time was over.
func (t *table) reach(gone bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gone = gone
	maps.DeleteFunc(t.until, func(_ int64, until time.Time) bool { return until.Before(time.Now()) })
}

// member is a node that runs; share is the number of processes it has heard of last.
type member struct {
	*node.Node
	share   atomic.Int64
	changed atomic.Int64 // how often it was told to look around
	kill    func()
}

func (m *member) Rejoined(int64)        {}
func (m *member) Renewed(processes int) { m.share.Store(int64(processes)) }

func (t *table) start(tb testing.TB) *member {
	tb.Helper()
	m := &member{}
	var err error
	m.Node, err = node.Join(tb.Context(), node.Options{
		Store: t, Shared: true, Clock: clock.NewCorrected(clock.System{}), Logger: slog.New(slog.DiscardHandler),
		Changed: func() { m.changed.Add(1) }, Missed: func() {}, Heard: func(string) {},
	})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, end := context.WithCancel(tb.Context())
	done := make(chan struct{})
	go func() { defer close(done); m.Run(ctx, m) }()
	m.kill = sync.OnceFunc(func() { end(); <-done })
	return m
}

// TestKilledNodeIsTakenOverWithinTenSeconds kills a node at any moment between two of its
// renewals.
func TestKilledNodeIsTakenOverWithinTenSeconds(t *testing.T) {
	t.Parallel()
	for after := time.Duration(0); after <= 4*time.Second; after += 250 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			shared := &table{until: map[int64]time.Time{}}
			killed := shared.start(t)
			<-time.After(700 * time.Millisecond)
			other := shared.start(t)
			defer other.kill()
			<-time.After(time.Minute + after)
			killed.kill()
			before := other.changed.Load()
			<-time.After(10 * time.Second)
			synctest.Wait()
			if other.changed.Load() == before {
				t.Errorf("killed %v into a minute, it is not taken over within 10 s", after)
			}
			if other.share.Load() != 1 {
				t.Errorf("the other one still counts %d processes", other.share.Load())
			}
		})
	}
}

// TestNumberOfProcessesIsKnownWithinTwoSeconds is about how the attempts of a webhook are
// shared out: a node that has joined begins with its share, and the others have given
// theirs up two seconds later.
func TestNumberOfProcessesIsKnownWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := &table{until: map[int64]time.Time{}}
		var members []*member
		for n := range 5 {
			<-time.After(time.Duration(300*n) * time.Millisecond)
			m := shared.start(t)
			defer m.kill()
			members = append(members, m)
			synctest.Wait()
			if got := m.share.Load(); got != int64(n+1) {
				t.Errorf("number %d begins as one of %d", n+1, got)
			}
		}
		<-time.After(2 * time.Second)
		synctest.Wait()
		for i, m := range members {
			if got := m.share.Load(); got != 5 {
				t.Errorf("after 2 s number %d still counts %d processes", i+1, got)
			}
		}
	})
}

// TestNodeThatIsCutOff starts no attempt from 4 s after its last renewal on, which is two
// seconds before others may take over, and is back within 5 s of the database.
func TestNodeThatIsCutOff(t *testing.T) {
	t.Parallel()
	for away := time.Second; away <= 20*time.Second; away += 300 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			shared := &table{until: map[int64]time.Time{}}
			m := shared.start(t)
			defer m.kill()
			<-time.After(10 * time.Second)
			synctest.Wait()
			shared.reach(true)
			cut := time.Now()
			for time.Since(cut) < away {
				<-time.After(100 * time.Millisecond)
				shared.mu.Lock()
				left := time.Until(shared.until[m.Process()])
				shared.mu.Unlock()
				if m.Alive() && left < 2*time.Second {
					t.Fatalf("%v before its leases end it still starts attempts", left)
				}
			}
			shared.reach(false)
			<-time.After(5 * time.Second)
			synctest.Wait()
			if !m.Alive() {
				t.Errorf("5 s after the database has come back it starts no attempts; it was away for %v", away)
			}
		})
	}
}
