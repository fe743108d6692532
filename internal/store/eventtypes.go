package store

import (
	"context"

	"github.com/tidingshq/tidings/internal/webhook"
)

// EventTypes keeps the event types that tenants have added. Each change raises the
// version of the registry, which they are a part of.
type EventTypes interface {
	// CreateEventType stores a new event type; ErrEventTypeExists if the tenant has
	// one of this name. [case EventTypes/CreateReadsBack] [case EventTypes/NamesAreTaken]
	CreateEventType(ctx context.Context, t webhook.OwnEventType) error
	// UpdateEventType reads, changes and writes in one step; tenant and name stay.
	// An error of change is returned as it is and nothing is written. ErrNotFound
	// also for one of another tenant. change may run more than once.
	// [case EventTypes/Update]
	UpdateEventType(ctx context.Context, tenant webhook.TenantID, name webhook.EventType, change func(*webhook.OwnEventType) error) (webhook.OwnEventType, error)
	// DeleteEventType removes the event type; ErrNotFound if there is none. Events
	// of that type stay. [case EventTypes/Delete]
	DeleteEventType(ctx context.Context, tenant webhook.TenantID, name webhook.EventType) error
}
