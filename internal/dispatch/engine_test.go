package dispatch_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	tenant    = webhook.DefaultTenant
	eventType = webhook.EventType("User.Created")
)

// engine is the delivery engine on a real SQLite store, with virtual time and a
// sender that a test scripts. It runs inside a synctest bubble.
type engine struct {
	t       *testing.T
	path    string
	options dispatch.Options
	store   *sqlite.Store
	faulty  *faultyQueue
	reg     *registry.Registry
	in      *ingest.Ingest
	d       *dispatch.Dispatcher
	sender  *scripted
}

// inBubble runs a test with virtual time and a scripted sender.
func inBubble(t *testing.T, limits dispatch.Limits, test func(e *engine)) {
	t.Helper()
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tidings.db")
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, path, limits)
		defer e.close()
		test(e)
	})
}

// pass lets virtual time pass; there is no other in these tests.
func pass(d time.Duration) { <-time.After(d) }

func newEngine(t *testing.T, path string, limits dispatch.Limits) *engine {
	t.Helper()
	e := &engine{t: t, path: path, sender: &scripted{}}
	e.options = dispatch.Options{
		Sender: e.sender, Policy: webhook.RetryPolicy{Schedule: webhook.DefaultRetrySchedule()},
		Limits: limits, Clock: clock.System{}, Random: func() float64 { return 0.5 },
		Logger: slog.New(slog.DiscardHandler),
	}
	e.start()
	return e
}

// start opens the store as a new process does.
func (e *engine) start() {
	e.t.Helper()
	ctx := context.Background()
	var err error
	if e.store, err = sqlite.Open(ctx, sqlite.Options{Path: e.path}); err != nil {
		e.t.Fatal(err)
	}
	process, err := e.store.Join(ctx, time.Now())
	if err != nil {
		e.t.Fatal(err)
	}
	known := catalog.Load()
	if e.reg, err = registry.New(ctx, registry.Options{Store: e.store, Catalog: known, URLs: anyURL{}, Sender: e.sender}); err != nil {
		e.t.Fatal(err)
	}
	e.faulty, e.sender.clock = &faultyQueue{Queue: e.store}, e.options.Clock
	o := e.options
	o.Store, o.Process, o.Webhooks = e.faulty, process, e.reg
	e.d = dispatch.New(o)
	e.reg.OnChange(e.d.Changed)
	e.in = ingest.New(ingest.Options{Store: e.store, Registry: e.reg, Types: e.reg, Handoff: e.d, Process: func() int64 { return process }, Clock: e.options.Clock})
	if err := e.d.Start(ctx); err != nil {
		e.t.Fatal(err)
	}
}

// shutdown ends the process in good order.
func (e *engine) shutdown() {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	if err := e.d.Stop(ctx); err != nil {
		e.t.Errorf("stop: %v", err)
	}
	e.end()
}

// crash ends the process as kill -9 does: no result and no lease is written back.
func (e *engine) crash() {
	e.t.Helper()
	e.faulty.breakDown()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_ = e.d.Stop(ended) // nothing can be written back
	e.end()
}

func (e *engine) end() {
	if err := e.store.Close(); err != nil {
		e.t.Errorf("close: %v", err)
	}
	e.store = nil
}

func (e *engine) close() {
	if e.store != nil {
		e.shutdown()
	}
}

