package deliver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/signature"
)

// Dialer judges where a URL leads to and connects. *egress.Guard is one. What Check
// answers depends on the text of the URL alone.
type Dialer interface {
	Check(raw string) (egress.Target, error)
	Dial(ctx context.Context, t egress.Target) (net.Conn, egress.Trace, error)
}

// Options configure a Sender. Dialer is required; what is zero gets its default.
type Options struct {
	Dialer Dialer
	// Clock gives the time that is logged, and Wall the one that is signed and that dates
	// of endpoints are compared with; nil is Clock.
	Clock clock.Clock
	Wall  clock.Clock
	// RootCAs are trusted in TLS; nil trusts those of the system.
	RootCAs *x509.CertPool
	// Version goes into the user-agent.
	Version string

	// Deadline bounds the whole attempt (10 s), TLSTimeout the handshake within it
	// (3 s). The bounds on DNS and connecting are the Dialer's.
	Deadline   time.Duration
	TLSTimeout time.Duration
	// MaxHeaders bounds all heads of an answer together (64 KiB), MaxBody what is
	// read of its body (64 KiB), KeptBody what is kept of it (16 KiB).
	MaxHeaders int
	MaxBody    int
	KeptBody   int

	// IdlePerHost and IdleTotal bound the connections kept for reuse (512, 1024),
	// IdleTimeout how long one is kept unused (30 s). MaxConnAge bounds its whole
	// life (60 s), so that a host is resolved and judged again.
	IdlePerHost int
	IdleTotal   int
	IdleTimeout time.Duration
	MaxConnAge  time.Duration

	// OnPanic is told of a panic that ended an attempt; nil drops it.
	OnPanic func(value any, stack []byte)
}

func (o *Options) setDefaults() {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Wall == nil {
		o.Wall = o.Clock
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.OnPanic == nil {
		o.OnPanic = func(any, []byte) {}
	}
	orDefault(&o.Deadline, 10*time.Second)
	orDefault(&o.TLSTimeout, 3*time.Second)
	orDefault(&o.MaxHeaders, 64<<10)
	orDefault(&o.MaxBody, 64<<10)
	orDefault(&o.KeptBody, 16<<10)
	orDefault(&o.IdlePerHost, 512)
	orDefault(&o.IdleTotal, 1024)
	orDefault(&o.IdleTimeout, 30*time.Second)
	orDefault(&o.MaxConnAge, time.Minute)
}

func orDefault[T int | time.Duration](value *T, fallback T) {
	if *value <= 0 {
		*value = fallback
	}
}

// Sender makes attempts. It is safe for concurrent use.
type Sender struct {
	Options
	userAgent string
	tls       *tls.Config
	pool      *pool
	watches   watches
	targets   remembered[webhook.EndpointURL, egress.Target]
	signers   remembered[webhook.Secret, *signature.Signer]
	requests  sync.Pool // of *request
	readers   sync.Pool // of *reader
}

// New returns a Sender; Close it at the end.
func New(o Options) *Sender {
	o.setDefaults()
	return &Sender{
		Options:   o,
		userAgent: "Tidings/" + o.Version,
		tls: &tls.Config{
			RootCAs:    o.RootCAs,
			MinVersion: tls.VersionTLS12,
			NextProtos: []string{"http/1.1"},
		},
		pool:     newPool(o),
		requests: sync.Pool{New: func() any { return new(request) }},
		readers:  sync.Pool{New: func() any { return newReader() }},
	}
}

// Close closes the connections kept for reuse. Attempts that are under way finish.
func (s *Sender) Close() { s.pool.close() }

// Send makes one attempt and returns what came of it. The request goes out at most
// once. If ctx ends before there is a status line, the attempt ends at once with
// OutcomeInterrupted. The body of r is not used after Send has returned.
func (s *Sender) Send(ctx context.Context, r webhook.Request) (a webhook.Attempt) {
	start := time.Now()
	a = webhook.Attempt{
		Number:    r.Number,
		Trigger:   r.Trigger,
		StartedAt: s.Clock.Now(),
		Request:   webhook.RequestRecord{Method: "POST", URL: r.URL, BodySize: len(r.Body) + len(r.Tail)},
	}
	defer func() {
		if value := recover(); value != nil {
			s.OnPanic(value, debug.Stack())
			endInternal.note(&a)
		}
		a.Duration = time.Since(start)
	}()
	s.attempt(ctx, r, start.Add(s.Deadline), &a).note(&a)
	hideSecrets(&r, &a)
	return a
}

// attempt takes the steps of an attempt and notes in a what it learns on the way.
func (s *Sender) attempt(ctx context.Context, r webhook.Request, deadline time.Time, a *webhook.Attempt) ending {
	target, err := s.targets.get(r.URL, func(url webhook.EndpointURL) (egress.Target, error) { return s.Dialer.Check(url.Reveal()) })
	if err != nil {
		return endRefusedURL
	}
	if ended(ctx) {
		return interrupted(webhook.PhaseNone)
	}
	request, err := s.compose(target, r, s.Wall.Now())
	if err != nil {
		return endInternal
	}
	defer s.release(request)
	a.Request.Headers = request.record()

	conn, failed := s.connect(ctx, target, deadline, a)
	if failed != nil {
		return *failed
	}
	return s.exchange(ctx, conn, request, a)
}
