package webhook

// Checklist is what a tenant has done of the first steps, as far as nothing that is
// kept for good shows it. A step that is done stays done.
type Checklist struct {
	// Hidden says that nobody wants to see the list.
	Hidden bool
	// Tested says that an endpoint took a test payload.
	Tested bool
	// Emitted says that an event was handed over.
	Emitted bool
	// Verified says that a receiver found the signatures of a request right.
	Verified bool
}
