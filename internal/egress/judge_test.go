package egress

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

// listen returns the address of a listener on loopback, and a function that says which
// peer connected first.
func listen(t *testing.T) (address string, firstPeer func() string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String(), func() string {
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.RemoteAddr().String()
	}
}

func TestControlAloneKeepsLoopbackClosed(t *testing.T) {
	t.Parallel()
	address, firstPeer := listen(t)
	g := New(Options{})
	if _, err := g.connect(t.Context(), "tcp", address); !errors.Is(err, errBlocked) {
		t.Fatalf("got %v, want blocked", err)
	}
	probe, err := net.Dial("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	if got := firstPeer(); got != probe.LocalAddr().String() {
		t.Errorf("%s connected before the probe", got)
	}
}

func TestEachHalfOfControlRefusesAlone(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:443", "[::1]:443", "10.0.0.1:443", "[::ffff:10.0.0.1]:443", "[fec0::1]:443"} {
		g := New(Options{})
		if err := g.second.Safe("tcp4", address, nil); err == nil {
			t.Errorf("the library lets %s pass", address)
		}
		if err := g.judge(netip.MustParseAddrPort(address).Addr()); !errors.Is(err, errBlocked) {
			t.Errorf("our own judgement lets %s pass", address)
		}
	}
	g, _ := newRecorded(t, Options{})
	for _, address := range []string{"168.63.129.16:443", "9.9.9.9:443", "[64:ff9b::7f00:1]:443", "no address"} {
		if err := g.control("tcp4", address, nil); !errors.Is(err, errBlocked) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, network := range []string{"udp4", "unix"} {
		if err := g.control(network, "8.8.8.8:443", nil); !errors.Is(err, errBlocked) {
			t.Errorf("%s: %v", network, err)
		}
	}
	if err := g.control("tcp4", "8.8.8.8:443", nil); err != nil {
		t.Errorf("a public address: %v", err)
	}
}

func TestControlOpensWhatTheSettingsOpen(t *testing.T) {
	t.Parallel()
	allow := []netip.Prefix{netip.MustParsePrefix("100.64.0.0/16"), netip.MustParsePrefix("fd12::/16")}
	for address, o := range map[string]Options{
		"127.0.0.1:80": {Dev: true}, "[::1]:80": {Dev: true}, "192.168.1.1:80": {Dev: true}, "[fd00::1]:80": {Dev: true},
		"100.64.1.1:80": {Allow: allow}, "[fd12::1]:80": {Allow: allow},
	} {
		if err := New(o).control("tcp", address, nil); err == nil {
			t.Errorf("%s: any network is accepted", address)
		}
		if err := New(o).control("tcp4", address, nil); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestTheHostsOwnAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for answer, o := range map[string]Options{
		"9.9.9.9": {}, "::ffff:9.9.9.9": {}, "64:ff9b::909:909": {},
		"2a00::5": {LocalAddrs: func() ([]netip.Addr, error) { return parseAddrs("2a00::5%eth0"), nil }},
	} {
		o.Resolver = answering(answer)
		g, calls := newRecorded(t, o)
		_, _, err := g.Dial(t.Context(), mustCheck(t, g, hook))
		assertBlocked(t, calls, err)
	}
	for _, o := range []Options{{Dev: true}, {Allow: []netip.Prefix{netip.MustParsePrefix("9.9.9.9/32")}}} {
		o.Resolver = answering("9.9.9.9")
		g, calls := newRecorded(t, o)
		_, _, err := g.Dial(t.Context(), mustCheck(t, g, hook))
		assertDialled(t, calls, netip.MustParseAddr("9.9.9.9"), err)
	}
}

func TestOwnAddressesOfThisMachine(t *testing.T) {
	t.Parallel()
	addrs, err := interfaceAddrs()
	if err != nil || len(addrs) == 0 {
		t.Fatalf("%v, %v", addrs, err)
	}
	g := New(Options{})
	for _, addr := range addrs {
		if err := g.judge(addr); !errors.Is(err, errBlocked) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestUnknownOwnAddressesCloseEverything(t *testing.T) {
	t.Parallel()
	broken := func() ([]netip.Addr, error) { return nil, errors.New("netlink") }
	g, calls := newRecorded(t, Options{Resolver: answering("8.8.8.8"), LocalAddrs: broken})
	_, _, err := g.Dial(t.Context(), mustCheck(t, g, hook))
	assertKind(t, err, KindConnect)
	if len(calls.take()) != 0 {
		t.Error("dialled an address that could not be judged")
	}
}

func TestOwnAddressesAreListedAgain(t *testing.T) {
	t.Parallel()
	listed := 0
	own := newOwnAddrs(func() ([]netip.Addr, error) {
		listed++
		return parseAddrs("8.8.8.8"), nil
	})
	now := time.Now()
	own.now = func() time.Time { return now }
	for range 3 {
		if got, err := own.contains(netip.MustParseAddr("8.8.8.8")); !got || err != nil {
			t.Errorf("contains %t, %v", got, err)
		}
	}
	now = now.Add(ownAddrsFor)
	_, _ = own.contains(netip.MustParseAddr("8.8.8.8"))
	if listed != 2 {
		t.Errorf("listed %d times", listed)
	}
}
