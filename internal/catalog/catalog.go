// Package catalog knows the event types: those of Logto, in the order of Logto's
// schema, each with its group, a description and a sample payload of the real
// shape. It also makes Logto's own test payloads, byte for byte. Event types of a
// tenant's own are not here.
package catalog

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

//go:embed event-types.json samples/*.json
var files embed.FS

// sampleTime is the createdAt that every sample file carries.
const sampleTime = "2026-01-15T09:30:00.000Z"

const timeFormat = "2006-01-02T15:04:05.000Z"

// Type is a known event type.
type Type struct {
	Name        webhook.EventType `json:"name"`
	Group       string            `json:"group"`
	Description string            `json:"description"`

	// sample is compact JSON with its members in the order in which they are sent.
	sample []byte
}

// Sample is a payload with the real shape of the event type and made-up data,
// created at that time. It has no hookId: that is appended on the way out.
func (t Type) Sample(now time.Time) []byte {
	return bytes.Replace(t.sample, []byte(sampleTime), []byte(now.UTC().Format(timeFormat)), 1)
}

// Catalog is the set of known event types. It never changes and is safe for
// concurrent use.
type Catalog struct {
	types  []Type
	byName map[webhook.EventType]int
}

// Load reads the catalogue that is built in. It panics if that is broken, which a
// test rules out.
func Load() *Catalog {
	catalog, err := load()
	if err != nil {
		panic(err)
	}
	return catalog
}

func load() (*Catalog, error) {
	list, err := files.ReadFile("event-types.json")
	if err != nil {
		return nil, fmt.Errorf("read event types: %w", err)
	}
	c := &Catalog{byName: map[webhook.EventType]int{}}
	if err := json.Unmarshal(list, &c.types); err != nil {
		return nil, fmt.Errorf("decode event types: %w", err)
	}
	for i := range c.types {
		t := &c.types[i]
		sample, err := files.ReadFile("samples/" + string(t.Name) + ".json")
		if err != nil {
			return nil, fmt.Errorf("read sample: %w", err)
		}
		t.sample = bytes.TrimSpace(sample)
		c.byName[t.Name] = i
	}
	return c, nil
}

// All lists the event types in the order of Logto's schema.
func (c *Catalog) All() []Type { return slices.Clone(c.types) }

// Names lists the names of the event types in the order of Logto's schema.
func (c *Catalog) Names() []webhook.EventType {
	names := make([]webhook.EventType, len(c.types))
	for i, t := range c.types {
		names[i] = t.Name
	}
	return names
}

// Get finds an event type by its exact name.
func (c *Catalog) Get(name webhook.EventType) (Type, bool) {
	i, ok := c.byName[name]
	if !ok {
		return Type{}, false
	}
	return c.types[i], true
}

// Known says whether name is an event type.
func (c *Catalog) Known(name webhook.EventType) bool {
	_, ok := c.byName[name]
	return ok
}
