package clientgen

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// document is what is read of an OpenAPI document.
type document struct {
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
	Paths map[string]map[string]*operation `json:"paths"`
}

type operation struct {
	ID          string              `json:"operationId"`
	Summary     string              `json:"summary"`
	Description string              `json:"description"`
	Tags        []string            `json:"tags"`
	Parameters  []parameter         `json:"parameters"`
	RequestBody *content            `json:"requestBody"`
	Responses   map[string]*content `json:"responses"`

	method, path string
}

type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description"`
	Schema      *schema `json:"schema"`
}

type content struct {
	Content map[string]struct {
		Schema *schema `json:"schema"`
	} `json:"content"`
}

type schema struct {
	Type        typeName           `json:"type"`
	Ref         string             `json:"$ref"`
	Description string             `json:"description"`
	Format      string             `json:"format"`
	Items       *schema            `json:"items"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Additional  *additional        `json:"additionalProperties"`
	Enum        []string           `json:"enum"`
}

// typeName is a type, which may be null as well.
type typeName struct {
	name     string
	nullable bool
}

// UnmarshalJSON reads a name, or a list of a name and null.
func (t *typeName) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &t.name); err == nil {
		return nil
	}
	var names []string
	if err := json.Unmarshal(raw, &names); err != nil {
		return fmt.Errorf("read type: %w", err)
	}
	for _, name := range names {
		if name == "null" {
			t.nullable = true
			continue
		}
		t.name = name
	}
	return nil
}

// additional is the type of members that have no name in the schema; any if open.
type additional struct {
	open  bool
	value *schema
}

// UnmarshalJSON reads true, false or a schema.
func (a *additional) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &a.open); err == nil {
		return nil
	}
	if err := json.Unmarshal(raw, &a.value); err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	return nil
}

// refName is the name of the schema referred to.
func (s *schema) refName() string { return s.Ref[strings.LastIndex(s.Ref, "/")+1:] }

// operations lists those that the client has, by name.
func (d *document) operations() []*operation {
	var all []*operation
	for path, item := range d.Paths {
		for method, op := range item {
			if slices.Contains(op.Tags, tagLogto) || slices.Contains(op.Tags, tagSession) || op.form() || op.stream() {
				continue
			}
			op.path, op.method = path, strings.ToUpper(method)
			all = append(all, op)
		}
	}
	slices.SortFunc(all, func(a, b *operation) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// The client leaves out what it is not for: clients of Logto's have one of their own, and
// signing in is for browsers.
const (
	tagLogto   = "Logto-compatible"
	tagSession = "Session"
)

// form says that the body is a form: that is for OAuth's clients.
func (op *operation) form() bool {
	return op.RequestBody != nil && op.RequestBody.Content["application/json"].Schema == nil
}

// stream says that the answer goes on and on.
func (op *operation) stream() bool {
	answer := op.answer()
	if answer == nil {
		return false
	}
	_, is := answer.Content["text/event-stream"]
	return is
}

// answer is the content of a success, nil if it has no body.
func (op *operation) answer() *content {
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if strings.HasPrefix(status, "2") && len(op.Responses[status].Content) > 0 {
			return op.Responses[status]
		}
	}
	return nil
}

// reachable names the schemas that the operations need.
func (d *document) reachable(operations []*operation) map[string]bool {
	found := map[string]bool{}
	var visit func(s *schema)
	visit = func(s *schema) {
		if s == nil {
			return
		}
		if s.Ref != "" && !found[s.refName()] {
			found[s.refName()] = true
			visit(d.Components.Schemas[s.refName()])
		}
		visit(s.Items)
		if s.Additional != nil {
			visit(s.Additional.value)
		}
		for _, p := range s.Properties {
			visit(p)
		}
	}
	for _, op := range operations {
		if op.RequestBody != nil && !d.open(op.RequestBody.Content["application/json"].Schema) {
			visit(op.RequestBody.Content["application/json"].Schema)
		}
		if answer := op.answer(); answer != nil {
			visit(answer.Content["application/json"].Schema)
		}
	}
	visit(d.Components.Schemas["Error"])
	delete(found, "Error")
	return found
}

// open says that a body may have members without a name in the schema: an event.
func (d *document) open(s *schema) bool {
	if s.Items != nil {
		return d.open(s.Items)
	}
	if s.Ref != "" {
		s = d.Components.Schemas[s.refName()]
	}
	return s.Additional != nil && s.Additional.open
}
