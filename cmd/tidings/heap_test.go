package main

import "testing"

func TestPercentFor(t *testing.T) {
	t.Parallel()
	for used, want := range map[uint64]int{
		0:         600, // of 8 MiB
		1 << 20:   600,
		16 << 20:  300,
		48 << 20:  100,
		500 << 20: 100,
	} {
		if got := percentFor(used); got != want {
			t.Errorf("%d bytes in use: got %d %%, want %d %%", used, got, want)
		}
	}
}
