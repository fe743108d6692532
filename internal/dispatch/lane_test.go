package dispatch

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tidingshq/tidings/internal/webhook"
)

// The line of a lane is in order whatever happens to it, lets go of what has left it, and
// takes no more room than a multiple of what has been in it at once.
func TestLine(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	l, s := &lane{}, &slots{}
	var want []int
	longest := 0
	for next := range 100_000 {
		job := webhook.Job{Attempt: next, Tenant: "held"}
		switch what := random.IntN(40); {
		case what == 0:
			keep := random.IntN(len(want) + 1)
			l.drop(s, keep)
			want = want[:keep]
		case what == 1:
			job.Interruptions = 1
			l.enqueue(job)
			place := slices.IndexFunc(l.queue, func(other webhook.Job) bool { return other.Attempt == next })
			want = slices.Insert(want, place, next)
		case what < 21:
			l.enqueue(job)
			want = append(want, next)
		case len(want) > 0:
			if got := l.take(); got.Attempt != want[0] {
				t.Fatalf("took %d, want %d", got.Attempt, want[0])
			}
			want = want[1:]
		}
		if longest = max(longest, len(want)); !slices.EqualFunc(l.queue, want, func(job webhook.Job, number int) bool { return job.Attempt == number }) {
			t.Fatalf("the line differs from %v", want)
		}
		held := 0
		for _, job := range l.room[:cap(l.room)] {
			if job.Tenant != "" {
				held++
			}
		}
		if held > len(want) || cap(l.room) > 4*longest+4 {
			t.Fatalf("%d are held in a room for %d, %d are in line and at most %d were", held, cap(l.room), len(want), longest)
		}
	}
	if longest < 20 {
		t.Errorf("there were never more than %d in line", longest)
	}
}

// A steady line goes round in its room.
func TestSteadyLineTakesNoMoreRoom(t *testing.T) {
	l := &lane{}
	for range 10 {
		l.push(webhook.Job{})
	}
	if n := testing.AllocsPerRun(1000, func() { l.take(); l.push(webhook.Job{}) }); n != 0 {
		t.Errorf("%v allocations for a delivery", n)
	}
	for len(l.queue) > 0 {
		l.take()
	}
	if l.room != nil {
		t.Errorf("an empty line keeps room for %d", cap(l.room))
	}
	l.push(webhook.Job{})
	if n := testing.AllocsPerRun(1000, func() { l.take(); l.push(webhook.Job{}) }); n != 0 {
		t.Errorf("%v allocations for a lone delivery", n)
	}
}
