package clientgen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strings"
	"unicode"
)

const head = `// Code generated from api/openapi.json by internal/clientgen. DO NOT EDIT.

package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)
`

// Generate returns the Go source for an OpenAPI document.
func Generate(raw []byte) ([]byte, error) {
	w := &writer{}
	if err := json.Unmarshal(raw, &w.document); err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	w.line(head)
	operations := w.document.operations()
	needed := w.document.reachable(operations)
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		w.structure(name, w.document.Components.Schemas[name])
	}
	for _, op := range operations {
		w.operation(op)
	}
	if w.err != nil {
		return nil, w.err
	}
	source, err := format.Source(w.out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("format source: %w", err)
	}
	return source, nil
}

// writer holds the source and the first thing that could not be written.
type writer struct {
	document document
	out      bytes.Buffer
	err      error
}

func (w *writer) line(text string, args ...any) {
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	w.out.WriteString(text + "\n")
}

func (w *writer) fail(text string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(text, args...)
	}
}

// structure writes a schema as a struct.
func (w *writer) structure(name string, s *schema) {
	if s.Type.name != "object" {
		w.fail("schema %s is not an object", name)
		return
	}
	w.comment("", name, "is as the API has it.", s.Description)
	w.line("type %s struct {", name)
	for _, member := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[member]
		if p.Description != "" {
			w.line("\t// %s", oneLine(p.Description))
		}
		kind, option := w.memberType(p), ""
		if !slices.Contains(s.Required, member) {
			option = ",omitzero"
			// In what is sent, a zero may be meant, as in the index of an issue; otherwise it
			// means nothing.
			scalar := (strings.HasSuffix(name, "Body") || name == "ErrorIssue") && slices.Contains([]string{"boolean", "integer", "number"}, p.Type.name)
			if p.Ref != "" || p.Format == "date-time" || scalar {
				kind = "*" + strings.TrimPrefix(kind, "*")
			}
		}
		w.line("\t%s %s `json:\"%s%s\"`", goName(member), kind, member, option)
	}
	w.line("}\n")
}

// memberType is the Go type of a value.
func (w *writer) memberType(s *schema) string {
	star := ""
	if s.Type.nullable {
		star = "*"
	}
	switch {
	case s.Ref != "":
		return s.refName()
	case s.Type.name == "string" && s.Format == "date-time":
		return star + "time.Time"
	case s.Type.name == "string":
		return star + "string"
	case s.Type.name == "integer":
		return star + "int64"
	case s.Type.name == "number":
		return star + "float64"
	case s.Type.name == "boolean":
		return star + "bool"
	case s.Type.name == "array":
		return "[]" + w.memberType(s.Items)
	case s.Type.name == "object" && s.Additional != nil && s.Additional.value != nil:
		return "map[string]" + w.memberType(s.Additional.value)
	default:
		return "json.RawMessage"
	}
}

// operation writes the parameters of an operation and its method.
func (w *writer) operation(op *operation) {
	arguments, path := []string{"ctx context.Context"}, fmt.Sprintf("%q", op.path)
	var others []parameter
	for _, p := range op.Parameters {
		if p.In != "path" {
			others = append(others, p)
			continue
		}
		arguments = append(arguments, argument(p.Name)+" "+w.memberType(p.Schema))
		path = fmt.Sprintf("fill(%s, %q, %s)", path, p.Name, argument(p.Name))
	}
	request := fmt.Sprintf("request{method: http.%s, path: %s", methodName(op.method), path)
	if len(others) > 0 {
		w.parameters(op, others)
		arguments = append(arguments, "params "+op.ID+"Params")
		request += ", params: params.values()"
	}
	if op.RequestBody != nil {
		arguments = append(arguments, "body "+w.bodyType(op.RequestBody.Content["application/json"].Schema))
		request += ", body: body"
	}
	w.method(op, strings.Join(arguments, ", "), request+"}")
}

func (w *writer) bodyType(s *schema) string {
	if w.document.open(s) {
		return "any"
	}
	return w.memberType(s)
}

// method writes the method itself.
func (w *writer) method(op *operation, arguments, request string) {
	w.comment("", op.ID, "calls "+op.method+" "+op.path+":", op.Summary+". "+op.Description)
	answer := op.answer()
	switch {
	case answer == nil:
		w.line("func (c *Client) %s(%s) error {\n\treturn c.do(ctx, %s, nil)\n}\n", op.ID, arguments, request)
	case answer.Content["application/json"].Schema == nil:
		w.line("func (c *Client) %s(%s) ([]byte, error) {\n\treturn c.raw(ctx, %s)\n}\n", op.ID, arguments, request)
	default:
		kind := w.memberType(answer.Content["application/json"].Schema)
		w.line("func (c *Client) %s(%s) (%s, error) {\n\tvar answer %s\n\terr := c.do(ctx, %s, &answer)\n\treturn answer, err\n}\n", op.ID, arguments, kind, kind, request)
	}
}

// parameters writes the struct of those that are not part of the path.
func (w *writer) parameters(op *operation, others []parameter) {
	w.line("// %sParams are the parameters of %s. What is zero is left out.\ntype %sParams struct {", op.ID, op.ID, op.ID)
	for _, p := range others {
		w.line("\t// %s\n\t%s %s", oneLine(p.Description), goName(p.Name), w.memberType(p.Schema))
	}
	w.line("}\n\nfunc (p %sParams) values() (all values) {", op.ID)
	for _, p := range others {
		w.line("\tall.add(%q, %q, p.%s)", p.In, p.Name, goName(p.Name))
	}
	w.line("\treturn all\n}\n")
}

// comment writes a comment of one sentence and, behind it, more text.
func (w *writer) comment(indent, name, is, more string) {
	w.line("%s// %s %s", indent, name, is)
	if more = oneLine(more); more != "" {
		w.line("%s// %s", indent, more)
	}
}

func oneLine(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "?.", "?"))
}

func methodName(method string) string { return "Method" + method[:1] + strings.ToLower(method[1:]) }

// goName is the exported name of a member: webhookId is WebhookID.
func goName(member string) string {
	var words []string
	for part := range strings.FieldsFuncSeq(member, func(r rune) bool { return r == '_' || r == '-' }) {
		words = append(words, strings.ToUpper(part[:1])+part[1:])
	}
	name := strings.Join(words, "")
	for _, short := range [][2]string{{"Id", "ID"}, {"Url", "URL"}, {"Tls", "TLS"}, {"Dns", "DNS"}, {"Http", "HTTP"}, {"Ok", "OK"}} {
		name = replaceWord(name, short[0], short[1])
	}
	return name
}

// replaceWord replaces a word that ends before a capital letter or at the end.
func replaceWord(name, word, by string) string {
	i := strings.Index(name, word)
	if end := i + len(word); i < 0 || end < len(name) && !unicode.IsUpper(rune(name[end])) {
		return name
	}
	return name[:i] + by + name[i+len(word):]
}

// argument is the name of a parameter of the path as a Go argument.
func argument(name string) string { return name }
