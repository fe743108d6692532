package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func fullAttempt() webhook.Attempt {
	wait := 90 * time.Second
	return webhook.Attempt{
		Detail:      "The endpoint answered with an error.",
		Request:     webhook.RequestRecord{Method: "POST", URL: "https://example.com/x?y=z", BodySize: 12, Headers: []webhook.HeaderRecord{{Name: "host", Value: "example.com"}, {Name: "x-key", Masked: true}}},
		Response:    webhook.ResponseRecord{Headers: []webhook.HeaderRecord{{Name: "X-Odd\xff", Value: "\x00\x80 caf\u00e9"}}, BodySize: 70000, Truncated: true},
		Timing:      webhook.Timing{DNS: time.Millisecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond, Wait: 4 * time.Millisecond, Read: 5 * time.Millisecond},
		Address:     "203.0.113.7:443",
		TLSVersion:  "TLS 1.3",
		HTTPVersion: "HTTP/1.1",
		Reused:      true,
		RetryAfter:  &wait,
	}
}

func TestAttemptRecordKeepsEverything(t *testing.T) {
	t.Parallel()
	for _, want := range []webhook.Attempt{{}, fullAttempt()} {
		var got webhook.Attempt
		if err := store.DecodeAttempt(store.EncodeAttempt(&want), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("decoded attempt differs (-want +got):\n%s", diff)
		}
	}
}

func FuzzDecodeAttempt(f *testing.F) {
	full := fullAttempt()
	f.Add(store.EncodeAttempt(&full))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		var a webhook.Attempt
		if store.DecodeAttempt(data, &a) != nil {
			return
		}
		var again webhook.Attempt
		if err := store.DecodeAttempt(store.EncodeAttempt(&a), &again); err != nil {
			t.Fatalf("what was decoded does not encode: %v", err)
		}
		if diff := cmp.Diff(a, again); diff != "" {
			t.Fatalf("not stable (-first +second):\n%s", diff)
		}
	})
}
