package registry

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// errUnchanged ends an update that has nothing to write.
var errUnchanged = errors.New("unchanged")

// Create stores a new webhook of w.Tenant with a new identifier and signing key.
// A mistake in it is a *Refused.
func (r *Registry) Create(ctx context.Context, w webhook.Webhook) (webhook.Webhook, error) {
	stampHeaders(nil, &w, r.now())
	if err := r.check(&webhook.Webhook{}, &w); err != nil {
		return webhook.Webhook{}, err
	}
	var err error
	if w.ID, err = webhook.NewID(r.random); err != nil {
		return webhook.Webhook{}, fmt.Errorf("make webhook id: %w", err)
	}
	if w.SigningKey, err = webhook.NewSigningKey(r.random); err != nil {
		return webhook.Webhook{}, fmt.Errorf("make signing key: %w", err)
	}
	w.CreatedAt = r.now()
	w.UpdatedAt, w.KeyCreatedAt = w.CreatedAt, w.CreatedAt
	r.noteDisabling(true, &w)
	created, err := r.store.CreateWebhook(ctx, w)
	if err != nil {
		return webhook.Webhook{}, fmt.Errorf("create webhook: %w", err)
	}
	return created, r.refreshAfterChange(ctx)
}

// Update changes a webhook in one step. change may run more than once; its error
// is returned as it is. A mistake in the result is a *Refused, an unknown webhook
// webhook.ErrNotFound. A change without effect writes nothing.
func (r *Registry) Update(ctx context.Context, tenant webhook.TenantID, id webhook.ID, change func(*webhook.Webhook) error) (webhook.Webhook, error) {
	var unchanged webhook.Webhook
	updated, err := r.store.UpdateWebhook(ctx, tenant, id, func(w *webhook.Webhook) error {
		for i := range w.Headers {
			bind(&w.Headers[i], w.URL)
		}
		before := clone(w)
		if err := change(w); err != nil {
			return err
		}
		stampHeaders(before.Headers, w, r.now())
		if err := r.check(&before, w); err != nil {
			return err
		}
		if reflect.DeepEqual(before, *w) {
			unchanged = before
			return errUnchanged
		}
		w.UpdatedAt = r.now()
		r.noteDisabling(before.Enabled, w)
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return unchanged, nil
	}
	if err != nil {
		return webhook.Webhook{}, fmt.Errorf("update webhook: %w", err)
	}
	return updated, r.refreshAfterChange(ctx)
}

// noteDisabling keeps DisabledAt in step with Enabled.
func (r *Registry) noteDisabling(was bool, w *webhook.Webhook) {
	switch {
	case w.Enabled:
		w.DisabledAt = nil
	case was:
		now := r.steady.Now().UTC().Truncate(time.Millisecond)
		w.DisabledAt = &now
	}
}

// clone copies w so that changing the copy leaves w alone.
func clone(w *webhook.Webhook) webhook.Webhook {
	copied := *w
	copied.EventTypes = slices.Clone(w.EventTypes)
	copied.Headers = slices.Clone(w.Headers)
	if w.Retries != nil {
		retries := *w.Retries
		copied.Retries = &retries
	}
	return copied
}

// RotateKey gives a webhook a new signing key; the old one ends at once.
func (r *Registry) RotateKey(ctx context.Context, tenant webhook.TenantID, id webhook.ID) (webhook.Webhook, error) {
	key, err := webhook.NewSigningKey(r.random)
	if err != nil {
		return webhook.Webhook{}, fmt.Errorf("make signing key: %w", err)
	}
	return r.Update(ctx, tenant, id, func(w *webhook.Webhook) error {
		w.SigningKey, w.KeyCreatedAt = key, r.now()
		return nil
	})
}

// Delete removes a webhook. Its log entries stay; what waits for it is cancelled.
func (r *Registry) Delete(ctx context.Context, tenant webhook.TenantID, id webhook.ID) error {
	if _, err := r.store.DeleteWebhook(ctx, tenant, id); err != nil {
		return fmt.Errorf("delete webhook: %w", err)
	}
	return r.refreshAfterChange(ctx)
}
