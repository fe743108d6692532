package sqlite_test

import (
	"sync"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

// finisher is a handoff whose deliveries a few goroutines finish at once, in
// batches of what has come in.
type finisher struct {
	jobs chan webhook.Job
}

func (f *finisher) Reserve(int64, int) bool { return true }
func (f *finisher) Aborted([]webhook.Job)   {}
func (f *finisher) Committed(h store.Handed) {
	for _, job := range h.Jobs {
		f.jobs <- job
	}
}

func (f *finisher) run(b *testing.B, s *sqlite.Store) {
	b.Helper()
	for job := range f.jobs {
		batch := []webhook.Job{job}
		for len(batch) < 256 && len(f.jobs) > 0 {
			batch = append(batch, <-f.jobs)
		}
		finish(b, s, batch...)
	}
}

// BenchmarkAcceptFinish accepts events from 64 goroutines, one event a call, each
// for one of 16 webhooks, and finishes their deliveries.
func BenchmarkAcceptFinish(b *testing.B) {
	s, _ := fresh(b, func(o *sqlite.Options) { o.Clock = clock.System{} })
	process, err := s.Join(b.Context(), time.Now())
	if err != nil {
		b.Fatal(err)
	}
	var numbers []int64
	for range 16 {
		numbers = append(numbers, createWebhook(b, s, "orders"))
	}
	params := acceptParams(b, s)
	payload := webhook.Payload{Posted: make([]byte, 1000), CreatedAt: time.Now(), Composer: webhook.ComposerVersion}
	// As many as there can be, since Committed must not block.
	f := &finisher{jobs: make(chan webhook.Job, b.N)}
	var finishing, accepting sync.WaitGroup
	for range 4 {
		finishing.Go(func() { f.run(b, s) })
	}
	work := make(chan int, 64)
	b.ResetTimer()
	for range 64 {
		accepting.Go(func() {
			for i := range work {
				p := params
				p.Process, p.AcceptedAt, p.Handoff = process, time.Now(), f
				p.Events = []store.NewEvent{{Type: "User.Created", Payload: payload, Webhooks: []int64{numbers[i%len(numbers)]}}}
				if _, err := s.Accept(b.Context(), p); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range b.N {
		work <- i
	}
	close(work)
	accepting.Wait()
	close(f.jobs)
	finishing.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}
