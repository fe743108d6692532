// Package egress decides where the server may connect to, and connects.
//
// Guard.Check applies the rules for saving a URL. It reads text only: names are never
// resolved at save. Guard.Dial resolves a name once, judges the whole answer, and
// dials an address that it has judged; nothing is resolved again in between, so there
// is no moment for a second answer. A second, independent check sits in the dialer's
// Control hook, below everything that could get the first one wrong.
//
// The package does not speak TLS or HTTP to the endpoint, and follows no redirect:
// that is its caller's. It reads no proxy variables from the environment.
//
// The reasons are in docs/adr/0005-address-guard.md.
package egress
