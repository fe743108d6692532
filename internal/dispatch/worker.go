package dispatch

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// startWorkers starts as many attempts as may start. The caller holds d.mu.
func (d *Dispatcher) startWorkers() {
	if !d.mayStart() {
		return
	}
	now := time.Now()
	for f := d.next(now); f != nil; f = d.next(now) {
		d.workers.Go(func() { d.work(f) })
	}
}

// mayStart says whether attempts may start at all. The caller holds d.mu.
func (d *Dispatcher) mayStart() bool { return !d.stopping && (d.Alive == nil || d.Alive()) }

// next starts the attempt whose turn it is, if any. The caller holds d.mu.
func (d *Dispatcher) next(now time.Time) *flight {
	f := d.slots.next(now)
	if f != nil {
		select {
		case d.busy <- struct{}{}:
		default:
		}
	}
	return f
}

// work makes attempts for as long as there is one whose turn it is.
func (d *Dispatcher) work(f *flight) {
	for f != nil {
		if result, ok := d.attempt(f); ok {
			d.hand(f, result)
		}
		f = d.landed(f)
	}
}

// hand gives a result to be written. While results wait, so do workers; that is not
// the endpoint's time.
func (d *Dispatcher) hand(f *flight, result store.Result) {
	select {
	case d.results <- result:
	default:
		d.mu.Lock()
		d.slots.settle(f, time.Now())
		d.mu.Unlock()
		d.results <- result
	}
}

// landed gives back the place of an attempt and returns the next one to make.
func (d *Dispatcher) landed(f *flight) *flight {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slots.end(f, now)
	f.lane.endedSince++
	d.measure(f.lane)
	d.wantPage(f.lane)
	if len(d.paging) > 0 {
		d.nudge()
	}
	if !d.mayStart() {
		return nil
	}
	next := d.next(now)
	d.startWorkers() // the end of a late attempt lets its lane start many
	return next
}

// attempt makes one attempt with the settings of this moment and decides what
// follows. ok is false if there is nothing to write: the lease went back.
func (d *Dispatcher) attempt(f *flight) (result store.Result, ok bool) {
	job := &f.job
	w, found := d.Webhooks.Webhook(job.Webhook)
	if !found || !w.Active() {
		d.mu.Lock()
		d.release([]webhook.Job{*job})
		d.mu.Unlock()
		return result, false
	}
	f.sent = job.Interruptions < webhook.MaxInterruptions
	a := d.send(job, w)
	f.answered = a.Status > 0
	a.By = job.AskedBy
	if d.attempts.Err() != nil {
		return result, false // abandoned: nobody knows how it ended
	}
	result = store.Result{Job: *job, Attempt: a, Next: d.Policy.Next(*job, &a, w.Retries, d.Random())}
	if _, found := d.Webhooks.Webhook(job.Webhook); !found && result.Next.State == webhook.StateRetrying {
		result.Next.State, result.CancelReason = webhook.StateCancelled, webhook.CancelWebhookDeleted
	}
	if job.Interruptions >= webhook.MaxInterruptions {
		result.Next = webhook.Next{State: webhook.StateFailed, RetriesUsed: job.RetriesUsed}
		if job.Ended != "" {
			result.Next.State = job.Ended
		}
	}
	return result, true
}

func (d *Dispatcher) send(job *webhook.Job, w *webhook.Webhook) (a webhook.Attempt) {
	if job.Interruptions >= webhook.MaxInterruptions {
		return webhook.Attempt{
			Number: job.Attempt, Trigger: job.Trigger(), StartedAt: d.Clock.Now(),
			Outcome: webhook.OutcomeInterrupted, Reason: webhook.ReasonInterrupted,
			Detail: fmt.Sprintf("Handed out %d times without a result.", job.Interruptions),
		}
	}
	started := d.Clock.Now()
	defer func() {
		if problem := recover(); problem != nil {
			d.Logger.Error("attempt.panicked", "delivery", job.Delivery, "panic", fmt.Sprint(problem), "stack", string(debug.Stack()))
			a = webhook.Attempt{
				Number: job.Attempt, Trigger: job.Trigger(), StartedAt: started, Duration: d.Clock.Now().Sub(started),
				Outcome: webhook.OutcomeFailed, Reason: webhook.ReasonInternal, Detail: "Tidings itself failed; its log says more.",
			}
		}
	}()
	shared, own := job.Payload.Split(w.ID)
	return d.Sender.Send(d.attempts, webhook.Request{
		Delivery: job.Delivery, URL: w.URL, Headers: w.Headers, SigningKey: w.SigningKey,
		Body: shared, Tail: own, Number: job.Attempt, Trigger: job.Trigger(),
	})
}
