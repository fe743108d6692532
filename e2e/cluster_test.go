package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/testkit/pgtest"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	clusterNodes = 3
	// clusterPublishers are enough that several nodes have something to do.
	clusterPublishers = 24
	// clusterOpen is how many requests are under way at least when something happens.
	clusterOpen = 5
	// progressEvery is after how many kills a line tells how far it has come.
	progressEvery = 50
	// clusterBacklog is above what killed nodes leave until others take over.
	clusterBacklog = 4000
)

// clusterNode is one of several servers on a database.
type clusterNode struct {
	*server
	up sync.RWMutex // held for writing while the server is down
}

// cluster is several servers on one database under load.
type cluster struct {
	t        *testing.T
	database *pgtest.Cluster
	dsn      string
	nodes    []*clusterNode
	endpoint *killEndpoint
	receiver *httptest.Server
	hooks    []string
	ledger   sync.Map // event number → its identifier, for what was answered with 202
	numbers  chan int
	// flying counts for each delivery at how many kills it was in flight.
	flying map[string]int
	// notes help to find out why a run failed: who ended when, and stories.
	notes []string

	mu     sync.Mutex
	faults []string // guarded by mu
}

// newCluster starts a database and nodes. Every settings of the database says fsync=on
// where a test restarts it.
func newCluster(t *testing.T, settings ...string) *cluster {
	t.Helper()
	c := &cluster{
		t: t, database: pgtest.Start(t, settings...), numbers: make(chan int), flying: make(map[string]int),
		endpoint: &killEndpoint{pending: map[string]bool{}, seen: map[string]*delivered{}, begun: map[string]bool{}},
	}
	c.dsn = c.database.DSN(c.database.Database(t, ""))
	c.receiver = httptest.NewServer(c.endpoint)
	t.Cleanup(c.receiver.Close)
	return c
}

// start starts the nodes, all at once, and registers the endpoint.
func (c *cluster) start(program string, dsns ...string) {
	c.t.Helper()
	for i := range clusterNodes {
		s := newServer(c.t, program, "--retry-schedule", "300ms,600ms,1s", "--log-level", "info")
		s.keepLog = true
		if s.dsn = c.dsn; i < len(dsns) && dsns[i] != "" {
			s.dsn = dsns[i]
		}
		if i > 0 { // what is planted is in the database of all
			s.planted = c.nodes[0].planted
			s.planted.hook = "planted"
		}
		c.nodes = append(c.nodes, &clusterNode{server: s})
	}
	var starting sync.WaitGroup
	for _, n := range c.nodes {
		starting.Go(n.start)
	}
	starting.Wait()
	for i := range killWebhooks {
		c.hooks = append(c.hooks, c.nodes[i%clusterNodes].createWebhook(fmt.Sprintf("w%d", i), c.receiver.URL).ID)
	}
}

func (c *cluster) fault(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// load publishes until the returned function is called, which waits for the end.
func (c *cluster) load() (stop func()) {
	ctx, cancel := context.WithCancel(c.t.Context())
	var publishers sync.WaitGroup
	publishers.Go(func() {
		defer close(c.numbers)
		for n := 1; ctx.Err() == nil; n++ {
			select {
			case c.numbers <- n:
			case <-ctx.Done():
			}
		}
	})
	for range clusterPublishers {
		publishers.Go(func() { c.publish(ctx) })
	}
	return func() { cancel(); publishers.Wait() }
}

// publish posts events to any node. One whose answer was lost is posted again under its
// key, to another one.
func (c *cluster) publish(ctx context.Context) {
	for n := range c.numbers {
		for c.endpoint.unfinished() > clusterBacklog && ctx.Err() == nil {
			time.Sleep(time.Millisecond) //nolint:forbidigo // it watches other processes
		}
		for !c.post(n) {
			time.Sleep(2 * time.Millisecond) //nolint:forbidigo // the node is down
		}
	}
}

func (c *cluster) post(n int) bool {
	node := c.nodes[rand.IntN(len(c.nodes))]
	if !node.up.TryRLock() {
		return false
	}
	defer node.up.RUnlock()
	status, answer, err := node.try(http.MethodPost, "/api/events", eventBody(n), "Idempotency-Key", fmt.Sprintf("key-%d", n))
	if err != nil || status != http.StatusAccepted {
		if err == nil && status != http.StatusServiceUnavailable {
			c.fault("event %d is answered with %d: %s", n, status, answer)
		}
		return false
	}
	var accepted struct {
		ID         string
		Deliveries int
	}
	if json.Unmarshal(answer, &accepted) != nil || accepted.Deliveries != killWebhooks {
		c.fault("event %d: answer %s", n, answer)
	}
	c.endpoint.mu.Lock()
	for _, hook := range c.hooks {
		if d := c.endpoint.seen[deliveryKey(n, hook)]; d == nil || d.answered[http.StatusOK] == 0 {
			c.endpoint.pending[deliveryKey(n, hook)] = true
		}
	}
	c.endpoint.mu.Unlock()
	c.ledger.Store(n, accepted.ID)
	return true
}

// restart kills a node and starts it again.
func (c *cluster) restart(n *clusterNode) {
	n.kill()
	c.ended(fmt.Sprintf("node %d", slices.Index(c.nodes, n)))
	held := c.held()
	n.up.Lock()
	defer n.up.Unlock()
	n.start()
	c.noteFlying(held)
	c.repeatSome(n)
}

func (c *cluster) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

// ended notes who was killed just now.
func (c *cluster) ended(who string) {
	c.note("%s %s was killed", time.Now().UTC().Format("05.000"), who)
}

// held are the deliveries that a node holds and of which no result is in the database. Of
// what a killed node held nothing is gone yet.
func (c *cluster) held() (ids []string) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.dsn)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }() // it only reads
	rows, err := conn.Query(c.t.Context(), "SELECT number, suffix FROM work WHERE process <> 0")
	if err != nil {
		c.t.Fatal(err)
	}
	var number int64
	var suffix string
	if _, err := pgx.ForEachRow(rows, []any{&number, &suffix}, func() error {
		ids = append(ids, webhook.FormatID(number, suffix))
		return nil
	}); err != nil {
		c.t.Fatal(err)
	}
	return ids
}

