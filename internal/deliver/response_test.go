package deliver

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
)

const headLimit = 64 << 10

func readHeadOf(source io.Reader) (head, *reader) {
	r := newReader()
	r.reset(source)
	return r.readHead(headLimit), r
}

func TestReadHead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		in     string
		status int
		fields []webhook.HeaderRecord
		messy  bool
		err    error
	}{
		"Plain":               {"HTTP/1.1 200 OK\r\nA: 1\r\nb:2\r\n\r\n", 200, []webhook.HeaderRecord{{Name: "A", Value: "1"}, {Name: "b", Value: "2"}}, false, nil},
		"NoReason":            {"HTTP/1.1 404\r\n\r\n", 404, nil, false, nil},
		"EmptyReason":         {"HTTP/1.1 404 \r\n\r\n", 404, nil, false, nil},
		"OldVersion":          {"HTTP/1.0 599 x\r\n\r\n", 599, nil, false, nil},
		"BareLineFeeds":       {"HTTP/1.1 200 OK\nA: 1\n\n", 200, []webhook.HeaderRecord{{Name: "A", Value: "1"}}, false, nil},
		"Continues":           {"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 204 No\r\nA: 1\r\n\r\n", 204, []webhook.HeaderRecord{{Name: "A", Value: "1"}}, false, nil},
		"WhiteSpaceIsTrimmed": {"HTTP/1.1 200 OK\r\nA: \t 1 2 \t\r\n\r\n", 200, []webhook.HeaderRecord{{Name: "A", Value: "1 2"}}, false, nil},
		"ColonsInValue":       {"HTTP/1.1 200 OK\r\nA: b: c\r\n\r\n", 200, []webhook.HeaderRecord{{Name: "A", Value: "b: c"}}, false, nil},
		"CarriageReturn":      {"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", 200, []webhook.HeaderRecord{{Name: "A", Value: "b\rc"}}, false, nil},
		"NUL":                 {"HTTP/1.1 200 OK\r\nA: b\x00c\r\n\r\n", 200, []webhook.HeaderRecord{{Name: "A", Value: "b\x00c"}}, false, nil},
		"FoldedFirst":         {"HTTP/1.1 200 OK\r\n A: 1\r\n\r\n", 200, []webhook.HeaderRecord{{Value: "A: 1"}}, true, nil},
		"CutAfterStatus":      {"HTTP/1.1 200 OK\r\n", 200, nil, false, io.EOF},
		"CutInField":          {"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2", 200, []webhook.HeaderRecord{{Name: "A", Value: "1"}}, false, io.EOF},
		"CutInStatusLine":     {"HTTP/1.1 200 OK", 0, nil, false, io.EOF},
		"CutInInterim":        {"HTTP/1.1 100 Continue\r\nA: 1\r\n", 0, nil, false, io.EOF},
		"Nothing":             {"", 0, nil, false, io.EOF},
		"OtherProtocol":       {"SSH-2.0", 0, nil, false, errNotHTTP},
		"OneWrongByte":        {"X", 0, nil, false, errNotHTTP},
		"Exactly64KiB":        {exactly64KiB(""), 200, []webhook.HeaderRecord{{Name: "A", Value: strings.Repeat("x", headLimit-24)}}, false, nil},
		"OneByteMore":         {exactly64KiB("x"), 200, nil, false, errHeadTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, source := range []io.Reader{strings.NewReader(test.in), iotest.OneByteReader(strings.NewReader(test.in))} {
				h, _ := readHeadOf(source)
				if h.status != test.status || h.messy != test.messy || !errors.Is(h.err, test.err) {
					t.Errorf("got status %d, messy %v, %v", h.status, h.messy, h.err)
				}
				if diff := cmp.Diff(test.fields, h.fields); diff != "" && !errors.Is(test.err, errHeadTooLarge) {
					t.Error(diff)
				}
			}
		})
	}
}

// exactly64KiB is a head of the largest size, and more.
func exactly64KiB(more string) string {
	return "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", headLimit-24) + more + "\r\n\r\n"
}

func TestManyFieldsAreKeptWithoutBeingTakenApart(t *testing.T) {
	t.Parallel()
	h, _ := readHeadOf(strings.NewReader("HTTP/1.1 200 OK\r\n" + strings.Repeat("a:\r\n", 10_000) + "last: 1\r\n\r\n"))
	if h.err != nil || h.status != 200 || !h.messy {
		t.Fatalf("got status %d, messy %v, %v", h.status, h.messy, h.err)
	}
	rest := h.fields[len(h.fields)-1]
	if len(h.fields) != maxFields || rest.Name != "" || !strings.HasSuffix(rest.Value, "a:\r\nlast: 1\r\n") {
		t.Errorf("got %d fields, the last %q", len(h.fields), rest.Name)
	}
}

