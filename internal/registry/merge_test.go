package registry

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/webhook"
)

// TestChangesAddUp changes webhooks by two registries on one store; one that follows
// the changes and one that reads everything show the same.
func TestChangesAddUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, tenant := t.Context(), webhook.DefaultTenant
	first, second := b.create(t, "User.Created"), b.create(t, "User.Created")
	if err := b.store.CreateTenant(ctx, webhook.Tenant{ID: "short", CreatedAt: start}); err != nil {
		t.Fatal(err)
	}
	theirs, err := b.Create(ctx, webhook.Webhook{Tenant: "short", EventTypes: []webhook.EventType{"User.Created"}, URL: "https://hooks.example.com/", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		if err := b.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		whole, err := New(ctx, Options{Store: b.store.Store, Catalog: catalog.Load(), URLs: anyURL{}})
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []webhook.TenantID{tenant, "short"} {
			if diff := cmp.Diff(whole.List(of), b.List(of)); diff != "" {
				t.Errorf("%s: %s of %s", what, diff, of)
			}
			_, want, reason := whole.Match(of, "User.Created")
			_, got, gotReason := b.Match(of, "User.Created")
			if diff := cmp.Diff(want, got); diff != "" || reason != gotReason {
				t.Errorf("%s: matches %s", what, diff)
			}
		}
	}
	check("created")
	for what, change := range map[string]func() error{
		"changed": func() error {
			_, err := b.store.UpdateWebhook(ctx, tenant, first.ID, func(w *webhook.Webhook) error { w.Enabled, w.Name = false, "other"; return nil })
			return err
		},
		"deleted":        func() error { _, err := b.store.DeleteWebhook(ctx, tenant, second.ID); return err },
		"tenant deleted": func() error { return b.store.DeleteTenant(ctx, "short", start) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		check(what)
	}
	if _, ok := b.Webhook(theirs.Number); ok {
		t.Error("a webhook of a deleted tenant is still there")
	}
}
