package account

import (
	"context"
	"fmt"

	"github.com/tidingshq/tidings/internal/webhook"
)

// NewLink is a link that was made. The token is in this answer only.
type NewLink struct {
	webhook.Link
	Token webhook.Secret
}

// SetupLink makes a link by which the first user is made; ErrSetupDone if there is one.
func (a *Accounts) SetupLink(ctx context.Context) (NewLink, error) {
	if err := a.mustNeedSetup(ctx); err != nil {
		return NewLink{}, err
	}
	return a.newLink(ctx, webhook.LinkSetup, "")
}

// SignInLink makes a link by which a user signs in.
func (a *Accounts) SignInLink(ctx context.Context, user string) (NewLink, error) {
	return a.newLink(ctx, webhook.LinkSignIn, user)
}

func (a *Accounts) newLink(ctx context.Context, purpose webhook.LinkPurpose, user string) (NewLink, error) {
	token, err := webhook.NewToken(a.random)
	if err != nil {
		return NewLink{}, fmt.Errorf("make link: %w", err)
	}
	now := a.now()
	link := webhook.Link{Hash: webhook.HashToken(token), Purpose: purpose, User: user, CreatedAt: now, ExpiresAt: now.Add(LinkLasts)}
	if err := a.store.CreateLink(ctx, link); err != nil {
		return NewLink{}, fmt.Errorf("store link: %w", err)
	}
	return NewLink{link, token}, nil
}

// SignInByLink starts a session for whom the link is. ErrNotFound, ErrLinkUsed,
// ErrLinkExpired.
func (a *Accounts) SignInByLink(ctx context.Context, token webhook.Secret, address string) (SignedIn, error) {
	session, made, err := a.newSession(address)
	if err != nil {
		return SignedIn{}, err
	}
	user, err := a.store.SignInByLink(ctx, webhook.HashToken(token), session)
	if err != nil {
		return SignedIn{}, fmt.Errorf("sign in by link: %w", err)
	}
	session.User = user.ID
	a.log.Info("session.started", "user", user.ID, "address", address)
	return SignedIn{Person{user, session}, made}, nil
}

// SetUp makes the first user and signs them in. ErrSetupDone, ErrNotFound for a token
// that is none, ErrLinkExpired, *Refused.
func (a *Accounts) SetUp(ctx context.Context, token webhook.Secret, n NewUser, address string) (SignedIn, error) {
	// Who has no link is not to make the server hash passwords.
	if err := a.CheckSetupLink(ctx, token); err != nil {
		return SignedIn{}, err
	}
	user, err := a.newUser(ctx, n)
	if err != nil {
		return SignedIn{}, err
	}
	session, made, err := a.newSession(address)
	if err != nil {
		return SignedIn{}, err
	}
	session.User = user.ID
	if err := a.store.SetUp(ctx, webhook.HashToken(token), user, session); err != nil {
		return SignedIn{}, fmt.Errorf("set up: %w", err)
	}
	a.isSetUp.Store(true)
	a.log.Info("session.started", "user", user.ID, "address", address)
	return SignedIn{Person{user, session}, made}, nil
}

// CheckSetupLink says whether SetUp would take the token, and uses nothing up.
// ErrSetupDone, ErrNotFound for a token that is none, ErrLinkExpired.
func (a *Accounts) CheckSetupLink(ctx context.Context, token webhook.Secret) error {
	if err := a.mustNeedSetup(ctx); err != nil {
		return err
	}
	link, err := a.store.Link(ctx, webhook.HashToken(token))
	switch {
	case err != nil:
		return fmt.Errorf("look for the link: %w", err)
	case link.Purpose != webhook.LinkSetup:
		return webhook.ErrNotFound
	case !a.now().Before(link.ExpiresAt):
		return webhook.ErrLinkExpired
	default:
		return nil
	}
}
