package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const logKeyPrefix = "TriggerHook."

type listHookLogsInput struct {
	HookPath
	NumberedPages
	LogKey    string  `query:"logKey"`
	StartTime integer `query:"start_time"`
	EndTime   integer `query:"end_time"`
	EnableCap string  `query:"enableCap"`
}

type listHookLogsOutput struct {
	Total  string   `header:"Total-Number"`
	Capped string   `header:"Total-Number-Is-Capped"`
	Link   []string `header:"Link"`
	Body   []logView
}

func (a *api) listHookLogs(ctx context.Context, c *call, in *listHookLogsInput) (*listHookLogsOutput, error) {
	p, _, err := in.page()
	if err != nil {
		return nil, err
	}
	q, err := a.recentQuery(c, in)
	if err != nil {
		return nil, err
	}
	q.Offset, q.Limit = p.offset(), p.size
	var found store.RecentPage
	if isID(in.ID) && selectsLogs(in.LogKey) {
		if found, err = a.Store.Recent(ctx, q); err != nil {
			return nil, fmt.Errorf("read recent log entries: %w", err)
		}
	}
	h := a.headersOf(c, p, found.Total, found.Capped)
	out := &listHookLogsOutput{Total: h.Total, Capped: h.Capped, Link: h.Link, Body: make([]logView, len(found.Entries))}
	for i := range found.Entries {
		out.Body[i] = viewLog(&found.Entries[i])
	}
	return out, nil
}

// selectsLogs says whether log entries of webhooks can have the key.
func selectsLogs(key string) bool { return key == "" || strings.HasPrefix(key, logKeyPrefix) }

// recentQuery reads what to select. Without either bound that is the past 24 hours;
// an empty bound counts as 0.
func (a *api) recentQuery(c *call, in *listHookLogsInput) (store.RecentQuery, error) {
	q := store.RecentQuery{
		Tenant: c.tenant(), Webhook: webhook.ID(in.ID), Type: webhook.EventType(strings.TrimPrefix(in.LogKey, logKeyPrefix)),
	}
	if isYes(in.EnableCap) {
		q.CountCap = countCap
	}
	given := c.request.URL.Query()
	if !given.Has("start_time") && !given.Has("end_time") {
		q.From = a.Clock.Now().Add(-webhook.HealthWindow)
		return q, nil
	}
	var err error
	if q.From, err = logTime("start_time", in.StartTime, given.Has("start_time")); err != nil {
		return q, err
	}
	if q.To, err = logTime("end_time", in.EndTime, given.Has("end_time")); err != nil {
		return q, err
	}
	if !q.To.IsZero() && q.From.After(q.To) {
		return q, &problem{status: http.StatusBadRequest, Code: "log.invalid_time_window", Message: "`end_time` must be after `start_time`."}
	}
	return q, nil
}

func logTime(name string, given integer, sent bool) (time.Time, error) {
	if !sent {
		return time.Time{}, nil
	}
	if given == "" {
		given = "0"
	}
	millis, ok := given.value(0, maxMillis)
	if !ok {
		return time.Time{}, &problem{status: http.StatusBadRequest, Code: codeInvalidInput, Message: "The request " + name + " is invalid."}
	}
	return time.UnixMilli(millis).UTC(), nil
}

// logView is a delivery as an entry of Logto's log.
type logView struct {
	ID        string     `json:"id"`
	Key       string     `json:"key"`
	Payload   logPayload `json:"payload"`
	CreatedAt int64      `json:"createdAt"`
}

// logPayload is Logto's payload, and behind it what only Tidings has.
type logPayload struct {
	Key         string       `json:"key"`
	Result      string       `json:"result"`
	Error       string       `json:"error,omitempty"`
	HookID      string       `json:"hookId"`
	Response    *logResponse `json:"response,omitempty"`
	HookRequest logRequest   `json:"hookRequest"`

	DeliveryID string         `json:"deliveryId"`
	State      webhook.State  `json:"state"`
	Attempts   int            `json:"attempts"`
	DurationMs int64          `json:"durationMs"`
	Reason     webhook.Reason `json:"reason,omitempty"`
}

type logResponse struct {
	Body       json.RawMessage `json:"body"`
	StatusCode int             `json:"statusCode"`
}

type logRequest struct {
	Body json.RawMessage `json:"body,omitempty"`
}

func viewLog(e *store.RecentEntry) logView {
	d := &e.Delivery
	key := logKeyPrefix + string(d.EventType)
	v := logView{ID: string(d.ID), Key: key, Payload: logPayload{
		Key: key, Result: "Error", HookID: string(d.Webhook.ID), DeliveryID: string(d.ID), State: d.State,
	}}
	if d.LoggedAt != nil {
		v.CreatedAt = d.LoggedAt.UnixMilli()
	}
	if d.State == webhook.StateSucceeded {
		v.Payload.Result = "Success"
	}
	if e.Payload.Posted != nil {
		v.Payload.HookRequest.Body = e.Payload.Body(d.Webhook.ID)
	}
	if last := d.LastAttempt(); last != nil {
		v.Payload.fill(last)
		if d.State != webhook.StateSucceeded {
			v.Payload.Error = errorText(last)
		}
	}
	return v
}

func (p *logPayload) fill(last *webhook.Attempt) {
	p.Attempts, p.DurationMs, p.Reason = last.Number, last.Duration.Milliseconds(), last.Reason
	if last.Status != 0 {
		p.Response = &logResponse{Body: logBody(&last.Response), StatusCode: last.Status}
	}
}

// logBody shows the body of an answer: the JSON in it unless that is null, else the
// text without NUL.
func logBody(r *webhook.ResponseRecord) json.RawMessage {
	text := strings.ReplaceAll(strings.ToValidUTF8(string(r.Body), "\uFFFD"), "\x00", "")
	if trimmed := strings.TrimSpace(text); !r.Truncated && trimmed != "null" && json.Valid([]byte(trimmed)) {
		return json.RawMessage(trimmed)
	}
	var quoted strings.Builder
	if err := writeJSON(&quoted, text); err != nil {
		return json.RawMessage(`""`)
	}
	return json.RawMessage(quoted.String())
}

// errorText is why the last attempt failed, in the form of Logto's log.
func errorText(last *webhook.Attempt) string {
	switch {
	case last.Status != 0:
		return strings.TrimSpace(fmt.Sprintf("HTTPError: Request failed with status code %d %s", last.Status, http.StatusText(last.Status)))
	case last.Reason == webhook.ReasonTimeout:
		return "TimeoutError: Request timed out. " + last.Detail
	default:
		return "TypeError: fetch failed. " + last.Detail
	}
}
