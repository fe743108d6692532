package main

import (
	"net"
	"testing"
)

func TestFreeAddressTakesTheNext(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	taken := listener.Addr().(*net.TCPAddr).Port
	address, err := freeAddress(t.Context(), listener.Addr().String(), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := net.ResolveTCPAddr("tcp", address)
	if err != nil || got.Port <= taken {
		t.Errorf("%s is taken, got %s", listener.Addr(), address)
	}
}

func TestNothingSteersTheTerminal(t *testing.T) {
	t.Parallel()
	if got := plain("a\x1b[2Jb\u009bc\td\u00e9"); got != "a\uFFFD[2Jb\uFFFDc\td\u00e9" {
		t.Errorf("got %q", got)
	}
}
