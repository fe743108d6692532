//go:build unix

package testkit

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// RefusedAddress returns an ip:port that refuses connections until the test ends: the
// port is taken, but nobody listens.
func RefusedAddress(tb testing.TB) string {
	tb.Helper()
	fd := boundSocket(tb)
	return addressOf(tb, fd)
}

// Blackhole returns an ip:port that leaves connection attempts without an answer: its
// queue is full and never emptied, so the kernel drops every SYN.
func Blackhole(tb testing.TB) string {
	tb.Helper()
	fd := boundSocket(tb)
	if err := syscall.Listen(fd, 0); err != nil {
		tb.Fatalf("listen: %v", err)
	}
	address := addressOf(tb, fd)
	for range 8 {
		conn, err := (&net.Dialer{Timeout: 200 * time.Millisecond}).DialContext(tb.Context(), "tcp", address)
		if err != nil {
			return address
		}
		tb.Cleanup(func() { _ = conn.Close() })
	}
	tb.Fatal("the queue of the blackhole does not fill")
	return ""
}

func boundSocket(tb testing.TB) int {
	tb.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		tb.Fatalf("open socket: %v", err)
	}
	tb.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		tb.Fatalf("bind socket: %v", err)
	}
	return fd
}

func addressOf(tb testing.TB, fd int) string {
	tb.Helper()
	name, err := syscall.Getsockname(fd)
	if err != nil {
		tb.Fatalf("read address: %v", err)
	}
	inet4, ok := name.(*syscall.SockaddrInet4)
	if !ok {
		tb.Fatalf("address is %T", name)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(inet4.Port))
}

// Resolver answers look-ups by a function of the test.
type Resolver func(ctx context.Context, host string) ([]netip.Addr, error)

// LookupNetIP calls the function.
func (r Resolver) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	return r(ctx, host)
}
