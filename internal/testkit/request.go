package testkit

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/tidingshq/tidings/signature"
)

// Request is what a Receiver got.
type Request struct {
	// Number counts the requests of the receiver from 1, Connection its connections.
	Number     int
	Connection int
	// At is when the request had been read.
	At time.Time
	// Raw is head and body exactly as they came.
	Raw    []byte
	Method string
	// Path is without the query; URI is with it.
	Path   string
	URI    string
	Header http.Header
	Body   []byte
}

// readRequest reads one request and keeps its bytes.
func readRequest(in *bufio.Reader) (Request, error) {
	var raw bytes.Buffer
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return Request{}, fmt.Errorf("read head: %w", err)
		}
		raw.Write(line)
		if string(line) == "\r\n" {
			break
		}
	}
	parsed, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw.Bytes())))
	if err != nil {
		return Request{}, fmt.Errorf("parse head: %w", err)
	}
	length, err := strconv.ParseInt(parsed.Header.Get("Content-Length"), 10, 64)
	if err != nil {
		return Request{}, fmt.Errorf("read length: %w", err)
	}
	head := raw.Len()
	if _, err := io.CopyN(&raw, in, length); err != nil {
		return Request{}, fmt.Errorf("read body: %w", err)
	}
	path, _, _ := strings.Cut(parsed.RequestURI, "?")
	header := parsed.Header
	header.Set("Host", parsed.Host)
	return Request{
		At: time.Now(), Raw: raw.Bytes(), Body: raw.Bytes()[head:],
		Method: parsed.Method, Path: path, URI: parsed.RequestURI, Header: header,
	}, nil
}

// Delivery is the webhook-id of the request.
func (r Request) Delivery() string { return r.Header.Get(signature.IDHeader) }

// Verify checks both signatures as receivers do: Logto's HMAC, and Standard Webhooks
// by the official library, which compares the timestamp with the system clock.
func (r Request) Verify(signingKey string) error {
	if err := signature.VerifyLogto(signingKey, r.Body, r.Header.Get(signature.LogtoHeader)); err != nil {
		return fmt.Errorf("verify as Logto: %w", err)
	}
	official, err := standardwebhooks.NewWebhook(signature.EncodeSecret([]byte(signingKey)))
	if err != nil {
		return fmt.Errorf("take secret: %w", err)
	}
	if err := official.Verify(r.Body, r.Header); err != nil {
		return fmt.Errorf("verify as Standard Webhooks: %w", err)
	}
	return nil
}