// webhook creates a webhook; its name is how the sender's script knows it.
func (e *engine) webhook(name string) webhook.Webhook {
	e.t.Helper()
	w, err := e.reg.Create(context.Background(), webhook.Webhook{
		Tenant: tenant, Name: name, EventTypes: []webhook.EventType{eventType},
		URL: webhook.EndpointURL("https://" + name + ".example.com/"), Enabled: true,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return w
}

// webhooks creates n webhooks named h0, h1 and so on.
func (e *engine) webhooks(n int) {
	e.t.Helper()
	for i := range n {
		name := fmt.Sprintf("h%d", i)
		if _, err := e.store.CreateWebhook(context.Background(), webhook.Webhook{
			ID: webhook.ID(name), Tenant: tenant, Name: name, EventTypes: []webhook.EventType{eventType},
			URL: webhook.EndpointURL("https://" + name + ".example.com/"), SigningKey: "key", Enabled: true,
		}); err != nil {
			e.t.Fatal(err)
		}
	}
	if err := e.reg.Refresh(context.Background()); err != nil {
		e.t.Fatal(err)
	}
}

func (e *engine) emit(n int) []webhook.EventID {
	e.t.Helper()
	var ids []webhook.EventID
	for i := range n {
		accepted, err := e.in.Accept(context.Background(), ingest.Input{
			Tenant: tenant, Source: "test", Body: fmt.Appendf(nil, `{"event":"User.Created","n":%d}`, i),
		})
		if err != nil {
			e.t.Fatal(err)
		}
		ids = append(ids, accepted.ID)
	}
	return ids
}

// wait lets virtual time pass.
func (e *engine) wait(d time.Duration) {
	pass(d)
	synctest.Wait()
}

func (e *engine) deliveries(states ...webhook.State) []webhook.Delivery {
	e.t.Helper()
	found, err := e.store.Deliveries(context.Background(), store.DeliveryQuery{Tenant: tenant, States: states, Limit: 100_000})
	if err != nil {
		e.t.Fatal(err)
	}
	return found
}

// only returns the one delivery there is.
func (e *engine) only() webhook.Delivery {
	e.t.Helper()
	found := e.deliveries()
	if len(found) != 1 {
		e.t.Fatalf("%d deliveries, want one", len(found))
	}
	return found[0]
}

// expect checks that there are n deliveries in a state and none in another.
func (e *engine) expect(n int, state webhook.State) {
	e.t.Helper()
	byState := map[webhook.State]int{}
	for _, d := range e.deliveries() {
		byState[d.State]++
	}
	if len(byState) != 1 || byState[state] != n {
		e.t.Errorf("states = %v, want %d %s", byState, n, state)
	}
}

// sent is a request that the sender was given.
type sent struct {
	host     string
	delivery webhook.DeliveryID
	body     string
	shared   []byte
	at       time.Time
	number   int
}

// scripted is a sender whose answers a test decides. It answers 200 at once by
// default.
type scripted struct {
	clock  clock.Clock
	mu     sync.Mutex
	answer func(s sent) webhook.Attempt
	log    []sent
	now    int
	most   int
}

func (s *scripted) on(answer func(s sent) webhook.Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *scripted) Send(ctx context.Context, r webhook.Request) webhook.Attempt {
	started := s.clock.Now()
	s.mu.Lock()
	request := sent{
		host: r.URL.String(), delivery: r.Delivery, body: string(r.Body) + string(r.Tail), shared: r.Body, at: time.Now(), number: r.Number,
	}
	s.log = append(s.log, request)
	s.now++
	s.most = max(s.most, s.now)
	answer := s.answer
	s.mu.Unlock()
	a := webhook.Attempt{Outcome: webhook.OutcomeSucceeded, Status: 200}
	if answer != nil {
		a = answer(request)
	}
	a.Number, a.Trigger, a.StartedAt, a.Duration = r.Number, r.Trigger, started, time.Since(request.at)
	if ctx.Err() != nil {
		a.Outcome = webhook.OutcomeInterrupted
	}
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	return a
}

func (s *scripted) requests(host string) []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []sent
	for _, r := range s.log {
		if host == "" || r.host == "https://"+host+".example.com" {
			found = append(found, r)
		}
	}
	return found
}

func status(code int) webhook.Attempt {
	a := webhook.Attempt{Status: code, Outcome: webhook.OutcomeSucceeded}
	if code >= 400 {
		a.Outcome, a.Reason = webhook.OutcomeFailed, webhook.ReasonStatus5xx
	}
	return a
}

// anyURL accepts every URL.
type anyURL struct{}

func (anyURL) CheckURL(raw string) (string, bool, *webhook.Invalid) { return raw, false, nil }

// faultyQueue fails on demand.
type faultyQueue struct {
	store.Queue
	mu      sync.Mutex
	down    bool
	failing int
	// steps are the limits of expansions, pages how many lanes each claim was for, asked how
	// many deliveries it could have brought, parts how
	// many results each call held.
	steps, pages, asked, parts []int
	// beforeStep is called before each expansion; may be nil.
	beforeStep func(steps int)
	// released counts leases that were given back.
	released int
	// finished are the deliveries of the results, in the order in which they were given.
	finished []webhook.DeliveryID
	// cancelled is what another process would have cancelled.
	cancelled []store.Cancelled
	// beforeClaim happens before the next claim.
	beforeClaim func()
}

func (q *faultyQueue) Backlog(ctx context.Context, process int64) (store.Backlog, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b, err := q.Queue.Backlog(ctx, process)
	b.Cancelled = q.cancelled
	return b, err
}

func (q *faultyQueue) given() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.released
}

// taken returns what has been noted since the last time.
func (q *faultyQueue) taken(noted *[]int) []int {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := *noted
	*noted = nil
	return taken
}

func (q *faultyQueue) breakDown() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.down = true
}

func (q *faultyQueue) failNext(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failing = n
}

func (q *faultyQueue) fault() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.down {
		return fmt.Errorf("the process has ended")
	}
	if q.failing > 0 {
		q.failing--
		return fmt.Errorf("injected")
	}
	return nil
}

func (q *faultyQueue) Finish(ctx context.Context, results []store.Result) ([]error, error) {
	if err := q.fault(); err != nil {
		return nil, err
	}
	q.mu.Lock()
	q.parts = append(q.parts, len(results))
	for i := range results {
		q.finished = append(q.finished, results[i].Job.Delivery)
	}
	q.mu.Unlock()
	return q.Queue.Finish(ctx, results)
}

func (q *faultyQueue) Release(ctx context.Context, leases []webhook.Lease) error {
	if err := q.fault(); err != nil {
		return err
	}
	q.mu.Lock()
	q.released += len(leases)
	q.mu.Unlock()
	return q.Queue.Release(ctx, leases)
}

func (q *faultyQueue) Expand(ctx context.Context, p store.ExpandParams) (bool, error) {
	q.mu.Lock()
	q.steps = append(q.steps, p.Limit)
	steps, before := len(q.steps), q.beforeStep
	q.mu.Unlock()
	if before != nil {
		before(steps)
	}
	return q.Queue.Expand(ctx, p)
}

func (q *faultyQueue) Claim(ctx context.Context, p store.ClaimParams) ([]store.Claimed, error) {
	if err := q.fault(); err != nil {
		return nil, err
	}
	q.mu.Lock()
	q.pages = append(q.pages, len(p.Lanes))
	asked := 0
	for _, lane := range p.Lanes {
		asked += lane.Limit
	}
	q.asked = append(q.asked, asked)
	happen := q.beforeClaim
	q.beforeClaim = nil
	q.mu.Unlock()
	if happen != nil {
		happen()
	}
	return q.Queue.Claim(ctx, p)
}
