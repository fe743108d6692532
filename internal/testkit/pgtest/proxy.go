package pgtest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
)

// Proxy stands between a client and a cluster and disturbs what passes. Safe for
// concurrent use.
type Proxy struct {
	listener net.Listener
	socket   string

	mu      sync.Mutex
	pairs   map[*pair]bool
	refuse  bool
	frozen  chan struct{} // closed to go on; nil if nothing is held
	swallow int
	// lose says that the answer swallowed last is the last of all.
	lose bool
	// swallowed hears of each answer that was swallowed.
	swallowed chan struct{}
}

// pair is a connection through the proxy.
type pair struct{ client, server net.Conn }

// NewProxy starts a proxy that ends with the test.
func (c *Cluster) NewProxy(tb testing.TB) *Proxy {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{
		listener: listener, socket: filepath.Join(c.Folder, ".s.PGSQL.5432"), pairs: map[*pair]bool{}, swallowed: make(chan struct{}, 1000),
	}
	var serving sync.WaitGroup
	serving.Go(func() { p.serve(&serving) })
	tb.Cleanup(func() {
		_ = listener.Close()
		p.Thaw()
		p.Cut()
		serving.Wait()
	})
	return p
}

// DSN is how to reach a database through the proxy.
func (p *Proxy) DSN(database string) string {
	return fmt.Sprintf("postgres://postgres@%s/%s?sslmode=disable", p.listener.Addr(), database)
}

func (p *Proxy) serve(serving *sync.WaitGroup) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", p.socket) // the database of the test
		if err != nil {
			_ = client.Close()
			continue
		}
		one := &pair{client, server}
		p.mu.Lock()
		refuse := p.refuse
		if !refuse {
			p.pairs[one] = true
		}
		p.mu.Unlock()
		if refuse {
			_, _ = client.Close(), server.Close()
			continue
		}
		serving.Go(func() { p.copy(one, server, client, false) })
		serving.Go(func() { p.copy(one, client, server, true) })
	}
}

// commitDone is how the database says that a transaction is durable and that no other
// one has begun.
var commitDone = []byte("C\x00\x00\x00\x0bCOMMIT\x00Z\x00\x00\x00\x05I")

// copy passes bytes on until one side ends.
func (p *Proxy) copy(of *pair, to io.Writer, from io.Reader, answers bool) {
	defer p.end(of)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		p.mu.Lock()
		frozen := p.frozen
		swallow := answers && p.swallow > 0 && bytes.Contains(buffer[:n], commitDone)
		if swallow {
			p.swallow--
			if p.lose {
				p.refuse = true
				p.cut()
			}
		}
		p.mu.Unlock()
		if swallow {
			p.swallowed <- struct{}{}
			return
		}
		if frozen != nil {
			<-frozen
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (p *Proxy) end(of *pair) {
	_ = of.client.Close()
	_ = of.server.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pairs, of)
}

// Swallow cuts the next n connections on which the database says that it has
// committed, before the client hears of it. The channel tells of each.
func (p *Proxy) Swallow(n int) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallow = n
	return p.swallowed
}

// Freeze holds everything back, as a network does that loses all packets.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen == nil {
		p.frozen = make(chan struct{})
	}
}

// Thaw lets what was held back pass.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen != nil {
		close(p.frozen)
		p.frozen = nil
	}
}

// Refuse says whether new connections are refused.
func (p *Proxy) Refuse(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = refuse
}

// Lose is Swallow for one answer, with which the database is gone: nobody can ask it what
// became of the commit, until Refuse(false).
func (p *Proxy) Lose() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallow, p.lose = 1, true
	return p.swallowed
}

// Cut breaks all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut()
}

// cut is Cut for who holds p.mu.
func (p *Proxy) cut() {
	for one := range p.pairs {
		_ = one.client.Close()
		_ = one.server.Close()
	}
}
