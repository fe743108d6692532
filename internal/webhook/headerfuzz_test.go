package webhook

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http/httpguts"
)

// FuzzHeaderRules holds that a header that is accepted is one line on the wire under
// its own name, and that case decides nothing.
func FuzzHeaderRules(f *testing.F) {
	for _, seed := range [][2]string{
		{"x-team", "a"},
		{"", ""},
		{"X-Team", "a\tb"},
		{"Host", "x"},
		{"WEBHOOK-ID", "1"},
		{"sec-", "1"},
		{"x\r\ny", "v"},
		{"x", "a\r\nb: c"},
		{"x:", "v"},
		{"\u212aeep-alive", "v"},
		{"x", "\u00e9"},
		{"x", "\x00"},
		{strings.Repeat("x", 257), "v"},
		{"x", strings.Repeat("v", 4097)},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		check := func(name string) bool {
			return len(CheckHeaders([]Header{{Name: name, Value: Secret(value)}}, func(int) string { return "" })) == 0
		}
		if !check(name) {
			return
		}
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			t.Fatalf("%q: %q is accepted", name, value)
		}
		if !check(strings.ToUpper(name)) || !check(strings.ToLower(name)) {
			t.Fatalf("%q is accepted in one case only", name)
		}
		var wire bytes.Buffer
		if err := (http.Header{name: {value}}).Write(&wire); err != nil || strings.Count(wire.String(), "\n") != 1 || !strings.HasPrefix(wire.String(), name+": ") {
			t.Fatalf("%q: %q is sent as %q, %v", name, value, &wire, err)
		}
		if twice := CheckHeaders([]Header{{Name: name}, {Name: strings.ToUpper(name)}}, func(int) string { return "" }); len(twice) != 1 {
			t.Fatalf("%q twice: %v", name, twice)
		}
	})
}
