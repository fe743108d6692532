package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/webhook"
)

const invalidPayload = "event.invalid_payload"

// object is a checked payload.
type object struct {
	// bytes is the posted object without the white space around it.
	bytes        []byte
	event        webhook.EventType
	hasCreatedAt bool
}

// scan checks a posted payload: one JSON object in valid UTF-8, not nested deeper
// than MaxDepth, with a string member "event", without a member "hookId" and without
// duplicate members at its top level. What is inside the members is not looked at,
// so that what was posted can be passed on byte for byte.
func scan(body []byte) (object, *webhook.Invalid) {
	o := object{bytes: bytes.Trim(body, " \t\r\n")}
	problem := func(format string, args ...any) (object, *webhook.Invalid) {
		return object{}, &webhook.Invalid{Code: invalidPayload, Message: fmt.Sprintf(format, args...)}
	}
	if len(o.bytes) == 0 || o.bytes[0] != '{' {
		return problem("The payload must be a JSON object.")
	}
	if !utf8.Valid(o.bytes) {
		return problem("The payload must be valid UTF-8.")
	}
	parts, ok := wellFormed(o.bytes, MaxDepth)
	if !ok && depth(o.bytes) > MaxDepth {
		return problem("The payload is nested deeper than %d levels.", MaxDepth)
	}
	if !ok {
		return problem("The payload is not valid JSON%s.", where(o.bytes))
	}
	if invalid := o.readMembers(parts); invalid != nil {
		return object{}, invalid
	}
	return o, nil
}

// readMembers goes through the members at the top level.
func (o *object) readMembers(members []part) *webhook.Invalid {
	hasEvent := false
	seen := make(map[string]bool, len(members))
	for _, member := range members {
		name, value := unquote(member.name), member.value
		if seen[name] {
			return &webhook.Invalid{Field: name, Code: invalidPayload, Message: fmt.Sprintf("The member %q is given twice.", clip(name))}
		}
		seen[name] = true
		switch name {
		case "hookId":
			return &webhook.Invalid{Field: name, Code: "event.reserved_member", Message: `The member "hookId" is added on delivery and cannot be sent.`}
		case "createdAt":
			o.hasCreatedAt = true
		case "event":
			if hasEvent = value[0] == '"'; hasEvent {
				o.event = webhook.EventType(unquote(value))
			}
		}
	}
	if !hasEvent {
		return &webhook.Invalid{Field: "event", Code: "event.missing_type", Message: `The payload needs a member "event" with the event type, a string.`}
	}
	return nil
}

// skipString returns the position behind the string that begins at at.
func skipString(text []byte, at int) int {
	for at++; at < len(text) && text[at] != '"'; at++ {
		if text[at] == '\\' {
			at++
		}
	}
	return min(at+1, len(text))
}

// depth is how deep the text nests, for any bytes.
func depth(text []byte) int {
	deepest, nesting := 0, 0
	for at := 0; at < len(text); at++ {
		switch text[at] {
		case '"':
			at = skipString(text, at) - 1
		case '{', '[':
			nesting++
			deepest = max(deepest, nesting)
		case '}', ']':
			nesting--
		}
	}
	return deepest
}

// unquote returns the content of a JSON string.
func unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return string(inner) // not reached: the string is valid JSON
	}
	return text
}

// where tells the place of the first mistake, for the message.
func where(text []byte) string {
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(text, new(json.RawMessage)), &syntax) {
		return fmt.Sprintf(" (at byte %d)", syntax.Offset)
	}
	return ""
}

// clip shortens input that goes into a message.
func clip(text string) string {
	const longest = 64
	if utf8.RuneCountInString(text) <= longest {
		return text
	}
	return string([]rune(text)[:longest]) + "…"
}
