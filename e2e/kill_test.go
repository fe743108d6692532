package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	killWebhooks   = 3
	killPublishers = 8
	// A kill counts only with this much going on.
	killUnfinished = 200
	// Publishers pause above this many unfinished deliveries.
	killBacklog = 1500
	// settleWithin bounds the wait for the rest after the last kill.
	settleWithin = 90 * time.Second
)

// delivered is what the endpoint knows of one delivery.
type delivered struct {
	ids      map[string]bool // the webhook-ids it came under
	begun    int
	answered map[int]int // answers by status
	failedAt time.Time   // of a 500 that no later request has followed
}

// killEndpoint receives for all webhooks of a kill run. It answers every tenth
// event with 500 the first time, and everything after a while.
type killEndpoint struct {
	mu      sync.Mutex
	open    int
	pending map[string]bool // accepted and not answered with 200 yet, by event and webhook
	seen    map[string]*delivered
	begun   map[string]bool // webhook-ids; nil if nobody asks
}

func (k *killEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		N      int
		HookID string
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(raw, &body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	key := deliveryKey(body.N, body.HookID)
	k.mu.Lock()
	k.open++
	d := k.seen[key]
	if d == nil {
		d = &delivered{ids: map[string]bool{}, answered: map[int]int{}}
		k.seen[key] = d
	}
	d.begun++
	d.ids[r.Header.Get("Webhook-Id")] = true
	if k.begun != nil {
		k.begun[r.Header.Get("Webhook-Id")] = true
	}
	d.failedAt = time.Time{}
	status := http.StatusOK
	if body.N%10 == 0 && d.answered[http.StatusInternalServerError] == 0 {
		status = http.StatusInternalServerError
	}
	k.mu.Unlock()

	select { // an endpoint that takes its time, so that attempts are open when the kill comes
	case <-time.After(50 * time.Millisecond):
	case <-r.Context().Done():
	}

	k.mu.Lock()
	defer k.mu.Unlock()
	k.open--
	d.answered[status]++
	if status == http.StatusOK {
		delete(k.pending, key)
	} else {
		d.failedAt = time.Now()
	}
	w.WriteHeader(status)
}

func deliveryKey(n int, hook string) string { return fmt.Sprintf("%d/%s", n, hook) }

// busy says whether this is a moment at which a kill counts.
func (k *killEndpoint) busy() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.pending) < killUnfinished || k.open == 0 {
		return false
	}
	for _, d := range k.seen {
		if !d.failedAt.IsZero() && time.Since(d.failedAt) > 20*time.Millisecond {
			return true
		}
	}
	return false
}

func (k *killEndpoint) unfinished() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.pending)
}

// killRun is one server that is killed again and again under load.
type killRun struct {
	t        *testing.T
	server   *server
	endpoint *killEndpoint
	hooks    []string
	ledger   sync.Map // event number → its identifier, for what was answered with 202
	numbers  chan int
	up       sync.RWMutex // held for writing while the server is down

	mu     sync.Mutex
	faults []string // what went wrong beside losses, guarded by mu
}

// fault notes a broken promise; the report carries it.
func (k *killRun) fault(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults = append(k.faults, fmt.Sprintf(format, args...))
}

// killReport is what came of a run.
type killReport struct {
	Kills, Accepted, Lost, Requests, Duplicates, Unexplained int
	// Unexpected are duplicates of what was not in flight at a kill, where that is known.
	Unexpected int
	Faults     []string
}

// broken says whether the run shows any broken promise.
func (r killReport) broken() bool { return r.Lost > 0 || r.Unexplained > 0 || len(r.Faults) > 0 }

func runKills(t *testing.T, program string, kills int) killReport {
	t.Helper()
	k := &killRun{
		t: t, server: newServer(t, program, "--retry-schedule", "300ms,600ms,1s"), numbers: make(chan int),
		endpoint: &killEndpoint{pending: map[string]bool{}, seen: map[string]*delivered{}},
	}
	endpoint := httptest.NewServer(k.endpoint)
	defer endpoint.Close()
	k.server.start()
	for i := range killWebhooks {
		k.hooks = append(k.hooks, k.server.createWebhook(fmt.Sprintf("w%d", i), endpoint.URL).ID)
	}
	ctx, stop := context.WithCancel(t.Context())
	var publishers sync.WaitGroup
	publishers.Go(func() { k.count(ctx) })
	for range killPublishers {
		publishers.Go(func() { k.publish(ctx) })
	}
	for range kills {
		time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond) //nolint:forbidigo // the moment of the kill is random
		k.waitUntil(k.endpoint.busy, "a moment that is busy enough for a kill")
		k.restart() // at once: nothing less counts as a kill
	}
	stop()
	publishers.Wait()
	return k.settle(kills)
}

func (k *killRun) waitUntil(done func() bool, what string) {
	k.t.Helper()
	for deadline := time.Now().Add(settleWithin); !done(); {
		if time.Now().After(deadline) {
			k.t.Fatalf("no %s within %v\n%s", what, settleWithin, k.server.log)
		}
		time.Sleep(2 * time.Millisecond) //nolint:forbidigo // it watches another process
	}
}

func (k *killRun) restart() {
	k.server.kill()
	k.up.Lock()
	defer k.up.Unlock()
	k.server.start()
	k.repeatSome()
}

