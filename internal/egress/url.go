package egress

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxURLBytes is the longest URL that is saved.
const MaxURLBytes = 2048

// Target is a URL that passed the rules, taken apart once.
type Target struct {
	// Scheme is "https" or "http".
	Scheme string
	// Host is ASCII in lower case, without brackets and without a trailing dot.
	Host string
	Port uint16
	// HostHeader is the host as sent: with brackets if IPv6, and with the port unless
	// it is the scheme's own.
	HostHeader string
	// RequestURI is the path and query as given; what a request line cannot hold is
	// percent-encoded.
	RequestURI string
	// DevAddress says that only development mode or an allowed network makes the
	// target acceptable.
	DevAddress bool
	// Stored is the URL as given, without the fragment.
	Stored string
}

// Check applies the rules for saving a URL. It reads the text and nothing else: no
// name is resolved. The error is a *Problem.
func (g *Guard) Check(raw string) (Target, error) {
	t, p := g.check(raw)
	if p != nil {
		return Target{}, p
	}
	return t, nil
}

func (g *Guard) check(raw string) (Target, *Problem) {
	if len(raw) > MaxURLBytes {
		return Target{}, problem(CodeTooLong)
	}
	if hasBadCharacter(raw) {
		return Target{}, problem(CodeCharacter)
	}
	parts, p := g.split(raw)
	if p != nil {
		return Target{}, p
	}
	host, p := g.checkHost(parts)
	if p != nil {
		return Target{}, p
	}
	port, p := parsePort(parts.port, parts.scheme)
	if p != nil {
		return Target{}, p
	}
	t := Target{
		Scheme:     parts.scheme,
		Host:       host.ascii,
		Port:       port,
		HostHeader: hostHeader(parts.scheme, host, port),
		RequestURI: requestURI(parts.rest),
		DevAddress: host.local || parts.scheme == "http",
		Stored:     parts.stored,
	}
	if !parts.rereads() || !t.rereads() {
		return Target{}, problem(CodeMalformed)
	}
	if len(t.Canonical()) > MaxURLBytes {
		return Target{}, problem(CodeTooLong)
	}
	return t, nil
}

// Canonical is the URL that is dialled and requested.
func (t Target) Canonical() string { return t.Scheme + "://" + t.HostHeader + t.RequestURI }

// rereads says whether net/url sees the same authority in the URL as given.
func (p urlParts) rereads() bool {
	u, err := url.Parse(p.stored)
	return err == nil && u.User == nil && u.Opaque == "" && u.Scheme == p.scheme && u.Host == p.authority
}

// rereads says whether net/url finds in the canonical form what is in t.
func (t Target) rereads() bool {
	u, err := url.Parse(t.Canonical())
	return err == nil && u.User == nil && u.Scheme == t.Scheme && u.Host == t.HostHeader && u.RequestURI() == t.RequestURI
}

// urlParts are the pieces of a URL, uninterpreted but for the scheme.
type urlParts struct {
	scheme, authority, host, port, rest, stored string
	bracketed                                   bool
}

// split takes a URL apart by the grammar of RFC 3986. Spellings that a browser repairs,
// such as https:/host, are refused.
func (g *Guard) split(raw string) (urlParts, *Problem) {
	scheme, after, found := strings.Cut(raw, "://")
	scheme = strings.ToLower(scheme)
	if !found || scheme != "https" && (scheme != "http" || !g.relaxed()) {
		return urlParts{}, problem(CodeNotHTTPS)
	}
	after, _, _ = strings.Cut(after, "#")
	stored, _, _ := strings.Cut(raw, "#")
	end := strings.IndexAny(after+"/", "/?")
	authority := after[:end]
	if strings.Contains(authority, "@") {
		return urlParts{}, problem(CodeUserinfo)
	}
	parts := urlParts{scheme: scheme, authority: authority, rest: after[end:], stored: stored}
	if !parts.splitHost() {
		return urlParts{}, problem(CodeHost)
	}
	return parts, nil
}

func (p *urlParts) splitHost() bool {
	if inside, found := strings.CutPrefix(p.authority, "["); found {
		host, after, closed := strings.Cut(inside, "]")
		port, colon := strings.CutPrefix(after, ":")
		p.host, p.port, p.bracketed = host, port, true
		return closed && (colon || after == "")
	}
	p.host, p.port, _ = strings.Cut(p.authority, ":")
	return p.host != ""
}

// hasBadCharacter finds what some parsers strip, some turn into a slash, and some
// keep; and the marks that make a URL look like another one to a person.
func hasBadCharacter(raw string) bool {
	return !utf8.ValidString(raw) || strings.ContainsFunc(raw, func(r rune) bool {
		return r == '\\' || unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r)
	})
}

func hostHeader(scheme string, host host, port uint16) string {
	text := host.ascii
	if host.addr.Is6() {
		text = "[" + text + "]"
	}
	if port == defaultPort(scheme) {
		return text
	}
	return text + ":" + strconv.Itoa(int(port))
}

// requestURI keeps the path and the query byte for byte, dot segments too, except
// for the bytes that RFC 3986 has no place for.
func requestURI(rest string) string {
	if !strings.HasPrefix(rest, "/") {
		rest = "/" + rest
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(rest) {
		if c := rest[i]; c >= utf8.RuneSelf || strings.IndexByte("\"<>^`{|}", c) >= 0 {
			b.WriteString(string([]byte{'%', hex[c>>4], hex[c&15]}))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
