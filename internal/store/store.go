// Package store is the contract of persistence. It knows no implementation;
// internal/store/sqlite is one, and internal/store/storetest holds the cases that
// every implementation passes.
//
// What holds for every call: it is all-or-nothing by itself, and when it returns
// nil what it wrote survives a process kill and, with default settings, a power
// cut. A store may commit many calls together [case Commits/Shared]; a refused call
// never fails its neighbours [case Commits/RefusedAlone], and a commit that fails
// fails all of its calls [case Commits/FailedTogether]. No transaction, row or driver
// type leaves an implementation, and its errors are those of package webhook or wrap
// what the database said. Instants are kept to the millisecond and come back in UTC.
//
// A promise in a comment ends with the case of storetest that proves it, as in
// [case Events/AcceptIsDurable].
package store

import (
	"context"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// Store is all roles together. Safe for concurrent use.
type Store interface {
	Webhooks
	Keys
	Tenants
	Users
	Sessions
	Checklists
	EventTypes
	Events
	Nodes
	Queue
	Overrides
	Log
	Figures
	Upkeep

	// Ping says whether the database answers.
	Ping(ctx context.Context) error
	// Close ends the store; calls under way return first. [case Commits/CloseWaits]
	Close() error
}

// Webhooks keeps the registrations.
type Webhooks interface {
	// CreateWebhook stores w and returns it with Number and Version set.
	// [case Webhooks/CreateReadsBack] [case Webhooks/IDsDifferByCase]
	CreateWebhook(ctx context.Context, w webhook.Webhook) (webhook.Webhook, error)
	// UpdateWebhook reads, changes and writes in one step; an error of change is
	// returned as it is and nothing is written. ErrNotFound also for a deleted
	// webhook and one of another tenant. change may run more than once.
	// [case Webhooks/UpdateIsAtomic] [case Webhooks/UpdateRefused] [case Webhooks/TenantsAreApart]
	UpdateWebhook(ctx context.Context, tenant webhook.TenantID, id webhook.ID, change func(*webhook.Webhook) error) (webhook.Webhook, error)
	// DeleteWebhook marks the webhook as deleted and forgets its key and headers.
	// Its log entries stay; its waiting deliveries are left to CancelDeleted.
	// [case Webhooks/DeleteKeepsTheLog]
	DeleteWebhook(ctx context.Context, tenant webhook.TenantID, id webhook.ID) (webhook.Webhook, error)
	// Registry reads every webhook that is not deleted, of all tenants, with the
	// version of the registry that they stand for. [case Webhooks/RegistryVersion]
	Registry(ctx context.Context) (Registry, error)
	// RegistryChanges reads what makes Registry as it was at a version into Registry
	// as it is. [case Webhooks/RegistryChanges]
	RegistryChanges(ctx context.Context, since int64) (RegistryChanges, error)
	// RegistryVersion is the number of the newest change of a webhook, an API key or
	// an event type, whichever process made it. [case Webhooks/RegistryVersion]
	RegistryVersion(ctx context.Context) (int64, error)
}

// Registry is all webhooks, API keys and own event types at one version.
type Registry struct {
	Version  int64
	Webhooks []webhook.Webhook
	Keys     []webhook.APIKey
	// EventTypes are those that tenants have added, by name.
	EventTypes []webhook.OwnEventType
}

// RegistryChanges is the difference to an older version of the registry.
type RegistryChanges struct {
	// Registry holds all API keys and event types, but of the webhooks only those
	// that were changed and are not deleted.
	Registry
	// Changed are the numbers of all webhooks that were changed or deleted. A
	// webhook of a tenant that is not in Tenants is gone too.
	Changed []int64
	Tenants []webhook.TenantID
}

// Events accepts events and reads them back.
type Events interface {
	// Accept stores events and one delivery for each webhook they go to, in one
	// commit, and returns one answer per event, in order. Identifiers ascend within
	// a call, and from one call to another that begins after its answer; of calls
	// made together either may come first.
	// [case Events/AcceptIsDurable] [case Events/IDsAscend]
	//
	// It returns ErrStale if the registry is no longer at p.RegistryVersion: then
	// nothing is stored and the caller matches again. [case Events/StaleRegistry]
	//
	// With an idempotency key, the answer to the first call with the same tenant,
	// route and key is returned again and nothing is stored; ErrKeyReused if its
	// hash differs. Calls at the same time count as one after the other.
	// [case Events/IdempotencyKey] [case Events/IdempotencyTogether]
	//
	// A delivery for which p.Handoff has room is leased to p.Process and handed
	// over after the commit and before the answer; the others wait in the queue.
	// Lone events that go to few are handed over in the order of their identifiers,
	// others beside them in any.
	// [case Events/HandoffInOrder] [case Events/HandoffRefused]
	//
	// Beyond MaxInlineDeliveries for one event, rows are left to Expand.
	// [case Queue/ExpandInChunks]
	//
	// ErrBusy if too much is waiting to be written. [case Events/Busy]
	Accept(ctx context.Context, p AcceptParams) ([]Accepted, error)
	// FirstAnswer is what Accept would return again to a call at now with this key, for
	// a caller that refuses to make it. ErrKeyReused as there; ErrNotFound if no answer
	// is kept. [case Events/FirstAnswer]
	FirstAnswer(ctx context.Context, tenant webhook.TenantID, key Idempotency, now time.Time) ([]Accepted, error)
	// Event reads one event with its payload. ErrNotFound if it is not there or
	// of another tenant. [case Events/PayloadBytes]
	Event(ctx context.Context, tenant webhook.TenantID, id webhook.EventID) (webhook.Event, error)
	// Events lists events without payloads, newest first. [case Events/PagesAreStable]
	Events(ctx context.Context, q EventQuery) ([]webhook.Event, error)
	// NewestAt is when the newest event of all tenants was accepted; zero if there is
	// none. [case Events/NewestAt]
	NewestAt(ctx context.Context) (time.Time, error)
}

// MaxInlineDeliveries is how many deliveries of one event are written in the commit
// that accepts it. Of an event with more, Expand writes all, in steps of at most as many.
const MaxInlineDeliveries = 200

// AcceptParams is one call of Accept.
type AcceptParams struct {
	Tenant webhook.TenantID
	// Source is the API key that posted the events.
	Source     string
	AcceptedAt time.Time
	// Process holds the leases of what is handed over.
	Process         int64
	RegistryVersion int64
	Events          []NewEvent
	// Idempotency is nil without a key.
	Idempotency *Idempotency
	// Handoff may be nil: then nothing is leased.
	Handoff Handoff
}

// MaxInlineRows is how many deliveries of one call are written in its commit;
// events that go beyond it leave all of theirs to Expand.
const MaxInlineRows = 2000

// NewEvent is an event to accept. The store keeps Payload.Posted; the caller does
// not change it afterwards.
type NewEvent struct {
	Type    webhook.EventType
	Payload webhook.Payload
	// Webhooks are the numbers of the webhooks it goes to, each once.
	Webhooks []int64
	// Unmatched says why there are none.
	Unmatched webhook.Unmatched
}

// Idempotency names a request so that repeating it has no effect.
type Idempotency struct {
	// Route keeps the keys of different operations apart.
	Route string
	Key   string
	// Hash is the SHA-256 of the raw request body.
	Hash [32]byte
}

// IdempotencyKept is how long an idempotency key is remembered.
const IdempotencyKept = 24 * time.Hour

// Accepted is the answer for one event.
type Accepted struct {
	ID         webhook.EventID
	Deliveries int
	// Repeated says that it is the answer to an earlier call with the same key.
	Repeated bool `json:"-"`
}

// Handoff is the way from a commit to the lanes of this process. It is safe for
// concurrent use, as a store may commit several calls beside each other; its methods do
// not block.
type Handoff interface {
	// Reserve asks for room for one delivery of the webhook, whose share of the
	// payload is weight bytes. It is asked before the commit; no means that the
	// delivery waits in the queue.
	Reserve(webhook int64, weight int) bool
	// Committed hands over what is now durable.
	Committed(h Handed)
	// Aborted gives back the room of deliveries whose commit failed.
	Aborted(jobs []webhook.Job)
}

// Handed is what one commit brings to the lanes.
type Handed struct {
	// Jobs are leased to this process.
	Jobs []webhook.Job
	// Waiting are webhooks with new deliveries in the queue that nobody holds.
	Waiting []int64
	// Deferred are webhooks with a delivery that is still to be expanded. Expanded
	// are those for which one has been: each entry of Deferred is answered by one
	// of Expanded, until which no later delivery may be handed to that lane
	// (ClaimLane.Ordered).
	Deferred, Expanded []int64
	// AllExpanded says that no delivery is left to be expanded, whichever process has
	// accepted or written it: all entries of Deferred are answered.
	AllExpanded bool
}

// EventQuery selects events of a tenant, newest first.
type EventQuery struct {
	Tenant webhook.TenantID
	// Types selects any of these types; empty selects all.
	Types []webhook.EventType
	// Matched selects events with (true) or without (false) deliveries.
	Matched *bool
	// From and To bound AcceptedAt, inclusive; zero is open.
	From, To time.Time
	// Before selects what is older than this event; empty starts at the newest.
	Before webhook.EventID
	// Oldest selects this event and what is newer; empty is open.
	Oldest webhook.EventID
	// Search selects what has this text, in any case of ASCII letters, in payload
	// or type. It reads every row that is selected otherwise. [case Events/Search]
	Search string
	Limit  int
}

// Queue holds unfinished deliveries and who may attempt them.
type Queue interface {
	// Backlog lists the webhooks that have deliveries nobody holds, with the time
	// of the earliest, and those with deliveries still to be expanded; where processes
	// share the database also what the process has in hand although a person cancelled it.
	// [case Queue/Backlog]
	Backlog(ctx context.Context, process int64) (Backlog, error)
	// Claim leases due deliveries to the process, for each lane at most its limit,
	// oldest due first, and counts the hand-out in the same commit. Two callers
	// never get the same delivery. [case Queue/ClaimOnce] [case Queue/ClaimCounts]
	// [case Queue/ClaimInOrder] [case Queue/ClaimBoundedBytes]
	//
	// A delivery that a former process held without a result gets an attempt with
	// outcome interrupted in its log. [case Queue/InterruptedIsShown] The more often
	// one has been interrupted, the fewer of its lane are handed out with it
	// (webhook.Portion). [case Queue/InterruptedInPortions]
	Claim(ctx context.Context, p ClaimParams) ([]Claimed, error)
	// Finish writes the results of attempts: log, next state and health in one
	// commit. The answer has one entry per result: nil, or ErrLeaseLost if the
	// delivery was handed out again since, or what made just this one impossible to
	// write; then nothing of it is written. [case Queue/LateResultOfARedelivery]
	// [case Queue/FinishRefusedAlone]
	// [case Queue/FinishSucceeds] [case Queue/FinishRetries] [case Queue/StaleLeaseCannotFinish]
	// No content of an attempt can fail the write. [case Log/OddBytes]
	Finish(ctx context.Context, results []Result) ([]error, error)
	// Release gives leases back without an attempt; that is no interruption. Leases
	// that are lost are passed over. [case Queue/ReleaseIsNoInterruption] What was cancelled
	// in the hands of a process is redelivered only after that.
	Release(ctx context.Context, leases []webhook.Lease) error
	// Expand writes the next chunk of rows of the oldest event that has some to
	// come. more says whether there is another. [case Queue/ExpandInChunks]
	// [case Queue/ExpandSurvivesReopen]
	Expand(ctx context.Context, p ExpandParams) (more bool, err error)
}

// Backlog is what waits in the queue.
type Backlog struct {
	Waiting   []Waiting
	Deferred  []int64
	Cancelled []Cancelled
}

// Cancelled is a delivery that a person cancelled while a process had it in hand. It is to
// be let go: by its result if an attempt is under way, else by Release.
type Cancelled struct {
	Webhook  int64
	Delivery webhook.DeliveryID
}

// Waiting is a webhook with deliveries that nobody holds.
type Waiting struct {
	Webhook int64
	DueAt   time.Time
}

// ClaimParams asks for work for several lanes at once.
type ClaimParams struct {
	Process int64
	Now     time.Time
	Lanes   []ClaimLane
	// MaxBytes bounds the payloads of the whole answer; at least one delivery is
	// returned if one is due.
	MaxBytes int
}

// ClaimLane asks for at most Limit deliveries of one webhook.
type ClaimLane struct {
	Webhook int64
	Limit   int
	// Ordered leaves what is younger than the oldest event that is still to be expanded,
	// or due after that was accepted, and NextDueAt does not tell of it: what the lane
	// gets is in order although a part of it is still to come. [case Queue/ClaimOrdered]
	Ordered bool
}

// Claimed is the answer for one lane, in the order asked. NextDueAt is the time of
// the earliest delivery that is left with nobody; zero if there is none.
type Claimed struct {
	Webhook   int64
	Jobs      []webhook.Job
	NextDueAt time.Time
}

// Result is what came of one hand-out.
type Result struct {
	Job     webhook.Job
	Attempt webhook.Attempt
	Next    webhook.Next
	// CancelReason is set when Next.State is cancelled.
	CancelReason webhook.CancelReason
}

// ExpandParams is one step of expansion. The rows it writes wait in the queue;
// Handoff hears of them as Expanded.
type ExpandParams struct {
	Now     time.Time
	Handoff Handoff
	// Limit is how many rows are written at most; 0 is MaxInlineDeliveries.
	// [case Queue/ExpandInChunks]
	Limit int
}

// Rows is how many rows the step writes at most.
func (p *ExpandParams) Rows() int {
	if p.Limit > 0 {
		return min(p.Limit, MaxInlineDeliveries)
	}
	return MaxInlineDeliveries
}

// Log reads deliveries and their attempts.
type Log interface {
	// Deliveries lists deliveries by acceptance, newest first, with their attempts
	// but without headers and bodies. Rows that arrive meanwhile do not shift a
	// page. [case Log/PagesAreStable] [case Log/Filters] [case Log/StatesAreDerived]
	// [case Log/RareTypes]
	Deliveries(ctx context.Context, q DeliveryQuery) ([]webhook.Delivery, error)
	// DeliveriesByNumber reads the deliveries with these numbers, whichever tenant's,
	// like Deliveries; those that are not there are missing. [case Log/ByNumber]
	DeliveriesByNumber(ctx context.Context, numbers []int64) ([]webhook.Delivery, error)
	// Delivery reads one delivery with everything recorded of its attempts.
	// ErrNotFound if it is not there or of another tenant. [case Log/OneDelivery]
	Delivery(ctx context.Context, tenant webhook.TenantID, id webhook.DeliveryID) (webhook.Delivery, error)
	// EventDeliveries lists the deliveries of one event, like Deliveries.
	// [case Log/EventDeliveries]
	EventDeliveries(ctx context.Context, tenant webhook.TenantID, id webhook.EventID, limit int) ([]webhook.Delivery, error)
	// Recent lists log entries of a webhook, deleted or not, newest entry first.
	// [case Log/Recent]
	Recent(ctx context.Context, q RecentQuery) (RecentPage, error)
	// Health sums the buckets of the minutes from since on, for each webhook; one
	// without any is missing. [case Log/Health] [case Log/HealthOfRedelivery]
	Health(ctx context.Context, webhooks []int64, since time.Time) (map[int64]webhook.Health, error)
}

// DeliveryQuery selects deliveries of a tenant.
type DeliveryQuery struct {
	Tenant webhook.TenantID
	// Webhook is an identifier; empty selects all.
	Webhook webhook.ID
	// Types and States select any of theirs; empty selects all.
	Types  []webhook.EventType
	States []webhook.State
	// Results selects by the class of the last attempt's result; empty selects all.
	// [case Log/Results]
	Results []webhook.ResultClass
	// From and To bound AcceptedAt, inclusive; zero is open.
	From, To time.Time
	// Before selects what is older than this delivery; empty starts at the newest.
	Before webhook.DeliveryID
	// Oldest selects this delivery and what is newer; empty is open.
	Oldest webhook.DeliveryID
	// Search selects what has this text, in any case of ASCII letters, in the
	// event's payload, the event type or the webhook's name. It reads every row
	// that is selected otherwise. [case Log/Search]
	Search string
	Limit  int
}

// RecentQuery selects log entries of one webhook by the time of the entry.
type RecentQuery struct {
	Tenant  webhook.TenantID
	Webhook webhook.ID
	// Type selects one event type; empty selects all.
	Type webhook.EventType
	// From and To bound LoggedAt, inclusive; zero is open.
	From, To      time.Time
	Offset, Limit int
	// CountCap stops the count behind this number; 0 counts all.
	CountCap int
}

// RecentPage is a page of log entries and how many there are in all. Capped says
// that there are more than Total.
type RecentPage struct {
	Entries []RecentEntry
	Total   int
	Capped  bool
}

// RecentEntry is a log entry with its last attempt in full and the payload, whose
// Posted is nil once retention has removed it.
type RecentEntry struct {
	Delivery webhook.Delivery
	Payload  webhook.Payload
}

// Upkeep is periodic work, in steps small enough not to hold others up.
type Upkeep interface {
	// Expire removes at most limit deliveries that ended before the time, events
	// that have none left, idempotency keys, health buckets, sessions and links that
	// are due [case Sessions/Expire], and returns how many rows went, without those that went with many at once. What it looks at is bounded too: more says that it
	// has not come to the end. Nothing unfinished is removed.
	// [case Upkeep/ExpireKeepsUnfinished] [case Upkeep/ExpireInSteps]
	Expire(ctx context.Context, p ExpireParams) (removed int, more bool, err error)
	// CancelDeleted ends waiting deliveries of deleted webhooks, at most limit.
	// [case Upkeep/CancelDeleted]
	CancelDeleted(ctx context.Context, now time.Time, process int64, limit int) (int, error)
	// CancelHeld ends deliveries of webhooks that were disabled before the time, at
	// most limit. [case Upkeep/CancelHeld]
	CancelHeld(ctx context.Context, disabledBefore, now time.Time, process int64, limit int) (int, error)
	// PurgeTenants removes a step of what deleted tenants have left, about limit
	// rows, and at last the tenants themselves; what this process holds waits for
	// its end. more says whether to go on at once.
	// [case Upkeep/PurgeTenants] [case Upkeep/PurgeInSteps]
	PurgeTenants(ctx context.Context, process int64, limit int) (more bool, err error)
	// Reclaim gives a step of freed space back to the file system.
	// [case Upkeep/ReclaimShrinks]
	Reclaim(ctx context.Context) error
	// Trim gives back the space of what has been written twice, as far as that counts in
	// Usage and nobody reads it at the moment. [case Upkeep/Trim]
	Trim(ctx context.Context) error
	// Usage tells how much is stored. [case Upkeep/Usage]
	Usage(ctx context.Context) (Usage, error)
	// Unfinished counts what has not ended. It takes the longer the more webhooks have
	// something waiting. [case Upkeep/Unfinished]
	Unfinished(ctx context.Context) (Unfinished, error)
}

// ExpireParams bounds one step of retention.
type ExpireParams struct {
	// Now is the present, from which idempotency keys, health buckets, sessions and links
	// have a retention of their own.
	Now time.Time
	// Before is the retention's edge for deliveries and events.
	Before time.Time
	Limit  int
}

// HealthKept is how long health buckets are kept.
const HealthKept = 48 * time.Hour

// Usage is the size of the database.
type Usage struct {
	// Bytes is the space taken on disk, 0 if unknown.
	Bytes int64
	// VolumeUsed is the share of the volume in use, 0 to 1; 0 if unknown.
	VolumeUsed float64
}

// Unfinished is what waits or is under way.
type Unfinished struct {
	// Deliveries is the number of those without an end state.
	Deliveries int64
	// OldestDueAt is the earliest due time among them; zero if none.
	OldestDueAt time.Time
}
