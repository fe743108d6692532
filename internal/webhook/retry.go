package webhook

import "time"

const (
	// retryJitter is the share by which a wait is spread, both ways.
	retryJitter = 0.2
	// MaxRetryAfter bounds the wait that an endpoint may ask for.
	MaxRetryAfter = time.Hour
)

// DefaultRetrySchedule is the waits before retries 1, 2 and 3.
func DefaultRetrySchedule() []time.Duration {
	return []time.Duration{time.Second, 30 * time.Second, 5 * time.Minute}
}

// RetryPolicy decides what follows an attempt.
type RetryPolicy struct {
	// Schedule holds the waits before each retry.
	Schedule []time.Duration
}

// Next is what follows an attempt: an end state, or StateRetrying with the time of
// the next attempt.
type Next struct {
	State State
	DueAt time.Time
	// RetriesUsed is the new position in the schedule.
	RetriesUsed int
}

// Retryable says whether an attempt that ended so may be made again: whatever
// brought no valid status line except a blocked address, and 408, 425, 429 and
// >= 500. Not 101, 3xx, other 4xx, and not headers over the limit.
func (a *Attempt) Retryable() bool {
	switch {
	case a.Outcome == OutcomeSucceeded, a.Reason == ReasonBlockedAddress, a.Reason == ReasonHeadersTooLarge:
		return false
	case a.Status == 0:
		return true
	default:
		return a.Status == 408 || a.Status == 425 || a.Status == 429 || a.Status >= 500
	}
}

// Next decides what follows the attempt of the job. retries is the webhook's own
// cap, nil for none; random is in [0, 1).
func (p RetryPolicy) Next(job Job, a *Attempt, retries *int, random float64) Next {
	if a.Outcome == OutcomeSucceeded {
		return Next{State: StateSucceeded, RetriesUsed: job.RetriesUsed}
	}
	if job.Manual {
		return job.afterRedelivery()
	}
	limit := len(p.Schedule)
	if retries != nil {
		limit = min(limit, *retries)
	}
	if !a.Retryable() || job.RetriesUsed >= limit {
		return Next{State: StateFailed, RetriesUsed: job.RetriesUsed}
	}
	wait := time.Duration(float64(p.Schedule[job.RetriesUsed]) * (1 - retryJitter + 2*retryJitter*random))
	if a.RetryAfter != nil {
		wait = max(wait, min(*a.RetryAfter, MaxRetryAfter))
	}
	return Next{State: StateRetrying, DueAt: a.EndedAt().Add(wait), RetriesUsed: job.RetriesUsed + 1}
}

// afterRedelivery puts a delivery back to where it stood before a redelivery that
// failed: its end state, or the retry that it was put before.
func (j *Job) afterRedelivery() Next {
	if j.Ended != "" {
		return Next{State: j.Ended, RetriesUsed: j.RetriesUsed}
	}
	return Next{State: StateRetrying, DueAt: j.Resume, RetriesUsed: j.RetriesUsed}
}
