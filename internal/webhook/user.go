package webhook

import (
	"crypto/sha256"
	"io"
	"time"
)

// User is a person who signs in to the console. They act in one tenant, with every
// scope.
type User struct {
	ID     string
	Tenant TenantID
	// Email is in lower case. It names the user in the records of what they did.
	Email string
	Name  string
	// Password is its argon2id hash; empty for a user who signs in by link only.
	Password  Secret
	CreatedAt time.Time
	// PasswordAt is when the password was set last.
	PasswordAt time.Time
}

// Session is a user's stay in one browser. The token itself is not kept, only its
// hash.
type Session struct {
	Hash      [sha256.Size]byte
	User      string
	CreatedAt time.Time
	// SeenAt is right to the minute.
	SeenAt    time.Time
	ExpiresAt time.Time
	// Address is the client's at the time of signing in.
	Address string
}

// LinkPurpose is what a link is for.
type LinkPurpose string

// The purposes of links.
const (
	LinkSetup  LinkPurpose = "setup"
	LinkSignIn LinkPurpose = "sign_in"
)

// Link is good for one use. The token in it is not kept, only its hash.
type Link struct {
	Hash    [sha256.Size]byte
	Purpose LinkPurpose
	// User is who signs in by it; empty for setup.
	User                 string
	CreatedAt, ExpiresAt time.Time
	UsedAt               *time.Time
}

const randomOfToken = 43 // characters of 62: 256 bits

// NewToken makes the token of a session or a link.
func NewToken(random io.Reader) (Secret, error) {
	text, err := randomText(random, signingKeyAlphabet, randomOfToken)
	return Secret(text), err
}

// HashToken is the hash under which the token of a session or a link is stored.
func HashToken(token Secret) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }
