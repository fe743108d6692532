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
	if d.stopping {
		return
	}
	for f := d.slots.next(time.Now()); f != nil; f = d.slots.next(time.Now()) {
		d.workers.Go(func() { d.work(f) })
	}
}

// work makes attempts for as long as there is one whose turn it is.
func (d *Dispatcher) work(f *flight) {
	for f != nil {
		result, ok := d.attempt(&f.job)
		if ok {
			d.results <- result
		}
		f = d.landed(f)
	}
}

// landed gives back the place of an attempt and returns the next one to make.
func (d *Dispatcher) landed(f *flight) *flight {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slots.end(f, now)
	d.wantPage(f.lane)
	if len(d.paging) > 0 {
		d.nudge()
	}
	if d.stopping {
		return nil
	}
	return d.slots.next(now)
}

// attempt makes one attempt with the settings of this moment and decides what
// follows. ok is false if there is nothing to write: the lease went back.
func (d *Dispatcher) attempt(job *webhook.Job) (result store.Result, ok bool) {
	w, found := d.Webhooks.Webhook(job.Webhook)
	if !found || !w.Active() {
		d.release([]webhook.Job{*job})
		return result, false
	}
	a := d.send(job, w)
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
	return d.Sender.Send(d.attempts, webhook.Request{
		Delivery: job.Delivery, URL: w.URL, Headers: w.Headers, SigningKey: w.SigningKey,
		Body: job.Payload.Body(w.ID), Number: job.Attempt, Trigger: job.Trigger(),
	})
}
