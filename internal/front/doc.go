// Package front serves the requests that come by the thousands, and hands every other
// connection to net/http.
//
// net/http takes any request in any shape, and pays for that with about two thirds of
// what a request costs. Producers send the same plain thing again and again: a POST to one
// of two paths over a kept connection, with a small body whose length is told. A Front
// stands before net/http and reads the first bytes. A request that is entirely plain, and
// has entirely arrived, goes to the same handler that net/http would call, as the same
// http.Request, and its answer has the same bytes. At anything else, be it a mistake, an
// attack, a slow client or just another route, the connection goes to net/http together
// with the bytes that were read, and stays there. So every rule about odd input is still
// net/http's and the handler's: this package refuses nothing and answers nothing itself
// (ADR-0017).
//
//	front.go    the listener: which connections are whose, the end
//	conn.go     one connection: read, call, answer, hand over
//	request.go  is it plain? what is plain becomes an http.Request
//	answer.go   the http.ResponseWriter, and the bytes that net/http would write
package front
