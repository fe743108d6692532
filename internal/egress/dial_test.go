package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

const hook = "https://hooks.example.com/"

func assertBlocked(t *testing.T, calls *recorder, err error) {
	t.Helper()
	assertKind(t, err, KindBlocked)
	if got := calls.take(); len(got) != 0 {
		t.Errorf("dialled %v", got)
	}
}

func assertKind(t *testing.T, err error, want Kind) {
	t.Helper()
	_ = dialError(t, err, want)
}

// dialError returns err as the dial error of the wanted kind that it has to be.
func dialError(t *testing.T, err error, want Kind) *DialError {
	t.Helper()
	var dialErr *DialError
	if !errors.As(err, &dialErr) {
		t.Fatalf("got %v, want a dial error", err)
	}
	if dialErr.Kind != want || dialErr.Detail == "" {
		t.Errorf("kind %s (%q, %v), want %s", dialErr.Kind, dialErr.Detail, dialErr.Err, want)
	}
	return dialErr
}

func TestDialRefusesAMixedAnswerInEveryOrder(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "64:ff9b::a00:1", "2a00::1%eth0", "9.9.9.9"} {
		addrs := []string{"93.184.216.34", "2a00:1450:4001::1", bad}
		for i := range addrs {
			order := slices.Concat(addrs[i:], addrs[:i])
			g, calls := newRecorded(t, Options{Resolver: answering(order...)})
			_, _, err := g.Dial(t.Context(), mustCheck(t, g, hook))
			assertBlocked(t, calls, err)
		}
	}
}

func TestDialResolvesOnceAndDialsWhatItJudged(t *testing.T) {
	t.Parallel()
	resolver := &scriptedResolver{answers: [][]netip.Addr{parseAddrs("93.184.216.34"), parseAddrs("127.0.0.1")}}
	g, calls := newRecorded(t, Options{Resolver: resolver})
	_, trace, err := g.Dial(t.Context(), mustCheck(t, g, hook))
	assertDialled(t, calls, netip.MustParseAddr("93.184.216.34"), err)
	if resolver.asked != 1 || trace.Address != "93.184.216.34:443" {
		t.Errorf("resolved %d times, address %s", resolver.asked, trace.Address)
	}
}

// flipResolver answers public and loopback in turn, whoever asks.
type flipResolver struct{ scriptedResolver }

func (r *flipResolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.asked%2 == 1 {
		return parseAddrs("93.184.216.34"), nil
	}
	return parseAddrs("127.0.0.1"), nil
}

func TestDialNeverReachesARebindingName(t *testing.T) {
	t.Parallel()
	g, calls := newRecorded(t, Options{Resolver: &flipResolver{}})
	target := mustCheck(t, g, hook)
	for range 1000 {
		_, _, _ = g.Dial(t.Context(), target)
	}
	got := calls.take()
	if len(got) != 500 || slices.ContainsFunc(got, func(a string) bool { return a != "93.184.216.34:443" }) {
		t.Errorf("%d dials, not all to the public address", len(got))
	}
}

func TestDialUnmapsAndKeepsNAT64(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"::ffff:93.184.216.34": "93.184.216.34:443",
		"64:ff9b::5db8:d822":   "[64:ff9b::5db8:d822]:443",
	} {
		g, calls := newRecorded(t, Options{Resolver: answering(answer)})
		if _, _, err := g.Dial(t.Context(), mustCheck(t, g, hook)); err != nil {
			t.Errorf("%s: %v", answer, err)
		}
		if got := calls.take(); len(got) != 1 || got[0] != want {
			t.Errorf("%s: dialled %v, want %s", answer, got, want)
		}
	}
}

func TestDialOfALiteralAsksNoDNS(t *testing.T) {
	t.Parallel()
	g, calls := newRecorded(t, Options{Resolver: noResolver{t}, Dev: true})
	for raw, want := range map[string]string{
		"https://8.8.8.8:8443/":         "8.8.8.8:8443",
		"https://[2a00:1450:4001::1]/":  "[2a00:1450:4001::1]:443",
		"http://localhost:3000/":        "127.0.0.1:3000",
		"http://inbox.localhost.:3000/": "127.0.0.1:3000",
	} {
		_, _, err := g.Dial(t.Context(), mustCheck(t, g, raw))
		if got := calls.take(); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: dialled %v, %v", raw, got, err)
		}
	}
}

// A target need not come from Check, and settings may have changed since it did.
func TestDialJudgesLiteralsToo(t *testing.T) {
	t.Parallel()
	g, calls := newRecorded(t, Options{Resolver: noResolver{t}})
	for _, host := range []string{"127.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "64:ff9b::7f00:1", "169.254.169.254", "9.9.9.9", "localhost"} {
		_, _, err := g.Dial(t.Context(), Target{Scheme: "https", Host: host, Port: 443})
		assertBlocked(t, calls, err)
	}
	_, _, err := g.Dial(t.Context(), Target{Scheme: "http", Host: "8.8.8.8", Port: 80})
	assertBlocked(t, calls, err)
}

