package egress

import (
	"context"
	"net/netip"
)

// maxInspected bounds the addresses that Inspect tells.
const maxInspected = 16

// Inspection is what a dial would find at this moment.
type Inspection struct {
	Addresses []Found
	// Unresolved says that the name has no address now.
	Unresolved bool
}

// Found is an address of the name. Blocked says that a dial would be refused for it.
type Found struct {
	Address netip.Addr
	Blocked bool
}

// Blocked says whether a dial would be refused: one forbidden address is enough.
func (i *Inspection) Blocked() bool {
	for _, f := range i.Addresses {
		if f.Blocked {
			return true
		}
	}
	return false
}

// Inspect resolves the target's name and judges the answer. It never connects.
func (g *Guard) Inspect(ctx context.Context, t Target) Inspection {
	addrs, err := g.resolve(ctx, t.Host)
	if err != nil {
		return Inspection{Unresolved: true}
	}
	var found Inspection
	for _, addr := range addrs[:min(len(addrs), maxInspected)] {
		blocked := g.judgeAll(t.Scheme, []netip.Addr{addr}) != nil
		found.Addresses = append(found.Addresses, Found{Address: addr.Unmap(), Blocked: blocked})
	}
	return found
}
