//go:build unix

package deliver

import (
	"net"
	"syscall"
)

// isQuiet says whether an idle connection is open and nothing has arrived on it. It
// looks without waiting and without taking anything. An answer nobody asked for, a
// farewell of TLS and the end of the stream all make a connection unfit.
func isQuiet(socket net.Conn) bool {
	owner, ok := socket.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := owner.SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
	})
	return err == nil && quiet
}
