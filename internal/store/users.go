package store

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// TokenHash is the hash of the token of a session or a link.
type TokenHash = [sha256.Size]byte

// Users keeps the people who use the console.
type Users interface {
	// CreateUser stores a user; ErrUserExists if the e-mail address is taken.
	// [case Users/Create]
	CreateUser(ctx context.Context, user webhook.User) error
	// CreateFirstUser stores a user if there is none; ErrSetupDone otherwise.
	// [case Users/First]
	CreateFirstUser(ctx context.Context, user webhook.User) error
	// Users lists all users, oldest first. [case Users/Create]
	Users(ctx context.Context) ([]webhook.User, error)
	// UserByEmail finds the user with this e-mail address; ErrNotFound.
	// [case Users/Create]
	UserByEmail(ctx context.Context, email string) (webhook.User, error)
	// SetPassword stores the hash of a password and ends all sessions of the user but
	// the one to keep, and the links that sign the user in. ErrNotFound.
	// [case Users/SetPassword]
	SetPassword(ctx context.Context, p PasswordParams) error
}

// PasswordParams is a new password.
type PasswordParams struct {
	User string
	// Password is its hash.
	Password webhook.Secret
	At       time.Time
	// Former is the hash that has to be the present one; empty for any.
	Former webhook.Secret
	// Keep is the session that goes on, nil for none.
	Keep *TokenHash
}

// Sessions keeps who is signed in, and the links that let people in.
type Sessions interface {
	// CreateSession stores a session; of one user, the newest MaxSessions are kept.
	// ErrNotFound if there is no such user. [case Sessions/Create] [case Sessions/Bounded]
	CreateSession(ctx context.Context, session webhook.Session) error
	// Session finds a session with its user; ErrNotFound. Whether it is still good is
	// for the caller to say. [case Sessions/Create]
	Session(ctx context.Context, hash TokenHash) (webhook.Session, webhook.User, error)
	// TouchSession notes when a session was seen last; a later time that is known
	// already stays, and a session that is gone is passed over. [case Sessions/Touch]
	TouchSession(ctx context.Context, hash TokenHash, at time.Time) error
	// DeleteSession ends a session; one that is gone is passed over.
	// [case Sessions/Delete]
	DeleteSession(ctx context.Context, hash TokenHash) error
	// SessionAddresses lists from where the sessions of a user that last beyond now
	// were signed in. [case Sessions/Addresses]
	SessionAddresses(ctx context.Context, user string, now time.Time) ([]string, error)

	// CreateLink stores a link. [case Links/Create]
	CreateLink(ctx context.Context, link webhook.Link) error
	// Link finds a link; ErrNotFound. [case Links/Create]
	Link(ctx context.Context, hash TokenHash) (webhook.Link, error)
	// SignInByLink uses a link up and stores the session of its user, in one commit.
	// ErrNotFound if there is no such link, ErrLinkUsed, ErrLinkExpired.
	// [case Links/SignIn] [case Links/UsedOnce]
	SignInByLink(ctx context.Context, link TokenHash, session webhook.Session) (webhook.User, error)
	// SetUp uses a setup link up and stores the first user with their session, in one
	// commit. ErrSetupDone, ErrNotFound, ErrLinkUsed, ErrLinkExpired.
	// [case Links/SetUp] [case Links/UsedOnce]
	SetUp(ctx context.Context, link TokenHash, user webhook.User, session webhook.Session) error
}

const (
	// MaxSessions is how many sessions of one user there are at most.
	MaxSessions = 50
	// LinksKept is how long a link is remembered after it has expired.
	LinksKept = 24 * time.Hour
)
