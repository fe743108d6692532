package httpapi

import (
	"fmt"
	"net/http"
	"strings"
)

// maxIssues bounds how many mistakes one answer lists.
const maxIssues = 100

// issue is one mistake in the input. The four kinds below that have a path of
// several parts are written as Logto writes them; their members are in its order.
type issue interface {
	// line is the mistake as one line of the member details.
	line() string
}

// issueList is the data of an answer to invalid input.
type issueList struct {
	Issues []issue `json:"issues"`
	Name   string  `json:"name,omitempty"`
}

// typeIssue says that a value has the wrong type.
type typeIssue struct {
	Code     string `json:"code"`
	Expected string `json:"expected"`
	Received string `json:"received"`
	Path     []any  `json:"path"`
	Message  string `json:"message"`
}

func (i typeIssue) line() string {
	return plainLine(i.Path, i.Code, "Expected "+i.Expected+" but received "+i.Received+".")
}

// sizeIssue says that a value is too small or too big.
type sizeIssue struct {
	Code      string `json:"code"`
	Minimum   *int   `json:"minimum,omitempty"`
	Maximum   *int   `json:"maximum,omitempty"`
	Type      string `json:"type"`
	Inclusive bool   `json:"inclusive"`
	Exact     bool   `json:"exact"`
	Message   string `json:"message"`
	Path      []any  `json:"path"`
}

func (i sizeIssue) line() string { return plainLine(i.Path, i.Code, i.Message) }

// enumIssue says that a value is none of those allowed.
type enumIssue struct {
	Received string   `json:"received"`
	Code     string   `json:"code"`
	Options  []string `json:"options"`
	Path     []any    `json:"path"`
	Message  string   `json:"message"`
}

func (i enumIssue) line() string { return plainLine(i.Path, i.Code, i.Message) }

// customIssue is a mistake that only Tidings looks for; Params.Code names it.
type customIssue struct {
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Path    []any        `json:"path"`
	Params  *issueParams `json:"params,omitempty"`
}

type issueParams struct {
	Code string `json:"code"`
}

func (i customIssue) line() string { return plainLine(i.Path, i.Code, i.Message) }

// ownIssue is a mistake on a route of our own.
type ownIssue struct {
	Path    string `json:"path"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (i ownIssue) line() string { return plainLine([]any{i.Path}, i.Code, i.Message) }

func plainLine(path []any, code, message string) string {
	return `Error in key path "` + dotted(path) + `": (` + code + ") " + message
}

func dotted(path []any) string {
	parts := make([]string, len(path))
	for i, p := range path {
		parts[i] = fmt.Sprint(p)
	}
	return strings.Join(parts, ".")
}

func invalidBody(found ...issue) *problem { return invalidInput("The request body is invalid.", found) }

func invalidQuery(found ...issue) *problem {
	return invalidInput("The request query is invalid.", found)
}

func invalidInput(message string, found []issue) *problem {
	found = found[:min(len(found), maxIssues)]
	lines := make([]string, len(found))
	for i, one := range found {
		lines[i] = one.line()
	}
	return &problem{
		status: http.StatusBadRequest, Code: codeInvalidInput, Message: message,
		Data: issueList{Issues: found, Name: "ZodError"}, Details: strings.Join(lines, "\n"),
	}
}

// invalidParameter answers a bad query parameter of a route of our own.
func invalidParameter(name, code, message string) *problem {
	return &problem{
		status: http.StatusBadRequest, Code: codeInvalidInput, Message: message,
		Data: issueList{Issues: []issue{ownIssue{Path: name, Code: code, Message: message}}},
	}
}
