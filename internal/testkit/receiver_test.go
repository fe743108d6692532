package testkit_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const request = "POST /in?x=1 HTTP/1.1\r\nhost: a\r\nX-Odd: 1\r\ncontent-length: 5\r\n\r\nhello"

// dial connects to a receiver.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ask sends the request and returns the status of the answer.
func ask(t *testing.T, conn net.Conn) int {
	t.Helper()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}

func TestReceiverRecordsExactBytes(t *testing.T) {
	t.Parallel()
	r := testkit.NewReceiver(t)
	conn := dial(t, r.Address)
	ask(t, conn)
	ask(t, conn)
	ask(t, dial(t, r.Address))
	for i, connection := range []int{1, 1, 2} {
		got := r.Next(t)
		if string(got.Raw) != request || string(got.Body) != "hello" || got.Path != "/in" || got.URI != "/in?x=1" {
			t.Errorf("got %q", got.Raw)
		}
		if got.Number != i+1 || got.Connection != connection || got.Header.Get("x-odd") != "1" {
			t.Errorf("got request %d on connection %d, want %d on %d", got.Number, got.Connection, i+1, connection)
		}
	}
}

func TestScriptIsPlayedAndItsLastEntryRepeats(t *testing.T) {
	t.Parallel()
	r := testkit.NewReceiver(t, testkit.Status(500), testkit.Status(503), testkit.Status(204))
	conn := dial(t, r.Address)
	for _, want := range []int{500, 503, 204, 204, 204} {
		if got := ask(t, conn); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
	r.AnswerAt("/in", testkit.Status(418))
	if got := ask(t, conn); got != 418 {
		t.Errorf("the path's own script: got %d, want 418", got)
	}
	r.AnswerAt("/other", testkit.Status(500))
	r.Answer(testkit.Status(200))
	if got := ask(t, conn); got != 418 {
		t.Errorf("after the change of another path: got %d, want 418", got)
	}
}

func TestEntryForConnectionsWaitsForOne(t *testing.T) {
	t.Parallel()
	r := testkit.NewReceiver(t, testkit.Status(200), testkit.CloseOnAccept(), testkit.Status(201))
	conn := dial(t, r.Address)
	ask(t, conn)
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes on the old connection, want its end", n)
	}
	if n, err := dial(t, r.Address).Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes on a connection that is closed at once", n)
	}
	if got := ask(t, dial(t, r.Address)); got != 201 {
		t.Errorf("got %d, want 201", got)
	}
}

func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	_, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", testkit.RefusedAddress(t))
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want a refused connection", err)
	}
}

func TestBlackhole(t *testing.T) {
	t.Parallel()
	_, err := (&net.Dialer{Timeout: 200 * time.Millisecond}).DialContext(t.Context(), "tcp", testkit.Blackhole(t))
	var network net.Error
	if !errors.As(err, &network) || !network.Timeout() {
		t.Errorf("got %v, want a timeout", err)
	}
}

func TestTLSFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults testkit.TLS
		want   string // in the text of the error; empty for none
	}{
		"None":       {testkit.TLS{}, ""},
		"Expired":    {testkit.TLS{Expired: true}, "expired"},
		"WrongHost":  {testkit.TLS{WrongHost: true}, "127.0.0.1"},
		"SelfSigned": {testkit.TLS{SelfSigned: true}, "unknown authority"},
		"OldVersion": {testkit.TLS{MaxVersion: tls.VersionTLS11}, "protocol version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := testkit.NewTLSReceiver(t, test.faults)
			config := &tls.Config{RootCAs: r.RootCAs, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
			layer := tls.Client(dial(t, r.Address), config)
			err := layer.HandshakeContext(t.Context())
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if err == nil && ask(t, layer) != 200 {
				t.Error("no answer over TLS")
			}
		})
	}
}

// A receiver with everything open must still end at once.
func TestCloseCutsEverything(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]testkit.Behaviour{
		"Hang":         testkit.Hang(),
		"Accept":       testkit.HoldOnAccept(),
		"Drip":         testkit.Drip("HTTP", time.Hour),
		"After":        testkit.After(make(chan struct{}), testkit.Status(200)),
		"Endless":      testkit.Endless("", "x"),
		"AnswerUnread": testkit.AnswerUnread("", make(chan struct{})),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := testkit.NewReceiver(t, behaviour)
			conn := dial(t, r.Address)
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatal(err)
			}
			r.Close()
			if got := r.Open(); got != 0 {
				t.Errorf("%d connections are open", got)
			}
		})
	}
}

func TestVerifyNoticesWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := testkit.NewReceiver(t)
	ask(t, dial(t, r.Address))
	got := r.Next(t)
	if err := got.Verify("key"); err == nil {
		t.Error("a request without signatures is accepted")
	}
}

func TestAssertNoSecret(t *testing.T) {
	t.Parallel()
	for value, leaks := range map[any]bool{
		"nothing":                             false,
		"the canary sings":                    true,
		struct{ A string }{"canary"}:          true,
		[1]any{struct{ b string }{"acanary"}}: true,
	} {
		quiet := &silent{TB: t}
		if testkit.AssertNoSecret(quiet, value, "canary"); quiet.failed != leaks {
			t.Errorf("%v: failed is %v", value, quiet.failed)
		}
	}
}

// silent notes that a test would have failed.
type silent struct {
	testing.TB
	failed bool
}

func (s *silent) Helper()               {}
func (s *silent) Errorf(string, ...any) { s.failed = true }

func TestOddBodiesAreOdd(t *testing.T) {
	t.Parallel()
	for name, body := range testkit.OddBodies() {
		if len(body) == 0 || len(body) > 64<<10 || bytes.Equal([]byte(body), []byte(strings.ToValidUTF8(body, ""))) && name == "InvalidUTF8" {
			t.Errorf("%s is not what it is called", name)
		}
	}
}
