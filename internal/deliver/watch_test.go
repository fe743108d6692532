package deliver

import (
	"context"
	"net"
	"testing"
	"time"
)

// use begins to watch a connection, and returns it with the peer's end.
func use(ctx context.Context, t *testing.T, w *watches) (c *conn, peer net.Conn) {
	t.Helper()
	ours, peer := net.Pipe()
	t.Cleanup(func() { _, _ = ours.Close(), peer.Close() })
	c = &conn{socket: ours}
	w.begin(ctx, c)
	return c, peer
}

type key struct{}

// awaitClosed returns when the other side has closed the connection.
func awaitClosed(peer net.Conn) { _, _ = peer.Read(make([]byte, 1)) }

func TestWatchClosesWhatItsContextHas(t *testing.T) {
	t.Parallel()
	w := &watches{}
	ending, end := context.WithCancel(t.Context())
	first, firstPeer := use(ending, t, w)
	second, secondPeer := use(context.WithValue(ending, key{}, true), t, w)
	done, _ := use(ending, t, w)
	other, _ := use(t.Context(), t, w)
	forever, _ := use(context.Background(), t, w)
	if len(w.of) != 3 {
		t.Errorf("%d watches for three contexts that end by themselves", len(w.of))
	}
	if !w.end(done) {
		t.Error("an attempt that is over found its connection closed")
	}
	end()
	awaitClosed(firstPeer)
	awaitClosed(secondPeer)
	if w.end(first) || w.end(second) {
		t.Error("a connection can still be used although its context has ended")
	}
	for _, c := range []*conn{done, other, forever} {
		_ = c.socket.SetDeadline(time.Unix(1, 0))
		if _, err := c.socket.Read(make([]byte, 1)); err == nil || err.Error() != "read pipe: i/o timeout" {
			t.Errorf("a connection that has nothing to do with it: %v", err)
		}
	}
	if !w.end(other) || !w.end(forever) {
		t.Error("an attempt of another context found its connection closed")
	}
	if len(w.of) != 0 {
		t.Errorf("%d watches are left", len(w.of))
	}
	late, latePeer := use(ending, t, w)
	awaitClosed(latePeer)
	if w.end(late) {
		t.Error("a connection that came after the end can be used")
	}
}
