// Package schema checks payloads against the JSON Schemas of event types.
//
// A schema comes from whoever manages a tenant, a payload from whoever sends
// events, so neither is trusted: nothing is ever loaded, from the network or from
// files, and both compiling and checking end within fixed bounds. The library that
// does the work has no bounds of its own; Schema adds them by letting each step of
// it pay from a budget (meter.go).
package schema
