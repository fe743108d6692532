package deliver

import (
	"context"
	"sync"
)

// watches closes the connections of attempts whose context ends. There is one watch for
// each context, not for each attempt: nearly all attempts share the dispatcher's, and a
// callback for each would be a part of its cost.
type watches struct {
	mu sync.Mutex
	of map[<-chan struct{}]*watch
}

// watch is the connections that are in use under one context.
type watch struct {
	ends  <-chan struct{}
	conns connList
	stop  func() bool
	ended bool
}

// begin closes the connection when ctx ends, until end is called.
func (w *watches) begin(ctx context.Context, c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.watch = w.of[ctx.Done()]
	if c.watch == nil {
		c.watch = w.start(ctx)
	}
	c.watch.conns.add(c)
}

func (w *watches) start(ctx context.Context) *watch {
	one := &watch{ends: ctx.Done()}
	one.stop = context.AfterFunc(ctx, func() { w.closeAll(one) })
	if w.of == nil {
		w.of = make(map[<-chan struct{}]*watch)
	}
	w.of[one.ends] = one
	return one
}

// end returns false if the context has ended and the connection is closed.
func (w *watches) end(c *conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := c.watch
	c.watch = nil
	if one.ended {
		return false
	}
	one.conns.remove(c)
	if one.conns.count == 0 {
		one.stop()
		w.forget(one)
	}
	return true
}

func (w *watches) closeAll(one *watch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one.ended = true
	w.forget(one)
	for c := one.conns.oldest; c != nil; c = one.conns.oldest {
		one.conns.remove(c)
		c.close()
	}
}

// forget makes way for another watch of the same context, unless there is one already.
func (w *watches) forget(one *watch) {
	if w.of[one.ends] == one {
		delete(w.of, one.ends)
	}
}

// connList is a list of connections in the order in which they were added. A connection is
// in one list at most.
type connList struct {
	oldest, newest *conn
	count          int
}

func (l *connList) add(c *conn) {
	if c.prev = l.newest; c.prev != nil {
		c.prev.next = c
	} else {
		l.oldest = c
	}
	l.newest = c
	l.count++
}

func (l *connList) remove(c *conn) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.oldest = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		l.newest = c.prev
	}
	c.prev, c.next = nil, nil
	l.count--
}
