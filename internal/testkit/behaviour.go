package testkit

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Behaviour is what a receiver does with one request or one connection.
type Behaviour struct {
	// One of these is set. accept gets a connection before TLS and HTTP, early the
	// first byte of a request before it is read, answer a request that was read.
	accept, early, answer func(*Exchange)
}

// Exchange is what a behaviour acts on.
type Exchange struct {
	// Conn is where HTTP is spoken; Socket is below TLS, the same without it.
	Conn   net.Conn
	Socket net.Conn
	// Request is what was received; zero if it was not read.
	Request Request

	in   *bufio.Reader
	tls  *tls.Config
	stop <-chan struct{}
	keep bool
}

// Do is a behaviour of the test's own, for a request that was read. The connection
// closes after it.
func Do(answer func(*Exchange)) Behaviour { return Behaviour{answer: answer} }

// Keep leaves the connection open for another request.
func (x *Exchange) Keep() { x.keep = true }

// Send writes text and says whether it went out.
func (x *Exchange) Send(text string) bool {
	_, err := io.WriteString(x.Conn, text)
	return err == nil
}

// Repeat writes text again and again until the other side leaves.
func (x *Exchange) Repeat(text string) {
	block := []byte(strings.Repeat(text, max(1, 4096/len(text))))
	for {
		if _, err := x.Conn.Write(block); err != nil {
			return
		}
	}
}

// AwaitLeave returns when the other side has closed the connection.
func (x *Exchange) AwaitLeave() { _, _ = io.Copy(io.Discard, x.Conn) }

// Reset cuts the connection with an RST instead of a FIN, where that exists.
func (x *Exchange) Reset() {
	if tcp, ok := x.Socket.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = x.Socket.Close()
}

// Drip writes text byte by byte, one at each interval, until the other side leaves.
func (x *Exchange) Drip(text string, every time.Duration) {
	for i := range len(text) {
		if x.pause(every); !x.Send(text[i : i+1]) {
			return
		}
	}
}

// pause waits, but not beyond the end of the receiver.
func (x *Exchange) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-x.stop:
	}
}

// await waits for the channel, but not beyond the end of the receiver.
func (x *Exchange) await(ready <-chan struct{}) {
	select {
	case <-ready:
	case <-x.stop:
	}
}

// Status answers with a status, headers such as "Retry-After: 5", and an empty body;
// the connection stays open.
func Status(code int, headers ...string) Behaviour { return Respond(code, "", headers...) }

// Respond answers with a status, a body and headers.
func Respond(code int, body string, headers ...string) Behaviour {
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\n", code, http.StatusText(code))
	for _, h := range headers {
		head += h + "\r\n"
	}
	if code != http.StatusNoContent && code != http.StatusNotModified {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	return RawKeep(head + "\r\n" + body)
}

// Raw answers with exactly these bytes and closes the connection.
func Raw(text string) Behaviour { return Do(func(x *Exchange) { x.Send(text) }) }

// RawKeep answers with exactly these bytes and leaves the connection open.
func RawKeep(text string) Behaviour {
	return Do(func(x *Exchange) {
		if x.Send(text) {
			x.Keep()
		}
	})
}

// RawHold answers with exactly these bytes, and then neither writes nor reads a
// request until the other side leaves.
func RawHold(text string) Behaviour {
	return Do(func(x *Exchange) {
		x.Send(text)
		x.AwaitLeave()
	})
}

// RawReset answers with exactly these bytes and resets the connection.
func RawReset(text string) Behaviour {
	return Do(func(x *Exchange) {
		x.Send(text)
		x.Reset()
	})
}

// Hang never answers.
func Hang() Behaviour { return RawHold("") }

// After waits until the channel is closed and goes on with the behaviour.
func After(ready <-chan struct{}, next Behaviour) Behaviour {
	return Do(func(x *Exchange) {
		x.await(ready)
		next.answer(x)
	})
}

// Delay waits and goes on with the behaviour; for tests in virtual time.
func Delay(d time.Duration, next Behaviour) Behaviour {
	return Do(func(x *Exchange) {
		x.pause(d)
		next.answer(x)
	})
}

// Drip answers with text at one byte per interval.
func Drip(text string, every time.Duration) Behaviour {
	return Do(func(x *Exchange) { x.Drip(text, every) })
}

// DripAfter answers with the beginning at once and with text at one byte per
// interval.
func DripAfter(beginning, text string, every time.Duration) Behaviour {
	return Do(func(x *Exchange) {
		x.Send(beginning)
		x.Drip(text, every)
	})
}

// Endless answers with the beginning and then repeats text for ever.
func Endless(beginning, text string) Behaviour {
	return Do(func(x *Exchange) {
		x.Send(beginning)
		x.Repeat(text)
	})
}

// CloseOnAccept closes a connection before anything was read.
func CloseOnAccept() Behaviour { return Behaviour{accept: func(x *Exchange) { _ = x.Conn.Close() }} }

// ResetOnAccept resets a connection before anything was read.
func ResetOnAccept() Behaviour { return Behaviour{accept: (*Exchange).Reset} }

// HoldOnAccept accepts a connection and does nothing with it: no TLS, no HTTP.
func HoldOnAccept() Behaviour { return Behaviour{accept: (*Exchange).AwaitLeave} }

// RawOnAccept waits for the first bytes, whatever they are, sends exactly these
// instead of TLS or HTTP, and waits until the other side leaves.
func RawOnAccept(text string) Behaviour {
	return Behaviour{accept: func(x *Exchange) {
		_, _ = x.Conn.Read(make([]byte, 1))
		x.Send(text)
		x.AwaitLeave()
	}}
}

// ResetMidRequest resets the connection when the first bytes of a request have come.
func ResetMidRequest() Behaviour { return Behaviour{early: (*Exchange).Reset} }

// CloseMidRequest closes the connection when the first bytes of a request have come.
// On a kept connection it is the endpoint whose idle timeout ends just as we write.
func CloseMidRequest() Behaviour {
	return Behaviour{early: func(x *Exchange) { _ = x.Conn.Close() }}
}

// AnswerUnread answers with exactly these bytes without reading the request, and
// waits until ready is closed; nothing of the body is ever read.
func AnswerUnread(text string, ready <-chan struct{}) Behaviour {
	return Behaviour{early: func(x *Exchange) {
		x.Send(text)
		x.await(ready)
	}}
}
