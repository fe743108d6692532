package egress

import (
	"net/netip"
	"slices"
)

// transitionForm is a way in which an IPv6 address carries an IPv4 address.
type transitionForm struct {
	prefix netip.Prefix
	// at says which bytes it is made of.
	at [4]int
	// flip are the bits that each byte has the other way round.
	flip byte
}

// carried is the IPv4 address that addr has in this form.
func (f transitionForm) carried(addr netip.Addr) netip.Addr {
	b := addr.As16()
	var found [4]byte
	for i, at := range f.at {
		found[i] = b[at] ^ f.flip
	}
	return netip.AddrFrom4(found)
}

// isMetadata also looks into every form that addr may be in, so that a wide allowed
// network does not open a metadata address by another spelling.
func isMetadata(addr netip.Addr) bool {
	if slices.Contains(metadata, addr) || isISATAP(addr) && slices.Contains(metadata, lastIPv4(addr)) {
		return true
	}
	return slices.ContainsFunc(transitionForms, func(f transitionForm) bool {
		return f.prefix.Contains(addr) && slices.Contains(metadata, f.carried(addr))
	})
}

// isISATAP finds addresses that end in an IPv4 address of their site, whatever they
// begin with (RFC 5214). No endpoint on the internet has one.
func isISATAP(addr netip.Addr) bool {
	if !addr.Is6() {
		return false
	}
	b := addr.As16()
	const universalOrGroup = 3
	return b[8]&^universalOrGroup == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}

// lastIPv4 is the IPv4 address in the last four bytes.
func lastIPv4(addr netip.Addr) netip.Addr {
	b := addr.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}
