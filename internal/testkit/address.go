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
func RefusedAddress(t testing.TB) string {
	t.Helper()
	fd := boundSocket(t)
	return addressOf(t, fd)
}

// Blackhole returns an ip:port that leaves connection attempts without an answer: its
// queue is full and never emptied, so the kernel drops every SYN.
func Blackhole(t testing.TB) string {
	t.Helper()
	fd := boundSocket(t)
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatalf("listen: %v", err)
	}
	address := addressOf(t, fd)
	for range 8 {
		conn, err := (&net.Dialer{Timeout: 200 * time.Millisecond}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	t.Fatal("the queue of the blackhole does not fill")
	return ""
}

func boundSocket(t testing.TB) int {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatalf("open socket: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatalf("bind socket: %v", err)
	}
	return fd
}

func addressOf(t testing.TB, fd int) string {
	t.Helper()
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatalf("read address: %v", err)
	}
	inet4, ok := name.(*syscall.SockaddrInet4)
	if !ok {
		t.Fatalf("address is %T", name)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(inet4.Port))
}

// Resolver answers look-ups by a function of the test.
type Resolver func(ctx context.Context, host string) ([]netip.Addr, error)

// LookupNetIP calls the function.
func (r Resolver) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	return r(ctx, host)
}
