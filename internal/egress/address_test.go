package egress

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

// closed4 is written from the IANA registry of special-purpose IPv4 addresses as first
// and last addresses, on purpose not in the form of the table it tests.
var closed4 = []struct{ first, last string }{
	{"0.0.0.0", "0.255.255.255"},       // this network
	{"10.0.0.0", "10.255.255.255"},     // private
	{"100.64.0.0", "100.127.255.255"},  // shared address space
	{"127.0.0.0", "127.255.255.255"},   // loopback
	{"168.63.129.16", "168.63.129.16"}, // Azure host
	{"169.254.0.0", "169.254.255.255"}, // link-local
	{"172.16.0.0", "172.31.255.255"},   // private
	{"192.0.0.0", "192.0.0.255"},       // IETF protocol assignments
	{"192.0.2.0", "192.0.2.255"},       // documentation
	{"192.31.196.0", "192.31.196.255"}, // AS112
	{"192.52.193.0", "192.52.193.255"}, // AMT
	{"192.88.99.0", "192.88.99.255"},   // 6to4 relays
	{"192.168.0.0", "192.168.255.255"}, // private
	{"192.175.48.0", "192.175.48.255"}, // AS112
	{"198.18.0.0", "198.19.255.255"},   // benchmarking
	{"198.51.100.0", "198.51.100.255"}, // documentation
	{"203.0.113.0", "203.0.113.255"},   // documentation
	{"224.0.0.0", "255.255.255.255"},   // multicast, reserved, broadcast
}

func number(text string) uint32 {
	b := netip.MustParseAddr(text).As4()
	return binary.BigEndian.Uint32(b[:])
}

func ipv4(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
}

func open4(n uint32) bool {
	for _, r := range closed4 {
		if number(r.first) <= n && n <= number(r.last) {
			return false
		}
	}
	return true
}

func TestJudgeIPv4AroundEveryBorder(t *testing.T) {
	t.Parallel()
	check := func(n uint32) {
		if got := Judge(ipv4(n)) == Public; got != open4(n) {
			t.Errorf("%s: public is %t, want %t", ipv4(n), got, open4(n))
		}
	}
	for _, r := range closed4 {
		for d := range uint32(3) {
			check(number(r.first) + d - 1)
			check(number(r.last) + d - 1)
		}
	}
	for n := uint64(0); n < 1<<32; n += 65521 {
		check(uint32(n))
	}
}

