package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
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
}

// refusal is an answer that is not a success.
type refusal struct {
	Status  int
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

// client is the one that the environment describes.
func (s *session) client() (*client, error) {
	base, key := s.env["TIDINGS_URL"], s.env["TIDINGS_API_KEY"]
	if base == "" {
		base = "http://127.0.0.1:8080"
	}
	if parsed, err := url.Parse(base); err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
		return nil, usageError{errors.New("TIDINGS_URL is not an http:// or https:// URL")}
	}
	if key == "" {
		return nil, usageError{errors.New("TIDINGS_API_KEY is not set: it holds the API key to use")}
	}
	return newClient(base, key), nil
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
		return nil, nil, fmt.Errorf("reach the server: %w", err)
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
		return nil, nil, refused
	}
	return answer, response.Header, nil
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
		return fmt.Errorf("understand the answer: %w", err)
	}
	return nil
}
