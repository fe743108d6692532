package webhook

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of custom headers (docs/limits.md).
const (
	MaxHeaders     = 50
	MaxHeaderName  = 256
	MaxHeaderValue = 4096
)

// The names of the headers that Tidings itself sets on a request.
const (
	HeaderLogtoSignature = "logto-signature-sha-256"
	HeaderWebhookID      = "webhook-id"
	HeaderTimestamp      = "webhook-timestamp"
	HeaderSignature      = "webhook-signature"
	HeaderTest           = "tidings-test"
)

var reservedHeaders = []string{
	HeaderLogtoSignature, HeaderWebhookID, HeaderTimestamp, HeaderSignature, HeaderTest,
	"host", "content-length", "connection", "transfer-encoding", "te", "trailer", "upgrade", "expect", "keep-alive",
	"via", "forwarded", "content-encoding", "accept-encoding", "http2-settings", "alt-used", "cookie2",
}

var reservedPrefixes = []string{"proxy-", "x-forwarded-", "sec-"}

// ReservedHeader says whether a custom header may not have this name, in any case.
func ReservedHeader(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(reservedHeaders, name) ||
		slices.ContainsFunc(reservedPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// CheckHeaders returns every mistake in the custom headers. field names the place
// of a header, for example `config.headers.x-team`.
func CheckHeaders(headers []Header, field func(i int) string) []*Invalid {
	var problems []*Invalid
	report := func(i int, code, format string, args ...any) {
		problems = append(problems, &Invalid{Field: field(i), Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if len(headers) > MaxHeaders {
		report(MaxHeaders, "too_many", "At most %d custom headers are allowed.", MaxHeaders)
		return problems
	}
	seen := make(map[string]bool, len(headers))
	for i, h := range headers {
		name := strings.ToLower(h.Name)
		switch {
		case h.Name == "" || len(h.Name) > MaxHeaderName || !isToken(h.Name):
			report(i, "invalid_name", "A header name is 1 to %d characters of letters, digits and !#$%%&'*+-.^_`|~.", MaxHeaderName)
		case ReservedHeader(name):
			report(i, "reserved_name", "The header name is reserved and cannot be set.")
		case seen[name]:
			report(i, "duplicate", "The header is given twice; names are compared without case.")
		}
		seen[name] = true
		if len(h.Value) > MaxHeaderValue || !isHeaderValue(h.Value.Reveal()) {
			report(i, "invalid_value", "A header value is at most %d bytes of printable ASCII or tab.", MaxHeaderValue)
		}
	}
	return problems
}

// isToken says whether s is a token of RFC 9110, section 5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return true
}

func isHeaderValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '\t' && (c < ' ' || c > '~') {
			return false
		}
	}
	return true
}

// SoundsSecret says whether a header of this name is likely to hold a credential.
func SoundsSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range [...]string{"auth", "token", "key", "secret", "cookie", "password"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
