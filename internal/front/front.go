package front

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options say what a Front serves.
type Options struct {
	Handler http.Handler
	// Paths are the paths of the requests that it serves, all of them POST.
	Paths []string
	// FirstTimeout is how long a new connection may send nothing, IdleTimeout how long
	// a kept one, WriteTimeout how long an answer may take.
	FirstTimeout, IdleTimeout, WriteTimeout time.Duration
	// Panicked hears of a panic of the handler; nil does not.
	Panicked func(value any)
}

const (
	// firstBuffer is what each connection reads into; a request that needs more gets
	// it from a common budget, up to maxRequest.
	firstBuffer = 4 << 10
	maxRequest  = 64 << 10
	growthInAll = 32 << 20
	// patience is how long a request that has begun may take to arrive here; then it
	// is net/http's.
	patience = time.Second
)

// Front is a listener whose Accept returns the connections that it does not serve
// itself.
type Front struct {
	Options
	listener net.Listener
	handed   chan handedOver
	growth   atomic.Int64
	// stopping is closed by Close.
	stopping chan struct{}
	serving  sync.WaitGroup

	mu     sync.Mutex // guards what follows
	conns  map[*conn]bool
	closed bool
}

type handedOver struct {
	conn net.Conn
	err  error
}

// New returns a Front on a listener. It serves from now on.
func New(l net.Listener, o Options) *Front {
	f := &Front{
		Options: o, listener: l, handed: make(chan handedOver), stopping: make(chan struct{}), conns: map[*conn]bool{},
	}
	f.growth.Store(growthInAll)
	f.serving.Go(f.run)
	return f
}

// run accepts connections until the listener is closed. A failure of another kind goes
// to whoever waits in Accept, which decides how to go on; meanwhile this waits.
func (f *Front) run() {
	for {
		socket, err := f.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			f.hand(handedOver{err: err})
			continue
		}
		c := &conn{Conn: socket, front: f}
		if !f.track(c) {
			_ = socket.Close()
			continue
		}
		f.serving.Go(c.serve)
	}
}

// hand passes something to Accept; false says that nobody will come for it.
func (f *Front) hand(h handedOver) bool {
	select {
	case f.handed <- h:
		return true
	case <-f.stopping:
		return false
	}
}

// Accept implements net.Listener.
func (f *Front) Accept() (net.Conn, error) {
	select {
	case h := <-f.handed:
		return h.conn, h.err
	case <-f.stopping:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener.
func (f *Front) Addr() net.Addr { return f.listener.Addr() }

// Close implements net.Listener: no more connections, and those that wait for a request
// end. Requests under way go on; Shutdown waits for them.
func (f *Front) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	close(f.stopping)
	err := f.listener.Close()
	for c := range f.conns {
		if c.state.CompareAndSwap(waiting, ended) {
			_ = c.Conn.Close()
		}
	}
	return err
}

// Shutdown closes and waits until no request is under way; when ctx ends first it ends
// them.
func (f *Front) Shutdown(ctx context.Context) error {
	err := f.Close()
	late := context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for c := range f.conns {
			_ = c.Conn.Close()
		}
	})
	defer late()
	f.serving.Wait()
	return err
}

func (f *Front) track(c *conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.conns[c] = true
	return true
}

func (f *Front) untrack(c *conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, c)
}

func (f *Front) isStopping() bool {
	select {
	case <-f.stopping:
		return true
	default:
		return false
	}
}
