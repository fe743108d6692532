package webhook

import (
	"errors"
	"fmt"
)

// The ways in which a request of ours can be refused. Stores return these, never
// a driver's error, and httpapi maps each to one status and code.
var (
	// ErrNotFound says that the object is not there, or belongs to another tenant.
	ErrNotFound = errors.New("not found")
	// ErrStale says that the registry has changed since the caller looked.
	ErrStale = errors.New("registry has changed")
	// ErrKeyReused says that an idempotency key came with another body.
	ErrKeyReused = errors.New("idempotency key reused with another body")
	// ErrLeaseLost says that the delivery was handed to somebody else since.
	ErrLeaseLost = errors.New("lease lost")
	// ErrBusy says that the store has more waiting work than it takes on.
	ErrBusy = errors.New("store is busy")
	// ErrUnavailable says that the database does not answer, or did not say whether
	// it has done what it was asked.
	ErrUnavailable = errors.New("database is unavailable")
	// ErrWebhookDisabled and ErrWebhookDeleted refuse a redelivery.
	ErrWebhookDisabled = errors.New("webhook is disabled")
	ErrWebhookDeleted  = errors.New("webhook is deleted")
	// ErrPayloadGone says that retention has removed the event's payload.
	ErrPayloadGone = errors.New("payload is gone")
	// ErrInProgress refuses to redeliver what has an attempt under way, or due.
	ErrInProgress = errors.New("delivery is in progress")
	// ErrEnded refuses to cancel a delivery that has ended.
	ErrEnded = errors.New("delivery has ended")
	// ErrEventTypeExists says that the name is taken, by an event type of the tenant
	// or one that is built in.
	ErrEventTypeExists = errors.New("event type exists")
	// ErrTooManyRedeliveries says that a delivery has used up MaxRedeliveries.
	ErrTooManyRedeliveries = errors.New("too many redeliveries")
	// ErrTenantExists says that the identifier is taken, perhaps by a tenant whose
	// rows are still being removed.
	ErrTenantExists = errors.New("tenant exists")
	// ErrDefaultTenant refuses to delete the tenant that is always there.
	ErrDefaultTenant = errors.New("the default tenant cannot be deleted")
	// ErrUserExists says that the e-mail address is taken.
	ErrUserExists = errors.New("user exists")
	// ErrSetupDone says that there is a user already.
	ErrSetupDone = errors.New("setup is done")
	// ErrLinkUsed and ErrLinkExpired refuse a link that was good once.
	ErrLinkUsed    = errors.New("link was used")
	ErrLinkExpired = errors.New("link has expired")
)

// Invalid is a mistake in the input of a caller. Field is a path such as
// "config.url" or "headers[2].name", empty for the whole input; Code is stable,
// Message is for people and says what to do.
type Invalid struct {
	Field, Code, Message string
}

func (e *Invalid) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return fmt.Sprintf("%s: %s", e.Field, e.Message)
}
