package egress

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckTakesTheURLApart(t *testing.T) {
	t.Parallel()
	g := New(Options{})
	tests := []struct {
		raw  string
		want Target
	}{
		{"https://hooks.example.com", Target{Host: "hooks.example.com", Port: 443, HostHeader: "hooks.example.com", RequestURI: "/"}},
		{"HTTPS://Hooks.Example.COM./a?b#c", Target{Host: "hooks.example.com", Port: 443, HostHeader: "hooks.example.com", RequestURI: "/a?b", Stored: "HTTPS://Hooks.Example.COM./a?b"}},
		{"https://hooks.example.com:08443?x=1", Target{Host: "hooks.example.com", Port: 8443, HostHeader: "hooks.example.com:8443", RequestURI: "/?x=1"}},
		{"https://hooks.example.com:/", Target{Host: "hooks.example.com", Port: 443, HostHeader: "hooks.example.com", RequestURI: "/"}},
		{"https://hooks.example.com:443/?", Target{Host: "hooks.example.com", Port: 443, HostHeader: "hooks.example.com", RequestURI: "/?"}},
		{"https://hooks.example.com:80/", Target{Host: "hooks.example.com", Port: 80, HostHeader: "hooks.example.com:80", RequestURI: "/"}},
		{"https://hooks.example.com//a/../b;c=%2F%2f", Target{Host: "hooks.example.com", Port: 443, HostHeader: "hooks.example.com", RequestURI: "//a/../b;c=%2F%2f"}},
		{"https://hooks.example.com/ü{x}|\"?q=<ü>&r=[1]%", Target{Host: "hooks.example.com", Port: 443, HostHeader: "hooks.example.com", RequestURI: "/%C3%BC%7Bx%7D%7C%22?q=%3C%C3%BC%3E&r=[1]%"}},
		{"https://hooks.example.com?@127.0.0.1/", Target{Host: "hooks.example.com", Port: 443, HostHeader: "hooks.example.com", RequestURI: "/?@127.0.0.1/"}},
		{"https://bücher.example.com/", Target{Host: "xn--bcher-kva.example.com", Port: 443, HostHeader: "xn--bcher-kva.example.com", RequestURI: "/"}},
		{"https://hooks。example．com｡/", Target{Host: "hooks.example.com", Port: 443, HostHeader: "hooks.example.com", RequestURI: "/"}},
		{"https://9.9.9.9:8443/", Target{Host: "9.9.9.9", Port: 8443, HostHeader: "9.9.9.9:8443", RequestURI: "/"}},
		{"https://[2a00:1450:4001::1]/", Target{Host: "2a00:1450:4001::1", Port: 443, HostHeader: "[2a00:1450:4001::1]", RequestURI: "/"}},
		{"https://[2a00:1450:4001::1]:8443/", Target{Host: "2a00:1450:4001::1", Port: 8443, HostHeader: "[2a00:1450:4001::1]:8443", RequestURI: "/"}},
	}
	for _, tt := range tests {
		tt.want.Scheme = "https"
		if tt.want.Stored == "" {
			tt.want.Stored = tt.raw
		}
		got, err := g.Check(tt.raw)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", tt.raw, err, diff)
		}
	}
}

