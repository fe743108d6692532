package schema

import (
	"errors"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Limits of a schema (docs/limits.md).
const (
	// MaxBytes is the length of a schema.
	MaxBytes = 64 << 10
	// MaxDepth is how deep a schema or a payload may be nested.
	MaxDepth = 64
	// MaxParts is how many objects and truth values a schema may hold.
	MaxParts = 2000
	// MaxBranching is how many parts of a schema may refer to or combine others.
	MaxBranching = 500
	// MaxPattern is the length of a regular expression, MaxPrograms of all of a
	// schema when they are compiled, in instructions.
	MaxPattern  = 1024
	MaxPrograms = 20_000
	// MaxProblems is how many problems of one payload are listed.
	MaxProblems = 100
)

// Problem is a mistake in a schema or a payload. Path is a JSON pointer to it,
// empty for the whole document.
type Problem struct {
	Path, Message string
}

// Refused says what is wrong with a schema.
type Refused struct {
	Problems []Problem
}

func (r *Refused) Error() string {
	return "schema" + r.Problems[0].Path + ": " + r.Problems[0].Message
}

// Schema is a compiled JSON Schema. Safe for concurrent use; checks of one schema
// run one after the other.
type Schema struct {
	mu    sync.Mutex
	root  *jsonschema.Schema
	meter *meter
}

// base is where the schema pretends to be; nothing can be loaded from there.
const base = "https://schema.invalid/schema"

// sealed is a loader that loads nothing.
type sealed struct{}

var errNotLocal = errors.New("nothing is loaded from elsewhere")

// Load implements jsonschema.URLLoader.
func (sealed) Load(string) (any, error) { return nil, errNotLocal }

// Compile reads a JSON Schema: draft 2020-12 unless its $schema names an older one.
// A mistake in it is a *Refused.
func Compile(text []byte) (compiled *Schema, err error) {
	if len(text) > MaxBytes {
		return nil, refused("", "A schema has at most %d bytes.", MaxBytes)
	}
	document, problem := parse(text)
	if problem != nil {
		return nil, &Refused{[]Problem{*problem}}
	}
	if parts(document) > MaxParts {
		return nil, refused("", "A schema has at most %d parts.", MaxParts)
	}
	defer func() {
		if recover() != nil {
			compiled, err = nil, refused("", "The schema cannot be compiled.")
		}
	}()
	s := &Schema{meter: newMeter()}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	compiler.UseLoader(sealed{})
	compiler.UseRegexpEngine(s.meter.pattern)
	if err := compiler.AddResource(base, document); err != nil {
		return nil, refusedBy(err, document)
	}
	if s.root, err = compiler.Compile(base); err != nil {
		return nil, refusedBy(err, document)
	}
	s.meter.patterns = nil
	if problem := s.meter.attach(s.root); problem != nil {
		return nil, &Refused{[]Problem{*problem}}
	}
	return s, nil
}

// Check lists what is wrong with a payload, nothing if it fits.
func (s *Schema) Check(payload []byte) (problems []Problem) {
	value, problem := parse(payload)
	if problem != nil {
		return []Problem{*problem}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meter.refill()
	defer func() {
		if reason := recover(); reason == any(errSpent) {
			problems = []Problem{{Message: "The payload takes too much work to check against the schema of its event type."}}
		} else if reason != nil {
			problems = []Problem{{Message: "The payload cannot be checked against the schema of its event type."}}
		}
	}()
	err := s.root.Validate(value)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return []Problem{{Message: sentence(err.Error())}}
	}
	return flatten(nil, invalid)
}
