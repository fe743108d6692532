// Package deliver makes one attempt: bytes in, webhook.Attempt out.
//
// Sender.Send composes a signed request, sends it once and reports what came of it.
// It returns no error: an endpoint that is down, slow or hostile is data. It decides
// nothing about what follows: no retry, no schedule, no store, no log line. The
// dispatcher calls it for deliveries, and registry for test payloads.
//
// The way of an attempt, in the order of the files:
//
//	sender.go    Send: the steps, the bounds, the end
//	request.go   the exact bytes of the request
//	connect.go   a connection: a kept one, or dial and TLS handshake
//	exchange.go  write the request, read the answer, under one deadline
//	response.go  the head of the answer, bounded and lossless
//	body.go      the body of the answer, bounded and never decoded
//	classify.go  what an end means: outcome, reason, phase, sentence
//	pool.go      connections kept for the next attempt
//	watch.go     connections closed when the context of their attempts ends
//
// HTTP/1.1 is spoken here directly, not by net/http (ADR-0006): the order and
// spelling of the headers are ours, a request is never sent twice behind the back of
// the log, and every byte read is counted.
//
// What always holds: an attempt ends by its deadline; at most 64 KiB of headers and
// 64 KiB of body are read; the status line decides the outcome; no redirect is
// followed; nothing is inflated; every connection was dialled through the guard; a
// panic does not escape.
package deliver
