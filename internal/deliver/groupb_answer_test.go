package deliver_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

const okHead = "HTTP/1.1 200 OK\r\n"

// slowRows are those in which the deadline decides: 24, 27, 29, 48.
func slowRows() []rowCase {
	return []rowCase{
		expires("B24aStatusLineDrips", failure(webhook.ReasonTimeout, webhook.PhaseHeaders), testkit.Drip(okHead, 700*time.Millisecond)),
		expires("B24bHeadersDripAfterStatus", want{
			outcome: webhook.OutcomeSucceeded, status: 200, phase: webhook.PhaseHeaders,
		}, testkit.DripAfter(okHead, strings.Repeat("X: y\r\n", 100), 700*time.Millisecond)),
		expires("B27BodyDrips", broken(200), testkit.DripAfter(okHead+"\r\n", strings.Repeat("x", 1000), 100*time.Millisecond)),
		expires("B29LengthIsALie", broken(200), testkit.RawHold(okHead+"Content-Length: 1099511627776\r\n\r\nx")),
	}
}

// headRows are 25, 26, 35 and 42.
func headRows() []rowCase {
	tooLarge := want{outcome: webhook.OutcomeFailed, reason: webhook.ReasonHeadersTooLarge, phase: webhook.PhaseHeaders}
	tooLargeAfter200 := tooLarge
	tooLargeAfter200.status = 200
	hint := "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	rows := []rowCase{
		reads("B25aEndlessHeaders", tooLargeAfter200, oneRead, testkit.Endless(okHead, "X: y\r\n")),
		reads("B25bEndlessHeaderLine", tooLargeAfter200, oneRead, testkit.Endless(okHead+"X: ", "y")),
		reads("B25cEndlessStatusLine", tooLarge, oneRead, testkit.Endless("HTTP/1.1 200 ", "OK")),
		reads("B25dEndlessHeadersAfter503", want{
			outcome: webhook.OutcomeFailed, reason: webhook.ReasonHeadersTooLarge, phase: webhook.PhaseHeaders, status: 503,
		}, oneRead, testkit.Endless("HTTP/1.1 503 No\r\n", "X: y\r\n")),
		reads("B26aFloodOfHints", tooLarge, oneRead, testkit.Raw(strings.Repeat(hint, 10_000)+okHead+"\r\n")),
		answers("B26bSomeHints", ok(200), testkit.Raw(strings.Repeat(hint, 100)+okHead+"\r\n")),
		{"B35OddHeaders", oddHeaders},
	}
	for name, line := range map[string]string{
		"Zero": "HTTP/1.1 0 OK", "TwoDigits": "HTTP/1.1 99 OK", "ThreeZeros": "HTTP/1.1 000 OK", "SixHundred": "HTTP/1.1 600 OK",
		"NineNineNine": "HTTP/1.1 999 OK", "FourDigits": "HTTP/1.1 2000 OK", "Letters": "HTTP/1.1 abc OK", "Negative": "HTTP/1.1 -20 OK",
		"Missing": "HTTP/1.1", "MissingAfterSpace": "HTTP/1.1 ", "NoSpace": "HTTP/1.1 200OK", "TwoSpaces": "HTTP/1.1  200 OK",
		"LowerCase": "http/1.1 200 OK", "Version2": "HTTP/2 200", "Version12": "HTTP/1.2 200 OK", "LeadingBlankLine": "\r\nHTTP/1.1 200 OK",
	} {
		rows = append(rows, answers("B42"+name, failure(webhook.ReasonBadResponse, webhook.PhaseHeaders), testkit.Raw(line+"\r\n\r\n")))
	}
	return rows
}

