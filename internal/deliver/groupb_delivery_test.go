package deliver_test

import (
	"context"
	"crypto/tls"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

// The beginnings of HTTP/2 frames: length, type, flags, stream, payload.
const (
	settings     = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	zeroWindow   = "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00"
	goAway       = "\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	resetStream  = "\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x00"
	continuation = "\x00\x00\x01\x09\x00\x00\x00\x00\x01x"
	badFrameSize = "\xff\xff\xff\x04\x00\x00\x00\x00\x00"
)

// protocolRows are 43 to 45.
func protocolRows() []rowCase {
	bad := failure(webhook.ReasonBadResponse, webhook.PhaseHeaders)
	switching := bad
	switching.status, switching.retry = 101, false
	return []rowCase{
		{"B43SwitchingProtocols", func(t *testing.T) {
			_, r := attempt(t, switching, testkit.RawHold("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"))
			r.WaitUntilLeft(t)
		}},
		answers("B44aHTTP09", bad, testkit.RawHold("<html>hello</html>")),
		{"B44bHTTP10", func(t *testing.T) {
			a, r := attempt(t, ok(200), testkit.Raw("HTTP/1.0 200 OK\r\n\r\nhello"))
			if a.HTTPVersion != "HTTP/1.0" || string(a.Response.Body) != "hello" {
				t.Errorf("got %s and %q", a.HTTPVersion, a.Response.Body)
			}
			r.WaitUntilLeft(t)
		}},
		{"B44cOnlyHTTP3", func(t *testing.T) { // nobody listens on TCP
			a := newSender(t, nil).Send(t.Context(), newRequest("https://"+testkit.RefusedAddress(t)))
			failure(webhook.ReasonConnect, webhook.PhaseConnect).check(t, a)
		}},
		answers("B45aOnlySettings", bad, testkit.RawHold(settings)),
		answers("B45bGoAway", bad, testkit.RawHold(settings+goAway)),
		answers("B45cResetStream", bad, testkit.RawHold(settings+resetStream)),
		answers("B45dZeroWindow", bad, testkit.RawHold(zeroWindow)),
		reads("B45eFloodOfSettings", bad, oneRead, testkit.Endless("", settings)),
		reads("B45fFloodOfContinuation", bad, oneRead, testkit.Endless(settings, continuation)),
		answers("B45gBadFrameSize", bad, testkit.RawHold(badFrameSize)),
		answers("B45hClosesOnHTTP1", failure(webhook.ReasonReset, webhook.PhaseHeaders), testkit.Raw("")),
		{"B45iRefusesHTTP1ByALPN", func(t *testing.T) { // not "h2": crypto/tls lets that pass
			secure(t, failure(webhook.ReasonTLS, webhook.PhaseTLS), testkit.TLS{Protocols: []string{"h2-only"}})
		}},
		{"B45jHTTP2ByALPNToo", func(t *testing.T) {
			r := testkit.NewTLSReceiver(t, testkit.TLS{Protocols: []string{"h2", "http/1.1"}})
			s := newSender(t, func(o *deliver.Options) { o.RootCAs = r.RootCAs })
			a := s.Send(t.Context(), newRequest(r.URL))
			ok(200).check(t, a)
			if a.HTTPVersion != "HTTP/1.1" {
				t.Errorf("spoke %s", a.HTTPVersion)
			}
		}},
	}
}

// deliveryRows are 46 to 52, as far as attempts alone can show them.
func deliveryRows() []rowCase {
	return []rowCase{
		{"B46FailsThreeTimes", func(t *testing.T) {
			r := testkit.NewReceiver(t, testkit.Status(500), testkit.Status(502), testkit.Status(503), testkit.Status(200))
			attempts, next := play(t, newSender(t, nil), newRequest(r.URL))
			if len(attempts) != 4 || next.State != webhook.StateSucceeded {
				t.Fatalf("%d attempts, %s; want 4, succeeded", len(attempts), next.State)
			}
			for i, status := range []int{500, 502, 503} {
				refusal(webhook.ReasonStatus5xx, status, true).check(t, attempts[i])
			}
			sameDelivery(t, r, 4)
		}},
		{"B47AnswersAfterTheDeadline", func(t *testing.T) {
			late := make(chan struct{})
			r := testkit.NewReceiver(t, testkit.After(late, testkit.Status(200)), testkit.Status(200))
			s := newSender(t, func(o *deliver.Options) { o.Deadline = short })
			failure(webhook.ReasonTimeout, webhook.PhaseHeaders).check(t, s.Send(t.Context(), newRequest(r.URL)))
			close(late)
			ok(200).check(t, s.Send(t.Context(), newRequest(r.URL)))
			sameDelivery(t, r, 2)
		}},
		{"B48AnswersJustInTime", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := testkit.NewMemoryReceiver(t, testkit.Delay(9900*time.Millisecond, testkit.Status(200)))
				a := newMemorySender(t, r, nil).Send(t.Context(), newRequest(r.URL))
				ok(200).check(t, a)
				if a.Duration != 9900*time.Millisecond || a.Timing.Wait != a.Duration {
					t.Errorf("took %v, waited %v; want 9.9 s", a.Duration, a.Timing.Wait)
				}
			})
		}},
		{"B49CutsAfterProcessing", func(t *testing.T) {
			r := testkit.NewReceiver(t, testkit.RawReset(""), testkit.Status(200))
			attempts, next := play(t, newSender(t, nil), newRequest(r.URL))
			if len(attempts) != 2 || next.State != webhook.StateSucceeded {
				t.Fatalf("%d attempts, %s; want 2, succeeded", len(attempts), next.State)
			}
			failure(webhook.ReasonReset, webhook.PhaseHeaders).check(t, attempts[0])
			sameDelivery(t, r, 2)
		}},
		{"B50Flaps", flaps},
		{"B51DownThenUp", downThenUp},
		{"B52ManyWebhooksOneSlowHost", manyToOneHost},
	}
}

