package httpapi

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// connected serves a handler on a real connection and returns the client's end.
func connected(t *testing.T, handler http.HandlerFunc, headersWithin time.Duration) net.Conn {
	t.Helper()
	bound, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headersWithin, MaxHeaderBytes: 8 << 10}
	ServeConnections(server)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(Connections(bound)) // it ends with the server
	}()
	client, err := new(net.Dialer).DialContext(t.Context(), "tcp", bound.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Close()
		_ = server.Close()
		<-done
	})
	return client
}

// converse sends text and reads the answers until the connection ends; behind each it
// sends the next of more.
func converse(t *testing.T, client net.Conn, text string, more ...string) []answer {
	t.Helper()
	if _, err := io.WriteString(client, text); err != nil {
		t.Fatal(err)
	}
	var all []answer
	for reader := bufio.NewReader(client); ; {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return all
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if response.Close {
			response.Header.Set("Connection", "close")
		}
		all = append(all, answer{response.StatusCode, response.Header, string(body)})
		if len(all) <= len(more) {
			if _, err := io.WriteString(client, more[len(all)-1]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestMalformedHTTPIsAnsweredInJSON(t *testing.T) {
	t.Parallel()
	const get = "GET / HTTP/1.1\r\nHost: a\r\n"
	for name, c := range map[string]struct {
		text   string
		status int
	}{
		"NoHTTP":              {"\x16\x03\x01\r\n\r\n", 400},
		"NoHost":              {"GET / HTTP/1.1\r\n\r\n", 400},
		"TwoLengths":          {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
		"UnknownVersion":      {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 400},
		"TransferCoding":      {get + "Transfer-Encoding: gzip\r\n\r\n", 400},
		"LongHeaders":         {get + "X: " + strings.Repeat("a", 32<<10) + "\r\n\r\n", 431},
		"Expectation":         {get + "Expect: more\r\n\r\n", 417},
		"BehindAGoodOne":      {get + "\r\n" + "GET / HTTP/1.1\r\n\r\n", 400},
		"NothingAtAll":        {"", 0},
		"OptionsOfEverything": {"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 204},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := converse(t, connected(t, ok, 100*time.Millisecond), c.text)
			if c.status == 0 {
				return // it ends, and is not mistaken for something else
			}
			if len(answers) == 0 || answers[len(answers)-1].status != c.status {
				t.Fatalf("answers %v, want %d", answers, c.status)
			}
			if c.status >= 400 {
				checkRefusal(t, answers[len(answers)-1])
			}
		})
	}
}

// TestSlowHeadersGetOneAnswer holds that a request that does not come to its end is told
// so, once, wherever it stops and whatever net/http makes of the part that is there.
func TestSlowHeadersGetOneAnswer(t *testing.T) {
	t.Parallel()
	const get, post = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
	for name, cut := range map[string]string{
		"FirstByte": "G", "Method": "GET", "Path": "GET /h", "Version": "GET /h HTT", "Line": "GET /h HTTP/1.1\r\n", "Host": "GET /h HTTP/1.1\r\nHost: a",
		"Header": "GET /h HTTP/1.1\r\nHost: a\r\n", "Name": "GET /h HTTP/1.1\r\nHost: a\r\nX", "NameWithoutHost": "GET /h HTTP/1.1\r\naaaa", "Value": "GET /h HTTP/1.1\r\nHost: a\r\nX: ",
		"End": "GET /h HTTP/1.1\r\nHost: a\r\nX: y\r\n", "Break": "GET /h HTTP/1.1\r\nHost: a\r\n\r",
	} {
		for before, texts := range map[string][]string{
			"First": {cut}, "Behind": {get, cut}, "BehindAPost": {post, cut}, "Together": {get + cut}, "TogetherBehindAPost": {post + cut}, "Third": {get + get, "", cut},
		} {
			if len(cut) < 4 && before != "First" {
				continue // net/http waits for four bytes without a limit here
			}
			t.Run(before+name, func(t *testing.T) {
				t.Parallel()
				answers := converse(t, connected(t, ok, 100*time.Millisecond), texts[0], texts[1:]...)
				good := strings.Count(strings.Join(texts, ""), "HTTP/1.1\r\nHost: a\r\n\r\n") + strings.Count(strings.Join(texts, ""), "Content-Length")
				if len(answers) != good+1 {
					t.Fatalf("%d answers to %d requests and one that is slow: %v", len(answers), good, answers)
				}
				for _, got := range answers[:good] {
					if got.status != http.StatusNoContent {
						t.Errorf("%d", got.status)
					}
				}
				if last := answers[good]; last.status != http.StatusRequestTimeout {
					t.Errorf("%d %s", last.status, last.body)
				}
				checkRefusal(t, answers[good])
			})
		}
	}
}

func checkRefusal(t *testing.T, got answer) {
	t.Helper()
	var body problem
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || body.Code == "" || body.Message == "" {
		t.Errorf("no problem in JSON: %v", err)
	}
	for name, want := range map[string]string{"Content-Type": jsonType, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Connection": "close"} {
		if got.header.Get(name) != want {
			t.Errorf("%s is %q", name, got.header.Get(name))
		}
	}
}

// What a handler writes goes out as it is, whatever it looks like, also when
// net/http writes it in several pieces.
func TestAnswersOfHandlersAreLeftAlone(t *testing.T) {
	t.Parallel()
	const looksLikeOne = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
	client := connected(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotImplemented)
		for range 3 {
			_, _ = io.WriteString(w, looksLikeOne)
			_ = http.NewResponseController(w).Flush()
		}
	}, time.Minute)
	answers := converse(t, client, strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 2)+"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if len(answers) != 3 {
		t.Fatalf("%d answers", len(answers))
	}
	for _, got := range answers {
		if got.status != http.StatusNotImplemented || got.body != strings.Repeat(looksLikeOne, 3) {
			t.Errorf("%d %q", got.status, got.body)
		}
	}
}
