package client

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
	defaultTimeout = 30 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 20
)

// Client calls the API of one server with one API key. It is safe for concurrent
// use.
type Client struct {
	base string
	key  string
	http *http.Client
}

// Option changes a client that is made.
type Option func(*Client)

// WithHTTPClient makes the client send its requests through another one. It should
// not follow redirects: the API key is for the server that was named.
func WithHTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// New returns a client of the server at base, such as https://tidings.example.com,
// with an API key.
func New(base, key string, options ...Option) (*Client, error) {
	parsed, err := url.Parse(base)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil {
		return nil, errors.New("the address of the server is not an http:// or https:// URL")
	}
	c := &Client{base: strings.TrimRight(base, "/"), key: key, http: &http.Client{
		Timeout:       defaultTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, change := range options {
		change(c)
	}
	return c, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// request is a call of an operation.
type request struct {
	method, path string
	params       values
	body         any
}

// do makes a call and decodes the answer, unless it has no body.
func (c *Client) do(ctx context.Context, r request, answer any) error {
	body, err := c.raw(ctx, r)
	if err != nil || answer == nil {
		return err
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("understand the answer: %w", err)
	}
	return nil
}

// raw makes a call and returns the bytes of the answer.
func (c *Client) raw(ctx context.Context, r request) ([]byte, error) {
	made, err := c.request(ctx, r)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(made)
	if err != nil {
		return nil, fmt.Errorf("reach the server: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, errorOf(response, answer)
	}
	return answer, nil
}

func (c *Client) request(ctx context.Context, r request) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		encoded, err := encode(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(encoded)
	}
	target := c.base + r.path
	if len(r.params.query) > 0 {
		target += "?" + r.params.query.Encode()
	}
	made, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	for name, value := range r.params.header {
		made.Header[name] = value
	}
	made.Header.Set("Authorization", "Bearer "+c.key)
	if r.body != nil {
		made.Header.Set("Content-Type", "application/json")
	}
	return made, nil
}

// encode leaves bytes as they are: what is posted is what receivers get.
func encode(body any) ([]byte, error) {
	switch body := body.(type) {
	case []byte:
		return body, nil
	case json.RawMessage:
		return body, nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, fmt.Errorf("write the body: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// fill puts a value in the place of {name} in a path.
func fill[T ~string | ~int64](path, name string, value T) string {
	return strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(fmt.Sprint(value)))
}

// values are parameters of the query and of the header.
type values struct {
	query  url.Values
	header http.Header
}

// add adds a parameter unless it is zero.
func (v *values) add(in, name string, value any) {
	var texts []string
	switch value := value.(type) {
	case []string:
		texts = value
	case string:
		texts = []string{value}
	case int64:
		if value != 0 {
			texts = []string{fmt.Sprint(value)}
		}
	}
	for _, text := range texts {
		switch {
		case text == "":
		case in == "header":
			if v.header == nil {
				v.header = http.Header{}
			}
			v.header.Add(name, text)
		default:
			if v.query == nil {
				v.query = url.Values{}
			}
			v.query.Add(name, text)
		}
	}
}
