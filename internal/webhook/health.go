package webhook

import "time"

// HealthWindow is the span that health covers.
const HealthWindow = 24 * time.Hour

// Health is the requests of a webhook in the past 24 hours. Only deliveries that
// succeeded or failed for good count, in the minute in which their log entry began.
type Health struct {
	RequestCount int
	SuccessCount int
}

// LatencyBounds are the upper bounds, in milliseconds, of the latency histogram in
// a health bucket; a last bucket holds what is above.
var LatencyBounds = [...]int64{10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000}

// LatencyBucket is the index of the histogram bucket that d falls into.
func LatencyBucket(d time.Duration) int {
	for i, bound := range LatencyBounds {
		if d <= time.Duration(bound)*time.Millisecond {
			return i
		}
	}
	return len(LatencyBounds)
}
