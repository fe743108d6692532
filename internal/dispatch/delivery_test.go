package dispatch_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestAcceptedEventIsDeliveredWithoutPolling(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("well")
		accepted := time.Now()
		e.emit(1)
		e.wait(0)
		requests := e.sender.requests("well")
		if len(requests) != 1 || !requests[0].at.Equal(accepted) {
			t.Fatalf("requests = %+v, want one at the instant of acceptance", requests)
		}
		d := e.only()
		if d.State != webhook.StateSucceeded || d.ID != requests[0].delivery {
			t.Errorf("delivery = %+v, want it succeeded under the identifier that was sent", d)
		}
	})
}

// Rows 41 and 46 of the misbehaving endpoints (docs/misbehaviour.md).
func TestRetriesFollowTheSchedule(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []int
		state   webhook.State
	}{
		"B41 fails every time":                {[]int{500, 502, 503, 599}, webhook.StateFailed},
		"B46 fails three times, then answers": {[]int{500, 500, 500, 200}, webhook.StateSucceeded},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
				e.webhook("flaky")
				e.sender.on(func(s sent) webhook.Attempt { return status(c.answers[s.number-1]) })
				began := time.Now()
				e.emit(1)
				e.wait(10 * time.Minute)

				requests := e.sender.requests("")
				if len(requests) != 4 {
					t.Fatalf("%d requests, want 4", len(requests))
				}
				for i, after := range []time.Duration{0, time.Second, 31 * time.Second, 331 * time.Second} {
					if got := requests[i].at.Sub(began); got < after || got > after+10*time.Millisecond {
						t.Errorf("attempt %d after %v, want %v", i+1, got, after)
					}
					if requests[i].body != requests[0].body || requests[i].delivery != requests[0].delivery {
						t.Errorf("attempt %d differs from the first in body or webhook-id", i+1)
					}
				}
				d := e.only() // one log entry
				if d.State != c.state || len(d.Attempts) != 4 {
					t.Errorf("state %s with %d attempts, want %s with 4", d.State, len(d.Attempts), c.state)
				}
				for i, a := range d.Attempts {
					if a.Number != i+1 || a.Status != c.answers[i] {
						t.Errorf("attempt %d is logged as number %d with status %d", i+1, a.Number, a.Status)
					}
				}
			})
		})
	}
}

func TestRetryAfterIsHonouredWithinBounds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ asked, want time.Duration }{
		"never sooner than the schedule": {0, time.Second},
		"later":                          {time.Minute, time.Minute},
		"at most an hour":                {48 * time.Hour, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
				e.webhook("busy")
				e.sender.on(func(s sent) webhook.Attempt {
					a := status(503)
					if s.number > 1 {
						return status(200)
					}
					a.RetryAfter = &c.asked
					return a
				})
				began := time.Now()
				e.emit(1)
				e.wait(2 * time.Hour)
				requests := e.sender.requests("")
				if len(requests) != 2 || requests[1].at.Sub(began).Round(10*time.Millisecond) != c.want {
					t.Errorf("requests = %v, want a second after %v", requests, c.want)
				}
			})
		})
	}
}

func TestWebhookCapsItsRetries(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		w := e.webhook("once")
		none := 0
		if _, err := e.reg.Update(context.Background(), tenant, w.ID, func(w *webhook.Webhook) error { w.Retries = &none; return nil }); err != nil {
			t.Fatal(err)
		}
		e.sender.on(func(sent) webhook.Attempt { return status(500) })
		e.emit(1)
		e.wait(time.Hour)
		if n := len(e.sender.requests("")); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
		e.expect(1, webhook.StateFailed)
	})
}

func TestSettingsAreThoseOfTheAttempt(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		w := e.webhook("before")
		e.sender.on(func(s sent) webhook.Attempt {
			if s.number == 1 {
				return status(500)
			}
			return status(200)
		})
		e.emit(1)
		e.wait(0)
		if _, err := e.reg.Update(context.Background(), tenant, w.ID, func(w *webhook.Webhook) error {
			w.URL = "https://after.example.com/"
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		e.wait(time.Minute)
		if n := len(e.sender.requests("after")); n != 1 {
			t.Errorf("%d retries at the new URL, want 1", n)
		}
	})
}

