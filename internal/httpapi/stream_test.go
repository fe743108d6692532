package httpapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/live"
	"github.com/tidingshq/tidings/internal/webhook"
)

// pipes is a listener whose connections are in memory, so that time can be virtual.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// streamBench is a server with the bounds on time that a real one has.
type streamBench struct {
	*bundle

	hub   *live.Hub
	pipes *pipes
}

func streaming(t *testing.T, test func(b *streamBench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &streamBench{pipes: &pipes{make(chan net.Conn), make(chan struct{})}}
		b.bundle = setup(t, func(o *Options) {
			b.hub = live.New(live.Options{Store: o.Store, Webhooks: o.Registry, Encode: EncodeLive})
			o.Live = b.hub
		})
		ctx, cancel := context.WithCancel(t.Context())
		running := make(chan struct{})
		go func() { b.hub.Run(ctx); close(running) }()
		server := &http.Server{Handler: b.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 90 * time.Second}
		ServeConnections(server)
		served := make(chan error)
		go func() { served <- server.Serve(Connections(b.pipes)) }()
		defer func() {
			b.must(server.Close())
			if err := <-served; !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
			cancel()
			<-running
		}()
		test(b)
	})
}

// reading is a client of a stream.
type reading struct {
	*streamBench

	conn  net.Conn
	lines *bufio.Reader
}

func (b *streamBench) open(key, query string) *reading {
	b.t.Helper()
	return b.openAs("Authorization: Bearer "+key, query)
}

// openAs shows a credential in a header.
func (b *streamBench) openAs(header, query string) *reading {
	b.t.Helper()
	client, server := net.Pipe()
	b.pipes.accepted <- server
	_, err := fmt.Fprintf(client, "GET /api/stream%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n", query, header)
	b.must(err)
	response, err := http.ReadResponse(bufio.NewReader(client), nil) //nolint:bodyclose // the connection is closed instead
	b.must(err)
	if response.StatusCode != 200 || response.Header.Get("X-Accel-Buffering") != "no" {
		b.t.Fatalf("%s %v", response.Status, response.Header)
	}
	return &reading{b, client, bufio.NewReader(response.Body)}
}

// line is the next line that is not empty; empty at the end of the stream.
func (r *reading) line() string {
	r.t.Helper()
	for {
		line, err := r.lines.ReadString('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				r.t.Errorf("the stream broke: %v", err)
			}
			return ""
		}
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
}

// A stream goes on beyond the bounds on the time of a request, with a comment every 15
// seconds.
func TestStreamOutlivesTimeouts(t *testing.T) {
	t.Parallel()
	streaming(t, func(b *streamBench) {
		r := b.open(readKey, "")
		defer r.conn.Close()
		began := time.Now()
		if line := r.line(); line != ":" {
			t.Fatalf("at first: %q", line)
		}
		for beats := 1; beats <= 40; { // ten minutes
			switch line := r.line(); line {
			case ":":
				if at := time.Since(began); at != time.Duration(beats)*heartbeat {
					t.Fatalf("comment %d after %v", beats, at)
				}
				beats++
			case "":
				t.Fatalf("the stream ended after %v", time.Since(began))
			}
		}
		b.hub.Received(webhook.DefaultTenant, live.Received{Inbox: "last"})
		for line := r.line(); !strings.Contains(line, `"inbox":"last"`); line = r.line() {
			if line == "" {
				t.Fatal("the stream ended")
			}
		}
	})
}

// all reads a stream to its end, and notes when that is.
func (r *reading) all() <-chan []string {
	ended := make(chan []string, 1)
	go func() {
		var lines []string
		for line := r.line(); line != ""; line = r.line() {
			lines = append(lines, line)
		}
		ended <- append(lines, time.Now().Format(time.RFC3339Nano))
	}()
	return ended
}

// saidBye says what the last message of a stream was, and how long after an instant.
func (b *streamBench) saidBye(ended <-chan []string, after time.Time) string {
	b.t.Helper()
	lines := <-ended
	n := len(lines) - 1
	at, err := time.Parse(time.RFC3339Nano, lines[n])
	b.must(err)
	if late := at.Sub(after); late < 0 || late > time.Second {
		b.t.Errorf("the stream ended %v later", late)
	}
	if n < 3 || lines[n-3] != "event: bye" || !strings.HasPrefix(lines[n-2], "id: ") {
		b.t.Errorf("the end: %q", lines)
		return ""
	}
	return lines[n-1]
}

