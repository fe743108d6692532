package dispatch_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// otherType is an event type that the webhooks of webhooks do not want.
const otherType = "User.Deleted"

// webhookFor creates a webhook for one event type.
func (e *engine) webhookFor(name string, eventType webhook.EventType) webhook.Webhook {
	e.t.Helper()
	w := e.webhook(name)
	changed, err := e.reg.Update(context.Background(), tenant, w.ID, func(w *webhook.Webhook) error {
		w.EventTypes = []webhook.EventType{eventType}
		return nil
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return changed
}

func (e *engine) emitBody(body string) {
	e.t.Helper()
	if _, err := e.in.Accept(context.Background(), ingest.Input{Tenant: tenant, Source: "test", Body: []byte(body)}); err != nil {
		e.t.Fatal(err)
	}
}

// wellStarts posts an event to the webhook that is well and measures how long its
// attempt takes to start.
func (e *engine) wellStarts() time.Duration {
	e.t.Helper()
	posted, before := time.Now(), len(e.sender.requests("well"))
	e.emitBody(`{"event":"` + otherType + `"}`)
	for range 1000 {
		e.wait(10 * time.Millisecond)
		if requests := e.sender.requests("well"); len(requests) > before {
			return requests[before].at.Sub(posted)
		}
	}
	e.t.Fatal("no attempt within 10 s")
	return 0
}

// Invariant I6 when endpoints that were well until now stop answering all at once.
func TestProvenOnesThatBeginToHangDelayNobody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hanging, events int
		after           []time.Duration
	}{
		"a few, from idle":     {20, 26, []time.Duration{50 * time.Millisecond}},
		"many":                 {40, 64, []time.Duration{250 * time.Millisecond}},
		"many more, and later": {150, 20, []time.Duration{250 * time.Millisecond, 3 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
				e.webhookFor("well", otherType)
				e.webhooks(c.hanging)
				e.emitBody(`{"event":"` + otherType + `"}`)
				e.emit(1)
				e.wait(5*time.Second + 30*time.Millisecond)
				e.sender.on(hang)
				began := time.Now()
				e.emit(c.events)
				for _, after := range c.after {
					e.wait(time.Until(began.Add(after)))
					if took := e.wellStarts(); took > startsWithin {
						t.Errorf("%v after the others began to hang, an attempt took %v to start", after, took)
					}
				}
				e.sender.on(nil)
			})
		})
	}
}

func TestRestartAmongManyThatHang(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhooks(400)
		e.webhookFor("well", otherType)
		e.sender.on(hang)
		e.emit(5)
		e.wait(time.Second)
		e.crash()
		e.start()
		e.wait(200 * time.Millisecond)
		if took := e.wellStarts(); took > startsWithin {
			t.Errorf("an attempt took %v to start", took)
		}
		e.sender.on(nil)
	})
}

// What starts together times out together: both would take the processor from those that
// are well.
func TestStartsAtManyThatHangAreSpread(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhooks(1000)
		e.sender.on(hang)
		began := time.Now()
		e.emit(1)
		e.wait(2 * time.Second)
		starts := map[time.Duration]int{}
		requests := e.sender.requests("")
		for _, r := range requests {
			starts[r.at.Sub(began).Truncate(50*time.Millisecond)]++
		}
		if len(requests) != 1000 {
			t.Errorf("%d attempts have started, want one for each webhook", len(requests))
		}
		for at, n := range starts {
			// At first nobody knows; then it is 8 every 5 ms.
			if at >= 150*time.Millisecond && n > 100 {
				t.Errorf("%d attempts started in 50 ms, %v after the event", n, at)
			}
		}
		e.sender.on(nil)
	})
}

// Of endpoints that do not answer, most deliveries stay in the store: they would be
// taken, and given back a second later, for nothing.
func TestBacklogsOfManyThatHangAreLeftInTheStore(t *testing.T) {
	limits := dispatch.DefaultLimits()
	inBubble(t, limits, func(e *engine) {
		e.webhooks(300) // more than are written at once: all of them wait in the store
		e.sender.on(hang)
		for range 40 {
			e.emit(1)
		}
		e.wait(500 * time.Millisecond)
		if held := e.d.Stats().Held; held > limits.Fast+2*limits.PerWebhook+300 {
			t.Errorf("%d deliveries are held for 300 webhooks that do not answer", held)
		}
		e.wait(2 * time.Second)
		if given := e.faulty.given(); given > limits.Fast {
			t.Errorf("%d leases were given back", given)
		}
		e.sender.on(nil)
	})
}

