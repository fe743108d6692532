package account

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// tries counts how many guesses go through at once.
func tries(g *guesses, account, address func(i int) string, familiar bool, now time.Time) (through int) {
	for i := range 1000 {
		if _, err := g.take(account(i), address(i), familiar, now); err != nil {
			break
		}
		through++
	}
	return through
}

func same(text string) func(int) string { return func(int) string { return text } }

func each(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

func TestGuessesAreBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		account, address func(int) string
		want             int
	}{
		"OneAddressOneAccount":    {same(email), same(here), triesOfPair},
		"OneAddressManyAccounts":  {each("%d@example.com"), same(here), triesOfAddress},
		"ManyAddressesOneAccount": {same(email), each("192.0.2.%d"), triesOfAccount},
		"OneNetworkOfIPv6":        {each("%d@example.com"), each("2001:db8::%x"), triesOfAddress},
		"ManyNetworksOfIPv6":      {same(email), each("2001:db8:0:%x::1"), triesOfAccount},
		"NobodyKnowsTheAddress":   {each("%d@example.com"), same(""), triesOfAddress},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tries(newGuesses(), c.account, c.address, false, start); got != c.want {
				t.Errorf("%d guesses, want %d", got, c.want)
			}
		})
	}
}

// However long somebody guesses from one address, the owner gets in from another; and
// however many addresses guess, from where they are signed in.
func TestNobodyIsLockedOut(t *testing.T) {
	t.Parallel()
	g, now := newGuesses(), start
	for range 24 * 60 {
		tries(g, same(email), same("198.51.100.1"), false, now)
		now = now.Add(time.Minute)
		right, err := g.take(email, here, false, now)
		if err != nil {
			t.Fatalf("after %v the owner has to wait: %v", now.Sub(start), err)
		}
		right()
	}
	tries(g, same(email), each("203.0.113.%d"), false, now)
	if _, err := g.take(email, here, false, now); err == nil {
		t.Error("an account that many addresses guess at takes more guesses")
	}
	if _, err := g.take(email, here, true, now); err != nil {
		t.Errorf("the owner is locked out of where they are signed in: %v", err)
	}
}

func TestTriesComeBack(t *testing.T) {
	t.Parallel()
	g := newGuesses()
	tries(g, same(email), same(here), false, start)
	_, err := g.take(email, here, false, start)
	var limited *Limited
	if !errors.As(err, &limited) || limited.Wait <= 0 || limited.Wait > pairEvery {
		t.Fatalf("the refusal is %v", err)
	}
	if _, err := g.take(email, here, false, start.Add(limited.Wait-time.Millisecond)); err == nil {
		t.Error("a try came back early")
	}
	// A clock that goes back takes nothing away.
	if _, err := g.take(email, here, false, start.Add(-time.Hour)); err == nil {
		t.Error("a try came back in the past")
	}
	if _, err := g.take(email, here, false, start.Add(limited.Wait)); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// A clock that is set back, or was ahead for a moment, keeps nobody out for as long.
func TestTriesComeBackAfterAClockIsSetBack(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{time.Hour, 10 * 365 * 24 * time.Hour} {
		g := newGuesses()
		tries(g, same(email), same(here), false, start)
		now := start.Add(-by)
		if got := tries(g, same(email), same(here), false, now); got != 0 {
			t.Errorf("set back by %v: %d tries at once", by, got)
		}
		if got := tries(g, same(email), same(here), false, now.Add(3*time.Minute)); got != 3 {
			t.Errorf("set back by %v: %d tries three minutes later, want 3", by, got)
		}
	}
}

func TestRightOnesDoNotCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ana()
	for range triesOfPair + 2 {
		b.signIn()
	}
	for range triesOfPair {
		_, err := b.SignIn(b.ctx(), email, "wrong", here)
		b.is(err, ErrCredentials)
	}
	_, err := b.SignIn(b.ctx(), email, password, here)
	if _, limited := errors.AsType[*Limited](err); !limited {
		t.Errorf("after too many the right one gets %v", err)
	}
	// Nor does it tell who exists.
	for range triesOfPair {
		_, err := b.SignIn(b.ctx(), "nobody@example.com", "wrong", here)
		b.is(err, ErrCredentials)
	}
	_, err = b.SignIn(b.ctx(), "nobody@example.com", webhook.Secret("wrong"), here)
	if _, limited := errors.AsType[*Limited](err); !limited {
		t.Errorf("after too many, nobody gets %v", err)
	}
}

func TestMemoryOfGuessesIsBounded(t *testing.T) {
	t.Parallel()
	g := newGuesses()
	for i := range 3 * rememberedTries {
		_, _ = g.take(fmt.Sprintf("%d@example.com", i), fmt.Sprintf("2001:db8:%x:%x::1", i>>16, i&0xffff), false, start) // an attack
	}
	h := newGuesses()
	for i := range 1000 {
		_, _ = h.take(fmt.Sprintf("%d@example.com", i), here, false, start) // most have to wait
	}
	if len(h.account.byKey) != triesOfAddress || len(h.pair.byKey) != triesOfAddress {
		t.Errorf("tries that were refused are remembered: %d and %d", len(h.account.byKey), len(h.pair.byKey))
	}
	for name, s := range map[string]*buckets{"address": g.address, "pair": g.pair, "account": g.account} {
		if len(s.byKey) != rememberedTries || s.used.Len() != rememberedTries {
			t.Errorf("%s: %d and %d are remembered", name, len(s.byKey), s.used.Len())
		}
	}
}
