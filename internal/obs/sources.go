package obs

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sources are asked when the metrics are read. They answer at once.
type Sources struct {
	// Queue is the number of unfinished deliveries and for how long the oldest
	// has been due, 0 if none is.
	Queue func() (depth int64, oldestDue time.Duration)
	// InFlight is the number of attempts under way in each pool.
	InFlight func() map[string]int
}

// Watch adds the gauges of the sources. Call it once.
func (m *Metrics) Watch(s Sources) {
	m.registry.MustRegister(&gauges{
		sources: s,
		depth:   prometheus.NewDesc("tidings_queue_depth", "Deliveries that have not ended.", nil, nil),
		oldest:  prometheus.NewDesc("tidings_oldest_due_seconds", "For how long the oldest delivery has been due.", nil, nil),
		flying:  prometheus.NewDesc("tidings_in_flight", "Attempts under way.", []string{"pool"}, nil),
	})
}

type gauges struct {
	sources               Sources
	depth, oldest, flying *prometheus.Desc
}

func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	out <- g.depth
	out <- g.oldest
	out <- g.flying
}

func (g *gauges) Collect(out chan<- prometheus.Metric) {
	depth, oldest := g.sources.Queue()
	out <- prometheus.MustNewConstMetric(g.depth, prometheus.GaugeValue, float64(depth))
	out <- prometheus.MustNewConstMetric(g.oldest, prometheus.GaugeValue, oldest.Seconds())
	for pool, n := range g.sources.InFlight() {
		out <- prometheus.MustNewConstMetric(g.flying, prometheus.GaugeValue, float64(n), pool)
	}
}
