package front

import (
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// The states of a connection: it waits for a request, has one, or is closed from
// outside.
const (
	waiting int32 = iota
	busy
	ended
)

// maxBreaks is how many characters of line breaks may stand before a request that follows
// a POST: old clients send them, and net/http passes over as many.
const maxBreaks = 4

// conn is a connection that the front serves.
type conn struct {
	net.Conn
	front *Front
	state atomic.Int32

	// buffer holds what was read; what of it is not used yet is buffer[from:to].
	buffer   []byte
	from, to int
	grown    int64
	// served says that it has carried a request before.
	served bool
	// readBy and writeBy are the deadlines that are set.
	readBy, writeBy time.Time
	out             []byte
}

// serve answers plain requests for as long as they are plain.
func (c *conn) serve() {
	defer c.front.untrack(c)
	c.buffer = make([]byte, firstBuffer)
	for c.awaitRequest() {
		e, ok := c.readRequest()
		if !ok {
			c.handOver()
			return
		}
		if !c.exchange(e) {
			break
		}
		c.served = true
	}
	c.shrink()
	_ = c.Conn.Close()
}

// awaitRequest waits for the first bytes of a request, which may have come together with
// the one before; false at the end.
func (c *conn) awaitRequest() bool {
	breaks := 0
	if c.served {
		breaks = maxBreaks
	}
	for {
		for ; breaks > 0 && c.from < c.to && (c.buffer[c.from] == '\r' || c.buffer[c.from] == '\n'); breaks-- {
			c.from++
		}
		if c.from < c.to {
			return true
		}
		if !c.receive() {
			return false
		}
	}
}

// receive waits for bytes; false at the end.
func (c *conn) receive() bool {
	c.shrink()
	c.from, c.to = 0, 0
	idle := c.front.IdleTimeout
	if !c.served {
		idle = c.front.FirstTimeout
	}
	c.readWithin(idle)
	c.state.CompareAndSwap(busy, waiting)
	if c.front.isStopping() { // looked at behind the change: Close looks at the state behind its own
		return false
	}
	n, err := c.Conn.Read(c.buffer)
	c.to = n
	return c.state.CompareAndSwap(waiting, busy) && (n > 0 || err == nil)
}

// readWithin sets the deadline for reading, unless one is set that is as good: to set
// one has its price.
func (c *conn) readWithin(d time.Duration) {
	by := time.Now().Add(d)
	if early := by.Sub(c.readBy); early < 0 || early > time.Second {
		c.readBy = by
		_ = c.SetReadDeadline(by) // on a broken connection the read fails
	}
}

func (c *conn) writeWithin(d time.Duration) {
	by := time.Now().Add(d)
	if by.Sub(c.writeBy) > time.Second {
		c.writeBy = by
		_ = c.SetWriteDeadline(by) // on a broken connection the write fails
	}
}

// readRequest reads until a plain request is there; false says that it is not plain, or
// slow, or the last.
func (c *conn) readRequest() (*exchange, bool) {
	var began time.Time
	for {
		e, missing, ok := parse(c.buffer[c.from:c.to], c.front.Paths)
		if !ok {
			return nil, false
		}
		if missing == 0 {
			c.from += e.size
			e.request.RemoteAddr = c.RemoteAddr().String()
			return e, true
		}
		if began.IsZero() {
			began = time.Now()
			c.readBy = began.Add(patience)
			_ = c.SetReadDeadline(c.readBy) // as above
		}
		if !c.makeRoom(missing) {
			return nil, false
		}
		n, err := c.Conn.Read(c.buffer[c.to:])
		c.to += n
		if n == 0 && err != nil {
			return nil, false
		}
	}
}

// makeRoom makes the buffer take so many more bytes, if they are within bounds.
func (c *conn) makeRoom(missing int) bool {
	size := c.to - c.from + missing
	if size <= len(c.buffer) {
		if c.to+missing > len(c.buffer) {
			c.to = copy(c.buffer, c.buffer[c.from:c.to])
			c.from = 0
		}
		return true
	}
	if size > maxRequest {
		return false
	}
	size = min(maxRequest, max(size, 2*len(c.buffer)))
	growth := int64(size) - c.grown
	if c.front.growth.Add(-growth) < 0 {
		c.front.growth.Add(growth)
		return false
	}
	c.grown += growth
	buffer := make([]byte, size)
	c.to = copy(buffer, c.buffer[c.from:c.to])
	c.from, c.buffer = 0, buffer
	return true
}

// shrink gives back what the buffer has grown by.
func (c *conn) shrink() {
	if c.grown > 0 {
		c.front.growth.Add(c.grown)
		c.grown, c.buffer = 0, make([]byte, firstBuffer)
	}
}

// exchange calls the handler and writes the answer; false says that the connection is to
// end.
func (c *conn) exchange(e *exchange) (keep bool) {
	if !c.call(e) {
		return false
	}
	keep = !c.front.isStopping()
	c.out = e.answer.appendTo(c.out[:0], keep)
	c.writeWithin(c.front.WriteTimeout)
	_, err := c.Conn.Write(c.out)
	if cap(c.out) > firstBuffer {
		c.out = nil
	}
	return keep && err == nil
}

// call runs the handler. As in net/http, a panic ends the connection and nothing else.
func (c *conn) call(e *exchange) (ok bool) {
	defer func() {
		value := recover()
		if err, _ := value.(error); value == nil || errors.Is(err, http.ErrAbortHandler) || c.front.Panicked == nil {
			return
		}
		c.front.Panicked(value)
	}()
	c.front.Handler.ServeHTTP(&e.answer, &e.request)
	return true
}

// handOver gives the connection to net/http, with what has been read.
func (c *conn) handOver() {
	_ = c.SetDeadline(time.Time{}) // on a broken connection net/http will see it
	read := append([]byte(nil), c.buffer[c.from:c.to]...)
	c.shrink()
	if !c.front.hand(handedOver{conn: &replayed{Conn: c.Conn, read: read}}) {
		_ = c.Conn.Close()
	}
}

// replayed is a connection of which something has been read already.
type replayed struct {
	net.Conn
	read []byte
}

// Read implements net.Conn.
func (r *replayed) Read(into []byte) (int, error) {
	if len(r.read) == 0 {
		return r.Conn.Read(into)
	}
	n := copy(into, r.read)
	if r.read = r.read[n:]; len(r.read) == 0 {
		r.read = nil
	}
	return n, nil
}

// CloseWrite is for net/http, which lets a client read the last answer before it closes
// the connection.
func (r *replayed) CloseWrite() error {
	if half, ok := r.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
