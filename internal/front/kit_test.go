package front

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const path = "/api/events"

// side is a server whose handler tells all that it sees of a request.
type side struct {
	t       *testing.T
	address string
	front   *Front // nil without
	server  *http.Server
	// fronted counts the requests that came by the front.
	fronted  atomic.Int64
	panicked atomic.Int64
	// handed tells of each connection that net/http has got from the front.
	handed  chan struct{}
	entered chan struct{}
	release chan struct{}
}

func newSide(t *testing.T, behindFront bool) *side {
	t.Helper()
	bound, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &side{t: t, address: bound.Addr().String(), handed: make(chan struct{}, 100), entered: make(chan struct{}, 1), release: make(chan struct{})}
	s.server = &http.Server{
		Handler: http.HandlerFunc(s.tell), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(io.Discard, "", 0), ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew && behindFront {
				s.handed <- struct{}{}
			}
		},
	}
	if behindFront {
		s.front = New(bound, Options{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.fronted.Add(1); s.tell(w, r) }),
			Paths:   []string{path}, FirstTimeout: 10 * time.Second, IdleTimeout: time.Minute, WriteTimeout: time.Minute,
			Panicked: func(any) { s.panicked.Add(1) },
		})
		bound = s.front
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.server.Serve(bound) // it ends with the server
	}()
	t.Cleanup(func() {
		_ = s.server.Close()
		<-done
		if s.front != nil {
			ended, cancel := context.WithCancel(context.Background())
			cancel()
			_ = s.front.Shutdown(ended) // its listener is closed already
		}
	})
	return s
}

// tell answers with everything that a handler can see, and does what the request asks
// for in X-Do.
func (s *side) tell(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if len(body) > 100 {
		body = fmt.Appendf(nil, "%d bytes: %x", len(body), sha256.Sum256(body))
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain")
	h.Set("Cache-Control", "no-store")
	switch r.Header.Get("X-Do") {
	case "panic":
		panic("as asked")
	case "abort":
		panic(http.ErrAbortHandler)
	case "nothing":
		return
	case "odd":
		h["x-Odd"] = []string{"one\r\ntwo", "three"}
		h.Set("Date", "today")
		w.WriteHeader(http.StatusTeapot)
		h.Set("X-Late", "1")
		w.WriteHeader(http.StatusOK)
	case "long":
		h.Set("Content-Length", "5000")
		_, _ = io.WriteString(w, strings.Repeat("y", 5000))
		return
	case "wait":
		s.entered <- struct{}{}
		<-s.release
	}
	var names []string
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	fmt.Fprintf(w, "%s %s %s %d.%d %s %s %q %d %q %v\n", r.Method, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor,
		r.Host, r.URL, r.URL.RawPath, r.ContentLength, body, err)
	for _, name := range names {
		fmt.Fprintf(w, "%s: %q\n", name, r.Header[name])
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	fmt.Fprintln(w, host, err, r.TransferEncoding, r.Close, r.Trailer)
}

func (s *side) dial() *net.TCPConn {
	s.t.Helper()
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	tcp, _ := conn.(*net.TCPConn)
	return tcp
}

var date = regexp.MustCompile(`Date: [^\r]*GMT`)

// say sends the pieces, ends, and returns all that comes back, without the time.
func (s *side) say(pieces ...string) string {
	s.t.Helper()
	conn := s.dial()
	defer conn.Close()
	for _, piece := range pieces {
		_, _ = io.WriteString(conn, piece) // the other side may have closed already
	}
	_ = conn.CloseWrite()
	answer, _ := io.ReadAll(conn) // a reset is an end too
	return date.ReplaceAllString(string(answer), "Date: now")
}
