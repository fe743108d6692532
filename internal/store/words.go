package store

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// A word is a text of an attempt that is short on disk if it is one of those that stand
// in nearly each: more than half of the log was headers (ADR-0027). Its first byte is a
// form, or the place of the text in the dictionary.
const (
	formText     = iota // the length as a varint, and the bytes
	formNumber          // decimal digits as a varint
	formHex             // the 32 bytes of lower-case hexadecimal digits
	formStandard        // the 32 bytes of "v1," and base64
	formHost            // the host of the attempt's URL
	formDate            // the seconds since 1970 of a date as HTTP spells it, as a varint
	formMasked          // the value of a masked header; the word itself follows

	// firstWord is the place of the first word; what is between is for other forms.
	firstWord = 16
)

// signatureSize is that of HMAC-SHA256 in bytes.
const signatureSize = 32

const standardPrefix = "v1,"

// dateFormat is how HTTP spells times (RFC 9110, 5.6.7).
const dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

// words is the dictionary. It is in databases: words are added at its end, never changed
// or removed, and they stay below 256-firstWord.
var words = [...]string{
	"",
	"POST", "HTTP/1.1", "HTTP/1.0", "TLS 1.3", "TLS 1.2",
	// Ours.
	"host", "user-agent", "content-type", "content-length", "logto-signature-sha-256", "webhook-id", "webhook-timestamp",
	"webhook-signature", "tidings-test", "true", "authorization", "x-api-key",
	// What answers have. Most servers spell names one way or the other.
	"Content-Type", "Content-Length", "Date", "date", "Connection", "connection", "Server", "server", "Keep-Alive", "keep-alive",
	"Transfer-Encoding", "transfer-encoding", "X-Powered-By", "x-powered-by", "ETag", "Etag", "etag", "Vary", "vary",
	"Cache-Control", "cache-control", "Set-Cookie", "set-cookie", "Location", "location", "Retry-After", "retry-after",
	"X-Request-Id", "x-request-id", "Via", "via", "Alt-Svc", "alt-svc", "CF-RAY", "cf-ray", "cf-cache-status",
	"Strict-Transport-Security", "strict-transport-security", "X-Content-Type-Options", "x-content-type-options",
	"X-Frame-Options", "x-frame-options", "Access-Control-Allow-Origin", "access-control-allow-origin", "Content-Encoding", "Pragma", "pragma", "Expires", "expires",
	"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8", "text/plain", "text/plain; charset=utf-8",
	"text/html", "text/html; charset=utf-8", "text/html; charset=UTF-8", "close", "chunked", "timeout=5", "timeout=72", "nginx", "cloudflare", "Express", "uvicorn", "gunicorn", "envoy",
	"no-cache", "no-store", "private", "nosniff", "SAMEORIGIN", "DENY", "*", "Accept-Encoding", "Origin", "DYNAMIC",
}

// placesByLength has the places of the words of each length, as they stand above: ours
// first. Within a length few are compared, which is quicker than hashing.
var placesByLength = func() (places [longestWord + 1][]byte) {
	for i, w := range words {
		places[len(w)] = append(places[len(w)], byte(firstWord+i))
	}
	return places
}()

// longestWord is the length of the longest word there is.
const longestWord = 32

// placeOf is where a text stands in the dictionary; 0 if it does not.
func placeOf(s string) byte {
	if len(s) > longestWord {
		return 0
	}
	for _, place := range placesByLength[len(s)] {
		if words[place-firstWord] == s {
			return place
		}
	}
	return 0
}

// word packs a text in the shortest form that gives it back byte for byte.
func (p *packer) word(s string) {
	place := placeOf(s)
	switch {
	case place > 0:
		p.data = append(p.data, place)
	case s == p.host:
		p.data = append(p.data, formHost)
	case p.decimal(s) || p.signature(s) || p.date(s):
	default:
		p.data = append(p.data, formText)
		p.text(s)
	}
}

