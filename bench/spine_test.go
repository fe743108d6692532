package bench

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

const connections = 64

// BenchmarkAcceptToDelivered posts events over 64 connections and waits until all
// have arrived: first through the relay, which is the limit, then through Tidings.
//
//	go test -run - -bench AcceptToDelivered -benchtime 30000x -count 3 ./bench
func BenchmarkAcceptToDelivered(b *testing.B) {
	b.Run("relay", func(b *testing.B) {
		s := newSink(b)
		run(b, newRelay(b, s.URL), s)
	})
	b.Run("sqlite", func(b *testing.B) {
		s := newSink(b)
		server := newServer(b)
		subscribe(b, server, "User.Created", s.URL)
		run(b, server, s)
	})
}

func run(b *testing.B, server string, s *sink) {
	b.Helper()
	body := payload("User.Created", 0)
	const warmUp = 500
	s.expect(warmUp)
	flood(b, server, connections, warmUp, body)
	s.wait()
	s.expect(b.N)
	before := cpuTime(b)
	b.ResetTimer()
	flood(b, server, connections, b.N, body)
	s.wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "delivered/s")
	// Of everything in this process: poster, server and endpoint.
	b.ReportMetric((cpuTime(b)-before).Seconds()*1000/float64(b.N), "cpu-s/1k")
}

func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// newRelay is HTTP in, HMAC, HTTP out with net/http on both sides and nothing in
// between: what any webhook service built on it could reach at most.
func newRelay(b *testing.B, endpoint string) string {
	b.Helper()
	queue := make(chan []byte, 4096)
	transport := &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}
	client := &http.Client{Transport: transport}
	var workers sync.WaitGroup
	for range connections {
		workers.Go(func() {
			for body := range queue {
				forward(b, client, endpoint, body)
			}
		})
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		queue <- body
		w.WriteHeader(http.StatusAccepted)
	}))
	b.Cleanup(func() {
		server.Close()
		close(queue)
		workers.Wait()
		transport.CloseIdleConnections()
	})
	return server.Listener.Addr().String()
}

func forward(b *testing.B, client *http.Client, endpoint string, body []byte) {
	b.Helper()
	mac := hmac.New(sha256.New, []byte("0123456789abcdef0123456789abcdef"))
	mac.Write(body)
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Logto-Signature-Sha-256", hex.EncodeToString(mac.Sum(nil)))
	response, err := client.Do(request)
	if err != nil {
		return // the run is over
	}
	_, _ = io.Copy(io.Discard, response.Body) // nothing depends on it
	_ = response.Body.Close()
}

// BenchmarkBesideOneThatHangs measures the time from posting an event to its arrival
// at an endpoint that is well, at 100 events a second; alone, and while another
// endpoint gets as many and answers none for 10 seconds.
//
//	go test -run - -bench BesideOneThatHangs -benchtime 1000x ./bench
func BenchmarkBesideOneThatHangs(b *testing.B) {
	b.Run("alone", func(b *testing.B) { besideHanging(b, false) })
	b.Run("beside", func(b *testing.B) { besideHanging(b, true) })
}

func besideHanging(b *testing.B, hanging bool) {
	b.Helper()
	s := newSink(b)
	began := time.Now()
	var mu sync.Mutex
	var took []time.Duration
	s.onBody = func(body []byte) {
		var event struct{ Stamp int64 }
		if json.Unmarshal(body, &event) == nil {
			mu.Lock()
			took = append(took, time.Since(began)-time.Duration(event.Stamp))
			mu.Unlock()
		}
	}
	server := newServer(b)
	subscribe(b, server, "User.Created", s.URL)
	release := make(chan struct{})
	if hanging {
		subscribe(b, server, "User.Deleted", newHanging(b, release))
	}
	well, bad := dial(b, server), dial(b, server)
	defer well.conn.Close()
	defer bad.conn.Close()
	s.expect(b.N)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	b.ResetTimer()
	for range b.N {
		<-ticker.C
		if hanging {
			if err := bad.send(payload("User.Deleted", 0)); err != nil {
				b.Fatal(err)
			}
		}
		if err := well.send(payload("User.Created", int64(time.Since(began)))); err != nil {
			b.Fatal(err)
		}
	}
	s.wait()
	b.StopTimer()
	close(release)
	slices.Sort(took)
	b.ReportMetric(float64(percentile(took, 0.50).Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(percentile(took, 0.99).Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// newHanging is an endpoint that answers nothing for 10 seconds.
func newHanging(b *testing.B, release <-chan struct{}) string {
	b.Helper()
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		case <-time.After(10 * time.Second):
		}
	}))
	b.Cleanup(endpoint.Close)
	return endpoint.URL
}