func TestStreamEndsWithinASecondOfRevocation(t *testing.T) {
	t.Parallel()
	streaming(t, func(b *streamBench) {
		key := b.newKey(`{"name":"Watcher","scopes":["read"]}`)
		var all []<-chan []string
		for _, credential := range []string{key.Key, b.token(key.ID, key.Key)} {
			r := b.open(credential, "")
			defer r.conn.Close()
			all = append(all, r.all())
		}
		<-time.After(10 * time.Minute)
		if got := b.do(adminKey, "DELETE", "/api/api-keys/"+key.ID, ""); got.status != 204 {
			t.Fatalf("revoke: %d %s", got.status, got.body)
		}
		revoked := time.Now()
		for _, ended := range all {
			if bye := b.saidBye(ended, revoked); bye != `data: {"reason":"revoked"}` {
				t.Error(bye)
			}
		}
	})
}

func TestStreamEndsWithinASecondOfSignOut(t *testing.T) {
	t.Parallel()
	streaming(t, func(b *streamBench) {
		b.ana()
		cookie := b.signIn()
		r, other := b.openAs("Cookie: "+cookie, ""), b.openAs("Cookie: "+b.signIn(), "")
		defer r.conn.Close()
		defer other.conn.Close()
		ended, others := r.all(), other.all()
		<-time.After(10 * time.Minute)
		if got := b.browse(cookie, "DELETE", "/api/session", ""); got.status != 204 {
			t.Fatalf("sign out: %d %s", got.status, got.body)
		}
		if bye := b.saidBye(ended, time.Now()); bye != `data: {"reason":"signedOut"}` {
			t.Error(bye)
		}
		<-time.After(10 * time.Minute)
		if synctest.Wait(); len(others) != 0 {
			t.Error("the stream of another session has ended")
		}
		b.hub.End()
		<-others
	})
}

// Who does not read is let go, and told so if possible.
func TestStreamOfASlowReaderEnds(t *testing.T) {
	t.Parallel()
	streaming(t, func(b *streamBench) {
		stuck, slow := b.open(readKey, ""), b.open(readKey, "")
		defer stuck.conn.Close()
		defer slow.conn.Close()
		for range 30 {
			for range 200 {
				b.hub.Received(webhook.DefaultTenant, live.Received{Inbox: strings.Repeat("x", 200)})
			}
			<-time.After(150 * time.Millisecond)
		}
		var last []string
		for line := slow.line(); line != ""; line = slow.line() {
			last = append(last, line)
		}
		if n := len(last); n < 3 || last[n-3] != "event: bye" || last[n-1] != `data: {"reason":"slow"}` {
			t.Errorf("the end: %q", last[max(0, len(last)-3):])
		}
		<-time.After(streamWriteWithin)
		synctest.Wait()
		began := time.Now()
		for line := stuck.line(); line != ""; line = stuck.line() {
			if strings.HasPrefix(line, "event: bye") {
				t.Error("a stream that is stuck got more")
			}
		}
		if time.Since(began) != 0 {
			t.Errorf("the connection of who reads nothing was open %v longer", time.Since(began))
		}
	})
}

func TestStreamEndsWithTheHub(t *testing.T) {
	t.Parallel()
	streaming(t, func(b *streamBench) {
		r := b.open(readKey, "?after=nowhere-1")
		defer r.conn.Close()
		var last string
		for line := r.line(); line != ""; line = r.line() {
			if last = line; line == `data: {"reason":"unknown"}` {
				b.hub.End()
			}
		}
		if last != `data: {"reason":"shutdown"}` {
			t.Errorf("the end: %q", last)
		}
		b.want(b.do(readKey, "GET", "/api/stream", ""), 503, "server.stopping")
	})
}

// What cannot be asked of a stream ends at once.
func TestStreamRefuses(t *testing.T) {
	t.Parallel()
	streaming(t, func(b *streamBench) {
		if got := b.do(readKey, "HEAD", "/api/stream", ""); got.status != 200 || got.header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
			t.Errorf("HEAD: %d %v", got.status, got.header)
		}
		b.want(b.do(emitKey, "GET", "/api/stream", ""), 403, "auth.forbidden")
		var open []*live.Stream
		for range live.MaxOfTenant {
			s, err := b.hub.Subscribe(webhook.DefaultTenant, "")
			b.must(err)
			open = append(open, s)
		}
		got := b.do(readKey, "GET", "/api/stream", "")
		b.want(got, 429, "stream.too_many")
		if got.header.Get("Retry-After") == "" {
			t.Error("there is no Retry-After")
		}
		for _, s := range open {
			s.Close()
		}
	})
}
