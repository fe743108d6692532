// Command bench measures the whole way of an event, from the request that brings it
// to its arrival at an endpoint, beside what the machine allows: a relay that signs
// and forwards without storing anything, and a loop that only signs and sends.
//
// It starts everything itself, on loopback, each part in a process of its own: the
// load, the server under test with its database, and the sink that plays all
// endpoints. Systems take turns within each repetition, and a ratio compares two runs
// of the same repetition: on a machine that is shared, nothing else can be compared.
//
// `make bench` builds the binary and runs everything; see docs/performance.md.
//
// The parts, in the order of the files:
//
//	main.go      flags; a process with a role in its arguments plays only that role
//	load.go      closed loop: connections that each wait for their answer
//	open.go      open loop: a fixed rate, whatever the answers (vegeta)
//	wire.go      the leanest client that posts over HTTP/1.1
//	relay.go     the limit: net/http in, HMAC, net/http out
//	sink.go      every endpoint; counts identifiers, so that nothing lost or doubled is missed
//	process.go   processes, and what the kernel knows of their CPU, memory and writes
//	server.go    Tidings, started from its binary
//	postgres.go  a database server of its own for Tidings
//	run.go       one run: start, warm up, load, drain, measure
//	cases.go     the table of what is run on what
//	scenario.go  what happens to well webhooks beside others that are not
//	rows.go      what a log of millions costs
//	plot.go      how cost grows, as SVG
//	report.go    medians, spreads, ratios; table and JSON
package main
