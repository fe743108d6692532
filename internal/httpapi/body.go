package httpapi

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// firstChunk is what is set aside for a body that does not tell its length.
const firstChunk = 16 << 10

// budget bounds the bytes of request bodies in memory.
type budget struct {
	left atomic.Int64
}

// reserve takes n bytes, or none and says no.
func (b *budget) reserve(n int64) bool {
	if b.left.Add(-n) >= 0 {
		return true
	}
	b.left.Add(n)
	return false
}

func (b *budget) release(n int64) { b.left.Add(n) }

// readBodyInTime is readBody with a deadline, which net/http lifts at the body's
// end. Without a body there is none: it would end the wait for the client's going.
func (a *api) readBodyInTime(c *call, rule bodyRule) (reserved int64, p *problem) {
	if rule.within > 0 && c.request.ContentLength != 0 {
		// Only a writer without a connection refuses, and on that nobody waits.
		_ = http.NewResponseController(c).SetReadDeadline(time.Now().Add(rule.within))
	}
	return a.readBody(c, rule)
}

// readBody reads the body of the request into the call and returns how much of the
// budget it took, which the caller gives back when the request is done.
func (a *api) readBody(c *call, rule bodyRule) (reserved int64, p *problem) {
	length := c.request.ContentLength
	switch {
	case length > rule.limit:
		return 0, errTooLarge(rule)
	case length < 0:
		return a.readUnknown(c, rule)
	case !a.budget.reserve(length):
		return 0, errNoRoom
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c.request.Body, body); err != nil {
		return length, problemOfRead(err)
	}
	c.body = body
	return length, nil
}

// readUnknown reads a body that comes in chunks, setting aside as it grows.
func (a *api) readUnknown(c *call, rule bodyRule) (reserved int64, p *problem) {
	var body []byte
	for {
		if len(body) == cap(body) {
			size := min(max(firstChunk, 2*reserved), rule.limit+1)
			if !a.budget.reserve(size - reserved) {
				return reserved, errNoRoom
			}
			reserved = size
			body = append(make([]byte, 0, size), body...)
		}
		n, err := c.request.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > rule.limit:
			return reserved, errTooLarge(rule)
		case errors.Is(err, io.EOF):
			c.body = body
			return reserved, nil
		case err != nil:
			return reserved, problemOfRead(err)
		}
	}
}

func problemOfRead(err error) *problem {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errSlowBody
	}
	return errBrokenBody
}
