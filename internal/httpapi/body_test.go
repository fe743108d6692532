package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/store"
)

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for media, status := range map[string]int{
		"application/json": 201, "application/json; charset=utf-8": 201, "application/json;charset=UTF-8": 201, "Application/JSON": 201,
		"": 415, "text/plain": 415, "application/x-www-form-urlencoded": 415, "multipart/form-data; boundary=x": 415, "application/xml": 415,
		"application/json; charset=utf-16": 415, "application/jsonx": 415, "*/*": 415, "application/merge-patch+json": 415, "application/x-ndjson": 415,
	} {
		got := b.do(adminKey, "POST", "/api/hooks", sampleHook, "Content-Type", media)
		if got.status != status {
			t.Errorf("%q: %d %s", media, got.status, got.body)
		}
		if status == 415 {
			b.want(got, 415, "request.media_type")
		}
	}
	for _, encoding := range []string{"gzip", "identity, gzip", "identity", "x"} {
		b.want(b.do(adminKey, "POST", "/api/hooks", sampleHook, "Content-Encoding", encoding), 415, "request.content_encoding")
		b.want(b.do(emitKey, "POST", "/api/events", `{"event":"User.Created"}`, "Content-Encoding", encoding), 415, "request.content_encoding")
	}
	b.want(b.do(emitKey, "POST", "/api/events", `{"event":"User.Created"}`, "Content-Type", "application/x-ndjson"), 415, "request.media_type")
}

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	blank := func(n int) string { return strings.Repeat(" ", n) }
	for _, tt := range []struct {
		target, code string
		limit        int
	}{
		{"/api/hooks", "request.too_large", 256 << 10},
		{"/api/events", "event.too_large", 1 << 20},
		{"/api/events/batch", "batch.too_large", 16 << 20},
	} {
		b.want(b.do(adminKey, "POST", tt.target, blank(tt.limit+1)), 413, tt.code)
		b.want(b.chunked(tt.target, strings.NewReader(blank(tt.limit+1))), 413, tt.code)
		if got := b.chunked(tt.target, strings.NewReader(blank(tt.limit))); got.status != 400 {
			t.Errorf("%s at its limit: %d %s", tt.target, got.status, got.body)
		}
	}
	if got := b.chunked("/api/events", strings.NewReader(`{"event":"User.Created"}`)); got.status != 202 {
		t.Errorf("a small one in chunks: %d %s", got.status, got.body)
	}
	if left := b.handler.(*api).budget.left.Load(); left != DefaultBodyBudget {
		t.Errorf("%d bytes of the budget were not given back", DefaultBodyBudget-left)
	}
}

// chunked sends a body without telling its length.
func (b *bundle) chunked(target string, body io.Reader) answer {
	b.t.Helper()
	r := httptest.NewRequest("POST", target, body)
	r.ContentLength = -1
	r.Header.Set("Authorization", "Bearer "+adminKey)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

func TestBudgetOfBodies(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	b := setup(t, func(o *Options) { o.BodyBudget = 40 }, withIngest(func(context.Context, ingest.Input) (store.Accepted, error) {
		entered <- struct{}{}
		<-leave
		return store.Accepted{ID: "x"}, nil
	}))
	const event = `{"event":"User.Created"}` // 24 bytes
	first := make(chan answer)
	go func() { first <- b.do(emitKey, "POST", "/api/events", event) }()
	<-entered

	second := b.do(emitKey, "POST", "/api/events", event)
	b.want(second, 503, "server.busy")
	if second.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After: %q", second.header.Get("Retry-After"))
	}
	b.want(b.chunked("/api/events", strings.NewReader(event)), 503, "server.busy")
	close(leave)
	if got := <-first; got.status != 202 {
		t.Errorf("the first: %d %s", got.status, got.body)
	}
	go func() { <-entered }()
	if got := b.do(emitKey, "POST", "/api/events", event); got.status != 202 {
		t.Errorf("afterwards: %d %s", got.status, got.body)
	}
}

func TestBodiesThatBreakOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	slow := &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
	for _, tt := range []struct {
		err    error
		status int
		code   string
	}{
		{slow, 408, "request.timeout"}, {io.ErrUnexpectedEOF, 400, "guard.invalid_input"}, {errors.New("reset"), 400, "guard.invalid_input"},
	} {
		broken := func() io.Reader { return io.MultiReader(strings.NewReader(`{"event":`), failing{tt.err}) }
		b.want(b.chunked("/api/events", broken()), tt.status, tt.code)

		r := httptest.NewRequest("POST", "/api/events", broken())
		r.ContentLength = 100
		r.Header.Set("Authorization", "Bearer "+emitKey)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		b.want(answer{w.Code, w.Header(), w.Body.String()}, tt.status, tt.code)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// serve runs the API on a real connection with one route added to it.
func serve(t *testing.T, rule bodyRule, handle func(*call), readTimeout time.Duration) string {
	t.Helper()
	a := New(Options{}).(*api)
	a.mux.Handle("POST /api/slow", a.guard(route{body: rule}, nil, handle))
	server := httptest.NewUnstartedServer(a)
	server.Config.ReadTimeout = readTimeout
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// exchange writes a request with a part of its body and reads the whole answer.
func exchange(t *testing.T, address, part string, length int) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST /api/slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", length, part); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestSlowBodiesAreCut(t *testing.T) {
	t.Parallel()
	never := func(*call) { t.Error("the handler ran") }
	for name, address := range map[string]string{
		"by the route":  serve(t, bodyRule{limit: 100, within: 50 * time.Millisecond}, never, 0),
		"by the server": serve(t, bodyRule{limit: 100}, never, 50*time.Millisecond),
	} {
		got := exchange(t, address, "{", 100)
		if !strings.HasPrefix(got, "HTTP/1.1 408 ") || !strings.Contains(got, `"code":"request.timeout"`) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Sending test payloads takes longer than a body may.
func TestDeadlineOfTheBodyEndsWithIt(t *testing.T) {
	t.Parallel()
	address := serve(t, bodyRule{limit: 100, within: 50 * time.Millisecond}, func(c *call) {
		select {
		case <-c.request.Context().Done():
			writeProblem(c, errNotReady)
		case <-time.After(200 * time.Millisecond):
			c.WriteHeader(http.StatusNoContent)
		}
	}, 50*time.Millisecond)
	for _, body := range []string{"{}", ""} {
		if got := exchange(t, address, body, len(body)); !strings.HasPrefix(got, "HTTP/1.1 204 ") {
			t.Errorf("with %q the request was given up: %s", body, got)
		}
	}
}
