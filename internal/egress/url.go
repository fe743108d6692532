package egress

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

// Check applies the rules for saving a URL. The error is a *Problem.
func (g *Guard) Check(raw string) (Target, error) {
	t, p := g.check(raw)
	if p != nil {
		return Target{}, p
	}
	return t, nil
}

func (g *Guard) check(raw string) (Target, *Problem) {
	return Target{Stored: raw}, problem(CodeMalformed)
}
