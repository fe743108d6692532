// Package api holds the public contract: the OpenAPI document, which is made from
// the types of the handlers and committed, and an example of each operation. The
// document shows the examples, and a test replays them.
package api

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

//go:embed openapi.json examples/*.json
var files embed.FS

// Server is the address in the committed document. A server that serves it puts
// its own in this place.
const Server = "http://127.0.0.1:8080"

// Document returns the OpenAPI document.
func Document() ([]byte, error) {
	document, err := files.ReadFile("openapi.json")
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	return document, nil
}

// Example is one request and its answer.
type Example struct {
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is what a client sends. A text of the form {name} in it stands for the
// identifier of an object that exists.
type Request struct {
	// Parameters are those of the path and of the query, by name.
	Parameters map[string]string `json:"parameters,omitempty"`
	Headers    map[string]string `json:"headers,omitempty"`
	// Body is sent as it is.
	Body json.RawMessage `json:"body,omitempty"`
}

// Response is what the client gets. Body is empty if the answer is not JSON; Text is
// an answer that is text.
type Response struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body,omitempty"`
	Text   string          `json:"text,omitempty"`
}

// Examples returns the examples by the name of the operation.
func Examples() (map[string]Example, error) {
	entries, err := files.ReadDir("examples")
	if err != nil {
		return nil, fmt.Errorf("list examples: %w", err)
	}
	all := make(map[string]Example, len(entries))
	for _, entry := range entries {
		content, err := files.ReadFile(path.Join("examples", entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("read example: %w", err)
		}
		var example Example
		if err := json.Unmarshal(content, &example); err != nil {
			return nil, fmt.Errorf("read example %s: %w", entry.Name(), err)
		}
		all[strings.TrimSuffix(entry.Name(), ".json")] = example
	}
	return all, nil
}
