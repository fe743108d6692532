package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Sender makes one attempt. The failing of the other side is data.
type Sender interface {
	Send(ctx context.Context, r webhook.Request) webhook.Attempt
}

// Webhooks tells the present settings of a webhook; false if it is deleted.
type Webhooks interface {
	Webhook(number int64) (*webhook.Webhook, bool)
}

// Observer hears of every result once it is durable. It must not block.
type Observer interface {
	Attempted(job *webhook.Job, attempt *webhook.Attempt, next webhook.Next)
}

// Limits bounds what is in flight and in memory.
type Limits struct {
	// PerWebhook is how many attempts of one webhook run at a time; its lane
	// holds at most twice as many deliveries.
	PerWebhook int
	// Burst is how many a lane may hold that is known to answer quickly, while half
	// of the memory is free; 0 is no more than others.
	Burst int
	// Fast and Slow are the sizes of the two pools of attempts in flight.
	Fast, Slow int
	// MaxJobs and MaxBytes bound the deliveries in memory and their payloads.
	MaxJobs  int
	MaxBytes int
}

// DefaultLimits are those of docs/limits.md.
func DefaultLimits() Limits {
	return Limits{PerWebhook: 64, Burst: 4096, Fast: 512, Slow: 2048, MaxJobs: 50_000, MaxBytes: 64 << 20}
}

// DefaultResultsWait is that of docs/limits.md: a crash within it leaves deliveries that are
// made once more.
const DefaultResultsWait = 20 * time.Millisecond

// Options is what a Dispatcher needs.
type Options struct {
	Store store.Queue
	// Process holds the leases, until Rejoined tells another number.
	Process int64
	// Shared says that other processes work on the same queue: what they leave or
	// cannot hold is looked for every SurveyEvery.
	Shared bool
	// Alive says whether the leases are fresh enough for an attempt to start; nil if
	// they do not run out.
	Alive    func() bool
	Webhooks Webhooks
	Sender   Sender
	Policy   webhook.RetryPolicy
	// ResultsWait is how long few results wait for others before they are written; zero is
	// not at all.
	ResultsWait time.Duration
	Limits      Limits
	Clock       clock.Clock
	// Random yields numbers in [0, 1) for jitter; safe for concurrent use.
	Random   func() float64
	Observer Observer
	Logger   *slog.Logger
}

// heartbeat is the longest the loop sleeps; progress is judged by stalled.
const (
	heartbeat = time.Second
	stalled   = 5 * time.Second
)

// Dispatcher is the engine. It is a store.Handoff. Safe for concurrent use.
type Dispatcher struct {
	Options

	mu    sync.Mutex // guards what follows
	lanes map[int64]*lane
	slots slots
	due   dueHeap
	// paging are the lanes that want more from the store, oldest wish first.
	paging   []*lane
	deferred int
	// handed is when deliveries were handed over last.
	handed   time.Time
	stopping bool
	// process holds the leases.
	process int64
	// elsewhere: there may be wide events that other processes accepted and that are
	// still to be expanded.
	elsewhere bool
	// survey makes the loop look for what others left.
	survey bool
	// full counts the lanes that hold back who accepts events for them.
	full atomic.Int64

	wake chan struct{}
	// busy wakes watch when the first attempt starts.
	busy    chan struct{}
	results chan store.Result
	// beat is when the loop turned last, as time since born.
	beat    atomic.Int64
	born    time.Time
	workers sync.WaitGroup

	// attempts is the context of the attempts in flight; abandon ends them.
	attempts context.Context
	abandon  context.CancelFunc
	loopEnd  context.CancelFunc
	loops    sync.WaitGroup
	finisher sync.WaitGroup
}

// New returns a dispatcher that takes hand-offs at once; Start lets it run.
func New(o Options) *Dispatcher {
	d := &Dispatcher{
		Options: o,
		born:    time.Now(),
		lanes:   make(map[int64]*lane),
		slots:   slots{limits: o.Limits},
		process: o.Process,
		wake:    make(chan struct{}, 1),
		busy:    make(chan struct{}, 1),
		results: make(chan store.Result, maxUnwritten),
	}
	d.beat.Store(-int64(stalled)) // it has yet to turn
	d.attempts, d.abandon = context.WithCancel(context.Background())
	return d
}

// Start takes over what earlier processes left and runs until Stop.
func (d *Dispatcher) Start(ctx context.Context) error {
	if err := d.takeOver(ctx); err != nil {
		return err
	}
	loopContext, end := context.WithCancel(context.WithoutCancel(ctx))
	d.loopEnd = end
	d.loops.Go(func() { d.loop(loopContext) })
	d.loops.Go(func() { d.watch(loopContext) })
	d.finisher.Go(d.finish)
	return nil
}

// Pause starts no further attempts and takes no more hand-offs: what is accepted
// from now on waits in the store.
func (d *Dispatcher) Pause() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopping = true
}

