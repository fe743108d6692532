package obs

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// other is the label of a value that is not in its list.
const other = "other"

// MetricsOptions holds the values that labels may have; what is not listed is
// counted as "other".
type MetricsOptions struct {
	Version  string
	Outcomes []string
	Reasons  []string
}

// Metrics counts and measures. Safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	options  MetricsOptions

	accepted        prometheus.Counter
	attempts        *prometheus.CounterVec
	attemptDuration prometheus.Histogram
	deliveryLatency prometheus.Histogram
	commitBatch     prometheus.Histogram
	requests        *prometheus.CounterVec
	requestDuration *prometheus.HistogramVec
}

var (
	attemptBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	// latencyBuckets reach behind the last retry of the default schedule.
	latencyBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 600, 3600}
	batchBuckets   = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}
)

// NewMetrics makes the metrics in a registry of their own.
func NewMetrics(o MetricsOptions) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(), options: o,
		accepted:        counter("tidings_events_accepted_total", "Events accepted."),
		attempts:        counters("tidings_attempts_total", "Attempts by their outcome and, if failed, reason.", "outcome", "reason"),
		attemptDuration: histogram("tidings_attempt_duration_seconds", "Time that one attempt took.", attemptBuckets),
		deliveryLatency: histogram("tidings_delivery_latency_seconds", "Time from accepting an event to its successful delivery.", latencyBuckets),
		commitBatch:     histogram("tidings_commit_batch_size", "Calls that shared a commit.", batchBuckets),
		requests:        counters("tidings_http_requests_total", "Requests to the API by route and status.", "route", "status"),
		requestDuration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tidings_http_request_duration_seconds", Help: "Time that a request to the API took.", Buckets: attemptBuckets,
		}, []string{"route"}),
	}
	m.registry.MustRegister(
		m.accepted, m.attempts, m.attemptDuration, m.deliveryLatency, m.commitBatch, m.requests, m.requestDuration,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tidings_build_info", Help: "Always 1; the label says what runs.",
			ConstLabels: prometheus.Labels{"version": o.Version},
		}, func() float64 { return 1 }),
	)
	return m
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}

// EventsAccepted counts events that were committed.
func (m *Metrics) EventsAccepted(n int) { m.accepted.Add(float64(n)) }

// AttemptMade counts an attempt. reason is empty for a successful one.
func (m *Metrics) AttemptMade(outcome, reason string, took time.Duration) {
	if reason != "" {
		reason = known(reason, m.options.Reasons)
	}
	m.attempts.WithLabelValues(known(outcome, m.options.Outcomes), reason).Inc()
	m.attemptDuration.Observe(took.Seconds())
}

// DeliverySucceeded measures the time since the event was accepted.
func (m *Metrics) DeliverySucceeded(latency time.Duration) {
	m.deliveryLatency.Observe(latency.Seconds())
}

// Committed measures how many calls shared a commit.
func (m *Metrics) Committed(calls int) { m.commitBatch.Observe(float64(calls)) }

func known(value string, list []string) string {
	if slices.Contains(list, value) {
		return value
	}
	return other
}
