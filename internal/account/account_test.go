package account

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/argon2id"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite" // to look at the file

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const (
	email    = "ana@example.com"
	password = webhook.Secret("correct horse battery")
	here     = "192.0.2.1"
)

type bundle struct {
	*Accounts
	t     *testing.T
	clock *clock.Fake
	log   *bytes.Buffer
	file  string
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{t: t, clock: clock.NewFake(start), log: &bytes.Buffer{}, file: filepath.Join(t.TempDir(), "tidings.db")}
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: b.file, Clock: b.clock})
	b.must(err)
	t.Cleanup(func() { b.must(s.Close()) })
	log := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.Accounts = New(Options{Store: s, Clock: b.clock, Log: log})
	return b
}

func (b *bundle) ctx() context.Context { return b.t.Context() }

func (b *bundle) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) is(err, want error) {
	b.t.Helper()
	if !errors.Is(err, want) {
		b.t.Fatalf("got %v, want %v", err, want)
	}
}

// ana is a user with a password.
func (b *bundle) ana() {
	b.t.Helper()
	b.must(b.FirstUser(b.ctx(), NewUser{Name: "Ana", Email: email, Password: password}))
}

func (b *bundle) signIn() SignedIn {
	b.t.Helper()
	in, err := b.SignIn(b.ctx(), email, password, here)
	b.must(err)
	return in
}

func (b *bundle) lives(in SignedIn) bool {
	b.t.Helper()
	lives, err := b.Lives(b.ctx(), in.Session.Hash)
	b.must(err)
	return lives
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	for _, spelling := range []string{email, "Ana@Example.com", "  " + email} {
		in, err := b.SignIn(b.ctx(), spelling, password, here)
		b.must(err)
		who, err := b.Authenticate(b.ctx(), in.Token)
		b.must(err)
		if who.User.Email != email || who.User.Name != "Ana" || who.User.Tenant != webhook.DefaultTenant || who.Session.Address != here {
			t.Errorf("signed in is %+v", who)
		}
	}
	first, second := b.signIn(), b.signIn()
	if first.Token == second.Token {
		t.Error("two sessions have the same token")
	}
	for _, wrong := range []webhook.Secret{"", "correct horse batter", password + " ", webhook.Secret(strings.ToUpper(password.Reveal()))} {
		_, err := b.SignIn(b.ctx(), email, wrong, here)
		b.is(err, ErrCredentials)
	}
	_, err := b.SignIn(b.ctx(), "nobody@example.com", password, here)
	b.is(err, ErrCredentials)
	b.must(b.SignOut(b.ctx(), first.Session.Hash))
	_, err = b.Authenticate(b.ctx(), first.Token)
	b.is(err, webhook.ErrNotFound)
	if b.lives(first) || !b.lives(second) {
		t.Error("signing out has ended another session")
	}
	for _, none := range []webhook.Secret{"", "nothing", webhook.Secret(fmt.Sprintf("%x", first.Session.Hash))} {
		_, err = b.Authenticate(b.ctx(), none)
		b.is(err, webhook.ErrNotFound)
	}
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	idle, used := b.signIn(), b.signIn()
	for b.clock.Now().Before(start.Add(LastsFor)) {
		if _, err := b.Authenticate(b.ctx(), used.Token); err != nil {
			t.Fatalf("a session in use has ended after %v: %v", b.clock.Now().Sub(start), err)
		}
		if lives, want := b.lives(idle), b.clock.Now().Before(start.Add(IdleFor)); lives != want {
			t.Fatalf("after %v without a request, a session lives: %v", b.clock.Now().Sub(start), lives)
		}
		b.clock.Advance(IdleFor - time.Minute)
	}
	_, err := b.Authenticate(b.ctx(), used.Token)
	b.is(err, webhook.ErrNotFound)
	// Asking whether one lives does not keep it alive.
	watched := b.signIn()
	b.clock.Advance(IdleFor - time.Second)
	if !b.lives(watched) {
		t.Error("a session has ended early")
	}
	b.clock.Advance(time.Second)
	if b.lives(watched) {
		t.Error("a session that is only asked after lives on")
	}
}

func TestSetUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ana := NewUser{Name: "Ana", Email: "Ana@Example.com ", Password: password}
	expired, err := b.SetupLink(b.ctx())
	b.must(err)
	b.clock.Advance(LinkLasts)
	_, err = b.SetUp(b.ctx(), expired.Token, ana, here)
	b.is(err, webhook.ErrLinkExpired)
	link, err := b.SetupLink(b.ctx())
	b.must(err)
	other, err := b.SetupLink(b.ctx())
	b.must(err)
	_, err = b.SetUp(b.ctx(), "wrong", ana, here)
	b.is(err, webhook.ErrNotFound)
	_, err = b.SetUp(b.ctx(), link.Token, NewUser{Name: " ", Email: "ana", Password: "too short"}, here)
	var refused *Refused
	if !errors.As(err, &refused) || len(refused.Problems) != 3 {
		t.Fatalf("mistakes make %v", err)
	}
	in, err := b.SetUp(b.ctx(), link.Token, ana, here)
	b.must(err)
	if in.User.Email != email || !b.lives(in) {
		t.Errorf("set up is %+v", in.User)
	}
	for _, token := range []webhook.Secret{link.Token, other.Token, "wrong"} {
		_, err = b.SetUp(b.ctx(), token, ana, here)
		b.is(err, webhook.ErrSetupDone)
	}
	_, err = b.SetupLink(b.ctx())
	b.is(err, webhook.ErrSetupDone)
	b.is(b.FirstUser(b.ctx(), ana), webhook.ErrSetupDone)
	b.signIn()
}

func TestSignInLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner, err := b.Guest(b.ctx(), "Demo owner", "owner@localhost")
	b.must(err)
	again, err := b.Guest(b.ctx(), "Somebody", "owner@localhost")
	b.must(err)
	if again.ID != owner.ID {
		t.Error("the same guest was made twice")
	}
	link, err := b.SignInLink(b.ctx(), owner.ID)
	b.must(err)
	late, err := b.SignInLink(b.ctx(), owner.ID)
	b.must(err)
	in, err := b.SignInByLink(b.ctx(), link.Token, here)
	b.must(err)
	if in.User.ID != owner.ID || !b.lives(in) {
		t.Errorf("signed in is %+v", in.User)
	}
	_, err = b.SignInByLink(b.ctx(), link.Token, here)
	b.is(err, webhook.ErrLinkUsed)
	b.clock.Advance(LinkLasts)
	_, err = b.SignInByLink(b.ctx(), late.Token, here)
	b.is(err, webhook.ErrLinkExpired)
	_, err = b.SignInByLink(b.ctx(), "wrong", here)
	b.is(err, webhook.ErrNotFound)
	// A guest has no password, not even an empty one.
	for _, guess := range []webhook.Secret{"", nobodysHash} {
		_, err = b.SignIn(b.ctx(), "owner@localhost", guess, here)
		b.is(err, ErrCredentials)
	}
}

func TestNewPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	mine, other := b.signIn(), b.signIn()
	const next = webhook.Secret("a new long password")
	b.is(b.ChangePassword(b.ctx(), mine.Person, "wrong", next), ErrCredentials)
	var refused *Refused
	if err := b.ChangePassword(b.ctx(), mine.Person, password, "short"); !errors.As(err, &refused) || refused.Problems[0].Field != "new" {
		t.Fatalf("a short password makes %v", err)
	}
	if !b.lives(other) {
		t.Error("a refused change has ended a session")
	}
	b.must(b.ChangePassword(b.ctx(), mine.Person, password, next))
	if !b.lives(mine) || b.lives(other) {
		t.Errorf("mine lives: %v, the other: %v", b.lives(mine), b.lives(other))
	}
	_, err := b.SignIn(b.ctx(), email, password, here)
	b.is(err, ErrCredentials)
	b.must(b.ResetPassword(b.ctx(), " ANA@example.com", password))
	if b.lives(mine) {
		t.Error("a session has outlived the password")
	}
	b.signIn()
	b.is(b.ResetPassword(b.ctx(), "nobody@example.com", password), webhook.ErrNotFound)
}

// Whoever gets the file gets in nowhere, and neither does whoever reads the log.
func TestNothingThatLetsInIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link, err := b.SetupLink(b.ctx())
	b.must(err)
	in, err := b.SetUp(b.ctx(), link.Token, NewUser{Name: "Ana", Email: email, Password: password}, here)
	b.must(err)
	_, err = b.SignIn(b.ctx(), email, "a wrong password", here)
	b.is(err, ErrCredentials)
	db, err := sql.Open("sqlite", "file:"+b.file)
	b.must(err)
	defer db.Close()
	var dump string
	for _, table := range []string{"users", "sessions", "links"} {
		rows, err := db.QueryContext(b.ctx(), "SELECT * FROM "+table)
		b.must(err)
		columns, err := rows.Columns()
		b.must(err)
		found := false
		for rows.Next() {
			found = true
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			b.must(rows.Scan(values...))
			for _, v := range values {
				switch v := (*v.(*any)).(type) {
				case []byte:
					dump += string(v) + " "
				default:
					dump += fmt.Sprint(v) + " "
				}
			}
		}
		b.must(rows.Err())
		b.must(rows.Close())
		if !found {
			t.Errorf("%s is empty", table)
		}
	}
	for name, text := range map[string]string{"file": dump, "log": b.log.String(), "print": fmt.Sprintf("%v %+v", in, link)} {
		for _, secret := range []webhook.Secret{in.Token, link.Token, password, "a wrong password"} {
			if strings.Contains(text, secret.Reveal()) {
				t.Errorf("the %s holds %s", name, secret.Reveal())
			}
		}
	}
	if !strings.Contains(b.log.String(), "session.refused") || !strings.Contains(dump, "$argon2id$") {
		t.Errorf("the log is %s, the file %s", b.log, dump)
	}
}

