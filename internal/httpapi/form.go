package httpapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/webhook"
)

// form checks a decoded body member by member and collects every mistake.
type form struct {
	issues []issue
	// listed is how many event types the mistakes list together.
	listed int
}

// maxListed bounds that, for a tenant may have a thousand event types and a body
// many mistakes. The first mistake lists all of them.
const maxListed = 600

func (f *form) report(i issue) {
	if len(f.issues) < maxIssues {
		f.issues = append(f.issues, i)
	}
}

func (f *form) wrongType(path []any, expected string, got *node) {
	i := typeIssue{Code: "invalid_type", Expected: expected, Received: "undefined", Path: path, Message: "Required"}
	if got != nil {
		i.Received = got.typeName()
		i.Message = "Expected " + expected + ", received " + i.Received
	}
	f.report(i)
}

// problem is the answer to the mistakes found, nil if there are none.
func (f *form) problem() *problem {
	if len(f.issues) == 0 {
		return nil
	}
	return invalidBody(f.issues...)
}

// object is an object of the body with the members that are known there. Other
// members are passed over, except those that differ from a known one only in case.
type object struct {
	form *form
	path []any
	have map[string]*node
}

// object reads n as an object; nil if it is none.
func (f *form) object(path []any, n *node, known ...string) *object {
	if n == nil || n.kind != 'o' {
		f.wrongType(path, "object", n)
		return nil
	}
	o := &object{form: f, path: path, have: map[string]*node{}}
	for _, m := range n.members {
		if slices.Contains(known, m.name) {
			o.have[m.name] = m.value
			continue
		}
		if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, m.name) }); i >= 0 {
			f.report(customIssue{
				Code: "custom", Path: append(slices.Clone(path), m.name), Params: &issueParams{"member_case"},
				Message: "Names of members are exact: use " + known[i] + ".",
			})
		}
	}
	return o
}

func (o *object) at(name string, more ...any) []any {
	return append(append(slices.Clone(o.path), name), more...)
}

// text reads an optional string.
func (o *object) text(name string) *string {
	n, ok := o.have[name]
	if !ok {
		return nil
	}
	if n.kind != 's' {
		o.form.wrongType(o.at(name), "string", n)
		return nil
	}
	return &n.text
}

// sizedText reads an optional string of 1 to limit code points.
func (o *object) sizedText(name string, limit int) *string {
	s := o.text(name)
	if s == nil {
		return nil
	}
	switch n := utf8.RuneCountInString(*s); {
	case n < 1:
		o.form.report(tooSmall(o.at(name), "string", 1, "String must contain at least 1 character(s)"))
	case n > limit:
		o.form.report(tooBig(o.at(name), "string", limit, fmt.Sprintf("String must contain at most %d character(s)", limit)))
	}
	return s
}

// truth reads an optional boolean.
func (o *object) truth(name string) *bool {
	n, ok := o.have[name]
	if !ok {
		return nil
	}
	if n.kind != 'b' {
		o.form.wrongType(o.at(name), "boolean", n)
		return nil
	}
	return &n.truth
}

// number reads an optional number of any size; exact says that it is an integer
// that fits.
func (o *object) number(name string) (value float64, present, exact bool) {
	n, ok := o.have[name]
	if !ok {
		return 0, false, false
	}
	if n.kind != '0' {
		o.form.wrongType(o.at(name), "number", n)
		return 0, false, false
	}
	value, err := strconv.ParseFloat(n.text, 64)
	return value, true, err == nil && value == float64(int64(value))
}

// integer reads an optional integer from low to high.
func (o *object) integer(name string, low, high int) *int {
	value, present, exact := o.number(name)
	if !present {
		return nil
	}
	switch {
	case value < float64(low):
		o.form.report(tooSmall(o.at(name), "number", low, fmt.Sprintf("Number must be greater than or equal to %d", low)))
	case value > float64(high):
		o.form.report(tooBig(o.at(name), "number", high, fmt.Sprintf("Number must be less than or equal to %d", high)))
	case !exact:
		o.form.report(typeIssue{Code: "invalid_type", Expected: "integer", Received: "float", Path: o.at(name), Message: "Expected integer, received float"})
	}
	result := int(value)
	return &result
}

// eventTypes reads an optional list of known event types, at least one, each kept
// once.
func (o *object) eventTypes(name string, known []webhook.EventType) []webhook.EventType {
	n, ok := o.have[name]
	if !ok {
		return nil
	}
	if n.kind != 'a' {
		o.form.wrongType(o.at(name), "array", n)
		return nil
	}
	if len(n.items) == 0 {
		o.form.report(tooSmall(o.at(name), "array", 1, "Array must contain at least 1 element(s)"))
	}
	var types []webhook.EventType
	for i, item := range n.items {
		if t := o.form.eventType(o.at(name, i), item, known); t != "" && !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}

// eventType reads a known event type; empty if it is none.
func (f *form) eventType(path []any, n *node, known []webhook.EventType) webhook.EventType {
	if n.kind == 's' && slices.Contains(known, webhook.EventType(n.text)) {
		return webhook.EventType(n.text)
	}
	if f.listed += len(known); f.listed > maxListed && len(f.issues) > 0 {
		return ""
	}
	if n.kind != 's' {
		f.wrongType(path, quotedUnion(known), n)
		return ""
	}
	received := shorten(n.text)
	f.report(enumIssue{
		Received: received, Code: "invalid_enum_value", Options: texts(known), Path: path,
		Message: "Invalid enum value. Expected " + quotedUnion(known) + ", received '" + received + "'",
	})
	return ""
}

// shorten keeps an answer from echoing a long value in full.
func shorten(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func texts(types []webhook.EventType) []string {
	all := make([]string, len(types))
	for i, t := range types {
		all[i] = string(t)
	}
	return all
}

func quotedUnion(types []webhook.EventType) string {
	return "'" + strings.Join(texts(types), "' | '") + "'"
}

func tooSmall(path []any, kind string, minimum int, message string) issue {
	return sizeIssue{Code: "too_small", Minimum: &minimum, Type: kind, Inclusive: true, Message: message, Path: path}
}

func tooBig(path []any, kind string, maximum int, message string) issue {
	return sizeIssue{Code: "too_big", Maximum: &maximum, Type: kind, Inclusive: true, Message: message, Path: path}
}
