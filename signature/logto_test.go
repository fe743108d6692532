package signature_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidingshq/tidings/signature"
)

func TestSignLogto(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ body, want string }{
		{`{"bar":"bar","foo":"foo"}`, "436958f1dbfefab37712fb3927760490fbf7757da8c0b2306ee7b485f0360eee"},
		{`{}`, "c76356efa19d219d1d7e08ccb20b1d26db53b143156f406c99dcb8e0876d6c55"},
	} {
		got, err := signature.SignLogto("foo", []byte(test.body))
		if err != nil || got != test.want {
			t.Errorf("SignLogto(foo, %s) = %s, %v; want %s", test.body, got, err, test.want)
		}
	}
}

func TestVerifyLogto(t *testing.T) {
	t.Parallel()
	const body, right = `{}`, "c76356efa19d219d1d7e08ccb20b1d26db53b143156f406c99dcb8e0876d6c55"
	for name, test := range map[string]struct {
		key, body, value string
		want             error
	}{
		"Right":         {"foo", body, right, nil},
		"OtherKey":      {"bar", body, right, signature.ErrMismatch},
		"OtherBody":     {"foo", `{ }`, right, signature.ErrMismatch},
		"UpperCase":     {"foo", body, strings.ToUpper(right), signature.ErrMismatch},
		"Truncated":     {"foo", body, right[:63], signature.ErrMismatch},
		"Prefixed":      {"foo", body, "sha256=" + right, signature.ErrMismatch},
		"NoSignature":   {"foo", body, "", signature.ErrMissingHeader},
		"EmptyKey":      {"", body, right, signature.ErrEmptyKey},
		"TwoSignatures": {"foo", body, right + "," + right, signature.ErrMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := signature.VerifyLogto(test.key, []byte(test.body), test.value); !errors.Is(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestSignLogtoRefusesEmptyKey(t *testing.T) {
	t.Parallel()
	if _, err := signature.SignLogto("", []byte("{}")); !errors.Is(err, signature.ErrEmptyKey) {
		t.Errorf("got %v, want ErrEmptyKey", err)
	}
}