// sameDelivery checks that the endpoint got n requests with one identifier and body,
// each signed for itself.
func sameDelivery(t *testing.T, r *testkit.Receiver, n int) {
	t.Helper()
	requests := r.Requests()
	if len(requests) != n {
		t.Fatalf("the endpoint got %d requests, want %d", len(requests), n)
	}
	for _, got := range requests {
		if got.Delivery() != deliveryID || string(got.Body) != body {
			t.Errorf("got delivery %q with body %q", got.Delivery(), got.Body)
		}
		if err := got.Verify(signingKey); err != nil {
			t.Error(err)
		}
	}
}

func flaps(t *testing.T) {
	const rounds = 50
	var script []testkit.Behaviour
	for range rounds {
		script = append(script, testkit.Status(200), testkit.Status(500), testkit.RawReset(""), testkit.Status(204))
	}
	r := testkit.NewReceiver(t, script...)
	s := newSender(t, nil)
	succeeded := 0
	for range 4 * rounds {
		if a := s.Send(t.Context(), newRequest(r.URL)); a.Outcome == webhook.OutcomeSucceeded {
			succeeded++
		}
	}
	if got := len(r.Requests()); got != 4*rounds || succeeded != 2*rounds {
		t.Errorf("%d requests, %d succeeded; want %d and %d", got, succeeded, 4*rounds, 2*rounds)
	}
}

func downThenUp(t *testing.T) {
	const down, atOnce = 100, 10
	r := testkit.NewReceiver(t, testkit.ResetOnAccept())
	s := newSender(t, nil)
	if got := parallel(t, s, r.URL, down, atOnce); got != 0 {
		t.Errorf("%d attempts succeeded at an endpoint that is down", got)
	}
	before := r.Connections()
	r.Answer(testkit.Status(200))
	if got := parallel(t, s, r.URL, down, atOnce); got != down {
		t.Errorf("%d of %d attempts succeeded at an endpoint that is up again", got, down)
	}
	if got := r.Connections() - before; got > atOnce {
		t.Errorf("%d new connections for %d attempts at a time", got, atOnce)
	}
}

// parallel makes n attempts, some at once, and counts those that succeeded.
func parallel(t *testing.T, s *deliver.Sender, url string, n, atOnce int) int64 {
	t.Helper()
	var succeeded atomic.Int64
	var group sync.WaitGroup
	for range atOnce {
		group.Go(func() {
			for range n / atOnce {
				if a := s.Send(t.Context(), newRequest(url)); a.Outcome == webhook.OutcomeSucceeded {
					succeeded.Add(1)
				}
			}
		})
	}
	group.Wait()
	return succeeded.Load()
}

func manyToOneHost(t *testing.T) {
	const many, kept = 100, 4
	release := make(chan struct{})
	slow, well := testkit.NewReceiver(t, testkit.After(release, testkit.Status(200))), testkit.NewReceiver(t)
	s := newSender(t, func(o *deliver.Options) { o.IdlePerHost = kept })
	var group sync.WaitGroup
	for range many {
		group.Go(func() { ok(200).check(t, s.Send(t.Context(), newRequest(slow.URL))) })
	}
	slow.WaitForRequests(t, many)
	ok(200).check(t, s.Send(t.Context(), newRequest(well.URL)))
	close(release)
	group.Wait()
	slow.WaitUntilOpen(t, kept)
}

