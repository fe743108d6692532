package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reply is what a server said to a case.
type reply struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// wire sends cases on connections of their own, byte for byte: a client would
// refuse or repair many of them.
type wire struct {
	address string
	values  map[string]string
}

// send sends a case. It gives up when the answer is later than patience allows.
func (w *wire) send(t *testing.T, c *badCase, patience time.Duration) (*reply, error) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", w.address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	body := c.payload(t, w.values)
	head := w.head(t, c, body)
	began := time.Now()
	if err := conn.SetDeadline(began.Add(patience)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	defer func() { cancel(); _ = conn.Close(); <-done }() // ends the writer too
	go func() {
		defer close(done)
		if _, err := conn.Write(head); err == nil && body != nil {
			body.copyTo(ctx, conn)
		}
	}()
	return readReply(conn, c.Method, began)
}

// readReply reads one answer. The writer may still be writing: a server may answer
// before it has everything.
func readReply(conn net.Conn, method string, began time.Time) (*reply, error) {
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: strings.ToUpper(method)})
	if err != nil {
		return nil, fmt.Errorf("no answer after %v: %w", time.Since(began).Round(time.Millisecond), err)
	}
	r := &reply{status: response.StatusCode, header: response.Header, took: time.Since(began)}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		return r, nil // it goes on and on; closing the body would read it to its end
	}
	defer response.Body.Close()
	r.body, err = io.ReadAll(response.Body)
	if errors.Is(err, io.ErrUnexpectedEOF) && method == http.MethodHead {
		err = nil
	}
	return r, err
}

// head is the request up to the body.
func (w *wire) head(t *testing.T, c *badCase, body *payload) []byte {
	t.Helper()
	if c.RawB64 != "" {
		raw, err := base64.StdEncoding.DecodeString(c.RawB64)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(fill(string(raw), w.values))
	}
	headers := map[string]string{
		"Host": w.address, "Connection": "close", "Content-Type": "application/json", "Authorization": "Bearer " + w.values["KEY"],
	}
	for name, value := range c.Headers {
		delete(headers, name)
		if value != nil {
			headers[name] = fill(*value, w.values)
		}
	}
	switch {
	case body == nil:
	case body.length < 0:
		headers["Transfer-Encoding"] = "chunked"
	default:
		headers["Content-Length"] = strconv.FormatInt(body.length, 10)
	}
	target := fill(c.Path, w.values)
	if c.Query != "" {
		target += "?" + fill(c.Query, w.values)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", c.Method, escapeTarget(target))
	for name, value := range headers {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// escapeTarget escapes what ends a request target or is not ASCII, as all clients do.
func escapeTarget(target string) string {
	var b strings.Builder
	for _, c := range []byte(target) {
		if c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// copyTo sends the body until all of it is sent or the server wants no more.
func (p *payload) copyTo(ctx context.Context, conn io.Writer) {
	size := 64 << 10
	if p.every > 0 && p.perPiece > 0 {
		size = p.perPiece
	}
	buffer := make([]byte, size)
	for {
		n, err := io.ReadFull(p.sent, buffer)
		if n > 0 && p.write(conn, buffer[:n]) != nil {
			return
		}
		if err != nil {
			if p.length < 0 {
				_, _ = io.WriteString(conn, "0\r\n\r\n") // the answer tells
			}
			return
		}
		if p.every > 0 {
			select {
			case <-time.After(p.every):
			case <-ctx.Done():
				return
			}
		}
	}
}

func (p *payload) write(conn io.Writer, piece []byte) error {
	if p.length < 0 {
		piece = fmt.Appendf(nil, "%x\r\n%s\r\n", len(piece), piece)
	}
	_, err := conn.Write(piece)
	return err
}
