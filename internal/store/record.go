package store

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// recordVersion is the first byte of an encoded attempt. A change of the format
// takes the next number; older ones stay readable: spelledVersion has every text in full.
const (
	recordVersion  = 2
	spelledVersion = 1
)

// EncodeAttempt packs the members of an attempt that an implementation does not
// query: numbers as varints, most texts in a short form. Text is bytes here, so nothing that an
// endpoint sends can fail or be lost.
func EncodeAttempt(a *webhook.Attempt) []byte { return AppendAttempt(make([]byte, 0, 256), a) }

// AppendAttempt is EncodeAttempt into a buffer that the caller has.
func AppendAttempt(to []byte, a *webhook.Attempt) []byte {
	p := packer{data: append(to, recordVersion)}
	p.short(a.Detail)
	p.short(a.Request.Method)
	p.text(a.Request.URL.Reveal())
	p.host = hostOf(a.Request.URL.Reveal())
	p.number(int64(a.Request.BodySize))
	p.headers(a.Request.Headers)
	p.headers(a.Response.Headers)
	p.number(a.Response.BodySize)
	p.flags(a.Response.Truncated, a.Reused, a.RetryAfter != nil)
	if a.RetryAfter != nil {
		p.duration(*a.RetryAfter)
	}
	for _, d := range []time.Duration{a.Timing.DNS, a.Timing.Connect, a.Timing.TLS, a.Timing.Wait, a.Timing.Read} {
		p.duration(d)
	}
	p.text(a.Address)
	p.short(a.TLSVersion)
	p.short(a.HTTPVersion)
	p.short(a.By)
	return p.data
}

// DecodeAttempt fills in what EncodeAttempt packed.
func DecodeAttempt(data []byte, a *webhook.Attempt) error {
	u := unpacker{data: data}
	switch u.version = u.byte(); {
	case u.version > recordVersion:
		return errNewer
	case u.version < spelledVersion:
		return errDamaged
	}
	a.Detail = u.short()
	a.Request.Method = u.short()
	a.Request.URL = webhook.EndpointURL(u.text())
	u.host = hostOf(a.Request.URL.Reveal())
	a.Request.BodySize = int(u.number())
	a.Request.Headers = u.headers()
	a.Response.Headers = u.headers()
	a.Response.BodySize = u.number()
	var hasRetryAfter bool
	u.flags(&a.Response.Truncated, &a.Reused, &hasRetryAfter)
	if hasRetryAfter {
		d := u.duration()
		a.RetryAfter = &d
	}
	for _, d := range []*time.Duration{&a.Timing.DNS, &a.Timing.Connect, &a.Timing.TLS, &a.Timing.Wait, &a.Timing.Read} {
		*d = u.duration()
	}
	a.Address = u.text()
	a.TLSVersion = u.short()
	a.HTTPVersion = u.short()
	a.By = u.short()
	if len(u.data) > 0 {
		u.fail()
	}
	return u.err
}

var (
	errDamaged = errors.New("decode attempt: the record is damaged")
	errNewer   = errors.New("decode attempt: a newer version of Tidings has recorded it")
)

// packer appends; host is that of the attempt's URL.
type packer struct {
	data []byte
	host string
}

func (p *packer) number(n int64) { p.data = binary.AppendVarint(p.data, n) }

// duration keeps microseconds.
func (p *packer) duration(d time.Duration) { p.number(d.Microseconds()) }

func (p *packer) text(s string) {
	p.number(int64(len(s)))
	p.data = append(p.data, s...)
}

func (p *packer) flags(flags ...bool) {
	var bits byte
	for i, f := range flags {
		if f {
			bits |= 1 << i
		}
	}
	p.data = append(p.data, bits)
}

// unpacker reads what packer wrote; after a damage everything reads as zero.
type unpacker struct {
	data    []byte
	version byte
	host    string
	err     error
}

func (u *unpacker) fail() { u.err, u.data = errDamaged, nil }

func (u *unpacker) byte() byte {
	if len(u.data) == 0 {
		u.fail()
		return 0
	}
	b := u.data[0]
	u.data = u.data[1:]
	return b
}

func (u *unpacker) number() int64 {
	n, size := binary.Varint(u.data)
	if size <= 0 {
		u.fail()
		return 0
	}
	u.data = u.data[size:]
	return n
}

func (u *unpacker) duration() time.Duration {
	n := u.number()
	d := time.Duration(n) * time.Microsecond
	if d.Microseconds() != n {
		u.fail()
		return 0
	}
	return d
}

func (u *unpacker) text() string {
	n := u.number()
	if n < 0 || n > int64(len(u.data)) {
		u.fail()
		return ""
	}
	s := string(u.data[:n])
	u.data = u.data[n:]
	return s
}

func (u *unpacker) flags(flags ...*bool) {
	bits := u.byte()
	for i, f := range flags {
		*f = bits&(1<<i) != 0
	}
}