// decimal packs a number without a sign or leading zeros.
func (p *packer) decimal(s string) bool {
	if len(s) == 0 || len(s) > 18 || s[0] < '0' || s[0] > '9' || s[0] == '0' && len(s) > 1 {
		return false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return false
	}
	p.data = append(p.data, formNumber)
	p.number(n)
	return true
}

// date packs the time of an answer.
func (p *packer) date(s string) bool {
	if len(s) != len(dateFormat) || !strings.HasSuffix(s, " GMT") {
		return false
	}
	at, err := time.Parse(dateFormat, s)
	var again [len(dateFormat)]byte
	if err != nil || string(at.UTC().AppendFormat(again[:0], dateFormat)) != s {
		return false
	}
	p.data = append(p.data, formDate)
	p.number(at.Unix())
	return true
}

// signature packs one of the two spellings of 32 bytes.
func (p *packer) signature(s string) bool {
	if len(s) != hex.EncodedLen(signatureSize) && (len(s) != len(standardPrefix)+base64.StdEncoding.EncodedLen(signatureSize) || !strings.HasPrefix(s, standardPrefix)) {
		return false
	}
	var spelled [2 * signatureSize]byte
	text := spelled[:copy(spelled[:], s)]
	before := len(p.data)
	var err error
	if len(s) == hex.EncodedLen(signatureSize) {
		p.data, err = hex.AppendDecode(append(p.data, formHex), text)
	} else {
		p.data, err = base64.StdEncoding.AppendDecode(append(p.data, formStandard), text[len(standardPrefix):])
	}
	// Other spellings of the same bytes are possible, and would not come back.
	var again [2 * signatureSize]byte
	if err != nil || len(p.data)-before != 1+signatureSize || string(appendSpelled(again[:0], p.data[before], p.data[before+1:])) != s {
		p.data = p.data[:before]
		return false
	}
	return true
}

// appendSpelled spells the bytes of a signature in the form.
func appendSpelled(to []byte, form byte, signature []byte) []byte {
	if form == formHex {
		return hex.AppendEncode(to, signature)
	}
	return base64.StdEncoding.AppendEncode(append(to, standardPrefix...), signature)
}

// word reads what packer.word wrote.
func (u *unpacker) word() string {
	if u.spelled {
		return u.text()
	}
	if len(u.data) == 0 {
		u.err = errRecord
		return ""
	}
	form := u.data[0]
	u.data = u.data[1:]
	switch {
	case form == formText:
		return u.text()
	case form == formNumber:
		return strconv.FormatInt(u.number(), 10)
	case (form == formHex || form == formStandard) && len(u.data) >= signatureSize:
		s := string(appendSpelled(nil, form, u.data[:signatureSize]))
		u.data = u.data[signatureSize:]
		return s
	case form == formHost:
		return u.host
	case form == formDate:
		return time.Unix(u.number(), 0).UTC().Format(dateFormat)
	case form >= firstWord && int(form) < firstWord+len(words):
		return words[form-firstWord]
	}
	u.err, u.data = errRecord, nil
	return ""
}

// hostOf is the host of a URL as it stands in it, with its port.
func hostOf(url string) string {
	_, host, _ := strings.Cut(url, "://")
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	return host
}

// headers packs their number and each of them: name, then value.
func (p *packer) headers(headers []webhook.HeaderRecord) {
	p.number(int64(len(headers)))
	for _, h := range headers {
		p.word(h.Name)
		if h.Masked {
			p.data = append(p.data, formMasked)
		}
		p.word(h.Value)
	}
}

func (u *unpacker) headers() []webhook.HeaderRecord {
	n := u.number()
	if n <= 0 || n > int64(len(u.data)) {
		return nil
	}
	headers := make([]webhook.HeaderRecord, n)
	for i := range headers {
		h := &headers[i]
		h.Name = u.word()
		if !u.spelled && len(u.data) > 0 && u.data[0] == formMasked {
			h.Masked, u.data = true, u.data[1:]
		}
		h.Value = u.word()
		if u.spelled {
			u.flags(&h.Masked)
		}
	}
	return headers
}
