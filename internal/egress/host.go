package egress

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// The bounds of DNS.
const (
	maxHostBytes  = 253
	maxLabelBytes = 63
)

// host is a host that passed the rules. addr is valid if it is an IP literal; local
// says that only development mode or an allowed network makes it acceptable.
type host struct {
	ascii string
	addr  netip.Addr
	local bool
}

func (g *Guard) checkHost(parts urlParts) (host, *Problem) {
	if parts.bracketed {
		return g.checkLiteral(parts)
	}
	name, p := g.toASCII(parts.host)
	switch {
	case p != nil:
		return host{}, p
	case endsInNumber(name):
		return g.checkLiteral(parts)
	case !isDomainName(name):
		return host{}, problem(CodeHost)
	case !isLocalName(name):
		return host{ascii: name}, nil
	case !g.relaxed():
		return host{}, problem(CodeNotPublic)
	}
	return host{ascii: name, local: true}, nil
}

// checkLiteral accepts an IP address only in the one spelling that every parser reads
// alike. The IPv6 forms that stand for an IPv4 address are for resolvers to answer,
// not for people to write.
func (g *Guard) checkLiteral(parts urlParts) (host, *Problem) {
	addr, err := netip.ParseAddr(parts.host)
	if err != nil || addr.String() != parts.host || addr.Is6() != parts.bracketed || addr.Zone() != "" {
		return host{}, problem(CodeHostNumber)
	}
	h := host{ascii: parts.host, addr: addr, local: Judge(addr) != Public}
	switch {
	case destination(addr) != addr, !g.opensClass(addr):
		return host{}, problem(CodeNotPublic)
	case parts.scheme == "http" && !g.opensPlain(addr):
		return host{}, problem(CodeNotHTTPS)
	}
	return h, nil
}

// newNameProfile maps as UTS 46 and browsers do. The hyphens in the third and fourth
// place, and underscores, occur in names that people use; isDomainName has the rest.
func newNameProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckHyphens(false), idna.StrictDomainName(false))
}

// toASCII maps a name to the form that is looked up, without its one trailing dot. All
// later rules see only this form: fullwidth digits are digits, a soft hyphen is gone.
func (g *Guard) toASCII(raw string) (string, *Problem) {
	raw = dots.Replace(raw)
	name := strings.TrimSuffix(raw, ".")
	ascii, err := g.names.ToASCII(name)
	// Other characters that turn into a dot only by compatibility mapping would move
	// the border of a label.
	if err != nil || strings.Count(ascii, ".") != strings.Count(name, ".") {
		return "", problem(CodeHost)
	}
	if again, err := g.names.ToASCII(ascii); err != nil || again != ascii {
		return "", problem(CodeHost)
	}
	return ascii, nil
}

// dots maps the label separators of IDNA to the first of them.
var dots = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".")

// endsInNumber is the URL standard's test for a host that is an IPv4 address or
// nothing, such as 127.1, 0x7f000001 and example.123.
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last != "" && strings.Trim(last, "0123456789") == "" {
		return true
	}
	digits, isHex := strings.CutPrefix(last, "0x")
	return isHex && strings.Trim(digits, "0123456789abcdef") == ""
}

// isDomainName says whether name has the form of a name in DNS. Underscores occur in
// practice, but not in the last label.
func isDomainName(name string) bool {
	if len(name) > maxHostBytes {
		return false
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if !isLabel(l) {
			return false
		}
	}
	return !strings.Contains(labels[len(labels)-1], "_")
}

func isLabel(l string) bool {
	if l == "" || len(l) > maxLabelBytes || l[0] == '-' || l[len(l)-1] == '-' {
		return false
	}
	return strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
