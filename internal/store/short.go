package store

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// Most of an attempt is texts that stand in nearly each, or the same bytes spelled longer.
// They are packed in a short form (ADR-0027): one byte says which form it is, or which
// place the text has in the dictionary. Everything here lies in databases: neither the
// forms, nor what they mean, nor the dictionary may change without a new recordVersion.
const (
	formText     = iota // the length as a varint, and the bytes
	formNumber          // decimal digits, as a varint
	formHex             // the 32 bytes of lower-case hexadecimal digits
	formStandard        // the 32 bytes of "v1," and base64
	formHost            // the host of the attempt's URL (hostOf)
	formDate            // the seconds since 1970 of a date in dateFormat, as a varint
	formMasked          // the value of a masked header; its text follows in a form of its own

	// firstPlace is the place of the dictionary's first text.
	firstPlace = 16
)

const (
	// signatureSize is that of HMAC-SHA256 in bytes.
	signatureSize  = 32
	standardPrefix = "v1,"
	// dateFormat is how HTTP spells times (RFC 9110, 5.6.7).
	dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT"
)

// dictionary is what requests and answers usually hold. Its places are one byte.
var dictionary = [...]string{
	"",
	"POST", "HTTP/1.1", "HTTP/1.0", "TLS 1.3", "TLS 1.2",
	// Of requests.
	"host", "user-agent", "content-type", "content-length", "logto-signature-sha-256", "webhook-id", "webhook-timestamp",
	"webhook-signature", "tidings-test", "true", "authorization", "x-api-key",
	// Of answers. Most servers spell names one way or the other.
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

// More would have no place.
const _ = uint8(255 - firstPlace - len(dictionary))

// longestKnown bounds the texts that are looked up.
const longestKnown = 32

// placesByLength has the places of the texts of each length. Of one length there are few,
// and comparing them is quicker than hashing.
var placesByLength = func() (places [longestKnown + 1][]byte) {
	for i, text := range dictionary {
		places[len(text)] = append(places[len(text)], byte(firstPlace+i))
	}
	return places
}()

// placeOf is where a text stands in the dictionary; 0 if it does not.
func placeOf(text string) byte {
	if len(text) > longestKnown {
		return 0
	}
	for _, place := range placesByLength[len(text)] {
		if dictionary[place-firstPlace] == text {
			return place
		}
	}
	return 0
}

// short packs a text in the first form that gives it back byte for byte.
func (p *packer) short(text string) {
	place := placeOf(text)
	switch {
	case place > 0:
		p.data = append(p.data, place)
	case text == p.host:
		p.data = append(p.data, formHost)
	case p.decimal(text) || p.signature(text) || p.date(text):
	default:
		p.data = append(p.data, formText)
		p.text(text)
	}
}

// decimal packs a number without a sign or leading zeros.
func (p *packer) decimal(text string) bool {
	if len(text) == 0 || len(text) > 18 || text[0] == '0' && len(text) > 1 {
		return false
	}
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return false
	}
	p.data = append(p.data, formNumber)
	p.number(n)
	return true
}

// date packs the time of an answer.
func (p *packer) date(text string) bool {
	if len(text) != len(dateFormat) || text[3] != ',' || text[len(text)-4:] != " GMT" {
		return false
	}
	at, err := time.Parse(dateFormat, text)
	var again [len(dateFormat)]byte
	if err != nil || string(at.UTC().AppendFormat(again[:0], dateFormat)) != text {
		return false
	}
	p.data = append(p.data, formDate)
	p.number(at.Unix())
	return true
}

// signature packs one of the two spellings of 32 bytes.
func (p *packer) signature(text string) bool {
	form := byte(formHex)
	switch {
	case len(text) == hex.EncodedLen(signatureSize):
	case len(text) == len(standardPrefix)+base64.StdEncoding.EncodedLen(signatureSize) && strings.HasPrefix(text, standardPrefix):
		form = formStandard
	default:
		return false
	}
	var room, again [2 * signatureSize]byte
	spelled := room[:copy(room[:], text)]
	before := len(p.data)
	var err error
	if form == formHex {
		p.data, err = hex.AppendDecode(append(p.data, form), spelled)
	} else {
		p.data, err = base64.StdEncoding.AppendDecode(append(p.data, form), spelled[len(standardPrefix):])
	}
	// Other spellings of the same bytes are possible, and would not come back.
	if err != nil || len(p.data)-before != 1+signatureSize || string(appendSpelled(again[:0], form, p.data[before+1:])) != text {
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

// short reads what packer.short wrote; before version 2 texts had one form, without its byte.
func (u *unpacker) short() string {
	if u.version == spelledVersion {
		return u.text()
	}
	form := u.byte()
	switch {
	case form == formText:
		return u.text()
	case form == formNumber:
		return strconv.FormatInt(u.number(), 10)
	case (form == formHex || form == formStandard) && len(u.data) >= signatureSize:
		spelled := string(appendSpelled(nil, form, u.data[:signatureSize]))
		u.data = u.data[signatureSize:]
		return spelled
	case form == formHost:
		return u.host
	case form == formDate:
		return time.Unix(u.number(), 0).UTC().Format(dateFormat)
	case form >= firstPlace && int(form) < firstPlace+len(dictionary):
		return dictionary[form-firstPlace]
	}
	u.fail()
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
		p.short(h.Name)
		if h.Masked {
			p.data = append(p.data, formMasked)
		}
		p.short(h.Value)
	}
}

func (u *unpacker) headers() []webhook.HeaderRecord {
	n := u.number()
	if n < 0 || n > int64(len(u.data)) {
		u.fail()
	}
	if n == 0 || u.err != nil {
		return nil
	}
	headers := make([]webhook.HeaderRecord, n)
	for i := range headers {
		h := &headers[i]
		h.Name = u.short()
		if u.version == spelledVersion {
			h.Value = u.short()
			u.flags(&h.Masked)
			continue
		}
		if len(u.data) > 0 && u.data[0] == formMasked {
			h.Masked = u.byte() == formMasked
		}
		h.Value = u.short()
	}
	return headers
}
