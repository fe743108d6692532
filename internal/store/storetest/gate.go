package storetest

import (
	"sync"
	"testing"
)

// Gate stands before the commits of a store: it counts them and can hold them up
// or fail them. Safe for concurrent use.
type Gate struct {
	mu      sync.Mutex
	commits int
	fail    error
	held    chan struct{} // closed to let commits pass; nil if they do
	reached chan struct{} // tells that a commit is being held
}

// Pass is what a store calls before each commit; an error fails the commit.
func (g *Gate) Pass() error {
	g.mu.Lock()
	held, reached := g.held, g.reached
	g.mu.Unlock()
	if held != nil {
		select {
		case reached <- struct{}{}:
		default:
		}
		<-held
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fail != nil {
		return g.fail
	}
	g.commits++
	return nil
}

// Commits is how many commits have passed.
func (g *Gate) Commits() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.commits
}

// Fail makes every commit fail with err until it is nil.
func (g *Gate) Fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fail = err
}

// Hold holds commits up until release is called, which may be done twice. reached
// receives once a commit is held.
func (g *Gate) Hold(t testing.TB) (reached <-chan struct{}, release func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	held, told := make(chan struct{}), make(chan struct{}, 1)
	g.held, g.reached = held, told
	release = sync.OnceFunc(func() {
		g.mu.Lock()
		g.held = nil
		g.mu.Unlock()
		close(held)
	})
	t.Cleanup(release)
	return told, release
}
