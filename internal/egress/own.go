package egress

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// ownAddrsFor is how long a list of this host's addresses is believed.
const ownAddrsFor = 5 * time.Second

// ownAddrs knows the addresses of this host, which are refused even when public: what
// listens on them often trusts whoever comes from the same machine.
type ownAddrs struct {
	list func() ([]netip.Addr, error)
	now  func() time.Time

	mu    sync.Mutex
	addrs []netip.Addr // guarded by mu
	until time.Time    // guarded by mu
}

func newOwnAddrs(list func() ([]netip.Addr, error)) *ownAddrs {
	if list == nil {
		list = interfaceAddrs
	}
	return &ownAddrs{list: list, now: time.Now}
}

func (o *ownAddrs) contains(addr netip.Addr) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := o.now(); !now.Before(o.until) {
		addrs, err := o.list()
		if err != nil {
			return false, err
		}
		o.addrs, o.until = addrs, now.Add(ownAddrsFor)
	}
	return slices.ContainsFunc(o.addrs, func(own netip.Addr) bool {
		return own.Unmap().WithZone("") == addr
	}), nil
}

func interfaceAddrs() ([]netip.Addr, error) {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, a := range found {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			addrs = append(addrs, p.Addr())
		}
	}
	return addrs, nil
}
