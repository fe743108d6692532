package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const taggedKey = "tagged"

// tagged gives the answers of an operation an ETag made of their bytes, and lets a
// client that has them already do without.
func tagged(op *huma.Operation) { op.Metadata[taggedKey] = true }

func isTagged(op *huma.Operation) bool { return op.Metadata[taggedKey] == true }

// withTag answers through handle, holding the answer back until its tag is known.
func withTag(c *call, handle func()) {
	held := &heldAnswer{ResponseWriter: c.ResponseWriter, status: http.StatusOK}
	c.ResponseWriter = held
	defer func() { c.ResponseWriter = held.ResponseWriter }()
	handle()
	held.release(c.request)
}

// heldAnswer is an answer that has not been sent yet.
type heldAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) WriteHeader(status int) { h.status = status }

func (h *heldAnswer) Write(b []byte) (int, error) { return h.body.Write(b) }

// Unwrap lets http.ResponseController reach the connection.
func (h *heldAnswer) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func (h *heldAnswer) release(r *http.Request) {
	header := h.Header()
	if h.status == http.StatusOK {
		sum := sha256.Sum256(h.body.Bytes())
		tag := `"` + hex.EncodeToString(sum[:16]) + `"`
		header.Set("ETag", tag)
		if isFresh(r.Header, tag) {
			header.Del("Content-Type")
			h.ResponseWriter.WriteHeader(http.StatusNotModified)
			return
		}
	}
	header.Set("Content-Length", strconv.Itoa(h.body.Len()))
	h.ResponseWriter.WriteHeader(h.status)
	_, _ = h.ResponseWriter.Write(h.body.Bytes()) // nobody is left to tell
}

// isFresh says whether the client has what the tag stands for. Tags are compared
// weakly, as RFC 9110 asks for in If-None-Match; a client that wants no cache gets
// the whole answer.
func isFresh(h http.Header, tag string) bool {
	if strings.Contains(strings.ToLower(h.Get("Cache-Control")), "no-cache") {
		return false
	}
	for _, line := range h["If-None-Match"] {
		for given := range strings.SplitSeq(line, ",") {
			given = strings.TrimSpace(given)
			if given == "*" || strings.TrimPrefix(given, "W/") == tag {
				return true
			}
		}
	}
	return false
}
