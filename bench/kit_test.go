// Package bench measures the whole way of an event, from the request that brings it
// to its arrival at an endpoint, beside what the machine allows: a relay that signs
// and forwards without storing anything. Only ratios within one run count.
package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/app"
	"github.com/tidingshq/tidings/internal/config"
)

const apiKey = "bench-0123456789abcdef0123456789abcdef"

// sink is an endpoint that counts what arrives and tells when enough has.
type sink struct {
	*httptest.Server
	arrived atomic.Int64
	want    atomic.Int64
	done    chan struct{}
	// onBody sees each body; may be nil.
	onBody func(body []byte)
}

func newSink(tb testing.TB) *sink {
	tb.Helper()
	s := &sink{done: make(chan struct{}, 1)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.onBody == nil {
			_, _ = io.Copy(io.Discard, r.Body) // what cannot be read was cut off at the end of a run
		} else if body, err := io.ReadAll(r.Body); err == nil {
			s.onBody(body)
		}
		if s.arrived.Add(1) == s.want.Load() {
			s.done <- struct{}{}
		}
	}))
	tb.Cleanup(s.Close)
	return s
}

// expect arms the sink for n arrivals; wait then waits for them.
func (s *sink) expect(n int) {
	s.arrived.Store(0)
	s.want.Store(int64(n))
}

func (s *sink) wait() { <-s.done }

// newServer runs Tidings with default settings on SQLite, for endpoints on this
// machine, and returns its address.
func newServer(tb testing.TB) string {
	tb.Helper()
	loaded, err := config.Load(config.Input{
		Flags: map[string][]string{
			"listen": {"127.0.0.1:0"}, "ops-listen": {""}, "dev": {"true"}, "bootstrap-api-key": {apiKey}, "max-disk": {"100%"},
			"database": {"sqlite:" + filepath.Join(tb.TempDir(), "tidings.db")},
		},
		Env: func(string) (string, bool) { return "", false },
	})
	if err != nil {
		tb.Fatal(err)
	}
	server, err := app.New(tb.Context(), app.Options{Config: loaded.Config, Version: "bench", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Fatal(err)
	}
	if err := server.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return server.Addr()
}

// subscribe creates a webhook for one event type.
func subscribe(tb testing.TB, server, eventType, url string) {
	tb.Helper()
	body := fmt.Sprintf(`{"name":"bench","events":[%q],"config":{"url":%q}}`, eventType, url)
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, "http://"+server+"/api/hooks", strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		answer, _ := io.ReadAll(response.Body) // only for the message
		tb.Fatalf("create webhook: %d %s", response.StatusCode, answer)
	}
}

// payload is an event of about 1 KiB.
func payload(eventType string, stamp int64) []byte {
	filling, _ := json.Marshal(strings.Repeat("x", 960)) // a string always encodes
	return fmt.Appendf(nil, `{"event":%q,"stamp":%d,"data":%s}`, eventType, stamp, filling)
}

// post is a connection that posts events as cheaply as possible, so that the
// benchmark measures the server and not its client.
type post struct {
	conn   net.Conn
	reader *bufio.Reader
	head   string
}

func dial(tb testing.TB, server string) *post {
	tb.Helper()
	conn, err := new(net.Dialer).DialContext(tb.Context(), "tcp", server)
	if err != nil {
		tb.Fatal(err)
	}
	return &post{conn: conn, reader: bufio.NewReader(conn), head: "POST /api/events HTTP/1.1\r\nHost: " + server +
		"\r\nAuthorization: Bearer " + apiKey + "\r\nContent-Type: application/json\r\nContent-Length: "}
}

func (p *post) send(body []byte) error {
	request := fmt.Appendf(nil, "%s%d\r\n\r\n%s", p.head, len(body), body)
	if _, err := p.conn.Write(request); err != nil {
		return err
	}
	response, err := http.ReadResponse(p.reader, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return err
}

// flood posts n events over a number of connections.
func flood(b *testing.B, server string, connections, n int, body []byte) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(n))
	var posters sync.WaitGroup
	for range connections {
		p := dial(b, server)
		posters.Go(func() {
			defer p.conn.Close()
			for left.Add(-1) >= 0 {
				if err := p.send(body); err != nil {
					b.Errorf("post: %v", err)
					return
				}
			}
		})
	}
	posters.Wait()
}

// percentile of sorted durations.
func percentile(sorted []time.Duration, p float64) time.Duration {
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}
