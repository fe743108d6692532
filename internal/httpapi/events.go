package httpapi

import (
	"net/http"
	"strconv"

	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/store"
)

// postEvent accepts one event. It answers only once the event is durable. This and
// postBatch are the hot path: the body goes on as the bytes that came, and the
// answer is appended by hand (ADR-0007).
func (a *api) postEvent(c *call) {
	in, p := input(c)
	if p != nil {
		writeProblem(c, p)
		return
	}
	done, err := a.Ingest.Accept(c.request.Context(), in)
	if err != nil {
		writeProblem(c, a.problemOf(c, err))
		return
	}
	writeAccepted(c, appendAccepted(make([]byte, 0, 64), done))
}

// postBatch accepts all events of the body or none.
func (a *api) postBatch(c *call) {
	in, p := input(c)
	if p != nil {
		writeProblem(c, p)
		return
	}
	done, err := a.Ingest.AcceptBatch(c.request.Context(), in)
	if err != nil {
		writeProblem(c, a.problemOf(c, err))
		return
	}
	answer := append(make([]byte, 0, 2+64*len(done)), '[')
	for i, one := range done {
		if i > 0 {
			answer = append(answer, ',')
		}
		answer = appendAccepted(answer, one)
	}
	writeAccepted(c, append(answer, ']'))
}

func input(c *call) (ingest.Input, *problem) {
	key, p := idempotencyKey(c.request.Header)
	return ingest.Input{Tenant: c.tenant(), Source: c.by(), Body: c.body, IdempotencyKey: key, NDJSON: c.lines}, p
}

// idempotencyKey reads the header: 1 to 255 characters of printable ASCII.
func idempotencyKey(h http.Header) (string, *problem) {
	values := h["Idempotency-Key"]
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	valid := len(values) == 1 && len(key) > 0 && len(key) <= ingest.MaxIdempotencyKey
	for i := range len(key) {
		valid = valid && key[i] >= ' ' && key[i] <= '~'
	}
	if !valid {
		return "", errIdempotencyKey
	}
	return key, nil
}

var errIdempotencyKey = &problem{
	status: http.StatusBadRequest, Code: "idempotency.invalid_key",
	Message: "Idempotency-Key is one header of 1 to 255 characters of printable ASCII.",
}

// appendAccepted appends the answer for one event. Identifiers need no escaping.
func appendAccepted(b []byte, done store.Accepted) []byte {
	b = append(b, `{"id":"`...)
	b = append(b, done.ID...)
	b = append(b, `","deliveries":`...)
	b = strconv.AppendInt(b, int64(done.Deliveries), 10)
	return append(b, '}')
}

// chunkedFrom is the size from which net/http sends an answer in chunks unless its
// length is told.
const chunkedFrom = 2 << 10

var jsonHeader = []string{jsonType}

func writeAccepted(c *call, answer []byte) {
	c.Header()["Content-Type"] = jsonHeader
	if len(answer) > chunkedFrom {
		c.Header()["Content-Length"] = []string{strconv.Itoa(len(answer))}
	}
	c.WriteHeader(http.StatusAccepted)
	_, _ = c.Write(answer) // the producer is gone; with an idempotency key it can ask again
}
