package deliver

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/webhook"
)

// ending is how an attempt ended. The sentences are fixed: nothing about the network
// around us gets into them, and of what the other side sent only what certificate.go
// takes from a certificate.
type ending struct {
	outcome webhook.Outcome
	reason  webhook.Reason
	phase   webhook.Phase
	detail  string
}

// note writes the ending into the attempt.
func (e ending) note(a *webhook.Attempt) {
	a.Outcome, a.Reason, a.Phase, a.Detail = e.outcome, e.reason, e.phase, e.detail
}

func failed(reason webhook.Reason, phase webhook.Phase, detail string) ending {
	return ending{webhook.OutcomeFailed, reason, phase, detail}
}

var (
	endInternal    = failed(webhook.ReasonInternal, webhook.PhaseNone, "Tidings could not make the request.")
	endRefusedURL  = failed(webhook.ReasonBlockedAddress, webhook.PhaseDNS, "The endpoint's URL is not allowed by the rules of this server.")
	endNotHTTP     = failed(webhook.ReasonBadResponse, webhook.PhaseHeaders, "The answer does not begin with a status line of HTTP/1.1 or HTTP/1.0.")
	endSwitching   = failed(webhook.ReasonBadResponse, webhook.PhaseHeaders, "The endpoint answered 101 and asked to switch protocols, which was not offered.")
	endTooLarge    = failed(webhook.ReasonHeadersTooLarge, webhook.PhaseHeaders, "The headers of the answer are larger than the limit.")
	endRedirect    = failed(webhook.ReasonRedirect, webhook.PhaseNone, "The endpoint answered with a redirect. Redirects are never followed.")
	endClientError = failed(webhook.ReasonStatus4xx, webhook.PhaseNone, "The endpoint answered with a 4xx status.")
	endServerError = failed(webhook.ReasonStatus5xx, webhook.PhaseNone, "The endpoint answered with a 5xx status.")
	endSucceeded   = ending{outcome: webhook.OutcomeSucceeded}
)

const (
	detailCutHead = "The status line arrived, the rest of the headers did not."
	detailCutBody = "The body of the answer broke off or was longer than is read."
)

// byStatus is the ending of an attempt that was answered with the status.
func byStatus(status int) ending {
	switch {
	case status == 101:
		return endSwitching
	case status >= 500:
		return endServerError
	case status >= 400:
		return endClientError
	case status >= 300:
		return endRedirect
	default:
		return endSucceeded
	}
}

// byDialError is the ending of an attempt that found no connection.
func byDialError(ctx context.Context, err error) ending {
	var dial *egress.DialError
	if ended(ctx) {
		return interrupted(webhook.PhaseConnect)
	}
	if !errors.As(err, &dial) {
		return failed(webhook.ReasonConnect, webhook.PhaseConnect, "The connection could not be opened.")
	}
	e := failed(webhook.ReasonConnect, webhook.Phase(dial.Phase), dial.Detail)
	switch {
	case dial.Kind == egress.KindBlocked:
		e.reason = webhook.ReasonBlockedAddress
	case dial.Timeout:
		e.reason = webhook.ReasonTimeout
	case dial.Kind == egress.KindDNS:
		e.reason = webhook.ReasonDNS
	case isDisconnect(err):
		e.reason = webhook.ReasonReset
	case dial.Cause != "":
		e.detail = webhook.Cause(dial.Cause).Sentence()
	}
	return e
}

// byBreak is the ending of an attempt whose connection failed in the phase, before
// there was a status line.
func byBreak(ctx context.Context, phase webhook.Phase, c *conn, err error) ending {
	switch {
	case ended(ctx):
		return interrupted(phase)
	case isTimeout(err):
		return failed(webhook.ReasonTimeout, phase, timeoutDetail(phase))
	case c.tlsLayer == nil || isDisconnect(err):
		return failed(webhook.ReasonReset, phase, resetDetail(phase, c.reused))
	default:
		return failed(webhook.ReasonTLS, phase, tlsDetail(err))
	}
}

// interrupted is the ending of an attempt that we ourselves gave up.
func interrupted(phase webhook.Phase) ending {
	return ending{webhook.OutcomeInterrupted, webhook.ReasonInterrupted, phase, "Tidings stopped before the endpoint answered."}
}

// ended says whether the context is over. A dialler that keeps to the context's
// deadline may notice before the context does.
func ended(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return ctx.Err() != nil || limited && !time.Now().Before(deadline)
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &network) && network.Timeout()
}

func isDisconnect(err error) bool {
	for _, cause := range [...]error{
		io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed,
		syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE,
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

func timeoutDetail(phase webhook.Phase) string {
	switch phase {
	case webhook.PhaseTLS:
		return "The TLS handshake did not finish in time."
	case webhook.PhaseWrite:
		return "The endpoint did not take the request in time."
	default:
		return "The endpoint did not answer in time."
	}
}

func resetDetail(phase webhook.Phase, reused bool) string {
	switch {
	case phase == webhook.PhaseTLS:
		return "The endpoint closed the connection during the TLS handshake."
	case reused:
		return "The endpoint closed a connection kept from an earlier request before it answered."
	default:
		return "The endpoint closed the connection before it answered."
	}
}