func TestDialWithAllowedNetworks(t *testing.T) {
	t.Parallel()
	allow := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("100.100.0.0/16"), netip.MustParsePrefix("9.9.9.0/24")}
	tests := []struct {
		url     string
		answer  []string
		blocked bool
	}{
		{"https://hooks.example.com", []string{"10.1.2.3"}, false},
		{"https://hooks.example.com", []string{"10.1.2.3", "8.8.8.8"}, false},
		{"https://hooks.example.com", []string{"64:ff9b::a01:203"}, false},
		{"https://hooks.example.com", []string{"9.9.9.9"}, false},
		{"https://hooks.example.com", []string{"10.2.0.1"}, true},
		{"https://hooks.example.com", []string{"10.1.2.3", "10.2.0.1"}, true},
		{"https://hooks.example.com", []string{"127.0.0.1"}, true},
		{"https://hooks.example.com", []string{"100.100.100.200"}, true},
		{"https://redis", []string{"10.1.2.3"}, false},
		{"https://redis.svc", []string{"8.8.8.8"}, false},
		{"https://redis", []string{"10.2.2.3"}, true},
		{"https://localhost", nil, true},
		{"http://redis", []string{"10.1.2.3"}, false},
		{"http://hooks.example.com", []string{"10.1.2.3", "10.1.2.4"}, false},
		{"http://hooks.example.com", []string{"10.1.2.3", "8.8.8.8"}, true},
		{"http://hooks.example.com", []string{"8.8.8.8"}, true},
	}
	for _, tt := range tests {
		g, calls := newRecorded(t, Options{Allow: allow, Resolver: answering(tt.answer...)})
		_, _, err := g.Dial(t.Context(), mustCheck(t, g, tt.url))
		if got := calls.take(); (err != nil) != tt.blocked || (len(got) > 0) == tt.blocked {
			t.Errorf("%s at %v: dialled %v, %v", tt.url, tt.answer, got, err)
		}
	}
}

func TestNothingOpensMetadata(t *testing.T) {
	t.Parallel()
	everything := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	for _, o := range []Options{{Dev: true}, {Allow: everything}, {Dev: true, Allow: everything}} {
		for _, answer := range []string{
			"169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "169.254.170.2", "fd00:ec2::254",
			"fd20:ce::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fe80::1%eth0",
			"64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:64:64:64c8::", "64:ff9b:1:1234:a8:3f81:1000::", "64:ff9b:1:1:2:3:a9fe:a9fe",
			"2001:0:808:808:0:1234:5601:5601", "2a00:1450::5efe:a9fe:a9fe",
		} {
			o.Resolver = answering(answer)
			g, calls := newRecorded(t, o)
			_, _, err := g.Dial(t.Context(), mustCheck(t, g, hook))
			assertBlocked(t, calls, err)
			if err := g.control("tcp4", netip.AddrPortFrom(netip.MustParseAddr(answer), 443).String(), nil); !errors.Is(err, errBlocked) {
				t.Errorf("second check of %s: %v", answer, err)
			}
		}
	}
}

func TestDialGoesOnToTheNextAddress(t *testing.T) {
	t.Parallel()
	g, calls := newRecorded(t, Options{Resolver: answering("8.8.8.1", "8.8.8.2", "8.8.8.3", "8.8.8.4", "8.8.8.5", "8.8.8.6")})
	target := mustCheck(t, g, hook)
	calls.fail["8.8.8.1:443"] = errors.New("refused")
	_, trace, err := g.Dial(t.Context(), target)
	if got := calls.take(); err != nil || len(got) != 2 || trace.Address != "8.8.8.2:443" {
		t.Errorf("dialled %v, address %s, %v", got, trace.Address, err)
	}
	for n := range 6 {
		calls.fail[fmt.Sprintf("8.8.8.%d:443", n+1)] = errors.New("refused")
	}
	_, trace, err = g.Dial(t.Context(), target)
	if dialErr := dialError(t, err, KindConnect); dialErr.Timeout || dialErr.Phase != PhaseConnect {
		t.Errorf("timeout %t in phase %s", dialErr.Timeout, dialErr.Phase)
	}
	if got := calls.take(); len(got) != maxAddresses || trace.Address != "8.8.8.4:443" {
		t.Errorf("dialled %v, address %s", got, trace.Address)
	}
}

// Who reads the log of an endpoint that is down has to know whether it was reached.
func TestDialSaysWhyItDidNotConnect(t *testing.T) {
	t.Parallel()
	g, calls := newRecorded(t, Options{Resolver: answering("8.8.8.1")})
	for err, want := range map[error]Cause{
		syscall.ECONNREFUSED: CauseRefused, syscall.EHOSTUNREACH: CauseUnreachable, syscall.ENETUNREACH: CauseUnreachable,
		syscall.ENETDOWN: CauseUnreachable, errors.New("no buffer space"): "", syscall.ETIMEDOUT: "",
	} {
		calls.fail["8.8.8.1:443"] = &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", err)}
		_, _, got := g.Dial(t.Context(), mustCheck(t, g, hook))
		if dialErr := dialError(t, got, KindConnect); dialErr.Cause != want || dialErr.Detail == "" {
			t.Errorf("%v: %q, of the cause %q, want %q", err, dialErr.Detail, dialErr.Cause, want)
		}
	}
}

