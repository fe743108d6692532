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

// Latency is a histogram: how many requests were in each bucket.
type Latency [len(LatencyBounds) + 1]int

// Quantile estimates the time within which a share of the requests, from 0 to 1, had
// their answer: it takes them as spread evenly within their bucket, and never goes
// beyond the highest bound. ok is false without requests.
func (l *Latency) Quantile(share float64) (d time.Duration, ok bool) {
	all := 0
	for _, n := range l {
		all += n
	}
	if all == 0 {
		return 0, false
	}
	wanted, low := share*float64(all), int64(0)
	for i, bound := range LatencyBounds {
		if n := float64(l[i]); n > 0 && wanted <= n {
			within := float64(bound-low) * wanted / n
			return time.Duration((float64(low) + within) * float64(time.Millisecond)), true
		}
		wanted -= float64(l[i])
		low = bound
	}
	return time.Duration(low) * time.Millisecond, true
}
