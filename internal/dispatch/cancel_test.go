package dispatch_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// cancel does what the API does for a person.
func (e *engine) cancel(id webhook.DeliveryID) {
	e.t.Helper()
	number, err := e.store.Cancel(context.Background(), tenant, id, time.Now())
	if err != nil {
		e.t.Fatal(err)
	}
	e.d.Cancelled(number, id)
}

func TestCancelledDeliveriesAreNotSent(t *testing.T) {
	limits := dispatch.DefaultLimits()
	limits.PerWebhook = 1
	inBubble(t, limits, func(e *engine) {
		e.webhook("a")
		e.sender.on(func(sent) webhook.Attempt {
			pass(500 * time.Millisecond)
			return status(200)
		})
		e.emit(4) // one under way, one in the lane, two in the store
		e.wait(10 * time.Millisecond)
		waiting := e.deliveries()
		slices.Reverse(waiting)
		underWay, cancelled := waiting[0].ID, []webhook.DeliveryID{waiting[1].ID, waiting[3].ID}
		for _, id := range cancelled {
			e.cancel(id)
		}
		e.cancel(underWay)
		e.wait(time.Minute)
		for _, r := range e.sender.requests("a") {
			if slices.Contains(cancelled, r.delivery) {
				t.Errorf("%s was sent although it was cancelled", r.delivery)
			}
		}
		if n := len(e.sender.requests("a")); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
		if n := len(e.deliveries(webhook.StateCancelled)); n != 3 {
			t.Errorf("%d deliveries are cancelled, want 3", n)
		}
		// The attempt that was under way is in the log.
		d, err := e.store.Delivery(context.Background(), tenant, underWay)
		if err != nil || len(d.Attempts) != 1 || d.Attempts[0].Outcome != webhook.OutcomeSucceeded {
			t.Errorf("%v %+v", err, d.Attempts)
		}
		if held := e.d.Stats().Held; held != 0 {
			t.Errorf("%d deliveries are still held", held)
		}
	})
}

// TestAttemptOfACancelledDeliveryIsUnderWayUntilItEnds, however long it takes: until
// then the delivery is not redelivered, so that its result finds its place.
func TestAttemptOfACancelledDeliveryIsUnderWayUntilItEnds(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("slow")
		e.sender.on(func(sent) webhook.Attempt {
			pass(5 * time.Second)
			return status(200)
		})
		e.emit(1)
		e.wait(0)
		id := e.only().ID
		if !e.d.UnderWay(id) || e.d.UnderWay("another") {
			t.Error("the attempt that has just begun is not under way")
		}
		e.wait(2 * time.Second) // it counts as late
		e.cancel(id)
		if !e.d.UnderWay(id) {
			t.Error("the attempt is not under way after the delivery was cancelled")
		}
		e.wait(4 * time.Second)
		if d := e.only(); e.d.UnderWay(id) || d.State != webhook.StateCancelled || len(d.Attempts) != 1 {
			t.Errorf("under way: %t, delivery: %+v", e.d.UnderWay(id), d)
		}
		e.redeliver(id)
		e.wait(6 * time.Second)
		if d := e.only(); d.State != webhook.StateSucceeded || len(d.Attempts) != 2 {
			t.Errorf("redelivered: %+v", d)
		}
	})
}

// A delivery is cancelled and redelivered while its lane asks the store for more: the answer
// has the redelivery, and is no answer from before.
func TestRedeliveryOfWhatWasCancelledDuringAClaimIsSent(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("a")
		e.sender.on(func(s sent) webhook.Attempt {
			if s.number == 1 {
				return status(500)
			}
			return status(200)
		})
		e.emit(1)
		e.wait(100 * time.Millisecond)
		id := e.only().ID
		e.beforeClaim(func() {
			e.cancel(id)
			e.redeliver(id)
		})
		e.wait(time.Minute)
		if d := e.only(); d.State != webhook.StateSucceeded || len(d.Attempts) != 2 {
			t.Errorf("redelivered: %+v", d)
		}
	})
}

// The dispatcher may hear of a cancellation only after the delivery has been redelivered.
func TestLateNewsOfACancellationLeavesTheRedelivery(t *testing.T) {
	limits := dispatch.DefaultLimits()
	limits.PerWebhook = 1
	inBubble(t, limits, func(e *engine) {
		e.webhook("a")
		e.sender.on(func(sent) webhook.Attempt { return status(500) })
		e.emit(1)
		e.wait(100 * time.Millisecond)
		id := e.only().ID
		number, err := e.store.Cancel(context.Background(), tenant, id, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		e.sender.on(func(sent) webhook.Attempt { pass(500 * time.Millisecond); return status(200) })
		e.emit(1)
		e.redeliver(id)
		e.wait(100 * time.Millisecond) // it waits in the lane for the other
		e.d.Cancelled(number, id)
		e.wait(time.Minute)
		e.expect(2, webhook.StateSucceeded)
	})
}

// beforeClaim lets something happen while the dispatcher's next claim is on its way.
func (e *engine) beforeClaim(happen func()) {
	e.faulty.mu.Lock()
	defer e.faulty.mu.Unlock()
	e.faulty.beforeClaim = happen
}

// TestCancelledThroughAnotherProcess: what the store says was cancelled is not sent, and is
// let go, but for the attempt that is under way.
func TestCancelledThroughAnotherProcess(t *testing.T) {
	limits := dispatch.DefaultLimits()
	limits.PerWebhook = 1
	inBubble(t, limits, func(e *engine) {
		e.shutdown()
		e.options.Shared = true
		e.start()
		e.webhook("a")
		e.sender.on(func(sent) webhook.Attempt {
			pass(500 * time.Millisecond)
			return status(200)
		})
		e.emit(2) // one under way, one in the lane
		e.wait(10 * time.Millisecond)
		for _, d := range e.deliveries() {
			number, err := e.store.Cancel(context.Background(), tenant, d.ID, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			e.faulty.mu.Lock()
			e.faulty.cancelled = append(e.faulty.cancelled, store.Cancelled{Webhook: number, Delivery: d.ID})
			e.faulty.mu.Unlock()
		}
		e.d.LookAround()
		e.wait(400 * time.Millisecond)
		if held, released := e.d.Stats().Held, e.faulty.given(); held != 1 || released != 1 {
			t.Errorf("%d deliveries are held, %d let go, want one each", held, released)
		}
		e.wait(time.Minute)
		if n := len(e.sender.requests("a")); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
		if held, released := e.d.Stats().Held, e.faulty.given(); held != 0 || released != 1 {
			t.Errorf("in the end %d deliveries are held, %d let go", held, released)
		}
	})
}