func TestDisabledWebhookHoldsItsDeliveries(t *testing.T) {
	inBubble(t, dispatch.Limits{PerWebhook: 1, Fast: 8, Slow: 8, MaxJobs: 100, MaxBytes: 1 << 20}, func(e *engine) {
		w := e.webhook("pausing")
		e.sender.on(func(s sent) webhook.Attempt {
			if s.number == 1 {
				pass(100 * time.Millisecond)
				return status(500)
			}
			return status(200)
		})
		e.emit(5)
		e.wait(50 * time.Millisecond) // the first is under way
		e.enable(w.ID, false)
		e.wait(time.Hour)
		if n := len(e.sender.requests("")); n != 1 {
			t.Errorf("%d requests while disabled, want only the one under way", n)
		}
		e.expect(5, webhook.StateHeld)

		e.enable(w.ID, true)
		e.wait(time.Hour)
		e.expect(5, webhook.StateSucceeded)
	})
}

func (e *engine) enable(id webhook.ID, enabled bool) {
	e.t.Helper()
	if _, err := e.reg.Update(context.Background(), tenant, id, func(w *webhook.Webhook) error { w.Enabled = enabled; return nil }); err != nil {
		e.t.Fatal(err)
	}
}

func TestDeletedWebhookCancelsItsDeliveries(t *testing.T) {
	inBubble(t, dispatch.Limits{PerWebhook: 1, Fast: 8, Slow: 8, MaxJobs: 100, MaxBytes: 1 << 20}, func(e *engine) {
		w := e.webhook("leaving")
		e.sender.on(func(sent) webhook.Attempt { pass(100 * time.Millisecond); return status(500) })
		e.emit(3)
		e.wait(50 * time.Millisecond)
		if err := e.reg.Delete(context.Background(), tenant, w.ID); err != nil {
			t.Fatal(err)
		}
		e.wait(time.Second)
		if _, err := e.store.CancelDeleted(context.Background(), time.Now(), e.d.Process, 100); err != nil {
			t.Fatal(err)
		}
		e.wait(time.Hour)
		if n := len(e.sender.requests("")); n != 1 {
			t.Errorf("%d requests, want only the one under way when the webhook went", n)
		}
		e.expect(3, webhook.StateCancelled)
		for _, d := range e.deliveries() {
			if d.CancelReason != webhook.CancelWebhookDeleted {
				t.Errorf("cancelled because of %q", d.CancelReason)
			}
		}
	})
}

func TestRedelivery(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("mended")
		e.sender.on(func(s sent) webhook.Attempt {
			if s.number <= 4 {
				return status(500)
			}
			return status(200)
		})
		e.emit(1)
		e.wait(time.Hour)
		e.expect(1, webhook.StateFailed)

		e.redeliver(e.only().ID)
		e.wait(0)
		d := e.only()
		if d.State != webhook.StateSucceeded || len(d.Attempts) != 5 || d.Attempts[4].Trigger != webhook.TriggerManual {
			t.Errorf("delivery = %+v, want a manual fifth attempt that succeeded", d)
		}
	})
}

func TestRedeliveryBringsARetryForward(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("failing")
		e.sender.on(func(sent) webhook.Attempt { return status(500) })
		began := time.Now()
		e.emit(1)
		e.wait(10 * time.Second) // the second retry is due after 31 s
		e.redeliver(e.only().ID)
		e.wait(0)
		if n := len(e.sender.requests("")); n != 3 {
			t.Fatalf("%d requests, want the redelivery at once", n)
		}
		e.wait(time.Hour)
		requests := e.sender.requests("")
		if len(requests) != 5 {
			t.Fatalf("%d requests, want all three retries besides the redelivery", len(requests))
		}
		if after := requests[3].at.Sub(began).Round(time.Second); after != 31*time.Second {
			t.Errorf("the retry after the redelivery came after %v, want 31 s as before", after)
		}
	})
}

