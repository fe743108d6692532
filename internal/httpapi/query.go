package httpapi

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// plainQuery is the request with a query that net/url reads whole. What it would
// drop without a word (a semicolon, a percent sign that begins no escape) is read
// as forms read it.
func plainQuery(r *http.Request) *http.Request {
	if _, err := url.ParseQuery(r.URL.RawQuery); err == nil {
		return r
	}
	var pairs []string
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if pair != "" {
			name, value := unescapePair(pair)
			pairs = append(pairs, formEscape(name)+"="+formEscape(value))
		}
	}
	plain, inner := *r, *r.URL
	inner.RawQuery = strings.Join(pairs, "&")
	plain.URL = &inner
	return &plain
}

// formEscape escapes as forms do, which differs from url.QueryEscape in two
// characters.
func formEscape(s string) string {
	return strings.NewReplacer("%2A", "*", "~", "%7E").Replace(url.QueryEscape(s))
}

func unescapePair(pair string) (name, value string) {
	name, value, _ = strings.Cut(pair, "=")
	return formUnescape(name), formUnescape(value)
}

// formUnescape leaves alone what is no escape.
func formUnescape(s string) string {
	var plain strings.Builder
	for s = strings.ReplaceAll(s, "+", " "); s != ""; s = s[1:] {
		if s[0] == '%' && len(s) > 2 {
			if c, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
				plain.WriteByte(byte(c))
				s = s[2:]
				continue
			}
		}
		plain.WriteByte(s[0])
	}
	return plain.String()
}
