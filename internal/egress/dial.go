package egress

import (
	"context"
	"errors"
	"net"
	"time"
)

// Kind is the way in which a dial went wrong.
type Kind string

// The kinds. KindBlocked says that the guard refused; no packet was sent.
const (
	KindDNS     Kind = "dns"
	KindConnect Kind = "connect"
	KindBlocked Kind = "blocked"
)

// The phases of a dial.
const (
	PhaseDNS     = "dns"
	PhaseConnect = "connect"
)

// DialError says why there is no connection. Detail is one of a fixed list of
// sentences: it tells no tenant what the network behind the guard looks like.
type DialError struct {
	Kind    Kind
	Phase   string
	Timeout bool
	Detail  string
	Err     error
}

func (e *DialError) Error() string { return e.Detail }

// Unwrap returns the cause, which is for the log and never for a tenant.
func (e *DialError) Unwrap() error { return e.Err }

// Trace is what a dial took.
type Trace struct {
	DNS, Connect time.Duration
	// Address is the ip:port that was dialled last; empty if none was.
	Address string
}

// Dial resolves the target's name once, judges the whole answer, and connects to an
// address it has judged. The error is a *DialError.
func (g *Guard) Dial(ctx context.Context, t Target) (net.Conn, Trace, error) {
	return nil, Trace{}, &DialError{Kind: KindBlocked, Phase: PhaseConnect, Err: errors.New("not yet")}
}
