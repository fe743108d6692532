package storetest

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func webhookCases() []namedCase {
	return []namedCase{
		{"Webhooks/CreateReadsBack", createReadsBack},
		{"Webhooks/IDsDifferByCase", idsDifferByCase},
		{"Webhooks/UpdateIsAtomic", updateIsAtomic},
		{"Webhooks/UpdateRefused", updateRefused},
		{"Webhooks/TenantsAreApart", tenantsAreApart},
		{"Webhooks/DeleteKeepsTheLog", deleteKeepsTheLog},
		{"Webhooks/RegistryVersion", registryVersion},
		{"Webhooks/RegistryChanges", registryChanges},
	}
}

func (k *kit) registry() store.Registry {
	k.t.Helper()
	r, err := k.Registry(k.ctx())
	k.ok(err)
	return r
}

// registered reads one webhook back from the registry.
func (k *kit) registered(id webhook.ID) webhook.Webhook {
	k.t.Helper()
	for _, w := range k.registry().Webhooks {
		if w.ID == id {
			return w
		}
	}
	k.t.Fatalf("webhook %s is not in the registry", id)
	return webhook.Webhook{}
}

func createReadsBack(t *testing.T, open opener) {
	fact(t, open, "EveryMember", func(t *testing.T, k *kit) {
		retries, at := 2, Start.Add(-time.Hour)
		w := k.newWebhook(func(w *webhook.Webhook) {
			w.Name = "Größe \"1\" '; DROP TABLE webhooks; -- \U0001F980"
			w.EventTypes = []webhook.EventType{"User.*", "Order.Created", "User.*"}
			w.LegacyEvent = "PostSignIn"
			w.URL = "https://example.com:8443/a%2Fb/?q=%F0%9F%A6%80&q=2#"
			w.Headers = []webhook.Header{{Name: "X-B", Value: "<&>\t\"\\"}, {Name: "x-a", Value: "", Locked: true, UpdatedAt: at, Origin: "https://example.com:443", Withheld: true}}
			w.Retries, w.SuspendedAt, w.Enabled, w.DisabledAt = &retries, &at, false, &at
		})
		made, err := k.CreateWebhook(k.ctx(), w)
		k.ok(err)
		if made.Number == 0 || made.Version != 1 {
			t.Fatalf("number %d, version %d", made.Number, made.Version)
		}
		w.Number, w.Version = made.Number, made.Version
		k.same(made, w)
		k.same(k.registered(w.ID), w)
		k.kill()
		k.same(k.registered(w.ID), w)
	})
	fact(t, open, "AbsentMembersStayAbsent", func(_ *testing.T, k *kit) {
		w := k.webhook(func(w *webhook.Webhook) { w.EventTypes, w.Retries = nil, nil })
		k.same(k.registered(w.ID), w)
	})
	fact(t, open, "NoHeadersAndAnEmptySetOfThemDiffer", func(t *testing.T, k *kit) {
		for _, headers := range [][]webhook.Header{nil, {}} {
			w := k.webhook(func(w *webhook.Webhook) { w.Headers = headers })
			if got := k.registered(w.ID).Headers; len(got) != 0 || (got == nil) != (headers == nil) {
				t.Fatalf("%#v came back as %#v", headers, got)
			}
		}
	})
	fact(t, open, "InstantsAreMillisecondsInUTC", func(t *testing.T, k *kit) {
		kathmandu := time.FixedZone("", 5*3600+45*60)
		w := k.webhook(func(w *webhook.Webhook) {
			w.CreatedAt = time.Date(2026, 11, 23, 17, 45, 1, 999_999_999, kathmandu)
		})
		got := k.registered(w.ID).CreatedAt
		if want := time.Date(2026, 11, 23, 12, 0, 1, 999_000_000, time.UTC); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
	fact(t, open, "TheSameIDIsRefused", func(t *testing.T, k *kit) {
		w := k.webhook()
		before := k.version()
		if _, err := k.CreateWebhook(k.ctx(), w); err == nil {
			t.Fatal("made a second webhook with the same identifier")
		}
		k.same(k.version(), before)
	})
}

func idsDifferByCase(t *testing.T, open opener) {
	k := open(t)
	lower := k.webhook(func(w *webhook.Webhook) { w.ID, w.Name = "abcdefghijklmnopqrstu", "lower" })
	upper := k.webhook(func(w *webhook.Webhook) { w.ID, w.Name = "ABCDEFGHIJKLMNOPQRSTU", "upper" })
	if lower.Number == upper.Number {
		t.Fatal("identifiers that differ in case name the same webhook")
	}
	id := k.settled(lower, k.succeeded)
	k.same(k.list(store.DeliveryQuery{Webhook: lower.ID}), []webhook.DeliveryID{id})
	k.same(k.list(store.DeliveryQuery{Webhook: upper.ID}), []webhook.DeliveryID(nil))
	k.delete(upper)
	k.same(k.registered(lower.ID).Name, "lower")
	_, err := k.Delivery(k.ctx(), webhook.DefaultTenant, webhook.DeliveryID(strings.ToUpper(string(id))))
	k.is(err, webhook.ErrNotFound)
}

func updateIsAtomic(t *testing.T, open opener) {
	fact(t, open, "NoChangeIsLost", func(_ *testing.T, k *kit) {
		w := k.webhook(func(w *webhook.Webhook) { w.Name = "" })
		const changes = 40
		var changing sync.WaitGroup
		for range changes {
			changing.Go(func() { k.update(w, func(w *webhook.Webhook) { w.Name += "x" }) })
		}
		changing.Wait()
		got := k.registered(w.ID)
		k.same(got.Name, strings.Repeat("x", changes))
		k.same(got.Version, int64(1+changes))
	})
	fact(t, open, "AlsoBetweenProcesses", func(_ *testing.T, k *kit) {
		w := k.webhook(func(w *webhook.Webhook) { w.Name = "" })
		second := k.another()
		const changes = 10
		var changing sync.WaitGroup
		for _, process := range []*kit{k, second} {
			changing.Go(func() {
				for range changes {
					process.update(w, func(w *webhook.Webhook) { w.Name += "x" })
				}
			})
		}
		changing.Wait()
		k.same(k.registered(w.ID).Name, strings.Repeat("x", 2*changes))
	})
	fact(t, open, "AnswersWhatIsStored", func(_ *testing.T, k *kit) {
		w := k.webhook()
		changed := k.update(w, func(w *webhook.Webhook) {
			w.URL, w.Headers = "https://example.org/", []webhook.Header{{Name: "a", Value: "b"}}
		})
		k.same(changed.Version, w.Version+1)
		k.same(k.registered(w.ID), changed)
	})
}

func updateRefused(t *testing.T, open opener) {
	fact(t, open, "ByTheChange", func(t *testing.T, k *kit) {
		w, refusal, before := k.webhook(), errors.New("no"), k.version()
		_, err := k.UpdateWebhook(k.ctx(), w.Tenant, w.ID, func(w *webhook.Webhook) error {
			w.Name = "changed"
			return refusal
		})
		if err != refusal { //nolint:errorlint // the contract: returned as it is
			t.Fatalf("got %v, want the error of the change as it is", err)
		}
		k.same(k.registered(w.ID), w)
		k.same(k.version(), before)
	})
	fact(t, open, "NotThere", func(t *testing.T, k *kit) {
		w := k.webhook()
		k.delete(w)
		unexpected := func(*webhook.Webhook) error {
			t.Error("change was called")
			return nil
		}
		for _, id := range []webhook.ID{w.ID, "nobody", ""} {
			_, err := k.UpdateWebhook(k.ctx(), w.Tenant, id, unexpected)
			k.is(err, webhook.ErrNotFound)
			_, err = k.DeleteWebhook(k.ctx(), w.Tenant, id)
			k.is(err, webhook.ErrNotFound)
		}
	})
}

func tenantsAreApart(t *testing.T, open opener) {
	k := open(t)
	k.AddTenant(t, "other")
	w := k.webhook()
	theirs := k.webhook(func(w *webhook.Webhook) { w.Tenant = "other" })
	_, err := k.UpdateWebhook(k.ctx(), "other", w.ID, func(*webhook.Webhook) error { return nil })
	k.is(err, webhook.ErrNotFound)
	_, err = k.DeleteWebhook(k.ctx(), "other", w.ID)
	k.is(err, webhook.ErrNotFound)
	_, err = k.UpdateWebhook(k.ctx(), w.Tenant, theirs.ID, func(*webhook.Webhook) error { return nil })
	k.is(err, webhook.ErrNotFound)
	k.same(k.registered(theirs.ID).Tenant, webhook.TenantID("other"))

	id := k.settled(w, k.succeeded)
	event := k.delivery(id).EventID
	_, err = k.Event(k.ctx(), "other", event)
	k.is(err, webhook.ErrNotFound)
	_, err = k.Delivery(k.ctx(), "other", id)
	k.is(err, webhook.ErrNotFound)
	_, err = k.EventDeliveries(k.ctx(), "other", event, 10)
	k.is(err, webhook.ErrNotFound)
	_, err = k.Redeliver(k.ctx(), "other", id, k.now(), "")
	k.is(err, webhook.ErrNotFound)
	_, err = k.Redeliver(k.ctx(), "other", k.pending(w), k.now(), "")
	k.is(err, webhook.ErrNotFound)
	k.same(k.list(store.DeliveryQuery{Tenant: "other"}), []webhook.DeliveryID(nil))
	events, err := k.Events(k.ctx(), store.EventQuery{Tenant: "other", Limit: 10})
	k.ok(err)
	k.same(len(events), 0)
	recent, err := k.Recent(k.ctx(), store.RecentQuery{Tenant: "other", Webhook: w.ID, Limit: 10})
	k.ok(err)
	k.same(recent, store.RecentPage{})
	p := k.params(k.event())
	p.Tenant = "nobody"
	_, err = k.Accept(k.ctx(), p)
	k.is(err, webhook.ErrNotFound)
}

func deleteKeepsTheLog(t *testing.T, open opener) {
	fact(t, open, "TheKeyIsForgottenTheLogStays", func(t *testing.T, k *kit) {
		w := k.webhook(func(w *webhook.Webhook) { w.Headers = []webhook.Header{{Name: "a", Value: "secret"}} })
		id := k.settled(w, k.succeeded)
		k.Clock.Advance(time.Minute)
		deleted, err := k.DeleteWebhook(k.ctx(), w.Tenant, w.ID)
		k.ok(err)
		if deleted.DeletedAt == nil || !deleted.DeletedAt.Equal(k.now()) || deleted.SigningKey != "" || len(deleted.Headers) != 0 {
			t.Fatalf("deleted at %v, key kept: %t, headers kept: %t", deleted.DeletedAt, deleted.SigningKey != "", len(deleted.Headers) != 0)
		}
		k.same(len(k.registry().Webhooks), 0)
		k.same(k.delivery(id).Webhook, webhook.WebhookRef{Number: w.Number, ID: w.ID, Name: w.Name, Deleted: true})
		k.same(k.list(store.DeliveryQuery{Webhook: w.ID}), []webhook.DeliveryID{id})
	})
	fact(t, open, "WhatIsUnderWayFinishes", func(t *testing.T, k *kit) {
		w := k.webhook()
		waiting := k.pending(w)
		job := k.claimOne(w.Number)
		k.delete(w)
		k.state(waiting, webhook.StatePending)
		k.finish(k.succeeded(job))
		if d := k.state(waiting, webhook.StateSucceeded); !d.Webhook.Deleted {
			t.Fatal("the log does not say that the webhook is deleted")
		}
	})
}

func registryVersion(t *testing.T, open opener) {
	fact(t, open, "EachChangeRaisesIt", func(t *testing.T, k *kit) {
		last := k.version()
		raised := func(what string) {
			t.Helper()
			version := k.version()
			if version <= last {
				t.Fatalf("%s left the version at %d", what, version)
			}
			k.same(k.registry().Version, version)
			last = version
		}
		w := k.webhook()
		raised("creating a webhook")
		w = k.disable(w)
		raised("disabling it")
		k.enable(w)
		raised("enabling it")
		k.ok(k.PutKey(k.ctx(), newKey("one", "secret of one")))
		raised("storing an API key")
		k.ok(k.DeleteKey(k.ctx(), webhook.DefaultTenant, "one"))
		raised("removing an API key")
		k.delete(w)
		raised("deleting the webhook")
		k.accept()
		k.same(k.version(), last)
	})
	fact(t, open, "WhicheverProcessMadeIt", func(_ *testing.T, k *kit) {
		second := k.another()
		before := k.version()
		w := second.webhook()
		k.same(k.version(), before+1)
		k.same(k.registered(w.ID).Name, w.Name)
		p := k.params(k.event(w.Number))
		second.disable(w)
		_, err := k.Accept(k.ctx(), p)
		k.is(err, webhook.ErrStale)
	})
	fact(t, open, "SurvivesAKill", func(_ *testing.T, k *kit) {
		k.webhook()
		before := k.registry()
		k.kill()
		k.same(k.registry(), before)
	})
	fact(t, open, "TheContentIsOfThatVersion", func(t *testing.T, k *kit) {
		w := k.webhook(func(w *webhook.Webhook) { w.Name = "" })
		first := k.version()
		stop := make(chan struct{})
		var changing sync.WaitGroup
		changing.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					k.update(w, func(w *webhook.Webhook) { w.Name += "x" })
				}
			}
		})
		for range 50 {
			r := k.registry()
			if got, want := int64(len(r.Webhooks[0].Name)), r.Version-first; got != want {
				t.Errorf("version %d comes with %d changes, want %d", r.Version, got, want)
				break
			}
		}
		close(stop)
		changing.Wait()
	})
}
