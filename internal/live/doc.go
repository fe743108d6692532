// Package live tells those who watch what changes while it changes: deliveries,
// events, webhooks, messages of the built-in receiver.
//
// # How it works
//
// Whoever has committed something tells the Hub, in hints that hold little more than
// identifiers: Accepted, Changed, WebhookChanged, Received. A hint about a tenant that
// nobody watches costs an atomic load. For the others hints gather for a tenth of a
// second; then the rows that they name are read from the store, those of all tenants in
// one call, and become messages. What changes several times meanwhile is one message.
// Above 20 rows or events a second of a tenant there are no rows any more but a Burst
// each second, which counts: under load the Hub reads nothing.
//
// The messages of a tenant are kept in memory for five minutes, within bounds, so that
// a stream that broke can go on behind the last message it has seen. They are never
// written to disk. A tenant that was watched stays warm for as long; after that, and on
// another node, the place is unknown and the stream begins with a Resync: its reader
// reads anew what it shows. A stream keeps no messages of its own, only its place among
// those of the tenant. One that is overtaken by the oldest message kept is slow, and
// ends.
//
// # Many nodes
//
// Each node has a Hub, and hints of its own commits go to its own streams. A store that
// is shared with other nodes hands over what it hears of their commits in the same
// way: Accepted for an event, Changed for a delivery, Counted where only numbers are
// known. Hints may come late, twice or out of order, for rows are read when they are
// told. When hints may have been lost (a connection for notifications broke), Lost lets
// every stream resync. Watched says whether anybody would notice; a poller may rest
// while nobody does. WebhookChanged needs no such help: the registry looks for changes
// of other nodes by itself.
package live
