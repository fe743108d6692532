package egress

import (
	"net/netip"
	"strings"
	"unicode"

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
	case destination(addr) != addr, isMetadata(addr):
		return host{}, neverPublic()
	case !g.opensClass(addr):
		return host{}, problem(CodeNotPublic)
	case parts.scheme == "http" && !g.opensPlain(addr):
		return host{}, problem(CodeNotHTTPS)
	}
	return h, nil
}

// newNameProfile maps as UTS 46 and browsers do; transitional as they did before
// IDNA 2008. Hyphens in the third and fourth place, and underscores, occur in names
// that people use; isDomainName has the rest.
func newNameProfile(transitional bool) *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckHyphens(false), idna.StrictDomainName(false), idna.Transitional(transitional))
}

// isAmbiguous finds format characters, such as the soft hyphen: the mapping drops them,
// a reader does not see them, and a parser without the mapping looks them up. The
// capital sharp s maps to ss or to the small one, after the version of the tables.
// What looks like a slash, a colon or a question mark ends the host to a reader.
func isAmbiguous(r rune) bool {
	return unicode.Is(unicode.Cf, r) || r == '\u1e9e' || strings.ContainsRune(delimiterLike, r)
}

const delimiterLike = "\u2044\u2215\u2571\u27cb\u29f8\u2cc6\u02d0\u05c3\u2236\ua789\u0294\u0241"

// toASCII maps a name to the form that is looked up, without its one trailing dot. All
// later rules see only this form: fullwidth digits are digits, a soft hyphen is gone.
func (g *Guard) toASCII(raw string) (string, *Problem) {
	name := strings.TrimSuffix(dots.Replace(raw), ".")
	ascii, err := g.names.ToASCII(name)
	if err != nil || strings.ContainsFunc(name, isAmbiguous) {
		return "", problem(CodeHost)
	}
	// Parsers of the older IDNA read the sharp s as ss, which is another host.
	if older, err := g.olderNames.ToASCII(name); err != nil || older != ascii {
		return "", problem(CodeHost)
	}
	// Some symbols map to letters that the result may not hold, such as U+2135.
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
