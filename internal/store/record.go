package store

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/webhook"
)

// attemptRecord is how an implementation keeps what it does not query of an
// attempt. Header text that is not UTF-8 is kept as bytes, so nothing an endpoint
// sends is lost or fails the write.
type attemptRecord struct {
	Detail          string         `json:"detail,omitempty"`
	Method          string         `json:"method,omitempty"`
	URL             text           `json:"url,omitempty"`
	RequestHeaders  []headerRecord `json:"requestHeaders,omitempty"`
	RequestSize     int            `json:"requestSize,omitempty"`
	ResponseHeaders []headerRecord `json:"responseHeaders,omitempty"`
	ResponseSize    int64          `json:"responseSize,omitempty"`
	Truncated       bool           `json:"truncated,omitempty"`
	Timing          [5]int64       `json:"timing"`
	Address         string         `json:"address,omitempty"`
	TLSVersion      string         `json:"tlsVersion,omitempty"`
	HTTPVersion     string         `json:"httpVersion,omitempty"`
	Reused          bool           `json:"reused,omitempty"`
	RetryAfter      *time.Duration `json:"retryAfter,omitempty"`
}

type headerRecord struct {
	Name   text `json:"n"`
	Value  text `json:"v,omitempty"`
	Masked bool `json:"m,omitempty"`
}

// text is a string of any bytes: JSON text if it is UTF-8, else {"bytes": base64}.
type text string

func (t text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(map[string][]byte{"bytes": []byte(t)})
}

func (t *text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(t))
	}
	var raw struct{ Bytes []byte }
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*t = text(raw.Bytes)
	return nil
}

// EncodeAttempt packs the members of an attempt that have no column of their own.
func EncodeAttempt(a *webhook.Attempt) ([]byte, error) {
	data, err := json.Marshal(attemptRecord{
		Detail: a.Detail, Method: a.Request.Method, URL: text(a.Request.URL), RequestHeaders: packHeaders(a.Request.Headers),
		RequestSize: a.Request.BodySize, ResponseHeaders: packHeaders(a.Response.Headers), ResponseSize: a.Response.BodySize,
		Truncated: a.Response.Truncated, Timing: packTiming(a.Timing), Address: a.Address, TLSVersion: a.TLSVersion,
		HTTPVersion: a.HTTPVersion, Reused: a.Reused, RetryAfter: a.RetryAfter,
	})
	if err != nil {
		return nil, fmt.Errorf("encode attempt: %w", err)
	}
	return data, nil
}

// DecodeAttempt fills in what EncodeAttempt packed.
func DecodeAttempt(data []byte, a *webhook.Attempt) error {
	var r attemptRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("decode attempt: %w", err)
	}
	a.Detail = r.Detail
	a.Request = webhook.RequestRecord{
		Method: r.Method, URL: webhook.EndpointURL(r.URL), Headers: unpackHeaders(r.RequestHeaders), BodySize: r.RequestSize,
	}
	a.Response.Headers, a.Response.BodySize, a.Response.Truncated = unpackHeaders(r.ResponseHeaders), r.ResponseSize, r.Truncated
	a.Timing = unpackTiming(r.Timing)
	a.Address, a.TLSVersion, a.HTTPVersion, a.Reused, a.RetryAfter = r.Address, r.TLSVersion, r.HTTPVersion, r.Reused, r.RetryAfter
	return nil
}

func packHeaders(headers []webhook.HeaderRecord) []headerRecord {
	packed := make([]headerRecord, len(headers))
	for i, h := range headers {
		packed[i] = headerRecord{Name: text(h.Name), Value: text(h.Value), Masked: h.Masked}
	}
	return packed
}

func unpackHeaders(packed []headerRecord) []webhook.HeaderRecord {
	if len(packed) == 0 {
		return nil
	}
	headers := make([]webhook.HeaderRecord, len(packed))
	for i, h := range packed {
		headers[i] = webhook.HeaderRecord{Name: string(h.Name), Value: string(h.Value), Masked: h.Masked}
	}
	return headers
}

// Timings are kept in microseconds.
func packTiming(t webhook.Timing) [5]int64 {
	return [5]int64{t.DNS.Microseconds(), t.Connect.Microseconds(), t.TLS.Microseconds(), t.Wait.Microseconds(), t.Read.Microseconds()}
}

func unpackTiming(p [5]int64) webhook.Timing {
	us := func(i int) time.Duration { return time.Duration(p[i]) * time.Microsecond }
	return webhook.Timing{DNS: us(0), Connect: us(1), TLS: us(2), Wait: us(3), Read: us(4)}
}