// Beside others, a wide event is written in small steps; alone, in as few as may be.
func TestWideEventsStepAside(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhookFor("well", otherType)
		e.emitBody(`{"event":"` + otherType + `"}`)
		e.webhooks(2*store.MaxInlineDeliveries + 1)
		e.wait(time.Second)
		e.emit(1)
		e.wait(time.Second)
		if steps, alone := e.faulty.taken(&e.faulty.steps), []int{0, 0, 0}; !slices.Equal(steps, alone) {
			t.Errorf("alone, steps were of %v rows, want %v (as many as may be)", steps, alone)
		}
		e.emitBody(`{"event":"` + otherType + `"}`)
		e.emit(1)
		e.wait(time.Second)
		if steps := e.faulty.taken(&e.faulty.steps); len(steps) < 9 || steps[0] != 50 {
			t.Errorf("beside another event, steps were of %v rows, want 50", steps)
		}
		e.expect(2*(2*store.MaxInlineDeliveries+1)+2, webhook.StateSucceeded)
	})
}

// While wide events are expanded one after the other, the attempts of the first begin, in
// order with the small ones between them.
func TestWideEventsBeginWhileOthersAreExpanded(t *testing.T) {
	limits := dispatch.DefaultLimits()
	limits.PerWebhook = 1 // so that attempts can be told apart by their order
	inBubble(t, limits, func(e *engine) {
		const events = 60
		if _, err := e.reg.Create(context.Background(), webhook.Webhook{
			Tenant: tenant, Name: "both", EventTypes: []webhook.EventType{eventType, otherType}, URL: "https://both.example.com/", Enabled: true,
		}); err != nil {
			t.Fatal(err)
		}
		e.webhooks(store.MaxInlineDeliveries)
		rest := make(chan struct{})
		e.faulty.mu.Lock()
		e.faulty.beforeStep = func(steps int) {
			if steps == events/2 { // two for each wide one
				<-rest
			}
		}
		e.faulty.mu.Unlock()
		var batch []string
		for i := range events {
			batch = append(batch, fmt.Sprintf(`{"event":"%s","n":%d}`, []string{string(eventType), otherType}[i%2], i))
		}
		if _, err := e.in.AcceptBatch(context.Background(), ingest.Input{Tenant: tenant, Source: "test", Body: []byte("[" + strings.Join(batch, ",") + "]")}); err != nil {
			t.Fatal(err)
		}
		e.wait(time.Second)
		if len(e.sender.requests("both")) == 0 {
			t.Error("no attempt has begun while others are still to be expanded")
		}
		close(rest)
		e.wait(time.Minute)
		e.expect(events/2*(store.MaxInlineDeliveries+2), webhook.StateSucceeded)
		for i, r := range e.sender.requests("both") {
			if want := fmt.Sprintf(`"n":%d,`, i); !strings.Contains(r.body, want) {
				t.Fatalf("attempt %d is of %s, want the events in order", i, r.body)
			}
		}
	})
}

// Of endpoints that do not answer a page is for a quarter of what it may be for.
func TestPagesAreForFewThatAreNotProven(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhooks(2*store.MaxInlineDeliveries + 1) // all of them wait in the store
		e.sender.on(hang)
		for range 40 {
			e.emit(1)
		}
		e.wait(2 * time.Second)
		if got := slices.Max(e.faulty.taken(&e.faulty.pages)); got != 16 {
			t.Errorf("a page for up to %d webhooks, want 16", got)
		}
		e.sender.on(nil)
	})
}

// Of endpoints that answer a page is for many, although each may hold as much as a page
// brings.
func TestPagesAreForManyThatAreProven(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		const many = 128
		e.webhooks(many)
		e.sender.on(func(s sent) webhook.Attempt {
			if s.number == 1 {
				return status(500)
			}
			return status(200)
		})
		e.emit(1)
		e.wait(500 * time.Millisecond)
		_, _ = e.faulty.taken(&e.faulty.pages), e.faulty.taken(&e.faulty.asked)
		e.wait(time.Minute) // all retries are due at the same time
		e.expect(many, webhook.StateSucceeded)
		if got := e.faulty.taken(&e.faulty.pages); !slices.Equal(got, []int{64, 64}) {
			t.Errorf("pages for %v webhooks, want two for 64", got)
		}
		if got := e.faulty.taken(&e.faulty.asked); !slices.Equal(got, []int{512, 512}) {
			t.Errorf("pages of %v deliveries, want 512 shared out", got)
		}
	})
}

