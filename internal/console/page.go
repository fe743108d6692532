package console

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strconv"
)

const (
	indexName = "index.html"
	// What the built page has in the places that only the server can fill in.
	configMark = "__TIDINGS_CONFIG__"
	nonceMark  = "__CSP_NONCE__"
	// relative is how the built page refers to its files.
	relative = `="./`
)

// missing is the page of a binary that was built without the console.
//
//go:embed missing.html
var missing string

// settings is what the page learns from the server.
type settings struct {
	// Base is the prefix of everything, without a slash at its end.
	Base    string `json:"base"`
	Version string `json:"version"`
}

// page is index.html, cut where each answer gets a nonce of its own: styles that a
// script adds are let through by it.
type page struct {
	parts [][]byte
	// missing says that it only tells how to get the console.
	missing bool
}

// newPage makes the page's references absolute, since it stands for paths of every
// depth, and fills in the settings.
func newPage(index []byte, home string, s settings) (*page, error) {
	// Marshal writes <, > and & as \u003c, \u003e and \u0026: no value can end the
	// script element that it stands in.
	config, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("describe the server to the console: %w", err)
	}
	index = bytes.ReplaceAll(index, []byte(relative), []byte(`="`+html.EscapeString(home)))
	index = bytes.ReplaceAll(index, []byte(configMark), config)
	return &page{parts: bytes.Split(index, []byte(nonceMark))}, nil
}

// serve answers the page. Without the console it is not found, for whoever watches,
// and says so to people.
func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	nonce := rand.Text()
	content := bytes.Join(p.parts, []byte(nonce))
	h := w.Header()
	setHeaders(h, nonce)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if p.missing {
		w.WriteHeader(http.StatusNotFound)
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // nobody is left to tell
	}
}
