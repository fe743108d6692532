package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	replays       = 20
	replayClients = 16
)

// TestHostileReplay sends all quick cases 20 times by 16 clients at once. It takes
// minutes: make hostile. States cannot be compared while others write; what counts
// is that every answer is one of those allowed, that nothing ends in 5xx, and that the
// process holds no more afterwards than before.
func TestHostileReplay(t *testing.T) {
	t.Parallel()
	if !thorough() {
		t.Skip("minutes long; make hostile runs it")
	}
	h := newHostile(t, program(t))
	var cases []*badCase
	for _, c := range append(readBadInput(t, "testdata/badinput.json", 280), readBadInput(t, "testdata/badinput-more.json", 100)...) {
		if !c.isSlow() && (c.BodyGen == nil || c.BodyGen.Count >= 0) {
			cases = append(cases, c)
		}
	}
	work := make(chan *badCase)
	var sent atomic.Int64
	var clients sync.WaitGroup
	for range replayClients {
		clients.Go(func() {
			for c := range work {
				h.replay(t, c)
				sent.Add(1)
			}
		})
	}
	began := time.Now()
	for range replays {
		for _, c := range cases {
			work <- c
		}
	}
	close(work)
	clients.Wait()
	t.Logf("%d requests in %v", sent.Load(), time.Since(began).Round(time.Second))
	h.reset()
	if err := h.returnsTo(h.base); err != nil {
		t.Error(err)
	}
	if most, ok := h.resident(residentMost); ok && most > 512<<20 {
		t.Errorf("resident memory reached %d MiB", most>>20)
	}
}

// replay sends a case that others may have come before: its webhook may be gone, and
// test payloads take turns.
func (h *hostile) replay(t *testing.T, c *badCase) {
	t.Helper()
	r, err := h.send(t, c, 30*time.Second)
	if err != nil {
		t.Errorf("%s: %v", c.ID, err)
		return
	}
	gone := r.status == http.StatusNotFound && strings.Contains(c.Path, "${HOOK}")
	turns := r.status == http.StatusTooManyRequests && strings.HasSuffix(c.Path, "/test")
	busy := r.status == http.StatusServiceUnavailable && r.header.Get("Retry-After") != ""
	if !gone && !turns && !busy && (!slices.Contains(c.Expect.Status, r.status) || r.status >= http.StatusInternalServerError) {
		t.Errorf("%s (%s) answers %d, want one of %v: %.200s", c.ID, c.Why, r.status, c.Expect.Status, r.body)
	}
	h.checkAnswer(t, c, r)
	if r.status == http.StatusCreated {
		// Or each event would go to thousands of webhooks.
		var created struct{ ID string }
		if err := json.Unmarshal(r.body, &created); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		if _, _, err := h.try(http.MethodDelete, "/api/hooks/"+created.ID, ""); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
}
