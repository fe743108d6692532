package deliver

import (
	"net/http"
	"strconv"
	"time"
)

// longestRetryAfter keeps arithmetic with the wait from overflowing. The policy cuts
// it much shorter.
const longestRetryAfter = 365 * 24 * time.Hour

// retryAfter reads the value of a Retry-After header: a number of seconds or a date.
// A date that has passed asks for no wait. Anything else is nil.
func retryAfter(value string, now time.Time) *time.Duration {
	if value == "" {
		return nil
	}
	if leadingDigits(value) == value {
		wait := longestRetryAfter
		if seconds, err := strconv.ParseInt(value, 10, 64); err == nil && seconds < int64(longestRetryAfter/time.Second) {
			wait = time.Duration(seconds) * time.Second
		}
		return &wait
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return nil
	}
	wait := min(max(0, date.Sub(now)), longestRetryAfter)
	return &wait
}
