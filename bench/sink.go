package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// sink plays all endpoints. Path /N is webhook N; /hang/N answers after 10 seconds.
// It counts each identifier of each webhook, and how long it was on its way.
type sink struct {
	mu      sync.Mutex // guards what follows
	current *tally
	readers map[*sinkReader]bool
}

// tally is what arrives between two orders.
type tally struct {
	hooks, ids int64
	// seen has a bit for each identifier of each webhook.
	seen                []atomic.Uint64
	distinct, duplicate atomic.Int64
	stray, hung         atomic.Int64
	lastAt              atomic.Int64
	othersLastAt        atomic.Int64
	// watched is the webhook whose latencies are kept; below 0 those of all are.
	watched int64
}

// sinkOrder is what the sink is told: to begin a tally, to report on it, or to wait
// until so many have arrived, or none for a while.
type sinkOrder struct {
	Begin *sinkBegin `json:",omitempty"`
	Await int64      `json:",omitempty"`
	// Patience is how long to wait without any arrival.
	Patience float64 `json:",omitempty"`
}

type sinkBegin struct {
	Hooks, IDs int64
	Watched    int64
}

// sinkReport counts arrivals since the tally began; times are in milliseconds.
type sinkReport struct {
	Distinct, Duplicates, Stray, Hung int64
	P50, P95, P99, Max                float64
	// LastAt is when the newest distinct one arrived, in Unix nanoseconds.
	LastAt int64
	// OthersLastAt is that of webhooks that are not watched, if one is.
	OthersLastAt int64
}

func playSink(listener net.Listener, orders func() (sinkOrder, bool), answer func(any)) {
	s := &sink{readers: map[*sinkReader]bool{}}
	go s.accept(listener)
	for o, ok := orders(); ok; o, ok = orders() {
		if o.Begin != nil {
			s.begin(*o.Begin)
		}
		if o.Await > 0 {
			s.await(o.Await, seconds(o.Patience))
		}
		answer(s.report())
	}
}

func (s *sink) begin(b sinkBegin) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = &tally{hooks: b.Hooks, ids: b.IDs, seen: make([]atomic.Uint64, (b.Hooks*b.IDs+63)/64), watched: b.Watched}
	for r := range s.readers {
		r.mu.Lock()
		r.tally, r.took = s.current, r.took[:0]
		r.mu.Unlock()
	}
}

// await looks every 10 ms: the arrivals themselves stay free of it.
func (s *sink) await(want int64, patience time.Duration) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	last, since := int64(-1), time.Now()
	for range ticker.C {
		have := s.current.distinct.Load()
		if have >= want {
			return
		}
		if have != last {
			last, since = have, time.Now()
		} else if time.Since(since) > patience {
			return
		}
	}
}

func (s *sink) report() sinkReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.current
	if t == nil {
		return sinkReport{}
	}
	var took []uint32
	for r := range s.readers {
		r.mu.Lock()
		took = append(took, r.took...)
		r.mu.Unlock()
	}
	slices.Sort(took)
	ms := func(p float64) float64 { return float64(percentile(took, p)) / 1000 }
	return sinkReport{
		Distinct: t.distinct.Load(), Duplicates: t.duplicate.Load(), Stray: t.stray.Load(), Hung: t.hung.Load(),
		P50: ms(0.50), P95: ms(0.95), P99: ms(0.99), Max: ms(1), LastAt: t.lastAt.Load(), OthersLastAt: t.othersLastAt.Load(),
	}
}

func (s *sink) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		r := &sinkReader{conn: conn, in: bufio.NewReaderSize(conn, 8<<10)}
		s.mu.Lock()
		r.tally = s.current
		s.readers[r] = true
		s.mu.Unlock()
		go r.serve()
	}
}

// sinkReader is one connection. It stays with the sink after its end, for what it has
// measured.
type sinkReader struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte

	mu    sync.Mutex // guards what follows
	tally *tally
	took  []uint32 // microseconds
}

var sinkAnswer = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok")

const hangFor = 10 * time.Second

func (r *sinkReader) serve() {
	defer r.conn.Close()
	for {
		hook, hang, err := r.read()
		if err != nil {
			return
		}
		if hang {
			r.mu.Lock()
			r.tally.hung.Add(1)
			r.mu.Unlock()
			<-time.After(hangFor)
		} else {
			r.count(hook)
		}
		if _, err := r.conn.Write(sinkAnswer); err != nil {
			return
		}
	}
}

var errOddRequest = errors.New("request is not understood")

// read reads a request and leaves its body in r.body.
func (r *sinkReader) read() (hook int64, hang bool, err error) {
	line, err := r.in.ReadSlice('\n')
	if err != nil {
		return 0, false, err
	}
	path, ok := bytes.CutPrefix(line, []byte("POST /"))
	if !ok {
		return 0, false, errOddRequest
	}
	path, hang = bytes.CutPrefix(path, []byte("hang/"))
	for _, c := range path {
		if c < '0' || c > '9' {
			break
		}
		hook = hook*10 + int64(c-'0')
	}
	length, err := contentLength(r.in)
	if err != nil {
		return 0, false, err
	}
	if cap(r.body) < length {
		r.body = make([]byte, length)
	}
	r.body = r.body[:length]
	_, err = io.ReadFull(r.in, r.body)
	return hook, hang, err
}

func (r *sinkReader) count(hook int64) {
	id, stamp := numberAfter(r.body, `"n":`), numberAfter(r.body, `"t":`)
	now := time.Now().UnixNano()
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tally
	if t == nil || hook >= t.hooks || id < 0 || id >= t.ids {
		if t != nil {
			t.stray.Add(1)
		}
		return
	}
	bit := hook*t.ids + id
	if mask := uint64(1) << (bit % 64); t.seen[bit/64].Or(mask)&mask != 0 {
		t.duplicate.Add(1)
		return
	}
	t.distinct.Add(1)
	t.lastAt.Store(now)
	if t.watched >= 0 && t.watched != hook {
		t.othersLastAt.Store(now)
	}
	if t.watched < 0 || t.watched == hook {
		r.took = append(r.took, uint32(min(max(0, now-stamp)/1000, 1<<32-1)))
	}
}

// numberAfter reads the number behind the mark; -1 if there is none.
func numberAfter(text []byte, mark string) int64 {
	_, rest, found := strings.Cut(string(text[:min(len(text), 128)]), mark)
	if !found {
		return -1
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(rest[:end], 10, 64)
	if err != nil {
		return -1
	}
	return n
}
