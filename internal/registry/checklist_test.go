package registry

import (
	"errors"
	"testing"

	"github.com/tidingshq/tidings/internal/webhook"
)

func TestStepsOfTheChecklistStayDone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	want := webhook.Checklist{}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.Checklist(t.Context(), webhook.DefaultTenant); err != nil || got != want {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
	}
	check(nil)
	for step, done := range stepsOf(&want) {
		*done = true
		check(b.Done(t.Context(), webhook.DefaultTenant, step))
		check(b.Done(t.Context(), webhook.DefaultTenant, step))
	}
	want.Hidden = true
	_, err := b.HideChecklist(t.Context(), webhook.DefaultTenant, true)
	check(err)
	want.Hidden = false
	_, err = b.HideChecklist(t.Context(), webhook.DefaultTenant, false)
	check(err)
	if err := b.Done(t.Context(), "none", StepTested); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("a tenant that is not there: %v", err)
	}
}

// What is remembered of a step is no more than what is stored.
func TestStepsAreForgottenWithTheStore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.Done(t.Context(), webhook.DefaultTenant, StepTested); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.UpdateChecklist(t.Context(), webhook.DefaultTenant, func(l *webhook.Checklist) { l.Tested = false }); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Checklist(t.Context(), webhook.DefaultTenant); err != nil {
		t.Fatal(err)
	}
	if err := b.Done(t.Context(), webhook.DefaultTenant, StepTested); err != nil {
		t.Fatal(err)
	}
	if list, err := b.Checklist(t.Context(), webhook.DefaultTenant); err != nil || !list.Tested {
		t.Errorf("got %+v, %v", list, err)
	}
}
