package main

import (
	"os"
	"runtime"
)

// enoughThreads is how many threads run Go code at least, on a machine of few processors
// with PostgreSQL: more is delivered then, and less is late. On SQLite it would cost batches
// more than it gains (measured: docs/performance.md).
const enoughThreads = 4

// spareThreads lets enoughThreads run until stop is called. Go no longer follows a change of
// the process's limit then.
func spareThreads(shared bool, processors int) (stop func()) {
	now := runtime.GOMAXPROCS(0)
	threads := threadsFor(shared, os.Getenv("GOMAXPROCS"), now, processors)
	if threads == now {
		return func() {}
	}
	runtime.GOMAXPROCS(threads)
	return runtime.SetDefaultGOMAXPROCS
}

// threadsFor is how many threads are to run Go code in place of those that do now. It stays
// with who sets GOMAXPROCS, and with a limit on the process that Go has heeded.
func threadsFor(shared bool, set string, now, processors int) int {
	if !shared || set != "" || now < processors {
		return now
	}
	return max(now, enoughThreads)
}
