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

// viewReceived lists the headers by name: net/http has not kept their order.
func (a *api) viewReceived(c *call, m *receiver.Message) [][2]*string {
	var records []webhook.HeaderRecord
	for _, key := range slices.Sorted(maps.Keys(m.Headers)) {
		name := strings.ToLower(key)
		for _, value := range m.Headers[key] {
			records = append(records, webhook.HeaderRecord{Name: name, Value: value, Masked: !a.maySee(c, m, name, value)})
		}
	}
	return viewRecords(records)
}

// maySee says whether the caller may see the value of a header. What was locked when it
// was sent cannot be told from the message: its body need not name the webhook, which
// may have changed or gone. So of what Tidings may have sent only those values are shown
// that the caller sees elsewhere too.
func (a *api) maySee(c *call, m *receiver.Message, name, value string) bool {
	switch {
	case slices.Contains(ownHeaders, name), name == "content-type" && value == "application/json", name == "user-agent" && value == "Tidings/"+a.Version:
		return true
	case !c.mayManage || webhook.SoundsSecret(name):
		return false
	default:
		return !isSigned(m) || a.isOpen(c, m, name, value)
	}
}

// isSigned says whether the message has a header that Tidings sends with each request.
// Nobody else can send the value of a locked header.
func isSigned(m *receiver.Message) bool {
	return slices.ContainsFunc([]string{webhook.HeaderLogtoSignature, webhook.HeaderWebhookID, webhook.HeaderTimestamp, webhook.HeaderSignature},
		func(name string) bool { return len(m.Headers.Values(name)) > 0 })
}

// isOpen says whether the webhook that the body names has the header with this value,
// and shows it.
func (a *api) isOpen(c *call, m *receiver.Message, name, value string) bool {
	w, ok := a.Registry.Find(c.tenant(), m.Webhook)
	return ok && slices.ContainsFunc(w.Headers, func(h webhook.Header) bool {
		return !h.Locked && strings.EqualFold(h.Name, name) && strings.Trim(h.Value.Reveal(), " \t") == value
	})
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