// count numbers the events.
func (k *killRun) count(ctx context.Context) {
	for n := 1; ; n++ {
		select {
		case k.numbers <- n:
		case <-ctx.Done():
			close(k.numbers)
			return
		}
	}
}

// publish posts events. One whose answer was lost is posted again under its key,
// until there is an answer.
func (k *killRun) publish(ctx context.Context) {
	for n := range k.numbers {
		for k.endpoint.unfinished() > killBacklog && ctx.Err() == nil {
			time.Sleep(time.Millisecond) //nolint:forbidigo // it watches another process
		}
		for !k.post(n) {
			time.Sleep(time.Millisecond) //nolint:forbidigo // the server is down
		}
	}
}

func eventBody(n int) string { return fmt.Sprintf(`{"event":"User.Created","n":%d}`, n) }

func (k *killRun) post(n int) bool {
	k.up.RLock()
	defer k.up.RUnlock()
	status, answer, err := k.server.try(http.MethodPost, "/api/events", eventBody(n), "Idempotency-Key", fmt.Sprintf("key-%d", n))
	if err != nil || status != http.StatusAccepted {
		return false
	}
	var accepted struct {
		ID         string
		Deliveries int
	}
	if json.Unmarshal(answer, &accepted) != nil || accepted.Deliveries != killWebhooks {
		k.fault("event %d: answer %s", n, answer)
	}
	k.endpoint.mu.Lock()
	for _, hook := range k.hooks {
		if d := k.endpoint.seen[deliveryKey(n, hook)]; d == nil || d.answered[http.StatusOK] == 0 {
			k.endpoint.pending[deliveryKey(n, hook)] = true
		}
	}
	k.endpoint.mu.Unlock()
	k.ledger.Store(n, accepted.ID)
	return true
}

// repeatSome posts a few accepted events again after a kill: the same key has to
// give the same identifier.
func (k *killRun) repeatSome() {
	repeated := 0
	k.ledger.Range(func(key, value any) bool {
		n, _ := key.(int)
		answer := k.server.request(http.MethodPost, "/api/events", eventBody(n), http.StatusAccepted, "Idempotency-Key", fmt.Sprintf("key-%d", n))
		var again struct{ ID string }
		if json.Unmarshal(answer, &again) != nil || again.ID != value {
			k.fault("event %d was accepted as %v and, under the same key, again as %s", n, value, answer)
		}
		repeated++
		return repeated < 3
	})
}

// settle waits for the rest, ends the server and reconciles ledger, endpoint and log.
func (k *killRun) settle(kills int) killReport {
	last, at := k.endpoint.unfinished(), time.Now()
	for k.endpoint.unfinished() > 0 && time.Since(at) < 15*time.Second { // what does not come any more is lost
		time.Sleep(5 * time.Millisecond) //nolint:forbidigo // it watches another process
		if n := k.endpoint.unfinished(); n != last {
			last, at = n, time.Now()
		}
	}
	if err := k.server.terminate(); err != nil {
		k.fault("the server did not end in good order: %v\n%s", err, k.server.log)
	}
	report := killReport{Kills: kills, Lost: k.endpoint.unfinished()}
	k.ledger.Range(func(any, any) bool { report.Accepted++; return true })
	k.reconcile(&report)
	report.Faults = k.faults
	return report
}

// reconcile compares what the endpoint saw with the log: every request beyond those
// whose result was committed has to show as an interrupted attempt.
func (k *killRun) reconcile(report *killReport) {
	db, err := sqlite.Open(context.Background(), sqlite.Options{Path: k.server.database()})
	if err != nil {
		k.t.Fatal(err)
	}
	defer db.Close()
	logged := map[string]webhook.Delivery{}
	for before := webhook.DeliveryID(""); ; {
		page, err := db.Deliveries(context.Background(), store.DeliveryQuery{Tenant: webhook.DefaultTenant, Before: before, Limit: 1000})
		if err != nil {
			k.t.Fatal(err)
		}
		for _, d := range page {
			logged[string(d.ID)] = d
		}
		if len(page) < 1000 {
			break
		}
		before = page[len(page)-1].ID
	}
	for key, d := range k.endpoint.seen {
		report.Requests += d.begun
		report.Duplicates += max(0, d.answered[http.StatusOK]-1)
		if len(d.ids) != 1 {
			k.fault("delivery %s came under %d webhook-ids", key, len(d.ids))
			continue
		}
		for id := range d.ids {
			report.Unexplained += unexplained(logged[id], d)
		}
	}
}

// unexplained counts the requests of a delivery that the log has neither a result
// nor an interruption for.
func unexplained(log webhook.Delivery, d *delivered) int {
	results := map[int]int{}
	interrupted := 0
	for _, a := range log.Attempts {
		if a.Outcome == webhook.OutcomeInterrupted {
			interrupted++
		} else {
			results[a.Status]++
		}
	}
	beyond := 0
	for _, status := range []int{http.StatusOK, http.StatusInternalServerError} {
		beyond += max(0, d.answered[status]-results[status])
	}
	return max(0, beyond-interrupted)
}

// TestKill9LosesNothing is invariants I1 to I5 on the built binary.
func TestKill9LosesNothing(t *testing.T) {
	t.Parallel()
	const kills = 50
	report := runKills(t, program(t), kills)
	t.Logf("%+v", report)
	if report.broken() {
		t.Errorf("%d of %d accepted events were lost, %d requests are unexplained, faults: %v",
			report.Lost, report.Accepted, report.Unexplained, report.Faults)
	}
}
