package node_test

import (
	"context"
	"log/slog"
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
