package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// exchange writes the request and reads the answer. The connection is kept for another
// attempt if all went by the rules, and closed otherwise.
func (s *Sender) exchange(ctx context.Context, c *conn, q *request, a *webhook.Attempt) ending {
	w := startWriting(c, q)
	r := s.borrowReader(c)
	keepFor := time.Duration(0)
	defer func() {
		s.leave(c, w, keepFor)
		s.returnReader(r)
	}()

	h := r.readHead(s.MaxHeaders)
	a.Timing.Wait = w.until(r.input.first)
	if h.status == 0 {
		return noStatus(ctx, c, w, h.err)
	}
	h.note(a, s.Wall.Now())
	end := byStatus(h.status)
	if errors.Is(h.err, errHeadTooLarge) {
		end = endTooLarge
	}
	if h.err != nil || h.status == 101 {
		return end.cut(h.err, webhook.PhaseHeaders, detailCutHead)
	}
	content, err := r.readBody(h, s.MaxBody, s.KeptBody)
	content.note(a)
	a.Timing.Read = time.Since(r.input.first)
	if err == nil && r.Buffered() == 0 { // what is left over answers nothing that we asked
		keepFor = h.reusableFor(s.IdleTimeout)
	}
	return end.cut(err, webhook.PhaseBody, detailCutBody)
}

// leave ends the use of a connection.
func (s *Sender) leave(c *conn, w *writing, keepFor time.Duration) {
	if free := s.watches.end(c); free && keepFor > 0 && w.finished() {
		s.pool.put(c, keepFor)
		return
	}
	c.close()
	w.join()
}

// noStatus is the ending of an exchange without a valid status line.
func noStatus(ctx context.Context, c *conn, w *writing, err error) ending {
	switch {
	case errors.Is(err, errHeadTooLarge):
		return endTooLarge
	case errors.Is(err, errNotHTTP):
		return endNotHTTP
	}
	phase := webhook.PhaseHeaders
	if !w.finished() || w.err != nil {
		phase = webhook.PhaseWrite
	}
	return byBreak(ctx, phase, c, err)
}

// cut notes that the answer broke off in the phase. It does not change the outcome:
// the status line has decided.
func (e ending) cut(err error, phase webhook.Phase, detail string) ending {
	if err == nil || e.phase != webhook.PhaseNone {
		return e
	}
	e.phase = phase
	if e.detail == "" {
		e.detail = detail
	}
	return e
}

// writeInlineUpTo is the size of a body that is written before the answer is read:
// less than the sockets of any system hold.
const writeInlineUpTo = 32 << 10

// writing is the sending of a request. A small one has ended when startWriting
// returns. A large one goes on beside the reading of the answer, because an endpoint
// may answer, and read no further, before it has it all.
type writing struct {
	done  chan struct{} // nil if nothing goes on
	err   error
	ended time.Time
}

// startWriting writes the request. That a write fails is no end yet: the answer may
// have come first.
func startWriting(c *conn, q *request) *writing {
	w := &writing{}
	if q.apart() <= writeInlineUpTo {
		w.run(c, q)
		return w
	}
	w.done = make(chan struct{})
	go func() {
		defer close(w.done)
		w.run(c, q)
	}()
	return w
}

func (w *writing) run(c *conn, q *request) {
	defer func() {
		if value := recover(); value != nil {
			w.err = fmt.Errorf("write request: %v", value)
		}
		w.ended = time.Now()
	}()
	w.err = q.writeTo(c.stream())
}

// finished says whether the request has been written, and makes err and ended
// readable.
func (w *writing) finished() bool {
	if w.done == nil {
		return true
	}
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// join waits for the end of the writing; the connection has been closed before.
func (w *writing) join() {
	if w.done != nil {
		<-w.done
	}
}

// until is the time from the end of the writing to the first byte of the answer.
func (w *writing) until(first time.Time) time.Duration {
	if !w.finished() {
		return 0
	}
	if first.IsZero() {
		first = time.Now()
	}
	return max(0, first.Sub(w.ended))
}
