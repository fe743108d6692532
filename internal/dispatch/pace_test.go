package dispatch_test

import (
	"context"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

var burstLimits = dispatch.Limits{PerWebhook: 4, Burst: 80, Fast: 64, Slow: 64, MaxJobs: 1000, MaxBytes: 1 << 20}

// A lane that has shown that it answers quickly takes a burst in memory; one that is
// unknown does not.
func TestBurstToAProvenLaneStaysInMemory(t *testing.T) {
	inBubble(t, burstLimits, func(e *engine) {
		e.webhook("quick")
		e.wait(time.Second) // it has been looked for in the queue
		for _, want := range []int{2 * burstLimits.PerWebhook, burstLimits.Burst} {
			gate := make(chan struct{})
			e.sender.on(func(sent) webhook.Attempt { <-gate; return status(200) })
			e.emit(100)
			if held := e.d.Stats().Held; held != want {
				t.Errorf("the lane holds %d, want %d", held, want)
			}
			close(gate)
			e.wait(time.Minute)
		}
		e.expect(200, webhook.StateSucceeded)
	})
}

func TestAcceptingWaitsForALaneThatIsMoving(t *testing.T) {
	inBubble(t, burstLimits, func(e *engine) {
		w := e.webhook("quick")
		e.wait(time.Second)
		pace := func() time.Duration {
			began := time.Now()
			e.d.Pace(context.Background(), []store.NewEvent{{Webhooks: []int64{w.Number}}})
			return time.Since(began)
		}
		e.sender.on(func(sent) webhook.Attempt { pass(time.Millisecond); return status(200) })
		e.emit(1)
		e.wait(time.Second)
		if took := pace(); took != 0 {
			t.Errorf("an empty lane held the producer back for %v", took)
		}
		e.emit(60) // of which 10 may stay: after 13 rounds of 4 that take 1 ms each
		if took := pace(); took != 13*time.Millisecond {
			t.Errorf("held back for %v, want 13ms", took)
		}
		e.wait(time.Second)

		e.sender.on(func(sent) webhook.Attempt { pass(900 * time.Millisecond); return status(200) })
		e.emit(60)
		if took := pace(); took != 250*time.Millisecond {
			t.Errorf("held back for %v, want 250ms until it is known that the lane hardly moves", took)
		}
		if took := pace(); took != 0 {
			t.Errorf("a lane that hardly moves held the producer back for %v", took)
		}
		e.emit(60) // more than the lane takes: the rest waits in the store
		if took := pace(); took != 0 {
			t.Errorf("a lane with a backlog held the producer back for %v", took)
		}
		e.wait(time.Hour)
		e.expect(181, webhook.StateSucceeded)
	})
}
