package signature

import "errors"

// The ways in which signing or verifying can end without success.
var (
	// ErrEmptyKey says that there is no key. An empty key is refused on both
	// sides: anybody can sign with it.
	ErrEmptyKey = errors.New("signing key is empty")
	// ErrID says that the identifier is empty or contains a dot, which separates
	// the parts of the signed content.
	ErrID = errors.New("identifier is empty or contains a dot")
	// ErrMissingHeader says that a header of the signature is absent or empty.
	ErrMissingHeader = errors.New("signature header is missing")
	// ErrTimestamp says that the timestamp is no number of seconds.
	ErrTimestamp = errors.New("timestamp is not an integer")
	// ErrTooOld and ErrTooNew say that the timestamp is outside the tolerance: a
	// replay, or a clock that is wrong.
	ErrTooOld = errors.New("timestamp is too old")
	ErrTooNew = errors.New("timestamp is too far in the future")
	// ErrMismatch says that no signature belongs to this body and key.
	ErrMismatch = errors.New("signature does not match")
	// ErrSecret says that a text is no secret in the form whsec_….
	ErrSecret = errors.New("secret is not whsec_ followed by standard base64")
)
