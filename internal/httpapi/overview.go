package httpapi

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// overviewWindow is a span of time that an overview covers, in steps.
type overviewWindow struct {
	name  string
	span  time.Duration
	step  time.Duration
	steps int
}

// overviewWindows are those that can be asked for. Health is kept for two days.
var overviewWindows = []overviewWindow{
	{"1h", time.Hour, time.Minute, 60},
	{"6h", 6 * time.Hour, 10 * time.Minute, 36},
	{"24h", 24 * time.Hour, time.Hour, 24},
	{"48h", 48 * time.Hour, time.Hour, 48},
}

const (
	defaultWindow = "24h"
	// latestShown is how many deliveries an overview lists.
	latestShown = 10
)

type overviewInput struct {
	Window string `query:"window" enum:"1h,6h,24h,48h"`
}

type overviewOutput struct {
	Body overviewView
}

// overviewView is how everything goes. Previous is missing if it is older than what
// is kept, P95Ms without requests.
type overviewView struct {
	Window     string          `json:"window"`
	From       instant         `json:"from"`
	Health     ratesView       `json:"health"`
	Previous   *ratesView      `json:"previous,omitempty"`
	P95Ms      *float64        `json:"p95Ms,omitempty"`
	InProgress progressView    `json:"inProgress"`
	Buckets    []hourView      `json:"buckets"`
	Attention  []attentionView `json:"attention"`
	// AttentionCount is how many webhooks there are to look at; Attention lists the
	// worst.
	AttentionCount int           `json:"attentionCount"`
	Latest         []DeliveryRow `json:"latest"`
	Checklist      checklistView `json:"checklist"`
}

// ratesView is the requests of a span.
type ratesView struct {
	RequestCount int `json:"requestCount"`
	SuccessCount int `json:"successCount"`
}

// progressView counts what has not ended.
type progressView struct {
	Pending  countView `json:"pending"`
	Retrying countView `json:"retrying"`
	Held     countView `json:"held"`
}

func (a *api) overview(ctx context.Context, c *call, in *overviewInput) (*overviewOutput, error) {
	window, err := in.window()
	if err != nil {
		return nil, err
	}
	all := a.Registry.List(c.tenant())
	now, before, err := a.trends(ctx, c.tenant(), all, window)
	if err != nil {
		return nil, err
	}
	since := a.windowStart(window)
	v := overviewView{Window: window.name, From: instant(since), Health: ratesView(now.Health()), Buckets: make([]hourView, window.steps)}
	if before != nil {
		rates := ratesView(before.Health())
		v.Previous = &rates
	}
	if d, ok := now.Latency.Quantile(0.95); ok {
		ms := millis(d)
		v.P95Ms = &ms
	}
	for i, h := range now.Steps {
		v.Buckets[i] = hourView{instant(since.Add(time.Duration(i) * window.step)), h.SuccessCount, h.RequestCount - h.SuccessCount}
	}
	if v.Attention, v.AttentionCount, err = a.attention(ctx, c.tenant(), all, now, since); err != nil {
		return nil, err
	}
	if v.InProgress, err = a.inProgress(ctx, c.tenant()); err != nil {
		return nil, err
	}
	if v.Latest, err = a.latest(ctx, c.tenant()); err != nil {
		return nil, err
	}
	v.Checklist, err = a.checklist(ctx, c.tenant())
	return &overviewOutput{v}, err
}

func (in *overviewInput) window() (overviewWindow, error) {
	name := in.Window
	if name == "" {
		name = defaultWindow
	}
	for _, w := range overviewWindows {
		if w.name == name {
			return w, nil
		}
	}
	return overviewWindow{}, invalidParameter("window", "unknown", "window is one of 1h, 6h, 24h and 48h.")
}

// windowStart is the minute in which a window begins.
func (a *api) windowStart(w overviewWindow) time.Time {
	return a.Clock.Now().UTC().Add(-w.span).Truncate(time.Minute)
}

func (a *api) inProgress(ctx context.Context, tenant webhook.TenantID) (progressView, error) {
	counted, err := a.Store.Summary(ctx, store.SummaryQuery{CountCap: countCap, DeliveryQuery: store.DeliveryQuery{
		Tenant: tenant, States: []webhook.State{webhook.StatePending, webhook.StateRetrying, webhook.StateHeld},
	}})
	if err != nil {
		return progressView{}, fmt.Errorf("count deliveries: %w", err)
	}
	of := func(s webhook.State) countView { return countView(counted.Counts[s]) }
	return progressView{Pending: of(webhook.StatePending), Retrying: of(webhook.StateRetrying), Held: of(webhook.StateHeld)}, nil
}

func (a *api) latest(ctx context.Context, tenant webhook.TenantID) ([]DeliveryRow, error) {
	found, err := a.Store.Deliveries(ctx, store.DeliveryQuery{Tenant: tenant, Limit: latestShown})
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	rows := make([]DeliveryRow, len(found))
	for i := range found {
		rows[i] = viewDelivery(&found[i])
	}
	return rows, nil
}

// trendCache keeps the trends of tenants with many webhooks for a moment.
type trendCache struct {
	mu   sync.Mutex
	kept map[trendKey]*cachedTrend
}

type trendKey struct {
	tenant webhook.TenantID
	window string
}

type cachedTrend struct {
	mu          sync.Mutex // held while it is read, so that callers share one reading
	at          time.Time
	now, before *store.Trend
}

func (t *trendCache) of(key trendKey) *cachedTrend {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		t.kept = map[trendKey]*cachedTrend{}
	}
	if t.kept[key] == nil {
		t.kept[key] = &cachedTrend{}
	}
	return t.kept[key]
}

// trends are those of a window and of the one before, which is nil if it is not kept.
func (a *api) trends(ctx context.Context, tenant webhook.TenantID, all []*webhook.Webhook, w overviewWindow) (now, before *store.Trend, err error) {
	if len(all) <= fewWebhooks {
		return a.readTrends(ctx, all, w)
	}
	cached := a.trendsKept.of(trendKey{tenant, w.name})
	cached.mu.Lock()
	defer cached.mu.Unlock()
	present := a.Clock.Now()
	if age := present.Sub(cached.at); cached.now != nil && age >= 0 && age < healthAge {
		return cached.now, cached.before, nil
	}
	now, before, err = a.readTrends(ctx, all, w)
	if err == nil {
		cached.at, cached.now, cached.before = present, now, before
	}
	return now, before, err
}

func (a *api) readTrends(ctx context.Context, all []*webhook.Webhook, w overviewWindow) (now, before *store.Trend, err error) {
	since := a.windowStart(w)
	q := store.TrendQuery{Webhooks: numbersOf(all), From: since, Until: since.Add(w.span + time.Minute), Step: w.step, Steps: w.steps}
	found, err := a.Store.Trend(ctx, q)
	if err != nil {
		return nil, nil, fmt.Errorf("read health: %w", err)
	}
	if 2*w.span > store.HealthKept {
		return &found, nil, nil
	}
	q.From, q.Until, q.Step, q.Steps = since.Add(-w.span), since, w.span, 1
	previous, err := a.Store.Trend(ctx, q)
	if err != nil {
		return nil, nil, fmt.Errorf("read health: %w", err)
	}
	return &found, &previous, nil
}
