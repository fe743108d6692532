package storetest

import (
	"slices"
	"sync"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// handoff takes what a store hands over and keeps account of the room it gave.
type handoff struct {
	// room says whether there is room for one more; nil is always.
	room func(webhookNumber int64, weight int) bool

	mu       sync.Mutex
	reserved int
	handed   []store.Handed
	aborted  []webhook.Job
}

func (h *handoff) Reserve(webhookNumber int64, weight int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.room != nil && !h.room(webhookNumber, weight) {
		return false
	}
	h.reserved++
	return true
}

func (h *handoff) Committed(handed store.Handed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.handed = append(h.handed, handed)
}

func (h *handoff) Aborted(jobs []webhook.Job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.aborted = append(h.aborted, jobs...)
}

func (h *handoff) jobs() []webhook.Job {
	h.mu.Lock()
	defer h.mu.Unlock()
	var jobs []webhook.Job
	for _, one := range h.handed {
		jobs = append(jobs, one.Jobs...)
	}
	return jobs
}

// numbers collects one of the lists of what was handed over.
func (h *handoff) numbers(of func(store.Handed) []int64) []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	var numbers []int64
	for _, one := range h.handed {
		numbers = append(numbers, of(one)...)
	}
	return slices.Sorted(slices.Values(numbers))
}

// owed is the room that was given and neither used nor given back.
func (h *handoff) owed() int {
	used := len(h.jobs())
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reserved - used - len(h.aborted)
}
