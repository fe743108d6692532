package deliver

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"
)

// nested is how often escapes are undone: JSON, and JSON in a string of it.
const nested = 2

// secrets are texts that may not be shown.
type secrets []string

// hideInText is hide for a text that is whole.
func (s secrets) hideInText(text string) string {
	if !strings.Contains(text, `\`) && !slices.ContainsFunc(s, func(secret string) bool { return strings.Contains(text, secret) }) {
		return text
	}
	return string(s.hide([]byte(text), false))
}

// hide masks secrets where they stand as they are and where they stand in a JSON
// string, in any of the spellings that JSON has for a character. A text that was cut
// may end within one. Everything else stays to the byte.
func (s secrets) hide(text []byte, cut bool) []byte {
	if !cut && bytes.IndexByte(text, '\\') < 0 && !slices.ContainsFunc(s, func(secret string) bool { return bytes.Contains(text, []byte(secret)) }) {
		return text // as nearly always
	}
	var hidden []bool
	found := func(from, to int) {
		if hidden == nil {
			hidden = make([]bool, len(text))
		}
		for i := from; i < to; i++ {
			hidden[i] = true
		}
	}
	r := &reading{text: text}
	for level := 0; ; level++ {
		for _, secret := range s {
			r.find(secret, found)
			if n := r.endsWithin(secret); cut && n > 0 {
				found(r.place(len(r.text)-n), len(text))
			}
		}
		if level == nested || !r.mayHold(s) {
			break
		}
		r = r.unescaped()
	}
	if hidden == nil {
		return text
	}
	return masked(text, hidden)
}

// masked puts a mask in the place of each run of bytes that are hidden.
func masked(text []byte, hidden []bool) []byte {
	shown := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		end := i + 1
		for end < len(text) && hidden[end] == hidden[i] {
			end++
		}
		if hidden[i] {
			shown = append(shown, mask[:min(end-i, len(mask))]...)
		} else {
			shown = append(shown, text[i:end]...)
		}
		i = end
	}
	return shown
}

// reading is a text after escapes were undone.
type reading struct {
	text []byte
	// from is the text with the escapes; nil if this is the text as it came.
	from *reading
	// undone is made when a place is asked for, which is rare.
	undone []undone
}

// undone is an escape that ended before a place of a reading. So many bytes more were
// before that place until then.
type undone struct{ place, more int }

// place is where a byte was in the text as it came.
func (r *reading) place(i int) int {
	if r.from == nil {
		return i
	}
	if r.undone == nil {
		more := 0
		for e := range escapes(r.from.text) {
			if e.size == 0 {
				break
			}
			more += e.size - 1
			r.undone = append(r.undone, undone{e.place + e.size - more, more})
		}
	}
	before, _ := slices.BinarySearchFunc(r.undone, i+1, func(u undone, i int) int { return cmp.Compare(u.place, i) })
	if before > 0 {
		i += r.undone[before-1].more
	}
	return r.from.place(i)
}

// find reports the places of a secret in the text as it came.
func (r *reading) find(secret string, found func(from, to int)) {
	for from := 0; ; from += len(secret) {
		i := bytes.Index(r.text[from:], []byte(secret))
		if i < 0 {
			return
		}
		from += i
		found(r.place(from), r.place(from+len(secret)))
	}
}

// endsWithin is how much of the beginning of a secret is at the end of the text.
func (r *reading) endsWithin(secret string) int {
	for n := min(len(secret)-1, len(r.text)); n >= minPart; n-- {
		if string(r.text[len(r.text)-n:]) == secret[:n] {
			return n
		}
	}
	return 0
}

// mayHold says whether undoing the escapes could bring forth a secret.
func (r *reading) mayHold(s secrets) bool {
	var known [1 << 8]bool
	for e := range escapes(r.text) {
		if !known[0] { // nothing is looked up in an answer without escapes
			known[0], known['\\'] = true, true
			for _, secret := range s {
				for i := range len(secret) {
					known[secret[i]] = true
				}
			}
		}
		if known[e.char] {
			return true
		}
	}
	return false
}

// unescaped undoes the escapes of JSON strings once. One that is cut at the end of the
// text is left out.
func (r *reading) unescaped() *reading {
	u := &reading{text: make([]byte, 0, len(r.text)), from: r}
	copied := 0
	for e := range escapes(r.text) {
		u.text = append(u.text, r.text[copied:e.place]...)
		if e.size == 0 {
			return u
		}
		u.text = append(u.text, e.char)
		copied = e.place + e.size
	}
	u.text = append(u.text, r.text[copied:]...)
	return u
}

// escape is how a JSON string may spell a character.
type escape struct {
	place, size int // of size 0 is one that is cut at the end of the text
	char        byte
}

// escapes lists those of a text, but not those of characters that no secret holds.
func escapes(text []byte) iter.Seq[escape] {
	return func(yield func(escape) bool) {
		for i := 0; i < len(text); {
			next := bytes.IndexByte(text[i:], '\\')
			if next < 0 {
				return
			}
			i += next
			c, size := unescape(text[i:])
			if size != 1 && !yield(escape{i, size, c}) || size == 0 {
				return
			}
			i += size
		}
	}
}

// unescape is the character that a text begins with and how many bytes spell it: 0 if
// the text ends before that is known. Characters that no secret holds stay escaped.
func unescape(text []byte) (c byte, size int) {
	switch {
	case text[0] != '\\':
		return text[0], 1
	case len(text) == 1:
		return 0, 0
	case text[1] == 't':
		return '\t', 2
	case text[1] == 'u':
		return unescapeNumber(text)
	case strings.IndexByte(`"\/'`, text[1]) >= 0:
		return text[1], 2
	default:
		return text[0], 1
	}
}

// unescapeNumber is unescape for \u and four hexadecimal digits.
func unescapeNumber(text []byte) (c byte, size int) {
	const length = len(`\u0000`)
	number := 0
	for i := 2; i < length; i++ {
		if i == len(text) {
			return 0, 0
		}
		digit := strings.IndexByte("0123456789abcdef", text[i]|0x20)
		if digit < 0 {
			return text[0], 1
		}
		number = number<<4 | digit
	}
	if number > '~' {
		return text[0], 1
	}
	return byte(number), length
}
