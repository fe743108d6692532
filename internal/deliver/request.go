package deliver

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/signature"
)

const (
	// joinUpTo is the size of a body that is copied behind the head, so that the
	// request leaves in one write, and in one record with TLS. Larger ones are
	// written as they lie: thousands of copies may wait for their answers.
	joinUpTo = 8 << 10
	// maxPooled is the largest buffer that is kept for another attempt.
	maxPooled = 16 << 10
)

var errUnsendable = errors.New("custom header cannot be sent")

// request is what goes over the wire. The headers are, in this order: host,
// user-agent, content-type, content-length, logto-signature-sha-256, webhook-id,
// webhook-timestamp, webhook-signature, tidings-test on test payloads, and the
// custom headers as stored. Ours are spelled in lower case, custom ones as given. A
// custom user-agent or content-type takes the place of ours; no other header of ours
// can be replaced or doubled.
type request struct {
	fields []field
	// head ends with the body if that is small; else body holds its parts.
	head []byte
	body net.Buffers
}

// field is a header. Masked ones are sent, but not logged.
type field struct {
	name, value string
	masked      bool
}

// compose builds the request of an attempt that starts at the time at.
func (s *Sender) compose(t egress.Target, r webhook.Request, at time.Time) (*request, error) {
	q := s.requests.Get().(*request)
	signer, err := s.signers.get(r.SigningKey, func(key webhook.Secret) (*signature.Signer, error) { return signature.NewSigner(key.Reveal()) })
	if err != nil {
		return nil, err
	}
	if err := q.collect(t, r, at, s.userAgent, signer); err != nil {
		return nil, err
	}
	q.head = append(append(append(q.head[:0], "POST "...), t.RequestURI...), " HTTP/1.1\r\n"...)
	for _, f := range q.fields {
		q.head = append(append(append(append(q.head, f.name...), ": "...), f.value...), "\r\n"...)
	}
	q.head = append(q.head, "\r\n"...)
	if len(r.Body)+len(r.Tail) <= joinUpTo {
		q.head = append(append(q.head, r.Body...), r.Tail...)
	} else {
		q.body = append(q.body[:0], r.Body)
		if len(r.Tail) > 0 {
			q.body = append(q.body, r.Tail)
		}
	}
	return q, nil
}

// apart is how many bytes of the body are written from where they lie.
func (q *request) apart() int {
	size := 0
	for _, part := range q.body {
		size += len(part)
	}
	return size
}

func (q *request) collect(t egress.Target, r webhook.Request, at time.Time, userAgent string, signer *signature.Signer) error {
	standard, err := signer.Standard(string(r.Delivery), at, r.Body, r.Tail)
	if err != nil {
		return err
	}
	q.fields = append(q.fields[:0], field{name: "host", value: t.HostHeader})
	q.addUnlessCustom(r.Headers, "user-agent", userAgent)
	q.addUnlessCustom(r.Headers, "content-type", "application/json")
	q.add("content-length", strconv.Itoa(len(r.Body)+len(r.Tail)))
	q.add(webhook.HeaderLogtoSignature, signer.Logto(r.Body, r.Tail))
	q.add(webhook.HeaderWebhookID, string(r.Delivery))
	q.add(webhook.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	q.add(webhook.HeaderSignature, standard)
	if r.Trigger == webhook.TriggerTest {
		q.add(webhook.HeaderTest, "true")
	}
	return q.addCustom(r.Headers)
}

func (q *request) add(name, value string) {
	q.fields = append(q.fields, field{name: name, value: value})
}

func (q *request) addUnlessCustom(custom []webhook.Header, name, value string) {
	for _, h := range custom {
		if !h.Withheld && strings.EqualFold(h.Name, name) {
			return
		}
	}
	q.add(name, value)
}

// addCustom is careful although headers are checked when they are saved: rows may be
// older than a rule, and a line break here would forge a header or a request.
func (q *request) addCustom(custom []webhook.Header) error {
	for _, h := range custom {
		value := h.Value.Reveal()
		if h.Name == "" || strings.ContainsAny(h.Name, ": \t\r\n\x00") || strings.ContainsAny(value, "\r\n\x00") {
			return errUnsendable
		}
		if !h.Withheld && !webhook.ReservedHeader(h.Name) {
			q.fields = append(q.fields, field{name: h.Name, value: value, masked: h.Locked || webhook.SoundsSecret(h.Name)})
		}
	}
	return nil
}

// record is the headers as the log shows them.
func (q *request) record() []webhook.HeaderRecord {
	records := make([]webhook.HeaderRecord, len(q.fields))
	for i, f := range q.fields {
		records[i] = webhook.HeaderRecord{Name: f.name, Value: f.value, Masked: f.masked}
		if f.masked {
			records[i].Value = ""
		}
	}
	return records
}

// writeTo writes the request, a small one with a single call.
func (q *request) writeTo(conn net.Conn) error {
	if len(q.body) == 0 {
		_, err := conn.Write(q.head)
		return err
	}
	pieces := append(net.Buffers{q.head}, q.body...)
	_, err := pieces.WriteTo(conn)
	return err
}

// release gives the buffers back, without what they held: values of headers must not
// outlive the attempt.
func (s *Sender) release(q *request) {
	clear(q.fields)
	clear(q.body)
	q.body = q.body[:0]
	if cap(q.head) <= maxPooled {
		s.requests.Put(q)
	}
}
