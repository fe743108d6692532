package ingest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/schema"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func at(index int) *int { return &index }

func TestSchemaMismatch(t *testing.T) {
	t.Parallel()
	k := setup(t)
	_, err := k.Accept(t.Context(), input(`{"event":"order.paid","a":1}`))
	r := refused(t, err)
	want := []ingest.Issue{
		{Path: "/a", Code: "event.schema_mismatch", Message: "One."}, {Code: "event.schema_mismatch", Message: "Two."},
	}
	if r.Kind != ingest.KindInvalid || r.Code != "event.schema_mismatch" || !cmp.Equal(want, r.Issues) {
		t.Errorf("%+v", r)
	}
	_, err = k.AcceptBatch(t.Context(), input(`[{"event":"order.paid","ok":1},{"event":"order.paid","a":1},{"event":"nope"}]`))
	r = refused(t, err)
	want[0].Index, want[1].Index = at(1), at(1)
	want = append(want, ingest.Issue{Index: at(2), Code: "event.unknown_type"})
	if diff := cmp.Diff(want, r.Issues, cmpopts.IgnoreFields(ingest.Issue{}, "Message")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if events, err := k.store.Events(t.Context(), store.EventQuery{Tenant: webhook.DefaultTenant, Limit: 10}); err != nil || len(events) != 0 {
		t.Errorf("%d events stored, %v", len(events), err)
	}
	if _, err := k.Accept(t.Context(), input(`{"event":"order.paid","ok":1}`)); err != nil {
		t.Error(err)
	}
}

func TestOwnTypesAreOfOneTenant(t *testing.T) {
	t.Parallel()
	k := setup(t)
	theirs := input(`{"event":"order.paid","ok":1}`)
	theirs.Tenant = "other"
	_, err := k.Accept(t.Context(), theirs)
	if r := refused(t, err); r.Code != "event.unknown_type" || len(r.Issues) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	k := setup(t)
	tests := map[string][]schema.Problem{
		`{"event":"order.paid","ok":1}`:     nil,
		`{"event":"order.paid","a":1}`:      {{Path: "/a", Message: "One."}, {Message: "Two."}},
		`{"event":"User.Created"}`:          {{Path: "/event", Message: "The payload is of another event type, User.Created."}},
		`{"event":"nope"}`:                  {{Path: "/event", Message: "The event type is not known."}},
		`{"event":"order.paid","hookId":1}`: {{Path: "/hookId", Message: `The member "hookId" is added on delivery and cannot be sent.`}},
		`[]`:                                {{Message: "The payload must be a JSON object."}},
	}
	for payload, want := range tests {
		if diff := cmp.Diff(want, k.Validate(webhook.DefaultTenant, "order.paid", []byte(payload))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", payload, diff)
		}
	}
}

func TestCheckingABatchIsBounded(t *testing.T) {
	t.Parallel()
	k := setup(t)
	slow := clock.NewFake(now)
	checks := 0
	k.Ingest = ingest.New(ingest.Options{Store: k.store, Registry: k.registry, Clock: slow, Types: types{catalog.Load(), func() {
		checks++
		slow.Advance(time.Second)
	}}})
	event := `{"event":"order.paid","ok":1}`
	_, err := k.AcceptBatch(t.Context(), input("["+strings.Repeat(event+",", 99)+event+"]"))
	if r := refused(t, err); r.Kind != ingest.KindTooLarge || r.Code != "batch.too_much_work" || checks > 11 {
		t.Errorf("%d checks: %+v", checks, r)
	}
	if _, err := k.AcceptBatch(t.Context(), input("["+event+","+event+"]")); err != nil {
		t.Error(err)
	}
}
