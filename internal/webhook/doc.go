// Package webhook holds the nouns and the pure rules of Tidings. It imports the
// standard library only, does no I/O and keeps no state, so every other package
// may depend on it.
//
// # Words
//
// One concept has one word, here and in SQL, JSON, metrics and documentation:
//
//   - webhook: the registration. Name, event types, endpoint URL, key, headers.
//   - endpoint: the receiver's URL and the server behind it, nothing else.
//   - event type: a kind of event, such as User.Created.
//   - event: one thing that happened; its JSON is the payload.
//   - body: the bytes sent. Payload plus what [Payload.Body] appends.
//   - delivery: one event for one webhook. The log lists deliveries.
//   - attempt: one HTTP request of a delivery, numbered from 1.
//   - retry: an attempt that the system makes after a failed one.
//   - redelivery: an attempt that a person asked for.
//   - test payload: a sample sent on demand; never logged, never counted.
//   - health: requests and successes of the past 24 hours.
//   - enabled, disabled: by a person. suspended: by the system.
//   - claim: handing a delivery to a process; lease: the right it gets by that.
//
// The word "hook" belongs to the Logto-compatible wire and lives in
// internal/httpapi alone.
package webhook
