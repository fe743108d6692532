package deliver_test

import (
	"context"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestEndOfContextInterrupts(t *testing.T) {
	t.Parallel()
	interrupted := func(phase webhook.Phase) want {
		return want{outcome: webhook.OutcomeInterrupted, reason: webhook.ReasonInterrupted, phase: phase, retry: true}
	}
	t.Run("BeforeTheStart", func(t *testing.T) {
		t.Parallel()
		r := testkit.NewReceiver(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		interrupted(webhook.PhaseNone).check(t, newSender(t, nil).Send(ctx, newRequest(r.URL)))
		if r.Connections() != 0 {
			t.Error("a connection was opened")
		}
	})
	t.Run("WhileConnecting", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), short)
		defer cancel()
		interrupted(webhook.PhaseConnect).check(t, newSender(t, nil).Send(ctx, newRequest("http://"+testkit.Blackhole(t))))
	})
	t.Run("DuringTheHandshake", func(t *testing.T) {
		t.Parallel()
		r := testkit.NewTLSReceiver(t, testkit.TLS{}, testkit.HoldOnAccept())
		ctx, cancel := context.WithTimeout(t.Context(), short)
		defer cancel()
		interrupted(webhook.PhaseTLS).check(t, newSender(t, nil).Send(ctx, newRequest(r.URL)))
		r.WaitUntilLeft(t)
	})
	t.Run("BeforeTheAnswer", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		r := testkit.NewReceiver(t, testkit.Do(func(x *testkit.Exchange) {
			cancel()
			x.AwaitLeave()
		}))
		a := newSender(t, nil).Send(ctx, newRequest(r.URL))
		interrupted(webhook.PhaseHeaders).check(t, a)
		if a.Duration > 9*time.Second {
			t.Errorf("took %v, want less than the deadline", a.Duration)
		}
	})
	t.Run("OnAKeptConnection", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		r := testkit.NewReceiver(t, testkit.Status(200), testkit.Do(func(x *testkit.Exchange) {
			cancel()
			x.AwaitLeave()
		}))
		s := newSender(t, nil)
		ok(200).check(t, s.Send(ctx, newRequest(r.URL)))
		a := s.Send(ctx, newRequest(r.URL))
		interrupted(webhook.PhaseHeaders).check(t, a)
		if !a.Reused || a.Duration > 9*time.Second {
			t.Errorf("reused %v, took %v; want the end of a kept connection before the deadline", a.Reused, a.Duration)
		}
	})
	t.Run("NotAfterTheStatusLine", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			r := testkit.NewMemoryReceiver(t, testkit.RawHold(okHead+"\r\nhello"))
			s := newMemorySender(t, r, nil)
			go func() {
				r.WaitForRequests(t, 1)
				synctest.Wait()
				cancel()
			}()
			a := s.Send(ctx, newRequest(r.URL))
			broken(200).check(t, a)
			if a.Duration != 0 || string(a.Response.Body) != "hello" {
				t.Errorf("took %v, kept %q", a.Duration, a.Response.Body)
			}
		})
	})
}

// An endpoint may answer, and stop reading, before it has the whole request.
func TestEarlyAnswerToALargeRequest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer string
		want   want
	}{
		"Refusal": {"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", refusal(webhook.ReasonStatus4xx, 413, false)},
		"Success": {okHead + "Content-Length: 0\r\n\r\n", ok(200)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := make(chan struct{})
			r := testkit.NewReceiver(t, testkit.AnswerUnread(test.answer, done))
			defer close(done)
			s := newSender(t, nil)
			request := newRequest(r.URL)
			request.Body = make([]byte, 32<<20) // more than sockets hold
			a := s.Send(t.Context(), request)
			test.want.check(t, a)
			if a.Duration > lenient {
				t.Errorf("took %v", a.Duration)
			}
			if next := s.Send(t.Context(), newRequest(r.URL)); next.Reused {
				t.Error("the connection was kept although the request was not written")
			}
		})
	}
}

func TestEndpointDoesNotReadTheRequest(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"Small": 8 << 10, "Large": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := testkit.NewMemoryReceiver(t, testkit.AnswerUnread("", nil))
				request := newRequest(r.URL)
				request.Body = make([]byte, size)
				a := newMemorySender(t, r, nil).Send(t.Context(), request)
				failure(webhook.ReasonTimeout, webhook.PhaseWrite).check(t, a)
				if a.Duration != 10*time.Second {
					t.Errorf("took %v, want 10 s", a.Duration)
				}
			})
		})
	}
}