func (e *engine) redeliver(id webhook.DeliveryID) {
	e.t.Helper()
	number, err := e.store.Redeliver(context.Background(), tenant, id, time.Now(), "")
	if err != nil {
		e.t.Fatal(err)
	}
	e.d.Wake(number)
}

func TestPanicIsAnInternalFailure(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("cursed")
		e.sender.on(func(s sent) webhook.Attempt {
			if s.number == 1 {
				panic("poison")
			}
			return status(200)
		})
		e.emit(1)
		e.wait(time.Minute)
		d := e.only()
		if d.State != webhook.StateSucceeded || len(d.Attempts) != 2 || d.Attempts[0].Reason != webhook.ReasonInternal {
			t.Errorf("delivery = %+v, want an internal failure and a retry", d)
		}
	})
}

func TestWideEventReachesEveryWebhookInOrder(t *testing.T) {
	limits := dispatch.DefaultLimits()
	limits.PerWebhook = 1 // so that attempts can be told apart by their order
	inBubble(t, limits, func(e *engine) {
		const webhooks = 2*store.MaxInlineDeliveries + 50
		e.webhooks(webhooks)
		e.emit(3)
		e.wait(time.Minute)
		e.expect(3*webhooks, webhook.StateSucceeded)
		bodies := map[string][]string{}
		for _, r := range e.sender.requests("") {
			bodies[r.host] = append(bodies[r.host], r.body[:len(`{"event":"User.Created","n":0`)])
		}
		if len(bodies) != webhooks {
			t.Errorf("%d webhooks were reached, want %d", len(bodies), webhooks)
		}
		for host, got := range bodies {
			for i, body := range got {
				if want := `{"event":"User.Created","n":` + strconv.Itoa(i); body != want {
					t.Fatalf("%s got %v, want the events in order", host, got)
				}
			}
		}
	})
}

// Row 50: an endpoint that fails every other time. Health is exactly what the
// endpoint saw.
func TestB50_HealthOfAFlappingEndpointIsExact(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		w := e.webhook("flapping")
		var mu sync.Mutex
		requests, answered := 0, map[webhook.DeliveryID]bool{}
		e.sender.on(func(s sent) webhook.Attempt {
			mu.Lock()
			defer mu.Unlock()
			if requests++; requests%2 == 0 || s.number == 4 && requests%3 == 0 {
				return status(500)
			}
			answered[s.delivery] = true
			return status(200)
		})
		e.emit(300)
		e.wait(time.Hour)
		health, err := e.store.Health(context.Background(), []int64{w.Number}, time.Now().Add(-webhook.HealthWindow))
		if err != nil {
			t.Fatal(err)
		}
		want := webhook.Health{RequestCount: 300, SuccessCount: len(answered)}
		if health[w.Number] != want {
			t.Errorf("health = %+v, want %+v", health[w.Number], want)
		}
		if requests <= 300 {
			t.Errorf("%d requests for 300 deliveries: nothing was retried", requests)
		}
	})
}

// Row 47: an answer that comes after the deadline. The retry carries the same
// webhook-id, so that the receiver can tell.
func TestB47_LateAnswerIsRetriedUnderTheSameID(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("late")
		e.sender.on(func(s sent) webhook.Attempt {
			if s.number == 1 {
				pass(10 * time.Second)
				return webhook.Attempt{Outcome: webhook.OutcomeFailed, Reason: webhook.ReasonTimeout, Phase: webhook.PhaseHeaders}
			}
			return status(200)
		})
		e.emit(1)
		e.wait(time.Minute)
		requests := e.sender.requests("")
		if len(requests) != 2 || requests[0].delivery != requests[1].delivery {
			t.Errorf("requests = %+v, want two under one identifier", requests)
		}
	})
}
