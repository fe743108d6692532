package signature_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"

	"github.com/tidingshq/tidings/signature"
)

// The official library and this package accept what the other one signs, for any
// key, identifier and body.
func TestAgreesWithOfficialLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "key")
		id := rapid.StringMatching(`[0-9a-z]{21}`).Draw(t, "id")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		now := time.Now()

		official, err := standardwebhooks.NewWebhook(signature.EncodeSecret(key))
		if err != nil {
			t.Fatalf("official library refuses the secret: %v", err)
		}
		ours, err := signature.Sign(key, id, now, body)
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{}
		header.Set(signature.IDHeader, id)
		header.Set(signature.TimestampHeader, strconv.FormatInt(now.Unix(), 10))
		header.Set(signature.SignatureHeader, ours)
		if err := official.Verify(body, header); err != nil {
			t.Fatalf("official library refuses our signature: %v", err)
		}

		theirs, err := official.Sign(id, now, body)
		if err != nil {
			t.Fatal(err)
		}
		header.Set(signature.SignatureHeader, theirs)
		if err := (signature.Verifier{Keys: [][]byte{key}}).Verify(header, body); err != nil {
			t.Fatalf("we refuse the official library's signature: %v", err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add(vector1.id, "1767323045", vector1.signature, []byte(vector1.body))
	f.Add("", "", "", []byte(nil))
	f.Add("x", "-1", "v1, v1,", []byte("{}"))
	f.Fuzz(func(t *testing.T, id, timestamp, value string, body []byte) {
		header := http.Header{}
		header.Set(signature.IDHeader, id)
		header.Set(signature.TimestampHeader, timestamp)
		header.Set(signature.SignatureHeader, value)
		verifier := vector1.verifier(t, 0)
		if verifier.Verify(header, body) != nil {
			return
		}
		if id != vector1.id || string(body) != vector1.body {
			t.Errorf("accepted a forgery: id %q, timestamp %q, signature %q", id, timestamp, value)
		}
	})
}
