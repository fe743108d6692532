package httpapi

import (
	"slices"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// DeliveryRow is a delivery as lists show it; exported like HookPath.
type DeliveryRow struct {
	ID            webhook.DeliveryID   `json:"id"`
	EventID       webhook.EventID      `json:"eventId"`
	EventType     webhook.EventType    `json:"eventType"`
	Webhook       webhookRef           `json:"webhook"`
	State         webhook.State        `json:"state"`
	CancelReason  webhook.CancelReason `json:"cancelReason,omitempty"`
	NextAttemptAt *instant             `json:"nextAttemptAt,omitempty"`
	AcceptedAt    instant              `json:"acceptedAt"`
	LastAttemptAt *instant             `json:"lastAttemptAt,omitempty"`
	Attempts      []AttemptRow         `json:"attempts"`
}

type webhookRef struct {
	ID      webhook.ID `json:"id"`
	Name    string     `json:"name"`
	Deleted bool       `json:"deleted"`
}

// AttemptRow is an attempt as lists show it; exported like HookPath.
type AttemptRow struct {
	Number     int             `json:"number"`
	Outcome    webhook.Outcome `json:"outcome"`
	Status     int             `json:"status,omitempty"`
	Reason     webhook.Reason  `json:"reason,omitempty"`
	Trigger    webhook.Trigger `json:"trigger"`
	StartedAt  instant         `json:"startedAt"`
	DurationMs float64         `json:"durationMs"`
}

func viewDelivery(d *webhook.Delivery) DeliveryRow {
	row := DeliveryRow{
		ID: d.ID, EventID: d.EventID, EventType: d.EventType,
		Webhook: webhookRef{ID: d.Webhook.ID, Name: d.Webhook.Name, Deleted: d.Webhook.Deleted},
		State:   d.State, CancelReason: d.CancelReason, NextAttemptAt: instantOf(d.NextAttemptAt),
		AcceptedAt: instant(d.AcceptedAt), Attempts: make([]AttemptRow, len(d.Attempts)),
	}
	if last := d.LastAttempt(); last != nil {
		row.LastAttemptAt = instantOf(&last.StartedAt)
	}
	for i := range d.Attempts {
		row.Attempts[i] = viewAttempt(&d.Attempts[i])
	}
	return row
}

func viewAttempt(a *webhook.Attempt) AttemptRow {
	return AttemptRow{
		Number: a.Number, Outcome: a.Outcome, Status: a.Status, Reason: a.Reason, Trigger: a.Trigger,
		StartedAt: instant(a.StartedAt), DurationMs: millis(a.Duration),
	}
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// deliveryView is one delivery with everything recorded of it. Its attempts take
// the place of those of the row.
type deliveryView struct {
	DeliveryRow
	Event    eventRef      `json:"event"`
	Attempts []attemptView `json:"attempts"`
}

type eventRef struct {
	ID             webhook.EventID `json:"id"`
	Source         string          `json:"source,omitempty"`
	SourceName     string          `json:"sourceName,omitempty" doc:"The name of the API key, as long as there is one."`
	IdempotencyKey string          `json:"idempotencyKey,omitempty"`
}

type attemptView struct {
	AttemptRow
	By          string        `json:"by,omitempty" doc:"Who asked for it: the identifier of an API key, or an e-mail address."`
	ByName      string        `json:"byName,omitempty" doc:"The name of the API key, as long as there is one."`
	Phase       webhook.Phase `json:"phase,omitempty"`
	Cause       webhook.Cause `json:"cause,omitempty" doc:"Which way of not connecting it was, where that is known."`
	Detail      string        `json:"detail,omitempty"`
	Request     requestView   `json:"request"`
	Response    *responseView `json:"response,omitempty"`
	Phases      phasesView    `json:"phases"`
	Address     string        `json:"address,omitempty"`
	TLSVersion  string        `json:"tlsVersion,omitempty"`
	HTTPVersion string        `json:"httpVersion,omitempty"`
	Reused      bool          `json:"reused"`
}

type requestView struct {
	Method  string       `json:"method"`
	URL     string       `json:"url"`
	Headers [][2]*string `json:"headers"`
	Size    int          `json:"size"`
}

type responseView struct {
	Status    int          `json:"status"`
	Headers   [][2]*string `json:"headers"`
	Size      int64        `json:"size"`
	Truncated bool         `json:"truncated"`
}

// phasesView is how long each phase took, in milliseconds; null is a phase that
// did not happen.
type phasesView struct {
	DNS     *float64 `json:"dns"`
	Connect *float64 `json:"connect"`
	TLS     *float64 `json:"tls"`
	Wait    *float64 `json:"wait"`
	Read    *float64 `json:"read"`
}

func (a *api) viewWhole(tenant webhook.TenantID, d *webhook.Delivery, e *webhook.Event) deliveryView {
	v := deliveryView{
		DeliveryRow: viewDelivery(d), Attempts: make([]attemptView, len(d.Attempts)),
		Event: eventRef{ID: d.EventID, Source: e.Source, SourceName: a.Registry.KeyName(tenant, e.Source), IdempotencyKey: e.IdempotencyKey},
	}
	for i := range d.Attempts {
		v.Attempts[i] = viewWholeAttempt(&d.Attempts[i])
		v.Attempts[i].ByName = a.Registry.KeyName(tenant, d.Attempts[i].By)
	}
	return v
}

func viewWholeAttempt(a *webhook.Attempt) attemptView {
	v := attemptView{
		AttemptRow: viewAttempt(a), By: a.By, Phase: a.Phase, Cause: a.Cause(), Detail: a.Detail,
		Request: requestView{
			Method: a.Request.Method, URL: a.Request.URL.Reveal(),
			Headers: viewRecords(a.Request.Headers), Size: a.Request.BodySize,
		},
		Phases: phasesView{
			DNS: phase(a.Timing.DNS), Connect: phase(a.Timing.Connect), TLS: phase(a.Timing.TLS),
			Wait: phase(a.Timing.Wait), Read: phase(a.Timing.Read),
		},
		Address: a.Address, TLSVersion: a.TLSVersion, HTTPVersion: a.HTTPVersion, Reused: a.Reused,
	}
	if a.Status != 0 {
		v.Response = &responseView{
			Status: a.Status, Headers: viewRecords(a.Response.Headers), Size: a.Response.BodySize, Truncated: a.Response.Truncated,
		}
	}
	return v
}

func phase(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	ms := millis(d)
	return &ms
}

// viewRecords lists headers as pairs of name and value; the value of a masked one
// is null. Bytes that are no text are replaced.
func viewRecords(records []webhook.HeaderRecord) [][2]*string {
	pairs := make([][2]*string, len(records))
	for i, r := range records {
		name := strings.ToValidUTF8(r.Name, "\uFFFD")
		pairs[i][0] = &name
		if !r.Masked {
			value := strings.ToValidUTF8(r.Value, "\uFFFD")
			pairs[i][1] = &value
		}
	}
	return pairs
}

// ownHeaders are those of a request that no person has given a value.
var ownHeaders = []string{
	"host", "content-length", webhook.HeaderLogtoSignature, webhook.HeaderWebhookID, webhook.HeaderTimestamp, webhook.HeaderSignature,
	webhook.HeaderTest,
}

// maskCustom takes the values of custom headers out, for callers who may not see
// them on the webhook either.
func (v *deliveryView) maskCustom() {
	for i := range v.Attempts {
		headers := v.Attempts[i].Request.Headers
		for j := range headers {
			if !slices.Contains(ownHeaders, strings.ToLower(*headers[j][0])) {
				headers[j][1] = nil
			}
		}
	}
}
