package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tidingshq/tidings/internal/schema"
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
	// Issues are the mistakes in a batch, or in the one event where there is more to
	// say of it, at most the first 100.
	Issues []Issue
	// cause is what the store said, for the log.
	cause error
}

// Issue is a mistake in one event.
type Issue struct {
	// Index is the event's place in the batch; nil if it came alone.
	Index *int
	// Path is a JSON pointer to the place in the payload; may be empty.
	Path          string
	Code, Message string
}

// mistake is what is wrong with one event.
type mistake struct {
	// path is a JSON pointer to the member that is meant, if it is one.
	path, code, message string
	// places are where a payload does not fit its schema.
	places []schema.Problem
}

// codeBatchInvalid is of a batch that is none, or that has events which are invalid.
const codeBatchInvalid = "batch.invalid"

// The codes of what depends on more than the request: the same one may have been
// accepted before.
const (
	codeUnknownType    = "event.unknown_type"
	codeSchemaMismatch = "event.schema_mismatch"
	codeTooMuchWork    = "batch.too_much_work"
	codeFanout         = "event.fanout_too_large"
	codeFull           = "storage.full"
)

// byCircumstance says whether the same request may have been accepted before.
func (r *Refusal) byCircumstance() bool {
	if r.Code != codeBatchInvalid {
		return circumstantial(r.Code)
	}
	return len(r.Issues) > 0 && !slices.ContainsFunc(r.Issues, func(i Issue) bool { return !circumstantial(i.Code) })
}

func circumstantial(code string) bool {
	switch code {
	case codeUnknownType, codeSchemaMismatch, codeTooMuchWork, codeFanout, codeFull:
		return true
	}
	return false
}

// issues lists the mistake for the answer. One in an event that came alone needs no
// list if it has no places.
func (m *mistake) issues(index *int) []Issue {
	if len(m.places) == 0 {
		if index == nil {
			return nil
		}
		return []Issue{{Index: index, Code: m.code, Message: m.message}}
	}
	found := make([]Issue, len(m.places))
	for n, place := range m.places {
		found[n] = Issue{Index: index, Path: place.Path, Code: m.code, Message: place.Message}
	}
	return found
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
	case errors.Is(err, webhook.ErrUnavailable):
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
