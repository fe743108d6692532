package app

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tidingshq/tidings/internal/account"
)

// A browser that is signed in sends its cookie to the receiver too, where everybody who
// may read sees what came.
func TestReceiverShowsNoSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const token = "canary-of-a-session"
	id := into[struct{ ID string }](b, b.do(http.MethodPost, "/api/receiver/inboxes", ""), http.StatusCreated).ID
	inbox, messages := "/receiver/"+id, "/api/receiver/inboxes/"+id+"/messages"
	if got := b.do(http.MethodPost, inbox, "{}", "Cookie", "tidings="+token+"; __Host-tidings="+token); got.status != http.StatusOK {
		t.Fatalf("the receiver answers %d", got.status)
	}
	list := b.do(http.MethodGet, messages, "")
	items := into[struct{ Items []struct{ Number int64 } }](b, list, http.StatusOK).Items
	if len(items) != 1 {
		t.Fatalf("the messages are %s", list.body)
	}
	one := b.do(http.MethodGet, fmt.Sprintf("%s/%d", messages, items[0].Number), "")
	if strings.Contains(list.body+one.body, token) || one.status != http.StatusOK {
		t.Errorf("a session is shown: %d %s", one.status, one.body)
	}
}

func TestFirstUserOfTheConfiguration(t *testing.T) {
	t.Parallel()
	log := &logText{}
	o := options(t, log)
	o.Config.AdminEmail, o.Config.AdminPassword = "Ada@Example.com", "correct horse battery"
	b := open(t, log, o)
	b.start()
	if link, err := b.SetupLink(t.Context()); err != nil || link.URL != "" {
		t.Errorf("with a user there is the setup link %q, %v", link.URL, err)
	}
	in, err := b.accounts.SignIn(t.Context(), "ada@example.com", "correct horse battery", "")
	if err != nil || in.User.Name != "Ada" {
		t.Errorf("signing in: %+v, %v", in.User, err)
	}
	// Another password in the configuration does not replace the one that there is.
	o.Config.AdminPassword = "another password of the file"
	if err := (&App{options: o, config: &o.Config, log: b.App.log, accounts: b.accounts}).setFirstUser(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := b.accounts.SignIn(t.Context(), "ada@example.com", "another password of the file", ""); err == nil {
		t.Error("the configuration has replaced a password")
	}
}

func TestLinksLeadToTheConsole(t *testing.T) {
	t.Parallel()
	b := setup(t, "base-url", "https://example.com/some/prefix/")
	setupLink, err := b.SetupLink(t.Context())
	if err != nil || !strings.HasPrefix(setupLink.URL, "https://example.com/some/prefix/console/setup#token=") {
		t.Errorf("the setup link is %q, %v", setupLink.URL, err)
	}
	first, err := b.DemoLink(t.Context())
	if err != nil || !strings.HasPrefix(first.URL, "https://example.com/some/prefix/console/start#t=") {
		t.Errorf("the link of the demonstration is %q, %v", first.URL, err)
	}
	second, err := b.DemoLink(t.Context())
	if err != nil || second.URL == first.URL {
		t.Errorf("the second link is %q, %v", second.URL, err)
	}
	users, err := b.accounts.Users(t.Context())
	if err != nil || len(users) != 1 || users[0].Email != demoEmail || users[0].Password != "" {
		t.Errorf("the users are %+v, %v", users, err)
	}
	if _, err := b.accounts.SignIn(t.Context(), demoEmail, "", ""); !errors.Is(err, account.ErrCredentials) {
		t.Errorf("the owner of the demonstration signs in without a password: %v", err)
	}
}
