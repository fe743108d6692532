package egress

import (
	"context"
	"errors"
	"net"
	"syscall"
)

// Kind is the way in which a dial went wrong.
type Kind string

// The kinds. KindBlocked says that the guard refused: no packet was sent to any
// forbidden address.
const (
	KindDNS     Kind = "dns"
	KindConnect Kind = "connect"
	KindBlocked Kind = "blocked"
)

// Cause tells the ways apart in which connecting goes wrong.
type Cause string

// The causes. Others have none.
const (
	CauseRefused     Cause = "refused"
	CauseUnreachable Cause = "unreachable"
	CauseProxy       Cause = "proxy"
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
	Cause   Cause
	Phase   string
	Timeout bool
	Detail  string
	Err     error
}

func (e *DialError) Error() string { return e.Detail }

// Unwrap returns the cause, which is for the operator and never for a tenant.
func (e *DialError) Unwrap() error { return e.Err }

func dnsError(err error) *DialError {
	e := &DialError{Kind: KindDNS, Phase: PhaseDNS, Timeout: isTimeout(err), Err: err}
	var dns *net.DNSError
	switch {
	case e.Timeout:
		e.Detail = "Resolving the host name took too long."
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Detail = "The host name does not exist."
	default:
		e.Detail = "The host name could not be resolved."
	}
	return e
}

func connectError(err error) *DialError {
	e := &DialError{Kind: KindConnect, Phase: PhaseConnect, Timeout: isTimeout(err), Err: err}
	switch {
	case errors.Is(err, errBlocked):
		e.Kind = KindBlocked
		e.Detail = "The host points to an address that is not on the public internet."
	case errors.Is(err, errProxy):
		e.Cause, e.Detail = CauseProxy, "The egress proxy did not open the connection."
	case e.Timeout:
		e.Detail = "Connecting took too long."
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Cause, e.Detail = CauseRefused, "The endpoint refused the connection."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ENETDOWN):
		e.Cause, e.Detail = CauseUnreachable, "There is no way from here to the address of the endpoint."
	default:
		e.Detail = "The connection could not be opened."
	}
	return e
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
