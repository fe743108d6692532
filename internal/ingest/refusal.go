package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/tidingshq/tidings/internal/webhook"
)

// Kind is the sort of a refusal.
type Kind int

// The kinds of refusals, each with the HTTP status that it stands for.
const (
	KindInvalid  Kind = iota // 400
	KindTooLarge             // 413
	KindConflict             // 409
	KindBusy                 // 503, to be tried again
	KindFull                 // 507
)

// Refusal says why events were not accepted. Nothing was stored.
type Refusal struct {
	Kind          Kind
	Code, Message string
	// Issues are the mistakes in a batch, at most the first 100.
	Issues []Issue
	// cause is what the store said, for the log.
	cause error
}

// Issue is a mistake in one event of a batch.
type Issue struct {
	Index         int
	Code, Message string
}

const maxIssues = 100

func (r *Refusal) Error() string { return r.Message }

// Unwrap returns the failure behind the refusal, which is for the operator; nil if
// there is none.
func (r *Refusal) Unwrap() error { return r.cause }

func tooLarge(code, format string, args ...any) *Refusal {
	return &Refusal{Kind: KindTooLarge, Code: code, Message: fmt.Sprintf(format, args...)}
}

func invalid(code, format string, args ...any) *Refusal {
	return &Refusal{Kind: KindInvalid, Code: code, Message: fmt.Sprintf(format, args...)}
}

// refusalOf turns what the store refuses into a Refusal. A failure of the store is
// one too: nothing was stored, and the producer should come back.
func refusalOf(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, webhook.ErrKeyReused):
		return &Refusal{Kind: KindConflict, Code: "idempotency.key_reused", Message: "The idempotency key was used for another body within the past 24 hours."}
	case errors.Is(err, webhook.ErrBusy):
		return &Refusal{Kind: KindBusy, Code: "storage.busy", Message: "More events arrive than can be written. Try again."}
	case errors.Is(err, webhook.ErrNotFound):
		return &Refusal{Kind: KindConflict, Code: "tenant.gone", Message: "The tenant does not exist any more."}
	}
	return &Refusal{Kind: KindBusy, Code: "storage.unavailable", Message: "The event could not be stored. Try again.", cause: err}
}
