// Package ingest accepts events: it checks the posted bytes, finds the webhooks
// they go to and commits both. It knows no transport; what it takes and answers are
// bytes and values.
package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/schema"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Limits of what is accepted (docs/limits.md).
const (
	MaxEvent       = 1 << 20
	MaxBatch       = 16 << 20
	MaxBatchEvents = 1000
	MaxDepth       = 64
	// MaxFanout bounds the deliveries that one request can make.
	MaxFanout = 200_000
	// MaxIdempotencyKey is the length of a key in characters.
	MaxIdempotencyKey = 255
)

// maxMatches is how often a request is matched again because the registry changed
// under it, before the producer is asked to come back.
const maxMatches = 20

// maxChecking is how long the events of one batch may be checked against schemas:
// each check is bounded, a thousand of them would not be.
const maxChecking = 10 * time.Second

// Registry tells which webhooks an event goes to.
type Registry interface {
	Match(tenant webhook.TenantID, eventType webhook.EventType) (version int64, webhooks []int64, unmatched webhook.Unmatched)
	Refresh(ctx context.Context) error
}

// EventTypes knows the event types of each tenant.
type EventTypes interface {
	Known(tenant webhook.TenantID, name webhook.EventType) bool
	// Nearest suggests a known name for a wrong one; empty if none is near.
	Nearest(tenant webhook.TenantID, name string) string
	// CheckPayload lists where the payload does not fit the schema of its type.
	CheckPayload(tenant webhook.TenantID, name webhook.EventType, payload []byte) []schema.Problem
}

// Options is what an Ingest needs.
type Options struct {
	Store    store.Events
	Registry Registry
	Types    EventTypes
	Handoff  store.Handoff
	// Process holds the leases of what is handed over; nil without a Handoff.
	Process func() int64
	Clock   clock.Clock
	// Pace may hold back the acceptance for a moment; nil never does.
	Pace func(ctx context.Context, events []store.NewEvent)
	// Full says that the disk is too full to accept events; nil never does.
	Full func() bool
	// Accepted hears of the events of each request once they are durable; may be
	// nil.
	Accepted func(p *store.AcceptParams, accepted []store.Accepted)
}

// Ingest accepts events. Safe for concurrent use.
type Ingest struct{ Options }

// New returns an Ingest.
func New(o Options) *Ingest { return &Ingest{o} }

// Input is one request. Body is kept: the caller does not change it afterwards.
type Input struct {
	Tenant webhook.TenantID
	// Source is the API key that posted it.
	Source         string
	Body           []byte
	IdempotencyKey string
	// NDJSON says that a batch has one event per line instead of being an array.
	NDJSON bool
}

// Accept accepts one event. It returns only once the event and its deliveries are
// durable. A *Refusal says why it was not accepted; any other error is that of ctx.
func (i *Ingest) Accept(ctx context.Context, in Input) (store.Accepted, error) {
	if len(in.Body) > MaxEvent {
		return store.Accepted{}, tooLarge("event.too_large", "An event is at most %d bytes.", MaxEvent)
	}
	accepted, err := i.orFirstAnswer(ctx, in, routeEvents, i.accept)
	if err != nil {
		return store.Accepted{}, err
	}
	return accepted[0], nil
}

func (i *Ingest) accept(ctx context.Context, in Input) ([]store.Accepted, error) {
	event, problem := i.parse(in.Tenant, in.Body)
	if problem != nil {
		return nil, &Refusal{Kind: KindInvalid, Code: problem.code, Message: problem.message, Issues: problem.issues(nil)}
	}
	return i.commit(ctx, in, routeEvents, []store.NewEvent{event})
}

// AcceptBatch accepts all events of a batch or none, with one answer each, in order.
func (i *Ingest) AcceptBatch(ctx context.Context, in Input) ([]store.Accepted, error) {
	return i.orFirstAnswer(ctx, in, routeBatch, i.acceptBatch)
}

func (i *Ingest) acceptBatch(ctx context.Context, in Input) ([]store.Accepted, error) {
	parts, err := split(in)
	if err != nil {
		return nil, err
	}
	events := make([]store.NewEvent, len(parts))
	refusal := &Refusal{Kind: KindInvalid, Code: codeBatchInvalid, Message: "Some events are invalid; nothing was stored."}
	started := i.Clock.Now()
	for index, part := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i.Clock.Now().Sub(started) > maxChecking {
			return nil, tooLarge(codeTooMuchWork, "Checking the batch against the schemas of its event types takes too long. Send fewer events at a time.")
		}
		// A copy, so that a waiting event does not keep the whole batch in memory.
		event, problem := i.parse(in.Tenant, bytes.Clone(part))
		if problem != nil {
			refusal.Issues = append(refusal.Issues, problem.issues(&index)...)
			if len(refusal.Issues) >= maxIssues {
				refusal.Issues = refusal.Issues[:maxIssues]
				break
			}
		}
		events[index] = event
	}
	if len(refusal.Issues) > 0 {
		return nil, refusal
	}
	return i.commit(ctx, in, routeBatch, events)
}

