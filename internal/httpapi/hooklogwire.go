package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// LogView is a delivery as an entry of Logto's log; exported like HookPath.
type LogView struct {
	ID        string     `json:"id"`
	Key       string     `json:"key"`
	Payload   logPayload `json:"payload"`
	CreatedAt int64      `json:"createdAt"`
}

// tenantLogView is an entry that is asked for by itself.
type tenantLogView struct {
	TenantID string `json:"tenantId"`
	LogView
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
	Durations  []float64      `json:"durations" doc:"Milliseconds that each attempt took, in order"`
	Reason     webhook.Reason `json:"reason,omitempty"`
}

type logResponse struct {
	Body       json.RawMessage `json:"body"`
	StatusCode int             `json:"statusCode"`
}

type logRequest struct {
	Body *sentBody `json:"body,omitempty"`
}

// sentBody is the body that a webhook was sent. It is composed when it is written:
// a page of them is large.
type sentBody struct {
	payload webhook.Payload
	webhook webhook.ID
}

// Schema describes a JSON value.
func (sentBody) Schema(r huma.Registry) *huma.Schema { return anyJSON{}.Schema(r) }

// MarshalJSON writes the body.
func (b sentBody) MarshalJSON() ([]byte, error) { return maskJSON(b.payload.Body(b.webhook)), nil }

func viewLog(e *store.RecentEntry) LogView {
	d := &e.Delivery
	key := logKeyPrefix + string(d.EventType)
	v := LogView{ID: string(d.ID), Key: key, Payload: logPayload{
		Key: key, Result: "Error", HookID: string(d.Webhook.ID), DeliveryID: string(d.ID), State: d.State, Durations: []float64{},
	}}
	if d.LoggedAt != nil {
		v.CreatedAt = d.LoggedAt.UnixMilli()
	}
	if e.Payload.Posted != nil {
		v.Payload.HookRequest.Body = &sentBody{e.Payload, d.Webhook.ID}
	}
	for i := range d.Attempts {
		v.Payload.Durations = append(v.Payload.Durations, millis(d.Attempts[i].Duration))
	}
	if last := d.LastAttempt(); last != nil {
		v.Payload.Attempts = last.Number
	}
	if told := deciding(d); told != nil {
		v.Payload.tell(told)
	}
	return v
}

// deciding is the attempt that the entry tells of: that which succeeded, else the
// last. A redelivery may have failed since, or the delivery been cancelled meanwhile.
func deciding(d *webhook.Delivery) *webhook.Attempt {
	for i := len(d.Attempts) - 1; i >= 0; i-- {
		if d.Attempts[i].Outcome == webhook.OutcomeSucceeded {
			return &d.Attempts[i]
		}
	}
	return d.LastAttempt()
}

func (p *logPayload) tell(attempt *webhook.Attempt) {
	p.Reason = attempt.Reason
	if attempt.Status != 0 {
		p.Response = &logResponse{Body: logBody(&attempt.Response), StatusCode: attempt.Status}
	}
	if attempt.Outcome == webhook.OutcomeSucceeded {
		p.Result = "Success"
	} else {
		p.Error = errorText(attempt)
	}
}

// logBody shows the body of an answer: the JSON in it unless that is null, else the
// text without NUL.
func logBody(r *webhook.ResponseRecord) json.RawMessage {
	text := strings.TrimPrefix(strings.ToValidUTF8(string(r.Body), "\uFFFD"), "\uFEFF")
	if trimmed := strings.TrimSpace(text); !r.Truncated && trimmed != "null" && json.Valid([]byte(trimmed)) {
		return maskJSON([]byte(trimmed))
	}
	var quoted strings.Builder
	if err := writeJSON(&quoted, strings.ReplaceAll(text, "\x00", "")); err != nil {
		return json.RawMessage(`""`)
	}
	return json.RawMessage(quoted.String())
}

// errorText is why an attempt failed, in the form of Logto's log. Sentences of ours
// are from a fixed list: nothing that was sent or received gets into them.
func errorText(attempt *webhook.Attempt) string {
	switch {
	case attempt.Status != 0 && attempt.Status/100 != 2:
		return strings.TrimSpace(fmt.Sprintf("HTTPError: Request failed with status code %d %s", attempt.Status, http.StatusText(attempt.Status)))
	case attempt.Reason == webhook.ReasonTimeout:
		return strings.TrimSpace("TimeoutError: Request timed out. " + attempt.Detail)
	default:
		return strings.TrimSpace("TypeError: fetch failed. " + attempt.Detail)
	}
}
