package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// systemResolver is Go's own resolver. Absolute names are not tried below the search
// domains of resolv.conf: in a cluster hooks.example.com would first be asked for as
// hooks.example.com.default.svc.cluster.local. The hosts file is read either way.
type systemResolver struct{ absolute bool }

func (r systemResolver) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if r.absolute {
		host += "."
	}
	return lookups(ctx, new(net.Dialer).DialContext).LookupNetIP(ctx, network, host)
}

// lookups is a resolver whose sockets end with the context. Go's own lets a question
// that nobody waits for any more hold its sockets until the name server's time is up:
// with many names that get no answer those would be thousands.
func lookups(ctx context.Context, dial func(ctx context.Context, network, address string) (net.Conn, error)) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(inner context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(inner, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = conn.Close() }) // it may be closed already
		return conn, nil
	}}
}

// resolve finds the addresses of a host. Neither a literal nor localhost (RFC 6761)
// is a question for DNS.
func (g *Guard) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, g.dnsTimeout)
	defer cancel()
	addrs, err := g.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("look up host: %w", err)
	}
	if len(addrs) == 0 {
		return nil, errors.New("look up host: empty answer")
	}
	return addrs, nil
}
