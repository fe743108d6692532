package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// LogtoHeader is the header that carries Logto's signature.
const LogtoHeader = "logto-signature-sha-256"

// SignLogto returns the value of Logto's signature header for a body: the
// HMAC-SHA256 in lower-case hexadecimal. The key is the text of the signing key,
// taken as it is. A body may be given in several parts, in order.
func SignLogto(key string, body ...[]byte) (string, error) {
	if key == "" {
		return "", ErrEmptyKey
	}
	mac := hmac.New(sha256.New, []byte(key))
	for _, part := range body {
		mac.Write(part)
	}
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// VerifyLogto checks the value of Logto's signature header. It returns nil,
// ErrEmptyKey, ErrMissingHeader or ErrMismatch, and takes the same time wherever
// the signature differs.
func VerifyLogto(key string, body []byte, value string) error {
	want, err := SignLogto(key, body)
	switch {
	case err != nil:
		return err
	case value == "":
		return ErrMissingHeader
	case !hmac.Equal([]byte(value), []byte(want)):
		return ErrMismatch
	}
	return nil
}
