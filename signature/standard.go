package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of Standard Webhooks.
const (
	IDHeader        = "webhook-id"
	TimestampHeader = "webhook-timestamp"
	SignatureHeader = "webhook-signature"
)

// DefaultTolerance is how far the timestamp of a request may be from the clock of
// the receiver. The official libraries use the same.
const DefaultTolerance = 5 * time.Minute

// scheme is the version of the signatures made and checked here, with the comma
// that follows it. Signatures of other versions are passed over.
const scheme = "v1,"

// Sign returns the signature of a request as the header webhook-signature carries
// it: "v1," and the HMAC-SHA256 of identifier, time and body in base64. The time
// counts in whole seconds and goes into webhook-timestamp. While a key is being
// rotated, sign with both keys and join the two with a space. A body may be given in
// several parts, in order.
func Sign(key []byte, id string, at time.Time, body ...[]byte) (string, error) {
	switch {
	case len(key) == 0:
		return "", ErrEmptyKey
	case id == "" || strings.Contains(id, "."):
		return "", ErrID
	}
	return sign(key, id, strconv.FormatInt(at.Unix(), 10), body...), nil
}

// sign takes the timestamp as text: what is verified is what the header said.
func sign(key []byte, id, timestamp string, body ...[]byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(appendPrefix(make([]byte, 0, 64), id, timestamp))
	for _, part := range body {
		mac.Write(part)
	}
	var sum [sha256.Size]byte
	return standardText(mac.Sum(sum[:0]))
}

// appendPrefix appends what is signed before the body.
func appendPrefix(to []byte, id, timestamp string) []byte {
	return append(append(append(append(to, id...), '.'), timestamp...), '.')
}

// standardText is a signature as the header carries it.
func standardText(sum []byte) string {
	var text [len(scheme) + 44]byte
	return string(base64.StdEncoding.AppendEncode(append(text[:0], scheme...), sum))
}

// Verifier checks requests signed as Standard Webhooks say. It is safe for
// concurrent use.
type Verifier struct {
	// Keys are the keys to accept: the current one and, while it is being rotated,
	// the one before. See DecodeSecret for keys in the form whsec_….
	Keys [][]byte
	// Tolerance is how far the timestamp may be off; 0 stands for
	// DefaultTolerance.
	Tolerance time.Duration
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time
}

// Verify returns nil if at least one signature in the headers was made for this
// body with one of the keys, and the timestamp is within the tolerance. A receiver
// should then drop a webhook-id that it has already handled.
func (v Verifier) Verify(header http.Header, body []byte) error {
	id, timestamp, signatures := header.Get(IDHeader), header.Get(TimestampHeader), header.Get(SignatureHeader)
	if id == "" || timestamp == "" || signatures == "" {
		return ErrMissingHeader
	}
	if err := v.checkTime(timestamp); err != nil {
		return err
	}
	if len(v.Keys) == 0 {
		return ErrEmptyKey
	}
	for _, key := range v.Keys {
		if len(key) == 0 {
			return ErrEmptyKey
		}
		if contains(signatures, sign(key, id, timestamp, body)) {
			return nil
		}
	}
	return ErrMismatch
}

func (v Verifier) checkTime(timestamp string) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return ErrTimestamp
	}
	tolerance, now := v.Tolerance, time.Now
	if tolerance == 0 {
		tolerance = DefaultTolerance
	}
	if v.Now != nil {
		now = v.Now
	}
	at, present := time.Unix(seconds, 0), now().Truncate(time.Second)
	switch {
	case at.Before(present.Add(-tolerance)):
		return ErrTooOld
	case at.After(present.Add(tolerance)):
		return ErrTooNew
	}
	return nil
}

// contains says whether one of the signatures, separated by spaces, is want.
func contains(signatures, want string) bool {
	for one := range strings.SplitSeq(signatures, " ") {
		if hmac.Equal([]byte(one), []byte(want)) {
			return true
		}
	}
	return false
}
