package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/tidingshq/tidings/internal/live"
	"github.com/tidingshq/tidings/internal/node"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// relayEvery is how long hints gather before other nodes are told.
	relayEvery = 100 * time.Millisecond
	// relayEvents and relayDeliveries are how many are named at a time; what is beyond is
	// counted, as the streams do themselves.
	relayEvents     = 12
	relayDeliveries = 100
)

// relay tells the streams of other nodes what this one commits, while somebody watches
// there, and passes on what they tell. What is lost on the way is only seen later.
type relay struct {
	node *node.Node
	hub  *live.Hub
	log  *slog.Logger

	mu sync.Mutex // guards what follows
	// gathered is what has been committed since the last telling, by tenant.
	gathered           map[webhook.TenantID]*relayed
	events, deliveries int
}

// relayed is what is told of a tenant.
type relayed struct {
	Tenant     webhook.TenantID     `json:"t"`
	Events     []live.Event         `json:"e,omitempty"`
	Deliveries []webhook.DeliveryID `json:"d,omitempty"`
	// Counts are those that are not named.
	Counts live.Burst `json:"c"`
}

// told is what goes over the wire. A node hears itself too.
type told struct {
	Process int64      `json:"p"`
	Tenants []*relayed `json:"s"`
}

// wanted says whether anybody elsewhere would notice.
func (r *relay) wanted() bool { return r.node.Watched() }

// of finds the tenant's part. The caller holds r.mu.
func (r *relay) of(tenant webhook.TenantID) *relayed {
	if r.gathered == nil {
		r.gathered = map[webhook.TenantID]*relayed{}
	}
	one := r.gathered[tenant]
	if one == nil {
		one = &relayed{Tenant: tenant}
		r.gathered[tenant] = one
	}
	return one
}

func (r *relay) accepted(tenant webhook.TenantID, e live.Event) {
	if !r.wanted() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.of(tenant)
	if r.events++; r.events > relayEvents {
		one.Counts.Accepted++
		one.Counts.Created += e.Deliveries
		return
	}
	one.Events = append(one.Events, e)
}

func (r *relay) changed(tenant webhook.TenantID, id webhook.DeliveryID) {
	if !r.wanted() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.of(tenant)
	if r.deliveries++; r.deliveries > relayDeliveries {
		one.Counts.Updated++
		return
	}
	one.Deliveries = append(one.Deliveries, id)
}

// run tells until ctx ends.
func (r *relay) run(ctx context.Context) {
	ticker := time.NewTicker(relayEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if text := r.take(); text != "" {
			if err := r.node.Tell(ctx, text); err != nil && ctx.Err() == nil {
				r.log.Debug("stream.not_relayed", "error", err) // who reads it sees it later
			}
		}
	}
}

// take returns what there is to tell, empty if nothing. What is too much for one
// telling is only counted.
func (r *relay) take() string {
	r.mu.Lock()
	gathered := r.gathered
	r.gathered, r.events, r.deliveries = nil, 0, 0
	r.mu.Unlock()
	if len(gathered) == 0 {
		return ""
	}
	message := told{Process: r.node.Process()}
	for _, one := range gathered {
		message.Tenants = append(message.Tenants, one)
	}
	text, err := json.Marshal(message)
	if err == nil && len(text) <= store.MaxTold {
		return string(text)
	}
	for _, one := range message.Tenants {
		one.Counts.Accepted += len(one.Events)
		for _, e := range one.Events {
			one.Counts.Created += e.Deliveries
		}
		one.Counts.Updated += len(one.Deliveries)
		one.Events, one.Deliveries = nil, nil
	}
	if text, err = json.Marshal(message); err != nil || len(text) > store.MaxTold {
		return ""
	}
	return string(text)
}

// heard passes on what another node has told.
func (r *relay) heard(text string) {
	if !r.hub.Watched() || text == "" {
		return
	}
	var message told
	if err := json.Unmarshal([]byte(text), &message); err != nil || message.Process == r.node.Process() {
		return // of another version, or our own
	}
	for _, one := range message.Tenants {
		for _, e := range one.Events {
			r.hub.Accepted(one.Tenant, e)
		}
		for _, id := range one.Deliveries {
			r.hub.Changed(one.Tenant, id)
		}
		if one.Counts != (live.Burst{}) {
			r.hub.Counted(one.Tenant, one.Counts)
		}
	}
}
