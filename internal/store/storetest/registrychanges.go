package storetest

import (
	"testing"

	"github.com/tidingshq/tidings/internal/webhook"
)

func registryChanges(t *testing.T, open opener) {
	fact(t, open, "WhatWasChangedAndNoMore", func(_ *testing.T, k *kit) {
		stays, changes, goes := k.webhook(), k.webhook(), k.webhook()
		k.ok(k.PutKey(k.ctx(), newKey("one", "secret of one")))
		since := k.version()
		changed := k.disable(k.update(changes, func(w *webhook.Webhook) { w.Name = "again" }))
		k.delete(goes)
		created := k.webhook()
		got, err := k.RegistryChanges(k.ctx(), since)
		k.ok(err)
		k.same(got.Webhooks, []webhook.Webhook{changed, created})
		k.same(got.Changed, []int64{changes.Number, goes.Number, created.Number})
		k.same(got.Tenants, []webhook.TenantID{webhook.DefaultTenant})
		k.same(got.Keys, k.registry().Keys)
		k.same(got.Version, k.version())
		got, err = k.RegistryChanges(k.ctx(), got.Version)
		k.ok(err)
		k.same(len(got.Changed)+len(got.Webhooks), 0)
		got, err = k.RegistryChanges(k.ctx(), 0)
		k.ok(err)
		k.same(got.Webhooks, k.registry().Webhooks)
		k.same(got.Changed[0], stays.Number)
	})
	fact(t, open, "OfADeletedTenant", func(_ *testing.T, k *kit) {
		theirs := k.others()
		since := k.version() - 1
		k.ok(k.DeleteTenant(k.ctx(), theirs.Tenant, k.now()))
		got, err := k.RegistryChanges(k.ctx(), since)
		k.ok(err)
		k.same(len(got.Webhooks), 0)
		k.same(got.Tenants, []webhook.TenantID{webhook.DefaultTenant})
	})
}
