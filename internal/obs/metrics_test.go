package obs

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func newMetrics() *Metrics {
	return NewMetrics(MetricsOptions{
		Version: "1.2.3", Outcomes: []string{"succeeded", "failed"}, Reasons: []string{"timeout"},
	})
}

func get(t *testing.T, handler http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return recorder
}

func expect(t *testing.T, m *Metrics, want ...string) {
	t.Helper()
	page := get(t, m.OpsHandler(), "/metrics").Body.String()
	for _, line := range want {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	m.EventsAccepted(3)
	m.AttemptMade("succeeded", "", 20*time.Millisecond)
	m.AttemptMade("failed", "timeout", 10*time.Second)
	m.AttemptMade("failed", "https://example.com/?token=1", time.Second)
	m.DeliverySucceeded(30 * time.Second)
	m.Committed(64)
	m.Watch(Sources{
		Queue:    func() (int64, time.Duration) { return 7, 1500 * time.Millisecond },
		InFlight: func() map[string]int { return map[string]int{"fast": 2, "slow": 1} },
	})
	expect(
		t, m,
		`tidings_events_accepted_total 3`,
		`tidings_attempts_total{outcome="succeeded",reason=""} 1`,
		`tidings_attempts_total{outcome="failed",reason="timeout"} 1`,
		`tidings_attempts_total{outcome="failed",reason="other"} 1`,
		`tidings_attempt_duration_seconds_bucket{le="0.025"} 1`,
		`tidings_delivery_latency_seconds_bucket{le="30"} 1`,
		`tidings_commit_batch_size_bucket{le="64"} 1`,
		`tidings_commit_batch_size_bucket{le="32"} 0`,
		`tidings_queue_depth 7`,
		`tidings_oldest_due_seconds 1.5`,
		`tidings_in_flight{pool="fast"} 2`,
		`tidings_in_flight{pool="slow"} 1`,
		`tidings_build_info{version="1.2.3"} 1`,
	)
}

func TestRequestsAreCountedByRoute(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/events/{id}", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusNotFound)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok"))
		_ = http.NewResponseController(w).Flush()
	})
	handler := m.Instrument(mux)
	for _, path := range []string{"/api/events/a", "/api/events/b", "/healthz", "/somewhere"} {
		get(t, handler, path)
	}
	expect(
		t, m,
		`tidings_http_requests_total{route="GET /api/events/{id}",status="404"} 2`,
		`tidings_http_requests_total{route="GET /healthz",status="200"} 1`,
		`tidings_http_requests_total{route="other",status="404"} 1`,
		`tidings_http_request_duration_seconds_count{route="GET /healthz"} 1`,
	)
}

func TestOpsHandler(t *testing.T) {
	t.Parallel()
	ops := newMetrics().OpsHandler()
	for path, want := range map[string]int{
		"/metrics": 200, "/debug/pprof/": 200, "/debug/pprof/goroutine": 200, "/debug/pprof/cmdline": 404, "/": 404, "/api/events": 404,
	} {
		if got := get(t, ops, path).Code; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}