func TestCheckNamesTheMistake(t *testing.T) {
	t.Parallel()
	g := New(Options{Resolver: noResolver{t}})
	const x = "https://hooks.example.com"
	codes := map[string][]string{
		CodeNotHTTPS:    {"", "hooks.example.com/a", "//hooks.example.com", "http://hooks.example.com", "ftp://a.example.com", "https:hooks.example.com", "https:/hooks.example.com", "httpſ://hooks.example.com", "javascript:alert(1)"},
		CodeCharacter:   {" " + x, x + " ", x + "/a b", x + "/\t", "https://hooks\n.example.com", x + "/\x00", x + "/\x7f", x + "/\u0085", x + "/\u00a0", x + "/\u2028", x + "/\u202e", x + "/\xff", x + `\a`, x + `/a\b`, x + "/#\r", "https://hooks\u3000.example.com"},
		CodeUserinfo:    {"https://@hooks.example.com", "https://:@hooks.example.com/", "https://user:secret@hooks.example.com/", "https://a@b@hooks.example.com", "https://hooks.example.com:443@127.0.0.1/", "https://a%40@hooks.example.com"},
		CodeHost:        {"https://", "https:///", "https:///hooks.example.com", "https://?x", "https://#", "https://:443", "https://.", "https://..", "https://.example.com", "https://hooks..example.com", "https://hooks.example.com..", "https://-a.example.com", "https://a-.example.com", "https://hooks.example.c_m", "https://hooks.example.com_", "https://hooks,a.example.com", "https://ho*ks.example.com", "https://hooks%2eexample.com", "https://hooks.ex%C3%A4mple.com", "https://hooks.example.com／a", "https://℀.example.com", "https://hooks.example.com：443", "https://hooks.example…com", "https://hooks.example\u2024com", "https://⒈example.com", "https://hooks.example﹒com", "https://a\u2135b.example.com", "https://1\u05d0.example.com", "https://a\u05d0.example.com", "https://xn--example-.com", "https://a.xn--", "https://a.xn--.com", "https://\u00ad.example.com", "https://hooks.example.\u00ad", "https://\u0301a.example.com", "https://a\u200db.example.com", "https://straße.de", "https://STRASẞE.de", "https://βόλος.com", "https://hooks.ex\u00adample.com", "https://hooks.ex\u200bample.com", "https://\ufeffhooks.example.com", "https://\u0915\u094d\u200d\u0937.example.com", "https://[::1", "https://[2a00::1]x", "https://[2a00::1]]", "https://hooks.example.com$", "https://hooks.example.com;a", "https://" + strings.Repeat("a", 64) + ".example.com"},
		CodeHostNumber:  {"https://127.1", "https://0x7f000001", "https://0x", "https://1.1.1.1.", "https://01.1.1.1", "https://１.1.1.1", "https://1。1。1。1", "https://1.1.1.1.1", "https://example.09", "https://example.0xAf", "https://example.0x.", "https://[]", "https://[1.1.1.1]", "https://[2A00:1450::1]", "https://[2a00:0::1]", "https://[2a00::1.2.3.4]", "https://[2a00::1%25eth0]", "https://[fe80::1%25eth0]", "https://[0:0:0:0:0:0:0:1]", "https://[hooks.example.com]"},
		CodeNotPublic:   {"https://localhost", "https://a.LOCALHOST.", "https://localho\u017ft", "https://printer", "https://printer.", "https://a.internal", "https://a.svc", "https://a.b.local", "https://x.lan", "https://x.onion", "https://1.0.0.127.in-addr.arpa", "https://fritz.box", "https://kubernetes.default", "https://127.0.0.1", "https://10.1.2.3:8443", "https://169.254.169.254", "https://168.63.129.16", "https://[::1]", "https://[fd00::1]", "https://[::ffff:8.8.8.8]", "https://[64:ff9b::808:808]", "https://[::]"},
		CodePort:        {x + ":0", x + ":00", x + ":65536", x + ":-1", x + ":+1", x + ":44a", x + ":80:80", x + ":４４３", x + ":99999999999999999999", "https://[2a00:1450::1]:x"},
		CodePortRefused: {x + ":22", x + ":25", x + ":0022", x + ":6000", x + ":10080", x + ":5060", x + ":2049"},
		CodeMalformed:   {x + "/%zz", x + "/%"},
		CodeTooLong:     {x + "/" + strings.Repeat("a", MaxURLBytes), x + "/" + strings.Repeat("ü", MaxURLBytes/3)},
	}
	for want, raws := range codes {
		for _, raw := range raws {
			_, err := g.Check(raw)
			var p *Problem
			if !errors.As(err, &p) {
				t.Errorf("%q: got %v, want %s", raw, err, want)
			} else if p.Code != want {
				t.Errorf("%q: code %s, want %s", raw, p.Code, want)
			}
		}
	}
}

