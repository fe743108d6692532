package httpapi

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tidingshq/tidings/internal/live"
	"github.com/tidingshq/tidings/internal/webhook"
)

// EncodeLive makes the data of a stream's message. JSON has no line breaks of its own,
// as the data of a message must not.
func EncodeLive(data any) ([]byte, error) {
	var out bytes.Buffer
	if err := writeJSON(&out, viewLive(data)); err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	return out.Bytes(), nil
}

func viewLive(data any) any {
	switch d := data.(type) {
	case *webhook.Delivery:
		return streamDeliveryView{viewDelivery(d)}
	case live.Event:
		return streamEventView{d.ID, d.Type, d.Source, instant(d.AcceptedAt), d.Deliveries}
	case live.WebhookChange:
		return streamWebhookView{d.ID, d.Version, string(d.Change)}
	case live.Received:
		return streamMessageView{d.Inbox, d.Number, instant(d.ReceivedAt), webhook.EventType(shorten(string(d.EventType))), d.Result}
	case live.Stats:
		count := func(n int) countView { return countView{N: n, Capped: n >= live.CountCap} }
		return streamStatsView{ratesView(d.Health), progressView{count(d.Pending), count(d.Retrying), count(d.Held)}}
	case live.Burst:
		return streamBurstView{d.Created, d.Updated, d.Accepted, instant(d.Since)}
	case live.Resync:
		return streamResyncView{string(d.Reason)}
	case live.Bye:
		return streamByeView{string(d.Reason)}
	default:
		panic(fmt.Sprintf("message of type %T", data))
	}
}

// The data of the messages, by their kinds.
type (
	// streamDeliveryView is that of delivery.created and delivery.updated.
	streamDeliveryView struct {
		Delivery DeliveryRow `json:"delivery"`
	}
	// streamEventView is that of event.accepted. Matched is how many webhooks get it.
	streamEventView struct {
		ID         webhook.EventID   `json:"id"`
		EventType  webhook.EventType `json:"eventType"`
		Source     string            `json:"source,omitempty"`
		AcceptedAt instant           `json:"acceptedAt"`
		Matched    int               `json:"matched"`
	}
	// streamWebhookView is that of webhook.updated.
	streamWebhookView struct {
		ID      webhook.ID `json:"id"`
		Version int64      `json:"version"`
		Change  string     `json:"change" enum:"created,changed,deleted"`
	}
	// streamMessageView is that of receiver.message.
	streamMessageView struct {
		Inbox      string            `json:"inbox"`
		Number     int64             `json:"number"`
		ReceivedAt instant           `json:"receivedAt"`
		EventType  webhook.EventType `json:"eventType,omitempty"`
		Result     string            `json:"result" enum:"valid,invalid,unchecked"`
	}
	// streamStatsView is that of stats: the past 24 hours, and what has not ended.
	streamStatsView struct {
		Health     ratesView    `json:"health"`
		InProgress progressView `json:"inProgress"`
	}
	// streamBurstView is that of burst.
	streamBurstView struct {
		Created  int     `json:"created" doc:"Deliveries that are new."`
		Updated  int     `json:"updated" doc:"Changes of deliveries."`
		Accepted int     `json:"accepted" doc:"Events."`
		Since    instant `json:"since"`
	}
	// streamResyncView is that of resync.
	streamResyncView struct {
		Reason string `json:"reason" enum:"unknown,missed"`
	}
	// streamByeView is that of bye.
	streamByeView struct {
		Reason string `json:"reason" enum:"signedOut,revoked,shutdown,slow"`
	}
)

// streamAnswer describes the stream as the data of its messages.
type streamAnswer struct{}

// Schema describes the data of any message.
func (streamAnswer) Schema(r huma.Registry) *huma.Schema {
	s := &huma.Schema{Description: "The data of a message, by its event: `delivery.created` and `delivery.updated` have StreamDelivery, `event.accepted` StreamEvent, `webhook.updated` StreamWebhook, `receiver.message` StreamMessage, `stats` StreamStats, `burst` StreamBurst, `resync` StreamResync, `bye` StreamBye."}
	for _, view := range streamViews() {
		s.OneOf = append(s.OneOf, r.Schema(view, true, ""))
	}
	return s
}

// streamViews are the types of the data of messages.
func streamViews() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[streamDeliveryView](), reflect.TypeFor[streamEventView](), reflect.TypeFor[streamWebhookView](), reflect.TypeFor[streamMessageView](),
		reflect.TypeFor[streamStatsView](), reflect.TypeFor[streamBurstView](), reflect.TypeFor[streamResyncView](), reflect.TypeFor[streamByeView](),
	}
}
