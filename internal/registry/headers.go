package registry

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// HeaderChange is a custom header as a client gives it that knows locked ones. A nil
// Value keeps what is stored under the name.
type HeaderChange struct {
	Name   string
	Value  *webhook.Secret
	Locked bool
}

// MergeHeaders makes the headers to save of those given and those stored. A value
// that was locked once stays locked: a header that is no longer to be needs a new
// one. Fields of problems are "headers.<index>.value".
func MergeHeaders(stored []webhook.Header, given []HeaderChange) ([]webhook.Header, []*webhook.Invalid) {
	merged := make([]webhook.Header, len(given))
	var problems []*webhook.Invalid
	refuse := func(i int, code, message string) {
		problems = append(problems, &webhook.Invalid{Field: fmt.Sprintf("headers.%d.value", i), Code: code, Message: message})
	}
	for i, g := range given {
		merged[i] = webhook.Header{Name: g.Name, Locked: g.Locked}
		if g.Value != nil {
			merged[i].Value = *g.Value
			continue
		}
		switch old := findHeader(stored, g.Name); {
		case old == nil:
			refuse(i, "required", "Give the header a value.")
		case old.Locked && !g.Locked:
			refuse(i, "locked_value", "The value of a locked header is not shown again. Give a new one to unlock it.")
		default:
			merged[i].Value, merged[i].Origin = old.Value, old.Origin
		}
	}
	return merged, problems
}

// findHeader finds a header by name, which is compared without case; nil if there is
// none.
func findHeader(headers []webhook.Header, name string) *webhook.Header {
	for i := range headers {
		if strings.EqualFold(headers[i].Name, name) {
			return &headers[i]
		}
	}
	return nil
}

// stampHeaders notes when each header was last given another value, and whether a
// locked one may go where the URL leads: the origin that its value was given for.
func stampHeaders(before []webhook.Header, w *webhook.Webhook, now time.Time) {
	for i := range w.Headers {
		h := &w.Headers[i]
		if old := findHeader(before, h.Name); old != nil && old.Value == h.Value {
			h.UpdatedAt = old.UpdatedAt
		} else {
			h.UpdatedAt = now
		}
		bind(h, w.URL)
		if !h.Locked {
			h.Origin = ""
		}
		h.Withheld = h.Locked && h.Origin != originOf(w.URL)
	}
}

// bind gives a locked header an origin if it has none.
func bind(h *webhook.Header, to webhook.EndpointURL) {
	if h.Locked && h.Origin == "" {
		h.Origin = originOf(to)
	}
}

// LeftBehind are the places of locked headers whose values were given for another
// origin than that of the URL.
func LeftBehind(headers []webhook.Header, u webhook.EndpointURL) []int {
	var places []int
	for i, h := range headers {
		if h.Locked && h.Origin != "" && h.Origin != originOf(u) {
			places = append(places, i)
		}
	}
	return places
}

// SameOrigin says whether both URLs lead to the same scheme, host and port, in doubt
// that they do not.
func SameOrigin(a, b webhook.EndpointURL) bool {
	first, second := originOf(a), originOf(b)
	return first != "" && first == second
}

// sendable are the headers of the webhook whose stored values may be sent to the URL.
func sendable(w *webhook.Webhook, u webhook.EndpointURL) []webhook.Header {
	var open []webhook.Header
	for _, h := range w.Headers {
		if bind(&h, w.URL); !h.Locked || h.Origin != "" && h.Origin == originOf(u) {
			h.Withheld = false
			open = append(open, h)
		}
	}
	return open
}

func originOf(u webhook.EndpointURL) string {
	parsed, err := url.Parse(u.Reveal())
	if err != nil || parsed.Hostname() == "" {
		return ""
	}
	scheme, port := strings.ToLower(parsed.Scheme), parsed.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[scheme]
	}
	return scheme + "://" + strings.TrimSuffix(strings.ToLower(parsed.Hostname()), ".") + ":" + port
}
