// Package account is the people who use the console: how they get in, by password or
// by a link that is good once, how long they stay, and how often somebody may guess.
package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// IdleFor is how long a session lasts without a request.
	IdleFor = 12 * time.Hour
	// LastsFor is how long a session lasts at most.
	LastsFor = 7 * 24 * time.Hour
	// LinkLasts is how long a one-time link is good.
	LinkLasts = 30 * time.Minute
	// seenEvery is how often it is noted that a session was seen.
	seenEvery = time.Minute
)

// ErrCredentials says that there is no user with this e-mail address and password;
// which of both is wrong is not told.
var ErrCredentials = errors.New("e-mail address or password is wrong")

// Store is what the accounts are kept in.
type Store interface {
	store.Users
	store.Sessions
}

// Options says what the accounts work with. Clock, Random and Log may be left out.
type Options struct {
	Store  Store
	Clock  clock.Clock
	Random io.Reader
	Log    *slog.Logger
}

// Accounts knows users, sessions and links. Safe for concurrent use.
type Accounts struct {
	store  Store
	clock  clock.Clock
	random io.Reader
	log    *slog.Logger

	hashing hashing
	guesses *guesses
	// isSetUp remembers that there is a user: that does not change any more.
	isSetUp atomic.Bool
}

// New makes the accounts of a store.
func New(o Options) *Accounts {
	a := &Accounts{store: o.Store, clock: o.Clock, random: o.Random, log: o.Log, hashing: newHashing(), guesses: newGuesses()}
	if a.clock == nil {
		a.clock = clock.System{}
	}
	if a.random == nil {
		a.random = rand.Reader
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	return a
}

// now is the present as it is stored.
func (a *Accounts) now() time.Time { return a.clock.Now().UTC().Truncate(time.Millisecond) }

// Person is a user who is signed in.
type Person struct {
	User    webhook.User
	Session webhook.Session
}

// SignedIn is what comes of getting in. The token is in this answer only.
type SignedIn struct {
	Person
	Token webhook.Secret
}

// NeedsSetup says whether there is no user yet.
func (a *Accounts) NeedsSetup(ctx context.Context) (bool, error) {
	if a.isSetUp.Load() {
		return false, nil
	}
	users, err := a.store.Users(ctx)
	if err != nil {
		return false, fmt.Errorf("look for users: %w", err)
	}
	if len(users) > 0 {
		a.isSetUp.Store(true)
	}
	return len(users) == 0, nil
}

// Users lists all users, oldest first.
func (a *Accounts) Users(ctx context.Context) ([]webhook.User, error) {
	users, err := a.store.Users(ctx)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return users, nil
}

// NewUser is what a user is made of.
type NewUser struct {
	Name, Email string
	Password    webhook.Secret
}

// FirstUser makes the first user; ErrSetupDone if there is one already.
func (a *Accounts) FirstUser(ctx context.Context, n NewUser) error {
	if err := a.mustNeedSetup(ctx); err != nil {
		return err
	}
	user, err := a.newUser(ctx, n)
	if err != nil {
		return err
	}
	if err := a.store.CreateFirstUser(ctx, user); err != nil {
		return fmt.Errorf("store the first user: %w", err)
	}
	return nil
}

func (a *Accounts) mustNeedSetup(ctx context.Context) error {
	needed, err := a.NeedsSetup(ctx)
	if err == nil && !needed {
		err = webhook.ErrSetupDone
	}
	return err
}

// newUser holds a new user against the rules and hashes the password.
func (a *Accounts) newUser(ctx context.Context, n NewUser) (webhook.User, error) {
	n.Email = tidyEmail(n.Email)
	if err := refusal(checkName(n.Name), checkEmail(n.Email), checkPassword("password", n.Password)); err != nil {
		return webhook.User{}, err
	}
	id, err := webhook.NewID(a.random)
	if err != nil {
		return webhook.User{}, fmt.Errorf("make user id: %w", err)
	}
	hash, err := a.hashing.hash(ctx, n.Password)
	if err != nil {
		return webhook.User{}, err
	}
	now := a.now()
	return webhook.User{
		ID: string(id), Tenant: webhook.DefaultTenant, Email: n.Email, Name: n.Name, Password: hash, CreatedAt: now, PasswordAt: now,
	}, nil
}

// Guest is the user of that e-mail address, who signs in by links only and is made if
// there is none.
func (a *Accounts) Guest(ctx context.Context, name, email string) (webhook.User, error) {
	user, err := a.store.UserByEmail(ctx, email)
	if !errors.Is(err, webhook.ErrNotFound) {
		return user, err
	}
	id, err := webhook.NewID(a.random)
	if err != nil {
		return webhook.User{}, fmt.Errorf("make user id: %w", err)
	}
	now := a.now()
	user = webhook.User{ID: string(id), Tenant: webhook.DefaultTenant, Email: email, Name: name, CreatedAt: now, PasswordAt: now}
	if err := a.store.CreateUser(ctx, user); err != nil {
		return webhook.User{}, fmt.Errorf("store user: %w", err)
	}
	return user, nil
}
