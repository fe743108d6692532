package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// heapRoom is how much is allocated between two garbage collections at least, once
// leastInUse is. A heap of some megabytes is collected so often otherwise that it costs a
// twelfth of a delivery.
const heapRoom = 48 << 20

// leastInUse is below what the percentage does not rise any more: as long as little is in
// use, it may soon be more.
const leastInUse = 8 << 20

const defaultPercent = 100

// roomyHeap gives a small heap heapRoom to grow by, until stop is called. One that is
// larger than that is collected as always. Who sets GOGC decides alone.
func roomyHeap() (stop func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	h := &heap{percent: defaultPercent}
	h.afterCollection()
	return func() {
		h.stopped.Store(true)
		debug.SetGCPercent(defaultPercent)
	}
}

type heap struct {
	// percent is what was set last; a collection ends before the next one begins.
	percent int
	stopped atomic.Bool
}

// afterCollection sets how far the heap may grow, now and after each collection.
func (h *heap) afterCollection() {
	if h.stopped.Load() {
		return
	}
	// What the percentage is of.
	used := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(used)
	percent := percentFor(used[0].Value.Uint64() + used[1].Value.Uint64() + used[2].Value.Uint64())
	if percent*10 < h.percent*9 || percent*9 > h.percent*10 { // setting it stops the world
		debug.SetGCPercent(percent)
		h.percent = percent
	}
	// What nobody holds is found by the next collection.
	runtime.AddCleanup(&marker{}, (*heap).afterCollection, h)
}

// marker has a pointer so that it is allocated by itself.
type marker struct{ _ *byte }

// percentFor is by how many percent of what is in use the heap may grow.
func percentFor(used uint64) int {
	return max(defaultPercent, int(heapRoom*100/max(used, leastInUse)))
}
