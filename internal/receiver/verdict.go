package receiver

import (
	"encoding/json"
	"errors"
	"net/http"
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

// Valid says whether both signatures are right.
func (v Verdict) Valid() bool { return v.Logto == nil && v.Standard == nil }

// String is the verdict for people.
func (v Verdict) String() string {
	switch {
	case v.Valid():
		return "valid (" + signature.LogtoHeader + " and " + signature.SignatureHeader + ")"
	case errors.Is(v.Logto, ErrUnknownWebhook):
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

func (r *Receiver) verify(headers http.Header, body []byte, now time.Time) Verdict {
	var named struct {
		ID webhook.ID `json:"hookId"`
	}
	if err := json.Unmarshal(body, &named); err != nil || named.ID == "" {
		return Verdict{ErrUnknownWebhook, ErrUnknownWebhook}
	}
	key, known := r.options.Key(named.ID)
	if !known {
		return Verdict{ErrUnknownWebhook, ErrUnknownWebhook}
	}
	verifier := signature.Verifier{
		Keys: [][]byte{[]byte(key.Reveal())},
		Now:  func() time.Time { return now },
	}
	return Verdict{
		Logto:    signature.VerifyLogto(key.Reveal(), body, headers.Get(signature.LogtoHeader)),
		Standard: verifier.Verify(headers, body),
	}
}
