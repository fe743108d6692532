package webhook

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

// Webhook is a registration: which event types go to which endpoint, signed with
// which key.
type Webhook struct {
	// Number is how rows refer to the webhook. It never leaves the process.
	Number int64
	ID     ID
	Tenant TenantID
	Name   string
	// EventTypes holds names, "Group.*" and "*".
	EventTypes []EventType
	// LegacyEvent is the single event type of old Logto clients; it counts only
	// while EventTypes is empty.
	LegacyEvent EventType
	URL         EndpointURL
	// Headers is nil if none were ever given; empty is an empty set, which clients
	// get back as one.
	Headers []Header
	// Retries caps the number of retries, 0 to 3; nil leaves it to the schedule.
	Retries    *int
	SigningKey Secret
	// KeyCreatedAt is when the signing key was made.
	KeyCreatedAt time.Time
	Enabled      bool
	// DisabledAt is when Enabled became false.
	DisabledAt *time.Time
	// SuspendedAt is when the system stopped sending.
	SuspendedAt *time.Time
	// Version rises with every change of the webhook.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
	// DeletedAt marks a webhook that is kept only for the log to name.
	DeletedAt *time.Time
}

// Active says whether events are matched and deliveries are attempted.
func (w *Webhook) Active() bool {
	return w.Enabled && w.SuspendedAt == nil && w.DeletedAt == nil
}

// Selection is what the webhook subscribes to.
func (w *Webhook) Selection() []EventType {
	if len(w.EventTypes) == 0 && w.LegacyEvent != "" {
		return []EventType{w.LegacyEvent}
	}
	return w.EventTypes
}

// Header is a custom header. The value of a locked one is never shown again.
type Header struct {
	Name   string
	Value  Secret
	Locked bool
	// UpdatedAt is when the header was last given another value.
	UpdatedAt time.Time
	// Origin is where the value of a locked header was given for: scheme, host and
	// port. Withheld says that the webhook's URL leads elsewhere now, so that the
	// header is kept, but not sent (ADR-0012).
	Origin   string
	Withheld bool
}

// EventType is a kind of event, such as "User.Created", or in a selection a
// pattern: "User.*" or "*".
type EventType string

// IsPattern says whether t selects more than one event type.
func (t EventType) IsPattern() bool { return t == "*" || strings.HasSuffix(string(t), ".*") }

// Matches says whether the selection entry t selects the event type name.
func (t EventType) Matches(name EventType) bool {
	if t == "*" || t == name {
		return true
	}
	prefix, isGroup := strings.CutSuffix(string(t), "*")
	return isGroup && strings.HasSuffix(prefix, ".") && strings.HasPrefix(string(name), prefix)
}

// EndpointURL is the URL of an endpoint, as given. Path and query may hold tokens,
// so it prints, logs and marshals as scheme and host only.
type EndpointURL string

// Reveal returns the whole URL.
func (u EndpointURL) Reveal() string { return string(u) }

func (u EndpointURL) String() string {
	parsed, err := url.Parse(string(u))
	if err != nil || parsed.Host == "" {
		return redacted
	}
	return parsed.Scheme + "://" + parsed.Host
}

func (u EndpointURL) LogValue() slog.Value         { return slog.StringValue(u.String()) }
func (u EndpointURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// Format prints for every verb alike, as that of Secret.
func (u EndpointURL) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, u.String()) }
