package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	clientTimeout = 30 * time.Second
	maxAnswer     = 64 << 20
)

// client talks to the API of a server that its user named.
type client struct {
	base string
	key  string
	http *http.Client
	// named says that its user named it by TIDINGS_URL.
	named bool
}

// refusal is an answer that is not a success.
type refusal struct {
	Status int `json:"-"`
	// Scope is the one that the call needs, if that is why it was refused.
	Scope   string `json:"-"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Data    struct {
		Issues []refusedPlace `json:"issues"`
	} `json:"data"`
}

// refusedPlace is a mistake in what was sent. Logto's routes write the path as a
// list.
type refusedPlace struct {
	Path    json.RawMessage `json:"path"`
	Message string          `json:"message"`
}

func (r *refusal) Error() string {
	if r.Message == "" {
		return fmt.Sprintf("the server answered %d %s", r.Status, http.StatusText(r.Status))
	}
	text := fmt.Sprintf("%s (%d %s)", r.Message, r.Status, r.Code)
	for _, place := range r.Data.Issues {
		text += "\n" + strings.TrimPrefix(strings.Trim(string(place.Path), `"`)+": ", ": ") + place.Message
	}
	if r.Scope != "" {
		text += "\nthis needs an API key with the scope " + r.Scope
	}
	return plain(text)
}

func newClient(base, key string) *client {
	return &client{
		base: strings.TrimSuffix(base, "/"), key: key,
		http: &http.Client{
			Timeout: clientTimeout,
			// The key is for this server alone.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// over lets the client connect with these rules for certificates.
func (c *client) over(rules *tls.Config) { c.http.Transport = &http.Transport{TLSClientConfig: rules} }

// clientVariables are what commands read that ask a server.
var clientVariables = []string{"TIDINGS_URL", "TIDINGS_API_KEY"}

// client is the one that the environment describes.
func (s *session) client() (*client, error) {
	base, key := s.env["TIDINGS_URL"], s.env["TIDINGS_API_KEY"]
	if base == "" {
		base = "http://127.0.0.1:8080"
	}
	if err := checkServer("TIDINGS_URL", base); err != nil {
		return nil, err
	}
	if key == "" {
		return nil, usageError{errors.New("TIDINGS_API_KEY is not set: it holds the API key to use")}
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, usageError{errors.New("TIDINGS_API_KEY holds a line break or another control character: it is the key alone")}
	}
	server := newClient(base, key)
	server.named = true
	return server, nil
}

// checkServer says what is wrong with the URL of a server, without showing it: what is
// refused may be a password.
func checkServer(name, text string) error {
	parsed, err := url.Parse(text)
	switch {
	case err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "":
		return usageError{errors.New(name + " is not an http:// or https:// URL")}
	case parsed.User != nil:
		return usageError{errors.New(name + " has a user or a password, which are not used: the API key alone counts (TIDINGS_API_KEY)")}
	case parsed.RawQuery != "" || parsed.ForceQuery || parsed.Fragment != "" || strings.HasSuffix(text, "#"):
		return usageError{errors.New(name + " has a query or a fragment, which are not used: it ends with the path of the server, if it has one")}
	}
	return nil
}

// close lets go of idle connections.
func (c *client) close() { c.http.CloseIdleConnections() }

// call makes a request and returns the body of a successful answer.
func (c *client) call(ctx context.Context, method, path string, body []byte, headers map[string]string) ([]byte, error) {
	answer, _, err := c.exchange(ctx, method, path, body, headers)
	return answer, err
}

// send is call with a body of JSON.
func (c *client) send(ctx context.Context, method, path string, body any, headers map[string]string) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	return c.call(ctx, method, path, text, headers)
}

// tagged reads an answer and its ETag.
func (c *client) tagged(ctx context.Context, path string) (answer []byte, tag string, err error) {
	answer, header, err := c.exchange(ctx, http.MethodGet, path, nil, nil)
	return answer, header.Get("ETag"), err
}

func (c *client) exchange(ctx context.Context, method, path string, body []byte, headers map[string]string) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+c.key)
	request.Header.Set("User-Agent", "tidings/"+version)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, nil, c.unreachable(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		refused := &refusal{}
		_ = json.Unmarshal(answer, refused) // an answer of something else has no message
		refused.Status = response.StatusCode
		if refused.Code == "auth.forbidden" {
			refused.Scope = scopeFor(method, path)
		}
		return nil, nil, refused
	}
	return answer, response.Header, nil
}

// unreachable says why there was no answer, and what to do.
func (c *client) unreachable(err error) error {
	var (
		name    *net.DNSError
		timeout interface{ Timeout() bool }
		record  tls.RecordHeaderError
		invalid *tls.CertificateVerificationError
	)
	var reason string
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("reach the server: %w", err)
	case errors.As(err, &name):
		reason = "the name " + name.Name + " has no address"
	case errors.Is(err, syscall.ECONNREFUSED):
		reason = "nothing listens there. Is the server running (tidings serve)?"
	case errors.As(err, &invalid):
		reason = "its certificate is not trusted: " + invalid.Err.Error()
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		reason = "it does not speak TLS. Is it http:// in place of https://?"
	case errors.As(err, &timeout) && timeout.Timeout():
		reason = "it did not answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		reason = "it closed the connection. Is it https:// in place of http://?"
	default:
		return fmt.Errorf("reach the server: %w", err)
	}
	if c.named {
		reason += "\nTIDINGS_URL says where the server is"
	}
	return fmt.Errorf("the server at %s cannot be reached: %s", plain(c.base), reason)
}

// get reads a JSON answer.
func (c *client) get(ctx context.Context, path string, into any) error {
	answer, err := c.call(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	return decode(answer, into)
}

func decode(answer []byte, into any) error {
	if err := json.Unmarshal(answer, into); err != nil {
		return errors.New("the answer is not that of a Tidings server: does TIDINGS_URL name one?")
	}
	return nil
}
