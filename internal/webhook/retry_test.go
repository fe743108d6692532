package webhook

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// middle is the random number that leaves a wait as it is.
const middle = 0.5

func policy() RetryPolicy { return RetryPolicy{Schedule: DefaultRetrySchedule()} }

// failedWith is a failed attempt that ended at noon.
func failedWith(status int, reason Reason) *Attempt {
	return &Attempt{StartedAt: noon.Add(-time.Second), Duration: time.Second, Outcome: OutcomeFailed, Reason: reason, Status: status}
}

func ptr[T any](v T) *T { return &v }

func TestWhatIsRetried(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  int
		reason  Reason
		retried bool
	}{
		{0, ReasonDNS, true},
		{0, ReasonConnect, true},
		{0, ReasonTLS, true},
		{0, ReasonTimeout, true},
		{0, ReasonReset, true},
		{0, ReasonBadResponse, true},
		{0, ReasonInternal, true},
		{0, ReasonBlockedAddress, false},
		{0, ReasonHeadersTooLarge, false},
		{200, ReasonHeadersTooLarge, false},
		{503, ReasonHeadersTooLarge, false},
		{101, ReasonBadResponse, false},
		{300, ReasonRedirect, false},
		{301, ReasonRedirect, false},
		{302, ReasonRedirect, false},
		{304, ReasonRedirect, false},
		{308, ReasonRedirect, false},
		{399, ReasonRedirect, false},
		{400, ReasonStatus4xx, false},
		{401, ReasonStatus4xx, false},
		{404, ReasonStatus4xx, false},
		{407, ReasonStatus4xx, false},
		{408, ReasonStatus4xx, true},
		{409, ReasonStatus4xx, false},
		{410, ReasonStatus4xx, false},
		{424, ReasonStatus4xx, false},
		{425, ReasonStatus4xx, true},
		{426, ReasonStatus4xx, false},
		{428, ReasonStatus4xx, false},
		{429, ReasonStatus4xx, true},
		{430, ReasonStatus4xx, false},
		{499, ReasonStatus4xx, false},
		{500, ReasonStatus5xx, true},
		{501, ReasonStatus5xx, true},
		{503, ReasonStatus5xx, true},
		{599, ReasonStatus5xx, true},
		{999, ReasonStatus5xx, true},
	} {
		a := failedWith(c.status, c.reason)
		want := Next{State: StateFailed}
		if c.retried {
			want = Next{State: StateRetrying, DueAt: noon.Add(time.Second), RetriesUsed: 1}
		}
		if diff := cmp.Diff(want, policy().Next(Job{}, a, nil, middle)); diff != "" {
			t.Errorf("%d %s (-want +got):\n%s", c.status, c.reason, diff)
		}
	}
	success := &Attempt{Outcome: OutcomeSucceeded, Status: 204}
	if diff := cmp.Diff(Next{State: StateSucceeded, RetriesUsed: 2}, policy().Next(Job{RetriesUsed: 2}, success, nil, middle)); diff != "" {
		t.Errorf("success (-want +got):\n%s", diff)
	}
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	for used, wait := range []time.Duration{time.Second, 30 * time.Second, 5 * time.Minute} {
		want := Next{State: StateRetrying, DueAt: noon.Add(wait), RetriesUsed: used + 1}
		if diff := cmp.Diff(want, policy().Next(Job{RetriesUsed: used}, failedWith(500, ReasonStatus5xx), nil, middle)); diff != "" {
			t.Errorf("retry %d (-want +got):\n%s", used+1, diff)
		}
	}
	want := Next{State: StateFailed, RetriesUsed: 3}
	if diff := cmp.Diff(want, policy().Next(Job{RetriesUsed: 3}, failedWith(500, ReasonStatus5xx), nil, middle)); diff != "" {
		t.Errorf("after the last retry (-want +got):\n%s", diff)
	}
}

// TestRetriesAreCapped plays a delivery whose endpoint always fails.
func TestRetriesAreCapped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		retries  *int
		schedule []time.Duration
		attempts int
	}{
		{nil, DefaultRetrySchedule(), 4},
		{ptr(0), DefaultRetrySchedule(), 1},
		{ptr(1), DefaultRetrySchedule(), 2},
		{ptr(2), DefaultRetrySchedule(), 3},
		{ptr(3), DefaultRetrySchedule(), 4},
		{ptr(3), []time.Duration{time.Second}, 2},
		{nil, nil, 1},
	} {
		var job Job
		for job.Attempt = 1; ; job.Attempt++ {
			next := RetryPolicy{Schedule: c.schedule}.Next(job, failedWith(0, ReasonReset), c.retries, middle)
			job.RetriesUsed = next.RetriesUsed
			if next.State == StateFailed || job.Attempt > 10 {
				break
			}
		}
		if job.Attempt != c.attempts {
			t.Errorf("retries %v, schedule %v: %d attempts, want %d", c.retries, c.schedule, job.Attempt, c.attempts)
		}
	}
}

