package deliver

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

var (
	errHeadTooLarge = errors.New("head of the answer is too large")
	errNotHTTP      = errors.New("answer is not HTTP/1")
	errCutByBound   = errors.New("answer is longer than is read")
)

const (
	protocol     = "HTTP/1."
	bufferSize   = 4 << 10
	maxFields    = 4096
	trimmedSpace = " \t\r\n"
)

// reader reads one answer. Its buffers are used again for the next. Thousands may wait
// for endpoints that hang, so it is small until something arrives.
type reader struct {
	*bufio.Reader
	input input
	head  []byte // the lines of the head
	kept  []byte // the beginning of the body
	piece []byte // what was read of the body last
	// exactly is the way to a body of a known length.
	exactly exactly
}

func newReader() *reader { return &reader{Reader: bufio.NewReaderSize(nil, bufferSize)} }

func (s *Sender) borrowReader(c *conn) *reader {
	r := s.readers.Get().(*reader)
	r.reset(c.stream())
	return r
}

func (s *Sender) returnReader(r *reader) {
	r.reset(nil)
	if cap(r.head) <= maxPooled {
		s.readers.Put(r)
	}
}

func (r *reader) reset(conn io.Reader) {
	r.input = input{conn: conn, left: -1}
	r.Reader.Reset(&r.input)
}

// input is the connection with a bound on what is read.
type input struct {
	conn io.Reader
	// left is how many bytes may still be read; below 0 there is no bound here.
	left int
	// first is when the first byte came.
	first time.Time
}

func (in *input) Read(p []byte) (int, error) {
	if in.left == 0 {
		return 0, errCutByBound
	}
	if in.left > 0 && len(p) > in.left {
		p = p[:in.left]
	}
	n, err := in.conn.Read(p)
	if in.left > 0 {
		in.left -= n
	}
	if n > 0 && in.first.IsZero() {
		in.first = time.Now()
	}
	return n, err
}

// head is the status line and headers of an answer. With err set, fields holds the
// lines that arrived whole.
type head struct {
	status int // 0 if there was no valid status line
	minor  byte
	fields []webhook.HeaderRecord
	err    error
	// messy says that the fields break a rule or there are too many to take apart.
	messy bool
}

// readHead reads up to the end of the final head. What comes before it, 1xx and its
// headers, is passed over and counts towards the limit too.
func (r *reader) readHead(limit int) head {
	for {
		h := r.readOneHead(&limit)
		final := h.status >= 200 || h.status == 101
		switch {
		case h.err != nil && !final:
			return head{err: h.err}
		case final:
			return h
		}
	}
}

func (r *reader) readOneHead(limit *int) (h head) {
	if h.err = r.expectProtocol(); h.err != nil {
		return h
	}
	r.head = r.head[:0]
	if h.err = r.readLine(limit); h.err != nil {
		return h
	}
	if h.status, h.minor = parseStatusLine(r.head); h.status == 0 {
		h.err = errNotHTTP
		return h
	}
	r.head = r.head[:0]
	for start := 0; h.err == nil; start = len(r.head) {
		h.err = r.readLine(limit)
		if line := r.head[start:]; h.err != nil || isBlank(line) {
			r.head = r.head[:start]
			break
		}
	}
	h.fields, h.messy = parseFields(string(r.head))
	return h
}

// expectProtocol refuses, without waiting for a line, what cannot become a status
// line: another protocol may never send a line break.
func (r *reader) expectProtocol() error {
	for n := 1; n <= len(protocol); n++ {
		begin, err := r.Peek(n)
		if string(begin) != protocol[:len(begin)] {
			return errNotHTTP
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readLine appends a line with its end to r.head and takes its length off the limit.
func (r *reader) readLine(limit *int) error {
	for {
		piece, err := r.ReadSlice('\n')
		if *limit -= len(piece); *limit < 0 {
			return errHeadTooLarge
		}
		r.head = append(r.head, piece...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func isBlank(line []byte) bool {
	return len(line) == 1 || len(line) == 2 && line[0] == '\r'
}

// parseStatusLine returns status 0 unless the line is HTTP/1.0 or HTTP/1.1, a space,
// three digits from 100 to 599, and at most a reason after another space.
func parseStatusLine(line []byte) (status int, minor byte) {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if len(line) < 12 || string(line[:7]) != protocol || line[7] != '0' && line[7] != '1' || line[8] != ' ' {
		return 0, 0
	}
	for _, digit := range line[9:12] {
		if digit < '0' || digit > '9' {
			return 0, 0
		}
		status = status*10 + int(digit-'0')
	}
	if len(line) > 12 && line[12] != ' ' || status < 100 || status > 599 {
		return 0, 0
	}
	return status, line[7]
}

// parseFields takes the lines of a head apart without losing a byte but the white
// space around values. A folded line stays in its value with its line break. A line
// that is no header, and whatever comes after maxFields, becomes the value of a
// nameless record.
func parseFields(text string) (fields []webhook.HeaderRecord, messy bool) {
	if text == "" {
		return nil, false
	}
	fields = make([]webhook.HeaderRecord, 0, min(strings.Count(text, "\n"), maxFields))
	value := 0 // where the value of the newest record begins
	for begin := 0; begin < len(text); {
		end := begin + strings.IndexByte(text[begin:], '\n') + 1
		line := text[begin:end]
		name, _, isField := strings.Cut(line, ":")
		switch {
		case (line[0] == ' ' || line[0] == '\t') && len(fields) > 0:
			fields[len(fields)-1].Value = strings.Trim(text[value:end], trimmedSpace)
			messy = true
		case len(fields) == maxFields-1:
			return append(fields, webhook.HeaderRecord{Value: text[begin:]}), true
		case isField && isToken(name):
			value = begin + len(name) + 1
			fields = append(fields, webhook.HeaderRecord{Name: name, Value: strings.Trim(text[value:end], trimmedSpace)})
		default:
			value, messy = begin, true
			fields = append(fields, webhook.HeaderRecord{Value: strings.Trim(line, trimmedSpace)})
		}
		begin = end
	}
	return fields, messy
}

// isToken is lenient: names that are not ASCII are kept as names.
func isToken(name string) bool {
	return name != "" && !strings.ContainsAny(name, " \t\r\n\x00")
}

// note writes the head into the attempt.
func (h head) note(a *webhook.Attempt, now time.Time) {
	a.Status = h.status
	a.HTTPVersion = "HTTP/1.1"
	if h.minor == '0' {
		a.HTTPVersion = "HTTP/1.0"
	}
	a.Response.Headers = h.fields
	if h.status == 429 || h.status >= 500 {
		a.RetryAfter = retryAfter(h.value("retry-after"), now)
	}
}

// value is that of the first header with the name, empty if there is none.
func (h head) value(name string) string {
	for _, f := range h.fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}
