package httpapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/webhook"
)

// sessionState is what there is to do for a person: the first user has to be made, or
// they have to sign in, or they are in.
type sessionState string

const (
	stateSetup     sessionState = "setup"
	stateSignedOut sessionState = "signedOut"
	stateSignedIn  sessionState = "signedIn"
)

// SessionView says who is signed in and what the console has to know before anybody
// is; exported like HookPath.
type SessionView struct {
	State     sessionState     `json:"state" enum:"setup,signedOut,signedIn"`
	User      *UserView        `json:"user,omitempty"`
	Tenant    webhook.TenantID `json:"tenant,omitempty"`
	Scopes    []webhook.Scope  `json:"scopes,omitempty"`
	ExpiresAt *instant         `json:"expiresAt,omitempty" doc:"When the session ends at the latest. Without a request it ends sooner."`
	Retention int64            `json:"retentionSeconds,omitempty" doc:"How long deliveries and events are kept, for who is signed in."`
	Dev       bool             `json:"dev" doc:"Whether the server is in development mode."`
	Receiver  bool             `json:"receiver" doc:"Whether the server has the built-in receiver."`
	Version   string           `json:"version"`
}

// UserView is a person; exported like HookPath.
type UserView struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type sessionOutput struct {
	Body SessionView
}

func (a *api) viewSession(state sessionState, p *account.Person) *sessionOutput {
	v := SessionView{State: state, Dev: a.Dev, Receiver: a.Receiver != nil, Version: a.Version}
	if p != nil {
		v.User, v.Tenant, v.Scopes = &UserView{p.User.Name, p.User.Email}, p.User.Tenant, webhook.Scopes()
		v.ExpiresAt, v.Retention = instantOf(&p.Session.ExpiresAt), int64(a.Retention.Seconds())
	}
	return &sessionOutput{Body: v}
}

func (a *api) getSession(ctx context.Context, c *call, _ *struct{}) (*sessionOutput, error) {
	p, err := a.signedIn(ctx, c.request)
	if err != nil {
		return nil, err
	}
	if p != nil {
		return a.viewSession(stateSignedIn, p), nil
	}
	needed, err := a.Accounts.NeedsSetup(ctx)
	if err != nil {
		return nil, err
	}
	if needed {
		return a.viewSession(stateSetup, nil), nil
	}
	return a.viewSession(stateSignedOut, nil), nil
}

// letIn answers with a new session. One that the browser had before ends: nothing that
// was known before signing in is good afterwards.
func (a *api) letIn(ctx context.Context, c *call, in account.SignedIn) (*sessionOutput, error) {
	for _, token := range a.cookie.tokens(c.request) {
		if err := a.Accounts.SignOut(ctx, webhook.HashToken(token)); err != nil {
			return nil, err
		}
	}
	a.cookie.set(c.Header(), in.Token, in.Session.ExpiresAt)
	return a.viewSession(stateSignedIn, &in.Person), nil
}

func (a *api) signIn(ctx context.Context, c *call, _ *struct{}) (*sessionOutput, error) {
	given, p := readTexts(c.body, "email", "password")
	if p != nil {
		return nil, p
	}
	in, err := a.Accounts.SignIn(ctx, given["email"], webhook.Secret(given["password"]), a.clientAddress(c.request))
	if err != nil {
		return nil, accountError(err)
	}
	return a.letIn(ctx, c, in)
}

func (a *api) signInByLink(ctx context.Context, c *call, _ *struct{}) (*sessionOutput, error) {
	given, p := readTexts(c.body, "token")
	if p != nil {
		return nil, p
	}
	in, err := a.Accounts.SignInByLink(ctx, webhook.Secret(given["token"]), a.clientAddress(c.request))
	if errors.Is(err, webhook.ErrNotFound) {
		return nil, errInvalidLink
	}
	if err != nil {
		return nil, err
	}
	return a.letIn(ctx, c, in)
}

