package testkit

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for an event before it fails.
const patience = 20 * time.Second

// Receiver is an endpoint for tests. It records every request, byte for byte, and
// does with it what its script says. It is safe for concurrent use.
type Receiver struct {
	// URL is where to send: scheme, host and port, without a path.
	URL string
	// Address is the ip:port of URL; empty for one in memory.
	Address string
	// RootCAs trust the receiver's certificate; nil without TLS.
	RootCAs *x509.CertPool

	tls      *tls.Config
	listener net.Listener
	running  sync.WaitGroup
	stop     chan struct{} // closed by Close

	mu       sync.Mutex // guards what follows
	scripts  map[string]*scriptState
	requests []Request
	handed   int // how many of requests Next has returned
	opened   int // connections so far
	conns    map[net.Conn]struct{}
	closed   bool
	changed  chan struct{} // closed and replaced whenever something happens
}

// NewReceiver starts a receiver on the loopback interface, without TLS. It closes at
// the end of the test.
func NewReceiver(tb testing.TB, script ...Behaviour) *Receiver {
	tb.Helper()
	return listen(tb, newReceiver(script))
}

// NewTLSReceiver is NewReceiver with TLS.
func NewTLSReceiver(tb testing.TB, o TLS, script ...Behaviour) *Receiver {
	tb.Helper()
	r := newReceiver(script)
	r.tls, r.RootCAs = o.config(tb)
	return listen(tb, r)
}

// NewMemoryReceiver returns a receiver without a socket, for tests in virtual time
// (testing/synctest). Pipe connects to it.
func NewMemoryReceiver(tb testing.TB, script ...Behaviour) *Receiver {
	tb.Helper()
	r := newReceiver(script)
	r.URL = "http://receiver.test"
	tb.Cleanup(r.Close)
	return r
}

func newReceiver(script []Behaviour) *Receiver {
	return &Receiver{
		scripts: map[string]*scriptState{"": {entries: script}},
		conns:   make(map[net.Conn]struct{}),
		stop:    make(chan struct{}),
		changed: make(chan struct{}),
	}
}

func listen(tb testing.TB, r *Receiver) *Receiver {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("start receiver: %v", err)
	}
	r.listener = listener
	r.Address = listener.Addr().String()
	r.URL = "http://" + r.Address
	if r.tls != nil {
		r.URL = "https://" + r.Address
	}
	r.running.Add(1)
	go r.accept()
	tb.Cleanup(r.Close)
	return r
}

// Close stops listening, cuts every connection and waits until nothing runs any more.
func (r *Receiver) Close() {
	if r.listener != nil {
		_ = r.listener.Close()
	}
	r.mu.Lock()
	if !r.closed {
		close(r.stop)
	}
	r.closed = true
	for conn := range r.conns {
		_ = conn.Close()
	}
	r.mu.Unlock()
	r.running.Wait()
}

// Answer replaces the script, for every path without one of its own.
func (r *Receiver) Answer(script ...Behaviour) { r.AnswerAt("", script...) }

// AnswerAt gives a path, such as "/slow", a script of its own. Behaviours that act
// before a request has been read cannot know its path and belong into Answer.
func (r *Receiver) AnswerAt(path string, script ...Behaviour) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scripts[path] = &scriptState{entries: script}
}

// Requests returns what has been received so far.
func (r *Receiver) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.requests)
}

// Connections returns how many connections have been opened so far.
func (r *Receiver) Connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.opened
}

// Port is the port of URL.
func (r *Receiver) Port() string {
	_, port, _ := net.SplitHostPort(r.Address)
	return port
}

// Open returns how many connections are open now.
func (r *Receiver) Open() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns)
}

// Next returns the oldest request that it has not returned yet, and waits for one if
// there is none.
func (r *Receiver) Next(tb testing.TB) Request {
	tb.Helper()
	var next Request
	r.await(tb, "a request", func() bool {
		if r.handed == len(r.requests) {
			return false
		}
		next = r.requests[r.handed]
		r.handed++
		return true
	})
	return next
}

