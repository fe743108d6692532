package app

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tidingshq/tidings/internal/testkit"
)

// faulty fails commits while it is on.
type faulty struct{ on atomic.Bool }

func (f *faulty) fault(point string) error {
	if point == "commit" && f.on.Load() {
		return errors.New("canary: the disk is gone")
	}
	return nil
}

func TestCommitThatFails(t *testing.T) {
	t.Parallel()
	var disk faulty
	log := &logText{}
	o := options(t, log)
	o.Fault = disk.fault
	b := open(t, log, o)
	b.start()
	endpoint := testkit.NewReceiver(t)
	b.subscribe(endpoint.URL)

	disk.on.Store(true)
	got := b.do("POST", "/api/events", event, "Idempotency-Key", "once")
	disk.on.Store(false)
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "1" || !strings.Contains(got.body, `"storage.unavailable"`) {
		t.Errorf("answer: %d, Retry-After %q, %s", got.status, got.header.Get("Retry-After"), got.body)
	}
	if strings.Contains(got.body, "canary") {
		t.Errorf("the cause is told to the producer: %s", got.body)
	}
	if told := strings.Count(b.log.String(), `"msg":"request.failed"`); told != 1 || !strings.Contains(b.log.String(), "canary: the disk is gone") {
		t.Errorf("logged %d times, want once with the cause:\n%s", told, b.log)
	}
	if found := b.deliveries(); len(found) != 0 {
		t.Errorf("deliveries of an event that was refused: %+v", found)
	}

	again := into[accepted](b, b.do("POST", "/api/events", event, "Idempotency-Key", "once"), http.StatusAccepted)
	if d := b.ended(again.ID); d.State != "succeeded" {
		t.Errorf("the next event: %+v", d)
	}
	events := into[struct{ Items []struct{ ID string } }](b, b.do("GET", "/api/events", ""), http.StatusOK).Items
	if len(events) != 1 || len(b.deliveries()) != 1 || len(endpoint.Requests()) != 1 {
		t.Errorf("stored: %+v and %+v; the endpoint got %d requests, want one of each", events, b.deliveries(), len(endpoint.Requests()))
	}
}

// held holds the first commit after it was armed until it is released.
type held struct {
	armed            atomic.Bool
	reached, release chan struct{}
	commits          atomic.Int64
}

func (h *held) fault(string) error {
	h.commits.Add(1)
	if h.armed.CompareAndSwap(true, false) {
		close(h.reached)
		<-h.release
	}
	return nil
}

func TestPostsAtOnceShareCommits(t *testing.T) {
	t.Parallel()
	disk := &held{reached: make(chan struct{}), release: make(chan struct{})}
	log := &logText{}
	o := options(t, log)
	o.Fault = disk.fault
	b := open(t, log, o)
	var arrived atomic.Int64
	full := b.ingest.Full
	b.ingest.Full = func() bool { // the last that is asked before the store
		arrived.Add(1)
		return full()
	}
	b.start()

	const posts = 64
	before := disk.commits.Load()
	disk.armed.Store(true)
	var posting sync.WaitGroup
	for range posts {
		posting.Go(func() {
			got, err := b.try("POST", "http://"+b.Addr()+"/api/events", event)
			if err != nil || got.status != http.StatusAccepted {
				t.Errorf("post: %v, %d %s", err, got.status, got.body)
			}
		})
	}
	<-disk.reached
	b.until("all posts wait for their commit", func() bool { return arrived.Load() == posts })
	close(disk.release)
	posting.Wait()
	// The periodic work commits too, a few times in a second.
	if commits := disk.commits.Load() - before; commits > 8 {
		t.Errorf("%d posts took %d commits, want at most 8", posts, commits)
	}
}
