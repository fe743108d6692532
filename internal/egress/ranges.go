package egress

import "net/netip"

// The tables in this file are constants in all but the keyword: nothing writes them.

var (
	globalUnicast = netip.MustParsePrefix("2000::/3")
	nat64         = netip.MustParsePrefix("64:ff9b::/96")
	anyNAT64      = netip.MustParsePrefix("64:ff9b::/32") // and what is for local use
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

// transitionForms are the IPv6 ranges that carry an IPv4 address, and where. An address
// may be in several forms at once: which one its network means it does not say.
var transitionForms = []transitionForm{
	{prefix: netip.MustParsePrefix("::/96"), at: [4]int{12, 13, 14, 15}},
	{prefix: netip.MustParsePrefix("::ffff:0:0:0/96"), at: [4]int{12, 13, 14, 15}},
	{prefix: netip.MustParsePrefix("fe80::/96"), at: [4]int{12, 13, 14, 15}}, // 6over4
	// 6to4.
	{prefix: netip.MustParsePrefix("2002::/16"), at: [4]int{2, 3, 4, 5}},
	// Teredo: the server, and the client.
	{prefix: netip.MustParsePrefix("2001::/32"), at: [4]int{4, 5, 6, 7}},
	{prefix: netip.MustParsePrefix("2001::/32"), at: [4]int{12, 13, 14, 15}, flip: 0xff},
	// NAT64 with prefixes of 32, 40, 48, 56, 64 and 96 bits (RFC 6052), where byte 8 is
	// left out. The block for local use, 64:ff9b:1::/48, may be divided by
	// any of the lengths.
	{prefix: anyNAT64, at: [4]int{4, 5, 6, 7}},
	{prefix: anyNAT64, at: [4]int{5, 6, 7, 9}},
	{prefix: anyNAT64, at: [4]int{6, 7, 9, 10}},
	{prefix: anyNAT64, at: [4]int{7, 9, 10, 11}},
	{prefix: anyNAT64, at: [4]int{9, 10, 11, 12}},
	{prefix: anyNAT64, at: [4]int{12, 13, 14, 15}},
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