// WaitForRequests waits until at least n requests have been received.
func (r *Receiver) WaitForRequests(tb testing.TB, n int) {
	tb.Helper()
	r.await(tb, "requests", func() bool { return len(r.requests) >= n })
}

// WaitUntilLeft waits until every connection has been closed.
func (r *Receiver) WaitUntilLeft(tb testing.TB) {
	tb.Helper()
	r.WaitUntilOpen(tb, 0)
}

// WaitUntilOpen waits until at most n connections are open.
func (r *Receiver) WaitUntilOpen(tb testing.TB, n int) {
	tb.Helper()
	r.await(tb, "the end of connections", func() bool { return len(r.conns) <= n })
}

// await waits until happened, which is called with the lock held, returns true.
func (r *Receiver) await(tb testing.TB, what string, happened func() bool) {
	tb.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		r.mu.Lock()
		done, changed := happened(), r.changed
		r.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			tb.Fatalf("receiver waited %s for %s in vain", patience, what)
		}
	}
}

// announce wakes those who wait. The lock is held.
func (r *Receiver) announce() {
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *Receiver) accept() {
	defer r.running.Done()
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.start(conn)
	}
}

// Pipe opens a connection in memory and returns the client's end.
func (r *Receiver) Pipe() net.Conn {
	client, server := net.Pipe()
	r.start(server)
	return client
}

func (r *Receiver) start(conn net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		_ = conn.Close()
		return
	}
	r.opened++
	number := r.opened
	r.conns[conn] = struct{}{}
	r.announce()
	r.running.Add(1)
	go func() {
		defer r.running.Done()
		r.serve(conn, number)
		r.forget(conn)
	}()
}

func (r *Receiver) forget(conn net.Conn) {
	_ = conn.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, conn)
	r.announce()
}

// serve speaks on a connection until a behaviour ends it or the other side leaves.
func (r *Receiver) serve(conn net.Conn, number int) {
	if b, found := r.take("", func(b Behaviour) bool { return b.accept != nil }); found {
		b.accept(&Exchange{Conn: conn, Socket: conn, tls: r.tls, stop: r.stop})
		return
	}
	stream := conn
	if r.tls != nil {
		stream = tls.Server(conn, r.tls)
	}
	in := bufio.NewReader(stream)
	for r.exchange(&Exchange{Conn: stream, Socket: conn, in: in, stop: r.stop}, number) {
	}
}

// exchange handles one request and says whether another may follow.
func (r *Receiver) exchange(x *Exchange, number int) bool {
	if _, err := x.in.Peek(1); err != nil {
		return false
	}
	if b, found := r.take("", func(b Behaviour) bool { return b.early != nil }); found {
		b.early(x)
		return x.keep
	}
	request, err := readRequest(x.in)
	if err != nil {
		return false
	}
	request.Connection = number
	x.Request = r.record(request)
	b, found := r.take(x.Request.Path, func(b Behaviour) bool { return b.answer != nil })
	if !found {
		return false // the next entry wants a connection of its own
	}
	b.answer(x)
	return x.keep
}

func (r *Receiver) record(request Request) Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	request.Number = len(r.requests) + 1
	r.requests = append(r.requests, request)
	r.announce()
	return request
}

// take moves the script of the path on if its next entry fits.
func (r *Receiver) take(path string, fits func(Behaviour) bool) (Behaviour, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	script, found := r.scripts[path]
	if !found {
		script = r.scripts[""]
	}
	b := script.current()
	if !fits(b) {
		return Behaviour{}, false
	}
	script.position++
	return b, true
}

// scriptState is a script and how far it has been played.
type scriptState struct {
	entries  []Behaviour
	position int
}

// current is the entry to play next; the last one repeats, and an empty script
// answers 200.
func (s *scriptState) current() Behaviour {
	if len(s.entries) == 0 {
		return Status(200)
	}
	return s.entries[min(s.position, len(s.entries)-1)]
}
