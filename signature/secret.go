package signature

import (
	"encoding/base64"
	"strings"
)

const secretPrefix = "whsec_"

// EncodeSecret returns a key in the form that Standard Webhooks libraries take:
// "whsec_" and the key in base64.
func EncodeSecret(key []byte) string {
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// DecodeSecret returns the key in a text that EncodeSecret made. The prefix may be
// missing. Anything else is ErrSecret, an empty key ErrEmptyKey.
func DecodeSecret(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, secretPrefix))
	if err != nil || EncodeSecret(key) != secretPrefix+strings.TrimPrefix(text, secretPrefix) {
		return nil, ErrSecret
	}
	if len(key) == 0 {
		return nil, ErrEmptyKey
	}
	return key, nil
}