func TestJitterStaysWithinAFifth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		used := rapid.IntRange(0, 2).Draw(t, "used")
		random := rapid.Float64Range(0, 1).Draw(t, "random")
		wait := policy().Next(Job{RetriesUsed: used}, failedWith(500, ReasonStatus5xx), nil, random).DueAt.Sub(noon)
		scheduled := DefaultRetrySchedule()[used]
		if low, high := scheduled*8/10, scheduled*12/10; wait < low || wait > high {
			t.Fatalf("waits %v, want %v to %v", wait, low, high)
		}
	})
	for random, want := range map[float64]time.Duration{0: 24 * time.Second, 0.25: 27 * time.Second, 0.75: 33 * time.Second} {
		if got := policy().Next(Job{RetriesUsed: 1}, failedWith(500, ReasonStatus5xx), nil, random).DueAt.Sub(noon); got.Round(time.Microsecond) != want {
			t.Errorf("random %v: waits %v, want %v", random, got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ asked, want time.Duration }{
		{0, 30 * time.Second},
		{-time.Hour, 30 * time.Second},
		{29 * time.Second, 30 * time.Second},
		{31 * time.Second, 31 * time.Second},
		{time.Hour - time.Millisecond, time.Hour - time.Millisecond},
		{time.Hour, time.Hour},
		{time.Hour + time.Millisecond, time.Hour},
		{365 * 24 * time.Hour, time.Hour},
	} {
		a := failedWith(429, ReasonStatus4xx)
		a.RetryAfter = &c.asked
		if got := policy().Next(Job{RetriesUsed: 1}, a, nil, middle).DueAt.Sub(noon); got != c.want {
			t.Errorf("asked for %v: waits %v, want %v", c.asked, got, c.want)
		}
	}
	t.Run("NeverShortensALongSchedule", func(t *testing.T) {
		t.Parallel()
		a := failedWith(503, ReasonStatus5xx)
		a.RetryAfter = ptr(30 * time.Minute)
		if got := (RetryPolicy{Schedule: []time.Duration{2 * time.Hour}}).Next(Job{}, a, nil, middle).DueAt.Sub(noon); got != 2*time.Hour {
			t.Errorf("waits %v", got)
		}
	})
	t.Run("DoesNotMakeAnAttemptRetried", func(t *testing.T) {
		t.Parallel()
		a := failedWith(404, ReasonStatus4xx)
		a.RetryAfter = ptr(time.Minute)
		if got := policy().Next(Job{}, a, nil, middle); got.State != StateFailed {
			t.Errorf("next: %+v", got)
		}
	})
}

func TestRedeliveryThatFails(t *testing.T) {
	t.Parallel()
	resume := noon.Add(4 * time.Minute)
	for name, c := range map[string]struct {
		job  Job
		want Next
	}{
		"OfSucceeded": {Job{Manual: true, Ended: StateSucceeded}, Next{State: StateSucceeded}},
		"OfFailed":    {Job{Manual: true, Ended: StateFailed, RetriesUsed: 3}, Next{State: StateFailed, RetriesUsed: 3}},
		"OfCancelled": {Job{Manual: true, Ended: StateCancelled, RetriesUsed: 1}, Next{State: StateCancelled, RetriesUsed: 1}},
		"OfRetrying":  {Job{Manual: true, Resume: resume, RetriesUsed: 2}, Next{State: StateRetrying, DueAt: resume, RetriesUsed: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, a := range []*Attempt{failedWith(500, ReasonStatus5xx), failedWith(404, ReasonStatus4xx), failedWith(0, ReasonBlockedAddress)} {
				if diff := cmp.Diff(c.want, policy().Next(c.job, a, ptr(0), middle)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", a.Reason, diff)
				}
			}
		})
	}
	t.Run("AndOneThatSucceedsEndsIt", func(t *testing.T) {
		t.Parallel()
		success := &Attempt{Outcome: OutcomeSucceeded, Status: 200}
		for _, job := range []Job{{Manual: true, Ended: StateFailed}, {Manual: true, Resume: resume}} {
			if next := policy().Next(job, success, nil, middle); next.State != StateSucceeded || !next.DueAt.IsZero() {
				t.Errorf("%+v: %+v", job, next)
			}
		}
	})
}

func TestTriggerOfAJob(t *testing.T) {
	t.Parallel()
	for want, job := range map[Trigger]Job{
		TriggerEvent:  {Attempt: 2}, // the first was interrupted
		TriggerRetry:  {RetriesUsed: 1},
		TriggerManual: {Manual: true, RetriesUsed: 1},
	} {
		if got := job.Trigger(); got != want {
			t.Errorf("%+v: %s, want %s", job, got, want)
		}
	}
}
