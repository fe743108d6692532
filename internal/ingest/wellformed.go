package ingest

import (
	"bytes"
	"encoding/binary"
	"math"
)

// part is a member of an object or an element of an array, which has no name. Both are
// as they were written.
type part struct{ name, value []byte }

// wellFormed says whether a text is one JSON value, without white space around it, that
// is nested at most limit levels deep, and takes the outermost object or array apart. It
// agrees with encoding/json (FuzzWellFormed), which needs several times as long: this is
// what every byte that is posted goes through. It is not told why it says no.
func wellFormed(text []byte, limit int) (parts []part, ok bool) {
	parts, _, ok = wellFormedUpTo(text, limit, math.MaxInt)
	return parts, ok
}

// wellFormedUpTo is wellFormed for a text that may have more parts than anybody wants: of
// those there are it returns the first.
func wellFormedUpTo(text []byte, limit, most int) (parts []part, all int, ok bool) {
	w := walker{text: text, limit: limit, most: most}
	ok = w.value(0) && w.at == len(text)
	return w.parts, w.all, ok
}

// walker goes through a text once. Its methods stand at the first byte of what they are
// named after and leave at the first byte behind it.
type walker struct {
	text  []byte
	at    int
	limit int
	// parts are the first of all, at most so many.
	parts     []part
	all, most int
}

func (w *walker) value(depth int) bool {
	switch w.peek() {
	case '{':
		return depth < w.limit && w.object(depth+1)
	case '[':
		return depth < w.limit && w.array(depth+1)
	case '"':
		return w.quoted()
	case 't':
		return w.word("true")
	case 'f':
		return w.word("false")
	case 'n':
		return w.word("null")
	default:
		return w.number()
	}
}

// peek returns the present byte; 0, which nothing begins with, at the end.
func (w *walker) peek() byte {
	if w.at < len(w.text) {
		return w.text[w.at]
	}
	return 0
}

func (w *walker) space() {
	for w.at < len(w.text) {
		switch w.text[w.at] {
		case ' ', '\t', '\n', '\r':
			w.at++
		default:
			return
		}
	}
}

// next passes over one byte, if it is that, and the white space behind it.
func (w *walker) next(c byte) bool {
	if w.peek() != c {
		return false
	}
	w.at++
	w.space()
	return true
}

func (w *walker) object(depth int) bool {
	w.next('{')
	if w.peek() == '}' {
		w.at++
		return true
	}
	for {
		begin := w.at
		if w.peek() != '"' || !w.quoted() {
			return false
		}
		name := w.text[begin:w.at]
		w.space()
		if !w.next(':') || !w.part(depth, name) {
			return false
		}
		if w.peek() == '}' {
			w.at++
			return true
		}
		if !w.next(',') {
			return false
		}
	}
}

func (w *walker) array(depth int) bool {
	w.next('[')
	if w.peek() == ']' {
		w.at++
		return true
	}
	for {
		if !w.part(depth, nil) {
			return false
		}
		if w.peek() == ']' {
			w.at++
			return true
		}
		if !w.next(',') {
			return false
		}
	}
}

// part is the value of a member or an element, with the white space behind it.
func (w *walker) part(depth int, name []byte) bool {
	begin := w.at
	if !w.value(depth) {
		return false
	}
	if depth == 1 {
		if w.all++; w.all <= w.most {
			w.parts = append(w.parts, part{name, w.text[begin:w.at]})
		}
	}
	w.space()
	return true
}

func (w *walker) word(word string) bool {
	ok := bytes.HasPrefix(w.text[w.at:], []byte(word))
	w.at += len(word)
	return ok
}

func (w *walker) number() bool {
	if w.peek() == '-' {
		w.at++
	}
	if w.peek() == '0' {
		w.at++
	} else if !w.digits() {
		return false
	}
	if w.peek() == '.' {
		if w.at++; !w.digits() {
			return false
		}
	}
	if c := w.peek(); c == 'e' || c == 'E' {
		w.at++
		if c := w.peek(); c == '+' || c == '-' {
			w.at++
		}
		return w.digits()
	}
	return true
}

// digits passes over at least one.
func (w *walker) digits() bool {
	begin := w.at
	for c := w.peek(); c >= '0' && c <= '9'; c = w.peek() {
		w.at++
	}
	return w.at > begin
}

// quoted is a string. Eight bytes at a time are looked at for as long as none of them is
// special.
func (w *walker) quoted() bool {
	for w.at++; ; {
		for len(w.text)-w.at >= 8 && !special(binary.LittleEndian.Uint64(w.text[w.at:])) {
			w.at += 8
		}
		switch c := w.peek(); {
		case c == '"':
			w.at++
			return true
		case c < ' ': // or the end
			return false
		case c != '\\':
			w.at++
		case !w.escape():
			return false
		}
	}
}

// special says whether one of eight bytes is a quote, a backslash or below the space.
func special(eight uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote, back := eight^(ones*'"'), eight^(ones*'\\')
	return ((eight-ones*' ')&^eight|(quote-ones)&^quote|(back-ones)&^back)&highs != 0
}

func (w *walker) escape() bool {
	w.at++
	switch w.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		w.at++
		return true
	case 'u':
		w.at++
		for range 4 {
			c := w.peek()
			if letter := c | 0x20; (c < '0' || c > '9') && (letter < 'a' || letter > 'f') {
				return false
			}
			w.at++
		}
		return true
	default:
		return false
	}
}
