package deliver

import (
	"bytes"
	"errors"
	"io"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// framing is how the end of a body is told.
type framing struct {
	chunked bool
	// length is the announced number of bytes; -1 says that the body ends with the
	// connection.
	length int64
	// clear says that there is one way to read the headers, so that the next answer
	// begins where this one ends.
	clear bool
}

// framing reads the headers generously, because the status line has decided
// already, and calls everything doubtful unclear.
func (h head) framing() framing {
	f := framing{length: -1, clear: !h.messy && h.minor == '1'}
	for _, header := range h.fields {
		switch {
		case strings.EqualFold(header.Name, "transfer-encoding"):
			f.clear = f.clear && !f.chunked && f.length < 0 && strings.EqualFold(header.Value, "chunked")
			f.chunked = f.chunked || endsWithChunked(header.Value)
		case strings.EqualFold(header.Name, "content-length"):
			length, err := strconv.ParseUint(header.Value, 10, 63)
			f.clear = f.clear && !f.chunked && f.length < 0 && err == nil
			if err == nil && f.length < 0 {
				f.length = int64(length)
			}
		}
	}
	if f.bodiless(h.status) {
		f.clear = f.clear && !f.chunked && f.length <= 0
		f.chunked, f.length = false, 0
	}
	return f
}

func (framing) bodiless(status int) bool { return status == 204 || status == 304 }

func endsWithChunked(codings string) bool {
	last := codings[strings.LastIndexByte(codings, ',')+1:]
	return strings.EqualFold(strings.TrimSpace(last), "chunked")
}

// content is what was read of a body.
type content struct {
	kept      []byte
	size      int64
	truncated bool
}

func (c content) note(a *webhook.Attempt) {
	a.Response.Body, a.Response.BodySize, a.Response.Truncated = c.kept, c.size, c.truncated
}

// readBody reads at most limit bytes of the body and of what frames it, and keeps some
// of them. The error says that the end was not reached.
func (r *reader) readBody(h head, limit, keep int) (content, error) {
	f := h.framing()
	r.input.left = max(0, limit-r.Buffered())
	var source io.Reader = r.Reader
	switch {
	case f.chunked:
		source = httputil.NewChunkedReader(r.Reader)
	case f.length >= 0:
		r.exactly = exactly{r.Reader, f.length}
		source = &r.exactly
	}
	c, err := r.drain(source, keep)
	if err == nil && f.chunked {
		err = r.skipTrailers()
	}
	return c, err
}

// drain reads to the end, and keeps the beginning.
func (r *reader) drain(source io.Reader, keep int) (c content, err error) {
	if r.piece == nil {
		r.piece = make([]byte, bufferSize)
	}
	r.kept = r.kept[:0]
	for err == nil {
		var n int
		n, err = source.Read(r.piece)
		r.kept = append(r.kept, r.piece[:min(n, keep-len(r.kept))]...)
		c.size += int64(n)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if c.size > 0 {
		c.kept = bytes.Clone(r.kept)
	}
	c.truncated = err != nil || c.size > int64(len(r.kept))
	return c, err
}

// exactly reads a body of a known length; less is an error.
type exactly struct {
	source io.Reader
	left   int64
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.source.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if err == io.EOF && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// skipTrailers reads up to the blank line that ends a chunked body.
func (r *reader) skipTrailers() error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if isBlank(line) {
			return nil
		}
	}
}

// reusableFor says how long the connection may be kept after this answer was read to
// its end; 0 is not at all.
func (h head) reusableFor(longest time.Duration) time.Duration {
	f := h.framing()
	if !f.clear || !f.chunked && f.length < 0 || h.asksToClose() {
		return 0
	}
	// An endpoint that says when it will close is left a second earlier: a request
	// sent into a closing connection is a failed attempt.
	_, hint, found := strings.Cut(h.value("keep-alive"), "timeout=")
	if !found {
		return longest
	}
	seconds, err := strconv.Atoi(leadingDigits(hint))
	if err != nil {
		return longest
	}
	return min(longest, time.Duration(min(seconds, 3600)-1)*time.Second)
}

func (h head) asksToClose() bool {
	for _, f := range h.fields {
		if !strings.EqualFold(f.Name, "connection") {
			continue
		}
		for option := range strings.SplitSeq(f.Value, ",") {
			if strings.EqualFold(strings.TrimSpace(option), "close") {
				return true
			}
		}
	}
	return false
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}
