//go:build unix

package deliver

import (
	"net"
	"syscall"
)

// glance looks into a socket without waiting and without taking anything. It is made once
// for a connection, since each look would have to make it otherwise.
type glance struct {
	socket syscall.RawConn // nil if there is none to look into
	look   *look
}

// look is what the last one found.
type look struct {
	quiet bool
	one   [1]byte
	do    func(fd uintptr)
}

func glanceAt(socket net.Conn) glance {
	owner, ok := socket.(syscall.Conn)
	if !ok {
		return glance{}
	}
	raw, err := owner.SyscallConn()
	if err != nil {
		return glance{}
	}
	l := &look{}
	l.do = func(fd uintptr) {
		_, _, err := syscall.Recvfrom(int(fd), l.one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		l.quiet = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
	}
	return glance{raw, l}
}

// isQuiet says whether an idle connection is open and nothing has arrived on it. An answer
// nobody asked for, a farewell of TLS and the end of the stream all make it unfit.
func (g glance) isQuiet() bool {
	if g.socket == nil {
		return true
	}
	return g.socket.Control(g.look.do) == nil && g.look.quiet
}
