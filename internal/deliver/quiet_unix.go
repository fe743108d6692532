//go:build unix

package deliver

import (
	"net"
	"syscall"
)

// probe looks at one idle connection again and again.
type probe struct {
	raw   syscall.RawConn
	look  func(fd uintptr)
	taken [1]byte
	quiet bool
}

// isQuiet says whether the connection is open and nothing has arrived on it. It looks
// without waiting and without taking anything. An answer nobody asked for, a farewell of
// TLS and the end of the stream all make a connection unfit.
func (p *probe) isQuiet(socket net.Conn) bool {
	if p.raw == nil {
		owner, ok := socket.(syscall.Conn)
		if !ok {
			return true
		}
		raw, err := owner.SyscallConn()
		if err != nil {
			return false
		}
		p.raw, p.look = raw, p.peek
	}
	p.quiet = false
	err := p.raw.Control(p.look)
	return err == nil && p.quiet
}

func (p *probe) peek(fd uintptr) {
	_, _, err := syscall.Recvfrom(int(fd), p.taken[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	p.quiet = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
}
