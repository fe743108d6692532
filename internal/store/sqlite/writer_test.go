package sqlite

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func openHere(t *testing.T) (s *Store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "tidings.db")
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, path
}

// A call that comes while large ones are being written is run after the one under way
// and committed before the others are run.
func TestSmallCallGoesBetweenLargeOnes(t *testing.T) {
	t.Parallel()
	s, _ := openHere(t)
	var calls sync.WaitGroup
	var order []string
	answered := false // all of this happens on the writer's goroutine
	large := func(name string, during func()) {
		if err := s.writer.do(&call{rows: 200, run: func(*tx, *call) error {
			order = append(order, name)
			during()
			return nil
		}}); err != nil {
			t.Error(err)
		}
	}
	inLine := func(calls chan *call, n int) {
		for len(calls) < n && t.Context().Err() == nil {
			runtime.Gosched()
		}
	}
	calls.Go(func() {
		large("first", func() {
			for range 4 {
				calls.Go(func() {
					large("other", func() {
						if !answered {
							t.Error("another large call is run before the small one is durable")
						}
					})
				})
			}
			inLine(s.writer.bulk, 4)
			calls.Go(func() {
				small := &call{rows: 2, run: func(*tx, *call) error { order = append(order, "small"); return nil }}
				small.committed = func() { answered = true }
				if err := s.writer.do(small); err != nil {
					t.Error(err)
				}
			})
			inLine(s.writer.calls, 1)
		})
	})
	calls.Wait()
	if want := []string{"first", "small", "other", "other", "other", "other"}; !slices.Equal(order, want) {
		t.Errorf("order = %q, want %q", order, want)
	}
}

// Who is about to bring a call when a commit would end does so, and shares it. The test has
// one processor to itself.
func TestCommitEndsAfterWhoIsAboutToJoin(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	sizes := make(chan int, 2)
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "tidings.db"), Observe: func(calls int, _ time.Duration) { sizes <- calls }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	const rounds = 20
	together := 0
	for range rounds {
		var second sync.WaitGroup
		if err := s.writer.do(&call{rows: 1, run: func(*tx, *call) error {
			second.Go(func() {
				if err := s.writer.do(&call{rows: 1, run: func(*tx, *call) error { return nil }}); err != nil {
					t.Error(err)
				}
			})
			return nil
		}}); err != nil {
			t.Fatal(err)
		}
		second.Wait()
		if <-sizes == 2 {
			together++
		} else {
			<-sizes
		}
	}
	if together < rounds/2 { // the scheduler now and then has another take its turn first
		t.Errorf("%d of %d calls joined the commit that was about to end", together, rounds)
	}
}

// walRuns is how often the WAL has begun anew, from its header
// (https://www.sqlite.org/walformat.html).
func walRuns(t *testing.T, path string) uint32 {
	t.Helper()
	header, err := os.ReadFile(path + "-wal")
	if err != nil || len(header) < 16 {
		t.Fatalf("%d bytes of WAL, %v", len(header), err)
	}
	return binary.BigEndian.Uint32(header[12:16])
}

// The WAL is copied beside the commits, and what is committed since by the writer.
func TestWALBeginsAnew(t *testing.T) {
	t.Parallel()
	s, path := openHere(t)
	grow := func() {
		err := s.writer.do(&call{bytes: 1 << 20, run: func(tx *tx, _ *call) error {
			_, err := tx.exec("INSERT OR REPLACE INTO idempotency (tenant, route, key, hash, answer, created_at) VALUES (0, '', '', x'', zeroblob(1048576), 0)")
			return err
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	grow()
	before := walRuns(t, path)
	for range walPages * 4096 >> 20 {
		grow()
	}
	for !s.checkpoints.rest.Load() && t.Context().Err() == nil {
		runtime.Gosched() // it is copied beside the commits
	}
	grow() // all is copied, so the WAL begins anew with this, which is left over
	grow() // that was copied by the writer, so it begins anew once more
	if runs := walRuns(t, path); runs != before+2 {
		t.Errorf("the WAL has begun anew %d times, want 2", runs-before)
	}
}

// A reader that is in the way of emptying the WAL is not waited for.
func TestTrimWaitsForNoReader(t *testing.T) {
	t.Parallel()
	s, path := openHere(t)
	if err := s.reading(t.Context(), func(r *reader) error {
		if _, err := r.numbers("SELECT count(*) FROM work"); err != nil {
			return err
		}
		if err := s.CreateTenant(t.Context(), webhook.Tenant{ID: "one"}); err != nil {
			return err
		}
		return s.Trim(t.Context())
	}); err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if size() == 0 {
		t.Fatal("the WAL was emptied while it is read")
	}
	if err := s.Trim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := size(); n != 0 {
		t.Errorf("%d bytes of WAL are left", n)
	}
	var patience int
	if err := s.Writing().QueryRowContext(t.Context(), "PRAGMA busy_timeout").Scan(&patience); err != nil || patience != int(busyTimeout.Milliseconds()) {
		t.Errorf("the writer waits %d ms for others, %v", patience, err)
	}
}

// On a slow disk a few lone events do not leave the others one call for each flush.
func TestSlowDiskTakesMoreOfTheOthers(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		flushed time.Duration
		load    load
		enough  bool
	}{
		"quick, none yet":             {time.Millisecond, load{began: now, urgent: 2}, false},
		"quick, one":                  {time.Millisecond, load{began: now, urgent: 2, bulk: 48}, true},
		"quick, for many":             {time.Millisecond, load{began: now, urgent: 200, bulk: 48}, false},
		"slow, one":                   {time.Hour, load{began: now, urgent: 2, bulk: 48}, false},
		"slow, half of the flush ago": {time.Hour, load{began: now.Add(-time.Hour), urgent: 2, bulk: 48}, true},
	} {
		if w := (&writer{flushed: c.flushed}); w.enoughBulk(&c.load) != c.enough {
			t.Errorf("%s: enough is %v", name, !c.enough)
		}
	}
	if w := (&writer{tookBulk: true}); !w.enoughBulk(&load{began: now, urgent: 2}) {
		t.Error("a lone event takes some of the others along twice in a row")
	}
}

// What comes while the writer is busy is written before a result that came earlier, and
// shares its commit with it.
func TestResultsGiveWay(t *testing.T) {
	t.Parallel()
	s, _ := openHere(t)
	var calls sync.WaitGroup
	var order []string
	do := func(name string, during func()) {
		c := &call{rows: 2, committed: func() { order = append(order, "durable") }}
		c.run = func(*tx, *call) error {
			order = append(order, name)
			during()
			return nil
		}
		if err := s.writer.do(c); err != nil {
			t.Error(err)
		}
	}
	inLine := func(n int) {
		for len(s.writer.calls)+len(s.writer.bulk) < n && t.Context().Err() == nil {
			runtime.Gosched()
		}
	}
	calls.Go(func() {
		do("first", func() {
			calls.Go(func() {
				if _, err := s.Finish(t.Context(), make([]store.Result, 1)); err != nil {
					t.Error(err)
				}
			})
			inLine(1)
			calls.Go(func() {
				do("event", func() {
					if len(s.writer.bulk) != 1 {
						t.Error("the result does not wait")
					}
				})
			})
			inLine(2)
		})
	})
	calls.Wait()
	if want := []string{"first", "event", "durable", "durable"}; !slices.Equal(order, want) {
		t.Errorf("order = %q, want %q", order, want)
	}
}
