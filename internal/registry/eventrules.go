package registry

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/schema"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Limits of own event types (docs/limits.md).
const (
	// MaxEventTypes is how many a tenant may have.
	MaxEventTypes = 1000
	// MaxEventTypeBytes bounds the schemas and examples of a tenant together: they
	// are held in memory.
	MaxEventTypeBytes = 4 << 20
	// MaxExample is the length of an example, in bytes.
	MaxExample = 64 << 10
	// MaxGroup and MaxDescription are lengths in code points.
	MaxGroup       = 64
	MaxDescription = 1000
)

// checkEventType holds an event type against the rules.
func (r *Registry) checkEventType(e *webhook.OwnEventType) error {
	var problems []*webhook.Invalid
	report := func(field, code, format string, args ...any) {
		problems = append(problems, &webhook.Invalid{Field: field, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if !e.Name.ValidName() {
		report("name", "invalid_name", "A name is words of letters, digits, - and _ with dots between them, at most %d characters.", webhook.MaxEventTypeName)
	}
	if utf8.RuneCountInString(e.Group) > MaxGroup {
		report("group", "too_long", "A group has at most %d characters.", MaxGroup)
	}
	if utf8.RuneCountInString(e.Description) > MaxDescription {
		report("description", "too_long", "A description has at most %d characters.", MaxDescription)
	}
	compiled, invalid := compileSchema(e.Schema)
	problems = append(problems, invalid...)
	problems = append(problems, checkExample(e, compiled)...)
	problems = append(problems, r.checkRoom(e)...)
	if len(problems) > 0 {
		return &Refused{Problems: problems}
	}
	return nil
}

func compileSchema(text []byte) (*schema.Schema, []*webhook.Invalid) {
	if len(text) == 0 {
		return nil, nil
	}
	compiled, err := schema.Compile(text)
	if err == nil {
		return compiled, nil
	}
	var refused *schema.Refused
	if !errors.As(err, &refused) {
		return nil, []*webhook.Invalid{{Field: "schema", Code: "invalid_schema", Message: err.Error()}}
	}
	return nil, invalidOf("schema", "invalid_schema", refused.Problems)
}

func invalidOf(field, code string, problems []schema.Problem) []*webhook.Invalid {
	found := make([]*webhook.Invalid, len(problems))
	for i, p := range problems {
		found[i] = &webhook.Invalid{Field: field + p.Path, Code: code, Message: p.Message}
	}
	return found
}

// checkExample holds the example against what a posted event must be.
func checkExample(e *webhook.OwnEventType, compiled *schema.Schema) []*webhook.Invalid {
	refuse := func(code, format string, args ...any) []*webhook.Invalid {
		return []*webhook.Invalid{{Field: "example", Code: code, Message: fmt.Sprintf(format, args...)}}
	}
	if len(e.Example) == 0 {
		return nil
	}
	if len(e.Example) > MaxExample {
		return refuse("too_long", "An example has at most %d bytes.", MaxExample)
	}
	switch name, problem := ingest.CheckPayload(e.Example); {
	case problem != nil:
		return refuse("invalid_example", "The example is a payload as it is posted. %s", problem.Message)
	case name != e.Name:
		return refuse("invalid_example", `The example is a payload as it is posted: it needs "event":%q.`, e.Name)
	case compiled == nil:
		return nil
	}
	return invalidOf("example", "schema_mismatch", compiled.Check(e.Example))
}

// checkRoom bounds what a tenant's own event types take in memory.
func (r *Registry) checkRoom(e *webhook.OwnEventType) []*webhook.Invalid {
	t := r.tenantNow(e.Tenant)
	count, size := 1, len(e.Schema)+len(e.Example)
	for name, other := range t.own {
		if name != e.Name {
			count++
			size += len(other.Schema) + len(other.Example)
		}
	}
	switch {
	case count > MaxEventTypes:
		return []*webhook.Invalid{{Field: "name", Code: "too_many", Message: fmt.Sprintf("There can be %d event types of your own.", MaxEventTypes)}}
	case size > MaxEventTypeBytes:
		return []*webhook.Invalid{{Field: "schema", Code: "too_many", Message: fmt.Sprintf("Schemas and examples may have %d bytes together.", MaxEventTypeBytes)}}
	}
	return nil
}
