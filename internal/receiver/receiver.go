// Package receiver is the built-in endpoint of development mode: it takes any
// request at /receiver/{inbox}, keeps the last ones in memory and says of each
// whether its signatures are right. The identifier of an inbox is 128 random bits
// and the only thing that protects it; an inbox begins with its first message.
//
// It is for trying things out. Outside development mode it is not mounted.
package receiver

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Pattern is where the receiver has to be mounted, behind the prefix.
const Pattern = "/receiver/{inbox}"

// Bounds of what is kept.
const (
	maxMessages = 100
	maxInboxes  = 64
	maxBytes    = 32 << 20
	maxBody     = 2 << 20
	inboxBytes  = 16
)

// Options says how a Receiver knows keys and time.
type Options struct {
	// Key returns the signing key of the webhook with the identifier that a body
	// names in its member hookId.
	Key   func(id webhook.ID) (key webhook.Secret, known bool)
	Clock clock.Clock
}

// Receiver is an HTTP handler. Safe for concurrent use.
type Receiver struct {
	options Options

	mu      sync.Mutex
	inboxes map[string]*inbox
	number  int64
	bytes   int
	arrived chan struct{} // closed and replaced with each message
}

// inbox is never empty.
type inbox struct {
	messages []Message
}

// New makes a Receiver without inboxes.
func New(o Options) *Receiver {
	return &Receiver{options: o, inboxes: make(map[string]*inbox), arrived: make(chan struct{})}
}

// NewInbox makes the identifier of an inbox.
func NewInbox() string {
	var id [inboxBytes]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// ServeHTTP takes a message, whatever the method.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	setHeaders(w.Header())
	id := req.PathValue("inbox")
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != inboxBytes || id != hex.EncodeToString(raw) {
		answer(w, http.StatusNotFound, "no such inbox\n")
		return
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(w, req.Body, maxBody)); err != nil {
		status := http.StatusBadRequest
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		answer(w, status, "the body could not be read\n")
		return
	}
	r.add(id, r.message(req, body.Bytes()))
	answer(w, http.StatusOK, "received\n")
}

// setHeaders keeps a browser from doing anything with an answer.
func setHeaders(h http.Header) {
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

func (r *Receiver) message(req *http.Request, body []byte) Message {
	headers := req.Header.Clone()
	headers.Set("Host", req.Host)
	now := r.options.Clock.Now()
	return Message{
		ReceivedAt: now, Method: req.Method, Target: req.RequestURI, Headers: headers, Body: body,
		Verdict: r.verify(req.Header, body, now),
	}
}

// Messages are those that the inbox holds, oldest first.
func (r *Receiver) Messages(id string) []Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.after(id, 0)
}

// Next waits for the first message of the inbox with a number above the given one.
func (r *Receiver) Next(ctx context.Context, id string, after int64) (Message, error) {
	for {
		r.mu.Lock()
		messages, arrived := r.after(id, after), r.arrived
		r.mu.Unlock()
		if len(messages) > 0 {
			return messages[0], nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return Message{}, ctx.Err()
		}
	}
}

// after copies the messages behind a number. The caller holds mu.
func (r *Receiver) after(id string, number int64) []Message {
	box, found := r.inboxes[id]
	if !found {
		return nil
	}
	first, _ := slices.BinarySearchFunc(box.messages, number+1, func(m Message, n int64) int { return int(m.Number - n) })
	return slices.Clone(box.messages[first:])
}

func (r *Receiver) add(id string, message Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.number++
	message.Number = r.number
	box, found := r.inboxes[id]
	if !found {
		box = new(inbox)
		r.inboxes[id] = box
	}
	box.messages = append(box.messages, message)
	r.bytes += message.size()
	if len(box.messages) > maxMessages {
		r.drop(id)
	}
	for r.bytes > maxBytes {
		r.drop(r.oldest(func(b *inbox) int64 { return b.messages[0].Number }))
	}
	for len(r.inboxes) > maxInboxes {
		idle := r.oldest(func(b *inbox) int64 { return b.messages[len(b.messages)-1].Number })
		for r.inboxes[idle] != nil {
			r.drop(idle)
		}
	}
	close(r.arrived)
	r.arrived = make(chan struct{})
}

// oldest is the inbox for which number is the lowest. There are few of them.
func (r *Receiver) oldest(number func(*inbox) int64) string {
	var found string
	for id, box := range r.inboxes {
		if found == "" || number(box) < number(r.inboxes[found]) {
			found = id
		}
	}
	return found
}

// drop removes the oldest message of an inbox, and the inbox with its last.
func (r *Receiver) drop(id string) {
	box := r.inboxes[id]
	r.bytes -= box.messages[0].size()
	box.messages = slices.Delete(box.messages, 0, 1)
	if len(box.messages) == 0 {
		delete(r.inboxes, id)
	}
}

// Message is a request that was received.
type Message struct {
	// Number ascends over all inboxes.
	Number     int64
	ReceivedAt time.Time
	Method     string
	// Target is path and query.
	Target string
	// Headers include Host.
	Headers http.Header
	Body    []byte
	Verdict Verdict
}

func (m *Message) size() int {
	size := len(m.Body) + len(m.Target) + len(m.Method)
	for name, values := range m.Headers {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}
