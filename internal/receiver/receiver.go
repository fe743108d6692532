// Package receiver is the built-in endpoint of development mode: it takes any
// request at /receiver/{inbox}, keeps the last ones in memory, says of each whether
// its signatures are right, and answers as the inbox has been told to. The identifier
// of an inbox is 128 random bits and the only thing that protects it from messages.
//
// An inbox is opened for a tenant, which alone may look into it. One that begins with
// its first message belongs to nobody: only this process sees it.
//
// It is for trying things out. Outside development mode it is not mounted.
package receiver

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	random "math/rand/v2"
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
	MaxMessages = 200
	maxInboxes  = 64
	maxBytes    = 32 << 20
	maxBody     = 2 << 20
	inboxBytes  = 16
)

// Options says how a Receiver knows keys and time. Random and Received may be nil.
type Options struct {
	// Key returns the signing key of the tenant's webhook with the identifier that a
	// body names in its member hookId.
	Key   func(tenant webhook.TenantID, id webhook.ID) (key webhook.Secret, known bool)
	Clock clock.Clock
	// Random is from 0 to below 1; it decides which messages fail.
	Random func() float64
	// Received hears of each message of a tenant's inbox once it can be read, before
	// it is answered.
	Received func(tenant webhook.TenantID, inbox string, m Message)
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

// New makes a Receiver without inboxes.
func New(o Options) *Receiver {
	if o.Random == nil {
		o.Random = random.Float64
	}
	return &Receiver{options: o, inboxes: make(map[string]*inbox), arrived: make(chan struct{})}
}

// NewInbox makes the identifier of an inbox.
func NewInbox() string {
	var id [inboxBytes]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// IsInbox says whether an inbox may have this identifier.
func IsInbox(id string) bool {
	raw, err := hex.DecodeString(id)
	return err == nil && len(raw) == inboxBytes && id == hex.EncodeToString(raw)
}

// ServeHTTP takes a message, whatever the method, and answers as the inbox behaves.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	setHeaders(w.Header())
	id := req.PathValue("inbox")
	if !IsInbox(id) {
		write(w, http.StatusNotFound, "no such inbox\n")
		return
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(w, req.Body, maxBody)); err != nil {
		status := http.StatusBadRequest
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		write(w, status, "the body could not be read\n")
		return
	}
	owner := r.owner(id)
	message := r.message(req, body.Bytes(), owner)
	text := r.add(id, &message)
	if owner != "" && r.options.Received != nil {
		r.options.Received(owner, id, message)
	}
	reply(req.Context(), w, message.Answer, text)
}

// reply answers after the time that the inbox takes. Who has gone gets no answer.
func reply(ctx context.Context, w http.ResponseWriter, a Answer, text string) {
	if a.Delay > 0 {
		timer := time.NewTimer(a.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if a.Dropped || ctx.Err() != nil {
		panic(http.ErrAbortHandler)
	}
	write(w, a.Status, text)
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

func write(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // 204 and 304 have no body
}

// owner is the tenant of an inbox; empty for one that belongs to nobody.
func (r *Receiver) owner(id string) webhook.TenantID {
	r.mu.Lock()
	defer r.mu.Unlock()
	if box, found := r.inboxes[id]; found {
		return box.tenant
	}
	return ""
}

func (r *Receiver) message(req *http.Request, body []byte, owner webhook.TenantID) Message {
	headers := req.Header.Clone()
	headers.Set("Host", req.Host)
	m := Message{ReceivedAt: r.options.Clock.Now(), Method: req.Method, Target: req.RequestURI, Headers: headers, Body: body}
	if owner == "" {
		owner = webhook.DefaultTenant
	}
	r.verify(&m, owner)
	return m
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

// add keeps a message, decides how it is answered, and returns the text of the answer.
func (r *Receiver) add(id string, message *Message) (text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	box, found := r.inboxes[id]
	if !found {
		box = &inbox{behaviour: DefaultBehaviour(), created: message.ReceivedAt}
		r.inboxes[id] = box
	}
	r.number++
	message.Number = r.number
	message.Answer, text = box.answer(r.options.Random)
	box.messages = append(box.messages, *message)
	box.touched = r.number
	r.bytes += message.size()
	r.bound(id)
	close(r.arrived)
	r.arrived = make(chan struct{})
	return text
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
	// EventType and Webhook are what the body says of itself.
	EventType webhook.EventType
	Webhook   webhook.ID
	Verdict   Verdict
	Answer    Answer
}

func (m *Message) size() int {
	size := len(m.Body) + len(m.Target) + len(m.Method) + len(m.EventType) + len(m.Webhook)
	for name, values := range m.Headers {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}
