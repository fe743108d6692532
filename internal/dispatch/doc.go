// Package dispatch gets deliveries attempted: it holds those that are due in lanes,
// one lane per webhook, starts attempts fairly within bounds, and writes back what
// came of them.
//
// A delivery reaches its lane in one of two ways. On the happy path the commit that
// accepts an event hands it over in memory (handoff.go). Everything else waits in
// the store and is paged in when it is due and its lane has room (page.go): retries,
// what did not fit, what a former process left. An attempt runs in a worker
// (worker.go); its result goes to the store in batches (finish.go).
//
// Two pools bound the attempts in flight (slots.go). An attempt that takes long is
// charged to the slow pool, and its lane starts no other until it ends, so endpoints
// that hang cannot use up the places of those that answer (invariant I6).
//
// The package knows no transport and no database: both come through small
// interfaces.
package dispatch
