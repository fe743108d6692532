package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// apiKey is the key of every server that these tests start.
const apiKey = "e2e-0123456789abcdef0123456789abcdef"

// program is the file of the binary under test.
func program(t *testing.T) string {
	t.Helper()
	return filepath.Join(binary(t), "tidings")
}

// server is a `tidings serve` of its own.
type server struct {
	t       testing.TB
	program string
	folder  string
	flags   []string
	public  bool   // without development mode
	dsn     string // of a database elsewhere than in folder
	// environment is added to that of the test.
	environment []string
	command     *exec.Cmd
	url         string
	ops         string
	log         *tail
	stdout      bytes.Buffer // complete once the process has ended
	client      *http.Client
	// keepLog keeps every line of the log, not only the last.
	keepLog bool
	planted *planted
}

// newServer prepares a server in development mode on a database in folder.
func newServer(tb testing.TB, program string, flags ...string) *server {
	tb.Helper()
	s := &server{
		t: tb, program: program, folder: tb.TempDir(), flags: flags,
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second},
		planted: &planted{keys: map[string]string{}},
	}
	tb.Cleanup(func() {
		if !tb.Failed() {
			s.inspect()
		}
		s.kill()
		s.client.CloseIdleConnections()
		s.planted.look("stdout", s.stdout.Bytes())
		s.report()
	})
	return s
}

func (s *server) database() string { return filepath.Join(s.folder, "tidings.db") }

func (s *server) databaseSetting() string {
	if s.dsn != "" {
		return s.dsn
	}
	return "sqlite:" + s.database()
}

// start runs the binary and waits until it is ready.
func (s *server) start() {
	s.t.Helper()
	s.log = &tail{all: s.keepLog, ended: make(chan struct{}), planted: s.planted}
	args := append([]string{
		"serve", "--dev=" + strconv.FormatBool(!s.public), "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--database", s.databaseSetting(),
		"--bootstrap-api-key", apiKey, "--log-format", "json", "--log-level", "debug", "--max-disk", "100%",
	}, s.flags...)
	s.command = exec.CommandContext(context.Background(), s.program, args...)
	s.command.Env = append(os.Environ(), s.environment...)
	s.command.Stdout = &s.stdout
	stderr, err := s.command.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	listening := make(chan [2]string, 1)
	go s.log.follow(stderr, listening)
	select {
	case at := <-listening:
		s.url, s.ops = at[0], at[1]
	case <-time.After(30 * time.Second):
		s.t.Fatalf("the server did not start:\n%s", s.log)
	}
	s.request(http.MethodGet, "/readyz", "", http.StatusOK)
	if s.planted.hook == "" {
		s.plant()
	}
}

// kill ends the process without any warning.
func (s *server) kill() {
	if s.command != nil {
		_ = s.command.Process.Kill() // it may have ended by itself
		_ = s.command.Wait()
		s.command = nil
	}
}

// terminate asks the process to end and waits for it.
func (s *server) terminate() error {
	s.t.Helper()
	s.signal()
	return s.wait()
}

// signal asks the process to end.
func (s *server) signal() {
	s.t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
}

// wait waits until the process has ended.
func (s *server) wait() error {
	<-s.log.ended
	err := s.command.Wait()
	s.command = nil
	return err
}

// request calls the API and returns the body of the answer.
func (s *server) request(method, path, body string, want int, headers ...string) []byte {
	s.t.Helper()
	status, answer, err := s.try(method, path, body, headers...)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.log)
	}
	if status != want {
		s.t.Fatalf("%s %s answers %d, want %d: %s\n%s", method, path, status, want, answer, s.log)
	}
	return answer
}

func (s *server) try(method, path, body string, headers ...string) (int, []byte, error) {
	request, err := http.NewRequestWithContext(context.Background(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	s.planted.look("the answer to "+method+" "+path, answer)
	return response.StatusCode, answer, err
}

// createWebhook registers an endpoint for User.Created and returns its answer.
func (s *server) createWebhook(name, url string) (hook struct{ ID, SigningKey string }) {
	s.t.Helper()
	answer := s.request(http.MethodPost, "/api/hooks",
		fmt.Sprintf(`{"name":%q,"events":["User.Created"],"config":{"url":%q}}`, name, url), http.StatusCreated)
	if err := json.Unmarshal(answer, &hook); err != nil {
		s.t.Fatal(err)
	}
	return hook
}

// tail keeps the last lines that a process logged, or all.
type tail struct {
	all     bool
	planted *planted      // what must not be in it
	ended   chan struct{} // closed at the end of the log
	mu      sync.Mutex
	lines   []string
}

// follow reads a log and tells where the server listens once it says so.
func (l *tail) follow(log io.Reader, listening chan<- [2]string) {
	defer close(l.ended)
	scanner := bufio.NewScanner(log)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		l.add(scanner.Text())
		if bytes.Contains(scanner.Bytes(), []byte(`"server.listening"`)) {
			var line struct{ URL, Ops string }
			if json.Unmarshal(scanner.Bytes(), &line) == nil {
				listening <- [2]string{line.URL, "http://" + line.Ops}
			}
		}
	}
}

func (l *tail) add(line string) {
	l.planted.look("the log", []byte(line))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines = append(l.lines, line); len(l.lines) > 200 && !l.all {
		l.lines = l.lines[100:]
	}
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}
