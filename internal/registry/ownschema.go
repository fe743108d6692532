package registry

import (
	"bytes"
	"errors"
	"sync"

	"github.com/tidingshq/tidings/internal/schema"
	"github.com/tidingshq/tidings/internal/webhook"
)

// ownType is an event type of a tenant in a snapshot.
type ownType struct {
	webhook.OwnEventType
	checker *checker
}

// checker compiles a schema when it is first needed. Snapshots hand it on for as
// long as the schema stays the same.
type checker struct {
	text     []byte
	once     sync.Once
	compiled *schema.Schema
	err      error
}

func newOwnType(e webhook.OwnEventType) *ownType {
	return &ownType{OwnEventType: e, checker: &checker{text: e.Schema}}
}

func (o *ownType) check(payload []byte) []schema.Problem {
	c := o.checker
	c.once.Do(func() { c.compiled, c.err = schema.Compile(c.text) })
	if refused, is := errors.AsType[*schema.Refused](c.err); is {
		return refused.Problems
	}
	return c.compiled.Check(payload)
}

// keepCompiled takes over from old the schemas that have not changed.
func (s *snapshot) keepCompiled(old *snapshot) {
	for id, t := range s.tenants {
		before, is := old.tenants[id]
		if !is {
			continue
		}
		for name, own := range t.own {
			if was, is := before.own[name]; is && bytes.Equal(was.Schema, own.Schema) {
				own.checker = was.checker
			}
		}
	}
}
