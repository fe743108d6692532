package httpapi

import (
	"encoding/json"

	"github.com/tidingshq/tidings/internal/webhook"
)

// eventTypeBody is what a client sends to create or change an event type. What is
// nil was not sent; schema and example that were sent as null are empty.
type eventTypeBody struct {
	name               *webhook.EventType
	group, description *string
	deprecated         *bool
	schema, example    *[]byte
}

func (b *eventTypeBody) applyTo(e *webhook.OwnEventType) {
	if b.group != nil {
		e.Group = *b.group
	}
	if b.description != nil {
		e.Description = *b.description
	}
	if b.deprecated != nil {
		e.Deprecated = *b.deprecated
	}
	if b.schema != nil {
		e.Schema = *b.schema
	}
	if b.example != nil {
		e.Example = *b.example
	}
}

func readEventType(raw []byte, create bool) (*eventTypeBody, *problem) {
	root, p := decode(raw)
	if p != nil {
		return nil, p
	}
	f := &form{}
	o := f.object([]any{}, root, "name", "group", "description", "deprecated", "schema", "example")
	if o == nil {
		return nil, f.ownProblem()
	}
	b := &eventTypeBody{group: o.text("group"), description: o.text("description"), deprecated: o.truth("deprecated")}
	if name := o.text("name"); name != nil {
		b.name = (*webhook.EventType)(name)
	} else if _, sent := o.have["name"]; create && !sent {
		f.wrongType(o.at("name"), "string", nil)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, badJSON("it cannot be read") // not reached: it has been decoded
	}
	b.schema = rawMember(o, members, "schema", false)
	b.example = rawMember(o, members, "example", true)
	return b, f.ownProblem()
}

// rawMember takes the bytes of a member as they were sent; with text, those of a
// string are its content.
func rawMember(o *object, members map[string]json.RawMessage, name string, text bool) *[]byte {
	n, sent := o.have[name]
	if !sent {
		return nil
	}
	content := []byte(members[name])
	switch {
	case n.kind == 'n':
		content = nil
	case n.kind == 's' && text:
		content = []byte(n.text)
	case n.kind != 'o' && (text || n.kind != 'b'):
		o.form.wrongType(o.at(name), "object", n)
	}
	return &content
}
