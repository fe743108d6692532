// Package signature signs webhook requests and verifies them. A receiver written
// in Go imports it; it depends on the standard library alone.
//
// Tidings puts two signatures on every request, made with the same signing key:
//
//   - Logto's: the header logto-signature-sha-256 holds the HMAC-SHA256 of the
//     body in lower-case hexadecimal. See [SignLogto] and [VerifyLogto].
//   - Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature. The
//     signature covers identifier and time too, so a receiver can refuse what is
//     old and drop what came twice. See [Sign] and [Verifier].
//
// A receiver needs to check one of them; Standard Webhooks is the stronger. Verify
// the bytes as they arrived: JSON that was decoded and encoded again is another
// text, and its signature does not match.
package signature
