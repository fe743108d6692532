package webhook

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// legal is the state machine as the documentation has it. An end state is left only
// by a redelivery that succeeds.
var legal = map[State][]State{
	StatePending:   {StateRetrying, StateSucceeded, StateFailed},
	StateRetrying:  {StateRetrying, StateSucceeded, StateFailed},
	StateFailed:    {StateSucceeded},
	StateCancelled: {StateSucceeded},
	StateSucceeded: {},
}

// life plays one delivery: attempts of all kinds, cancelling and redelivering.
type life struct {
	policy  RetryPolicy
	retries *int
	state   State
	job     Job
	retried int
}

func (l *life) attempt(t *rapid.T, manual bool) {
	job := l.job
	if manual {
		job.Manual = true
		if l.state.Ended() {
			job.Ended = l.state
		} else {
			job.Resume = l.job.DueAt
		}
	}
	a := drawAttempt(t)
	before := l.state
	next := l.policy.Next(job, a, l.retries, rapid.Float64Range(0, 1).Draw(t, "random"))
	l.check(t, manual, before, a, next)
	l.state, l.job.RetriesUsed, l.job.DueAt = next.State, next.RetriesUsed, next.DueAt
}

func (l *life) check(t *rapid.T, manual bool, before State, a *Attempt, next Next) {
	stays := manual && next.State == before
	if !stays && !slices.Contains(legal[before], next.State) {
		t.Fatalf("from %s to %s (manual %t)", before, next.State, manual)
	}
	if before.Ended() && (!manual || next.State != before && a.Outcome != OutcomeSucceeded) {
		t.Fatalf("left the end state %s for %s (manual %t)", before, next.State, manual)
	}
	if (next.State == StateRetrying) == next.DueAt.IsZero() {
		t.Fatalf("%s is due at %v", next.State, next.DueAt)
	}
	switch grown := next.RetriesUsed - l.job.RetriesUsed; {
	case manual && (grown != 0 || next.State == StateRetrying && !next.DueAt.Equal(l.job.DueAt)):
		t.Fatalf("a redelivery changed the schedule: %+v", next)
	case !manual && next.State == StateRetrying:
		l.retried++
		if grown != 1 || next.DueAt.Before(a.EndedAt()) {
			t.Fatalf("a retry moved the schedule by %d, due %v after the attempt", grown, next.DueAt.Sub(a.EndedAt()))
		}
	case grown != 0:
		t.Fatalf("%s used up a retry", next.State)
	}
	limit := len(l.policy.Schedule)
	if l.retries != nil {
		limit = min(limit, *l.retries)
	}
	if l.retried > limit {
		t.Fatalf("%d retries, want at most %d", l.retried, limit)
	}
}

func drawAttempt(t *rapid.T) *Attempt {
	a := failedWith(
		rapid.SampledFrom([]int{0, 101, 200, 302, 404, 408, 425, 429, 500, 503}).Draw(t, "status"),
		rapid.SampledFrom(Reasons).Draw(t, "reason"),
	)
	if rapid.Bool().Draw(t, "succeeded") {
		a.Outcome, a.Reason = OutcomeSucceeded, ReasonNone
	}
	if rapid.Bool().Draw(t, "asks to wait") {
		a.RetryAfter = ptr(time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "wait")))
	}
	return a
}

func TestEveryLifeIsLegal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := &life{policy: policy(), state: StatePending}
		l.policy.Schedule = l.policy.Schedule[:rapid.IntRange(0, 3).Draw(t, "schedule")]
		if rapid.Bool().Draw(t, "capped") {
			l.retries = ptr(rapid.IntRange(0, 3).Draw(t, "retries"))
		}
		t.Repeat(map[string]func(*rapid.T){
			"attempt": func(t *rapid.T) {
				if l.state.Ended() {
					t.Skip("nothing is attempted after the end")
				}
				l.attempt(t, false)
			},
			"redeliver": func(t *rapid.T) {
				if l.state == StatePending {
					t.Skip("only what was attempted or has ended is redelivered")
				}
				l.attempt(t, true)
			},
			"cancel": func(t *rapid.T) {
				if l.state.Ended() {
					t.Skip("it has ended")
				}
				l.state, l.job.DueAt = StateCancelled, time.Time{}
			},
		})
	})
}

func TestEndStates(t *testing.T) {
	t.Parallel()
	for state, ended := range map[State]bool{
		StatePending: false, StateRetrying: false, StateHeld: false, StateSucceeded: true, StateFailed: true, StateCancelled: true,
	} {
		if state.Ended() != ended {
			t.Errorf("%s: ended %t", state, state.Ended())
		}
	}
}

func TestActive(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		webhook Webhook
		want    bool
	}{
		"enabled":   {Webhook{Enabled: true}, true},
		"disabled":  {Webhook{}, false},
		"suspended": {Webhook{Enabled: true, SuspendedAt: &noon}, false},
		"deleted":   {Webhook{Enabled: true, DeletedAt: &noon}, false},
	} {
		if c.webhook.Active() != c.want {
			t.Errorf("%s: active %t", name, c.webhook.Active())
		}
	}
}
