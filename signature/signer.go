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
type Signer struct{ macs sync.Pool } // of *mac

// mac is what one signature at a time is made with.
type mac struct {
	hash   hash.Hash // to be reset before use
	prefix [64]byte
	sum    [sha256.Size]byte
}

// NewSigner returns a Signer for a key, which is the text of the signing key taken as it
// is. An empty one is refused with ErrEmptyKey.
func NewSigner(key string) (*Signer, error) {
	if key == "" {
		return nil, ErrEmptyKey
	}
	return &Signer{macs: sync.Pool{New: func() any { return &mac{hash: hmac.New(sha256.New, []byte(key))} }}}, nil
}

// Logto is SignLogto with the Signer's key.
func (s *Signer) Logto(body ...[]byte) string {
	m, _ := s.macs.Get().(*mac)
	defer s.macs.Put(m)
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], m.sign(nil, body))
	return string(text[:])
}

// Standard is Sign with the Signer's key.
func (s *Signer) Standard(id string, at time.Time, body ...[]byte) (string, error) {
	if id == "" || strings.Contains(id, ".") {
		return "", ErrID
	}
	m, _ := s.macs.Get().(*mac)
	defer s.macs.Put(m)
	return standardText(m.sign(appendPrefix(m.prefix[:0], id, strconv.FormatInt(at.Unix(), 10)), body)), nil
}

// sign returns the HMAC of a prefix and the parts of a body, until the next.
func (m *mac) sign(prefix []byte, body [][]byte) []byte {
	m.hash.Reset()
	m.hash.Write(prefix)
	for _, part := range body {
		m.hash.Write(part)
	}
	return m.hash.Sum(m.sum[:0])
}
