package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays may be nested.
const maxDepth = 64

// node is a JSON value that keeps what encoding/json would gloss over. A member is
// there once; text is valid Unicode without NUL.
type node struct {
	kind byte // one of n, b, 0, s, a, o
	// text is a string's content or a number's literal.
	text    string
	truth   bool
	items   []*node
	members []member
}

type member struct {
	name  string
	value *node
}

var kindNames = map[byte]string{'n': "null", 'b': "boolean", '0': "number", 's': "string", 'a': "array", 'o': "object"}

func (n *node) typeName() string { return kindNames[n.kind] }

// decode reads one JSON document strictly: no duplicate members, no invalid UTF-8,
// no lone surrogates, no NUL, no deep nesting, nothing behind it (product.md,
// deviation 7).
func decode(body []byte) (*node, *problem) {
	if !utf8.Valid(body) {
		return nil, badJSON("it is not valid UTF-8")
	}
	d := &decoder{in: body}
	value, err := d.value(0)
	if err == nil {
		if d.space(); d.at < len(d.in) {
			err = d.fail("something follows the document")
		}
	}
	if err != nil {
		return nil, badJSON(err.Error())
	}
	return value, nil
}

func badJSON(why string) *problem {
	return &problem{status: http.StatusBadRequest, Code: codeInvalidInput, Message: "The request body is invalid: " + why + "."}
}

type decoder struct {
	in []byte
	at int
}

func (d *decoder) fail(what string) error { return fmt.Errorf("%s at byte %d", what, d.at) }

func (d *decoder) space() {
	for d.at < len(d.in) && strings.IndexByte(" \t\r\n", d.in[d.at]) >= 0 {
		d.at++
	}
}

// take moves over c, after white space, if it comes next.
func (d *decoder) take(c byte) bool {
	if d.space(); d.at < len(d.in) && d.in[d.at] == c {
		d.at++
		return true
	}
	return false
}

func (d *decoder) value(depth int) (*node, error) {
	d.space()
	if d.at == len(d.in) {
		return nil, d.fail("JSON ends too early")
	}
	switch c := d.in[d.at]; {
	case (c == '{' || c == '[') && depth == maxDepth:
		return nil, d.fail(fmt.Sprintf("nesting is deeper than %d", maxDepth))
	case c == '{':
		return d.object(depth + 1)
	case c == '[':
		return d.array(depth + 1)
	case c == '"':
		text, err := d.text()
		return &node{kind: 's', text: text}, err
	default:
		return d.literal()
	}
}

func (d *decoder) object(depth int) (*node, error) {
	n := &node{kind: 'o'}
	seen := map[string]bool{}
	d.at++
	if d.take('}') {
		return n, nil
	}
	for {
		if d.space(); d.at == len(d.in) || d.in[d.at] != '"' {
			return nil, d.fail("a member name is missing")
		}
		name, err := d.text()
		if err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, d.fail("a member is given twice")
		}
		seen[name] = true
		if !d.take(':') {
			return nil, d.fail("a colon is missing")
		}
		value, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, member{name, value})
		if done, err := d.more('}'); done || err != nil {
			return n, err
		}
	}
}

func (d *decoder) array(depth int) (*node, error) {
	n := &node{kind: 'a'}
	d.at++
	if d.take(']') {
		return n, nil
	}
	for {
		item, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
		if done, err := d.more(']'); done || err != nil {
			return n, err
		}
	}
}

// more moves over the comma before another part, or over the closing bracket.
func (d *decoder) more(closing byte) (done bool, err error) {
	switch {
	case d.take(','):
		return false, nil
	case d.take(closing):
		return true, nil
	default:
		return false, d.fail(fmt.Sprintf("a comma or %q is missing", closing))
	}
}

// text reads a string literal.
func (d *decoder) text() (string, error) {
	from := d.at
	for d.at++; d.at < len(d.in) && d.in[d.at] != '"'; d.at++ {
		switch {
		case d.in[d.at] < ' ':
			return "", d.fail("a control character is in a string")
		case d.in[d.at] != '\\':
		case d.at+1 < len(d.in) && d.in[d.at+1] == 'u':
			if err := d.unicode(); err != nil {
				return "", err
			}
		default:
			d.at++
		}
	}
	if d.at >= len(d.in) {
		return "", d.fail("a string is not closed")
	}
	d.at++
	var s string
	if json.Unmarshal(d.in[from:d.at], &s) != nil {
		return "", d.fail("a string has a bad escape")
	}
	return s, nil
}

// unicode moves over one \u escape, or two if they are a surrogate pair, to its
// last character.
func (d *decoder) unicode() error {
	code := d.hex(d.at)
	switch {
	case code == 0:
		return d.fail("NUL is in a string")
	case code >= 0xDC00 && code <= 0xDFFF:
		return d.fail("half a surrogate pair is in a string")
	case code >= 0xD800 && code <= 0xDBFF:
		if low := d.hex(d.at + 6); low < 0xDC00 || low > 0xDFFF {
			return d.fail("half a surrogate pair is in a string")
		}
		d.at += 6
	}
	d.at += 5
	return nil
}

// hex reads \uXXXX at a position; -1 if that is not there.
func (d *decoder) hex(at int) int {
	if at+6 > len(d.in) || d.in[at] != '\\' || d.in[at+1] != 'u' {
		return -1
	}
	code := 0
	for _, c := range d.in[at+2 : at+6] {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if c < '0' || digit < 0 {
			return -1
		}
		code = code<<4 | digit
	}
	return code
}

// literal reads a number, true, false or null.
func (d *decoder) literal() (*node, error) {
	from := d.at
	for d.at < len(d.in) && strings.IndexByte("+-.0123456789abcdefghijklmnopqrstuvwxyzE", d.in[d.at]) >= 0 {
		d.at++
	}
	switch word := string(d.in[from:d.at]); {
	case word == "null":
		return &node{kind: 'n'}, nil
	case word == "true" || word == "false":
		return &node{kind: 'b', truth: word == "true"}, nil
	case word != "" && json.Valid([]byte(word)):
		return &node{kind: '0', text: word}, nil
	}
	d.at = from
	return nil, d.fail("this is not JSON")
}
