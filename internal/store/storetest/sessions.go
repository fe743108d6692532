package storetest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func sessionCases() []namedCase {
	return []namedCase{
		{"Sessions/Create", createSession},
		{"Sessions/Bounded", sessionsAreBounded},
		{"Sessions/Touch", touchSession},
		{"Sessions/Delete", deleteSession},
		{"Sessions/Addresses", sessionAddresses},
		{"Sessions/Expire", expireSessions},
		{"Links/Create", createLink},
		{"Links/SignIn", signInByLink},
		{"Links/SetUp", setUp},
		{"Links/UsedOnce", linkIsUsedOnce},
	}
}

func newSession(user webhook.User, token webhook.Secret) webhook.Session {
	return webhook.Session{
		Hash: webhook.HashToken(token), User: user.ID, CreatedAt: Start, SeenAt: Start, ExpiresAt: Start.Add(time.Hour), Address: "192.0.2.1",
	}
}

func (k *kit) session(user webhook.User, token webhook.Secret) webhook.Session {
	k.t.Helper()
	session := newSession(user, token)
	k.ok(k.CreateSession(k.ctx(), session))
	return session
}

func (k *kit) link(purpose webhook.LinkPurpose, user string, token webhook.Secret) webhook.Link {
	k.t.Helper()
	link := webhook.Link{Hash: webhook.HashToken(token), Purpose: purpose, User: user, CreatedAt: Start, ExpiresAt: Start.Add(time.Hour)}
	k.ok(k.CreateLink(k.ctx(), link))
	return link
}

func (k *kit) signedOut(token webhook.Secret) {
	k.t.Helper()
	_, _, err := k.Session(k.ctx(), webhook.HashToken(token))
	k.is(err, webhook.ErrNotFound)
}

func (k *kit) signedIn(token webhook.Secret, user webhook.User) {
	k.t.Helper()
	session, found, err := k.Session(k.ctx(), webhook.HashToken(token))
	k.ok(err)
	k.same(session, newSession(user, token))
	k.same(found, user)
}

func createSession(t *testing.T, open opener) {
	k := open(t)
	user := k.user("one")
	k.session(user, "a")
	k.signedIn("a", user)
	k.signedOut("b")
	k.is(k.CreateSession(k.ctx(), newSession(webhook.User{ID: "nobody"}, "c")), webhook.ErrNotFound)
	if err := k.CreateSession(k.ctx(), newSession(user, "a")); err == nil {
		t.Fatal("two sessions have the same hash")
	}
	k.kill()
	k.signedIn("a", user)
}

func sessionsAreBounded(t *testing.T, open opener) {
	k := open(t)
	user, other := k.user("one"), k.user("two")
	k.session(other, "other")
	token := func(i int) webhook.Secret { return webhook.Secret(fmt.Sprint(i)) }
	for i := range store.MaxSessions + 2 {
		session := newSession(user, token(i))
		session.CreatedAt = Start.Add(time.Duration(i) * time.Second)
		k.ok(k.CreateSession(k.ctx(), session))
	}
	k.signedOut(token(0))
	k.signedOut(token(1))
	for i := 2; i < store.MaxSessions+2; i++ {
		_, _, err := k.Session(k.ctx(), webhook.HashToken(token(i)))
		k.ok(err)
	}
	k.signedIn("other", other)
}

func touchSession(t *testing.T, open opener) {
	k := open(t)
	user := k.user("one")
	session := k.session(user, "a")
	k.session(user, "b")
	k.ok(k.TouchSession(k.ctx(), session.Hash, Start.Add(time.Minute)))
	k.ok(k.TouchSession(k.ctx(), session.Hash, Start.Add(time.Second))) // arrives late
	k.ok(k.TouchSession(k.ctx(), webhook.HashToken("gone"), Start.Add(time.Minute)))
	session.SeenAt = Start.Add(time.Minute)
	found, _, err := k.Session(k.ctx(), session.Hash)
	k.ok(err)
	k.same(found, session)
	k.signedIn("b", user)
}

func deleteSession(t *testing.T, open opener) {
	k := open(t)
	user := k.user("one")
	k.session(user, "a")
	k.session(user, "b")
	k.ok(k.DeleteSession(k.ctx(), webhook.HashToken("a")))
	k.signedOut("a")
	k.signedIn("b", user)
	k.ok(k.DeleteSession(k.ctx(), webhook.HashToken("a")))
	k.kill()
	k.signedOut("a")
}

func sessionAddresses(t *testing.T, open opener) {
	k := open(t)
	user, other := k.user("one"), k.user("two")
	for token, address := range map[webhook.Secret]string{"a": "192.0.2.1", "b": "192.0.2.2", "c": "192.0.2.1"} {
		session := newSession(user, token)
		session.Address = address
		k.ok(k.CreateSession(k.ctx(), session))
	}
	old, theirs := newSession(user, "d"), newSession(other, "e")
	old.Address, old.ExpiresAt, theirs.Address = "192.0.2.3", Start.Add(time.Minute), "192.0.2.4"
	k.ok(k.CreateSession(k.ctx(), old))
	k.ok(k.CreateSession(k.ctx(), theirs))
	found, err := k.SessionAddresses(k.ctx(), user.ID, Start.Add(time.Minute))
	k.ok(err)
	slices.Sort(found)
	k.same(found, []string{"192.0.2.1", "192.0.2.2"})
}

