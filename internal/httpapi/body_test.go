package httpapi

import (
	"context"
	"errors"
	"io"
	"net"
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

// A body that is too slow is cut by the deadline of the real server.
func TestReadDeadlineAnswers408(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server := httptest.NewUnstartedServer(b.handler)
	server.Config.ReadTimeout = 100 * time.Millisecond
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	b.must(err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+emitKey+
		"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	b.must(err)
	got, err := io.ReadAll(conn)
	b.must(err)
	if !strings.HasPrefix(string(got), "HTTP/1.1 408 ") || !strings.Contains(string(got), `"code":"request.timeout"`) {
		t.Errorf("got %s", got)
	}
}
