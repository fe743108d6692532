package egress

import (
	"errors"
	"net/netip"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzCheck holds that what is accepted reads the same a second time: as stored, in the
// canonical form, and by net/url.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		"https://hooks.example.com/a?b#c", "https://[2a00:1450:4001::1]:8443/", "https://①②⑦.⓪.⓪.①/", "https://loc\u00adalhost./",
		"https://xn--bcher-kva.example.com", "https://b\u00fccher。example.com:0443?ü", "http://127.0.0.1:3000/%7B{|}", "https://a.xn--/",
		"https://hooks.example.com//x//?#", "https://faß.de/[", "http://10.1.2.3/%2f", "https://a@b/", "https://℀.com",
	} {
		f.Add(seed)
	}
	guards := []*Guard{
		New(Options{}),
		New(Options{Dev: true}),
		New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}),
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, g := range guards {
			first, err := g.Check(raw)
			if err != nil {
				var p *Problem
				if !errors.As(err, &p) || p.Message == "" {
					t.Fatalf("%q: %v is not a problem", raw, err)
				}
				continue
			}
			assertRereads(t, g, first)
		}
	})
}

func assertRereads(t *testing.T, g *Guard, first Target) {
	t.Helper()
	again, err := g.Check(first.Stored)
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		t.Fatalf("as stored: %v\n%s", err, diff)
	}
	canonical, err := g.Check(first.Canonical())
	want := first
	want.Stored = first.Canonical()
	if diff := cmp.Diff(want, canonical); err != nil || diff != "" {
		t.Fatalf("canonical: %v\n%s", err, diff)
	}
	u, err := url.Parse(first.Canonical())
	if err != nil || u.Hostname() != first.Host || u.Host != first.HostHeader || u.User != nil {
		t.Fatalf("net/url reads %q as %v, %v", first.Canonical(), u, err)
	}
	if addr, err := netip.ParseAddr(first.Host); err == nil && !g.opensClass(addr) {
		t.Fatalf("%s was accepted", addr)
	}
}