func TestReuse(t *testing.T) {
	t.Parallel()
	const longest = 30 * time.Second
	for name, test := range map[string]struct {
		head string
		want time.Duration
	}{
		"Length":             {"HTTP/1.1 200 OK\r\nContent-Length: 5", longest},
		"Chunked":            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", longest},
		"ChunkedUpperCase":   {"HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: Chunked", longest},
		"NoContent":          {"HTTP/1.1 204 No Content", longest},
		"NotModified":        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 0", longest},
		"KeepAliveOption":    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive", longest},
		"KeepAliveHint":      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=5", 4 * time.Second},
		"KeepAliveHintMax":   {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: max=9, timeout=6, x", 5 * time.Second},
		"KeepAliveHintLong":  {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=600", longest},
		"KeepAliveHintHuge":  {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=99999999999999999999", longest},
		"KeepAliveHintOdd":   {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=x", longest},
		"KeepAliveHintShort": {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=1", 0},
		"Close":              {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close", 0},
		"CloseAmongOthers":   {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: x\r\nconnection: y, CLOSE ,z", 0},
		"OldVersion":         {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive", 0},
		"NoLength":           {"HTTP/1.1 200 OK", 0},
		"TwoLengths":         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6", 0},
		"SameLengthTwice":    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5", 0},
		"LengthList":         {"HTTP/1.1 200 OK\r\nContent-Length: 5, 5", 0},
		"LengthNegative":     {"HTTP/1.1 200 OK\r\nContent-Length: -5", 0},
		"LengthSigned":       {"HTTP/1.1 200 OK\r\nContent-Length: +5", 0},
		"LengthAndChunked":   {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", 0},
		"ChunkedAndLength":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5", 0},
		"ChunkedTwice":       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 0},
		"GzipChunked":        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked", 0},
		"OtherCoding":        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 5", 0},
		"Folded":             {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n z", 0},
		"SpaceBeforeColon":   {"HTTP/1.1 200 OK\r\nContent-Length : 5", 0},
		"NoContentWithBody":  {"HTTP/1.1 204 No Content\r\nContent-Length: 5", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := readHeadOf(strings.NewReader(test.head + "\r\n\r\n"))
			if h.err != nil {
				t.Fatal(h.err)
			}
			if got := max(0, h.reusableFor(longest)); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// FuzzReadHead checks what holds for any input, and that net/http reads the same
// where it reads the input at all.
func FuzzReadHead(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 No\nRetry-After: 5\n\n",
		"HTTP/1.1 200 OK\r\nA: 1\r\n b\r\n: c\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: x\r\n\r\n",
		"HTTP/1.1 204 No\r\nKeep-Alive: timeout=5\r\n\r\n", "HTTP/2 200", "\x00\x00\x00\x04", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		h, r := readHeadOf(strings.NewReader(string(in)))
		if h.status != 0 && h.status != 101 && (h.status < 200 || h.status > 599) {
			t.Fatalf("status %d", h.status)
		}
		if h.status == 0 && h.err == nil {
			t.Fatal("neither a status nor an error")
		}
		size := 0
		for _, field := range h.fields {
			size += len(field.Name) + len(field.Value)
			if !strings.Contains(string(in), field.Name) || !strings.Contains(string(in), field.Value) {
				t.Fatalf("field %q with %q is not in the input", field.Name, field.Value)
			}
		}
		if size > headLimit || len(h.fields) > maxFields {
			t.Fatalf("%d fields of %d bytes", len(h.fields), size)
		}
		if h.err != nil {
			return
		}
		agreesWithNetHTTP(t, h, in)
		c, _ := r.readBody(h, 64<<10, 16<<10)
		if c.size > 64<<10+bufferSize || len(c.kept) > 16<<10 {
			t.Fatalf("read %d and kept %d bytes of the body", c.size, len(c.kept))
		}
	})
}

func agreesWithNetHTTP(t *testing.T, h head, in []byte) {
	t.Helper()
	theirs, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(in))), &http.Request{Method: http.MethodPost})
	if err != nil || theirs.StatusCode < 200 || h.messy {
		return
	}
	defer func() { _ = theirs.Body.Close() }()
	if theirs.StatusCode != h.status {
		t.Fatalf("status %d, net/http reads %d", h.status, theirs.StatusCode)
	}
	f := h.framing()
	chunked := len(theirs.TransferEncoding) > 0
	if f.clear && (f.chunked != chunked || !chunked && f.length != max(theirs.ContentLength, -1)) {
		t.Fatalf("framing %+v, net/http reads %v and %d", f, theirs.TransferEncoding, theirs.ContentLength)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	wait := func(d time.Duration) *time.Duration { return &d }
	for value, want := range map[string]*time.Duration{
		"":                               nil,
		"0":                              wait(0),
		"5":                              wait(5 * time.Second),
		"007":                            wait(7 * time.Second),
		"1000000000":                     wait(longestRetryAfter),
		"9223372036854775807":            wait(longestRetryAfter),
		"9223372036854775808":            wait(longestRetryAfter),
		"-1":                             nil,
		"+5":                             nil,
		"5.5":                            nil,
		"5s":                             nil,
		"NaN":                            nil,
		"Inf":                            nil,
		"5, 6":                           nil,
		"Fri, 02 Jan 2026 03:05:05 GMT":  wait(time.Minute),
		"Friday, 02-Jan-26 03:05:05 GMT": wait(time.Minute),
		"Fri Jan  2 03:05:05 2026":       wait(time.Minute),
		"Thu, 01 Jan 1970 00:00:00 GMT":  wait(0),
		"Fri, 31 Dec 9999 23:59:59 GMT":  wait(longestRetryAfter),
		"Fri, 32 Dec 2026 23:59:59 GMT":  nil,
		"2026-01-02T03:05:05Z":           nil,
	} {
		if diff := cmp.Diff(want, retryAfter(value, now)); diff != "" {
			t.Errorf("%q: %s", value, diff)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"5", "-1", "99999999999999999999", "Fri, 02 Jan 2026 03:05:05 GMT", "NaN"} {
		f.Add(seed)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		if wait := retryAfter(value, now); wait != nil && (*wait < 0 || *wait > longestRetryAfter) {
			t.Errorf("%q asks for %v", value, *wait)
		}
	})
}
