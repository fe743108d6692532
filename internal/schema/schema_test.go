package schema

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustCompile(t *testing.T, text string) *Schema {
	t.Helper()
	s, err := Compile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const order = `{"type":"object","required":["event","data"],"properties":{"event":{"const":"order.paid"},
	"data":{"$ref":"#/$defs/order"}},"$defs":{"order":{"type":"object","required":["id"],"additionalProperties":false,
	"properties":{"id":{"type":"string","pattern":"^o_[0-9]+$"},"amount":{"type":"integer","maximum":9007199254740993},
	"when":{"format":"date-time"},"kind":{"anyOf":[{"const":1},{"type":"string"}]}}}}}`

func TestCheck(t *testing.T) {
	t.Parallel()
	s := mustCompile(t, order)
	tests := map[string][]Problem{
		`{"event":"order.paid","data":{"id":"o_1","amount":9007199254740993,"when":"2026-01-02T03:04:05Z"}}`: nil,
		`{"event":"order.paid","data":{"id":"o_1","amount":9007199254740994}}`:                               {{"/data/amount", "At most 9007199254740993 is allowed."}},
		`{"event":"order.paid","data":{"id":"o_1","amount":1.5}}`:                                            {{"/data/amount", "Expected integer, got number."}},
		`{"event":"order.paid","data":{"id":"x"}}`:                                                           {{"/data/id", "'x' does not match pattern '^o_[0-9]+$'."}},
		`{"event":"order.paid","data":{"id":"o_1","x~/y":1}}`:                                                {{"/data", `Not allowed: "x~/y".`}},
		`{"event":"order.paid"}`:                                        {{"", `Missing: "data".`}},
		`{"event":"order.paid","data":7}`:                               {{"/data", "Expected object, got number."}},
		`{"event":"order.paid","data":{"id":"o_1","when":"yesterday"}}`: {{"/data/when", "'yesterday' is not valid date-time: less than 20 characters long."}},
		`{"event":"order.paid","data":{"id":"o_1","kind":false}}`:       {{"/data/kind", "None of the alternatives fits. The first one: Value must be 1."}},
		`{"event":"order.paid","data":{"id":"o_1","amount":1e999999}}`:  {{"/data/amount", "The number is too long to be checked: at most 400 digits, exponent at most 400."}},
		`{"event":"order.paid"`:                                         {{"", "This is not JSON: unexpected EOF."}},
	}
	for payload, want := range tests {
		if diff := cmp.Diff(want, s.Check([]byte(payload))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", payload, diff)
		}
	}
}

func TestSeveralProblemsAreListed(t *testing.T) {
	t.Parallel()
	s := mustCompile(t, `{"properties":{"a":{"type":"string"},"b":{"type":"string","minLength":2},"c":{"items":{"type":"string"}}}}`)
	problems := s.Check([]byte(`{"a":1,"b":"x","c":[` + strings.Repeat("1,", 500) + `1]}`))
	if len(problems) != MaxProblems {
		t.Errorf("%d problems", len(problems))
	}
	if got := s.Check([]byte(`{"a":1,"b":"x"}`)); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

// Each refusal names the place in the schema.
func TestBadSchemas(t *testing.T) {
	t.Parallel()
	tests := map[string]Problem{
		`{"properties":{"a":{"type":"strng"}}}`:                          {"/properties/a/type", "None of the alternatives fits."},
		`{"properties":{"a":{"minLength":-1}}}`:                          {"/properties/a/minLength", "At least 0 is allowed."},
		`{"properties":{"a":{"pattern":"(?=x)"}}}`:                       {"/properties/a/pattern", ""},
		`{"patternProperties":{"[":{}}}`:                                 {"/patternProperties", ""},
		`{"properties":{"a":{"$ref":"https://example.com/a.json"}}}`:     {"/properties/a/$ref", "Nothing is loaded from elsewhere"},
		`{"properties":{"a":{"$ref":"file:///etc/passwd"}}}`:             {"/properties/a/$ref", "Nothing is loaded from elsewhere"},
		`{"properties":{"a":{"$ref":"other.json"}}}`:                     {"/properties/a/$ref", "Nothing is loaded from elsewhere"},
		`{"$schema":"https://example.com/mine"}`:                         {"/$schema", "Nothing is loaded from elsewhere"},
		`{"items":{"$ref":"#/$defs/missing"}}`:                           {"/items/$ref", "There is nothing at #/$defs/missing."},
		`{"items":{"$ref":"#missing"}}`:                                  {"/items/$ref", "There is nothing at #missing."},
		`{"$ref":"https://json-schema.org/draft/2020-12/schema"}`:        {"", "A $ref names a part of this schema"},
		`{"$dynamicAnchor":"x","properties":{"a":{"$dynamicRef":"#x"}}}`: {"/properties/a", "Use $ref"},
		`{"$ref":"#"}`: {"", "This part refers to itself"},
		`{"properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"$ref":"#/$defs/a"}}}`: {"/$defs/a", "This part refers to itself"},
		`{"if":{"$ref":"#"}}`:                                                  {"", "This part refers to itself"},
		`{"properties":{"a":{"maximum":1e999999}}}`:                            {"/properties/a/maximum", "The number is too long"},
		`{"properties":{"a":{"pattern":"` + strings.Repeat("a", 2000) + `"}}}`: {"/properties/a/pattern", ""},
		`{"properties":{"a":{"pattern":"([a-z]{30}[0-9]{30}){30}x{900}"}}}`:    {"/properties/a/pattern", ""},
		`7`:     {"", "Expected"},
		`{`:     {"", "This is not JSON"},
		`{} {}`: {"", "Something follows"},
		strings.Repeat(`{"not":`, 100) + "{}" + strings.Repeat("}", 100): {"", "Nesting is deeper than 64 levels."},
		`{"allOf":[` + strings.Repeat("true,", 5000) + `true]}`:          {"", "A schema has at most 2000 parts."},
		`{"allOf":[` + strings.Repeat(`{"not":{}},`, 600) + `true]}`:     {"", "At most 500 parts"},
		`{"description":"` + strings.Repeat("x", MaxBytes) + `"}`:        {"", "A schema has at most 65536 bytes."},
	}
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf(`{"pattern":"(a{30}){30}%d"}`, i))
	}
	tests[`{"allOf":[`+strings.Join(many, ",")+`]}`] = Problem{"/allOf/20/pattern", ""}
	for text, want := range tests {
		_, err := Compile([]byte(text))
		var refused *Refused
		if !errors.As(err, &refused) {
			t.Errorf("%.80s: %v", text, err)
			continue
		}
		if got := refused.Problems[0]; got.Path != want.Path || !strings.HasPrefix(got.Message, want.Message) {
			t.Errorf("%.80s: %+v", text, refused.Problems)
		}
	}
}

