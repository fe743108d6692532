package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	codeInvalidInput = "guard.invalid_input"
	codeInternal     = "internal"
	internalMessage  = "Internal server error."
)

// problem is the body of every answer that is not a success, in Logto's shape.
type problem struct {
	status     int
	retryAfter string

	Code    string `json:"code"`
	Data    any    `json:"data,omitempty"`
	Details string `json:"details,omitempty"`
	Message string `json:"message"`
}

func (p *problem) Error() string { return p.Message }

// GetStatus is for huma.
func (p *problem) GetStatus() int { return p.status }

// GetHeaders is for huma.
func (p *problem) GetHeaders() http.Header {
	if p.retryAfter == "" {
		return nil
	}
	return http.Header{"Retry-After": {p.retryAfter}}
}

// The answers that need nothing of the request.
var (
	errNoRoute         = &problem{status: http.StatusNotFound, Code: "request.not_found", Message: "There is nothing at this path."}
	errMethod          = &problem{status: http.StatusMethodNotAllowed, Code: "request.method_not_allowed", Message: "The path does not take this method; the Allow header lists those it takes."}
	errContentEncoding = &problem{status: http.StatusUnsupportedMediaType, Code: "request.content_encoding", Message: "Send the body without Content-Encoding."}
	errSlowBody        = &problem{status: http.StatusRequestTimeout, Code: "request.timeout", Message: "The body did not arrive in time."}
	errBrokenBody      = &problem{status: http.StatusBadRequest, Code: codeInvalidInput, Message: "The body ended too early."}
	errNoRoom          = &problem{status: http.StatusServiceUnavailable, Code: "server.busy", Message: "Too many requests are under way. Try again.", retryAfter: "1"}
	errPagination      = &problem{status: http.StatusBadRequest, Code: "guard.invalid_pagination", Message: "The request pagination value is invalid."}
	errNotReady        = &problem{status: http.StatusServiceUnavailable, Code: "server.not_ready", Message: "The server is not ready."}
)

func errMediaType(rule bodyRule) *problem {
	message := "Send the body as application/json in UTF-8."
	if rule.form {
		message = "Send the body as application/x-www-form-urlencoded in UTF-8."
	}
	if rule.lines {
		message = "Send the body as application/json or application/x-ndjson in UTF-8."
	}
	return &problem{status: http.StatusUnsupportedMediaType, Code: "request.media_type", Message: message}
}

func errTooLarge(rule bodyRule) *problem {
	return &problem{status: http.StatusRequestEntityTooLarge, Code: rule.code, Message: fmt.Sprintf("The body is longer than %d bytes.", rule.limit)}
}

func errInternal(id string) *problem {
	return &problem{status: http.StatusInternalServerError, Code: codeInternal, Message: internalMessage, Data: requestRef{id}}
}

// requestRef names the request, so that it can be found in the log.
type requestRef struct {
	RequestID string `json:"requestId"`
}