// A guess costs the same whether or not the e-mail address is known: argon2id runs
// once in both cases, at the same cost.
func TestNobodysHashCostsAsMuch(t *testing.T) {
	t.Parallel()
	params, salt, key, err := argon2id.DecodeHash(nobodysHash.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	want := hashCost()
	if *params != *want || len(salt) != int(want.SaltLength) || len(key) != int(want.KeyLength) {
		t.Errorf("nobody's hash has %+v, others %+v", params, want)
	}
}

// Whoever is asked for, a password is compared: a guess at nobody's waits for its turn
// like any other. Who has no setup link does not get that far.
func TestEveryGuessIsCompared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.ana()
		for range hashesAtOnce {
			if _, err := b.hashing.turn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var guessing sync.WaitGroup
		for _, who := range []string{email, "nobody@example.com"} {
			guessing.Go(func() {
				if _, err := b.SignIn(ctx, who, "a wrong password", here); !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", who, err)
				}
			})
		}
		synctest.Wait()
		if got := b.hashing.waiting.Load(); got != hashesAtOnce+2 {
			t.Errorf("%d guesses wait, want 2", got-hashesAtOnce)
		}
		cancel()
		guessing.Wait()
	})
}

func TestOnlyALinkMakesTheServerHash(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range hashesAtOnce {
		_, err := b.hashing.turn(t.Context())
		b.must(err)
	}
	_, err := b.SetUp(b.ctx(), "wrong", NewUser{Name: "Ana", Email: email, Password: password}, here)
	b.is(err, webhook.ErrNotFound)
}

func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHashing()
		var ends []func()
		for range hashesAtOnce {
			end, err := h.turn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, end)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		for range hashesWaiting {
			waiting.Go(func() {
				if _, err := h.turn(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("waiting ended with %v", err)
				}
			})
		}
		synctest.Wait()
		if _, err := h.turn(t.Context()); !errors.Is(err, ErrBusy) {
			t.Errorf("one more: %v", err)
		}
		cancel()
		waiting.Wait()
		for _, end := range ends {
			end()
		}
		if h.waiting.Load() != 0 || len(h.turns) != 0 {
			t.Errorf("%d wait and %d are at work", h.waiting.Load(), len(h.turns))
		}
	})
}

// resetting is a store in which a password is reset while somebody signs in with the old
// one.
type resetting struct {
	Store
	reset func()
}

func (r resetting) CreateSession(ctx context.Context, session webhook.Session) error {
	r.reset()
	return r.Store.CreateSession(ctx, session)
}

// A new password ends also the sessions that are on their way with the old one.
func TestSignInLosesAgainstANewPassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	stored := b.store
	b.store = resetting{stored, func() {
		other := New(Options{Store: stored, Clock: b.clock})
		b.must(other.ResetPassword(b.ctx(), email, "another good password"))
	}}
	_, err := b.SignIn(b.ctx(), email, password, here)
	b.is(err, ErrCredentials)
	b.store = stored
	users, err := stored.Users(b.ctx())
	b.must(err)
	left, err := stored.SessionAddresses(b.ctx(), users[0].ID, b.clock.Now())
	if b.must(err); len(left) != 0 {
		t.Errorf("sessions from %v are left", left)
	}
	_, err = b.SignIn(b.ctx(), email, "another good password", here)
	b.must(err)
}

// Somebody who knows the old password and has a session cannot undo a reset that happens
// while they change it.
func TestChangeOfPasswordLosesAgainstAReset(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	in := b.signIn()
	b.must(b.ResetPassword(b.ctx(), email, "another good password"))
	b.is(b.ChangePassword(b.ctx(), in.Person, password, "what somebody else likes"), ErrCredentials)
	_, err := b.SignIn(b.ctx(), email, "another good password", here)
	b.must(err)
}
