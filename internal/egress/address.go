package egress

import (
	"net/netip"
	"slices"
)

// Class is the verdict on an address.
type Class uint8

// The classes. Only Public is open without a setting.
const (
	// Reserved addresses are open only when an allowed network contains them.
	Reserved Class = iota
	// Public addresses are on the internet.
	Public
	// Local addresses are loopback and private ones; development mode opens them.
	Local
	// Metadata addresses hand out the credentials of a cloud machine. Nothing opens
	// them.
	Metadata
)

// Judge classifies an address from a DNS answer. An IPv4-mapped address is the IPv4
// address in it; so is one under the well-known NAT64 prefix, or IPv6-only networks
// with DNS64 would reach nobody. A zoned address is Reserved: no prefix contains it.
func Judge(addr netip.Addr) Class {
	addr = destination(addr)
	switch {
	case !addr.IsValid() || addr.Zone() != "":
		return Reserved
	case isMetadata(addr):
		return Metadata
	case addr.IsLoopback() || addr.IsPrivate():
		return Local
	case addr.Is4():
		return publicUnless(within(special4, addr))
	}
	// An allow-list: what lies outside the global unicast range is refused, also
	// what nobody has been given yet.
	return publicUnless(!globalUnicast.Contains(addr) || within(special6, addr) || isISATAP(addr))
}

// destination is the address that packets to addr end at.
func destination(addr netip.Addr) netip.Addr {
	addr = addr.Unmap()
	if nat64.Contains(addr) {
		return lastIPv4(addr)
	}
	return addr
}

func within(prefixes []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func publicUnless(special bool) Class {
	if special {
		return Reserved
	}
	return Public
}
