package store_test

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
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

// sentAttempt is an ordinary one that succeeded.
func sentAttempt() webhook.Attempt {
	return webhook.Attempt{
		Request: webhook.RequestRecord{Method: "POST", URL: "http://127.0.0.1:38487/4", BodySize: 1096, Headers: []webhook.HeaderRecord{
			{Name: "host", Value: "127.0.0.1:38487"},
			{Name: "user-agent", Value: "Tidings/dev"},
			{Name: "content-type", Value: "application/json"},
			{Name: "content-length", Value: "1096"},
			{Name: "logto-signature-sha-256", Value: "13080a4d49c8e1ea8401b3801cd9fdf7d84ee5d6ef2ef221f7834988830bc70d"},
			{Name: "webhook-id", Value: "91wj3nng1t3y30wdn0570"},
			{Name: "webhook-timestamp", Value: "1795722564"},
			{Name: "webhook-signature", Value: "v1,gZiYodBKxeSV/5wua/c4WLOrk38TInCfIKMqgzXTOd4="},
		}},
		Response: webhook.ResponseRecord{BodySize: 2, Headers: []webhook.HeaderRecord{
			{Name: "Content-Type", Value: "text/plain"},
			{Name: "Content-Length", Value: "2"},
		}},
		Timing:      webhook.Timing{Connect: 11020 * time.Microsecond, Wait: 24522 * time.Microsecond, Read: 4 * time.Microsecond},
		Address:     "127.0.0.1:38487",
		HTTPVersion: "HTTP/1.1",
	}
}

func TestAttemptRecordKeepsEverything(t *testing.T) {
	t.Parallel()
	for _, want := range []webhook.Attempt{{}, fullAttempt(), sentAttempt()} {
		var got webhook.Attempt
		if err := store.DecodeAttempt(store.EncodeAttempt(&want), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("decoded attempt differs (-want +got):\n%s", diff)
		}
	}
}

// TestOlderRecordsStayReadable reads records as they lie in databases: of the version
// before words, and of this one, whose dictionary must never change but at its end.
func TestOlderRecordsStayReadable(t *testing.T) {
	t.Parallel()
	want := sentAttempt()
	for _, name := range []string{"attempt-1.hex", "attempt-2.hex"} {
		spelled, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		record, err := hex.DecodeString(strings.TrimSpace(string(spelled)))
		if err != nil {
			t.Fatal(err)
		}
		var got webhook.Attempt
		if err := store.DecodeAttempt(record, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", name, diff)
		}
	}
}

// TestRecordIsSmall holds how much the log keeps of an ordinary attempt: it is most of
// what is written for a delivery.
func TestRecordIsSmall(t *testing.T) {
	t.Parallel()
	a := sentAttempt()
	if size := len(store.EncodeAttempt(&a)); size > 200 {
		t.Errorf("%d bytes for an ordinary attempt, want 200 at most", size)
	}
}

// TestRecordsThatAreDamagedSaySo cuts a record short at each place.
func TestRecordsThatAreDamagedSaySo(t *testing.T) {
	t.Parallel()
	a := sentAttempt()
	record := store.EncodeAttempt(&a)
	for end := range record {
		var got webhook.Attempt
		if err := store.DecodeAttempt(record[:end], &got); err == nil {
			t.Errorf("the first %d of %d bytes were taken for a record", end, len(record))
		}
	}
}

// TestWordsComeBackByteForByte tries what is nearly one of the short forms.
func TestWordsComeBackByteForByte(t *testing.T) {
	t.Parallel()
	digits, body := strings.Repeat("0a", 32), base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, text := range []string{
		"", "0", "00", "007", "-1", "+1", "1 ", "999999999999999999", "1000000000000000000", "9223372036854775808",
		"POST", "post", "Content-Type", "content-Type", "example.com", "example.com:443", "host",
		digits, strings.ToUpper(digits), digits[1:], digits + "0", strings.Repeat("g", 64),
		"v1," + body, "v1," + body[:42] + "B=", "v2," + body, "v1," + body[:43] + "\n", "v1a," + body, body + "   ", strings.Repeat("=", 47),
		"Thu, 26 Nov 2026 19:38:11 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 31 Dec 1969 23:59:59 GMT", "Fri, 26 Nov 2026 19:38:11 GMT", "Thu, 26 nov 2026 19:38:11 GMT",
		"Thu, 26 Nov 2026 24:38:11 GMT", "Thu, 26 Nov 2026 19:38:11 UTC", "Thu, 6 Nov 2026  19:38:11 GMT", strings.Repeat("x", 25) + " GMT",
		"\x00", "\x04", "\x10", "\xff\xfe", strings.Repeat("x", 300),
	} {
		for _, masked := range []bool{false, true} {
			want := webhook.Attempt{
				By: text, TLSVersion: text, Detail: text,
				Request: webhook.RequestRecord{
					Method: text, URL: "https://example.com/x",
					Headers: []webhook.HeaderRecord{{Name: text, Value: text, Masked: masked}, {Name: "host", Value: "example.com"}},
				},
			}
			var got webhook.Attempt
			if err := store.DecodeAttempt(store.EncodeAttempt(&want), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q differs (-want +got):\n%s", text, diff)
			}
		}
	}
}

func FuzzDecodeAttempt(f *testing.F) {
	full, sent := fullAttempt(), sentAttempt()
	f.Add(store.EncodeAttempt(&full))
	f.Add(store.EncodeAttempt(&sent))
	f.Add([]byte("\x01\x00\x08POST\x00"))
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
