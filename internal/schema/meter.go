package schema

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// What one check may cost. A unit is some 50 ns; the whole budget lasts for about
// 200,000 values with one schema each.
const (
	budget         = 6_000_000
	costEvaluation = 20
	costChild      = 10
	costCompared   = 4
	// A regular expression costs one unit for so many steps of its program, one
	// program per byte; uniqueItems one for so many pairs.
	stepsPerUnit = 5
	pairsPerUnit = 50
	maxProgram   = 2000
)

// errSpent ends a check that has used up its budget; it is thrown, since the
// library has no other way out.
var errSpent = errors.New("budget spent")

// meter is what is left for the check under way.
type meter struct {
	left, full int
	// patterns are the regular expressions that compiling has met so far, programs
	// is their length.
	patterns map[string]*paidPattern
	programs int
}

func newMeter() *meter {
	return &meter{left: budget, full: budget, patterns: map[string]*paidPattern{}}
}

func (m *meter) refill() { m.left = m.full }

func (m *meter) spend(units int) {
	if m.left -= units; m.left < 0 {
		panic(errSpent)
	}
}

// pattern compiles a regular expression whose matching is paid for.
func (m *meter) pattern(text string) (jsonschema.Regexp, error) {
	if known, is := m.patterns[text]; is {
		return known, nil
	}
	if len(text) > MaxPattern {
		return nil, fmt.Errorf("a regular expression has at most %d bytes", MaxPattern)
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	if len(program.Inst) > maxProgram {
		return nil, errors.New("the regular expression repeats too much")
	}
	if m.programs += len(program.Inst); m.programs > MaxPrograms {
		return nil, errors.New("the regular expressions of the schema are too long together")
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	paid := &paidPattern{compiled, m, len(program.Inst)}
	if m.patterns != nil {
		m.patterns[text] = paid
	}
	return paid, nil
}

type paidPattern struct {
	*regexp.Regexp
	meter *meter
	steps int
}

// MatchString implements jsonschema.Regexp.
func (p *paidPattern) MatchString(s string) bool {
	p.meter.spend(1 + len(s)*p.steps/stepsPerUnit)
	return p.Regexp.MatchString(s)
}

// attach makes each evaluation of a part of the schema pay. A format is the one
// thing that the library asks for every value before it descends, so the meter
// takes its place; what would end an evaluation earlier moves behind it.
func (m *meter) attach(root *jsonschema.Schema) *Problem {
	all, problem := reachable(root)
	if problem != nil {
		return problem
	}
	if problem := cyclic(all); problem != nil {
		return problem
	}
	tracksChildren := false
	for _, s := range all {
		tracksChildren = tracksChildren || s.UnevaluatedProperties != nil || s.UnevaluatedItems != nil
	}
	for _, s := range all {
		toll := &toll{meter: m, children: tracksChildren || descends(s), unique: s.UniqueItems}
		if s.Types != nil || s.Const != nil || s.Enum != nil || s.Format != nil {
			toll.behind = &jsonschema.Schema{
				DraftVersion: s.DraftVersion, Location: s.Location, Types: s.Types, Const: s.Const, Enum: s.Enum, Format: s.Format,
			}
			toll.compared = compared(s)
			s.Types, s.Const, s.Enum = nil, nil, nil
		}
		s.Format = &jsonschema.Format{Name: "toll", Validate: toll.pay}
	}
	return nil
}

// toll is what the evaluation of one part of a schema costs.
type toll struct {
	meter *meter
	// behind is what is checked after paying; nil if nothing.
	behind *jsonschema.Schema
	// compared is the size of the values that each value is compared with.
	compared         int
	children, unique bool
}

func (t *toll) pay(v any) error {
	cost := costEvaluation + costCompared*t.compared
	count := 0
	switch v := v.(type) {
	case string:
		cost += len(v) / 64
	case []any:
		if count = len(v); t.unique {
			cost += count * count / pairsPerUnit
		}
	case map[string]any:
		count = len(v)
	}
	if t.children {
		cost += costChild * count
	}
	t.meter.spend(cost)
	if t.behind == nil {
		return nil
	}
	return t.behind.Validate(v)
}

func compared(s *jsonschema.Schema) int {
	size := 0
	if s.Const != nil {
		size += values(*s.Const)
	}
	if s.Enum != nil {
		for _, v := range s.Enum.Values {
			size += values(v)
		}
	}
	return size
}

// reachable lists the parts of a schema, or says what it may not hold.
func reachable(root *jsonschema.Schema) ([]*jsonschema.Schema, *Problem) {
	found := []*jsonschema.Schema{root}
	seen := map[*jsonschema.Schema]bool{root: true}
	branching := 0
	for i := 0; i < len(found); i++ {
		s := found[i]
		place, local := strings.CutPrefix(s.Location, base+"#")
		switch {
		case !local:
			return nil, &Problem{Message: "A $ref names a part of this schema: it begins with #."}
		case s.DynamicRef != nil || s.RecursiveRef != nil:
			return nil, &Problem{Path: place, Message: "Use $ref; $dynamicRef and $recursiveRef are not supported."}
		}
		if combines(s) {
			branching++
		}
		for _, child := range children(s) {
			if child != nil && !seen[child] {
				seen[child] = true
				found = append(found, child)
			}
		}
	}
	if branching > MaxBranching {
		return nil, &Problem{Message: fmt.Sprintf("At most %d parts of a schema refer to or combine others.", MaxBranching)}
	}
	return found, nil
}
