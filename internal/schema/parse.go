package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A number is worked with exactly, which takes time and memory by its magnitude.
const (
	maxDigits   = 400
	maxExponent = 400
)

// parse reads one JSON document, keeps the digits of its numbers, and refuses what
// would be costly to work with.
func parse(text []byte) (any, *Problem) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return nil, &Problem{Message: "This is not JSON: " + err.Error() + "."}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, &Problem{Message: "Something follows the JSON document."}
	}
	if problem := judge(document, nil); problem != nil {
		return nil, problem
	}
	return document, nil
}

func judge(v any, place []string) *Problem {
	if len(place) > MaxDepth {
		return &Problem{Message: fmt.Sprintf("Nesting is deeper than %d levels.", MaxDepth)}
	}
	switch v := v.(type) {
	case json.Number:
		if !handy(v.String()) {
			return &Problem{Path: pointer(place), Message: fmt.Sprintf("The number is too long to be checked: at most %d digits, exponent at most %d.", maxDigits, maxExponent)}
		}
	case []any:
		for i, item := range v {
			if problem := judge(item, append(place, strconv.Itoa(i))); problem != nil {
				return problem
			}
		}
	case map[string]any:
		for name, member := range v {
			if problem := judge(member, append(place, name)); problem != nil {
				return problem
			}
		}
	}
	return nil
}

// handy says whether a number can be worked with exactly at little cost.
func handy(number string) bool {
	if len(number) > maxDigits {
		return false
	}
	at := strings.IndexAny(number, "eE")
	if at < 0 {
		return true
	}
	exponent, err := strconv.Atoi(number[at+1:])
	return err == nil && exponent <= maxExponent && exponent >= -maxExponent
}

// parts counts the objects and truth values of a document: each may be a schema.
func parts(v any) int {
	count := 0
	switch v := v.(type) {
	case bool:
		return 1
	case []any:
		for _, item := range v {
			count += parts(item)
		}
	case map[string]any:
		count = 1
		for _, member := range v {
			count += parts(member)
		}
	}
	return count
}

// values counts everything in a document.
func values(v any) int {
	count := 1
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			count += values(item)
		}
	case map[string]any:
		for _, member := range v {
			count += values(member)
		}
	}
	return count
}

// Pointer writes the place of a member as a JSON pointer; that of "" is the whole
// document.
func Pointer(member string) string {
	if member == "" {
		return ""
	}
	return pointer([]string{member})
}

// pointer writes a place as a JSON pointer.
func pointer(place []string) string {
	var text strings.Builder
	for _, part := range place {
		text.WriteByte('/')
		text.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	return clip(text.String())
}