func TestCheckAcceptsWhatOccursInPractice(t *testing.T) {
	t.Parallel()
	g := New(Options{})
	for _, raw := range []string{
		"https://a_b.example.com", "https://_hooks.example.com", "https://pr--site.example.com",
		"https://r3---sn-apo3qvuoxuxbt.example.com", "https://1.example.com", "https://127.0.0.1.example.com",
		"https://0x7f.example.com", "https://example.0xg", "https://example.a1", "https://x.local.example.com", "https://mylocalhost.com",
		"https://notinternal.com", "https://xn--strae-oqa.de", "https://xn--e1afmkfd.xn--80akhbyknj4f",
		"https://XN--BCHER-KVA.example.com", "https://hooks.example.com/https://127.0.0.1/?u=a@b",
		"https://hooks.example.com#@127.0.0.1/", "https://hooks.example.com/%00%0d%0a",
	} {
		if _, err := g.Check(raw); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestCheckBoundsOfLength(t *testing.T) {
	t.Parallel()
	g := New(Options{})
	const base = "https://hooks.example.com/"
	label := strings.Repeat("a", 63) + "."
	host253 := label + label + label + strings.Repeat("b", 57) + ".com"
	for raw, want := range map[string]bool{
		base + strings.Repeat("p", MaxURLBytes-len(base)):   true,
		base + strings.Repeat("p", MaxURLBytes-len(base)+1): false,
		"https://" + host253 + "./":                         true,
		"https://b" + host253 + "/":                         false,
		"https://" + label + "com":                          true,
		"https://a" + label + "com":                         false,
	} {
		if _, err := g.Check(raw); (err == nil) != want {
			t.Errorf("%d bytes: got %v, want accepted %t", len(raw), err, want)
		}
	}
}

func TestCheckNeverRepeatsTheURL(t *testing.T) {
	t.Parallel()
	g := New(Options{})
	for _, raw := range []string{
		"https://user:sesame@hooks.example.com/sesame?token=sesame", "http://sesame.example.com/?sesame",
		"https://sesame/?sesame", "https://sesame.example.com:22/sesame", "https://127.0.0.1/sesame",
		"https://sesame.com:sesame", "https://sesame.com/%zz", "sesame", "https://sesame.com/\x00",
	} {
		if _, err := g.Check(raw); err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestCheckInDevelopment(t *testing.T) {
	t.Parallel()
	g := New(Options{Dev: true})
	for raw, want := range map[string]bool{
		"http://localhost:3000/": true, "https://localhost": true, "http://127.0.0.1:3000": true, "http://[::1]:3000": true,
		"http://10.0.0.1": true, "https://[fd00::1]": true, "http://redis": true, "http://hooks.example.com": true,
		"http://8.8.8.8": true, "https://hooks.example.com": false, "https://8.8.8.8": false,
	} {
		if got, err := g.Check(raw); err != nil || got.DevAddress != want {
			t.Errorf("%q: %v, development address %t, want %t", raw, err, got.DevAddress, want)
		}
	}
	for _, raw := range []string{
		"http://169.254.169.254", "http://100.100.100.200", "http://[fd00:ec2::254]", "http://0.0.0.0", "http://[::]",
		"http://169.254.1.1", "http://100.64.0.1", "http://127.1", "http://[::ffff:127.0.0.1]", "http://[::1%25lo]",
		"http://a@localhost", "ftp://localhost", "http://localhost:22",
	} {
		if _, err := g.Check(raw); err == nil {
			t.Errorf("%q was accepted", raw)
		}
	}
}

func TestCheckWithAllowedNetworks(t *testing.T) {
	t.Parallel()
	g := New(Options{Allow: []netip.Prefix{
		netip.MustParsePrefix("10.1.0.7/16"), netip.MustParsePrefix("fd12::/16"),
		netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("::ffff:172.20.0.0/112"),
	}})
	for raw, want := range map[string]bool{
		"https://10.1.2.3": true, "http://10.1.2.3": true, "https://[fd12::1]": true, "https://redis": true, "http://a.svc": true,
		"https://localhost": true, "http://hooks.example.com": true, "https://hooks.example.com": false, "https://8.8.8.8": false,
		"https://169.254.1.1": true, "https://172.20.0.1": true,
	} {
		if got, err := g.Check(raw); err != nil || got.DevAddress != want {
			t.Errorf("%q: %v, development address %t, want %t", raw, err, got.DevAddress, want)
		}
	}
	for _, raw := range []string{
		"https://10.2.0.1", "http://8.8.8.8", "https://127.0.0.1", "https://169.254.169.254", "https://[fd13::1]",
		"https://172.21.0.1", "https://[::ffff:10.1.2.3]", "https://[64:ff9b::a01:203]",
	} {
		if _, err := g.Check(raw); err == nil {
			t.Errorf("%q was accepted", raw)
		}
	}
}

func TestBadPortsAreAllRefused(t *testing.T) {
	t.Parallel()
	refused := 0
	for port := range 1 << 16 {
		if _, p := parsePort(strconv.Itoa(port), "https"); p != nil {
			refused++
		}
	}
	if refused != 83 {
		t.Errorf("%d ports are refused; the Fetch standard lists 82 and 0", refused)
	}
}

// TestAdviceIsTrue: what no setting opens is not said to be opened by one.
func TestAdviceIsTrue(t *testing.T) {
	t.Parallel()
	open := New(Options{Dev: true, Allow: parsePrefixes("0.0.0.0/0", "::/0")})
	for _, raw := range []string{
		"https://169.254.169.254/", "https://168.63.129.16/", "https://100.100.100.200/", "https://[fd00:ec2::254]/", "https://[64:ff9b::a00:1]/",
		"https://[::ffff:10.0.0.1]/", "https://10.0.0.1/", "https://printer/", "https://192.0.2.1/",
	} {
		_, err := New(Options{}).Check(raw)
		_, opened := open.Check(raw)
		if err == nil {
			t.Errorf("%s is accepted", raw)
		} else if advised := strings.Contains(err.Error(), "--allow-network"); advised != (opened == nil) {
			t.Errorf("%s: advised %t, could be opened: %v", raw, advised, opened)
		}
	}
}
