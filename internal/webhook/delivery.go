package webhook

import "time"

// State is where a delivery stands.
type State string

// The states of a delivery. Pending has had no attempt with a result; Retrying
// has, and waits for the next; Held waits because its webhook is disabled or
// suspended. The others are end states, which nothing leaves but a redelivery that
// succeeds.
const (
	StatePending   State = "pending"
	StateRetrying  State = "retrying"
	StateHeld      State = "held"
	StateSucceeded State = "succeeded"
	StateFailed    State = "failed"
	StateCancelled State = "cancelled"
)

// Ended says whether the system is done with the delivery.
func (s State) Ended() bool {
	return s == StateSucceeded || s == StateFailed || s == StateCancelled
}

// CancelReason is why a delivery was cancelled.
type CancelReason string

// The reasons of a cancelled delivery.
const (
	CancelWebhookDeleted CancelReason = "webhook_deleted"
	CancelHeldTooLong    CancelReason = "held_too_long"
	CancelByPerson       CancelReason = "by_person"
)

const (
	// MaxRedeliveries bounds the redeliveries of one delivery.
	MaxRedeliveries = 20
	// MaxInterruptions bounds the hand-outs of one delivery that brought no
	// result, so that a crash loop cannot send for ever.
	MaxInterruptions = 20
	// portion is what is handed out at a time after the first interruption.
	portion = 128
)

// Portion is how many deliveries of a webhook are out at a time if one of them has been
// handed out so often without a result: half as many after every two, and in the end that
// one alone. Whatever is handed out when a process crashes counts as interrupted, also
// what had only been waiting for its turn; so in a crash loop what waits stays behind,
// and only what is attempted comes to MaxInterruptions.
func Portion(interruptions int) int { return max(1, portion>>(interruptions/2)) }

// Delivery is one event for one webhook, as the log lists it.
type Delivery struct {
	ID        DeliveryID
	EventID   EventID
	EventType EventType
	Tenant    TenantID
	Webhook   WebhookRef
	State     State
	// CancelReason is set when State is cancelled.
	CancelReason CancelReason
	// NextAttemptAt is set while State is retrying.
	NextAttemptAt *time.Time
	AcceptedAt    time.Time
	// LoggedAt is the end of the first attempt; it names the minute that health
	// counts the delivery in, and never changes. Nil before that.
	LoggedAt *time.Time
	EndedAt  *time.Time
	// Attempts are in order of their number. Lists carry them without bodies and
	// headers.
	Attempts []Attempt
}

// LastAttempt is the newest attempt, nil before the first.
func (d *Delivery) LastAttempt() *Attempt {
	if len(d.Attempts) == 0 {
		return nil
	}
	return &d.Attempts[len(d.Attempts)-1]
}

// WebhookRef names the webhook of a delivery; it outlives the webhook.
type WebhookRef struct {
	Number  int64
	ID      ID
	Name    string
	Deleted bool
}

// Lease is the right of a process to make one attempt of a delivery. Finishing
// with anything but the newest lease is refused (ADR-0004).
type Lease struct {
	Delivery DeliveryID
	// Process is the number of the process that holds it.
	Process int64
	// Claims is how often the delivery has been handed out, this time included.
	Claims int
}

// Job is a delivery in the hands of a process: what the next attempt needs and the
// right to make it. URL, headers and key are not in it: they are read when the
// attempt starts.
type Job struct {
	Lease
	Event     EventID
	EventType EventType
	Tenant    TenantID
	// Webhook is the number of the webhook.
	Webhook int64
	Payload Payload
	// Weight is the job's share of the payload's bytes, for the bounds on memory:
	// the payload is one piece for all deliveries of an event.
	Weight int
	// AcceptedAt is when the event was accepted.
	AcceptedAt time.Time
	// DueAt is when the attempt should start.
	DueAt time.Time
	// Attempt is the number of the attempt to make.
	Attempt int
	// RetriesUsed is how much of the retry schedule is used up.
	RetriesUsed int
	// Manual marks a redelivery. Ended is the end state of the delivery before
	// it, empty when the redelivery only brings a retry forward.
	Manual bool
	Ended  State
	// AskedBy is the API key or the user that asked for the redelivery.
	AskedBy string
	// Resume is the time of the retry that a redelivery was put before; zero if
	// there is none.
	Resume time.Time
	// Interruptions is how many hand-outs brought no result.
	Interruptions int
	// LoggedAt is the end of the first attempt; zero before it.
	LoggedAt time.Time
}

// Trigger is who asked for the next attempt of the job.
func (j *Job) Trigger() Trigger {
	switch {
	case j.Manual:
		return TriggerManual
	case j.RetriesUsed > 0:
		return TriggerRetry
	default:
		return TriggerEvent
	}
}