// Of many results that have gathered, each call takes its part.
func TestManyResultsGoInFewCalls(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("busy")
		e.emit(1)
		e.wait(time.Second)
		if got := slices.Max(e.faulty.taken(&e.faulty.parts)); got != 1 {
			t.Errorf("a lone result in a call of %d", got)
		}
		e.faulty.failNext(4) // for a second
		e.emit(801)
		e.wait(time.Minute)
		if got := slices.Max(e.faulty.taken(&e.faulty.parts)); got <= 24 || got > 801/8 {
			t.Errorf("calls of up to %d results, want about an eighth of 800", got)
		}
		e.expect(802, webhook.StateSucceeded)
	})
}

// Few results wait for others; when they are many they do not, and neither does Stop. Half
// as many are many if they are failures.
func TestFewResultsWaitForOthers(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.shutdown()
		e.options.ResultsWait = time.Hour
		e.start()
		e.webhook("quick")
		written := func(want ...int) {
			t.Helper()
			if got := e.faulty.taken(&e.faulty.parts); !slices.Equal(got, want) {
				t.Errorf("calls of %v results, want %v", got, want)
			}
		}
		e.emit(7)
		e.wait(59 * time.Minute)
		written()
		e.emit(1)
		e.wait(time.Minute)
		written(8)
		e.emit(1)
		e.wait(59 * time.Minute)
		written()
		e.wait(2 * time.Minute)
		written(1)
		e.sender.on(func(sent) webhook.Attempt { return status(404) })
		e.emit(3)
		e.wait(59 * time.Minute)
		written()
		e.emit(1)
		e.wait(time.Minute)
		written(4)
		e.sender.on(func(sent) webhook.Attempt { return status(200) })
		e.emit(1)
		synctest.Wait()
		began := time.Now()
		e.shutdown()
		written(1)
		if took := time.Since(began); took > 0 {
			t.Errorf("Stop took %v", took)
		}
	})
}

// What has gathered is written in the order of acceptance, whichever ended first.
func TestResultsAreWrittenInTheOrderOfTheLog(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.shutdown()
		e.options.ResultsWait = time.Minute
		e.start()
		e.webhook("one")
		e.webhook("other")
		var begun atomic.Int64
		e.sender.on(func(sent) webhook.Attempt {
			pass(time.Duration(6-begun.Add(1)) * time.Millisecond) // the later, the sooner
			return status(200)
		})
		for range 3 {
			e.emit(1)
			synctest.Wait()
		}
		e.wait(2 * time.Minute)
		e.expect(6, webhook.StateSucceeded)
		if got := e.faulty.taken(&e.faulty.parts); !slices.Equal(got, []int{6}) {
			t.Fatalf("calls of %v results, want one of 6", got)
		}
		if !slices.IsSorted(e.faulty.finished) {
			t.Errorf("written in the order %v", e.faulty.finished)
		}
	})
}

func TestSmallestPool(t *testing.T) {
	inBubble(t, dispatch.Limits{PerWebhook: 64, Fast: 1, Slow: 1, MaxJobs: 1, MaxBytes: 1}, func(e *engine) {
		e.webhook("only")
		e.emit(3)
		e.wait(time.Hour)
		e.expect(3, webhook.StateSucceeded)
	})
}

func TestStopEndsThoughTheStoreFails(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("done")
		e.wait(time.Second)
		e.faulty.breakDown()
		e.emit(1)
		e.wait(time.Second) // the attempt has ended, its result cannot be written
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		began := time.Now()
		if err := e.d.Stop(ctx); err == nil {
			t.Error("a result that was not written is no error")
		}
		if took := time.Since(began); took > 16*time.Second {
			t.Errorf("stopping took %v", took)
		}
		e.end()
	})
}

