package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

// ServeConnections makes a server answer in JSON, with the headers of all other
// answers, also where net/http answers itself: to what is no HTTP, and with nothing
// at all to headers that take too long. It does so for the connections of a listener
// that Connections returned.
func ServeConnections(s *http.Server) {
	handler := s.Handler
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*conn); ok {
			c.serving.Store(true)
		}
		handler.ServeHTTP(w, r)
	})
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	s.ConnState = func(c net.Conn, state http.ConnState) {
		if c, ok := c.(*conn); ok && state == http.StateIdle {
			c.begun.Store(false)
			c.serving.Store(false)
			c.untilBegun.Store(deadlinesBetween)
		}
	}
	// OPTIONS * is a request like any other.
	s.DisableGeneralOptionsHandler = true
}

// Connections wraps a listener of plain HTTP. Under TLS net/http must see the
// connection itself.
func Connections(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

// Accept waits for the next connection.
func (l listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: accepted}, nil
}

type connKey struct{}

// conn is a connection that knows whose answer it carries.
type conn struct {
	net.Conn

	// begun says that bytes of the next request have come.
	begun atomic.Bool
	// untilBegun counts down the deadlines that net/http sets between two requests.
	untilBegun atomic.Int32
	// serving says that the request has reached the handler.
	serving atomic.Bool
	// slow says that the client has been told that its headers took too long.
	slow atomic.Bool
}

// deadlinesBetween is how many deadlines net/http sets between two requests: one for
// being idle and, once the beginning of the next request is there, one for its headers.
const deadlinesBetween = 2

// SetReadDeadline also notices a request of which bytes came together with the one
// before, so that no further read tells of them.
func (c *conn) SetReadDeadline(by time.Time) error {
	if c.untilBegun.Load() > 0 && c.untilBegun.Add(-1) == 0 {
		c.begun.Store(true)
	}
	return c.Conn.SetReadDeadline(by)
}

// Read answers headers that take too long, once: net/http reads on for a while, and may
// find fault with the part that is there, before it closes the connection.
func (c *conn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	switch {
	case n > 0:
		c.begun.Store(true)
	case errors.Is(err, os.ErrDeadlineExceeded) && c.begun.Load() && !c.serving.Load() && c.slow.CompareAndSwap(false, true):
		_, _ = c.Conn.Write(refusal(errSlowHeaders)) // the connection ends either way
	}
	return n, err
}

// CloseWrite is for net/http, which lets a client read the last answer before it
// closes the connection.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Write puts an answer of our own in the place of net/http's.
func (c *conn) Write(answer []byte) (int, error) {
	switch {
	case c.slow.Load():
		return len(answer), nil // the request has its answer
	case c.serving.Load():
		return c.Conn.Write(answer)
	}
	p := problemOfStatusLine(answer)
	if p == nil {
		return c.Conn.Write(answer)
	}
	if _, err := c.Conn.Write(refusal(p)); err != nil {
		return 0, err
	}
	return len(answer), nil
}

var (
	errSlowHeaders  = &problem{status: http.StatusRequestTimeout, Code: "request.timeout", Message: "The headers did not arrive in time."}
	errNotHTTP      = &problem{status: http.StatusBadRequest, Code: codeInvalidInput, Message: "The request is not well-formed HTTP/1.1."}
	errLongHeaders  = &problem{status: http.StatusRequestHeaderFieldsTooLarge, Code: "request.headers_too_large", Message: "The request line and the headers are too long."}
	errExpectations = &problem{status: http.StatusExpectationFailed, Code: "request.expectation_failed", Message: "The only expectation that is met is 100-continue."}
)

// problemOfStatusLine is what net/http says in an answer of its own. What it calls
// not implemented or not supported is a mistake of the client's like the others.
func problemOfStatusLine(answer []byte) *problem {
	line, ok := bytes.CutPrefix(answer, []byte("HTTP/1.1 "))
	switch {
	case !ok || !bytes.HasPrefix(line, []byte("4")) && !bytes.HasPrefix(line, []byte("5")):
		return nil
	case bytes.HasPrefix(line, []byte("431")):
		return errLongHeaders
	case bytes.HasPrefix(line, []byte("417")):
		return errExpectations
	default:
		return errNotHTTP
	}
}

// refusal is a whole answer, as it goes over the wire.
func refusal(p *problem) []byte {
	h := http.Header{"Content-Type": jsonHeader, "Connection": {"close"}}
	setCommonHeaders(h, "")
	h.Del("Logto-Core-Request-Id") // there was no request
	var body, all bytes.Buffer
	_ = writeJSON(&body, p) // a buffer takes everything
	fmt.Fprintf(&all, "HTTP/1.1 %d %s\r\n", p.status, http.StatusText(p.status))
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	_ = h.Write(&all) // as above
	all.WriteString("\r\n")
	all.Write(body.Bytes())
	return all.Bytes()
}
