package webhook

import (
	"strings"
	"time"
)

// MaxEventTypeName is the length of an event type's name, in characters.
const MaxEventTypeName = 128

// OwnEventType is an event type that a tenant has added to those built in.
type OwnEventType struct {
	Tenant      TenantID
	Name        EventType
	Group       string
	Description string
	Deprecated  bool
	// Schema is the JSON Schema that payloads must fit; empty lets all pass.
	Schema []byte
	// Example is a payload as it would be posted; may be empty.
	Example   []byte
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ValidName says whether an event type may be called t: words of letters, digits,
// - and _, with dots between them. No pattern is one.
func (t EventType) ValidName() bool {
	if len(t) > MaxEventTypeName {
		return false
	}
	for word := range strings.SplitSeq(string(t), ".") {
		if word == "" || strings.ContainsFunc(word, notOfName) {
			return false
		}
	}
	return true
}

func notOfName(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && r != '-' && r != '_'
}
