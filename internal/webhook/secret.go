package webhook

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is text that must not be seen: a signing key, the value of a custom
// header, an API key. It prints, logs and marshals as "[redacted]"; Reveal is the
// one way to its content, so that every use can be found. As an unexported field or
// the key of a map it is not asked how it wants to be shown: neither is to be printed.
type Secret string

// Reveal returns the content.
func (s Secret) Reveal() string { return string(s) }

func (Secret) String() string               { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format prints for every verb alike: a verb that does not suit a string would
// otherwise show the content.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

const (
	signingKeyLength   = 32
	signingKeyAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewSigningKey makes a signing key: 32 characters of [0-9A-Za-z], as Logto's.
func NewSigningKey(random io.Reader) (Secret, error) {
	text, err := randomText(random, signingKeyAlphabet, signingKeyLength)
	return Secret(text), err
}

// randomText draws n characters of the alphabet without bias.
func randomText(random io.Reader, alphabet string, n int) (string, error) {
	limit := 256 - 256%len(alphabet)
	text := make([]byte, 0, n)
	buffer := make([]byte, n+n/4+1)
	for len(text) < n {
		if _, err := io.ReadFull(random, buffer); err != nil {
			return "", fmt.Errorf("read randomness: %w", err)
		}
		for _, b := range buffer {
			if int(b) < limit && len(text) < n {
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(text), nil
}
