package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// errBlocked says that the guard refuses an address.
var errBlocked = errors.New("address is blocked")

// opensClass says whether the class of the address, or a setting, opens it.
func (g *Guard) opensClass(addr netip.Addr) bool {
	switch Judge(addr) {
	case Metadata:
		return false
	case Public:
		return true
	case Local:
		return g.dev || g.allows(destination(addr))
	}
	return g.allows(destination(addr))
}

// opensPlain says whether http: may go to the address.
func (g *Guard) opensPlain(addr netip.Addr) bool { return g.dev || g.allows(destination(addr)) }

// judge refuses addr with errBlocked, or says why it cannot tell.
func (g *Guard) judge(addr netip.Addr) error {
	if !g.opensClass(addr) {
		return errBlocked
	}
	if g.opensPlain(addr) {
		return nil
	}
	own, err := g.own.contains(destination(addr))
	if err != nil {
		return fmt.Errorf("list the addresses of this host: %w", err)
	}
	if own {
		return errBlocked
	}
	return nil
}

// judgeAll judges the whole answer: one forbidden address refuses all of them, since
// whoever put it there chooses the others too.
func (g *Guard) judgeAll(scheme string, addrs []netip.Addr) error {
	for _, addr := range addrs {
		if err := g.judge(addr); err != nil {
			return err
		}
		if scheme != "https" && !g.opensPlain(addr) {
			return errBlocked
		}
	}
	return nil
}

// newSecondCheck is another author's reading of the same registries. What is opened
// on purpose it lets pass, and judge has looked at it.
func newSecondCheck(dev bool, allow []netip.Prefix) *ssrf.Guardian {
	open := append([]netip.Prefix{nat64}, allow...)
	if dev {
		open = append(open, local...)
	}
	is4 := func(p netip.Prefix) bool { return p.Addr().Is4() }
	is6 := func(p netip.Prefix) bool { return p.Addr().Is6() }
	return ssrf.New(
		ssrf.WithAnyPort(),
		ssrf.WithAllowedV4Prefixes(slices.DeleteFunc(slices.Clone(open), is6)...),
		ssrf.WithAllowedV6Prefixes(slices.DeleteFunc(slices.Clone(open), is4)...),
	)
}

// control is asked by the dialer just before each connect, with the address that the
// socket will really be given.
func (g *Guard) control(network, address string, c syscall.RawConn) error {
	if err := g.second.Safe(network, address, c); err != nil {
		return fmt.Errorf("%w: %w", errBlocked, err)
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", errBlocked, err)
	}
	return g.judge(to.Addr())
}
