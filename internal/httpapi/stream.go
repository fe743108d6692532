package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/tidingshq/tidings/internal/live"
)

const (
	// heartbeat is how often a comment shows that the connection is well.
	heartbeat = 15 * time.Second
	// credentialEvery is how often a stream makes sure that its credential still counts,
	// so that it ends within a second of sign-out or revocation.
	credentialEvery = 500 * time.Millisecond
	// streamWriteWithin is how long a reader may take for what is written at once.
	streamWriteWithin = 10 * time.Second
)

var (
	errTooManyStreams = &problem{status: http.StatusTooManyRequests, Code: "stream.too_many", Message: "Too many streams are open. Close some, or try again.", retryAfter: "5"}
	errStopping       = &problem{status: http.StatusServiceUnavailable, Code: "server.stopping", Message: "The server is stopping. Try again.", retryAfter: "1"}
)

// stream tells what changes until the reader goes, its credential ends or the server
// stops. Nothing of it is written to disk.
func (a *api) stream(c *call) {
	after := c.request.URL.Query().Get("after")
	if after == "" {
		after = c.request.Header.Get("Last-Event-ID")
	}
	s, err := a.Live.Subscribe(c.tenant(), after)
	switch {
	case errors.Is(err, live.ErrTooMany):
		writeProblem(c, errTooManyStreams)
		return
	case err != nil:
		writeProblem(c, errStopping)
		return
	}
	defer s.Close()
	w := &streamWriter{call: c, control: http.NewResponseController(c.ResponseWriter)}
	if w.begin() != nil || c.request.Method == http.MethodHead {
		return
	}
	reason := a.pass(c, s, w)
	if reason == "" {
		return
	}
	if bye, err := s.Bye(reason); err == nil {
		_ = w.write(bye) // whether it arrives or not, the stream ends
	}
}

// pass passes messages on until something ends the stream; empty if that cannot be told
// to the reader any more.
func (a *api) pass(c *call, s *live.Stream, w *streamWriter) live.ByeReason {
	beat, check := time.NewTicker(heartbeat), time.NewTicker(credentialEvery)
	defer beat.Stop()
	defer check.Stop()
	gone := c.request.Context().Done()
	for {
		messages, wake, err := s.Take()
		if errors.Is(err, live.ErrSlow) {
			return live.ByeSlow
		}
		if err != nil || w.write(messages...) != nil {
			return ""
		}
		if len(messages) > 0 {
			wake = alwaysReady // there may be more; whatever else is due comes first
		}
		select {
		case <-gone:
			return ""
		case <-s.Ended():
			return live.ByeShutdown
		case <-check.C:
			if reason, ended := a.credentialEnded(c); ended {
				return reason
			}
		case <-beat.C:
			if w.comment() != nil {
				return ""
			}
		case <-wake:
		}
	}
}

// alwaysReady is a closed channel.
var alwaysReady = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// credentialEnded says whether the caller may not go on, and why. If that cannot be
// found out they may not, and are told nothing: they may try again.
func (a *api) credentialEnded(c *call) (reason live.ByeReason, ended bool) {
	ctx, cancel := context.WithTimeout(c.request.Context(), credentialEvery)
	defer cancel()
	valid, err := a.stillValid(ctx, c)
	switch {
	case err != nil:
		a.Log.Warn("stream.credential_unknown", "request", c.id, "error", err)
		return "", true
	case valid:
		return "", false
	case c.person != nil:
		return live.ByeSignedOut, true
	default:
		return live.ByeRevoked, true
	}
}

// streamWriter writes text/event-stream.
type streamWriter struct {
	call    *call
	control *http.ResponseController
	buffer  []byte
}

// begin sends the headers. The bounds of the server on the time of a whole request and
// of an answer do not hold for a stream: each write has its own.
func (w *streamWriter) begin() error {
	if err := w.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	h := w.call.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	w.call.WriteHeader(http.StatusOK)
	return w.comment()
}

// comment writes a line that readers pass over.
func (w *streamWriter) comment() error {
	w.buffer = append(w.buffer[:0], ":\n\n"...)
	return w.flush()
}

func (w *streamWriter) write(messages ...live.Message) error {
	if len(messages) == 0 {
		return nil
	}
	w.buffer = w.buffer[:0]
	for i := range messages {
		m := &messages[i]
		w.buffer = append(append(append(w.buffer, "event: "...), m.Kind...), "\nid: "...)
		w.buffer = append(append(append(w.buffer, m.ID...), "\ndata: "...), m.Text...)
		w.buffer = append(w.buffer, "\n\n"...)
	}
	return w.flush()
}

func (w *streamWriter) flush() error {
	if err := w.control.SetWriteDeadline(time.Now().Add(streamWriteWithin)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := w.call.Write(w.buffer); err != nil {
		return err
	}
	return w.control.Flush()
}