func (a *api) setUp(ctx context.Context, c *call, _ *struct{}) (*sessionOutput, error) {
	given, p := readTexts(c.body, "token", "name", "email", "password")
	if p != nil {
		return nil, p
	}
	user := account.NewUser{Name: given["name"], Email: given["email"], Password: webhook.Secret(given["password"])}
	in, err := a.Accounts.SetUp(ctx, webhook.Secret(given["token"]), user, a.clientAddress(c.request))
	if err != nil {
		return nil, setupError(err)
	}
	return a.letIn(ctx, c, in)
}

// checkSetupLink lets the page say what is wrong with its link before somebody fills
// in the form.
func (a *api) checkSetupLink(ctx context.Context, c *call, _ *struct{}) (*struct{}, error) {
	given, p := readTexts(c.body, "token")
	if p != nil {
		return nil, p
	}
	return nil, setupError(a.Accounts.CheckSetupLink(ctx, webhook.Secret(given["token"])))
}

func setupError(err error) error {
	switch {
	case errors.Is(err, webhook.ErrNotFound):
		return errSetupToken
	case errors.Is(err, webhook.ErrLinkExpired):
		return errSetupExpired
	default:
		return accountError(err)
	}
}

func (a *api) signOut(ctx context.Context, c *call, _ *struct{}) (*struct{}, error) {
	if err := a.Accounts.SignOut(ctx, c.person.Session.Hash); err != nil {
		return nil, err
	}
	a.cookie.set(c.Header(), "", c.person.Session.ExpiresAt)
	return nil, nil //nolint:nilnil // there is no body
}

func (a *api) changePassword(ctx context.Context, c *call, _ *struct{}) (*struct{}, error) {
	given, p := readTexts(c.body, "current", "new")
	if p != nil {
		return nil, p
	}
	person := *c.person
	person.Session.Address = a.clientAddress(c.request)
	err := a.Accounts.ChangePassword(ctx, person, webhook.Secret(given["current"]), webhook.Secret(given["new"]))
	if errors.Is(err, account.ErrCredentials) {
		return nil, invalidOwn([]issue{ownIssue{Path: "current", Code: "wrong_password", Message: "This is not your password."}})
	}
	return nil, accountError(err)
}

// readTexts reads a body whose members are all strings and all required.
func readTexts(raw []byte, names ...string) (map[string]string, *problem) {
	root, p := decode(raw)
	if p != nil {
		return nil, p
	}
	f, given := &form{}, map[string]string{}
	if o := f.object([]any{}, root, names...); o != nil {
		for _, name := range names {
			o.require(name, "string")
			if text := o.text(name); text != nil {
				given[name] = *text
			}
		}
	}
	return given, f.ownProblem()
}

// accountError turns a refusal by the accounts into an answer.
func accountError(err error) error {
	if refused, is := errors.AsType[*account.Refused](err); is {
		var found []issue
		for _, p := range refused.Problems {
			found = append(found, ownIssue{p.Field, p.Code, p.Message})
		}
		return invalidOwn(found)
	}
	if limited, is := errors.AsType[*account.Limited](err); is {
		return &problem{
			status: http.StatusTooManyRequests, Code: errRateLimited.Code, Message: "Too many tries have failed. Wait before the next.",
			retryAfter: strconv.Itoa(int(math.Ceil(limited.Wait.Seconds()))),
		}
	}
	return err
}

var (
	errInvalidLink  = &problem{status: http.StatusUnauthorized, Code: "session.invalid_link", Message: "This is no link to sign in with, or it is long over."}
	errSetupToken   = &problem{status: http.StatusUnauthorized, Code: "setup.invalid_token", Message: "This is no setup link. tidings setup-link makes one."}
	errSetupExpired = &problem{status: http.StatusGone, Code: "setup.link_expired", Message: "The setup link has expired. tidings setup-link makes a new one."}
)
