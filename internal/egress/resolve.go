package egress

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"
)

type systemResolver struct{ absolute bool }

func (r systemResolver) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if r.absolute && strings.Contains(host, ".") {
		host += "."
	}
	return (&net.Resolver{PreferGo: true}).LookupNetIP(ctx, network, host)
}

type ownAddrs struct {
	mu   sync.Mutex
	list func() ([]netip.Addr, error)
	at   time.Time
}

func newOwnAddrs(list func() ([]netip.Addr, error)) *ownAddrs { return &ownAddrs{list: list} }

func newNameProfile() *idna.Profile { return idna.New() }

func newSecondCheck(bool, []netip.Prefix) *ssrf.Guardian { return ssrf.New() }

func (g *Guard) control(network, address string, c syscall.RawConn) error {
	return g.second.Safe(network, address, c)
}
