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
	return (&net.Resolver{PreferGo: true}).LookupNetIP(ctx, network, host)
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