func TestDrainThatRunsOutReturnsWhatWasNotSent(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhook("hanging")
		e.sender.on(hang)
		e.emit(100)
		e.wait(20 * time.Millisecond)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := e.d.Stop(ctx); err == nil {
			t.Error("attempts were abandoned without an error")
		}
		before := map[webhook.DeliveryID]bool{}
		for _, r := range e.sender.requests("") {
			before[r.delivery] = true
		}
		e.end()
		e.sender.on(nil)
		e.start()
		e.wait(time.Hour)
		e.expect(100, webhook.StateSucceeded)
		for _, d := range e.deliveries() {
			if interrupted := d.Attempts[0].Outcome == webhook.OutcomeInterrupted; interrupted != before[d.ID] {
				t.Errorf("delivery %s, sent before: %v, shows as interrupted: %v", d.ID, before[d.ID], interrupted)
			}
		}
	})
}

func TestWaitingForTheStoreIsNotTheEndpointsTime(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhooks(30)
		e.emit(1)
		e.wait(time.Second)
		e.sender.on(func(sent) webhook.Attempt { pass(time.Millisecond); return status(200) })
		e.faulty.failNext(12) // for three seconds
		e.emit(100)
		e.wait(2 * time.Second)
		if s := e.d.Stats(); s.InFlightSlow > 0 {
			t.Errorf("%+v: attempts count as slow though every endpoint answered in 1 ms", s)
		}
		e.wait(time.Hour)
		e.expect(101*30, webhook.StateSucceeded)
	})
}

func TestDeliveriesOfDifferentSizesKeepTheirOrder(t *testing.T) {
	limits := dispatch.Limits{PerWebhook: 1, Fast: 64, Slow: 64, MaxJobs: 1000, MaxBytes: 4000}
	inBubble(t, limits, func(e *engine) {
		e.webhook("ordered")
		e.emit(1)
		e.wait(time.Second)
		e.sender.on(func(sent) webhook.Attempt { pass(time.Millisecond); return status(200) })
		big := strings.Repeat("x", 3940) // there is no room for it beside the first
		batch := `[{"event":"User.Created","n":1},{"event":"User.Created","n":2,"x":"` + big + `"},{"event":"User.Created","n":3}]`
		if _, err := e.in.AcceptBatch(context.Background(), ingest.Input{Tenant: tenant, Source: "test", Body: []byte(batch)}); err != nil {
			t.Fatal(err)
		}
		e.wait(time.Minute)
		for i, r := range e.sender.requests("")[1:] {
			if want := `{"event":"User.Created","n":` + string(rune('1'+i)); !strings.HasPrefix(r.body, want) {
				t.Errorf("request %d is %.40s", i+1, r.body)
			}
		}
	})
}

func TestFailedCommitDoesNotForgetARetry(t *testing.T) {
	limits := dispatch.Limits{PerWebhook: 4, Fast: 64, Slow: 64, MaxJobs: 1000, MaxBytes: 1 << 20}
	inBubble(t, limits, func(e *engine) {
		w := e.webhook("retried")
		e.sender.on(func(s sent) webhook.Attempt {
			if s.number == 1 {
				return status(500)
			}
			return status(200)
		})
		e.emit(1)
		e.wait(100 * time.Millisecond)
		jobs := make([]webhook.Job, 2*limits.PerWebhook)
		for i := range jobs {
			if !e.d.Reserve(w.Number, 10) {
				t.Fatal("no room")
			}
			jobs[i] = webhook.Job{Webhook: w.Number, Weight: 10}
		}
		e.wait(2 * time.Second) // the retry falls due while the commit is under way
		e.d.Aborted(jobs)
		e.wait(time.Minute)
		e.expect(1, webhook.StateSucceeded)
	})
}

// A payload is in memory once, however many webhooks it is on its way to.
func TestBodiesShareTheirPayload(t *testing.T) {
	inBubble(t, dispatch.DefaultLimits(), func(e *engine) {
		e.webhooks(20)
		e.wait(time.Second)
		e.emitBody(`{"event":"User.Created","x":"` + strings.Repeat("x", 1000) + `"}`)
		e.wait(time.Second)
		requests := e.sender.requests("")
		if len(requests) != 20 {
			t.Fatalf("%d requests, want 20", len(requests))
		}
		for _, r := range requests {
			if &r.shared[0] != &requests[0].shared[0] {
				t.Fatal("two requests of one event have payloads of their own")
			}
		}
	})
}
