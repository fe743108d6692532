package webhook

import (
	"crypto/sha256"
	"slices"
	"time"
)

// Scope is what an API key may do.
type Scope string

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

// APIKey is a credential of the API. The key itself is not kept, only its hash.
type APIKey struct {
	ID        string
	Tenant    TenantID
	Name      string
	Hash      [sha256.Size]byte
	Scopes    []Scope
	CreatedAt time.Time
	ExpiresAt *time.Time
}

// HashKey is the hash under which an API key is stored.
func HashKey(key Secret) [sha256.Size]byte { return sha256.Sum256([]byte(key)) }

// May says whether the key has the scope at this time.
func (k *APIKey) May(scope Scope, now time.Time) bool {
	if k.ExpiresAt != nil && !now.Before(*k.ExpiresAt) {
		return false
	}
	return slices.ContainsFunc(k.Scopes, func(s Scope) bool { return s.Includes(scope) })
}
