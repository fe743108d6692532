package webhook

import "time"

// Trigger is who asked for an attempt.
type Trigger string

// The triggers of an attempt.
const (
	TriggerEvent  Trigger = "event"
	TriggerRetry  Trigger = "retry"
	TriggerManual Trigger = "manual"
	TriggerTest   Trigger = "test"
)

// Outcome is how an attempt ended.
type Outcome string

// The outcomes of an attempt. An interrupted one was handed to a process that
// ended before it wrote a result: it may or may not have reached the endpoint.
const (
	OutcomeSucceeded   Outcome = "succeeded"
	OutcomeFailed      Outcome = "failed"
	OutcomeInterrupted Outcome = "interrupted"
)

// Reason is why an attempt failed.
type Reason string

// The reasons of a failed attempt.
const (
	ReasonNone            Reason = ""
	ReasonDNS             Reason = "dns"
	ReasonConnect         Reason = "connect"
	ReasonTLS             Reason = "tls"
	ReasonTimeout         Reason = "timeout"
	ReasonReset           Reason = "reset"
	ReasonBadResponse     Reason = "bad_response"
	ReasonHeadersTooLarge Reason = "headers_too_large"
	ReasonBlockedAddress  Reason = "blocked_address"
	ReasonRedirect        Reason = "redirect"
	ReasonStatus4xx       Reason = "status_4xx"
	ReasonStatus5xx       Reason = "status_5xx"
	ReasonInterrupted     Reason = "interrupted"
	ReasonInternal        Reason = "internal"
)

// Reasons lists every reason, for metrics and documentation.
var Reasons = []Reason{
	ReasonDNS, ReasonConnect, ReasonTLS, ReasonTimeout, ReasonReset, ReasonBadResponse, ReasonHeadersTooLarge,
	ReasonBlockedAddress, ReasonRedirect, ReasonStatus4xx, ReasonStatus5xx, ReasonInterrupted, ReasonInternal,
}

// Cause tells apart what has one reason, where that helps to find the fault. It is not
// stored: it is known by the sentence.
type Cause string

// The causes of connections that could not be opened.
const (
	CauseNone        Cause = ""
	CauseRefused     Cause = "refused"
	CauseUnreachable Cause = "unreachable"
	CauseProxy       Cause = "proxy"
)

// Causes lists every cause, for documentation.
var Causes = []Cause{CauseRefused, CauseUnreachable, CauseProxy}

// Sentence is what an attempt says of its cause.
func (c Cause) Sentence() string {
	switch c {
	case CauseRefused:
		return "The endpoint refused the connection."
	case CauseUnreachable:
		return "There is no way from here to the address of the endpoint."
	case CauseProxy:
		return "The egress proxy did not open the connection."
	default:
		return ""
	}
}

// Cause is that of the attempt, if it has one.
func (a *Attempt) Cause() Cause {
	if a.Reason == ReasonConnect {
		for _, c := range Causes {
			if a.Detail == c.Sentence() {
				return c
			}
		}
	}
	return CauseNone
}

// Phase is the part of an exchange in which an attempt failed or ended.
type Phase string

// The phases of an exchange, in order.
const (
	PhaseNone    Phase = ""
	PhaseDNS     Phase = "dns"
	PhaseConnect Phase = "connect"
	PhaseTLS     Phase = "tls"
	PhaseWrite   Phase = "write"
	PhaseHeaders Phase = "headers"
	PhaseBody    Phase = "body"
)

// Attempt is one HTTP request and what came of it. It is data even when it went
// wrong: the failing of the other side is no error of ours.
type Attempt struct {
	// Number counts from 1 within the delivery.
	Number  int
	Trigger Trigger
	// By is who asked for a manual attempt.
	By        string
	StartedAt time.Time
	Duration  time.Duration
	Outcome   Outcome
	Reason    Reason
	// Phase says where an attempt without a status line failed. After a status line
	// it is empty, or PhaseHeaders or PhaseBody if the rest of the answer broke off
	// there or was cut by a bound.
	Phase Phase
	// Detail is a sentence for people, from a fixed list. Of the other side it holds at
	// most the host name that a certificate is for, and until when it was valid.
	Detail string
	// Status is the status code; 0 if there was no valid status line.
	Status   int
	Request  RequestRecord
	Response ResponseRecord
	Timing   Timing
	// Address is the address and port that was dialled.
	Address     string
	TLSVersion  string
	HTTPVersion string
	// Reused says that the connection had carried a request before.
	Reused bool
	// RetryAfter is the wait that a 429 or 5xx asked for; nil if none or
	// unreadable.
	RetryAfter *time.Duration
}

// EndedAt is when the attempt ended.
func (a *Attempt) EndedAt() time.Time { return a.StartedAt.Add(a.Duration) }

// RequestRecord is what was sent, for the log.
type RequestRecord struct {
	Method  string
	URL     EndpointURL
	Headers []HeaderRecord
	// BodySize is the length of the body in bytes; the body itself can be composed
	// again from the event.
	BodySize int
}

// ResponseRecord is what came back, for the log.
type ResponseRecord struct {
	// Headers are in the order and spelling received.
	Headers []HeaderRecord
	// Body holds the first bytes as received, never decoded.
	Body []byte
	// BodySize is how many bytes of the body were read.
	BodySize int64
	// Truncated says that Body is not all of it.
	Truncated bool
}

// HeaderRecord is a header in the log. Masked ones have no Value. Names and values
// are bytes: the other side may send anything.
type HeaderRecord struct {
	Name   string
	Value  string
	Masked bool
}

// Timing is how long each phase took. A phase that did not happen is zero: a
// reused connection has no DNS, Connect and TLS.
type Timing struct {
	DNS     time.Duration
	Connect time.Duration
	TLS     time.Duration
	// Wait is from the request written to the first byte of the answer.
	Wait time.Duration
	// Read is from the first byte to the end of the body.
	Read time.Duration
}

// Request is what one attempt sends, with the settings of this moment.
type Request struct {
	Delivery   DeliveryID
	URL        EndpointURL
	Headers    []Header
	SigningKey Secret
	// Body and Tail together are the body. Body may be shared with other requests.
	Body, Tail []byte
	Number     int
	Trigger    Trigger
}
