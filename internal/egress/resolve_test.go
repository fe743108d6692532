package egress

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"
)

// questionSocket tells when it is closed. The resolver must see a UDP connection.
type questionSocket struct {
	*net.UDPConn

	once   sync.Once
	closed chan struct{}
}

func (s *questionSocket) Close() error {
	s.once.Do(func() { close(s.closed) })
	return s.UDPConn.Close()
}

// A name server that does not answer holds nothing once nobody waits: the resolver
// alone would wait for 5 s, and then ask again.
func TestAbandonedQuestionsEnd(t *testing.T) {
	t.Parallel()
	silent, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	sockets := make(chan *questionSocket, 100)
	ctx, cancel := context.WithCancel(t.Context())
	resolver := lookups(ctx, func(context.Context, string, string) (net.Conn, error) {
		conn, err := net.DialUDP("udp", nil, silent.LocalAddr().(*net.UDPAddr))
		if err != nil {
			return nil, err
		}
		socket := &questionSocket{UDPConn: conn, closed: make(chan struct{})}
		sockets <- socket
		return socket, nil
	})
	done := make(chan error, 1)
	go func() {
		_, err := resolver.LookupNetIP(ctx, "ip", "hooks.example.com.")
		done <- err
	}()
	first := <-sockets
	cancel()
	if err := <-done; err == nil {
		t.Error("a silent name server answered")
	}
	select {
	case <-first.closed:
	case <-time.After(3 * time.Second):
		t.Error("the socket is open 3 s after the question was given up")
	}
}