// Stop ends the work: no new attempts, those in flight end by themselves, leases
// that were not used go back. When ctx ends first, what is in flight is abandoned:
// its leases stay, as after a crash.
func (d *Dispatcher) Stop(ctx context.Context) error {
	d.Pause()
	defer context.AfterFunc(ctx, d.abandon)()
	d.loopEnd()
	d.loops.Wait()
	d.workers.Wait()
	close(d.results)
	d.finisher.Wait()
	var err error
	if d.attempts.Err() != nil {
		err = fmt.Errorf("attempts abandoned: %w", context.Cause(ctx))
	}
	d.abandon()
	return errors.Join(err, d.returnLeases(ctx))
}

// returnLeases hands back what was leased and not attempted.
func (d *Dispatcher) returnLeases(ctx context.Context) error {
	d.mu.Lock()
	var leases []webhook.Lease
	for _, l := range d.lanes {
		for _, job := range l.drop(&d.slots, 0) {
			leases = append(leases, job.Lease)
		}
	}
	d.mu.Unlock()
	if len(leases) == 0 {
		return nil
	}
	return d.Store.Release(ctx, leases)
}

// Rejoined implements node.Engine: what is held was taken away, and may be claimed again
// under the new number like everything else. Attempts under way end, their results are
// refused.
func (d *Dispatcher) Rejoined(process int64) {
	d.mu.Lock()
	d.process = process
	for _, l := range d.lanes {
		for range l.drop(&d.slots, 0) {
			l.waiting = true
		}
		d.wantPage(l)
	}
	d.survey = true
	d.startWorkers()
	d.mu.Unlock()
	d.nudge()
}

// Renewed implements node.Engine. The attempts of one webhook are shared out evenly
// among the processes.
func (d *Dispatcher) Renewed(processes int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if share := max(1, d.Limits.PerWebhook/max(1, processes)); share != d.slots.limits.PerWebhook {
		d.slots.limits.PerWebhook = share
		for _, l := range d.lanes {
			d.slots.enlist(l)
			d.wantPage(l)
		}
	}
	d.startWorkers() // they wait while leases are not fresh
	d.nudge()
}

// LookAround makes the dispatcher look soon for what other processes left.
func (d *Dispatcher) LookAround() {
	d.mu.Lock()
	d.survey = d.Shared
	d.mu.Unlock()
	d.nudge()
}

// Progress says whether the loop has turned lately.
func (d *Dispatcher) Progress() bool {
	return time.Since(d.born)-time.Duration(d.beat.Load()) < stalled
}

// Wake makes the dispatcher look at a webhook's waiting deliveries.
func (d *Dispatcher) Wake(webhookNumber int64) {
	d.mu.Lock()
	d.noteDue(d.lane(webhookNumber), d.Clock.Now())
	d.mu.Unlock()
	d.nudge()
}

// Changed hears of webhooks that were changed: what a disabled or deleted one holds
// goes back to the store, what a reactivated one has waiting goes on.
func (d *Dispatcher) Changed(webhooks []webhook.Webhook) {
	var dropped []webhook.Job
	d.mu.Lock()
	if d.stopping {
		webhooks = nil
	}
	for i := range webhooks {
		w := &webhooks[i]
		if w.Active() {
			d.noteDue(d.lane(w.Number), d.Clock.Now())
			continue
		}
		if l := d.lanes[w.Number]; l != nil {
			dropped = append(dropped, l.drop(&d.slots, 0)...)
		}
	}
	d.release(dropped)
	d.mu.Unlock()
	d.nudge()
}

// Cancelled drops a delivery that a person has cancelled, unless its attempt is
// under way. One that has been redelivered since stays.
func (d *Dispatcher) Cancelled(webhookNumber int64, id webhook.DeliveryID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dropCancelled(webhookNumber, id)
}

// dropCancelled is Cancelled for who holds d.mu.
func (d *Dispatcher) dropCancelled(webhookNumber int64, id webhook.DeliveryID) {
	l := d.lanes[webhookNumber]
	if l == nil {
		return
	}
	if l.claiming { // it may be in the answer that is on its way
		l.cancelled = append(l.cancelled, id)
	}
	i := slices.IndexFunc(l.queue, func(job webhook.Job) bool { return job.Delivery == id && job.Ended == "" })
	if i < 0 {
		return
	}
	d.slots.unhold(l, l.queue[i].Weight)
	d.letGo(l.queue[i].Lease)
	l.queue = slices.Delete(l.queue, i, i+1)
	d.wantPage(l)
	d.nudge()
}

// UnderWay says whether this process is making an attempt of the delivery.
func (d *Dispatcher) UnderWay(id webhook.DeliveryID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.slots.underWay(id)
}

// Stats is what the dispatcher holds at the moment.
type Stats struct {
	InFlightFast, InFlightSlow int
	Held, HeldBytes            int
	Lanes                      int
}

// Stats counts what is held and in flight.
func (d *Dispatcher) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Stats{
		InFlightFast: d.slots.fast(), InFlightSlow: d.slots.slow,
		Held: d.slots.held(), HeldBytes: d.slots.heldBytes(), Lanes: len(d.lanes),
	}
}

// nudge makes the loop turn.
func (d *Dispatcher) nudge() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}
