package deliver_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

// connectRows are 17 to 23: no connection, or none that may be used.
func connectRows() []rowCase {
	return []rowCase{
		{"B17RefusesConnections", func(t *testing.T) {
			a := newSender(t, nil).Send(t.Context(), newRequest("http://"+testkit.RefusedAddress(t)))
			failure(webhook.ReasonConnect, webhook.PhaseConnect).check(t, a)
			if a.Cause() != webhook.CauseRefused {
				t.Errorf("the cause of %q is %q", a.Detail, a.Cause())
			}
			if a.Duration > time.Second {
				t.Errorf("being refused took %v", a.Duration)
			}
		}},
		{"B18DropsSYN", blackhole},
		{"B19aNoSuchName", func(t *testing.T) {
			w := failure(webhook.ReasonDNS, webhook.PhaseDNS)
			lookup(t, w, func(context.Context) error { return &net.DNSError{Err: "no such host", IsNotFound: true} })
		}},
		{"B19bNameServerFails", func(t *testing.T) {
			w := failure(webhook.ReasonDNS, webhook.PhaseDNS)
			lookup(t, w, func(context.Context) error { return &net.DNSError{Err: "server misbehaving", IsTemporary: true} })
		}},
		{"B19cNameServerIsSilent", func(t *testing.T) {
			w := failure(webhook.ReasonTimeout, webhook.PhaseDNS)
			lookup(t, w, func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			})
		}},
		expires("B20NeverAnswers", failure(webhook.ReasonTimeout, webhook.PhaseHeaders), testkit.Hang()),
		{"B21aClosesAtOnce", func(t *testing.T) { cutEarly(t, testkit.CloseOnAccept()) }},
		{"B21bResetsAtOnce", func(t *testing.T) { cutEarly(t, testkit.ResetOnAccept()) }},
		{"B21cResetsMidRequest", func(t *testing.T) { cutEarly(t, testkit.ResetMidRequest()) }},
		{"B22aSilentInsteadOfTLS", func(t *testing.T) {
			a := secure(t, failure(webhook.ReasonTimeout, webhook.PhaseTLS), testkit.TLS{}, testkit.HoldOnAccept())
			if a.Timing.TLS < short || a.Duration > lenient {
				t.Errorf("the handshake took %v of %v, want %v", a.Timing.TLS, a.Duration, short)
			}
		}},
		{"B22bGarbageInsteadOfTLS", func(t *testing.T) {
			secure(t, failure(webhook.ReasonTLS, webhook.PhaseTLS), testkit.TLS{}, testkit.RawOnAccept("SSH-2.0-OpenSSH_9.2\r\n"))
		}},
		{"B22cClosesDuringHandshake", func(t *testing.T) {
			secure(t, failure(webhook.ReasonReset, webhook.PhaseTLS), testkit.TLS{}, testkit.CloseOnAccept())
		}},
		{"B22dEndlessMessagesAfterHandshake", func(t *testing.T) {
			secure(t, failure(webhook.ReasonTLS, webhook.PhaseHeaders), testkit.TLS{}, testkit.TicketFlood())
		}},
		{"B23aOnlyOldTLS", func(t *testing.T) {
			secure(t, failure(webhook.ReasonTLS, webhook.PhaseTLS), testkit.TLS{MaxVersion: tls.VersionTLS11})
		}},
		{"B23bExpiredCertificate", func(t *testing.T) {
			a := secure(t, failure(webhook.ReasonTLS, webhook.PhaseTLS), testkit.TLS{Expired: true})
			ended := time.Now().Add(-time.Hour).AddDate(-1, 0, 0).UTC()
			says(t, a, "The certificate of the endpoint expired on "+ended.Format("2 Jan 2006")+".")
		}},
		{"B23cCertificateOfOtherHost", func(t *testing.T) {
			a := secure(t, failure(webhook.ReasonTLS, webhook.PhaseTLS), testkit.TLS{WrongHost: true})
			says(t, a, "The certificate of the endpoint is for other.example, not 127.0.0.1.")
		}},
		{"B23dSelfSignedCertificate", func(t *testing.T) {
			a := secure(t, failure(webhook.ReasonTLS, webhook.PhaseTLS), testkit.TLS{SelfSigned: true})
			says(t, a, "The certificate of the endpoint is signed by itself, not by an authority that is trusted.")
		}},
		{"B23eGoodCertificate", func(t *testing.T) {
			r := testkit.NewTLSReceiver(t, testkit.TLS{})
			s := newSender(t, func(o *deliver.Options) { o.RootCAs = r.RootCAs })
			a := s.Send(t.Context(), newRequest(r.URL))
			ok(200).check(t, a)
			if a.TLSVersion != "TLS 1.3" || a.Timing.TLS <= 0 {
				t.Errorf("got %q after %v", a.TLSVersion, a.Timing.TLS)
			}
		}},
		{"B23fAuthorityNotTrusted", func(t *testing.T) {
			r := testkit.NewTLSReceiver(t, testkit.TLS{})
			a := newSender(t, nil).Send(t.Context(), newRequest(r.URL))
			failure(webhook.ReasonTLS, webhook.PhaseTLS).check(t, a)
			says(t, a, "The certificate of the endpoint is signed by an authority that is not trusted, or its chain is incomplete: only one certificate was sent.")
		}},
	}
}