func oddHeaders(t *testing.T) {
	head := "Naïve: caf\xe9 \xff\r\nSet-Cookie: a=1\r\n folded\r\n\tmore\r\nX: \r\nno colon here\r\n: no name\r\nSpaced : x\r\n"
	for range 500 {
		head += "Set-Cookie: b=2\r\n"
	}
	for range 1000 {
		head += "Same: 1\r\n"
	}
	a, r := attempt(t, ok(200), testkit.RawKeep(okHead+head+"Content-Length: 0\r\n\r\n"))
	wantFields := []webhook.HeaderRecord{
		{Name: "Naïve", Value: "caf\xe9 \xff"},
		{Name: "Set-Cookie", Value: "a=1\r\n folded\r\n\tmore"},
		{Name: "X"},
		{Value: "no colon here"},
		{Value: ": no name"},
		{Value: "Spaced : x"},
	}
	if diff := cmp.Diff(wantFields, a.Response.Headers[:6]); diff != "" {
		t.Error(diff)
	}
	if got := len(a.Response.Headers); got != 6+500+1000+1 {
		t.Errorf("kept %d headers", got)
	}
	s := newSender(t, nil)
	for range 2 {
		ok(200).check(t, s.Send(t.Context(), newRequest(r.URL)))
	}
	for _, received := range r.Requests() {
		if strings.Contains(strings.ToLower(string(received.Raw)), "cookie") {
			t.Error("a cookie was sent back")
		}
	}
	if r.Connections() != 3 {
		t.Errorf("%d connections for 3 attempts: one with headers that break the rules was kept", r.Connections())
	}
}

// bodyRows are 28 and 30 to 34.
func bodyRows() []rowCase {
	rows := []rowCase{
		reads("B28EndlessBody", broken(200), twoReads, testkit.Endless(okHead+"Content-Length: 10737418240\r\n\r\n", "x")),
		{"B33ResetInBody", func(t *testing.T) {
			a, _ := attempt(t, broken(200), testkit.RawReset(okHead+"Content-Length: 10\r\n\r\n1234"))
			if a.Response.BodySize > 4 {
				t.Errorf("read %d bytes of 4", a.Response.BodySize)
			}
		}},
	}
	rows = append(rows, encodedRows()...)
	rows = append(rows, chunkedRows()...)
	return append(rows, oddBodyRows()...)
}

// encodedRows are 30 and 31: bodies are stored as they come.
func encodedRows() []rowCase {
	raw := func(name, encoding string, body func() []byte) rowCase {
		return rowCase{name, func(t *testing.T) { keepsRaw(t, body(), "Content-Encoding: "+encoding) }}
	}
	return []rowCase{
		raw("B30aGzipBomb", "gzip", bomb),
		raw("B30bNestedGzip", "gzip, gzip", func() []byte { return compress(bomb()) }),
		raw("B30cBrotli", "br", func() []byte { return []byte("\xce\xb2\xcf\x81") }),
		raw("B30dZstandard", "zstd", func() []byte { return []byte("\x28\xb5\x2f\xfd\x00") }),
		raw("B31aCutGzip", "gzip", func() []byte { return compress([]byte("hello"))[:12] }),
		raw("B31bWrongCRC", "gzip", func() []byte {
			body := compress([]byte("hello"))
			body[len(body)-8] ^= 0xff
			return body
		}),
	}
}

// bomb is some 100 kB that inflate to a thousand times as much: members of a gzip file
// may follow one another.
func bomb() []byte { return bytes.Repeat(compress(make([]byte, 1<<20)), 100) }