func TestDrafts(t *testing.T) {
	t.Parallel()
	for _, draft := range []string{
		"http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#", "http://json-schema.org/draft-07/schema#",
		"https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema",
	} {
		s := mustCompile(t, fmt.Sprintf(`{"$schema":%q,"$id":"https://example.com/order","properties":{"a":{"$ref":"#/definitions/a"}},"definitions":{"a":{"type":"string"}}}`, draft))
		if got := s.Check([]byte(`{"a":1}`)); len(got) != 1 || got[0].Path != "/a" {
			t.Errorf("%s: %v", draft, got)
		}
		if got := s.Check([]byte(`{"a":"1"}`)); len(got) != 0 {
			t.Errorf("%s: %v", draft, got)
		}
	}
}

// What would take for ever ends: the budget is spent.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 60) + "1" + strings.Repeat("}", 60)
	nested := strings.Repeat(`[`, 60) + "1" + strings.Repeat("]", 60)
	chain := func(n int) string {
		var defs []string
		for i := range n {
			defs = append(defs, fmt.Sprintf(`"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`, i, i+1, i+1))
		}
		return fmt.Sprintf(`{"$ref":"#/$defs/d0","$defs":{%s,"d%d":{"type":"object"}}}`, strings.Join(defs, ","), n)
	}
	numbers := "[" + strings.Repeat("1,", 20_000) + "1]"
	collisions := make([]string, 4_000)
	for i := range collisions {
		collisions[i] = fmt.Sprint(i)
	}
	tests := map[string]struct{ schema, payload string }{
		"RecursionTwice":       {`{"properties":{"a":{"$ref":"#"}},"patternProperties":{"^a":{"$ref":"#"}},"not":{"type":"string"}}`, deep},
		"RecursionUnderNot":    {`{"not":{"$ref":"#/$defs/x"},"$defs":{"x":{"items":{"$ref":"#/$defs/x"},"contains":{"$ref":"#/$defs/x"},"type":["array","string"]}}}`, nested},
		"ReferencesTwice":      {chain(60), `{}`},
		"ManyErrors":           {`{"items":{"type":"string"}}`, numbers},
		"ManyErrorsOfFalse":    {`{"items":false}`, "[" + strings.Repeat("1,", 30_000) + "1]"},
		"UniqueItems":          {`{"uniqueItems":true}`, "[" + strings.Join(collisions, ",") + "]"},
		"PatternOnLongString":  {`{"pattern":"([a-z]+[0-9]*){40}$"}`, `"` + strings.Repeat("a", 20_000) + `"`},
		"EnumForEachOfMany":    {`{"items":{"enum":[` + strings.Repeat("1,", 5000) + `2]}}`, "[" + strings.Repeat("3,", 50) + "3]"},
		"UnevaluatedTimesMany": {`{"unevaluatedItems":true,"allOf":[` + strings.Repeat(`{"minItems":1},`, 490) + `{}]}`, "[" + strings.Repeat("1,", 1_000) + "1]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mustCompile(t, test.schema)
			s.meter.full = budget / 30
			got := s.Check([]byte(test.payload))
			if len(got) != 1 || !strings.HasPrefix(got[0].Message, "The payload takes too much work") {
				t.Errorf("%v", got)
			}
			if got := s.Check([]byte(`"x"`)); len(got) > 1 {
				t.Errorf("afterwards: %v", got)
			}
		})
	}
}

func TestOrdinaryPayloadsAreWithinTheBudget(t *testing.T) {
	t.Parallel()
	s := mustCompile(t, `{"properties":{"rows":{"items":{"$ref":"#/$defs/row"}}},"unevaluatedProperties":false,
		"$defs":{"row":{"type":"object","required":["id"],"properties":{"id":{"type":"string","pattern":"^r_[0-9]+$"},"n":{"type":"number","minimum":0}}}}}`)
	payload := `{"rows":[` + strings.Repeat(`{"id":"r_123","n":12.5},`, 5_000) + `{"id":"r_1"}]}`
	if got := s.Check([]byte(payload)); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func FuzzSchema(f *testing.F) {
	f.Add(order, `{"event":"order.paid","data":{"id":"o_1"}}`)
	f.Add(`{"$ref":"#"}`, `1`)
	f.Add(`{"type":"array","uniqueItems":true,"items":{"multipleOf":0.1}}`, `[1e400,-0,0.1]`)
	f.Fuzz(func(_ *testing.T, text, payload string) {
		if s, err := Compile([]byte(text)); err == nil {
			s.Check([]byte(payload))
		}
	})
}
