package live

import (
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// Kind names a message on the wire.
type Kind string

// The kinds of messages, and what their Data is.
const (
	KindDeliveryCreated Kind = "delivery.created" // *webhook.Delivery
	KindDeliveryUpdated Kind = "delivery.updated" // *webhook.Delivery
	KindEventAccepted   Kind = "event.accepted"   // Event
	KindWebhookUpdated  Kind = "webhook.updated"  // WebhookChange
	KindReceived        Kind = "receiver.message" // Received
	KindStats           Kind = "stats"            // Stats
	KindBurst           Kind = "burst"            // Burst
	KindResync          Kind = "resync"           // Resync
	KindBye             Kind = "bye"              // Bye
)

// Message is what a stream passes on. Text is its data, encoded once for all.
type Message struct {
	ID   string
	Kind Kind
	Text []byte

	at time.Time
}

// Event is an event that was accepted.
type Event struct {
	ID         webhook.EventID
	Type       webhook.EventType
	Source     string
	AcceptedAt time.Time
	// Deliveries is how many webhooks it goes to.
	Deliveries int
}

// WebhookChange says that a webhook is new, other than it was, or gone.
type WebhookChange struct {
	ID      webhook.ID
	Version int64
	Change  Change
}

// Change is what has become of a webhook.
type Change string

// The changes of a webhook.
const (
	Created Change = "created"
	Changed Change = "changed"
	Deleted Change = "deleted"
)

// Received is a message of an inbox of the built-in receiver.
type Received struct {
	Inbox      string
	Number     int64
	ReceivedAt time.Time
	EventType  webhook.EventType
	// Result is the verdict on its signatures.
	Result string
}

// Stats is how everything of the tenant goes.
type Stats struct {
	Health webhook.Health
	// Counts are what has not ended; they stop at CountCap.
	Pending, Retrying, Held int
}

// CountCap is where the counts of Stats stop.
const CountCap = 10_000

// Burst counts what came in too fast to be told one by one.
type Burst struct {
	Created, Updated, Accepted int
	Since                      time.Time
}

// Resync asks the reader to read anew what it shows.
type Resync struct{ Reason ResyncReason }

// ResyncReason is why something may be missing.
type ResyncReason string

// The reasons of a Resync.
const (
	// ResyncUnknown: the place to go on at is not one of this node, or too long ago.
	ResyncUnknown ResyncReason = "unknown"
	// ResyncMissed: something may not have been told.
	ResyncMissed ResyncReason = "missed"
)

// Bye is the last message of a stream.
type Bye struct{ Reason ByeReason }

// ByeReason is why a stream has ended.
type ByeReason string

// The reasons of a Bye.
const (
	ByeSignedOut ByeReason = "signedOut"
	ByeRevoked   ByeReason = "revoked"
	ByeShutdown  ByeReason = "shutdown"
	ByeSlow      ByeReason = "slow"
)
