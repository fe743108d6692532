package registry

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// TokenLifetime is how long an access token is good, unless its key ends sooner.
	TokenLifetime = time.Hour

	tokenMark = "tdt_"
	// maxToken bounds what is decoded of a presented token.
	maxToken = 512
	// tokenSecretName is the name of the secret that signs access tokens.
	tokenSecretName = "access-token"
	tokenHead       = 16
)

// Token is a credential that stands for an API key for a while. Nothing is stored
// for it: it names its key and is signed over the key's hash with a secret of the
// server, so it ends with its key.
type Token struct {
	Text                webhook.Secret
	Key                 *webhook.APIKey
	IssuedAt, ExpiresAt time.Time
}

// IssueToken makes an access token for the API key that the identifier and the key's
// text prove; ErrUnknown and *Expired as from Authenticate.
func (r *Registry) IssueToken(id string, secret webhook.Secret) (Token, error) {
	key, err := r.Authenticate(secret)
	if err != nil {
		return Token{}, err
	}
	// A token proves no key: else it could renew itself for ever.
	if key.ID != id || key.Hash != webhook.HashKey(secret) {
		return Token{}, ErrUnknown
	}
	now := r.now()
	t := Token{Key: key, IssuedAt: now, ExpiresAt: now.Add(TokenLifetime)}
	if key.ExpiresAt != nil && key.ExpiresAt.Before(t.ExpiresAt) {
		t.ExpiresAt = *key.ExpiresAt
	}
	content := binary.BigEndian.AppendUint64(nil, uint64(t.IssuedAt.UnixMilli()))
	content = binary.BigEndian.AppendUint64(content, uint64(t.ExpiresAt.UnixMilli()))
	content = append(content, byte(len(key.Tenant)))
	content = append(content, key.Tenant...)
	content = append(content, key.ID...)
	t.Text = webhook.Secret(tokenMark + base64.RawURLEncoding.EncodeToString(append(content, r.signToken(content, key)...)))
	return t, nil
}

// signToken signs the content of a token with the hash of its key, so that a key of
// the same identifier and another text does not take the token over.
func (r *Registry) signToken(content []byte, key *webhook.APIKey) []byte {
	mac := hmac.New(sha256.New, r.tokenSecret)
	mac.Write(content)
	mac.Write(key.Hash[:])
	return mac.Sum(nil)
}

// checkToken finds the key of a token that was presented, without its mark.
func (r *Registry) checkToken(s *snapshot, text string, now time.Time) (*webhook.APIKey, error) {
	// The decoder passes over line breaks; a token has one spelling.
	if len(text) > maxToken || strings.ContainsAny(text, "\r\n") {
		return nil, ErrUnknown
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) <= tokenHead+1+sha256.Size {
		return nil, ErrUnknown
	}
	content, signature := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	names, tenantEnd := content[tokenHead+1:], int(content[tokenHead])
	if tenantEnd > len(names) {
		return nil, ErrUnknown
	}
	key, ok := s.keysByID[keyRef{webhook.TenantID(names[:tenantEnd]), string(names[tenantEnd:])}]
	if !ok {
		return nil, ErrUnknown
	}
	if !hmac.Equal(signature, r.signToken(content, key)) {
		return nil, ErrForged
	}
	issued, expires := tokenTime(content), tokenTime(content[8:])
	if !now.Before(expires) || key.Expired(now) {
		return nil, &Expired{KeyID: key.ID, IssuedAt: issued, ExpiresAt: expires}
	}
	return key, nil
}

func tokenTime(b []byte) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC() //nolint:gosec // it was made of an int64 and is signed
}

// loadTokenSecret gets the secret that signs access tokens, which all processes
// share, or makes it.
func (r *Registry) loadTokenSecret(ctx context.Context) error {
	fresh := make([]byte, sha256.Size)
	if _, err := io.ReadFull(r.random, fresh); err != nil {
		return fmt.Errorf("make secret: %w", err)
	}
	secret, err := r.store.Secret(ctx, tokenSecretName, fresh)
	if err != nil {
		return fmt.Errorf("read the secret of access tokens: %w", err)
	}
	r.tokenSecret = secret
	return nil
}
