package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Signer signs as SignLogto and Sign do, many times with one key: what follows from the
// key alone is computed once. It is safe for concurrent use.
type Signer struct{ macs sync.Pool } // of hash.Hash, to be reset before use

// NewSigner returns a Signer for a key, which is the text of the signing key taken as it
// is. An empty one is refused with ErrEmptyKey.
func NewSigner(key string) (*Signer, error) {
	if key == "" {
		return nil, ErrEmptyKey
	}
	return &Signer{macs: sync.Pool{New: func() any { return hmac.New(sha256.New, []byte(key)) }}}, nil
}

// Logto is SignLogto with the Signer's key.
func (s *Signer) Logto(body ...[]byte) string {
	var sum [sha256.Size]byte
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], s.sum(sum[:0], nil, body))
	return string(text[:])
}

// Standard is Sign with the Signer's key.
func (s *Signer) Standard(id string, at time.Time, body ...[]byte) (string, error) {
	if id == "" || strings.Contains(id, ".") {
		return "", ErrID
	}
	var room [64]byte
	var sum [sha256.Size]byte
	return standardText(s.sum(sum[:0], appendPrefix(room[:0], id, strconv.FormatInt(at.Unix(), 10)), body)), nil
}

// sum appends the HMAC of a prefix and the parts of a body.
func (s *Signer) sum(to, prefix []byte, body [][]byte) []byte {
	mac, _ := s.macs.Get().(hash.Hash)
	defer s.macs.Put(mac)
	mac.Reset()
	mac.Write(prefix)
	for _, part := range body {
		mac.Write(part)
	}
	return mac.Sum(to)
}
