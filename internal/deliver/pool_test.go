package deliver_test

import (
	"context"
	"crypto/tls"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestConnectionIsKept(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]testkit.Behaviour{
		"Length":  testkit.Respond(200, "hello"),
		"Empty":   testkit.Status(204),
		"Chunked": testkit.RawKeep(okHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n"),
		"Failure": testkit.Respond(503, "sorry"),
		"Hints":   testkit.RawKeep("HTTP/1.1 103 Early Hints\r\n\r\n" + okHead + "Content-Length: 0\r\n\r\n"),
		"Large":   testkit.Respond(200, strings.Repeat("x", 64<<10)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := testkit.NewReceiver(t, answer)
			s := newSender(t, nil)
			for i := range 5 {
				a := s.Send(t.Context(), newRequest(r.URL))
				if a.Reused != (i > 0) || i > 0 && (a.Timing.Connect != 0 || a.Timing.DNS != 0) {
					t.Errorf("attempt %d: reused %v, timing %+v", i+1, a.Reused, a.Timing)
				}
				if a.Address != r.Address {
					t.Errorf("attempt %d: address %q, want %q", i+1, a.Address, r.Address)
				}
			}
			if r.Connections() != 1 {
				t.Errorf("%d connections, want 1", r.Connections())
			}
		})
	}
}

func TestConnectionWithTLSIsKept(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := testkit.NewTLSReceiver(t, testkit.TLS{MaxVersion: version}, testkit.Respond(200, "hello"))
			s := newSender(t, func(o *deliver.Options) { o.RootCAs = r.RootCAs })
			for i := range 5 {
				a := s.Send(t.Context(), newRequest(r.URL))
				ok(200).check(t, a)
				if a.Reused != (i > 0) || a.TLSVersion != name || (a.Timing.TLS > 0) != (i == 0) {
					t.Errorf("attempt %d: reused %v, %s, timing %+v", i+1, a.Reused, a.TLSVersion, a.Timing)
				}
			}
			if r.Connections() != 1 {
				t.Errorf("%d connections, want 1", r.Connections())
			}
		})
	}
}

// What arrives on an idle connection would be taken for the answer to the next
// request.
func TestUnaskedAnswerIsNotBelieved(t *testing.T) {
	t.Parallel()
	sent, arrived := make(chan struct{}), make(chan struct{})
	const answer = okHead + "Content-Length: 0\r\n\r\n"
	r := testkit.NewReceiver(t, testkit.Do(func(x *testkit.Exchange) {
		x.Send(answer)
		<-sent
		x.Send("HTTP/1.1 201 Forged\r\nContent-Length: 0\r\n\r\n")
		close(arrived)
		x.Keep()
	}), testkit.Status(202))
	s := newSender(t, nil)
	ok(200).check(t, s.Send(t.Context(), newRequest(r.URL)))
	close(sent)
	<-arrived
	a := s.Send(t.Context(), newRequest(r.URL))
	ok(202).check(t, a)
	if a.Reused {
		t.Error("the connection was used again")
	}
}

// idle runs a test in virtual time, against a receiver that stands for every host.
func idle(t *testing.T, answer testkit.Behaviour, change func(*deliver.Options), run func(*testing.T, *deliver.Sender, *testkit.Receiver)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := testkit.NewMemoryReceiver(t, answer)
		run(t, newMemorySender(t, r, change), r)
	})
}

// wantOpen checks how many connections are open once everything has settled.
func wantOpen(t *testing.T, r *testkit.Receiver, want int) {
	t.Helper()
	synctest.Wait()
	if got := r.Open(); got != want {
		t.Errorf("%d connections are open, want %d", got, want)
	}
}

// wantReused makes an attempt at the host.
func wantReused(t *testing.T, s *deliver.Sender, host string, want bool) {
	t.Helper()
	a := s.Send(t.Context(), newRequest("http://"+host))
	ok(200).check(t, a)
	if a.Reused != want {
		t.Errorf("attempt at %s: reused %v, want %v", host, a.Reused, want)
	}
}

// pass lets virtual time pass.
func pass(d time.Duration) { <-time.After(d) }

func TestIdleConnectionIsClosedInTime(t *testing.T) {
	t.Parallel()
	idle(t, testkit.Status(200), nil, func(t *testing.T, s *deliver.Sender, r *testkit.Receiver) {
		wantReused(t, s, "a.test", false)
		pass(29 * time.Second)
		wantOpen(t, r, 1)
		pass(17 * time.Second)
		wantOpen(t, r, 0)
	})
}

func TestConnectionIsNotKeptBeyondTheIdleTimeout(t *testing.T) {
	t.Parallel()
	idle(t, testkit.Status(200), nil, func(t *testing.T, s *deliver.Sender, _ *testkit.Receiver) {
		wantReused(t, s, "a.test", false)
		pass(29 * time.Second)
		wantReused(t, s, "a.test", true)
		pass(30 * time.Second)
		wantReused(t, s, "a.test", false)
	})
}

