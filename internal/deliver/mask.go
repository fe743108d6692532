package deliver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
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
	// minPlain is the same for values whose header does not sound like a secret.
	minPlain = 8
	// minPart is how much of a secret is masked at the end of a body that was cut
	// within it.
	minPart = 4
)

// ordinary are headers whose values are in most answers, and no secret.
var ordinary = []string{"user-agent", "content-type", "accept", "accept-language", "accept-charset", "cache-control", "pragma", "date", "from", "origin", "referer"}

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
	for _, secret := range secretsOf(r, longest) {
		if named {
			a.Detail = strings.ReplaceAll(a.Detail, secret, mask)
		}
		for i := range answer.Headers {
			h := &answer.Headers[i]
			h.Value, h.Name = strings.ReplaceAll(h.Value, secret, mask), strings.ReplaceAll(h.Name, secret, mask)
		}
		if bytes.Contains(answer.Body, []byte(secret)) {
			answer.Body = bytes.ReplaceAll(answer.Body, []byte(secret), []byte(mask))
		}
		if answer.Truncated {
			answer.Body = hideTail(answer.Body, secret)
		}
	}
}

// secretsOf are the texts to look for in something of a length, the longest first:
// one may be part of another.
func secretsOf(r *webhook.Request, longest int) []string {
	var secrets []string
	add := func(secret string, atLeast int) {
		if len(secret) >= atLeast && len(secret) <= longest {
			secrets = append(secrets, secret)
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
		if strings.ContainsAny(value, "\"\\<>&\t") {
			add(inJSON(value, true), atLeast)
			add(inJSON(value, false), atLeast)
		}
	}
	slices.SortStableFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return secrets
}

// inJSON is the text as it stands between the quotes of a JSON string.
func inJSON(text string, escapeHTML bool) string {
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(escapeHTML)
	if encoder.Encode(text) != nil {
		return ""
	}
	return strings.TrimSuffix(strings.TrimPrefix(quoted.String(), `"`), "\"\n")
}

// hideTail masks the beginning of a secret at the end of a body that was cut.
func hideTail(body []byte, secret string) []byte {
	for n := min(len(secret)-1, len(body)); n >= minPart; n-- {
		if start := len(body) - n; string(body[start:]) == secret[:n] {
			return append(body[:start:start], mask[:min(n, len(mask))]...)
		}
	}
	return body
}
