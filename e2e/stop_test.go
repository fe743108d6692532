package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// slowEndpoint holds every request until it is released.
type slowEndpoint struct {
	*httptest.Server
	arrived chan string // the webhook-id of each request
	release chan struct{}
	once    sync.Once
}

func newSlowEndpoint(t *testing.T) *slowEndpoint {
	t.Helper()
	e := &slowEndpoint{arrived: make(chan string, 1000), release: make(chan struct{})}
	e.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		e.arrived <- r.Header.Get("Webhook-Id")
		<-e.release
	}))
	t.Cleanup(func() {
		e.answer()
		e.Close()
	})
	return e
}

// answer lets every request, also those to come, be answered with 200.
func (e *slowEndpoint) answer() { e.once.Do(func() { close(e.release) }) }

// next waits for a request.
func (e *slowEndpoint) next(t *testing.T) string {
	t.Helper()
	select {
	case id := <-e.arrived:
		return id
	case <-time.After(30 * time.Second):
		t.Fatal("the endpoint waits in vain for a request")
		return ""
	}
}

// loggedDelivery is a delivery as the API tells of it.
type loggedDelivery struct {
	ID, State string
	Attempts  []struct {
		Outcome string
		Status  int
	}
}

func (s *server) deliveries() []loggedDelivery {
	s.t.Helper()
	var page struct{ Items []loggedDelivery }
	if err := json.Unmarshal(s.request(http.MethodGet, "/api/deliveries?limit=100", "", http.StatusOK), &page); err != nil {
		s.t.Fatal(err)
	}
	return page.Items
}

// awaitEnd waits until no delivery is unfinished.
func (s *server) awaitEnd() []loggedDelivery {
	s.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; {
		found, open := s.deliveries(), 0
		for _, d := range found {
			if d.State == "pending" || d.State == "retrying" {
				open++
			}
		}
		if open == 0 {
			return found
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%d deliveries do not end\n%s", open, s.log)
		}
		time.Sleep(20 * time.Millisecond) //nolint:forbidigo // it watches another process
	}
}

// awaitRefusal waits until nobody listens any more: the server is stopping.
func (s *server) awaitRefusal() {
	s.t.Helper()
	address := strings.TrimPrefix(s.url, "http://")
	for deadline := time.Now().Add(30 * time.Second); ; {
		conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", address)
		if err != nil {
			return
		}
		conn.Close()
		if time.Now().After(deadline) {
			s.t.Fatalf("the server goes on listening\n%s", s.log)
		}
		time.Sleep(5 * time.Millisecond) //nolint:forbidigo // it watches another process
	}
}

func TestSignalDrains(t *testing.T) {
	t.Parallel()
	s, endpoint := newServer(t, program(t)), newSlowEndpoint(t)
	s.start()
	s.createWebhook("slow", endpoint.URL)
	s.request(http.MethodPost, "/api/events", eventBody(1), http.StatusAccepted)
	id := endpoint.next(t)

	began := time.Now()
	s.signal()
	s.awaitRefusal()
	endpoint.answer()
	if err := s.wait(); err != nil {
		t.Fatalf("the server ended with %v\n%s", err, s.log)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("draining took %v", took)
	}

	s.start()
	found := s.awaitEnd()
	if len(found) != 1 || found[0].ID != id || found[0].State != "succeeded" || len(found[0].Attempts) != 1 {
		t.Errorf("recorded: %+v, want one attempt that succeeded", found)
	}
	if len(endpoint.arrived) > 0 {
		t.Error("the endpoint got the delivery again")
	}
}

func TestSecondSignalStopsAtOnce(t *testing.T) {
	t.Parallel()
	s, endpoint := newServer(t, program(t)), newSlowEndpoint(t)
	s.start()
	s.createWebhook("slow", endpoint.URL)
	s.request(http.MethodPost, "/api/events", eventBody(1), http.StatusAccepted)
	id := endpoint.next(t)

	s.signal()
	s.awaitRefusal()
	began := time.Now()
	s.signal()
	err := s.wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(s.log.String(), "stopped at once") {
		t.Errorf("ended with %v\n%s", err, s.log)
	}
	if took := time.Since(began); took > 5*time.Second { // the attempt alone would take twice as long
		t.Errorf("it took %v", took)
	}

	endpoint.answer()
	s.start()
	if again := endpoint.next(t); again != id {
		t.Errorf("the delivery %s came again as %s", id, again)
	}
	found := s.awaitEnd()
	if len(found) != 1 || found[0].State != "succeeded" || len(found[0].Attempts) != 2 ||
		found[0].Attempts[0].Outcome != "interrupted" || found[0].Attempts[1].Outcome != "succeeded" {
		t.Errorf("recorded: %+v, want an interrupted attempt and one that succeeded", found)
	}
}

// TestRestartIsQuick kills a server with a backlog. The promise is two seconds; a
// machine that is busy with other tests gets more.
func TestRestartIsQuick(t *testing.T) {
	t.Parallel()
	s, endpoint := newServer(t, program(t)), newSlowEndpoint(t)
	s.start()
	s.createWebhook("slow", endpoint.URL)
	const events = 2000
	for n := range events / 500 {
		batch := make([]string, 500)
		for i := range batch {
			batch[i] = eventBody(n*500 + i)
		}
		s.request(http.MethodPost, "/api/events/batch", "["+strings.Join(batch, ",")+"]", http.StatusAccepted)
	}
	endpoint.next(t)
	s.kill()
	began := time.Now()
	s.start() // returns when /readyz has answered 200
	took := time.Since(began)
	t.Logf("ready after %v", took)
	if took > 10*time.Second {
		t.Errorf("ready after %v", took)
	}
	if want := fmt.Sprintf("tidings_queue_depth %d\n", events); !strings.Contains(string(s.metrics()), want) {
		t.Errorf("the backlog is not there: want %s", want)
	}
}

// metrics reads the page of the ops listener.
func (s *server) metrics() []byte {
	s.t.Helper()
	main := s.url
	defer func() { s.url = main }()
	s.url = s.ops
	return s.request(http.MethodGet, "/metrics", "", http.StatusOK)
}