func TestHandshakeHasABoundWithinTheDeadline(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ deadline, want time.Duration }{
		"OfItsOwn":      {10 * time.Second, 3 * time.Second},
		"NotBeyondThat": {2 * time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := testkit.NewMemoryReceiver(t, testkit.HoldOnAccept())
				s := newMemorySender(t, r, func(o *deliver.Options) { o.Deadline = test.deadline })
				a := s.Send(t.Context(), newRequest("https://receiver.test"))
				failure(webhook.ReasonTimeout, webhook.PhaseTLS).check(t, a)
				if a.Duration != test.want || a.Timing.TLS != test.want {
					t.Errorf("took %v, want %v", a.Duration, test.want)
				}
			})
		})
	}
}

func TestURLThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	w := want{outcome: webhook.OutcomeFailed, reason: webhook.ReasonBlockedAddress, phase: webhook.PhaseDNS}
	for _, raw := range []string{"", "ftp://example.com", "https://user:word@example.com", "not a url"} {
		w.check(t, newSender(t, nil).Send(t.Context(), newRequest(raw)))
	}
}

func TestBlockedAddressIsNotRetried(t *testing.T) {
	t.Parallel()
	r := testkit.NewReceiver(t)
	parsed, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := deliver.New(deliver.Options{Dialer: strict(t)})
	t.Cleanup(s.Close)
	a := s.Send(t.Context(), newRequest("https://receiver.example.com:"+parsed.Port()))
	want{outcome: webhook.OutcomeFailed, reason: webhook.ReasonBlockedAddress, phase: webhook.PhaseConnect}.check(t, a)
	if r.Connections() != 0 {
		t.Errorf("%d connections to a forbidden address", r.Connections())
	}
}

// The header that a person could not have saved must not get onto the wire either.
func TestForgedHeaderIsNotSent(t *testing.T) {
	t.Parallel()
	r := testkit.NewReceiver(t)
	for _, h := range []webhook.Header{
		{Name: "X", Value: "a\r\nWebhook-Id: forged"},
		{Name: "X", Value: "a\nb"},
		{Name: "X\r\nY", Value: "a"},
		{Name: "X: Y", Value: "a"},
		{Name: "", Value: "a"},
		{Name: "X Y", Value: "a"},
		{Name: "X", Value: "a\x00b"},
	} {
		request := newRequest(r.URL)
		request.Headers = []webhook.Header{h}
		if a := newSender(t, nil).Send(t.Context(), request); a.Reason != webhook.ReasonInternal {
			t.Errorf("header %q with %q ended with %s", h.Name, h.Value.Reveal(), a.Reason)
		}
	}
	if r.Connections() != 0 {
		t.Errorf("%d connections", r.Connections())
	}
}

// The rows about floods promise memory, too. Everything is counted that both sides
// allocate; the endpoint's part is a few kilobytes.
func TestFloodsCostLittleMemory(t *testing.T) { //nolint:paralleltest // measures the whole process
	for name, flood := range map[string]testkit.Behaviour{
		"Headers":  testkit.Endless(okHead, "X: y\r\n"),
		"Body":     testkit.Endless(okHead+"Content-Length: 10737418240\r\n\r\n", "x"),
		"Chunks":   testkit.Endless(okHead+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
		"Trailers": testkit.Endless(okHead+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"),
		"Hints":    testkit.Endless("", "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"),
		"GzipBomb": testkit.Respond(200, string(bomb()), "Content-Encoding: gzip"),
	} {
		r := testkit.NewReceiver(t, flood)
		s := newSender(t, nil)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s.Send(t.Context(), newRequest(r.URL))
		r.WaitUntilLeft(t)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%s: allocated %d bytes, want at most 1 MiB", name, used)
		}
	}
}

// Secrets are sent, and appear nowhere in what is reported.
func TestAttemptHoldsNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-canary"
	for name, behaviour := range map[string]testkit.Behaviour{"Success": testkit.Status(200), "Failure": testkit.RawReset(""), "Garbage": testkit.Raw("x")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := testkit.NewReceiver(t, behaviour)
			request := newRequest(r.URL + "/?token=" + secret)
			request.SigningKey = signingKey
			for _, name := range []string{"Authorization", "X-Token", "X-API-Key", "Client-Secret", "Cookie", "X-Password"} {
				request.Headers = append(request.Headers, webhook.Header{Name: name, Value: secret})
			}
			request.Headers = append(request.Headers, webhook.Header{Name: "X-Locked", Value: secret, Locked: true})
			a := newSender(t, nil).Send(t.Context(), request)
			if got := strings.Count(string(r.Next(t).Raw), secret); got != 8 {
				t.Errorf("the endpoint got %d of 8 secrets", got)
			}
			testkit.AssertNoSecret(t, a, secret, signingKey)
		})
	}
}
