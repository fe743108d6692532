package ingest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/schema"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// changedTypes are types after a change: "order.paid" is gone, or nothing fits it.
type changedTypes struct {
	types
	gone bool
}

func (c changedTypes) Known(tenant webhook.TenantID, name webhook.EventType) bool {
	return c.types.Known(tenant, name) && !(c.gone && name == "order.paid")
}

func (c changedTypes) CheckPayload(tenant webhook.TenantID, name webhook.EventType, _ []byte) []schema.Problem {
	return c.types.CheckPayload(tenant, name, nil)
}

// What would be refused only by what has changed since is answered as at first; without
// the key, or with another body under it, it is not.
func TestFirstAnswerAgainWhateverHasChangedSince(t *testing.T) {
	t.Parallel()
	const event = `{"event":"order.paid","ok":1}`
	for name, c := range map[string]struct {
		change func(k *kit)
		code   string
		inList bool
	}{
		"TypeDeleted":     {func(k *kit) { k.Types = changedTypes{k.Types.(types), true} }, "event.unknown_type", true},
		"SchemaTightened": {func(k *kit) { k.Types = changedTypes{k.Types.(types), false} }, "event.schema_mismatch", true},
		"DiskFull":        {func(k *kit) { k.Full = func() bool { return true } }, "storage.full", false},
		"MoreWebhooks":    {func(k *kit) { k.registry.webhooks = make([]int64, ingest.MaxFanout+1) }, "event.fanout_too_large", false},
	} {
		for route, r := range map[string]struct {
			body string
			post func(k *kit, in ingest.Input) ([]store.Accepted, error)
		}{
			"Event": {event, func(k *kit, in ingest.Input) ([]store.Accepted, error) {
				accepted, err := k.Accept(t.Context(), in)
				return []store.Accepted{accepted}, err
			}},
			"Batch": {"[" + event + "," + event + "]", func(k *kit, in ingest.Input) ([]store.Accepted, error) { return k.AcceptBatch(t.Context(), in) }},
		} {
			t.Run(name+route, func(t *testing.T) {
				t.Parallel()
				k := setup(t)
				in := input(r.body)
				in.IdempotencyKey = "once"
				want, err := r.post(k, in)
				if err != nil {
					t.Fatal(err)
				}
				for n := range want {
					want[n].Repeated = true
				}
				c.change(k)
				again, err := r.post(k, in)
				if diff := cmp.Diff(want, again); err != nil || diff != "" {
					t.Errorf("again: %v, answers differ (-want +got):\n%s", err, diff)
				}
				code := c.code
				if c.inList && route == "Batch" {
					code = "batch.invalid"
				}
				in.Body = []byte(r.body + " ")
				_, err = r.post(k, in)
				if got := refused(t, err); got.Code != "idempotency.key_reused" {
					t.Errorf("another body is refused by %s", got.Code)
				}
				in.IdempotencyKey = "another"
				_, err = r.post(k, in)
				if got := refused(t, err); got.Code != code {
					t.Errorf("another key is refused by %s, want %s", got.Code, code)
				}
			})
		}
	}
}

// A batch that took too long to be checked may have been accepted when its schemas were simpler.
func TestFirstAnswerAgainWhenCheckingTakesTooLong(t *testing.T) {
	t.Parallel()
	k := setup(t)
	in := input(`[{"event":"order.paid","ok":1},{"event":"order.paid","ok":2}]`)
	in.IdempotencyKey = "once"
	first, err := k.AcceptBatch(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	slow := k.Types.(types)
	slow.checked = func() { k.Clock.(*clock.Fake).Advance(11 * time.Second) }
	k.Types = slow
	again, err := k.AcceptBatch(t.Context(), in)
	if err != nil || again[0].ID != first[0].ID {
		t.Errorf("again = %+v, %v; want %+v", again, err, first)
	}
}

// What could never have been accepted asks nothing of the store, nor does a store that
// cannot say pass for one that knows of no answer.
func TestFirstAnswerIsAskedForOnlyWhereThereMayBeOne(t *testing.T) {
	t.Parallel()
	k := setup(t)
	asked := &countingStore{wrapped: k.store}
	k.Store = asked
	for _, body := range []string{`{`, `{"event":3}`, `{"event":"User.Created","hookId":""}`} {
		in := input(body)
		in.IdempotencyKey = "once"
		if _, err := k.Accept(t.Context(), in); err == nil {
			t.Errorf("%s was accepted", body)
		}
		for _, body := range []string{"[" + body + "]", `[{"event":"nope"},` + body + "]"} {
			in.Body = []byte(body)
			if _, err := k.AcceptBatch(t.Context(), in); err == nil {
				t.Errorf("%s was accepted", body)
			}
		}
	}
	in := input(`{"event":"User.Created"}`)
	in.IdempotencyKey = "once"
	if _, err := k.Accept(t.Context(), in); err != nil {
		t.Error(err)
	}
	if asked.first != 0 {
		t.Errorf("the store was asked %d times", asked.first)
	}
	asked.fault = errors.New("no connection")
	in = input(`{"event":"nope"}`)
	in.IdempotencyKey = "once"
	_, err := k.Accept(t.Context(), in)
	if r := refused(t, err); r.Kind != ingest.KindBusy || !errors.Is(err, asked.fault) {
		t.Errorf("refusal = %+v, want one to be tried again", r)
	}
}

// wrapped leaves the name of its method Events to that.
type wrapped = store.Events

// countingStore counts the questions for first answers.
type countingStore struct {
	wrapped
	first int
	fault error
}

func (s *countingStore) FirstAnswer(ctx context.Context, tenant webhook.TenantID, key store.Idempotency, at time.Time) ([]store.Accepted, error) {
	if s.first++; s.fault != nil {
		return nil, s.fault
	}
	return s.wrapped.FirstAnswer(ctx, tenant, key, at)
}
