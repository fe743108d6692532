package deliver

import (
	"slices"
	"sync"
	"time"
)

// pool keeps connections between attempts. It has no goroutine: what has been idle
// too long is closed by a timer, which runs only while there is something to close.
type pool struct {
	perHost, total int
	maxAge, sweep  time.Duration

	mu     sync.Mutex // guards what follows
	idle   map[route][]*conn
	all    connList    // in the order in which they became idle
	timer  *time.Timer // nil while nothing is idle
	closed bool
}

func newPool(o Options) *pool {
	return &pool{
		perHost: o.IdlePerHost,
		total:   o.IdleTotal,
		maxAge:  o.MaxConnAge,
		sweep:   max(o.IdleTimeout/2, time.Millisecond),
		idle:    make(map[route][]*conn),
	}
}

// take returns a connection that was kept for the route and is still open, or nil.
func (p *pool) take(key route) *conn {
	for {
		c := p.pop(key)
		if c == nil {
			return nil
		}
		if time.Now().Before(c.idleUntil) && c.probe.isQuiet(c.socket) {
			c.reused = true
			return c
		}
		c.close()
	}
}

// pop prefers the newest: it is the least likely to be closed at any moment.
func (p *pool) pop(key route) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.idle[key]
	if len(kept) == 0 {
		return nil
	}
	c := kept[len(kept)-1]
	p.remove(c)
	return c
}

// put keeps the connection for at most the time given, or closes it when there is no
// room for it. Beyond the total, the oldest makes room.
func (p *pool) put(c *conn, longest time.Duration) {
	now := time.Now()
	c.idleUntil = now.Add(min(longest, c.born.Add(p.maxAge).Sub(now)))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle[c.route]) >= p.perHost || !now.Before(c.idleUntil) {
		c.close()
		return
	}
	if p.all.count >= p.total {
		oldest := p.all.oldest
		p.remove(oldest)
		oldest.close()
	}
	p.add(c)
	if p.timer == nil {
		p.timer = time.AfterFunc(p.sweep, p.closeExpired)
	}
}

func (p *pool) add(c *conn) {
	p.idle[c.route] = append(p.idle[c.route], c)
	p.all.add(c)
}

func (p *pool) remove(c *conn) {
	kept := p.idle[c.route]
	if i := slices.Index(kept, c); len(kept) == 1 {
		delete(p.idle, c.route)
	} else {
		p.idle[c.route] = slices.Delete(kept, i, i+1)
	}
	p.all.remove(c)
}

func (p *pool) closeExpired() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for c := p.all.oldest; c != nil; {
		next := c.next
		if !now.Before(c.idleUntil) {
			p.remove(c)
			c.close()
		}
		c = next
	}
	if p.timer = nil; p.all.count > 0 && !p.closed {
		p.timer = time.AfterFunc(p.sweep, p.closeExpired)
	}
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for p.all.oldest != nil {
		c := p.all.oldest
		p.remove(c)
		c.close()
	}
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}
