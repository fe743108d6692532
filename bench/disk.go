package main

import (
	"errors"
	"os"
	"slices"
	"syscall"
	"time"
)

// flush is what the disk under the databases takes to make 8 KiB durable, in
// milliseconds: no answer that is durable can come earlier.
type flush struct{ P50, P99 float64 }

// measureFlush writes and flushes 8 KiB at the end of a file again and again.
func measureFlush(folder string, times int) (_ flush, err error) {
	file, err := os.CreateTemp(folder, "tidings-bench-flush-")
	if err != nil {
		return flush{}, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	took := make([]time.Duration, 0, times)
	block := make([]byte, 8<<10)
	for range times {
		began := time.Now()
		if _, err := file.Write(block); err != nil {
			return flush{}, err
		}
		if err := file.Sync(); err != nil {
			return flush{}, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return flush{P50: milliseconds(percentile(took, 0.50)), P99: milliseconds(percentile(took, 0.99))}, nil
}

// settleDisk lets everything that earlier runs, and the machine, have written reach the
// disk, so that it is not flushed within what is measured next.
func settleDisk() { syscall.Sync() }