// sentinels is the one place that gives errors of ours a status and a code.
var sentinels = []struct {
	err     error
	problem *problem
}{
	{webhook.ErrNotFound, &problem{status: http.StatusNotFound, Code: "entity.not_found", Message: "The resource does not exist."}},
	{webhook.ErrWebhookDisabled, &problem{status: http.StatusConflict, Code: "webhook.disabled", Message: "The webhook is disabled. Enable it first."}},
	{webhook.ErrWebhookDeleted, &problem{status: http.StatusConflict, Code: "webhook.deleted", Message: "The webhook has been deleted."}},
	{webhook.ErrPayloadGone, &problem{status: http.StatusGone, Code: "event.payload_gone", Message: "The payload has been removed by retention."}},
	{webhook.ErrEventTypeExists, &problem{status: http.StatusConflict, Code: "event_type.exists", Message: "There is an event type of this name; names that differ only in case are the same here."}},
	{webhook.ErrInProgress, &problem{status: http.StatusConflict, Code: "delivery.in_progress", Message: "An attempt of the delivery is under way or due. Ask again when it has ended.", retryAfter: "1"}},
	{webhook.ErrEnded, &problem{status: http.StatusConflict, Code: "delivery.ended", Message: "The delivery has ended."}},
	{webhook.ErrTenantExists, &problem{status: http.StatusConflict, Code: "tenant.exists", Message: "The identifier is taken, perhaps by a tenant that is still being deleted."}},
	{webhook.ErrDefaultTenant, &problem{status: http.StatusConflict, Code: "tenant.default", Message: "The default tenant cannot be deleted."}},
	{webhook.ErrSetupDone, &problem{status: http.StatusConflict, Code: "setup.done", Message: "The first user has been made already. Sign in."}},
	{webhook.ErrLinkUsed, &problem{status: http.StatusGone, Code: "session.link_used", Message: "The link was used already: it is good once."}},
	{webhook.ErrLinkExpired, &problem{status: http.StatusGone, Code: "session.link_expired", Message: "The link has expired."}},
	{account.ErrCredentials, &problem{status: http.StatusUnauthorized, Code: "session.invalid_credentials", Message: "The e-mail address or the password is wrong."}},
	{account.ErrBusy, errNoRoom},
	{webhook.ErrTooManyRedeliveries, &problem{status: http.StatusConflict, Code: "delivery.too_many_redeliveries", Message: fmt.Sprintf("A delivery can be redelivered %d times.", webhook.MaxRedeliveries)}},
	{webhook.ErrKeyReused, &problem{status: http.StatusConflict, Code: "idempotency.key_reused", Message: "The idempotency key was used with another body."}},
	{webhook.ErrUnavailable, &problem{status: http.StatusServiceUnavailable, Code: "storage.unavailable", Message: "The database does not answer. Try again.", retryAfter: "1"}},
	{webhook.ErrBusy, &problem{status: http.StatusServiceUnavailable, Code: "storage.busy", Message: "Too much is waiting to be written. Try again.", retryAfter: "1"}},
	{context.Canceled, &problem{status: http.StatusServiceUnavailable, Code: "request.cancelled", Message: "The request was given up."}},
	{context.DeadlineExceeded, &problem{status: http.StatusServiceUnavailable, Code: "server.busy", Message: "The request took too long. Try again.", retryAfter: "1"}},
}

// problemOf turns an error into an answer. What nobody foresaw, and a failure behind
// a refusal, is logged here, once, and answered without its text.
func (a *api) problemOf(c *call, err error) *problem {
	var known *problem
	if errors.As(err, &known) {
		return known
	}
	var refusal *ingest.Refusal
	if errors.As(err, &refusal) {
		if cause := refusal.Unwrap(); cause != nil {
			a.Log.Error("request.failed", "request", c.id, "route", c.request.Pattern, "error", cause)
		}
		return problemOfRefusal(refusal)
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return s.problem
		}
	}
	a.Log.Error("request.failed", "request", c.id, "route", c.request.Pattern, "error", err)
	return errInternal(c.id)
}

var refusalStatus = map[ingest.Kind]int{
	ingest.KindInvalid:  http.StatusBadRequest,
	ingest.KindTooLarge: http.StatusRequestEntityTooLarge,
	ingest.KindConflict: http.StatusConflict,
	ingest.KindBusy:     http.StatusServiceUnavailable,
	ingest.KindFull:     http.StatusInsufficientStorage,
}

func problemOfRefusal(r *ingest.Refusal) *problem {
	p := &problem{status: refusalStatus[r.Kind], Code: r.Code, Message: r.Message}
	switch r.Kind {
	case ingest.KindBusy:
		p.retryAfter = "1"
	case ingest.KindFull:
		// Space comes back by retention, not within seconds.
		p.retryAfter = "60"
	}
	if len(r.Issues) > 0 {
		found := make([]eventIssue, len(r.Issues))
		for i, one := range r.Issues {
			found[i] = eventIssue{Index: one.Index, Code: one.Code, Message: one.Message}
			if r.Issues[i].Path != "" || one.Index == nil {
				found[i].Path = &r.Issues[i].Path
			}
		}
		p.Data = struct {
			Issues []eventIssue `json:"issues"`
		}{found}
	}
	return p
}

// eventIssue is a mistake in one event, of a batch or alone.
type eventIssue struct {
	Index   *int    `json:"index,omitempty"`
	Path    *string `json:"path,omitempty"`
	Code    string  `json:"code"`
	Message string  `json:"message"`
}

// writeProblem answers with a problem outside huma.
func writeProblem(w http.ResponseWriter, p *problem) {
	h := w.Header()
	h.Set("Content-Type", jsonType)
	if p.retryAfter != "" {
		h.Set("Retry-After", p.retryAfter)
	}
	w.WriteHeader(p.status)
	_ = writeJSON(w, p) // nobody is left to tell
}
