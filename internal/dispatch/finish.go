package dispatch

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// maxUnwritten bounds the results that wait to be written; workers wait
	// beyond it.
	maxUnwritten = 2048
	// maxFinish bounds one call of Finish, so that whatever somebody waits for comes in
	// between. Of many results that have gathered each call takes its part of finishParts:
	// when all is busy, many calls cost more than anybody gains.
	maxFinish   = 24
	finishParts = 8
	// enoughResults are so many that they wait for no others: whoever comes meanwhile waits
	// for the whole commit. One that is no success counts as failureCounts: it changes the
	// queue as well, and of endpoints that hang each lies somewhere else.
	enoughResults = 8
	failureCounts = 2
)

// finish writes results to the store, all that have gathered while the last ones were
// written.
func (d *Dispatcher) finish() {
	batch, sorted := make([]store.Result, 0, maxUnwritten), make([]store.Result, 0, maxUnwritten)
	for first := range d.results {
		batch = d.gather(append(batch[:0], first))
		for len(batch) < maxUnwritten && len(d.results) > 0 {
			batch = append(batch, <-d.results)
		}
		sorted = inOrder(sorted[:0], batch)
		d.write(sorted)
		clear(batch)
		clear(sorted)
	}
}

// inOrder appends the results in the order of their deliveries, which is that of the log, so
// that each call of Finish has a stretch of it: the deliveries of one event lie on the same
// page, and most are written to it together.
func inOrder(to, batch []store.Result) []store.Result {
	order := make([]*store.Result, len(batch)) // results are large, and each moves once
	for i := range batch {
		order[i] = &batch[i]
	}
	slices.SortStableFunc(order, func(a, b *store.Result) int { return strings.Compare(string(a.Job.Delivery), string(b.Job.Delivery)) })
	for _, r := range order {
		to = append(to, *r)
	}
	return to
}

// gather lets few results wait for others: nobody waits for them, their attempts are over,
// and in the commit of an event they would hold it up (ADR-0026).
func (d *Dispatcher) gather(batch []store.Result) []store.Result {
	timer := time.NewTimer(d.ResultsWait)
	defer timer.Stop()
	for d.ResultsWait > 0 && !enough(batch) {
		select {
		case result, open := <-d.results:
			if !open { // by Stop
				return batch
			}
			batch = append(batch, result)
		case <-timer.C:
			return batch
		}
	}
	return batch
}

func enough(results []store.Result) bool {
	count := 0
	for i := range results {
		if results[i].Attempt.Outcome == webhook.OutcomeSucceeded {
			count++
		} else {
			count += failureCounts
		}
	}
	return count >= enoughResults
}

// write keeps trying while the store fails: a result that is lost would be sent
// again.
func (d *Dispatcher) write(batch []store.Result) {
	left := slices.Collect(slices.Chunk(batch, max(maxFinish, len(batch)/finishParts)))
	d.persist("dispatch.results_not_written", len(batch), func() (err error) {
		left, err = d.writeParts(left)
		return err
	})
}

// writeParts writes each part with a call of its own, all at the same time, and returns
// those that could not be written.
func (d *Dispatcher) writeParts(parts [][]store.Result) (failed [][]store.Result, err error) {
	var calls sync.WaitGroup
	var mu sync.Mutex // guards failed and err
	for _, part := range parts {
		calls.Go(func() {
			outcomes, problem := d.Store.Finish(d.attempts, part)
			if problem == nil {
				d.wrote(part, outcomes)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			failed, err = append(failed, part), problem
		})
	}
	calls.Wait()
	return failed, err
}

func (d *Dispatcher) wrote(batch []store.Result, outcomes []error) {
	for i := range batch {
		if err := outcomes[i]; errors.Is(err, webhook.ErrLeaseLost) {
			d.Logger.Warn("dispatch.lease_lost", "delivery", batch[i].Job.Delivery)
			continue
		} else if err != nil { // its lease stays: the next process counts an interruption
			d.Logger.Error("dispatch.result_unwritable", "delivery", batch[i].Job.Delivery, "error", err)
			continue
		}
		if d.Observer != nil {
			d.Observer.Attempted(&batch[i].Job, &batch[i].Attempt, batch[i].Next)
		}
	}
	d.noteRetries(batch, outcomes)
}

// noteRetries tells the lanes when the store will have work for them again.
func (d *Dispatcher) noteRetries(batch []store.Result, outcomes []error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range batch {
		if outcomes[i] == nil && batch[i].Next.State == webhook.StateRetrying {
			d.noteDue(d.lane(batch[i].Job.Webhook), batch[i].Next.DueAt)
			d.nudge()
		}
	}
}

// release gives leases back without an attempt, in the background. Only when they are
// back does the lane hear of them, so that they are claimed again when it may have
// them; until then nothing later overtakes them. The caller holds d.mu.
func (d *Dispatcher) release(jobs []webhook.Job) {
	if len(jobs) == 0 {
		return
	}
	leases := make([]webhook.Lease, len(jobs))
	for i := range jobs {
		leases[i] = jobs[i].Lease
		d.lane(jobs[i].Webhook).returning++
	}
	d.finisher.Go(func() {
		if !d.persist("dispatch.leases_not_returned", len(leases), func() error { return d.Store.Release(d.attempts, leases) }) {
			return
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		for i := range jobs {
			l := d.lane(jobs[i].Webhook)
			l.returning--
			d.noteDue(l, jobs[i].DueAt)
		}
		d.nudge()
	})
}

// letGo tells the store that a delivery which was cancelled is no longer held: until then
// other processes refuse to redeliver it. One that is stopping soon holds nothing at all.
// The caller holds d.mu.
func (d *Dispatcher) letGo(lease webhook.Lease) {
	if !d.Shared || d.stopping {
		return
	}
	d.finisher.Go(func() {
		d.persist("dispatch.leases_not_returned", 1, func() error { return d.Store.Release(d.attempts, []webhook.Lease{lease}) })
	})
}

// persist repeats a call of the store until it succeeds; problem is what it logs
// each time that it does not. It gives up, and returns
// false, only when the dispatcher is abandoned: then it is as after a crash.
func (d *Dispatcher) persist(problem string, count int, call func() error) bool {
	for {
		err := call()
		if err == nil {
			return true
		}
		d.Logger.Error(problem, "count", count, "error", err)
		select {
		case <-d.attempts.Done():
			return false
		case <-time.After(storeRetry):
		}
	}
}
