package receiver

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/signature"
)

// ErrUnknownWebhook says that no webhook is known by the identifier in the body,
// so there is no key to check with.
var ErrUnknownWebhook = errors.New("the body names no known webhook")

// Verdict is what checking the signatures of a message brought; nil stands for a
// signature that is right.
type Verdict struct {
	// Logto is about logto-signature-sha-256.
	Logto error
	// Standard is about webhook-signature.
	Standard error
}

// Checked says whether there was a key to check with.
func (v Verdict) Checked() bool { return !errors.Is(v.Logto, ErrUnknownWebhook) }

// Valid says whether both signatures are right.
func (v Verdict) Valid() bool { return v.Logto == nil && v.Standard == nil }

// Result is the verdict in one word: valid, invalid, or unchecked without a key.
func (v Verdict) Result() string {
	switch {
	case v.Valid():
		return "valid"
	case v.Checked():
		return "invalid"
	default:
		return "unchecked"
	}
}

// String is the verdict for people.
func (v Verdict) String() string {
	switch {
	case v.Valid():
		return "valid (" + signature.LogtoHeader + " and " + signature.SignatureHeader + ")"
	case !v.Checked():
		return "not checked: " + ErrUnknownWebhook.Error()
	default:
		return "INVALID (" + signature.LogtoHeader + ": " + result(v.Logto) + "; " +
			signature.SignatureHeader + ": " + result(v.Standard) + ")"
	}
}

func result(err error) string {
	if err == nil {
		return "valid"
	}
	return err.Error()
}

// verify says in a message what its body names and whether its signatures are right.
func (r *Receiver) verify(m *Message, tenant webhook.TenantID) {
	var named struct {
		Event webhook.EventType `json:"event"`
		ID    webhook.ID        `json:"hookId"`
	}
	if err := json.Unmarshal(m.Body, &named); err != nil || named.ID == "" {
		m.Verdict = Verdict{ErrUnknownWebhook, ErrUnknownWebhook}
		return
	}
	m.EventType, m.Webhook = named.Event, named.ID
	key, known := r.options.Key(tenant, named.ID)
	if !known {
		m.Verdict = Verdict{ErrUnknownWebhook, ErrUnknownWebhook}
		return
	}
	verifier := signature.Verifier{
		Keys: [][]byte{[]byte(key.Reveal())},
		Now:  func() time.Time { return m.ReceivedAt },
	}
	m.Verdict = Verdict{
		Logto:    signature.VerifyLogto(key.Reveal(), m.Body, m.Headers.Get(signature.LogtoHeader)),
		Standard: verifier.Verify(m.Headers, m.Body),
	}
}