func expireSessions(t *testing.T, open opener) {
	k := open(t)
	user := k.user("one")
	k.session(user, "a")
	lasting := newSession(user, "b")
	lasting.ExpiresAt = Start.Add(3 * time.Hour)
	k.ok(k.CreateSession(k.ctx(), lasting))
	k.link(webhook.LinkSignIn, user.ID, "link")
	expire := func(now time.Time) {
		t.Helper()
		for more := true; more; {
			var err error
			_, more, err = k.Expire(k.ctx(), store.ExpireParams{Now: now, Before: Start.Add(-time.Hour), Limit: 1})
			k.ok(err)
		}
	}
	expire(Start.Add(time.Hour - time.Millisecond))
	k.signedIn("a", user)
	expire(Start.Add(time.Hour))
	k.signedOut("a")
	_, _, err := k.Session(k.ctx(), lasting.Hash)
	k.ok(err)
	_, err = k.Link(k.ctx(), webhook.HashToken("link"))
	k.ok(err)
	expire(Start.Add(time.Hour + store.LinksKept))
	_, err = k.Link(k.ctx(), webhook.HashToken("link"))
	k.is(err, webhook.ErrNotFound)
}

func createLink(t *testing.T, open opener) {
	k := open(t)
	link := k.link(webhook.LinkSetup, "", "a")
	k.kill()
	found, err := k.Link(k.ctx(), link.Hash)
	k.ok(err)
	k.same(found, link)
	_, err = k.Link(k.ctx(), webhook.HashToken("b"))
	k.is(err, webhook.ErrNotFound)
}

func signInByLink(t *testing.T, open opener) {
	k := open(t)
	user := k.user("one")
	link := k.link(webhook.LinkSignIn, user.ID, "link")
	setup := k.link(webhook.LinkSetup, "", "setup")
	_, err := k.SignInByLink(k.ctx(), webhook.HashToken("nothing"), newSession(webhook.User{}, "a"))
	k.is(err, webhook.ErrNotFound)
	_, err = k.SignInByLink(k.ctx(), setup.Hash, newSession(webhook.User{}, "a"))
	k.is(err, webhook.ErrNotFound)
	late := newSession(webhook.User{}, "a")
	late.CreatedAt = link.ExpiresAt
	_, err = k.SignInByLink(k.ctx(), link.Hash, late)
	k.is(err, webhook.ErrLinkExpired)
	k.signedOut("a")
	who, err := k.SignInByLink(k.ctx(), link.Hash, newSession(webhook.User{}, "a"))
	k.ok(err)
	k.same(who, user)
	k.kill()
	k.signedIn("a", user)
	_, err = k.SignInByLink(k.ctx(), link.Hash, newSession(webhook.User{}, "b"))
	k.is(err, webhook.ErrLinkUsed)
	k.signedOut("b")
	used := Start
	link.UsedAt = &used
	found, err := k.Link(k.ctx(), link.Hash)
	k.ok(err)
	k.same(found, link)
}

func setUp(t *testing.T, open opener) {
	k := open(t)
	user := newUser("one")
	link := k.link(webhook.LinkSetup, "", "link")
	signIn := k.link(webhook.LinkSignIn, "one", "sign in")
	session := newSession(webhook.User{}, "a")
	k.is(k.SetUp(k.ctx(), webhook.HashToken("nothing"), user, session), webhook.ErrNotFound)
	k.is(k.SetUp(k.ctx(), signIn.Hash, user, session), webhook.ErrNotFound)
	late := session
	late.CreatedAt = link.ExpiresAt
	k.is(k.SetUp(k.ctx(), link.Hash, user, late), webhook.ErrLinkExpired)
	// What is refused leaves the link as it was.
	homeless := user
	homeless.Tenant = "nowhere"
	k.is(k.SetUp(k.ctx(), link.Hash, homeless, session), webhook.ErrNotFound)
	k.same(len(k.users()), 0)
	k.ok(k.SetUp(k.ctx(), link.Hash, user, session))
	k.kill()
	k.same(k.users(), []webhook.User{user})
	k.signedIn("a", user)
	k.is(k.SetUp(k.ctx(), link.Hash, newUser("two"), newSession(webhook.User{}, "b")), webhook.ErrSetupDone)
	k.same(k.users(), []webhook.User{user})
	k.signedOut("b")
}

// Of many who use the same link at the same moment one gets in.
func linkIsUsedOnce(t *testing.T, open opener) {
	race := func(t *testing.T, try func(token webhook.Secret) error, refusals ...error) {
		t.Helper()
		var in atomic.Int32
		var trying sync.WaitGroup
		for i := range 20 {
			trying.Go(func() {
				err := try(webhook.Secret(fmt.Sprint(i)))
				if err == nil {
					in.Add(1)
				} else if !slices.Contains(refusals, err) {
					t.Error(err)
				}
			})
		}
		trying.Wait()
		if in.Load() != 1 {
			t.Errorf("%d got in", in.Load())
		}
	}
	fact(t, open, "ToSignIn", func(t *testing.T, k *kit) {
		link := k.link(webhook.LinkSignIn, k.user("one").ID, "link")
		race(t, func(token webhook.Secret) error {
			_, err := k.SignInByLink(k.ctx(), link.Hash, newSession(webhook.User{}, token))
			return err
		}, webhook.ErrLinkUsed)
	})
	fact(t, open, "ToSetUp", func(t *testing.T, k *kit) {
		link := k.link(webhook.LinkSetup, "", "link")
		race(t, func(token webhook.Secret) error {
			return k.SetUp(k.ctx(), link.Hash, newUser(token.Reveal()), newSession(webhook.User{}, token))
		}, webhook.ErrSetupDone)
		k.same(len(k.users()), 1)
	})
}
