package testkit

import (
	"context"
	"net"

	"github.com/tidingshq/tidings/internal/egress"
)

// MemoryDialer leads every URL to one receiver in memory, for a deliver.Sender in
// virtual time. URLs are judged as in development mode.
type MemoryDialer struct {
	receiver *Receiver
	guard    *egress.Guard
}

// Dialer returns a MemoryDialer to the receiver.
func (r *Receiver) Dialer() MemoryDialer {
	return MemoryDialer{receiver: r, guard: egress.New(egress.Options{Dev: true})}
}

// Check judges the URL.
func (d MemoryDialer) Check(raw string) (egress.Target, error) { return d.guard.Check(raw) }

// Dial opens a connection in memory.
func (d MemoryDialer) Dial(context.Context, egress.Target) (net.Conn, egress.Trace, error) {
	return d.receiver.Pipe(), egress.Trace{Address: "192.0.2.1:80"}, nil
}