// poolRows are 53 and 54.
func poolRows() []rowCase {
	return []rowCase{
		{"B53aClosesAsWeWrite", closesAsWeWrite},
		{"B53bClosedWhileIdle", closedWhileIdle},
		{"B54aOtherCertificate", otherCertificate},
		{"B54bOtherAddress", otherAddress},
	}
}

func closesAsWeWrite(t *testing.T) {
	r := testkit.NewReceiver(t, testkit.Status(200), testkit.CloseMidRequest(), testkit.Status(200))
	s := newSender(t, nil)
	ok(200).check(t, s.Send(t.Context(), newRequest(r.URL)))
	a := s.Send(t.Context(), newRequest(r.URL))
	if a.Reason != webhook.ReasonReset || !a.Reused || !a.Retryable() {
		t.Errorf("got %s, reused %v; want a reset of a kept connection", a.Reason, a.Reused)
	}
	if got := len(r.Requests()); got != 1 || r.Connections() != 1 {
		t.Errorf("%d requests on %d connections: the lost one was sent again", got, r.Connections())
	}
	a = s.Send(t.Context(), newRequest(r.URL))
	ok(200).check(t, a)
	if a.Reused || r.Connections() != 2 || len(r.Requests()) != 2 {
		t.Errorf("reused %v, %d connections, %d requests; want a new connection", a.Reused, r.Connections(), len(r.Requests()))
	}
}

func closedWhileIdle(t *testing.T) {
	r := testkit.NewReceiver(t, testkit.Raw(okHead+"Content-Length: 0\r\n\r\n"))
	s := newSender(t, nil)
	for range 3 {
		a := s.Send(t.Context(), newRequest(r.URL))
		ok(200).check(t, a)
		if a.Reused {
			t.Error("used a connection that the endpoint had closed")
		}
		r.WaitUntilLeft(t)
	}
}

func otherCertificate(t *testing.T) {
	var spoiled atomic.Pointer[tls.Config]
	o := testkit.TLS{Change: func(c *tls.Config) {
		c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return spoiled.Load(), nil }
	}}
	r := testkit.NewTLSReceiver(t, o, testkit.Status(200, "Connection: close"))
	s := newSender(t, func(o *deliver.Options) { o.RootCAs = r.RootCAs })
	ok(200).check(t, s.Send(t.Context(), newRequest(r.URL)))
	spoiled.Store(testkit.TLS{}.Config(t)) // another authority's
	failure(webhook.ReasonTLS, webhook.PhaseTLS).check(t, s.Send(t.Context(), newRequest(r.URL)))
	if got := len(r.Requests()); got != 1 {
		t.Errorf("the endpoint got %d requests, want 1", got)
	}
}

func otherAddress(t *testing.T) {
	r := testkit.NewReceiver(t)
	address := netip.MustParseAddr("127.0.0.1")
	var lookups atomic.Int64
	guard := egress.New(egress.Options{Dev: true, Resolver: testkit.Resolver(
		func(context.Context, string) ([]netip.Addr, error) {
			if lookups.Add(1) > 1 {
				return []netip.Addr{netip.MustParseAddr("169.254.169.254")}, nil
			}
			return []netip.Addr{address}, nil
		},
	)})
	s := newSender(t, func(o *deliver.Options) { o.Dialer, o.MaxConnAge = guard, time.Nanosecond })
	url := "http://receiver.test:" + r.Port()
	ok(200).check(t, s.Send(t.Context(), newRequest(url)))
	a := s.Send(t.Context(), newRequest(url))
	want{outcome: webhook.OutcomeFailed, reason: webhook.ReasonBlockedAddress, phase: webhook.PhaseConnect}.check(t, a)
	if r.Connections() != 1 {
		t.Errorf("%d connections, want 1", r.Connections())
	}
}

// The rows that the engine's suite plays, without the engine: the policy alone.
func TestEngineRowsByThePolicy(t *testing.T) {
	t.Parallel()
	for _, row := range testkit.EngineRows() {
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := testkit.NewMemoryReceiver(t, row.Script...)
				attempts, next := play(t, newMemorySender(t, r, nil), newRequest(r.URL))
				var reasons []webhook.Reason
				for _, a := range attempts {
					reasons = append(reasons, a.Reason)
				}
				if diff := cmp.Diff(row.Reasons, reasons); diff != "" || next.State != row.State {
					t.Errorf("ended %s, want %s; reasons: %s", next.State, row.State, diff)
				}
				last := attempts[len(attempts)-1]
				if row.Body != "" && string(last.Response.Body) != row.Body {
					t.Error("the body differs from what the endpoint sent")
				}
				sameDelivery(t, r, len(attempts))
			})
		})
	}
}
