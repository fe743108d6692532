package schema

import (
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

func refused(path, format string, args ...any) *Refused {
	return &Refused{[]Problem{{path, fmt.Sprintf(format, args...)}}}
}

// refusedBy says in our words, and with the place, why a schema does not compile.
func refusedBy(err error, document any) *Refused {
	if wrong, is := errors.AsType[*jsonschema.SchemaValidationError](err); is {
		if invalid, is := errors.AsType[*jsonschema.ValidationError](wrong.Err); is {
			return &Refused{flatten(nil, invalid)}
		}
	}
	if wrong, is := errors.AsType[*jsonschema.InvalidRegexError](err); is {
		return refused(placeOf(wrong.URL), "The regular expression cannot be used: %v.", wrong.Err)
	}
	if wrong, is := errors.AsType[*jsonschema.LoadURLError](err); is {
		place := reference(document, nil, func(ref string) bool { return !strings.HasPrefix(ref, "#") })
		return refused(place, "Nothing is loaded from elsewhere: a $ref begins with #, $schema names a draft of JSON Schema (%s).", clip(wrong.URL))
	}
	if wrong, is := errors.AsType[*jsonschema.JSONPointerNotFoundError](err); is {
		return refusedReference(wrong.URL, document)
	}
	if wrong, is := errors.AsType[*jsonschema.AnchorNotFoundError](err); is {
		return refusedReference(wrong.Reference, document)
	}
	return refused("", "%s", sentence(strings.ReplaceAll(err.Error(), base, "")))
}

func refusedReference(target string, document any) *Refused {
	_, fragment, _ := strings.Cut(target, "#")
	place := reference(document, nil, func(ref string) bool {
		_, wanted, _ := strings.Cut(ref, "#")
		return wanted == fragment
	})
	return refused(place, "There is nothing at #%s.", clip(fragment))
}

// reference finds the first reference that is wanted.
func reference(v any, place []string, wanted func(ref string) bool) string {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			if found := reference(item, append(place, fmt.Sprint(i)), wanted); found != "" {
				return found
			}
		}
	case map[string]any:
		for _, name := range []string{"$ref", "$schema"} {
			if ref, is := v[name].(string); is && wanted(ref) {
				return pointer(append(place, name))
			}
		}
		for name, member := range v {
			if found := reference(member, append(place, name), wanted); found != "" {
				return found
			}
		}
	}
	return ""
}

// placeOf is the pointer in the fragment of a location.
func placeOf(location string) string {
	_, fragment, _ := strings.Cut(location, "#")
	if plain, err := url.PathUnescape(fragment); err == nil {
		fragment = plain
	}
	return clip(fragment)
}

// flatten lists the leaves of what the library found.
func flatten(problems []Problem, e *jsonschema.ValidationError) []Problem {
	if len(problems) >= MaxProblems {
		return problems
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return append(problems, Problem{pointer(e.InstanceLocation), alternatives(e)})
	case *kind.PropertyNames:
		return append(problems, Problem{pointer(e.InstanceLocation), fmt.Sprintf("The member name %q does not fit.", clip(k.Property))})
	case *kind.Format:
		if behind, is := k.Err.(*jsonschema.ValidationError); is { //nolint:errorlint // the toll returns it as it is
			for _, cause := range behind.Causes {
				problems = append(problems, Problem{pointer(e.InstanceLocation), describe(cause.ErrorKind)})
			}
			return problems
		}
	}
	if len(e.Causes) == 0 {
		return append(problems, Problem{pointer(e.InstanceLocation), describe(e.ErrorKind)})
	}
	for _, cause := range e.Causes {
		problems = flatten(problems, cause)
	}
	return problems[:min(len(problems), MaxProblems)]
}

// alternatives explains a value that fits none of several schemas, or too many.
func alternatives(e *jsonschema.ValidationError) string {
	if one, is := e.ErrorKind.(*kind.OneOf); is && len(one.Subschemas) > 0 {
		return "More than one of the alternatives in oneOf fits."
	}
	text := "None of the alternatives fits."
	if len(e.Causes) > 0 {
		if first := flatten(nil, e.Causes[0]); len(first) > 0 {
			text += " The first one: " + first[0].Message
		}
	}
	return clip(text)
}

// describe says what is wrong with one value.
func describe(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case nil:
		return "The value does not fit."
	case *kind.Type:
		return fmt.Sprintf("Expected %s, got %s.", strings.Join(k.Want, " or "), k.Got)
	case *kind.FalseSchema:
		return "Nothing is allowed here."
	case *kind.Required:
		return sentence(fmt.Sprintf("missing: %s", quoted(k.Missing)))
	case *kind.AdditionalProperties:
		return sentence(fmt.Sprintf("not allowed: %s", quoted(k.Properties)))
	case *kind.Minimum:
		return "At least " + number(k.Want) + " is allowed."
	case *kind.Maximum:
		return "At most " + number(k.Want) + " is allowed."
	case *kind.ExclusiveMinimum:
		return "More than " + number(k.Want) + " is needed."
	case *kind.ExclusiveMaximum:
		return "Less than " + number(k.Want) + " is needed."
	}
	text := (&jsonschema.ValidationError{ErrorKind: k}).Error()
	return sentence(strings.TrimPrefix(text, "at '': "))
}

// number writes a limit with all its digits.
func number(r *big.Rat) string {
	if r.IsInt() {
		return clip(r.Num().String())
	}
	nearest, _ := r.Float64()
	return strconv.FormatFloat(nearest, 'g', -1, 64)
}

func quoted(names []string) string {
	const most = 10
	shown := make([]string, 0, most+1)
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, fmt.Sprintf("%q", clip(name)))
	}
	if len(names) > most {
		shown = append(shown, fmt.Sprintf("%d more", len(names)-most))
	}
	return strings.Join(shown, ", ")
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(text string) string {
	text = clip(strings.TrimRight(text, "."))
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}

// clip keeps an answer from echoing a long value in full.
func clip(text string) string {
	const most = 300
	text = strings.ToValidUTF8(text, "\uFFFD")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}
