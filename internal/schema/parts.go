package schema

import (
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// combines says whether a part applies others to the same value.
func combines(s *jsonschema.Schema) bool {
	return s.Ref != nil || s.Not != nil || s.If != nil || len(s.AllOf)+len(s.AnyOf)+len(s.OneOf)+len(s.DependentSchemas)+len(s.Dependencies) > 0
}

// descends says whether a part looks at the members or items of a value.
func descends(s *jsonschema.Schema) bool {
	return len(s.Properties)+len(s.PatternProperties)+len(s.PrefixItems) > 0 || s.AdditionalProperties != nil || s.PropertyNames != nil ||
		s.Items != nil || s.AdditionalItems != nil || s.Items2020 != nil || s.Contains != nil
}

// children lists the parts that a part names; some may be nil.
func children(s *jsonschema.Schema) []*jsonschema.Schema {
	found := []*jsonschema.Schema{
		s.Ref, s.Not, s.If, s.Then, s.Else, s.PropertyNames, s.UnevaluatedProperties, s.Contains, s.Items2020, s.UnevaluatedItems, s.ContentSchema,
	}
	found = slices.Concat(found, s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems)
	found = slices.AppendSeq(found, maps.Values(s.Properties))
	found = slices.AppendSeq(found, maps.Values(s.PatternProperties))
	found = slices.AppendSeq(found, maps.Values(s.DependentSchemas))
	for _, dependency := range s.Dependencies {
		if child, is := dependency.(*jsonschema.Schema); is {
			found = append(found, child)
		}
	}
	for _, either := range []any{s.AdditionalProperties, s.Items, s.AdditionalItems} {
		switch either := either.(type) {
		case *jsonschema.Schema:
			found = append(found, either)
		case []*jsonschema.Schema:
			found = append(found, either...)
		}
	}
	return found
}
