package live

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Run tells what is hinted at until ctx ends. While nobody watches it rests.
func (h *Hub) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.begun:
		}
		var both sync.WaitGroup
		both.Go(func() { h.whileWatched(ctx, h.turn) })
		// Figures may take long to read; rows do not wait for them.
		both.Go(func() { h.whileWatched(ctx, h.tellStats) })
		both.Wait()
	}
}

func (h *Hub) whileWatched(ctx context.Context, do func(ctx context.Context, at time.Time)) {
	ticker := time.NewTicker(gatherFor)
	defer ticker.Stop()
	for h.Watched() && ctx.Err() == nil {
		select {
		case <-ticker.C:
			do(ctx, time.Now())
		case <-ctx.Done():
		}
	}
}

// turn tells what has gathered, of all tenants.
func (h *Hub) turn(ctx context.Context, at time.Time) {
	now := h.options.Clock.Now().UTC()
	h.cool(at)
	var all []gathered
	var numbers []int64
	for _, t := range h.all() {
		g := t.gather(now, at)
		all = append(all, g)
		numbers = slices.AppendSeq(numbers, maps.Keys(g.rows))
	}
	slices.Sort(numbers)
	found, err := h.read(ctx, slices.Compact(numbers))
	if err != nil {
		h.options.Log.Warn("stream.rows_unread", "error", err)
	}
	for _, g := range all {
		g.addRows(found[g.topic.tenant], err)
		g.topic.publish(h.encode(g.sayings), at)
	}
}

// rowsPerRead bounds one call of the store.
const rowsPerRead = 400

// read finds rows, by their tenants.
func (h *Hub) read(ctx context.Context, numbers []int64) (map[webhook.TenantID][]webhook.Delivery, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	byTenant := map[webhook.TenantID][]webhook.Delivery{}
	for some := range slices.Chunk(numbers, rowsPerRead) {
		found, err := h.options.Store.DeliveriesByNumber(ctx, some)
		if err != nil {
			return byTenant, fmt.Errorf("read deliveries: %w", err)
		}
		for i := range found {
			byTenant[found[i].Tenant] = append(byTenant[found[i].Tenant], found[i])
		}
	}
	return byTenant, nil
}

// addRows tells the rows that were hinted at, in the order of acceptance. If they could
// not be read the reader has to.
func (g *gathered) addRows(found []webhook.Delivery, err error) {
	if err != nil && len(g.rows) > 0 {
		g.sayings = append(g.sayings, saying{KindResync, Resync{ResyncMissed}})
		return
	}
	for i := len(found) - 1; i >= 0; i-- { // the store has the newest first
		number, _, _ := webhook.ParseID(string(found[i].ID))
		isNew, hinted := g.rows[number]
		switch {
		case !hinted:
		case isNew:
			g.sayings = append(g.sayings, saying{KindDeliveryCreated, &found[i]})
		default:
			g.sayings = append(g.sayings, saying{KindDeliveryUpdated, &found[i]})
		}
	}
}

// tellStats tells the figures of the tenants in which something has changed. Those that
// take long to read are told less often.
func (h *Hub) tellStats(ctx context.Context, at time.Time) {
	for _, t := range h.all() {
		if !t.wantsStats(at) {
			continue
		}
		began := time.Now()
		s, err := h.stats(ctx, t.tenant)
		if t.toldStats(at.Add(max(statsEvery, statsShare*time.Since(began))), err == nil); err == nil {
			t.publish(h.encode([]saying{{KindStats, s}}), time.Now())
		}
	}
}

// stats reads the figures of a tenant.
func (h *Hub) stats(ctx context.Context, tenant webhook.TenantID) (Stats, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	var s Stats
	counted, err := h.options.Store.Summary(ctx, store.SummaryQuery{CountCap: CountCap, DeliveryQuery: store.DeliveryQuery{
		Tenant: tenant, States: []webhook.State{webhook.StatePending, webhook.StateRetrying, webhook.StateHeld},
	}})
	if err != nil {
		h.options.Log.Warn("stream.figures_unread", "error", err)
		return s, fmt.Errorf("count deliveries: %w", err)
	}
	s.Pending, s.Retrying, s.Held = counted.Counts[webhook.StatePending].N, counted.Counts[webhook.StateRetrying].N, counted.Counts[webhook.StateHeld].N
	var numbers []int64
	for _, w := range h.options.Webhooks.List(tenant) {
		numbers = append(numbers, w.Number)
	}
	since := h.options.Clock.Now().UTC().Add(-webhook.HealthWindow).Truncate(time.Minute)
	health, err := h.options.Store.Health(ctx, numbers, since)
	if err != nil {
		h.options.Log.Warn("stream.figures_unread", "error", err)
		return s, fmt.Errorf("read health: %w", err)
	}
	for _, of := range health {
		s.Health.RequestCount += of.RequestCount
		s.Health.SuccessCount += of.SuccessCount
	}
	return s, nil
}

func (h *Hub) encode(sayings []saying) []Message {
	messages := make([]Message, 0, len(sayings))
	for _, s := range sayings {
		text, err := h.options.Encode(s.data)
		if err != nil {
			h.options.Log.Error("stream.not_encoded", "kind", s.kind, "error", err)
			continue
		}
		messages = append(messages, Message{Kind: s.kind, Text: text})
	}
	return messages
}
