// Package testkit holds what the tests of several packages need; nothing outside of
// tests imports it.
//
// Receiver is an endpoint that really listens and misbehaves on demand. A script says
// what it does with each request:
//
//	r := testkit.NewReceiver(t, testkit.Status(500), testkit.Status(500), testkit.Status(200))
//	// ... deliver to r.URL ...
//	first := r.Next(t)
//	err := first.Verify(signingKey)
//
// The last entry of a script repeats. Nothing here sleeps: Next and Wait return when
// the thing has happened.
package testkit
