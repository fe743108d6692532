package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// everyForm has each text of the dictionary as it was frozen, and each form.
func everyForm(t *testing.T) webhook.Attempt {
	t.Helper()
	a := webhook.Attempt{
		Detail:     "",
		Request:    webhook.RequestRecord{Method: "POST", URL: "https://[2001:db8::1]:8443?q#f"},
		TLSVersion: "TLS 1.3", HTTPVersion: "HTTP/1.0", By: "someone@example.com",
	}
	add := func(name, value string, masked bool) {
		a.Response.Headers = append(a.Response.Headers, webhook.HeaderRecord{Name: name, Value: value, Masked: masked})
	}
	for line := range strings.Lines(string(frozen(t, "dictionary-2.txt"))) {
		text, err := strconv.Unquote(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		add(text, text, false)
	}
	add("host", "[2001:db8::1]:8443", false)
	add("date", "Thu, 26 Nov 2026 19:38:11 GMT", false)
	add("age", "120", false)
	add("x-hex", strings.Repeat("0f", 32), false)
	add("x-standard", "v1,"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("a", 32))), false)
	add("x-secret", "", true)
	add("x-odd", "\x00\xff", false)
	return a
}

func frozen(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestRecordsInDatabasesStayReadable reads records as they lie there, of each version, and
// holds that the newest still says the same with the same bytes.
func TestRecordsInDatabasesStayReadable(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]webhook.Attempt{
		"full-1.hex": fullAttempt(), "sent-1.hex": sentAttempt(),
		"full-2.hex": fullAttempt(), "sent-2.hex": sentAttempt(), "every-2.hex": everyForm(t),
	} {
		record, err := hex.DecodeString(strings.TrimSpace(string(frozen(t, name))))
		if err != nil {
			t.Fatal(err)
		}
		var got webhook.Attempt
		if err := store.DecodeAttempt(record, &got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", name, diff)
		}
		if strings.HasSuffix(name, "-2.hex") && !bytes.Equal(store.EncodeAttempt(&want), record) {
			t.Errorf("%s is packed otherwise now", name)
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

// TestRecordsThatAreDamagedSaySo cuts a record short at each place, and breaks it in others.
func TestRecordsThatAreDamagedSaySo(t *testing.T) {
	t.Parallel()
	a, empty := sentAttempt(), webhook.Attempt{}
	record, none := store.EncodeAttempt(&a), store.EncodeAttempt(&empty)
	damaged := [][]byte{append(slices.Clone(record), 0), {0}}
	for end := range record {
		damaged = append(damaged, record[:end])
	}
	at := func(place int, b ...byte) {
		damaged = append(damaged, slices.Concat(none[:place], b, none[place+1:]))
	}
	at(1, 7)                                                      // no form
	at(1, 6)                                                      // masked is no text
	at(1, 255)                                                    // no place of the dictionary
	at(5, 1)                                                      // -1 headers of the request
	at(5, 126)                                                    // 63 of them
	at(6, 1)                                                      // -1 headers of the answer
	at(9, binary.AppendVarint(nil, math.MaxInt64/1000+1)...)      // more microseconds than there are
	at(0, 1)                                                      // not of that version
	damaged = append(damaged, append([]byte{2, 2}, none[2:5]...)) // a signature that ends
	for _, record := range damaged {
		var got webhook.Attempt
		if err := store.DecodeAttempt(record, &got); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%x: %v", record, err)
		}
	}
	var got webhook.Attempt
	if err := store.DecodeAttempt(append([]byte{3}, record[1:]...), &got); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("a record of version 3: %v", err)
	}
}

// TestTextsComeBackByteForByte tries what is nearly one of the short forms.
func TestTextsComeBackByteForByte(t *testing.T) {
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

func BenchmarkEncodeAttempt(b *testing.B) {
	ordinary, dates := sentAttempt(), sentAttempt()
	for range 1985 { // as many as 64 KiB of headers hold
		dates.Response.Headers = append(dates.Response.Headers, webhook.HeaderRecord{Name: "a", Value: "Thu, 26 Nov 2026 19:38:11 GMT"})
	}
	for name, a := range map[string]webhook.Attempt{"ordinary": ordinary, "dates": dates} {
		b.Run(name, func(b *testing.B) {
			var record []byte
			for b.Loop() {
				record = store.AppendAttempt(record[:0], &a)
			}
			b.ReportMetric(float64(len(record)), "bytes")
		})
	}
}
