package deliver

import (
	"encoding/base64"
	"math"
	"slices"
	"strings"

	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// mask stands in the log where an endpoint repeated a secret.
	mask = "******"
	// minSecret is the length from which a secret is looked for: shorter texts are in
	// every answer by chance. The mask is no longer than that.
	minSecret = len(mask)
	// minPlain is the same for values that are not locked, if their header does not sound
	// like a secret.
	minPlain = 8
	// minPart is how much of a secret is masked at the end of a body that was cut
	// within it.
	minPart = 4
)

// ordinary are headers whose values, such as application/json and no-cache, are in most
// answers by themselves. SECURITY.md names them.
var ordinary = []string{"accept", "accept-charset", "accept-language", "cache-control", "content-type", "pragma"}

// hideSecrets masks what the endpoint repeats of what only those who may manage
// webhooks may see: values of custom headers, and the signing key. An answer that is
// too short to hold one costs nothing.
func hideSecrets(r *webhook.Request, a *webhook.Attempt) {
	answer := &a.Response
	longest := len(answer.Body)
	for i := range answer.Headers {
		longest = max(longest, len(answer.Headers[i].Value), len(answer.Headers[i].Name))
	}
	if answer.Truncated {
		longest = math.MaxInt // it may hold the beginning of one
	}
	named := a.Reason == webhook.ReasonTLS // the sentence may name who a certificate is for
	if named {
		longest = max(longest, len(a.Detail))
	}
	secrets := secretsOf(r, longest)
	if len(secrets) == 0 {
		return
	}
	if named {
		a.Detail = secrets.hideInText(a.Detail)
	}
	for i := range answer.Headers {
		h := &answer.Headers[i]
		h.Value, h.Name = secrets.hideInText(h.Value), secrets.hideInText(h.Name)
	}
	answer.Body = secrets.hide(answer.Body, answer.Truncated)
}

// secretsOf are the texts to look for in something of a length.
func secretsOf(r *webhook.Request, longest int) (found secrets) {
	add := func(secret string, atLeast int) {
		if len(secret) >= atLeast && len(secret) <= longest {
			found = append(found, secret)
		}
	}
	key := r.SigningKey.Reveal()
	add(key, minSecret)
	if base64.StdEncoding.EncodedLen(len(key)) <= longest {
		add(base64.StdEncoding.EncodeToString([]byte(key)), minSecret)
	}
	for _, h := range r.Headers {
		value, atLeast := strings.Trim(h.Value.Reveal(), " \t"), minSecret
		if !h.Locked && !webhook.SoundsSecret(h.Name) {
			atLeast = minPlain
		}
		if len(value) < atLeast || !h.Locked && slices.Contains(ordinary, strings.ToLower(h.Name)) {
			continue
		}
		add(value, atLeast)
		// Of "Bearer abc" and "Basic abc" the second part is the secret.
		if _, credentials, found := strings.Cut(value, " "); found {
			add(strings.TrimLeft(credentials, " \t"), minPlain)
		}
	}
	return found
}