// noteFlying notes which of the deliveries held were in flight: the endpoint has seen a
// request. It is asked once the node is there again, since it may take a while to read
// what the killed one sent last.
func (c *cluster) noteFlying(held []string) {
	for _, id := range held {
		if c.endpoint.knows(id) {
			c.flying[id]++
		}
	}
}

// knows says whether a request for the delivery has come.
func (k *killEndpoint) knows(id string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.begun[id]
}

// repeatSome posts a few accepted events again: the same key has to give the same
// identifier, whichever node was asked first.
func (c *cluster) repeatSome(n *clusterNode) {
	repeated := 0
	c.ledger.Range(func(key, value any) bool {
		number, _ := key.(int)
		status, answer, err := n.try(http.MethodPost, "/api/events", eventBody(number), "Idempotency-Key", fmt.Sprintf("key-%d", number))
		var again struct{ ID string }
		if err == nil && status == http.StatusAccepted && (json.Unmarshal(answer, &again) != nil || again.ID != value) {
			c.fault("event %d was accepted as %v and, under the same key, again as %s", number, value, answer)
		}
		repeated++
		return repeated < 3
	})
}

// settle waits for the rest, ends the nodes and reconciles ledger, endpoint and log.
func (c *cluster) settle() killReport {
	c.t.Helper()
	last, at := c.endpoint.unfinished(), time.Now()
	for c.endpoint.unfinished() > 0 && time.Since(at) < 30*time.Second { // what does not come any more is lost
		time.Sleep(5 * time.Millisecond) //nolint:forbidigo // it watches other processes
		if n := c.endpoint.unfinished(); n != last {
			last, at = n, time.Now()
		}
	}
	report := killReport{Lost: c.endpoint.unfinished()}
	for i, n := range c.nodes {
		if err := n.terminate(); err != nil {
			c.fault("node %d did not end in good order: %v\n%s", i, err, n.log)
		}
	}
	c.ledger.Range(func(any, any) bool { report.Accepted++; return true })
	c.reconcile(&report)
	report.Faults = c.faults
	return report
}

// reconcile compares what the endpoint saw with the log: every request beyond those
// whose result was committed has to show as an interrupted attempt.
func (c *cluster) reconcile(report *killReport) {
	db, err := postgres.Open(context.Background(), postgres.Options{DSN: c.dsn})
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	logged := map[string]webhook.Delivery{}
	for before := webhook.DeliveryID(""); ; {
		page, err := db.Deliveries(context.Background(), store.DeliveryQuery{Tenant: webhook.DefaultTenant, Before: before, Limit: 1000})
		if err != nil {
			c.t.Fatal(err)
		}
		for _, d := range page {
			logged[string(d.ID)] = d
		}
		if len(page) < 1000 {
			break
		}
		before = page[len(page)-1].ID
	}
	for key, d := range c.endpoint.seen {
		report.Requests += d.begun
		report.Duplicates += max(0, d.answered[http.StatusOK]-1)
		if len(d.ids) != 1 {
			c.fault("delivery %s came under %d webhook-ids", key, len(d.ids))
			continue
		}
		for id := range d.ids {
			report.Unexplained += unexplained(logged[id], d)
			if again := d.answered[http.StatusOK] - 1; again > c.flying[id] {
				report.Unexpected += again - c.flying[id]
				c.note("unexpected: %s, in flight at %d kills: %s", id, c.flying[id], story(logged[id]))
			}
			if state := logged[id].State; state != webhook.StateSucceeded {
				c.fault("delivery %s is %q in the log: %s", id, state, story(logged[id]))
			}
			if n := successes(logged[id]); n != 1 { // a result under a lost lease would make it two
				c.fault("delivery %s has %d successful attempts in the log", id, n)
			}
		}
	}
}