func TestJudgeIPv6AroundEveryBorder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		addr string
		want Class
	}{
		{"::", Reserved},
		{"::1", Local},
		{"::2", Reserved},
		{"::127.0.0.1", Reserved},
		{"::8.8.8.8", Reserved},
		{"::ffff:8.8.8.8", Public},
		{"::ffff:127.0.0.1", Local},
		{"::ffff:0:808:808", Reserved},
		{"64:ff9b::808:808", Public},
		{"64:ff9b::7f00:1", Local},
		{"64:ff9b::e000:1", Reserved},
		{"64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", Reserved},
		{"64:ff9b::1:808:808", Reserved},
		{"64:ff9b:1::808:808", Reserved},
		{"64:ff9b:1:808:8:800::", Reserved},
		{"2a00:1450::5efe:a00:1", Reserved},
		{"2a00:1450::5efe:808:808", Reserved},
		{"2a00:1450::5eff:a9fe:a9fe", Public},
		{"2a00:1450::400:5efe:a9fe:a9fe", Public},
		{"fd00::5efe:a00:1", Local},
		{"100::1", Reserved},
		{"100:0:0:1::1", Reserved},
		{"1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reserved},
		{"2000::", Public},
		{"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Public},
		{"2001::", Reserved},
		{"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", Reserved},
		{"2001:200::", Public},
		{"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", Public},
		{"2001:db8::", Reserved},
		{"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", Reserved},
		{"2001:db9::", Public},
		{"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Public},
		{"2002::", Reserved},
		{"2002:808:808::1", Reserved},
		{"2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reserved},
		{"2003::", Public},
		{"2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", Public},
		{"2620:4f:8000::", Reserved},
		{"2620:4f:8000:ffff:ffff:ffff:ffff:ffff", Reserved},
		{"2620:4f:8001::", Public},
		{"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Public},
		{"3fff::", Reserved},
		{"3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", Reserved},
		{"3fff:1000::", Public},
		{"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Public},
		{"4000::", Reserved},
		{"5f00::1", Reserved},
		{"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reserved},
		{"fc00::", Local},
		{"fd00::1", Local},
		{"fe00::", Reserved},
		{"fe80::1", Reserved},
		{"fe80::1%eth0", Reserved},
		{"::1%lo", Reserved},
		{"2a00:1450:4001::1%eth0", Reserved},
		{"64:ff9b::808:808%eth0", Reserved},
		{"fec0::1", Reserved},
		{"ff02::1", Reserved},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reserved},
	}
	for _, tt := range tests {
		if got := Judge(netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("%s: class %d, want %d", tt.addr, got, tt.want)
		}
	}
	if got := Judge(netip.Addr{}); got != Reserved {
		t.Errorf("no address at all: class %d", got)
	}
}

func TestJudgeFindsMetadataInEveryForm(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "169.254.170.2",
		"fd00:ec2::254", "fd20:ce::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "::a9fe:a9fe",
		"::ffff:0:a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "64:ff9b::a83f:8110",
		"fe80::a83f:8110", "2001:0:a9fe:a9fe::1", "2001:0:808:808:0:1234:5601:5601",
		"2a00:1450::5efe:a9fe:a9fe", "2a00:1450::200:5efe:a9fe:a9fe", "fd00::5efe:a9fe:a9fe", "fe80::300:5efe:6464:64c8",
	} {
		if got := Judge(netip.MustParseAddr(text)); got != Metadata {
			t.Errorf("%s: class %d, want metadata", text, got)
		}
	}
}

// TestNAT64HidesMetadataAtNoLength puts metadata addresses where RFC 6052 has them, by
// the lengths of the prefixes, whatever stands before and behind.
func TestNAT64HidesMetadataAtNoLength(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
		length := rapid.SampledFrom([]int{32, 40, 48, 56, 64, 96}).Draw(t, "length")
		begin := netip.MustParseAddr("64:ff9b:1::").As16()
		copy(b[:min(length/8, 6)], begin[:])
		hidden := rapid.SampledFrom(metadata[:10]).Draw(t, "metadata").As4()
		at := length / 8
		for _, part := range hidden {
			if at == 8 {
				at++
			}
			b[at] = part
			at++
		}
		if addr := netip.AddrFrom16(b); Judge(addr) != Metadata {
			t.Fatalf("%s: class %d hides %v below %d bits", addr, Judge(addr), hidden, length)
		}
	})
}

func TestJudgeNAT64InheritsTheVerdict(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		border := number(rapid.SampledFrom(closed4).Draw(t, "range").first)
		near := border + uint32(rapid.IntRange(-2, 2).Draw(t, "near"))
		x := rapid.OneOf(rapid.Uint32(), rapid.Just(near)).Draw(t, "x")
		b := netip.MustParseAddr("64:ff9b::").As16()
		binary.BigEndian.PutUint32(b[12:], x)
		if Judge(netip.AddrFrom16(b)) != Judge(ipv4(x)) {
			t.Fatalf("NAT64 of %s is judged otherwise", ipv4(x))
		}
		if (Judge(ipv4(x)) == Public) != open4(x) {
			t.Fatalf("%s: public is not %t", ipv4(x), open4(x))
		}
	})
}

func TestJudgeRefusesWhateverIsNotGlobalUnicast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
		if b[0]>>5 == 1 {
			b[0] ^= 0x80
		}
		addr := netip.AddrFrom16(b)
		if addr.Is4In6() || nat64.Contains(addr) {
			t.Skip("stands for an IPv4 address")
		}
		if Judge(addr) == Public {
			t.Fatalf("%s is public", addr)
		}
	})
}

// What judge lets pass the second check must not stop, or a lawful endpoint would be
// lost; and it must stop what is special without being asked twice.
func TestSecondCheckAgrees(t *testing.T) {
	t.Parallel()
	second := newSecondCheck(false, nil)
	rapid.Check(t, func(t *rapid.T) {
		v6 := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
		v6[0] = v6[0]&0x1f | 0x20
		addr := rapid.SampledFrom([]netip.Addr{
			ipv4(rapid.Uint32().Draw(t, "x")),
			netip.AddrFrom16(v6),
		}).Draw(t, "addr")
		if class := Judge(addr); class != Metadata && (class == Public) != (second.SafeAddr(addr) == nil) {
			t.Fatalf("%s: class %d, second check %v", addr, class, second.SafeAddr(addr))
		}
	})
}
