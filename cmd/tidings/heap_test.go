package main

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

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

// The percentage belongs to the process.
//
//nolint:paralleltest // see above
func TestSmallHeapIsGivenRoom(t *testing.T) {
	t.Setenv("GOGC", "75")
	roomyHeap()()
	if got := percentNow(); got != defaultPercent {
		t.Fatalf("%d %% although GOGC is set, want what it was", got)
	}
	t.Setenv("GOGC", "")
	runtime.GC() // what an earlier test left is in use no more
	stop := roomyHeap()
	if got := percentNow(); got <= defaultPercent {
		t.Errorf("%d %% for a small heap, want more than %d %%", got, defaultPercent)
	}
	large := make([]byte, 2*heapRoom)
	for tries := 0; percentNow() != defaultPercent; tries++ { // it is set behind a collection, not in it
		if tries == 1000 {
			t.Fatalf("%d %% for a heap of %d MiB, want %d %%", percentNow(), len(large)>>20, defaultPercent)
		}
		runtime.GC()
	}
	runtime.KeepAlive(large)
	stop()
	if got := percentNow(); got != defaultPercent {
		t.Errorf("%d %% at the end, want %d %%", got, defaultPercent)
	}
}

func percentNow() int {
	now := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(now)
	return int(now[0].Value.Uint64())
}