// The second check refuses an address when the first one was wrong: then nothing in
// the answer is to be trusted.
func TestDialStopsAtARefusalOfTheSecondCheck(t *testing.T) {
	t.Parallel()
	g, calls := newRecorded(t, Options{Resolver: answering("8.8.8.1", "8.8.8.2")})
	calls.fail["8.8.8.1:443"] = &net.OpError{Op: "dial", Err: errBlocked}
	_, _, err := g.Dial(t.Context(), mustCheck(t, g, hook))
	assertKind(t, err, KindBlocked)
	if got := calls.take(); len(got) != 1 {
		t.Errorf("dialled %v", got)
	}
}

func TestDialBoundsConnecting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, _ := newRecorded(t, Options{Resolver: answering("8.8.8.1", "8.8.8.2")})
		var at []time.Duration
		started := time.Now()
		g.connect = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			at = append(at, time.Since(started))
			return nil, ctx.Err()
		}
		_, trace, err := g.Dial(t.Context(), mustCheck(t, g, hook))
		if dialErr := dialError(t, err, KindConnect); !dialErr.Timeout || dialErr.Phase != PhaseConnect {
			t.Errorf("timeout %t in phase %s", dialErr.Timeout, dialErr.Phase)
		}
		if want := []time.Duration{1500 * time.Millisecond, 3 * time.Second}; !slices.Equal(at, want) || trace.Connect != want[1] {
			t.Errorf("addresses were given up at %v, connect took %s", at, trace.Connect)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, trace, err = g.Dial(ctx, mustCheck(t, g, hook))
		assertKind(t, err, KindConnect)
		if trace.Connect != time.Second {
			t.Errorf("the caller's deadline was overrun: %s", trace.Connect)
		}
	})
}

// silentResolver answers when its caller has given up.
type silentResolver struct{}

func (silentResolver) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, &net.DNSError{Err: "i/o timeout", IsTimeout: true}
}

func TestDialBoundsDNS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, calls := newRecorded(t, Options{Resolver: silentResolver{}})
		_, trace, err := g.Dial(t.Context(), mustCheck(t, g, hook))
		dialErr := dialError(t, err, KindDNS)
		if !dialErr.Timeout || dialErr.Phase != PhaseDNS || trace.DNS != DefaultDNSTimeout || len(calls.take()) != 0 {
			t.Errorf("timeout %t in phase %s after %s", dialErr.Timeout, dialErr.Phase, trace.DNS)
		}
	})
}

// failingResolver gives no answer.
type failingResolver struct{ err error }

func (r failingResolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, r.err
}

func TestDialTellsHowDNSFailed(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"The host name does not exist.":          &net.DNSError{IsNotFound: true, Name: "secret", Server: "10.0.0.53"},
		"The host name could not be resolved.":   &net.DNSError{IsTemporary: true, Server: "10.0.0.53"},
		"Resolving the host name took too long.": context.DeadlineExceeded,
	} {
		g, _ := newRecorded(t, Options{Resolver: failingResolver{err}})
		_, _, got := g.Dial(t.Context(), mustCheck(t, g, hook))
		if dialErr := dialError(t, got, KindDNS); got.Error() != want || !errors.Is(got, err) || dialErr.Phase != PhaseDNS {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	g, calls := newRecorded(t, Options{Resolver: answering()})
	_, _, err := g.Dial(t.Context(), mustCheck(t, g, hook))
	assertKind(t, err, KindDNS)
	if len(calls.take()) != 0 {
		t.Error("dialled without an address")
	}
}

func TestDescribeShowsWhatIsOpenAndNoPassword(t *testing.T) {
	t.Parallel()
	g := New(Options{Dev: true, Allow: []netip.Prefix{netip.MustParsePrefix("10.1.2.3/16")}, Proxy: mustURL(t, "http://user:sesame@proxy.example.com:3128")})
	got := g.Describe()
	for _, want := range []string{"development", "10.1.0.0/16", "metadata addresses: never", "http://proxy.example.com:3128"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	if strings.Contains(got, "sesame") || strings.Contains(New(Options{}).Describe(), "development") {
		t.Errorf("%q says too much", got)
	}
}

// In a cluster the search list would ask for a public name below a private domain first.
func TestPublicNamesAreLookedUpAsAbsoluteNames(t *testing.T) {
	t.Parallel()
	if got := New(Options{}).resolver; got != (systemResolver{absolute: true}) {
		t.Errorf("resolver %+v", got)
	}
	if got := New(Options{Dev: true}).resolver; got != (systemResolver{}) {
		t.Errorf("in development: resolver %+v", got)
	}
}