func compress(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// keepsRaw makes an attempt that is answered with the body, and compares what was
// stored.
func keepsRaw(t *testing.T, body []byte, headers ...string) {
	t.Helper()
	w := ok(200)
	w.cut = len(body) > 16<<10
	if len(body) > 64<<10 {
		w = broken(200)
	}
	a, _ := attempt(t, w, testkit.Respond(200, string(body), headers...))
	if !bytes.Equal(a.Response.Body, body[:min(len(body), 16<<10)]) {
		t.Error("the stored body differs from what was sent")
	}
	if want := int64(min(len(body), 64<<10)); a.Response.BodySize > want || a.Response.BodySize < want-8<<10 {
		t.Errorf("read %d bytes of the body, want about %d", a.Response.BodySize, want)
	}
}

func chunkedRows() []rowCase {
	const head = okHead + "Transfer-Encoding: chunked\r\n\r\n"
	rows := []rowCase{
		answers("B32aBadChunkSize", broken(200), testkit.Raw(head+"xyz\r\nhello\r\n0\r\n\r\n")),
		answers("B32bHugeChunkSize", broken(200), testkit.Raw(head+"fffffffffffffffff\r\nhello\r\n")),
		reads("B32cHugeExtension", broken(200), twoReads, testkit.Endless(head+"5;", "e")),
		expires("B32dNoLastChunk", broken(200), testkit.RawHold(head+"5\r\nhello\r\n")),
		reads("B32eMillionChunks", broken(200), twoReads, testkit.Endless(head, "1\r\nx\r\n")),
		reads("B32fHugeTrailers", want{
			outcome: webhook.OutcomeSucceeded, status: 200, phase: webhook.PhaseBody,
		}, twoReads, testkit.Endless(head+"5\r\nhello\r\n0\r\n", "X: y\r\n")),
		answers("B32gChunkWithoutLineBreak", broken(200), testkit.Raw(head+"5\r\nhello0\r\n\r\n")),
		{"B32hGoodChunks", func(t *testing.T) {
			a, _ := attempt(t, ok(200), testkit.RawKeep(head+"5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n"))
			if string(a.Response.Body) != "hello world" {
				t.Errorf("stored %q", a.Response.Body)
			}
		}},
	}
	return rows
}

// oddBodyRows are 34: content that breaks a careless store.
func oddBodyRows() []rowCase {
	var rows []rowCase
	for name, body := range testkit.OddBodies() {
		rows = append(rows, rowCase{"B34" + name, func(t *testing.T) {
			keepsRaw(t, []byte(body), "Content-Type: application/json")
		}})
	}
	return rows
}

// statusRows are 36 to 41.
func statusRows() []rowCase {
	rows := []rowCase{{"B36bBodyAfter204", bodyAfter204}, {"B37bRedirectIsNotFollowed", redirectIsNotFollowed}}
	for _, status := range []int{200, 201, 202, 204, 206, 299} {
		rows = append(rows, answers(fmt.Sprintf("B36aStatus%d", status), ok(status), testkit.Status(status)))
	}
	for status := 300; status <= 308; status++ {
		rows = append(rows, answers(fmt.Sprintf("B37aStatus%d", status), refusal(webhook.ReasonRedirect, status, false), testkit.Status(status)))
	}
	for _, status := range []int{400, 401, 403, 404, 405, 413, 422, 499} {
		rows = append(rows, answers(fmt.Sprintf("B38Status%d", status), refusal(webhook.ReasonStatus4xx, status, false), testkit.Status(status)))
	}
	rows = append(rows, answers("B40Gone", refusal(webhook.ReasonStatus4xx, 410, false), testkit.Status(410)))
	for _, status := range []int{500, 502, 503, 504, 507, 599} {
		rows = append(rows, rowCase{fmt.Sprintf("B41Status%d", status), func(t *testing.T) { failsForGood(t, status) }})
	}
	return append(rows, retryAfterRows()...)
}

func bodyAfter204(t *testing.T) {
	for name, answer := range map[string]string{
		"Announced":   "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
		"Unannounced": "HTTP/1.1 204 No Content\r\n\r\nhello",
		"Chunked":     "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := testkit.NewReceiver(t, testkit.RawKeep(answer))
			s := newSender(t, nil)
			for range 2 {
				a := s.Send(t.Context(), newRequest(r.URL))
				ok(204).check(t, a)
				if a.Response.Body != nil {
					t.Errorf("stored %q as the body of a 204", a.Response.Body)
				}
			}
			if r.Connections() != 2 {
				t.Errorf("%d connections for 2 attempts, want 2", r.Connections())
			}
		})
	}
}

func redirectIsNotFollowed(t *testing.T) {
	elsewhere := testkit.NewReceiver(t)
	for status := 300; status <= 308; status++ {
		_, r := attempt(t, refusal(webhook.ReasonRedirect, status, false), testkit.Status(status, "Location: "+elsewhere.URL))
		if got := len(r.Requests()); got != 1 {
			t.Errorf("%d: the endpoint got %d requests, want 1", status, got)
		}
	}
	if got := elsewhere.Connections(); got != 0 {
		t.Errorf("%d connections to where the redirects led", got)
	}
}

