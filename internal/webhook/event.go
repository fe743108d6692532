package webhook

import "time"

// Event is one thing that happened, as accepted.
type Event struct {
	ID         EventID
	Tenant     TenantID
	Type       EventType
	AcceptedAt time.Time
	// Source is the API key that posted it.
	Source         string
	IdempotencyKey string
	Payload        Payload
	// Size is the length of the posted payload in bytes.
	Size int
	// Deliveries is how many webhooks it goes to. Unmatched says why there are
	// none.
	Deliveries int
	Unmatched  Unmatched
}

// Unmatched is why an event has no delivery.
type Unmatched string

// The reasons for an event without a delivery.
const (
	// UnmatchedNone: the event has deliveries.
	UnmatchedNone Unmatched = ""
	// UnmatchedNoSubscription: no webhook selects the event type.
	UnmatchedNoSubscription Unmatched = "no_webhook_subscribed"
	// UnmatchedDisabled: those that select it are disabled or suspended.
	UnmatchedDisabled Unmatched = "webhooks_disabled"
)

// ComposerVersion is the version of the rule by which Payload.Body makes a body.
// It is stored with each event; an event keeps the rule it was accepted under.
const ComposerVersion = 1

// Payload is the posted JSON object and what is appended to it on the way out.
type Payload struct {
	// Posted is the object without white space around it; never changed.
	Posted []byte
	// CreatedAt is appended as "createdAt" unless it is zero, which it is when the
	// producer sent a createdAt of its own.
	CreatedAt time.Time
	Composer  int
}

const createdAtFormat = "2006-01-02T15:04:05.000Z"

// Body composes the bytes that are signed and sent to the webhook: the posted
// object with createdAt and hookId as its last members, everything else untouched.
// It is the same on every attempt.
func (p Payload) Body(id ID) []byte {
	shared, own := p.Split(id)
	return append(append(make([]byte, 0, len(shared)+len(own)), shared...), own...)
}

// Split is Body in two parts: what all deliveries of the event share, without a copy
// of it, and what is this webhook's own.
func (p Payload) Split(id ID) (shared, own []byte) {
	shared = p.Posted[:len(p.Posted)-1]
	own = make([]byte, 0, len(`,"createdAt":"","hookId":""}`)+len(createdAtFormat)+len(id))
	if !endsOpen(shared) {
		own = append(own, ',')
	}
	if !p.CreatedAt.IsZero() {
		own = append(own, `"createdAt":"`...)
		own = p.CreatedAt.UTC().AppendFormat(own, createdAtFormat)
		own = append(own, `",`...)
	}
	own = append(own, `"hookId":"`...)
	own = append(own, id...)
	return shared, append(own, `"}`...)
}

// endsOpen says whether nothing but white space follows the opening brace.
func endsOpen(inner []byte) bool {
	for _, c := range inner[1:] {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}
