package egress

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"
)

// The bounds that hold unless Options say otherwise.
const (
	DefaultDNSTimeout     = 2 * time.Second
	DefaultConnectTimeout = 3 * time.Second
)

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options say what a Guard opens beyond the public internet, and how it gets there.
// The zero value opens nothing more.
type Options struct {
	// Dev accepts http:, and loopback and private addresses.
	Dev bool
	// Allow opens exactly these ranges, but never a metadata address.
	Allow []netip.Prefix
	// Proxy, http: or https:, is asked to CONNECT to the judged address; its own
	// address is not judged. Nil connects directly, whatever the environment says.
	Proxy *url.URL
	// ProxyCAs verify an https: proxy; nil takes the system's.
	ProxyCAs *x509.CertPool
	// Resolver is Go's own when nil: the C library reads spellings such as 127.1
	// as addresses.
	Resolver Resolver
	// LocalAddrs lists the addresses of this host, which are refused; nil asks the
	// network interfaces.
	LocalAddrs func() ([]netip.Addr, error)
	// DNSTimeout and ConnectTimeout lie within the deadline of the caller's context;
	// ConnectTimeout covers all addresses that are tried, and the proxy's answer.
	DNSTimeout, ConnectTimeout time.Duration
}

type connectFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Guard applies the URL rules and dials. It is safe for concurrent use.
type Guard struct {
	dev            bool
	allow          []netip.Prefix
	proxy          *url.URL
	proxyCAs       *x509.CertPool
	resolver       Resolver
	own            *ownAddrs
	dnsTimeout     time.Duration
	connectTimeout time.Duration
	names          *idna.Profile
	olderNames     *idna.Profile
	second         *ssrf.Guardian
	// connect opens a TCP connection to a judged ip:port, connectProxy one to the
	// proxy. Tests record them.
	connect, connectProxy connectFunc
}

// New returns a Guard that opens what o says.
func New(o Options) *Guard {
	g := &Guard{
		dev:            o.Dev,
		allow:          normalPrefixes(o.Allow),
		proxy:          o.Proxy,
		proxyCAs:       o.ProxyCAs,
		resolver:       o.Resolver,
		own:            newOwnAddrs(o.LocalAddrs),
		dnsTimeout:     orDefault(o.DNSTimeout, DefaultDNSTimeout),
		connectTimeout: orDefault(o.ConnectTimeout, DefaultConnectTimeout),
		names:          newNameProfile(false),
		olderNames:     newNameProfile(true),
	}
	if g.resolver == nil {
		g.resolver = systemResolver{absolute: !g.relaxed()}
	}
	g.second = newSecondCheck(g.dev, g.allow)
	g.connect = (&net.Dialer{Control: g.control}).DialContext
	g.connectProxy = (&net.Dialer{Resolver: &net.Resolver{PreferGo: true}}).DialContext
	return g
}

// Describe says in one line what is open, for the log at start-up.
func (g *Guard) Describe() string {
	parts := []string{"public addresses over https"}
	if g.dev {
		parts = append(parts, "development mode: http, loopback and private addresses")
	}
	if len(g.allow) > 0 {
		ranges := make([]string, len(g.allow))
		for i, p := range g.allow {
			ranges[i] = p.String()
		}
		parts = append(parts, "allowed networks: "+strings.Join(ranges, ", "))
	}
	parts = append(parts, "metadata addresses: never")
	if g.proxy != nil {
		parts = append(parts, "through the proxy "+g.proxy.Scheme+"://"+g.proxy.Host)
	}
	return strings.Join(parts, "; ")
}

// relaxed says whether names and schemes beyond the public rule may be saved.
func (g *Guard) relaxed() bool { return g.dev || len(g.allow) > 0 }

func (g *Guard) allows(addr netip.Addr) bool {
	return slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// normalPrefixes writes ranges of IPv4-mapped addresses as the IPv4 ranges they are,
// because addresses are unmapped before they are compared.
func normalPrefixes(prefixes []netip.Prefix) []netip.Prefix {
	var normal []netip.Prefix
	for _, p := range prefixes {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		if p.IsValid() {
			normal = append(normal, p.Masked())
		}
	}
	return normal
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d <= 0 {
		return fallback
	}
	return d
}
