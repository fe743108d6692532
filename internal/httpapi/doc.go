// Package httpapi is the API: everything under /api, and /healthz and /readyz. It
// turns requests into calls of ingest, registry and store and their answers into
// JSON; rules about webhooks and events live there, not here.
//
// A request goes through one chain: response headers and request id (handler.go),
// the route table (routes.go), then for its route the credential and scope, the
// checks of media type and size, and the body (guard.go). Only then does its
// handler run. Handlers are of two sorts: operations, whose answers are Go types
// that package huma writes and describes, and the two ingest routes, which take
// bytes and append their answer by hand (ADR-0007). What net/http refuses before
// that is answered in the same form (conn.go).
//
// The word hook appears in this package alone, for the routes that Logto's clients
// know (hooks.go and the files beside it).
package httpapi
