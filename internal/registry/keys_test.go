package registry

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/webhook"
)

var longKey = webhook.Secret(strings.Repeat("k", webhook.MinBootstrapKey))

func TestBootstrapKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.SetBootstrapKey(t.Context(), longKey[1:]); err == nil {
		t.Error("31 characters were accepted")
	} else if strings.Contains(err.Error(), "kkkk") {
		t.Error("the error tells the key")
	}
	if err := b.SetBootstrapKey(t.Context(), longKey); err != nil {
		t.Fatal(err)
	}
	key, err := b.Authenticate(longKey)
	if err != nil || key.ID != webhook.BootstrapKeyID || key.Tenant != webhook.DefaultTenant || !key.May(webhook.ScopeAdmin, start) {
		t.Fatalf("key = %+v, %v", key, err)
	}
	version := b.version(t)
	if err := b.SetBootstrapKey(t.Context(), longKey); err != nil || b.version(t) != version {
		t.Errorf("the same key again wrote something (err %v)", err)
	}
	if err := b.SetBootstrapKey(t.Context(), longKey+"2"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Authenticate(longKey); !errors.Is(err, ErrUnknown) {
		t.Error("the replaced key still works")
	}
	if content, err := b.store.Registry(t.Context()); err != nil || len(content.Keys) != 1 {
		t.Errorf("%d rows, %v", len(content.Keys), err)
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	expiry := start.Add(time.Minute)
	err := b.store.PutKey(t.Context(), webhook.APIKey{
		ID: "a", Tenant: webhook.DefaultTenant, Hash: webhook.HashKey("secret"), Scopes: []webhook.Scope{"read"}, CreatedAt: start, ExpiresAt: &expiry,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []webhook.Secret{"", "secre", "secret ", "SECRET"} {
		if _, err := b.Authenticate(wrong); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", wrong.Reveal(), err)
		}
	}
	if key, err := b.Authenticate("secret"); err != nil || key.ID != "a" {
		t.Error("the key is not accepted")
	}
	b.clock.Advance(time.Minute)
	_, err = b.Authenticate("secret")
	if expired, is := errors.AsType[*Expired](err); !is || *expired != (Expired{"a", start, expiry}) {
		t.Errorf("an expired key: %v", err)
	}
}

// fakeSender notes what it is asked to send.
type fakeSender struct {
	mu                sync.Mutex
	requests          []webhook.Request
	underWay, highest int
	wait              chan struct{}
	// failing is the number of the request that fails at once, from 1.
	failing int
}

func (s *fakeSender) Send(_ context.Context, r webhook.Request) webhook.Attempt {
	s.mu.Lock()
	s.requests = append(s.requests, r)
	s.underWay++
	s.highest = max(s.highest, s.underWay)
	outcome := webhook.OutcomeSucceeded
	if len(s.requests) == s.failing {
		outcome = webhook.OutcomeFailed
	}
	s.mu.Unlock()
	if s.wait != nil && outcome == webhook.OutcomeSucceeded {
		<-s.wait
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
	return webhook.Attempt{Number: r.Number, Trigger: r.Trigger, Outcome: outcome, Detail: string(r.Body)}
}

func TestSendTest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	b.set(t, w.ID, func(w *webhook.Webhook) { w.Enabled = false })
	version := b.version(t)

	attempts, err := b.SendTest(t.Context(), webhook.DefaultTenant, w.ID, Test{
		EventTypes: []webhook.EventType{"PostSignIn", "Role.Created", "PostSignIn"},
		URL:        "https://unsaved.example.com/", Headers: []webhook.Header{{Name: "x-team", Value: "a"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := catalog.Load()
	for i, name := range []webhook.EventType{"PostSignIn", "Role.Created"} {
		eventType, _ := c.Get(name)
		if want := string(c.TestPayload(eventType, w.ID, start)); attempts[i].Detail != want {
			t.Errorf("body %d:\n got %s\nwant %s", i, attempts[i].Detail, want)
		}
	}
	if len(attempts) != 2 || len(b.sender.requests) != 2 {
		t.Fatalf("%d attempts, %d requests", len(attempts), len(b.sender.requests))
	}
	r := b.sender.requests[0]
	if r.Trigger != webhook.TriggerTest || r.Number != 1 || r.SigningKey != w.SigningKey || r.URL != "https://unsaved.example.com/" {
		t.Errorf("request = %+v", r)
	}
	if diff := cmp.Diff([]webhook.Header{{Name: "x-team", Value: "a"}}, r.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if ids := b.sender.requests; ids[0].Delivery == ids[1].Delivery || len(ids[0].Delivery) != 21 {
		t.Errorf("webhook-ids %q and %q", ids[0].Delivery, ids[1].Delivery)
	}
	if b.version(t) != version {
		t.Error("a test changed something")
	}
}

func TestSendTestRefusesWhatCouldNotBeSaved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	for name, test := range map[string]Test{
		"url":        {EventTypes: []webhook.EventType{"PostSignIn"}, URL: "http://localhost/"},
		"header":     {EventTypes: []webhook.EventType{"PostSignIn"}, URL: "https://a.example.com/", Headers: []webhook.Header{{Name: "Host", Value: "x"}}},
		"event type": {EventTypes: []webhook.EventType{"Nope"}, URL: "https://a.example.com/"},
		"no event":   {URL: "https://a.example.com/"},
	} {
		if _, err := b.SendTest(t.Context(), webhook.DefaultTenant, w.ID, test); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if len(b.sender.requests) != 0 {
		t.Error("something was sent")
	}
}

func TestSendTestHasFiveUnderWayAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		w := b.create(t, "User.Created")
		b.sender.wait = make(chan struct{})
		go func() {
			synctest.Wait()
			close(b.sender.wait)
		}()
		attempts, err := b.SendTest(t.Context(), webhook.DefaultTenant, w.ID, Test{EventTypes: catalog.Load().Names(), URL: "https://a.example.com/"})
		if err != nil || len(attempts) != 29 {
			t.Fatalf("%d attempts, %v", len(attempts), err)
		}
		if b.sender.highest != 5 {
			t.Errorf("%d requests were under way at once, want 5", b.sender.highest)
		}
	})
}

func TestSendTestBeginsNoneAfterAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		w := b.create(t, "User.Created")
		b.sender.failing, b.sender.wait = 3, make(chan struct{})
		go func() {
			synctest.Wait()
			close(b.sender.wait)
		}()
		attempts, err := b.SendTest(t.Context(), webhook.DefaultTenant, w.ID, Test{EventTypes: catalog.Load().Names(), URL: "https://a.example.com/"})
		if err != nil {
			t.Fatal(err)
		}
		// Those that were under way end; none takes the place of the one that failed.
		if n := len(attempts); n < 3 || n > 5 || n != len(b.sender.requests) {
			t.Errorf("%d attempts, %d requests", n, len(b.sender.requests))
		}
		for i, a := range attempts {
			if a.Outcome == "" {
				t.Errorf("attempt %d is not there", i)
			}
		}
	})
}
