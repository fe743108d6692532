package storetest

import (
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func userCases() []namedCase {
	return []namedCase{
		{"Users/Create", createUser},
		{"Users/First", createFirstUser},
		{"Users/SetPassword", setPassword},
		{"Users/OfADeletedTenant", usersOfADeletedTenant},
	}
}

func newUser(id string) webhook.User {
	return webhook.User{
		ID: id, Tenant: webhook.DefaultTenant, Email: id + "@example.com", Name: "Überprüferin " + id, Password: "hash of " + webhook.Secret(id),
		CreatedAt: Start, PasswordAt: Start.Add(time.Second),
	}
}

func (k *kit) user(id string) webhook.User {
	k.t.Helper()
	user := newUser(id)
	k.ok(k.CreateUser(k.ctx(), user))
	return user
}

func (k *kit) users() []webhook.User {
	k.t.Helper()
	all, err := k.Users(k.ctx())
	k.ok(err)
	return all
}

func createUser(t *testing.T, open opener) {
	k := open(t)
	k.AddTenant(t, "other")
	k.same(len(k.users()), 0)
	second, first := newUser("two"), newUser("one")
	second.CreatedAt = Start.Add(time.Millisecond)
	second.Tenant = "other"
	k.ok(k.CreateUser(k.ctx(), second))
	k.ok(k.CreateUser(k.ctx(), first))
	third := newUser("three")
	third.Email = first.Email
	k.is(k.CreateUser(k.ctx(), third), webhook.ErrUserExists)
	nowhere := newUser("four")
	nowhere.Tenant = "nowhere"
	k.is(k.CreateUser(k.ctx(), nowhere), webhook.ErrNotFound)
	k.kill()
	k.same(k.users(), []webhook.User{first, second})
	found, err := k.UserByEmail(k.ctx(), second.Email)
	k.ok(err)
	k.same(found, second)
	_, err = k.UserByEmail(k.ctx(), "nobody@example.com")
	k.is(err, webhook.ErrNotFound)
}

func createFirstUser(t *testing.T, open opener) {
	k := open(t)
	first := newUser("one")
	k.ok(k.CreateFirstUser(k.ctx(), first))
	k.is(k.CreateFirstUser(k.ctx(), first), webhook.ErrSetupDone)
	k.is(k.CreateFirstUser(k.ctx(), newUser("two")), webhook.ErrSetupDone)
	k.same(k.users(), []webhook.User{first})
}

func setPassword(t *testing.T, open opener) {
	k := open(t)
	user, other := k.user("one"), k.user("two")
	for _, token := range []webhook.Secret{"a", "b"} {
		k.session(user, token)
	}
	k.session(other, "c")
	k.link(webhook.LinkSignIn, user.ID, "link")
	k.link(webhook.LinkSignIn, other.ID, "link of another")
	user.Password, user.PasswordAt = "new hash", Start.Add(time.Hour)
	keep := webhook.HashToken("b")
	k.ok(k.SetPassword(k.ctx(), store.PasswordParams{User: user.ID, Password: user.Password, At: user.PasswordAt, Keep: &keep}))
	k.same(k.users(), []webhook.User{user, other})
	k.signedOut("a")
	k.signedIn("b", user)
	k.signedIn("c", other)
	_, err := k.Link(k.ctx(), webhook.HashToken("link"))
	k.is(err, webhook.ErrNotFound)
	_, err = k.Link(k.ctx(), webhook.HashToken("link of another"))
	k.ok(err)
	user.Password = "newer hash"
	k.ok(k.SetPassword(k.ctx(), store.PasswordParams{User: user.ID, Password: user.Password, At: user.PasswordAt}))
	k.signedOut("b")
	k.signedIn("c", other)
	late := store.PasswordParams{User: user.ID, Password: "hash of somebody else", At: user.PasswordAt, Former: "hash of one"}
	k.is(k.SetPassword(k.ctx(), late), webhook.ErrNotFound)
	user.Password, late.Password, late.Former = "newest hash", "newest hash", "newer hash"
	k.ok(k.SetPassword(k.ctx(), late))
	k.is(k.SetPassword(k.ctx(), store.PasswordParams{User: "nobody", Password: "hash", At: Start}), webhook.ErrNotFound)
	k.kill()
	k.same(k.users(), []webhook.User{user, other})
}

func usersOfADeletedTenant(t *testing.T, open opener) {
	k := open(t)
	k.AddTenant(t, "other")
	user, theirs := k.user("one"), newUser("two")
	theirs.Tenant = "other"
	k.ok(k.CreateUser(k.ctx(), theirs))
	k.session(user, "a")
	k.session(theirs, "b")
	k.link(webhook.LinkSignIn, theirs.ID, "link")
	k.ok(k.DeleteTenant(k.ctx(), "other", k.now()))
	k.same(k.users(), []webhook.User{user})
	k.signedIn("a", user)
	k.signedOut("b")
	_, err := k.SignInByLink(k.ctx(), webhook.HashToken("link"), newSession(webhook.User{}, "c"))
	k.is(err, webhook.ErrNotFound)
}
