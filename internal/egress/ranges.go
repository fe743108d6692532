package egress

import "net/netip"

// The tables in this file are constants in all but the keyword: nothing writes them.

var (
	globalUnicast = netip.MustParsePrefix("2000::/3")
	nat64         = netip.MustParsePrefix("64:ff9b::/96")
)

// local is what development mode opens; it agrees with the class Local.
var local = parsePrefixes(
	"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
	"::1/128", "fc00::/7",
)

// special4 is the IANA registry of special-purpose IPv4 addresses, and multicast.
// Ranges that the registry calls globally reachable (AS112, AMT, PCP anycast) are in
// it: they are services of the network, never an endpoint.
var special4 = parsePrefixes(
	"0.0.0.0/8",
	"10.0.0.0/8",
	"100.64.0.0/10",
	"127.0.0.0/8",
	"169.254.0.0/16",
	"172.16.0.0/12",
	"192.0.0.0/24",
	"192.0.2.0/24",
	"192.31.196.0/24",
	"192.52.193.0/24",
	"192.88.99.0/24",
	"192.168.0.0/16",
	"192.175.48.0/24",
	"198.18.0.0/15",
	"198.51.100.0/24",
	"203.0.113.0/24",
	"224.0.0.0/4",
	"240.0.0.0/4",
)

// special6 is the IANA registry of special-purpose IPv6 addresses inside 2000::/3.
var special6 = parsePrefixes(
	"2001::/23", // Teredo, benchmarking, ORCHID, PCP and TURN anycast, ...
	"2001:db8::/32",
	"2002::/16",
	"2620:4f:8000::/48",
	"3fff::/20",
)

// metadata lists where clouds answer a machine's questions about itself. Some look
// public, some lie in ranges that an operator has good reason to allow.
var metadata = parseAddrs(
	"169.254.169.254", // AWS, Azure, Google, OpenStack, DigitalOcean, Oracle
	"169.254.169.253", // AWS resolver
	"169.254.169.123", // AWS time
	"169.254.170.2",   // AWS container credentials
	"169.254.170.23",  // AWS pod identity
	"169.254.0.23",    // Tencent
	"169.254.42.42",   // Scaleway
	"168.63.129.16",   // Azure host
	"100.100.100.200", // Alibaba
	"192.0.0.192",     // Oracle
	"fd00:ec2::254",   // AWS
	"fd00:ec2::253",
	"fd00:ec2::123",
	"fd00:ec2::23",
	"fd20:ce::254",       // Google
	"fd00:42::42",        // Scaleway
	"fd00:c1::a9fe:a9fe", // Oracle
	"fe80::a9fe:a9fe",    // OpenStack
)

// transitionForms are the IPv6 ranges that carry an IPv4 address, and where.
var transitionForms = []struct {
	prefix netip.Prefix
	offset int
}{
	{netip.MustParsePrefix("::/96"), 12},
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12},
	{netip.MustParsePrefix("64:ff9b:1::/48"), 12},
	{netip.MustParsePrefix("2002::/16"), 2},
}

func parsePrefixes(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		prefixes[i] = netip.MustParsePrefix(t)
	}
	return prefixes
}

func parseAddrs(texts ...string) []netip.Addr {
	addrs := make([]netip.Addr, len(texts))
	for i, t := range texts {
		addrs[i] = netip.MustParseAddr(t)
	}
	return addrs
}
