package ingest

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// The routes that an idempotency key is known by.
const (
	routeEvents = "events"
	routeBatch  = "events/batch"
)

func (in *Input) idempotency(route string) *store.Idempotency {
	return &store.Idempotency{Route: route, Key: in.IdempotencyKey, Hash: sha256.Sum256(in.Body)}
}

// orFirstAnswer accepts a request, or repeats its first answer if it would be refused
// only now: event types, schemas and the disk may have changed since. The store is asked
// only then; what comes as far as Accept, it answers there.
func (i *Ingest) orFirstAnswer(ctx context.Context, in Input, route string, accept func(context.Context, Input) ([]store.Accepted, error)) ([]store.Accepted, error) {
	accepted, err := accept(ctx, in)
	var refusal *Refusal
	if err == nil || in.IdempotencyKey == "" || !errors.As(err, &refusal) || !refusal.byCircumstance() {
		return accepted, err
	}
	first, asked := i.Store.FirstAnswer(ctx, in.Tenant, *in.idempotency(route), i.Clock.Now())
	if errors.Is(asked, webhook.ErrNotFound) {
		return nil, err
	}
	return first, refusalOf(asked)
}
