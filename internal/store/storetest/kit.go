package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// kit is a harness with a process that has joined, and the short ways to set a
// scene. Its methods end the test on an error.
type kit struct {
	*Harness
	store.Store
	t       testing.TB
	process int64
}

func newKit(t testing.TB, h *Harness) *kit {
	k := &kit{Harness: h, Store: h.Store, t: t}
	k.join()
	return k
}

func (k *kit) ctx() context.Context { return k.t.Context() }

func (k *kit) now() time.Time { return k.Clock.Now() }

func (k *kit) ok(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// join is the start of a process after the end of all former ones.
func (k *kit) join() {
	k.t.Helper()
	if k.Void != nil {
		k.Void(k.t)
	}
	process, err := k.Join(k.ctx(), k.now())
	k.ok(err)
	k.process = process
}

// kill goes on with a new process on the same data; the former one has not closed
// its store, and none of its results come any more.
func (k *kit) kill() {
	k.t.Helper()
	k.Store = k.Another(k.t)
	k.join()
}

// reopen goes on with a new process after the former one has closed its store.
func (k *kit) reopen() {
	k.t.Helper()
	k.ok(k.Store.Close())
	k.kill()
}

// another is a kit for a second process beside this one.
func (k *kit) another() *kit {
	k.t.Helper()
	second := *k
	second.kill()
	return &second
}

func (k *kit) newWebhook(change ...func(*webhook.Webhook)) webhook.Webhook {
	k.t.Helper()
	id, err := webhook.NewID(rand.Reader)
	k.ok(err)
	w := webhook.Webhook{
		ID: id, Tenant: webhook.DefaultTenant, Name: "orders", EventTypes: []webhook.EventType{"User.Created"},
		URL: "https://example.com/in?token=a%20b", SigningKey: "0123456789abcdef0123456789abcdef", Enabled: true,
		CreatedAt: k.now(), UpdatedAt: k.now(),
	}
	for _, c := range change {
		c(&w)
	}
	return w
}

func (k *kit) webhook(change ...func(*webhook.Webhook)) webhook.Webhook {
	k.t.Helper()
	w, err := k.CreateWebhook(k.ctx(), k.newWebhook(change...))
	k.ok(err)
	return w
}

func (k *kit) webhooks(n int) []int64 {
	k.t.Helper()
	numbers := make([]int64, n)
	var creating sync.WaitGroup
	for i := range n {
		creating.Go(func() {
			w, err := k.CreateWebhook(k.ctx(), k.newWebhook())
			if err != nil {
				k.t.Error(err)
			}
			numbers[i] = w.Number
		})
	}
	creating.Wait()
	slices.Sort(numbers)
	return numbers
}

func (k *kit) update(w webhook.Webhook, change func(*webhook.Webhook)) webhook.Webhook {
	k.t.Helper()
	changed, err := k.UpdateWebhook(k.ctx(), w.Tenant, w.ID, func(w *webhook.Webhook) error {
		change(w)
		return nil
	})
	k.ok(err)
	return changed
}

func (k *kit) disable(w webhook.Webhook) webhook.Webhook {
	k.t.Helper()
	now := k.now()
	return k.update(w, func(w *webhook.Webhook) { w.Enabled, w.DisabledAt, w.UpdatedAt = false, &now, now })
}

func (k *kit) enable(w webhook.Webhook) webhook.Webhook {
	k.t.Helper()
	return k.update(w, func(w *webhook.Webhook) { w.Enabled, w.DisabledAt = true, nil })
}

func (k *kit) delete(w webhook.Webhook) {
	k.t.Helper()
	_, err := k.DeleteWebhook(k.ctx(), w.Tenant, w.ID)
	k.ok(err)
}

func (k *kit) version() int64 {
	k.t.Helper()
	version, err := k.RegistryVersion(k.ctx())
	k.ok(err)
	return version
}

// event is a new event for these webhooks.
func (k *kit) event(webhooks ...int64) store.NewEvent {
	e := store.NewEvent{
		Type:     "User.Created",
		Payload:  webhook.Payload{Posted: []byte(`{"event":"User.Created"}`), CreatedAt: k.now(), Composer: webhook.ComposerVersion},
		Webhooks: webhooks,
	}
	if len(webhooks) == 0 {
		e.Unmatched = webhook.UnmatchedNoSubscription
	}
	return e
}

func (k *kit) params(events ...store.NewEvent) store.AcceptParams {
	k.t.Helper()
	return store.AcceptParams{
		Tenant: webhook.DefaultTenant, Source: "bootstrap", AcceptedAt: k.now(), Process: k.process,
		RegistryVersion: k.version(), Events: events,
	}
}

func (k *kit) acceptAll(p store.AcceptParams) []store.Accepted {
	k.t.Helper()
	accepted, err := k.Accept(k.ctx(), p)
	k.ok(err)
	if len(accepted) != len(p.Events) {
		k.t.Fatalf("%d answers for %d events", len(accepted), len(p.Events))
	}
	return accepted
}

// accept stores one event for these webhooks, whose deliveries wait in the queue.
func (k *kit) accept(webhooks ...int64) webhook.EventID {
	k.t.Helper()
	return k.acceptAll(k.params(k.event(webhooks...)))[0].ID
}

// pending is one delivery that waits in the queue.
func (k *kit) pending(w webhook.Webhook) webhook.DeliveryID {
	k.t.Helper()
	return k.deliveriesOf(k.accept(w.Number))[0].ID
}

func (k *kit) claimAnswer(limit int, lanes ...int64) []store.Claimed {
	k.t.Helper()
	p := store.ClaimParams{Process: k.process, Now: k.now(), MaxBytes: 64 << 20}
	for _, number := range lanes {
		p.Lanes = append(p.Lanes, store.ClaimLane{Webhook: number, Limit: limit})
	}
	claimed, err := k.Claim(k.ctx(), p)
	k.ok(err)
	return claimed
}

// claim leases everything that is due for these webhooks.
func (k *kit) claim(lanes ...int64) []webhook.Job {
	k.t.Helper()
	var jobs []webhook.Job
	for _, c := range k.claimAnswer(5000, lanes...) {
		jobs = append(jobs, c.Jobs...)
	}
	return jobs
}

func (k *kit) claimOne(lane int64) webhook.Job {
	k.t.Helper()
	jobs := k.claim(lane)
	if len(jobs) != 1 {
		k.t.Fatalf("claimed %d deliveries, want 1", len(jobs))
	}
	return jobs[0]
}

// attempt is an attempt of the job that starts now and takes 40 ms.
func (k *kit) attempt(job webhook.Job, outcome webhook.Outcome, status int, reason webhook.Reason) webhook.Attempt {
	trigger := webhook.TriggerEvent
	if job.Manual {
		trigger = webhook.TriggerManual
	} else if job.RetriesUsed > 0 {
		trigger = webhook.TriggerRetry
	}
	return webhook.Attempt{
		Number: job.Attempt, Trigger: trigger, StartedAt: k.now(), Duration: 40 * time.Millisecond,
		Outcome: outcome, Reason: reason, Status: status,
		Request:  webhook.RequestRecord{Method: "POST", URL: "https://example.com/in", BodySize: 99},
		Response: webhook.ResponseRecord{Body: []byte("body"), BodySize: 4},
	}
}

func (k *kit) succeeded(job webhook.Job) store.Result {
	return store.Result{
		Job: job, Attempt: k.attempt(job, webhook.OutcomeSucceeded, 200, webhook.ReasonNone),
		Next: webhook.Next{State: webhook.StateSucceeded, RetriesUsed: job.RetriesUsed},
	}
}

func (k *kit) failed(job webhook.Job) store.Result {
	return store.Result{
		Job: job, Attempt: k.attempt(job, webhook.OutcomeFailed, 404, webhook.ReasonStatus4xx),
		Next: webhook.Next{State: webhook.StateFailed, RetriesUsed: job.RetriesUsed},
	}
}

// retrying failed and is tried again a minute from now.
func (k *kit) retrying(job webhook.Job) store.Result {
	return store.Result{
		Job: job, Attempt: k.attempt(job, webhook.OutcomeFailed, 503, webhook.ReasonStatus5xx),
		Next: webhook.Next{State: webhook.StateRetrying, DueAt: k.now().Add(time.Minute), RetriesUsed: job.RetriesUsed + 1},
	}
}

// afterRedelivery failed and is followed by what the rules say.
func (k *kit) afterRedelivery(job webhook.Job) store.Result {
	r := k.failed(job)
	r.Next = webhook.RetryPolicy{}.Next(job, &r.Attempt, nil, 0)
	return r
}

// finish writes results that must not be refused.
func (k *kit) finish(results ...store.Result) {
	k.t.Helper()
	for i, err := range k.finishAll(results...) {
		if err != nil {
			k.t.Fatalf("result %d: %v", i, err)
		}
	}
}

func (k *kit) finishAll(results ...store.Result) []error {
	k.t.Helper()
	outcomes, err := k.Finish(k.ctx(), results)
	k.ok(err)
	if len(outcomes) != len(results) {
		k.t.Fatalf("%d answers for %d results", len(outcomes), len(results))
	}
	return outcomes
}

// refused says that a result's lease is lost.
func (k *kit) refused(r store.Result) {
	k.t.Helper()
	k.is(k.finishAll(r)[0], webhook.ErrLeaseLost)
}

func (k *kit) is(err, want error) {
	k.t.Helper()
	if !errors.Is(err, want) {
		k.t.Fatalf("got error %v, want %v", err, want)
	}
}

// settled is a delivery that one attempt has brought to an end or to a retry.
func (k *kit) settled(w webhook.Webhook, result func(webhook.Job) store.Result) webhook.DeliveryID {
	k.t.Helper()
	k.accept(w.Number)
	job := k.claimOne(w.Number)
	k.finish(result(job))
	return job.Delivery
}

func (k *kit) delivery(id webhook.DeliveryID) webhook.Delivery {
	k.t.Helper()
	d, err := k.Delivery(k.ctx(), webhook.DefaultTenant, id)
	k.ok(err)
	return d
}

// state checks where a delivery stands.
func (k *kit) state(id webhook.DeliveryID, want webhook.State) webhook.Delivery {
	k.t.Helper()
	d := k.delivery(id)
	if d.State != want {
		k.t.Fatalf("delivery is %s, want %s", d.State, want)
	}
	return d
}

func (k *kit) redeliver(id webhook.DeliveryID) {
	k.t.Helper()
	_, err := k.Redeliver(k.ctx(), webhook.DefaultTenant, id, k.now(), "")
	k.ok(err)
}

func (k *kit) deliveriesOf(event webhook.EventID) []webhook.Delivery {
	k.t.Helper()
	found, err := k.EventDeliveries(k.ctx(), webhook.DefaultTenant, event, 10_000)
	k.ok(err)
	return found
}

func (k *kit) list(q store.DeliveryQuery) []webhook.DeliveryID {
	k.t.Helper()
	if q.Tenant == "" {
		q.Tenant = webhook.DefaultTenant
	}
	if q.Limit == 0 {
		q.Limit = 1000
	}
	found, err := k.Deliveries(k.ctx(), q)
	k.ok(err)
	var ids []webhook.DeliveryID
	for _, d := range found {
		ids = append(ids, d.ID)
	}
	return ids
}

func (k *kit) unfinished() store.Unfinished {
	k.t.Helper()
	u, err := k.Unfinished(k.ctx())
	k.ok(err)
	return u
}

func (k *kit) usage() store.Usage {
	k.t.Helper()
	u, err := k.Usage(k.ctx())
	k.ok(err)
	return u
}

// expireAll runs retention until nothing is left to remove.
func (k *kit) expireAll(before time.Time) {
	k.t.Helper()
	for range 1000 {
		removed, more, err := k.Expire(k.ctx(), store.ExpireParams{Now: k.now(), Before: before, Limit: 1000})
		k.ok(err)
		if removed == 0 && !more {
			return
		}
	}
	k.t.Fatal("retention does not come to an end")
}

// same compares; nil and empty slices are the same.
func (k *kit) same(got, want any) {
	k.t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		k.t.Fatalf("want -, got +:\n%s", diff)
	}
}

// waiting waits until n calls are on their way to a commit.
func (k *kit) waiting(n int) {
	k.t.Helper()
	poll := time.NewTicker(200 * time.Microsecond)
	defer poll.Stop()
	limit := time.After(20 * time.Second)
	for k.Waiting() < n {
		select {
		case <-poll.C:
		case <-limit:
			k.t.Fatalf("%d calls wait for a commit, want %d", k.Waiting(), n)
		}
	}
}

// together runs the calls so that they stand in line in this order behind a commit
// that is held up, and returns their errors.
func (k *kit) together(calls ...func() error) []error {
	k.t.Helper()
	reached, release := k.Gate.Hold(k.t)
	before := k.Waiting()
	errs := make([]error, len(calls))
	var running sync.WaitGroup
	running.Go(func() { _ = k.Store.Release(k.ctx(), nil) })
	<-reached
	for i, call := range calls {
		running.Go(func() { errs[i] = call() })
		k.waiting(before + 2 + i)
	}
	release()
	running.Wait()
	return errs
}
