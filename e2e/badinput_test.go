package e2e

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// badCase is a case of testdata/badinput.json; the conventions in that file say
// what the fields mean.
type badCase struct {
	ID, Group, Method, Path, Query, Why string

	Headers map[string]*string
	Body    *string
	BodyB64 string     `json:"body_b64"`
	BodyGen *generator `json:"body_gen"`
	RawB64  string     `json:"raw_b64"`
	Expect  struct {
		Status []int
		After  string
		Limits struct {
			Ms  int
			RSS int `json:"rss_mb"`
		}
	}
}

// readBadInput reads the cases of a file.
func readBadInput(t *testing.T, file string, atLeast int) []*badCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var corpus struct{ Cases []*badCase }
	if err := json.Unmarshal(text, &corpus); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(corpus.Cases) < atLeast {
		t.Fatalf("%s has only %d cases", file, len(corpus.Cases))
	}
	return corpus.Cases
}

// isSlow says that the case takes seconds by its nature.
func (c *badCase) isSlow() bool {
	return c.Expect.Limits.Ms >= 10_000
}

// within is how long the answer may take.
func (c *badCase) within() time.Duration {
	if ms := c.Expect.Limits.Ms; ms > 0 {
		return time.Duration(ms) * time.Millisecond
	}
	return time.Second
}

// memory is by how many bytes the process may grow.
func (c *badCase) memory() int64 {
	if mb := c.Expect.Limits.RSS; mb > 0 {
		return int64(mb) << 20
	}
	return 64 << 20
}

// unknownVariables names the variables of the case that have no value.
func (c *badCase) unknownVariables(values map[string]string) []string {
	text := c.Path + c.Query
	if c.Body != nil {
		text += *c.Body
	}
	for _, value := range c.Headers {
		if value != nil {
			text += *value
		}
	}
	var unknown []string
	for _, name := range variables {
		if strings.Contains(text, "${"+name+"}") && values[name] == "" {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// variables are those of the conventions.
var variables = []string{
	"HOOK", "KEY", "KEY_PREFIX", "REVOKED_KEY", "EXPIRED_KEY", "READONLY_KEY", "OTHER_TENANT_KEY", "OTHER_TENANT_HOOK",
}

func fill(text string, values map[string]string) string {
	for name, value := range values {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	return text
}

// payload is the body of a case as it is sent. length is -1 if nobody knows it.
type payload struct {
	sent   io.Reader
	length int64
	// every is the wait before each piece; perPiece is how much one is, 0 for any.
	every    time.Duration
	perPiece int
}

func (c *badCase) payload(t *testing.T, values map[string]string) *payload {
	t.Helper()
	switch {
	case c.Body != nil:
		text := fill(*c.Body, values)
		return &payload{sent: strings.NewReader(text), length: int64(len(text))}
	case c.BodyB64 != "":
		raw, err := base64.StdEncoding.DecodeString(c.BodyB64)
		if err != nil {
			t.Fatal(err)
		}
		return &payload{sent: bytes.NewReader(raw), length: int64(len(raw))}
	case c.BodyGen != nil:
		return c.BodyGen.payload()
	default:
		return nil
	}
}

// generator makes a long body: prefix + unit*count + middle + close_unit*count + suffix.
type generator struct {
	Prefix, Unit, Middle, Suffix string

	Count     int
	CloseUnit string `json:"close_unit"`
	Chunked   bool
	Gzip      bool
	DelayMs   int `json:"delay_ms"`
}

// endlessRate is how many bytes of an endless body are sent in a second.
const endlessRate = 64 << 10

func (g *generator) payload() *payload {
	p := &payload{sent: g.reader(), length: g.length(), every: time.Duration(g.DelayMs) * time.Millisecond, perPiece: len(g.Unit)}
	if g.Gzip {
		p.sent = gzipped(p.sent)
	}
	if g.Count < 0 {
		p.every, p.perPiece = time.Second/4, endlessRate/4
	}
	if g.Chunked || g.Gzip || g.Count < 0 {
		p.length = -1
	}
	return p
}

// numbered says that each unit holds the counter.
func (g *generator) numbered() bool { return strings.Contains(g.Unit+g.CloseUnit, "${i}") }

func (g *generator) length() int64 {
	if g.numbered() {
		n, _ := io.Copy(io.Discard, g.reader()) // never fails
		return n
	}
	return int64(len(g.Prefix) + len(g.Middle) + len(g.Suffix) + max(g.Count, 0)*(len(g.Unit)+len(g.CloseUnit)))
}

func (g *generator) reader() io.Reader {
	readers := []io.Reader{strings.NewReader(g.Prefix), &repeated{unit: g.Unit, left: g.Count}}
	if g.Count >= 0 {
		readers = append(readers, strings.NewReader(g.Middle), &repeated{unit: g.CloseUnit, left: g.Count}, strings.NewReader(g.Suffix))
	}
	return io.MultiReader(readers...)
}

// repeated reads a unit a number of times, for ever if that is negative.
type repeated struct {
	unit    string
	left, i int
	rest    []byte
}

func (r *repeated) Read(into []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.left == 0 || r.unit == "" {
			return 0, io.EOF
		}
		times := 1
		if !strings.Contains(r.unit, "${i}") {
			times = max(1, 4096/len(r.unit))
			if r.left > 0 {
				times = min(times, r.left)
			}
		}
		r.rest = []byte(strings.Repeat(strings.ReplaceAll(r.unit, "${i}", strconv.Itoa(r.i)), times))
		r.i += times
		r.left = max(r.left-times, min(r.left, -1))
	}
	n := copy(into, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// gzipped compresses while it is read.
func gzipped(plain io.Reader) io.Reader {
	reader, writer := io.Pipe()
	go func() {
		z := gzip.NewWriter(writer)
		_, err := io.Copy(z, bufio.NewReaderSize(plain, 64<<10))
		if err == nil {
			err = z.Close()
		}
		writer.CloseWithError(err)
	}()
	return reader
}