func says(t *testing.T, a webhook.Attempt, want string) {
	t.Helper()
	if a.Detail != want {
		t.Errorf("the attempt says %q, want %q", a.Detail, want)
	}
}

func blackhole(t *testing.T) {
	guard := egress.New(egress.Options{Dev: true, ConnectTimeout: short})
	s := newSender(t, func(o *deliver.Options) { o.Dialer = guard })
	a := s.Send(t.Context(), newRequest("http://"+testkit.Blackhole(t)))
	failure(webhook.ReasonTimeout, webhook.PhaseConnect).check(t, a)
	if a.Timing.Connect < short || a.Duration > lenient {
		t.Errorf("connecting took %v of %v, want %v", a.Timing.Connect, a.Duration, short)
	}
	if egress.DefaultConnectTimeout != 3*time.Second {
		t.Errorf("connecting may take %v, want 3 s", egress.DefaultConnectTimeout)
	}
}

// lookup makes an attempt at a name whose look-up ends so.
func lookup(t *testing.T, w want, end func(context.Context) error) {
	t.Helper()
	guard := egress.New(egress.Options{
		Dev: true, DNSTimeout: short,
		Resolver: testkit.Resolver(func(ctx context.Context, _ string) ([]netip.Addr, error) { return nil, end(ctx) }),
	})
	a := newSender(t, func(o *deliver.Options) { o.Dialer = guard }).Send(t.Context(), newRequest("http://receiver.test"))
	w.check(t, a)
	if a.Address != "" || a.Duration > lenient {
		t.Errorf("dialled %q, took %v", a.Address, a.Duration)
	}
	if egress.DefaultDNSTimeout != 2*time.Second {
		t.Errorf("a look-up may take %v, want 2 s", egress.DefaultDNSTimeout)
	}
}

func cutEarly(t *testing.T, behaviour testkit.Behaviour) {
	t.Helper()
	r := testkit.NewReceiver(t, behaviour)
	a := newSender(t, nil).Send(t.Context(), newRequest(r.URL))
	if a.Phase == webhook.PhaseConnect || a.Phase == webhook.PhaseWrite { // it may come that early
		a.Phase = webhook.PhaseHeaders
	}
	failure(webhook.ReasonReset, webhook.PhaseHeaders).check(t, a)
	if r.Connections() != 1 || len(r.Requests()) != 0 {
		t.Errorf("%d connections, %d requests; want 1 and 0", r.Connections(), len(r.Requests()))
	}
}

// secure makes an attempt over TLS that must fail before a request is sent.
func secure(t *testing.T, w want, o testkit.TLS, script ...testkit.Behaviour) webhook.Attempt {
	t.Helper()
	r := testkit.NewTLSReceiver(t, o, script...)
	s := newSender(t, func(o *deliver.Options) { o.RootCAs, o.TLSTimeout = r.RootCAs, short })
	a := s.Send(t.Context(), newRequest(r.URL))
	w.check(t, a)
	if got := len(r.Requests()); got != 0 {
		t.Errorf("the endpoint got %d requests, want 0", got)
	}
	r.WaitUntilLeft(t)
	return a
}