// parse checks the bytes of one event.
func (i *Ingest) parse(tenant webhook.TenantID, body []byte) (store.NewEvent, *mistake) {
	if len(body) > MaxEvent {
		return store.NewEvent{}, &mistake{code: "event.too_large", message: fmt.Sprintf("An event is at most %d bytes.", MaxEvent)}
	}
	object, problem := scan(body)
	if problem != nil {
		return store.NewEvent{}, &mistake{path: schema.Pointer(problem.Field), code: problem.Code, message: problem.Message}
	}
	if !i.Types.Known(tenant, object.event) {
		return store.NewEvent{}, i.unknown(tenant, object.event)
	}
	if found := i.Types.CheckPayload(tenant, object.event, object.bytes); len(found) > 0 {
		return store.NewEvent{}, &mistake{code: codeSchemaMismatch, message: "The payload does not fit the schema of its event type.", places: found}
	}
	event := store.NewEvent{Type: object.event, Payload: webhook.Payload{Posted: object.bytes, Composer: webhook.ComposerVersion}}
	if !object.hasCreatedAt {
		event.Payload.CreatedAt = unset
	}
	return event, nil
}

// unset stands for a createdAt that is to be the time of acceptance.
var unset = time.Unix(0, 0)

func (i *Ingest) unknown(tenant webhook.TenantID, name webhook.EventType) *mistake {
	message := "The event type is not known."
	if nearest := i.Types.Nearest(tenant, string(name)); nearest != "" {
		message = fmt.Sprintf("The event type is not known. Did you mean %s?", nearest)
	}
	return &mistake{path: "/event", code: codeUnknownType, message: message}
}

// commit matches the events and stores them, again if the registry has changed in
// between.
func (i *Ingest) commit(ctx context.Context, in Input, route string, events []store.NewEvent) ([]store.Accepted, error) {
	if i.Full != nil && i.Full() {
		return nil, &Refusal{Kind: KindFull, Code: codeFull, Message: "The disk is too full to accept events. Deliveries go on."}
	}
	params := store.AcceptParams{
		Tenant: in.Tenant, Source: in.Source, AcceptedAt: i.Clock.Now().UTC().Truncate(time.Millisecond),
		Events: events, Handoff: i.Handoff,
	}
	if i.Process != nil {
		params.Process = i.Process()
	}
	if in.IdempotencyKey != "" {
		params.Idempotency = in.idempotency(route)
	}
	for n := range events {
		if !events[n].Payload.CreatedAt.IsZero() {
			events[n].Payload.CreatedAt = params.AcceptedAt
		}
	}
	for range maxMatches {
		if err := i.match(&params); err != nil {
			return nil, err
		}
		if i.Pace != nil {
			i.Pace(ctx, params.Events)
		}
		accepted, err := i.Store.Accept(ctx, params)
		if errors.Is(err, webhook.ErrStale) {
			if err := i.Registry.Refresh(ctx); err != nil {
				return nil, refusalOf(fmt.Errorf("refresh registry: %w", err))
			}
			continue
		}
		if err == nil && i.Accepted != nil && !accepted[0].Repeated {
			i.Accepted(&params, accepted)
		}
		return accepted, refusalOf(err)
	}
	return nil, &Refusal{Kind: KindBusy, Code: "registry.busy", Message: "Webhooks are being changed faster than events can be matched. Try again."}
}

// match fills in where each event goes, all by one version of the registry.
func (i *Ingest) match(p *store.AcceptParams) error {
	total := 0
	for n := range p.Events {
		e := &p.Events[n]
		var version int64
		version, e.Webhooks, e.Unmatched = i.Registry.Match(p.Tenant, e.Type)
		if n == 0 {
			p.RegistryVersion = version
		}
		// The oldest version decides: if any is newer, the store refuses this one.
		p.RegistryVersion = min(p.RegistryVersion, version)
		total += len(e.Webhooks)
	}
	if total > MaxFanout {
		return tooLarge(codeFanout, "One request can make at most %d deliveries; this one would make %d.", MaxFanout, total)
	}
	return nil
}