// A host is resolved and judged again after a minute, however busy the connection is.
func TestConnectionHasAnEnd(t *testing.T) {
	t.Parallel()
	idle(t, testkit.Status(200), nil, func(t *testing.T, s *deliver.Sender, r *testkit.Receiver) {
		for i := range 61 {
			wantReused(t, s, "a.test", i > 0 && i != 60)
			pass(time.Second)
		}
		if got := r.Connections(); got != 2 {
			t.Errorf("%d connections in 61 s, want 2", got)
		}
	})
}

func TestEndpointSaysHowLongItKeeps(t *testing.T) {
	t.Parallel()
	answer := testkit.Status(200, "Keep-Alive: timeout=5")
	idle(t, answer, nil, func(t *testing.T, s *deliver.Sender, _ *testkit.Receiver) {
		wantReused(t, s, "a.test", false)
		pass(3900 * time.Millisecond)
		wantReused(t, s, "a.test", true)
		pass(4 * time.Second)
		wantReused(t, s, "a.test", false)
	})
}

func TestIdleConnectionsAreBoundedInTotal(t *testing.T) {
	t.Parallel()
	two := func(o *deliver.Options) { o.IdleTotal = 2 }
	idle(t, testkit.Status(200), two, func(t *testing.T, s *deliver.Sender, r *testkit.Receiver) {
		wantReused(t, s, "a.test", false)
		wantReused(t, s, "b.test", false)
		wantReused(t, s, "a.test", true)
		wantReused(t, s, "c.test", false) // b has been idle the longest
		wantOpen(t, r, 2)
		wantReused(t, s, "a.test", true)
		wantReused(t, s, "c.test", true)
		wantReused(t, s, "b.test", false)
		wantOpen(t, r, 2)
	})
}

func TestConnectionsAreKeptByRoute(t *testing.T) {
	t.Parallel()
	idle(t, testkit.Status(200), nil, func(t *testing.T, s *deliver.Sender, _ *testkit.Receiver) {
		wantReused(t, s, "a.test/one?x=1", false)
		wantReused(t, s, "A.test:80/two", true)
		wantReused(t, s, "a.test:8080/one", false)
		wantReused(t, s, "b.test/one", false)
	})
}

func TestCloseEndsIdleConnections(t *testing.T) {
	t.Parallel()
	idle(t, testkit.Delay(time.Second, testkit.Status(200)), nil, func(t *testing.T, s *deliver.Sender, r *testkit.Receiver) {
		wantReused(t, s, "a.test", false)
		running := make(chan struct{})
		go func() {
			defer close(running)
			wantReused(t, s, "b.test", false)
		}()
		synctest.Wait()
		s.Close()
		wantOpen(t, r, 1)
		<-running // an attempt that is under way finishes
		wantOpen(t, r, 0)
	})
}

func TestNoGoroutinePerIdleConnection(t *testing.T) { //nolint:paralleltest // counts goroutines
	const many = 50
	release := make(chan struct{})
	r := testkit.NewReceiver(t, testkit.After(release, testkit.Status(200)))
	s := newSender(t, nil)
	before := runtime.NumGoroutine()
	var group sync.WaitGroup
	for range many {
		group.Go(func() { s.Send(t.Context(), newRequest(r.URL)) })
	}
	r.WaitForRequests(t, many)
	close(release)
	group.Wait()
	if got := r.Open(); got != many {
		t.Fatalf("%d connections are open, want %d", got, many)
	}
	if own := runtime.NumGoroutine() - before - many; own > 5 {
		t.Errorf("%d goroutines for %d idle connections, beside those of the endpoint", own, many)
	}
}

// TestConnectionBelongsToOneContextAtATime uses a connection for one context, then for
// another: the end of the first is nothing to it, the end of the second closes it.
func TestConnectionBelongsToOneContextAtATime(t *testing.T) {
	t.Parallel()
	first, endFirst := context.WithCancel(t.Context())
	second, endSecond := context.WithCancel(t.Context())
	r := testkit.NewReceiver(t,
		testkit.Status(204),
		testkit.Do(func(x *testkit.Exchange) {
			endFirst()
			x.Send("HTTP/1.1 204 No Content\r\n\r\n")
			x.Keep()
		}),
		testkit.Do(func(x *testkit.Exchange) {
			endSecond()
			x.AwaitLeave()
		}),
	)
	s := newSender(t, nil)
	ok(204).check(t, s.Send(first, newRequest(r.URL)))
	a := s.Send(second, newRequest(r.URL))
	ok(204).check(t, a)
	if !a.Reused {
		t.Error("the second attempt had a connection of its own")
	}
	a = s.Send(second, newRequest(r.URL))
	if a.Outcome != webhook.OutcomeInterrupted || !a.Reused {
		t.Errorf("%s, reused %v, want interrupted on the same connection", a.Outcome, a.Reused)
	}
}
