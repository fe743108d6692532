package webhook

import (
	"crypto/sha256"
	"io"
	"slices"
	"time"
)

// Scope is what an API key may do.
type Scope string

// Scopes lists all scopes, the weakest first.
func Scopes() []Scope { return []Scope{ScopeEmit, ScopeRead, ScopeManage, ScopeAdmin} }

// The scopes. Admin includes manage, manage includes read; both include emit.
const (
	ScopeEmit   Scope = "emit"
	ScopeRead   Scope = "read"
	ScopeManage Scope = "manage"
	ScopeAdmin  Scope = "admin"
)

var includedScopes = map[Scope][]Scope{
	ScopeAdmin:  {ScopeAdmin, ScopeManage, ScopeRead, ScopeEmit},
	ScopeManage: {ScopeManage, ScopeRead, ScopeEmit},
	ScopeRead:   {ScopeRead},
	ScopeEmit:   {ScopeEmit},
}

// Includes says whether a holder of s may do what needs the other scope.
func (s Scope) Includes(other Scope) bool { return slices.Contains(includedScopes[s], other) }

// BootstrapKeyID is the identifier of the API key that the configuration sets.
const BootstrapKeyID = "bootstrap"

// MinBootstrapKey is how long a configured API key must be, in characters.
const MinBootstrapKey = 32

// What the text of a made API key begins with, so that people and scanners for
// leaked secrets know it, and how much of it lists show.
const (
	APIKeyMark  = "tdg_"
	shownOfKey  = len(APIKeyMark) + 6
	randomOfKey = 43 // characters of 62: 256 bits
)

// APIKey is a credential of the API. The key itself is not kept, only its hash.
type APIKey struct {
	ID     string
	Tenant TenantID
	Name   string
	// Prefix is how the key begins, for lists; empty for a configured key.
	Prefix string
	Hash   [sha256.Size]byte
	Scopes []Scope
	// CreatedBy is the identifier of the API key that made it, or who else did.
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt *time.Time
	// LastUsedAt is right to the minute, nil if it was never used; LastUsedAddress
	// is the client's at that time.
	LastUsedAt      *time.Time
	LastUsedAddress string
}

// NewAPIKeyText makes the text of an API key, and its part that may be shown.
func NewAPIKeyText(random io.Reader) (key Secret, prefix string, err error) {
	text, err := randomText(random, signingKeyAlphabet, randomOfKey)
	text = APIKeyMark + text
	return Secret(text), text[:min(shownOfKey, len(text))], err
}

// HashKey is the hash under which an API key is stored.
func HashKey(key Secret) [sha256.Size]byte { return sha256.Sum256([]byte(key)) }

// Expired says whether the key's time is over.
func (k *APIKey) Expired(now time.Time) bool { return k.ExpiresAt != nil && !now.Before(*k.ExpiresAt) }

// Has says whether the scopes of the key include this one.
func (k *APIKey) Has(scope Scope) bool {
	return slices.ContainsFunc(k.Scopes, func(s Scope) bool { return s.Includes(scope) })
}

// May says whether the key has the scope at this time.
func (k *APIKey) May(scope Scope, now time.Time) bool { return !k.Expired(now) && k.Has(scope) }
