package httpapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/tidingshq/tidings/internal/receiver"
	"github.com/tidingshq/tidings/internal/webhook"
)

// MessageView is a request that an inbox has received; exported like HookPath. Its
// body is at a place of its own.
type MessageView struct {
	Number     int64             `json:"number"`
	ReceivedAt instant           `json:"receivedAt"`
	Method     string            `json:"method"`
	Target     string            `json:"target"`
	Headers    [][2]*string      `json:"headers"`
	Size       int               `json:"size"`
	EventType  webhook.EventType `json:"eventType,omitempty"`
	WebhookID  webhook.ID        `json:"webhookId,omitempty"`
	DeliveryID string            `json:"deliveryId,omitempty"`
	Verdict    verdictView       `json:"verdict"`
	Answer     inboxReplyView    `json:"answer"`
}

// verdictView says whether the signatures are right. Without a key there is nothing
// to check with: the body names no webhook of the tenant.
type verdictView struct {
	Result   string `json:"result" enum:"valid,invalid,unchecked"`
	Logto    string `json:"logto"`
	Standard string `json:"standard"`
}

// inboxReplyView is how the message was answered; Status is 0 if the connection was
// closed instead.
type inboxReplyView struct {
	Status  int   `json:"status"`
	DelayMs int64 `json:"delayMs"`
	Dropped bool  `json:"dropped"`
}

// viewMessage shows a message as a caller may see it.
func (a *api) viewMessage(c *call, m *receiver.Message) MessageView {
	return MessageView{
		Number: m.Number, ReceivedAt: instant(m.ReceivedAt), Method: m.Method, Target: strings.ToValidUTF8(m.Target, "\uFFFD"), Headers: a.viewReceived(c, m),
		Size: len(m.Body), EventType: webhook.EventType(shorten(string(m.EventType))), WebhookID: webhook.ID(shorten(string(m.Webhook))),
		DeliveryID: strings.ToValidUTF8(m.Headers.Get(webhook.HeaderWebhookID), "\uFFFD"), Verdict: viewVerdict(m.Verdict),
		Answer: inboxReplyView{m.Answer.Status, m.Answer.Delay.Milliseconds(), m.Answer.Dropped},
	}
}

// viewReceived lists the headers by name: net/http has not kept their order. What the
// webhook, or the log of its deliveries, does not show is masked here too.
func (a *api) viewReceived(c *call, m *receiver.Message) [][2]*string {
	var records []webhook.HeaderRecord
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		name, values := strings.ToLower(name), m.Headers[name]
		hide := !slices.Contains(ownHeaders, name) && (webhook.SoundsSecret(name) || !c.mayManage && !slices.Contains(plainHeaders, name) || a.isLocked(c, m, name))
		for _, value := range values {
			records = append(records, webhook.HeaderRecord{Name: name, Value: value, Masked: hide})
		}
	}
	return viewRecords(records)
}

// plainHeaders are those that say nothing about who sends.
var plainHeaders = []string{"accept", "accept-encoding", "content-type", "user-agent"}

// isLocked says whether the header is a locked one of the webhook that the body names.
func (a *api) isLocked(c *call, m *receiver.Message, name string) bool {
	w, ok := a.Registry.Find(c.tenant(), m.Webhook)
	return ok && slices.ContainsFunc(w.Headers, func(h webhook.Header) bool { return h.Locked && strings.EqualFold(h.Name, name) })
}

func viewVerdict(v receiver.Verdict) verdictView {
	return verdictView{Result: v.Result(), Logto: resultOf(v.Logto), Standard: resultOf(v.Standard)}
}

func resultOf(err error) string {
	if err == nil {
		return "valid"
	}
	return err.Error()
}
