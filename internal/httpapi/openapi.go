package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	contract "github.com/tidingshq/tidings/api"
)

// openAPI answers the document with the address of this server in it.
func (a *api) openAPI(c *call) {
	document, err := documentFor(a.address())
	if err != nil {
		writeProblem(c, a.problemOf(c, err))
		return
	}
	c.Header().Set("Content-Type", jsonType)
	_, _ = c.Write(document) // nobody is left to tell
}

// address is where clients reach the server: its prefix alone if nobody said.
func (a *api) address() string {
	if a.BaseURL.Host == "" {
		return a.prefix + "/"
	}
	return strings.TrimRight(a.BaseURL.String(), "/")
}

// documentFor is the document with the address of a server in the place of that in
// the committed one.
func documentFor(address string) ([]byte, error) {
	document, err := contract.Document()
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	var quoted bytes.Buffer
	if err := writeJSON(&quoted, address); err != nil {
		return nil, fmt.Errorf("write the address: %w", err)
	}
	committed, err := json.Marshal(contract.Server)
	if err != nil {
		return nil, fmt.Errorf("write the address: %w", err)
	}
	return bytes.Replace(document, append([]byte(`"url": `), committed...), append([]byte(`"url": `), quoted.Bytes()...), 1), nil
}
