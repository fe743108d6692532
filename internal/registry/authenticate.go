package registry

import (
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// The reasons for which a credential is refused. Expired is another.
var (
	// ErrUnknown says that it is no credential, or no longer one.
	ErrUnknown = errors.New("credential is unknown")
	// ErrForged says that the signature of an access token is not ours, or no longer.
	ErrForged = errors.New("signature of the access token is wrong")
)

// Expired says that a credential was good until a time that has passed.
type Expired struct {
	// KeyID is the API key that it is, or stands for.
	KeyID               string
	IssuedAt, ExpiresAt time.Time
}

func (*Expired) Error() string { return "credential has expired" }

// Authenticate finds the API key that was presented, itself or by an access token.
// It reads the snapshot only. What it returns is not to be changed.
func (r *Registry) Authenticate(presented webhook.Secret) (*webhook.APIKey, error) {
	s, now := r.current.Load(), r.clock.Now()
	hash := webhook.HashKey(presented)
	key, ok := s.keys[hash]
	if ok && subtle.ConstantTimeCompare(key.Hash[:], hash[:]) == 1 {
		if key.Expired(now) {
			return nil, &Expired{KeyID: key.ID, IssuedAt: key.CreatedAt, ExpiresAt: *key.ExpiresAt}
		}
		return key, nil
	}
	text, isToken := strings.CutPrefix(presented.Reveal(), tokenMark)
	if !isToken {
		return nil, ErrUnknown
	}
	return r.checkToken(s, text, now)
}
