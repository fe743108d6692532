package webhook

import (
	"testing"
	"time"
)

func TestQuantileIsWithinItsBucket(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		counts Latency
		share  float64
		want   time.Duration
	}{
		{"half of the first", Latency{10}, 0.5, 5 * time.Millisecond},
		{"all of the first", Latency{10}, 1, 10 * time.Millisecond},
		{"in the second", Latency{90, 10}, 0.95, 17500 * time.Microsecond},
		{"at a border", Latency{95, 5}, 0.95, 10 * time.Millisecond},
		{"over empty ones", Latency{0, 0, 0, 0, 4}, 0.5, 175 * time.Millisecond},
		{"beyond the bounds", Latency{len(LatencyBounds): 1}, 0.95, 10 * time.Second},
	}
	for _, test := range tests {
		if got, ok := test.counts.Quantile(test.share); !ok || got != test.want {
			t.Errorf("%s: %v %v, want %v", test.name, got, ok, test.want)
		}
	}
	if _, ok := new(Latency).Quantile(0.95); ok {
		t.Error("there is a time without requests")
	}
}
