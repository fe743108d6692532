package obs

// The keys of log attributes. There are no others, so that a query written once
// keeps working.
const (
	KeyError      = "error"
	KeyVersion    = "version"
	KeyAddress    = "address"
	KeyComponent  = "component"
	KeyRequest    = "request_id"
	KeyTenant     = "tenant"
	KeyWebhook    = "webhook"
	KeyEvent      = "event"
	KeyEventType  = "event_type"
	KeyDelivery   = "delivery"
	KeyDeliveries = "deliveries"
	KeyAttempt    = "attempt"
	KeyTrigger    = "trigger"
	KeyOutcome    = "outcome"
	KeyReason     = "reason"
	KeyPhase      = "phase"
	KeyStatus     = "status"
	KeyState      = "state"
	KeyNextAt     = "next_attempt_at"
	KeyDuration   = "duration"
	KeySize       = "size"
	KeyCount      = "count"
	KeySuppressed = "suppressed"
)
