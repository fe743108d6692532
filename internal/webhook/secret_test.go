package webhook

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const (
	canary    = "canary-4711"
	canaryURL = EndpointURL("https://user:" + canary + "@hooks.example.com:8443/" + canary + "?token=" + canary + "#" + canary)
)

// carriers are values that hold a canary in the ways in which the code holds it.
func carriers() map[string]any {
	secret, endpoint := Secret(canary), canaryURL
	header := Header{Name: "x-team", Value: secret}
	w := Webhook{ID: "abc", URL: endpoint, SigningKey: secret, Headers: []Header{header}}
	return map[string]any{
		"secret":       secret,
		"pointer":      &secret,
		"URL":          endpoint,
		"URL pointer":  &endpoint,
		"broken URL":   EndpointURL("https://" + canary + "\x7f/" + canary),
		"no URL":       EndpointURL(canary),
		"opaque URL":   EndpointURL("https:" + canary),
		"header":       header,
		"headers":      []Header{header},
		"webhook":      w,
		"webhooks":     []Webhook{w},
		"request":      Request{URL: endpoint, Headers: w.Headers, SigningKey: secret},
		"attempt":      Attempt{Request: RequestRecord{Method: "POST", URL: endpoint}},
		"map":          map[string]Secret{"key": secret},
		"any":          []any{secret, endpoint},
		"error":        fmt.Errorf("send to %s with %v: %w", endpoint, secret, errors.New("no answer")),
		"joined error": errors.Join(fmt.Errorf("sign with %q", secret), fmt.Errorf("dial %#v", endpoint)),
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	for name, value := range carriers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, verb := range strings.Fields("%v %+v %#v %s %q %+q %x %X %d %t %c %U %e %o %20s %-20v %.3s") {
				if shown := fmt.Sprintf(verb, value); showsCanary(shown) {
					t.Errorf("%s: %s", verb, shown)
				}
			}
			if shown := fmt.Sprint(value) + fmt.Sprintln("a", value); showsCanary(shown) {
				t.Errorf("print: %s", shown)
			}
			marshalled, err := json.Marshal(value)
			if err != nil || showsCanary(string(marshalled)) {
				t.Errorf("JSON: %s, %v", marshalled, err)
			}
			for format, log := range loggers() {
				if line := log("value", value, slog.Group("group", "inside", value), "list", []any{value}); showsCanary(line) {
					t.Errorf("slog as %s: %s", format, line)
				}
			}
		})
	}
}

// showsCanary looks for the canary as it is, in hexadecimal and as numbers.
func showsCanary(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(lower, canary) || strings.Contains(lower, fmt.Sprintf("%x", canary)) ||
		strings.Contains(lower, strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]"))
}

func loggers() map[string]func(args ...any) string {
	log := func(handler func(*bytes.Buffer) slog.Handler) func(args ...any) string {
		return func(args ...any) string {
			var line bytes.Buffer
			slog.New(handler(&line)).With(args...).Error("said", args...)
			return line.String()
		}
	}
	return map[string]func(args ...any) string{
		"text": log(func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) }),
		"JSON": log(func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) }),
	}
}

func TestWhatIsShownInstead(t *testing.T) {
	t.Parallel()
	for want, shown := range map[string]string{
		"[redacted]":                     fmt.Sprint(Secret(canary)),
		`{"key":"[redacted]"}`:           marshal(t, map[string]Secret{"key": canary}),
		"https://hooks.example.com:8443": fmt.Sprintf("%s", canaryURL),
		`"https://hooks.example.com"`:    marshal(t, EndpointURL("https://hooks.example.com/x?y")),
		"http://[2001:db8::1]:80":        EndpointURL("http://[2001:db8::1]:80/x").String(),
		"[redacted] ":                    EndpointURL("/only/a/path").String() + " ",
	} {
		if shown != want {
			t.Errorf("shown: %s, want %s", shown, want)
		}
	}
	if Secret(canary).Reveal() != canary || canaryURL.Reveal() != string(canaryURL) {
		t.Error("Reveal does not return the content")
	}
}

func marshal(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNewSigningKey(t *testing.T) {
	t.Parallel()
	seen := map[Secret]bool{}
	for range 1000 {
		key, err := NewSigningKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if len(key) != 32 || strings.Trim(key.Reveal(), signingKeyAlphabet) != "" || seen[key] {
			t.Fatalf("signing key of %d characters, seen before: %t", len(key), seen[key])
		}
		seen[key] = true
	}
}
