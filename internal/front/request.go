package front

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

// exchange is a plain request and its answer, in one piece of memory.
type exchange struct {
	request http.Request
	url     url.URL
	answer  answer
	body    body
	// values backs the lists of header values.
	values [maxFields]string
	// size is how many bytes the request had.
	size int
}

// body is a request's body, which is there already.
type body struct{ bytes.Reader }

// Close implements io.Closer.
func (*body) Close() error { return nil }

const (
	// maxFields is how many headers a plain request has at most.
	maxFields = 24
	// maxHead is how long its head is at most.
	maxHead = 3 << 10
	// somewhat is how much more to read when nobody knows how much is missing.
	somewhat = 512
)

var (
	method   = []byte("POST ")
	protocol = []byte(" HTTP/1.1\r\n")
	blank    = []byte("\r\n\r\n")
)

// parse takes a request apart if it is plain. missing is how many bytes at least have to
// come before that can be told; ok is false if it is not plain.
func parse(text []byte, paths []string) (e *exchange, missing int, ok bool) {
	if begin := min(len(text), len(method)); !bytes.Equal(text[:begin], method[:begin]) {
		return nil, 0, false
	}
	end := bytes.Index(text, blank)
	if end < 0 || end > maxHead {
		return nil, somewhat, len(text) <= maxHead
	}
	headEnd := end + len(blank)
	lineEnd := bytes.IndexByte(text, '\n') + 1
	target, isPlain := bytes.CutSuffix(text[len(method):lineEnd], protocol)
	if !isPlain {
		return nil, 0, false
	}
	path := find(paths, target)
	if path == "" {
		return nil, 0, false
	}
	e = &exchange{}
	if !e.readFields(string(text[lineEnd : headEnd-2])) {
		return nil, 0, false
	}
	length := int(e.request.ContentLength)
	if whole := headEnd + length; len(text) < whole {
		return nil, whole - len(text), true
	}
	e.complete(path, text[headEnd:headEnd+length])
	e.size = headEnd + length
	return e, 0, true
}

func find(paths []string, target []byte) string {
	for _, path := range paths {
		if string(target) == path {
			return path
		}
	}
	return ""
}

func (e *exchange) complete(path string, content []byte) {
	r := &e.request
	e.url.Path = path
	e.body.Reset(content)
	e.answer.header = make(http.Header, 8)
	r.Method, r.URL, r.RequestURI = http.MethodPost, &e.url, path
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	r.Body = &e.body
}

// readFields reads the lines of the headers, each with its line break. It is stricter
// than net/http: what it does not take is for net/http to judge.
func (e *exchange) readFields(text string) bool {
	r := &e.request
	r.Header = make(http.Header, 8)
	r.ContentLength = -1
	for n := 0; text != ""; n++ {
		line, rest, _ := strings.Cut(text, "\r\n")
		name, value, isField := strings.Cut(line, ":")
		if !isField || n == maxFields || !isToken(name) || !isPlainValue(value) {
			return false
		}
		text = rest
		value = strings.Trim(value, " \t")
		name = canonical(name)
		switch name {
		case "Host":
			if r.Host != "" || value == "" || !isPlainHost(value) {
				return false
			}
			r.Host = value
			continue
		case "Content-Length":
			if r.ContentLength = parseLength(value); r.ContentLength <= 0 {
				return false
			}
		}
		if _, again := r.Header[name]; again || !isHarmless(name, value) {
			return false
		}
		e.values[n] = value
		r.Header[name] = e.values[n : n+1 : n+1]
	}
	return r.Host != "" && r.ContentLength > 0
}

// parseLength reads a length in its plainest spelling; -1 if it has another.
func parseLength(text string) int64 {
	if text == "" || len(text) > 9 || text[0] == '0' {
		return -1
	}
	length := int64(0)
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return -1
		}
		length = length*10 + int64(c-'0')
	}
	return length
}

// isHarmless says whether a header changes nothing in how the request is read, answered
// or kept.
func isHarmless(name, value string) bool {
	switch name {
	case "Transfer-Encoding", "Trailer", "Te", "Expect", "Upgrade", "Pragma":
		return false
	case "Connection":
		return strings.EqualFold(value, "keep-alive")
	default:
		return true
	}
}

// canonical spells a name as net/http does; those that producers send cost nothing.
func canonical(name string) string {
	switch name {
	case "Host", "host":
		return "Host"
	case "Content-Length", "content-length":
		return "Content-Length"
	case "Content-Type", "content-type":
		return "Content-Type"
	case "Authorization", "authorization":
		return "Authorization"
	case "Idempotency-Key", "idempotency-key":
		return "Idempotency-Key"
	case "User-Agent", "user-agent":
		return "User-Agent"
	case "Accept", "accept":
		return "Accept"
	case "Accept-Encoding", "accept-encoding":
		return "Accept-Encoding"
	case "Connection", "connection":
		return "Connection"
	default:
		return http.CanonicalHeaderKey(name)
	}
}

func isToken(name string) bool {
	for _, c := range []byte(name) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return name != ""
}

func isPlainValue(value string) bool {
	for _, c := range []byte(value) {
		if (c < ' ' || c > '~') && c != '\t' {
			return false
		}
	}
	return true
}

func isPlainHost(host string) bool {
	for _, c := range []byte(host) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("-._:[]", rune(c)) {
			return false
		}
	}
	return true
}
