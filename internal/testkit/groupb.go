package testkit

import (
	"strings"

	"github.com/tidingshq/tidings/internal/webhook"
)

// EngineRow is a row of group B as a whole delivery shows it. The suite of the engine
// plays each against the default schedule and a webhook without a cap of its own, and
// checks, beside what is here, that there is one log entry, that its attempts are
// numbered from 1 without a gap, and that the endpoint got as many requests, all with
// the same identifier and body. The rows of internal/deliver show single attempts.
type EngineRow struct {
	// Name begins with the row, as in B41.
	Name   string
	Script []Behaviour
	// State is the end state, Reasons the reason of each attempt in order; a
	// succeeded one has none.
	State   webhook.State
	Reasons []webhook.Reason
	// Body, if set, is what the log must hold of the last answer, byte for byte.
	Body string
}

// EngineRows are the rows of group B that concern a whole delivery and need nothing
// but a script. B50 (health equals what the endpoint counted), B51 (an outage with a
// long queue) and B52 (many webhooks, one slow host) need tests of their own.
func EngineRows() []EngineRow {
	const okHead = "HTTP/1.1 200 OK\r\n"
	rows := []EngineRow{
		fails("B21ResetsAfterRequest", repeat(webhook.ReasonReset, 4), RawReset("")),
		fails("B25EndlessHeaders", repeat(webhook.ReasonHeadersTooLarge, 1), Endless(okHead, "X: y\r\n")),
		succeeds("B32BrokenChunks", nil, Raw(okHead+"Transfer-Encoding: chunked\r\n\r\nxyz\r\n")),
		succeeds("B33CutInBody", nil, Raw(okHead+"Content-Length: 10\r\n\r\n1234")),
		succeeds("B35OddHeaders", nil, RawKeep(okHead+"N\xe4me: \xff\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n")),
		fails("B37Redirect", repeat(webhook.ReasonRedirect, 1), Status(307, "Location: http://elsewhere.test/")),
		fails("B38NotFound", repeat(webhook.ReasonStatus4xx, 1), Status(404)),
		fails("B39TooManyRequests", repeat(webhook.ReasonStatus4xx, 4), Status(429, "Retry-After: 5")),
		fails("B40Gone", repeat(webhook.ReasonStatus4xx, 1), Status(410)),
		fails("B41ServerError", repeat(webhook.ReasonStatus5xx, 4), Status(500), Status(502), Status(503), Status(599)),
		fails("B42NoStatus", repeat(webhook.ReasonBadResponse, 4), Raw("HTTP/1.1 abc\r\n\r\n")),
		fails("B43SwitchingProtocols", repeat(webhook.ReasonBadResponse, 1), Raw("HTTP/1.1 101 Switching Protocols\r\n\r\n")),
		succeeds("B46FailsThreeTimes", repeat(webhook.ReasonStatus5xx, 3), Status(500), Status(502), Status(503), Status(200)),
		succeeds("B47AnswersTooLate", repeat(webhook.ReasonTimeout, 1), Hang(), Status(200)),
		succeeds("B49CutsAfterProcessing", repeat(webhook.ReasonReset, 1), Raw(""), Status(200)),
	}
	for name, body := range OddBodies() {
		row := succeeds("B34"+name, nil, Respond(200, body))
		row.Body = body[:min(len(body), 16<<10)]
		rows = append(rows, row)
	}
	return rows
}

// fails is a row that ends failed for these reasons.
func fails(name string, reasons []webhook.Reason, script ...Behaviour) EngineRow {
	return EngineRow{Name: name, Script: script, State: webhook.StateFailed, Reasons: reasons}
}

// succeeds is a row that succeeds after failures for these reasons.
func succeeds(name string, before []webhook.Reason, script ...Behaviour) EngineRow {
	reasons := append(before, webhook.ReasonNone)
	return EngineRow{Name: name, Script: script, State: webhook.StateSucceeded, Reasons: reasons}
}

func repeat(reason webhook.Reason, n int) []webhook.Reason {
	reasons := make([]webhook.Reason, n)
	for i := range reasons {
		reasons[i] = reason
	}
	return reasons
}

// OddBodies are response bodies that break a careless store or console, by name. They
// must come back byte for byte.
func OddBodies() map[string]string {
	return map[string]string{
		"NUL":            "{\"a\":\"\x00\"}\x00",
		"InvalidUTF8":    "{\"a\":\"\xff\xfe\xc3\x28\xed\xa0\x80\"}",
		"LoneSurrogates": `{"a":"\ud800","b":"\udc00\ud800"}`,
		"EscapedNUL":     `{"a":"\u0000"}`,
		"HugeNumber":     `{"a":1e400000,"b":-1E999999999}`,
		"DeepJSON":       strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
		"LineSeparators": "{\"a\":\"\u2028\u2029\u0085\"}",
		"ANSI":           "\x1b[31mred\x1b[0m\x07\x1b]0;title\x07",
		"Script":         `</script><script>alert(1)</script><!--`,
		"BOM":            "\ufeff{}",
		"CRLF":           "a\r\nHTTP/1.1 200 OK\r\n\r\n",
	}
}