// failsForGood plays the default schedule against an endpoint that stays down.
func failsForGood(t *testing.T, status int) {
	t.Helper()
	r := testkit.NewReceiver(t, testkit.Status(status))
	attempts, next := play(t, newSender(t, nil), newRequest(r.URL))
	for _, a := range attempts {
		refusal(webhook.ReasonStatus5xx, status, true).check(t, a)
	}
	if len(attempts) != 4 || next.State != webhook.StateFailed || len(r.Requests()) != 4 {
		t.Errorf("%d attempts, %s, %d requests; want 4 of each and failed", len(attempts), next.State, len(r.Requests()))
	}
}

// play makes attempts as the default policy says, without the waits.
func play(t *testing.T, s *deliver.Sender, request webhook.Request) ([]webhook.Attempt, webhook.Next) {
	t.Helper()
	policy := webhook.RetryPolicy{Schedule: webhook.DefaultRetrySchedule()}
	var attempts []webhook.Attempt
	var next webhook.Next
	for {
		a := s.Send(t.Context(), request)
		attempts = append(attempts, a)
		next = policy.Next(webhook.Job{RetriesUsed: next.RetriesUsed}, &a, nil, 0.5)
		if next.State != webhook.StateRetrying {
			return attempts, next
		}
		request.Number, request.Trigger = request.Number+1, webhook.TriggerRetry
	}
}

// retryAfterRows are 39: the wait lies between the schedule's and one hour.
func retryAfterRows() []rowCase {
	const base = time.Second
	now := "2026-01-02T03:04:05Z"
	var rows []rowCase
	for _, c := range []struct {
		name, value string
		wait        time.Duration
	}{
		{"None", "", base},
		{"Zero", "0", base},
		{"Five", "5", 5 * time.Second},
		{"Negative", "-1", base},
		{"Huge", "1000000000", time.Hour},
		{"Overflow", "99999999999999999999999", time.Hour},
		{"NotANumber", "NaN", base},
		{"DateAhead", "Fri, 02 Jan 2026 03:04:35 GMT", 30 * time.Second},
		{"DateFarAhead", "Fri, 31 Dec 9999 23:59:59 GMT", time.Hour},
		{"DatePassed", "Thu, 01 Jan 1970 00:00:00 GMT", base},
		{"DateGarbage", "Someday, 99 Foo 2026", base},
	} {
		for _, status := range []int{429, 503} {
			reason := webhook.ReasonStatus4xx
			if status >= 500 {
				reason = webhook.ReasonStatus5xx
			}
			rows = append(rows, rowCase{fmt.Sprintf("B39aStatus%dRetryAfter%s", status, c.name), func(t *testing.T) {
				a := throttled(t, refusal(reason, status, true), now, c.value)
				next := webhook.RetryPolicy{Schedule: []time.Duration{base}}.Next(webhook.Job{}, &a, nil, 0.5)
				if got := next.DueAt.Sub(a.EndedAt()); got < c.wait || got > c.wait+time.Millisecond {
					t.Errorf("the next attempt is due after %v, want %v", got, c.wait)
				}
			}})
		}
	}
	for _, status := range []int{408, 425} {
		rows = append(rows, rowCase{fmt.Sprintf("B39bStatus%d", status), func(t *testing.T) {
			if a := throttled(t, refusal(webhook.ReasonStatus4xx, status, true), now, "5"); a.RetryAfter != nil {
				t.Errorf("Retry-After counts as %v, want it not to count", *a.RetryAfter)
			}
		}})
	}
	return rows
}

// throttled makes an attempt that is answered with the status and Retry-After.
func throttled(t *testing.T, w want, now, value string) webhook.Attempt {
	t.Helper()
	var headers []string
	if value != "" {
		headers = append(headers, "Retry-After: "+value)
	}
	r := testkit.NewReceiver(t, testkit.Status(w.status, headers...))
	s := newSender(t, func(o *deliver.Options) { o.Clock = at(t, now) })
	a := s.Send(t.Context(), newRequest(r.URL))
	w.check(t, a)
	return a
}
