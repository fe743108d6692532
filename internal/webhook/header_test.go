package webhook

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// codes are the codes of the mistakes in the headers, with the place of each.
func codes(headers ...Header) string {
	var found []string
	for _, problem := range CheckHeaders(headers, func(i int) string { return fmt.Sprint(i) }) {
		found = append(found, problem.Field+":"+problem.Code)
	}
	return strings.Join(found, " ")
}

func TestReservedHeaders(t *testing.T) {
	t.Parallel()
	// As in the contract, not as in the code.
	names := strings.Fields(`logto-signature-sha-256 webhook-id webhook-timestamp webhook-signature tidings-test
		host content-length connection transfer-encoding te trailer upgrade expect keep-alive via forwarded content-encoding accept-encoding
		http2-settings alt-used cookie2 proxy-authorization proxy-connection proxy-x x-forwarded-for x-forwarded-anything sec-fetch-mode sec-x`)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "name")
		upper := rapid.SliceOfN(rapid.Bool(), len(name), len(name)).Draw(t, "upper")
		odd := []byte(name)
		for i := range odd {
			if upper[i] {
				odd[i] = byte(unicode.ToUpper(rune(odd[i])))
			}
		}
		if got := codes(Header{Name: string(odd), Value: "v"}); got != "0:reserved_name" || !ReservedHeader(string(odd)) {
			t.Fatalf("%s: %q", odd, got)
		}
	})
	for _, name := range []string{
		"content-type", "user-agent", "authorization", "cookie", "webhook", "x-webhook-id", "webhook-id2", "proxy", "proxying", "x-forwarded", "second", "hosts",
	} {
		if got := codes(Header{Name: name, Value: "v"}); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestHeaderNames(t *testing.T) {
	t.Parallel()
	const token = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for c := range 256 {
		want := "0:invalid_name"
		if strings.IndexByte(token, byte(c)) >= 0 {
			want = ""
		}
		if got := codes(Header{Name: "x-" + string([]byte{byte(c)}) + "y"}); got != want {
			t.Errorf("byte %#x: %q, want %q", c, got, want)
		}
	}
	for name, want := range map[string]string{
		"":                              "0:invalid_name",
		"x-to\u212aen":                  "0:invalid_name", // the Kelvin sign is a k in lower case
		"x-\u0130d":                     "0:invalid_name", // so is the dotted I an i
		"v\u0130a":                      "0:invalid_name",
		"x\r\nhost":                     "0:invalid_name",
		strings.Repeat("x", 255):        "",
		strings.Repeat("x", 256):        "",
		strings.Repeat("x", 257):        "0:invalid_name",
		"sec-" + strings.Repeat("x", 9): "0:reserved_name",
	} {
		if got := codes(Header{Name: name}); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestHeaderValues(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		want := "0:invalid_value"
		if c == '\t' || c >= 0x20 && c <= 0x7e {
			want = ""
		}
		if got := codes(Header{Name: "x", Value: Secret("a" + string([]byte{byte(c)}))}); got != want {
			t.Errorf("byte %#x: %q, want %q", c, got, want)
		}
	}
	for n, want := range map[int]string{0: "", 4095: "", 4096: "", 4097: "0:invalid_value"} {
		if got := codes(Header{Name: "x", Value: Secret(strings.Repeat("v", n))}); got != want {
			t.Errorf("%d bytes: %q, want %q", n, got, want)
		}
	}
}

func TestHeadersTogether(t *testing.T) {
	t.Parallel()
	many := func(n int) []Header {
		headers := make([]Header, n)
		for i := range headers {
			headers[i].Name = fmt.Sprintf("x-%d", i)
		}
		return headers
	}
	for n, want := range map[int]string{0: "", 49: "", 50: "", 51: "50:too_many", 5000: "50:too_many"} {
		if got := codes(many(n)...); got != want {
			t.Errorf("%d headers: %q, want %q", n, got, want)
		}
	}
	if got := codes(Header{Name: "x-a"}, Header{Name: "x-b"}, Header{Name: "X-A"}); got != "2:duplicate" {
		t.Errorf("the same name in another case: %q", got)
	}
	if got := codes(Header{Name: "host", Value: "\n"}, Header{Name: "x"}, Header{Name: "\n"}); got != "0:reserved_name 0:invalid_value 2:invalid_name" {
		t.Errorf("several mistakes: %q", got)
	}
	for _, problem := range CheckHeaders([]Header{{Name: "x-canary\n", Value: "canary\n"}, {Name: "Host"}}, func(int) string { return "headers" }) {
		if strings.Contains(problem.Message, "canary") {
			t.Errorf("the message repeats what was sent: %s", problem.Message)
		}
	}
}
