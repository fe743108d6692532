package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

// TestPartition cuts one of three nodes off from the database for longer than its leases
// last, with attempts under way: the others take over, and what the one has to say
// when it comes back changes nothing that they have written.
func TestPartition(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	proxy := c.database.NewProxy(t)
	name := c.dsn[strings.LastIndex(c.dsn, "@/")+2 : strings.Index(c.dsn, "?")]
	c.start(program(t), proxy.DSN(name))
	lonely := c.nodes[0]
	stop := c.load()
	c.waitUntil(c.busy, "moment that is busy enough for a partition")
	proxy.Freeze()
	c.waitUntil(func() bool { return c.nodes[1].logged("node.took_over") || c.nodes[2].logged("node.took_over") }, "take-over")
	proxy.Thaw()
	c.waitUntil(func() bool { return lonely.logged("node.joined") }, "return of the node that was cut off")
	c.waitUntil(c.busy, "work after the partition")
	stop()
	report := c.settle()
	t.Logf("%+v", report)
	if report.broken() {
		t.Errorf("%d of %d accepted events were lost, %d requests are unexplained, faults: %v",
			report.Lost, report.Accepted, report.Unexplained, report.Faults)
	}
}

// logged says whether the server has logged an event.
func (s *server) logged(message string) bool {
	return strings.Contains(s.log.String(), `"msg":"`+message+`"`)
}

// TestDatabaseIsGone takes the database away from a node that serves, and from one that
// starts. Publishing is refused meanwhile, and goes on once it is back.
func TestDatabaseIsGone(t *testing.T) {
	t.Parallel()
	database := pgtest.Start(t)
	name := database.Database(t, "")
	s, endpoint := newServer(t, program(t), "--log-level", "info"), newSlowEndpoint(t)
	endpoint.answer()
	s.dsn, s.keepLog = database.DSN(name), true
	s.start()
	s.createWebhook("orders", endpoint.URL)
	s.request(http.MethodPost, "/api/events", eventBody(1), http.StatusAccepted)
	database.Kill()

	// The first one may find out; from then on there is nothing to wait for.
	for n := range 5 {
		began := time.Now()
		header := s.refusedWith(eventBody(100+n), http.StatusServiceUnavailable)
		if header.Get("Retry-After") == "" {
			t.Error("there is no Retry-After")
		}
		t.Logf("refused after %v", time.Since(began))
	}
	before, lines := s.cpu(), strings.Count(s.log.String(), "\n")
	time.Sleep(3 * time.Second) //nolint:forbidigo // what a server does that has nothing to do
	if used := s.cpu() - before; used > time.Second {
		t.Errorf("without a database it used %v of the processor in 3 s", used)
	}
	if more := strings.Count(s.log.String(), "\n") - lines; more > 100 {
		t.Errorf("without a database it logged %d lines in 3 s", more)
	}

	database.Run(t)
	returned := time.Now()
	for n := 200; ; n++ {
		status, _, err := s.try(http.MethodPost, "/api/events", eventBody(n))
		if err != nil {
			t.Fatal(err)
		}
		if status == http.StatusAccepted {
			break
		}
		if time.Since(returned) > 30*time.Second {
			t.Fatalf("publishing does not go on\n%s", s.log)
		}
		time.Sleep(10 * time.Millisecond) //nolint:forbidigo // it watches another process
	}
	t.Logf("accepting again %v after the database was back", time.Since(returned))
	endpoint.next(t)
	endpoint.next(t)
	if found := s.awaitEnd(); len(found) != 2 {
		t.Errorf("%d deliveries, want those of the two events that were accepted", len(found))
	}
	if err := s.terminate(); err != nil {
		t.Errorf("the server did not end in good order: %v", err)
	}
	s.startsWithout(database)
}

// startsWithout starts the server before its database.
func (s *server) startsWithout(database *pgtest.Cluster) {
	s.t.Helper()
	database.Kill()
	started := make(chan struct{})
	go func() { defer close(started); s.start() }()
	for deadline := time.Now().Add(20 * time.Second); s.command == nil || !s.logged("server.database_unreachable"); {
		if time.Now().After(deadline) {
			s.t.Error("the server does not say that its database is out of reach")
			break
		}
		time.Sleep(20 * time.Millisecond) //nolint:forbidigo // it watches another process
	}
	database.Run(s.t)
	<-started
	s.request(http.MethodPost, "/api/events", eventBody(300), http.StatusAccepted)
}

// refusedWith posts an event and returns the header of the refusal.
func (s *server) refusedWith(body string, want int) http.Header {
	s.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.url+"/api/events", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != want {
		s.t.Errorf("answered with %d, want %d", response.StatusCode, want)
	}
	return response.Header
}

// cpu is how much of the processor the server has used.
func (s *server) cpu() time.Duration {
	s.t.Helper()
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.command.Process.Pid), "stat"))
	if err != nil {
		s.t.Fatal(err)
	}
	fields := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] { // user and system time
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			s.t.Fatal(fmt.Errorf("read the used time: %w", err))
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
