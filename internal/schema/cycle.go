package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// cyclic finds a part of the schema that applies to a value only by applying itself to
// the same value: no evaluation of it could end. Recursion into members and elements is
// not meant.
func cyclic(parts []*jsonschema.Schema) *Problem {
	const underWay, done = 1, 2
	state := make(map[*jsonschema.Schema]int, len(parts))
	var visit func(s *jsonschema.Schema) *jsonschema.Schema
	visit = func(s *jsonschema.Schema) *jsonschema.Schema {
		if s == nil || state[s] == done {
			return nil
		}
		if state[s] == underWay {
			return s
		}
		state[s] = underWay
		for _, next := range inPlace(s) {
			if found := visit(next); found != nil {
				return found
			}
		}
		state[s] = done
		return nil
	}
	for _, s := range parts {
		if found := visit(s); found != nil {
			place, _ := strings.CutPrefix(found.Location, base+"#")
			return &Problem{Path: place, Message: "This part refers to itself: checking it would never end."}
		}
	}
	return nil
}

// inPlace are the parts that apply to the value that s applies to.
func inPlace(s *jsonschema.Schema) []*jsonschema.Schema {
	parts := slices.Concat([]*jsonschema.Schema{s.Ref, s.Not, s.If, s.Then, s.Else}, s.AllOf, s.AnyOf, s.OneOf)
	parts = slices.AppendSeq(parts, maps.Values(s.DependentSchemas))
	for _, dependency := range s.Dependencies {
		if part, is := dependency.(*jsonschema.Schema); is {
			parts = append(parts, part)
		}
	}
	return parts
}