// story tells what the log has of a delivery.
func story(d webhook.Delivery) string {
	var b strings.Builder
	for _, a := range d.Attempts {
		fmt.Fprintf(&b, " [%d %s %s %s +%v %s]", a.Number, a.Outcome, a.Reason, a.StartedAt.Format("05.000"), a.Duration.Round(time.Millisecond), a.Detail)
	}
	return fmt.Sprintf("accepted %s,%s", d.AcceptedAt.Format("05.000"), b.String())
}

// busy says whether this is a moment at which something may happen.
func (c *cluster) busy() bool { return c.endpoint.inFlight() >= clusterOpen }

func successes(d webhook.Delivery) (n int) {
	for _, a := range d.Attempts {
		if a.Outcome == webhook.OutcomeSucceeded {
			n++
		}
	}
	return n
}

// inFlight is how many requests the endpoint has under way.
func (k *killEndpoint) inFlight() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.open
}

// clusterKills is how often nodes are killed: make torture asks for more.
func clusterKills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("TIDINGS_TORTURE_KILLS")
	if text == "" {
		return 60
	}
	kills, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return kills
}

// TestClusterLosesNothing kills nodes at random and restarts the database twice, under
// load: nothing is lost, and what comes twice was in flight at a kill.
func TestClusterLosesNothing(t *testing.T) {
	t.Parallel()
	kills := clusterKills(t)
	c := newCluster(t)
	c.start(program(t))
	stop := c.load()
	began := time.Now()
	for kill := range kills {
		time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond) //nolint:forbidigo // the moment of the kill is random
		c.waitUntil(c.busy, "moment that is busy enough for a kill")
		c.restart(c.nodes[rand.IntN(len(c.nodes))])
		if kill == kills/3 || kill == 2*kills/3 {
			// What is in flight now may have been taken over and ended by the time anyone can
			// ask again: leases run out while there is no database.
			held := c.held()
			c.database.Kill()
			c.ended("the database")
			c.database.Run(t)
			c.noteFlying(slices.Compact(slices.Sorted(slices.Values(append(held, c.held()...)))))
		}
		if took := time.Since(began); (kill+1)%progressEvery == 0 {
			t.Logf("%d of %d kills after %v: about %v to go", kill+1, kills, took.Round(time.Second),
				(took * time.Duration(kills-kill-1) / time.Duration(kill+1)).Round(time.Second))
		}
	}
	stop()
	report := c.settle()
	report.Kills = kills
	for i, n := range c.nodes {
		for line := range strings.Lines(fmt.Sprint(n.log)) {
			if strings.Contains(line, "node.") || strings.Contains(line, "lease_lost") {
				c.note("node %d: %s", i, strings.TrimSpace(line))
			}
		}
	}
	t.Logf("%+v, %d deliveries in flight at kills", report, len(c.flying))
	if report.broken() {
		t.Errorf("%d of %d accepted events were lost, %d requests are unexplained, faults: %v",
			report.Lost, report.Accepted, report.Unexplained, report.Faults)
	}
	if report.Unexpected > 0 {
		t.Errorf("%d of %d duplicates were not in flight at a kill\n%s", report.Unexpected, report.Duplicates, strings.Join(c.notes, "\n"))
	}
}

func (c *cluster) waitUntil(done func() bool, what string) {
	c.t.Helper()
	for deadline := time.Now().Add(settleWithin); !done(); {
		if time.Now().After(deadline) {
			for _, n := range c.nodes {
				c.t.Log(n.log)
			}
			c.t.Fatalf("no %s within %v", what, settleWithin)
		}
		time.Sleep(2 * time.Millisecond) //nolint:forbidigo // it watches other processes
	}
}

// TestRollingRestart ends and starts the nodes one after the other under load: nothing
// is lost, and nothing comes twice.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.start(program(t))
	stop := c.load()
	for range 2 {
		for _, n := range c.nodes {
			c.waitUntil(c.busy, "moment that is busy enough for a restart")
			if err := n.terminate(); err != nil {
				t.Fatalf("the node did not end in good order: %v\n%s", err, n.log)
			}
			n.up.Lock()
			n.start()
			n.up.Unlock()
		}
	}
	stop()
	report := c.settle()
	t.Logf("%+v", report)
	if report.broken() || report.Duplicates > 0 {
		t.Errorf("%d of %d accepted events were lost, %d came twice, %d requests are unexplained, faults: %v",
			report.Lost, report.Accepted, report.Duplicates, report.Unexplained, report.Faults)
	}
}
