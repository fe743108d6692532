package front

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer is an http.ResponseWriter that keeps the answer, which is small.
type answer struct {
	header http.Header
	// sent is the headers as they were when the answer began; later changes do not
	// count.
	sent   []line
	status int
	body   []byte
}

type line struct{ name, value string }

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter. There is no way to send a 1xx.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 || status < http.StatusOK {
		return
	}
	a.status = status
	a.sent = make([]line, 0, len(a.header))
	for name, values := range a.header {
		for _, value := range values {
			a.sent = append(a.sent, line{name, value})
		}
	}
	slices.SortStableFunc(a.sent, func(a, b line) int { return strings.Compare(a.name, b.name) })
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, b...)
	return len(b), nil
}

// SetReadDeadline is for http.ResponseController: the body is here already.
func (a *answer) SetReadDeadline(time.Time) error { return nil }

// breaks takes line breaks out of values, as net/http does.
var breaks = strings.NewReplacer("\n", " ", "\r", " ")

// appendTo appends the answer as net/http writes it: the handler's headers in order of
// their names, then date and length.
func (a *answer) appendTo(b []byte, keep bool) []byte {
	a.WriteHeader(http.StatusOK)
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(a.status), 10)
	b = append(append(append(b, ' '), http.StatusText(a.status)...), "\r\n"...)
	dated, measured := false, false
	for _, l := range a.sent {
		dated = dated || l.name == "Date"
		measured = measured || l.name == "Content-Length"
		b = append(append(append(append(b, l.name...), ": "...), breaks.Replace(l.value)...), "\r\n"...)
	}
	if !dated {
		b = time.Now().UTC().AppendFormat(append(b, "Date: "...), http.TimeFormat)
		b = append(b, "\r\n"...)
	}
	if !measured {
		b = strconv.AppendInt(append(b, "Content-Length: "...), int64(len(a.body)), 10)
		b = append(b, "\r\n"...)
	}
	if !keep {
		b = append(b, "Connection: close\r\n"...)
	}
	return append(append(b, "\r\n"...), a.body...)
}
