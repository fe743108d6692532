package account

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// ErrBusy says that too many passwords wait to be checked.
var ErrBusy = errors.New("too many passwords wait to be checked")

// SignIn starts a session for the user with this e-mail address and password.
// ErrCredentials, *Limited, ErrBusy.
func (a *Accounts) SignIn(ctx context.Context, email string, password webhook.Secret, address string) (SignedIn, error) {
	user, err := a.store.UserByEmail(ctx, tidyEmail(email))
	if err != nil && !errors.Is(err, webhook.ErrNotFound) {
		return SignedIn{}, fmt.Errorf("look for the user: %w", err)
	}
	user.Email = tidyEmail(email) // also if there is none
	if err := a.prove(ctx, user, password, address); err != nil {
		return SignedIn{}, err
	}
	session, token, err := a.newSession(address)
	if err != nil {
		return SignedIn{}, err
	}
	session.User = user.ID
	if err := a.store.CreateSession(ctx, session); err != nil {
		return SignedIn{}, fmt.Errorf("store session: %w", err)
	}
	if err := a.mustStillHave(ctx, user, session); err != nil {
		return SignedIn{}, err
	}
	a.log.Info("session.started", "user", user.ID, "address", address)
	return SignedIn{Person{user, session}, token}, nil
}

// mustStillHave ends a new session if the password that it was begun with has been
// changed since: that has ended those which there were then, and no later one.
func (a *Accounts) mustStillHave(ctx context.Context, user webhook.User, session webhook.Session) error {
	_, now, err := a.store.Session(ctx, session.Hash)
	if err == nil && now.Password == user.Password {
		return nil
	}
	if err := a.store.DeleteSession(ctx, session.Hash); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if err != nil && !errors.Is(err, webhook.ErrNotFound) {
		return fmt.Errorf("look for the session: %w", err)
	}
	return ErrCredentials
}

// prove compares the password with the user's, unless too many have failed. For a
// user who does not exist it does the same work.
func (a *Accounts) prove(ctx context.Context, user webhook.User, password webhook.Secret, address string) error {
	from, err := a.store.SessionAddresses(ctx, user.ID, a.now())
	if err != nil {
		return fmt.Errorf("look for sessions: %w", err)
	}
	right, err := a.guesses.take(user.Email, address, slices.Contains(from, address), a.now())
	if err != nil {
		return err
	}
	same, err := a.hashing.matches(ctx, password, user.Password)
	if err != nil {
		right()
		return err
	}
	if !same {
		a.log.Warn("session.refused", "address", address)
		return ErrCredentials
	}
	right()
	return nil
}

// newSession makes a session that has yet to get its user.
func (a *Accounts) newSession(address string) (webhook.Session, webhook.Secret, error) {
	token, err := webhook.NewToken(a.random)
	if err != nil {
		return webhook.Session{}, "", fmt.Errorf("make session: %w", err)
	}
	now := a.now()
	return webhook.Session{
		Hash: webhook.HashToken(token), CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(LastsFor), Address: address,
	}, token, nil
}

// Authenticate finds who is signed in with the token, and notes that they were seen.
// ErrNotFound if the session has ended or never was.
func (a *Accounts) Authenticate(ctx context.Context, token webhook.Secret) (Person, error) {
	p, err := a.find(ctx, webhook.HashToken(token))
	if err != nil {
		return Person{}, err
	}
	if now := a.now(); now.Sub(p.Session.SeenAt) >= seenEvery {
		p.Session.SeenAt = now
		if err := a.store.TouchSession(ctx, p.Session.Hash, now); err != nil {
			// The session is none the worse for it now.
			a.log.Warn("session.not_noted", "user", p.User.ID, "error", err)
		}
	}
	return p, nil
}

// Lives says whether a session has not ended, without noting anything. It is asked
// again and again of whoever stays connected.
func (a *Accounts) Lives(ctx context.Context, hash store.TokenHash) (bool, error) {
	_, err := a.find(ctx, hash)
	if errors.Is(err, webhook.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (a *Accounts) find(ctx context.Context, hash store.TokenHash) (Person, error) {
	session, user, err := a.store.Session(ctx, hash)
	if err != nil {
		return Person{}, fmt.Errorf("look for the session: %w", err)
	}
	if now := a.now(); !now.Before(session.ExpiresAt) || !now.Before(session.SeenAt.Add(IdleFor)) {
		return Person{}, fmt.Errorf("session has expired: %w", webhook.ErrNotFound)
	}
	return Person{user, session}, nil
}

// SignOut ends a session.
func (a *Accounts) SignOut(ctx context.Context, hash store.TokenHash) error {
	if err := a.store.DeleteSession(ctx, hash); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// ChangePassword sets a new password for somebody who knows the present one, and ends
// their other sessions. ErrCredentials, *Limited, ErrBusy, *Refused.
func (a *Accounts) ChangePassword(ctx context.Context, p Person, current, password webhook.Secret) error {
	if err := refusal(checkPassword("new", password)); err != nil {
		return err
	}
	if err := a.prove(ctx, p.User, current, p.Session.Address); err != nil {
		return err
	}
	// Whoever sets another meanwhile, such as with a reset, has the last word.
	err := a.setPassword(ctx, store.PasswordParams{User: p.User.ID, Former: p.User.Password, Keep: &p.Session.Hash}, password)
	if errors.Is(err, webhook.ErrNotFound) {
		return ErrCredentials
	}
	return err
}

// ResetPassword sets the password of a user and ends all their sessions; ErrNotFound,
// *Refused.
func (a *Accounts) ResetPassword(ctx context.Context, email string, password webhook.Secret) error {
	if err := refusal(checkPassword("password", password)); err != nil {
		return err
	}
	user, err := a.store.UserByEmail(ctx, tidyEmail(email))
	if err != nil {
		return fmt.Errorf("look for the user: %w", err)
	}
	return a.setPassword(ctx, store.PasswordParams{User: user.ID}, password)
}

func (a *Accounts) setPassword(ctx context.Context, p store.PasswordParams, password webhook.Secret) (err error) {
	if p.Password, err = a.hashing.hash(ctx, password); err != nil {
		return err
	}
	p.At = a.now()
	if err := a.store.SetPassword(ctx, p); err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	a.log.Info("user.password_set", "user", p.User)
	return nil
}
