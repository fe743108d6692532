package webhook

import (
	"io"
	"strings"
	"time"
)

// Identifiers are 21 characters of [0-9a-z]. Those of webhooks and API keys are
// random. Those of events and deliveries ascend: the first 10 characters are a
// number that grows with time (see Sequence), the last 11 are random. Random
// unique keys cost five to eight times as much to insert into large tables
// (ADR-0003).
type (
	// ID names a webhook.
	ID string
	// EventID names an event.
	EventID string
	// DeliveryID names a delivery; it is the webhook-id on the wire.
	DeliveryID string
	// TenantID names a tenant.
	TenantID string
)

// DefaultTenant is the tenant that exists from the start.
const DefaultTenant TenantID = "default"

const (
	idLength     = 21
	idAlphabet   = "0123456789abcdefghijklmnopqrstuvwxyz"
	numberLength = 10
	// SuffixLength is the number of random characters at the end of an
	// ascending identifier.
	SuffixLength = idLength - numberLength
	// perMillisecond ascending numbers exist for each millisecond.
	perMillisecond = 512
)

// NewID makes a random identifier for a webhook or an API key.
func NewID(random io.Reader) (ID, error) {
	text, err := randomText(random, idAlphabet, idLength)
	return ID(text), err
}

// Sequence hands out the ascending numbers of events and deliveries. A number is
// the time in milliseconds times 512 plus a counter; it never falls, even when the
// clock does. An event and its deliveries take consecutive numbers, so the
// deliveries of an event are a range. Not safe for concurrent use.
type Sequence struct {
	last int64
}

// NewSequence starts behind last, the highest number in the store (0 if none).
func NewSequence(last int64) *Sequence { return &Sequence{last: last} }

// Take reserves n consecutive numbers and returns the first.
func (s *Sequence) Take(now time.Time, n int) int64 {
	first := max(s.last+1, NumberAt(now))
	s.last = first + int64(n) - 1
	return first
}

// Last is the highest number that was handed out, or is in the store.
func (s *Sequence) Last() int64 { return s.last }

// NumberAt is the lowest number of an identifier made at t.
func NumberAt(t time.Time) int64 { return t.UnixMilli() * perMillisecond }

// NumberTime is the time that a number stands for, to the millisecond.
func NumberTime(number int64) time.Time { return time.UnixMilli(number / perMillisecond).UTC() }

// FormatID joins a number and its random suffix to an identifier.
func FormatID(number int64, suffix string) string {
	var id [idLength]byte
	for i := numberLength - 1; i >= 0; i-- {
		id[i] = idAlphabet[number%int64(len(idAlphabet))]
		number /= int64(len(idAlphabet))
	}
	copy(id[numberLength:], suffix)
	return string(id[:])
}

// ParseID splits an ascending identifier. ok is false for anything that FormatID
// cannot have made.
func ParseID(id string) (number int64, suffix string, ok bool) {
	if len(id) != idLength {
		return 0, "", false
	}
	for i := range len(id) {
		digit := strings.IndexByte(idAlphabet, id[i])
		if digit < 0 {
			return 0, "", false
		}
		if i < numberLength {
			number = number*int64(len(idAlphabet)) + int64(digit)
		}
	}
	return number, id[numberLength:], true
}

// NewSuffixes makes n random suffixes in one read.
func NewSuffixes(random io.Reader, n int) (func(i int) string, error) {
	text, err := randomText(random, idAlphabet, n*SuffixLength)
	return func(i int) string { return text[i*SuffixLength : (i+1)*SuffixLength] }, err
}
