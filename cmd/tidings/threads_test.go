package main

import (
	"runtime"
	"testing"
)

func TestThreadsFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shared          bool
		set             string
		now, processors int
		want            int
	}{
		"SQLite":          {now: 2, processors: 2, want: 2},
		"One processor":   {shared: true, now: 1, processors: 1, want: 4},
		"Two processors":  {shared: true, now: 2, processors: 2, want: 4},
		"Many processors": {shared: true, now: 16, processors: 16, want: 16},
		"Limited":         {shared: true, now: 2, processors: 16, want: 2},
		"Set":             {shared: true, set: "2", now: 2, processors: 2, want: 2},
	} {
		if got := threadsFor(test.shared, test.set, test.now, test.processors); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}

// The number belongs to the process.
//
//nolint:paralleltest // see above
func TestThreadsAreGivenBack(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	defer runtime.SetDefaultGOMAXPROCS()
	runtime.SetDefaultGOMAXPROCS()
	before := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(1)
	stop := spareThreads(true, 1)
	if got := runtime.GOMAXPROCS(0); got != enoughThreads {
		t.Errorf("%d threads meanwhile, want %d", got, enoughThreads)
	}
	stop()
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("%d threads afterwards, want %d, as Go has it", got, before)
	}
}
