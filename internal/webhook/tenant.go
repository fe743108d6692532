package webhook

import "time"

// Tenant owns webhooks, events and API keys that no other tenant sees.
type Tenant struct {
	ID        TenantID
	Name      string
	CreatedAt time.Time
}

// MaxTenantID is the length of a tenant's identifier, in bytes; Logto's clients
// know no longer one.
const MaxTenantID = 21

// ValidTenantID says whether a tenant may be called that: 1 to 21 of [0-9a-z_-].
func ValidTenantID(id TenantID) bool {
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' && c != '_' {
			return false
		}
	}
	return len(id) >= 1 && len(id) <= MaxTenantID
}
