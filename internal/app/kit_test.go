package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	apiKey = "app-0123456789abcdef0123456789abcdef"
	// patience is how long a test waits for an event before it fails.
	patience = 20 * time.Second
)

// bundle is an application in development mode on a database of its own.
type bundle struct {
	*App
	t      *testing.T
	log    *logText
	client *http.Client
	scheme string
}

// options are those of an application on this machine; flags are pairs of name and
// value.
func options(t *testing.T, log io.Writer, flags ...string) Options {
	t.Helper()
	given := map[string][]string{
		"listen": {"127.0.0.1:0"}, "ops-listen": {"127.0.0.1:0"}, "dev": {"true"}, "bootstrap-api-key": {apiKey},
		"max-disk": {"100%"}, "database": {"sqlite:" + filepath.Join(t.TempDir(), "tidings.db")},
	}
	for i := 0; i+1 < len(flags); i += 2 {
		given[flags[i]] = []string{flags[i+1]}
	}
	loaded, err := config.Load(config.Input{
		Flags: given, Env: func(string) (string, bool) { return "", false }, ReadFile: os.ReadFile,
	})
	if err != nil {
		t.Fatal(err)
	}
	return Options{Config: loaded.Config, Settings: loaded.Entries(), Version: "test", Console: builtConsole, Logger: slog.New(slog.NewJSONHandler(log, nil))}
}

// builtConsole stands for the console, which may not be built where tests run.
var builtConsole = fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}

// setup runs an application until the end of the test.
func setup(t *testing.T, flags ...string) *bundle {
	t.Helper()
	log := &logText{}
	b := open(t, log, options(t, log, flags...))
	b.start()
	return b
}

// open makes an application that has yet to start.
func open(t *testing.T, log *logText, o Options) *bundle {
	t.Helper()
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{App: a, t: t, log: log, scheme: "http", client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(func() {
		b.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := b.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return b
}

func (b *bundle) start() {
	b.t.Helper()
	if err := b.Start(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// answer is an HTTP answer that has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

// do calls the API; headers are pairs.
func (b *bundle) do(method, path, body string, headers ...string) answer {
	b.t.Helper()
	got, err := b.try(method, b.scheme+"://"+b.Addr()+path, body, headers...)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

func (b *bundle) try(method, url, body string, headers ...string) (answer, error) {
	request, err := http.NewRequestWithContext(b.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if request.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			request.Header.Del(headers[i])
		}
	}
	response, err := b.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, err
}

// into decodes an answer that has the status.
func into[T any](b *bundle, got answer, status int) T {
	b.t.Helper()
	var v T
	if got.status != status {
		b.t.Fatalf("got %d %s, want %d\n%s", got.status, got.body, status, b.log)
	}
	if err := json.Unmarshal([]byte(got.body), &v); err != nil {
		b.t.Fatalf("%v: %s", err, got.body)
	}
	return v
}

// subscribe creates a webhook for User.Created that is not retried.
func (b *bundle) subscribe(url string) {
	b.t.Helper()
	body := fmt.Sprintf(`{"name":"app","events":["User.Created"],"config":{"url":%q,"retries":0}}`, url)
	into[struct{}](b, b.do("POST", "/api/hooks", body), http.StatusCreated)
}

const event = `{"event":"User.Created","n":1}`

// accepted is what a producer is told of its event.
type accepted struct {
	ID         string
	Deliveries int
}

func (b *bundle) post() accepted {
	b.t.Helper()
	return into[accepted](b, b.do("POST", "/api/events", event), http.StatusAccepted)
}

// delivery is what the API tells of one, as far as these tests look.
type delivery struct {
	ID, EventID, State string
	Attempts           []struct{ Outcome, Reason string }
}

func (b *bundle) deliveries() []delivery {
	b.t.Helper()
	return into[struct{ Items []delivery }](b, b.do("GET", "/api/deliveries", ""), http.StatusOK).Items
}

// ended waits until the delivery of an event has ended.
func (b *bundle) ended(eventID string) (found delivery) {
	b.t.Helper()
	b.until("the delivery has ended", func() bool {
		for _, found = range b.deliveries() {
			if found.EventID == eventID && (found.State == "succeeded" || found.State == "failed") {
				return true
			}
		}
		return false
	})
	return found
}

// until asks again and again whether something that has no event of its own is so.
func (b *bundle) until(what string, is func() bool) {
	b.t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	limit := time.After(patience)
	for !is() {
		select {
		case <-poll.C:
		case <-limit:
			b.t.Fatalf("waited %s until %s, in vain\n%s", patience, what, b.log)
		}
	}
}

// logText is a log that can be read while it is written.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
