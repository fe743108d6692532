package egress

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// maxAddresses bounds how many addresses of one answer are tried: whoever writes the
// answer must not turn one attempt into hundreds of connections.
const maxAddresses = 4

// Trace is what a dial took.
type Trace struct {
	DNS, Connect time.Duration
	// Address is the ip:port that was dialled last; empty if none was.
	Address string
}

// Dial resolves the target's name once, judges the whole answer, and connects to an
// address it has judged. The TLS handshake is the caller's. The error is a *DialError.
func (g *Guard) Dial(ctx context.Context, t Target) (net.Conn, Trace, error) {
	var trace Trace
	started := time.Now()
	addrs, err := g.resolve(ctx, t.Host)
	trace.DNS = time.Since(started)
	if err != nil {
		return nil, trace, dnsError(err)
	}
	if err := g.judgeAll(t.Scheme, addrs); err != nil {
		return nil, trace, connectError(err)
	}
	started = time.Now()
	conn, address, err := g.connectAny(ctx, addrs, t.Port)
	trace.Connect, trace.Address = time.Since(started), address
	if err != nil {
		return nil, trace, connectError(err)
	}
	return conn, trace, nil
}

// connectAny tries the addresses in the resolver's order. Each has an equal share of
// the time that is left, so that one that swallows packets does not use up all of it.
func (g *Guard) connectAny(ctx context.Context, addrs []netip.Addr, port uint16) (net.Conn, string, error) {
	ctx, cancel := context.WithTimeout(ctx, g.connectTimeout)
	defer cancel()
	addrs = addrs[:min(len(addrs), maxAddresses)]
	var conn net.Conn
	var address string
	var err error
	for i, addr := range addrs {
		address = netip.AddrPortFrom(addr.Unmap(), port).String()
		conn, err = g.connectOne(ctx, address, len(addrs)-i)
		if err == nil || errors.Is(err, errBlocked) || ctx.Err() != nil {
			break
		}
	}
	return conn, address, err
}

func (g *Guard) connectOne(ctx context.Context, address string, remaining int) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok {
		share := time.Until(deadline) / time.Duration(remaining)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, share)
		defer cancel()
	}
	if g.proxy != nil {
		return g.tunnel(ctx, address)
	}
	return g.connect(ctx, "tcp", address)
}
