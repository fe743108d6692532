package httpapi

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// healthClass sorts webhooks by how their requests go.
type healthClass string

const (
	classFailing  healthClass = "failing"
	classDegraded healthClass = "degraded"
	classHealthy  healthClass = "healthy"
	classIdle     healthClass = "idle"
	classDisabled healthClass = "disabled"
)

// classOf compares exactly: 98.999 % is degraded.
func classOf(w *webhook.Webhook, h webhook.Health) healthClass {
	switch {
	case !w.Active():
		return classDisabled
	case h.RequestCount == 0:
		return classIdle
	case h.SuccessCount*100 < h.RequestCount*90:
		return classFailing
	case h.SuccessCount*100 < h.RequestCount*99:
		return classDegraded
	default:
		return classHealthy
	}
}

type listWebhooksInput struct {
	Cursor string  `query:"cursor"`
	Limit  integer `query:"limit"`
	Q      string  `query:"q"`
	Health string  `query:"health" enum:"failing,degraded,healthy,idle,disabled"`
	Sort   string  `query:"sort" enum:"-createdAt,createdAt,name,-name,requests,-requests,successRate,-successRate,health"`
}

// webhookCounts counts what q selects, whatever the health that is asked for.
type webhookCounts struct {
	All      int `json:"all"`
	Failing  int `json:"failing"`
	Degraded int `json:"degraded"`
	Healthy  int `json:"healthy"`
	Idle     int `json:"idle"`
	Disabled int `json:"disabled"`
}

func (n *webhookCounts) add(class healthClass) {
	n.All++
	switch class {
	case classFailing:
		n.Failing++
	case classDegraded:
		n.Degraded++
	case classHealthy:
		n.Healthy++
	case classIdle:
		n.Idle++
	case classDisabled:
		n.Disabled++
	}
}

type listWebhooksOutput struct {
	Body struct {
		Items  []WebhookRow  `json:"items"`
		Next   string        `json:"next,omitempty"`
		Counts webhookCounts `json:"counts"`
	}
}

// ranked is a webhook with its place in the order asked for.
type ranked struct {
	webhook *webhook.Webhook
	place   place
}

// place is what a list is sorted by; it stands in the cursor, so that a page goes on
// at the same place whatever has become of the rows before it.
type place struct {
	Sort   string  `json:"s"`
	Text   string  `json:"t,omitempty"`
	Number float64 `json:"n,omitempty"`
	// Last orders what is otherwise equal: newest first.
	Last int64 `json:"l"`
}

func (p place) compare(other place) int {
	c := cmp.Or(cmp.Compare(p.Number, other.Number), strings.Compare(p.Text, other.Text))
	if strings.HasPrefix(p.Sort, "-") {
		c = -c
	}
	return cmp.Or(c, cmp.Compare(other.Last, p.Last))
}

func placeOf(w *webhook.Webhook, h webhook.Health, sort string) place {
	p := place{Sort: sort, Last: w.Number}
	switch strings.TrimPrefix(sort, "-") {
	case "name":
		p.Text = strings.ToLower(w.Name)
	case "health":
		// What fails comes first, and the rest stays where people look for it.
		p.Text = strings.ToLower(w.Name)
		if classOf(w, h) != classFailing {
			p.Number = 1
		}
	case "requests":
		p.Number = float64(h.RequestCount)
	case "successRate":
		// Without requests there is no rate: such webhooks come behind all that have one.
		if p.Number = 2; strings.HasPrefix(sort, "-") {
			p.Number = -1
		}
		if h.RequestCount > 0 {
			p.Number = float64(h.SuccessCount) / float64(h.RequestCount)
		}
	default:
		p.Number = float64(w.CreatedAt.UnixMilli())
	}
	return p
}

const defaultSort = "-createdAt"

func (a *api) listWebhooks(ctx context.Context, c *call, in *listWebhooksInput) (*listWebhooksOutput, error) {
	limit, after, err := in.read()
	if err != nil {
		return nil, err
	}
	all := a.Registry.List(c.tenant())
	health, err := a.allHealth(ctx, c.tenant(), all)
	if err != nil {
		return nil, err
	}
	out := &listWebhooksOutput{}
	var chosen []ranked
	for _, w := range all {
		if !in.finds(w) {
			continue
		}
		class := classOf(w, health[w.Number])
		out.Body.Counts.add(class)
		r := ranked{w, placeOf(w, health[w.Number], in.Sort)}
		if (in.Health == "" || in.Health == string(class)) && (after == nil || after.compare(r.place) < 0) {
			chosen = append(chosen, r)
		}
	}
	slices.SortFunc(chosen, func(x, y ranked) int { return x.place.compare(y.place) })
	if len(chosen) > limit {
		chosen = chosen[:limit]
		out.Body.Next = chosen[limit-1].place.cursor()
	}
	page := make([]*webhook.Webhook, len(chosen))
	for i := range chosen {
		page[i] = chosen[i].webhook
	}
	out.Body.Items, _, err = a.viewWebhooks(ctx, page)
	return out, err
}

var sorts = []string{defaultSort, "createdAt", "name", "-name", "requests", "-requests", "successRate", "-successRate", "health"}

// read checks the query. after is where the page goes on; nil is from the start.
func (in *listWebhooksInput) read() (limit int, after *place, err error) {
	pages := CursorPages{Limit: in.Limit}
	s, err := pages.span()
	if err != nil {
		return 0, nil, err
	}
	if err := checkQ(in.Q); err != nil {
		return 0, nil, err
	}
	classes := []healthClass{classFailing, classDegraded, classHealthy, classIdle, classDisabled}
	if in.Health != "" && !slices.Contains(classes, healthClass(in.Health)) {
		return 0, nil, invalidParameter("health", "unknown", "health is one of failing, degraded, healthy, idle and disabled.")
	}
	if in.Sort == "" {
		in.Sort = defaultSort
	}
	if !slices.Contains(sorts, in.Sort) {
		return 0, nil, invalidParameter("sort", "unknown", "sort is one of "+strings.Join(sorts, ", ")+".")
	}
	if in.Cursor == "" {
		return s.limit, nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	if err == nil {
		err = json.Unmarshal(raw, &after)
	}
	if err != nil || after == nil || after.Sort != in.Sort {
		return 0, nil, invalidParameter("cursor", "invalid", "The cursor is not one that was given out for this order. Start without it.")
	}
	return s.limit, after, nil
}

func (p place) cursor() string {
	raw, _ := json.Marshal(p) // text and numbers only
	return base64.RawURLEncoding.EncodeToString(raw)
}

// finds says whether q is the identifier or a part of name or URL.
func (in *listWebhooksInput) finds(w *webhook.Webhook) bool {
	q := strings.ToLower(in.Q)
	return q == "" || string(w.ID) == in.Q || strings.Contains(strings.ToLower(w.Name), q) || strings.Contains(strings.ToLower(w.URL.Reveal()), q)
}

const (
	// fewWebhooks is for how many the health is read anew for each list.
	fewWebhooks = 500
	// healthAge is how old the health of more than that may be.
	healthAge = 10 * time.Second
)

// healthCache keeps the health of tenants with many webhooks for a moment: counts and
// order need all of them, however short the page.
type healthCache struct {
	mu      sync.Mutex
	tenants map[webhook.TenantID]*cachedHealth
}

type cachedHealth struct {
	mu     sync.Mutex // held while it is read, so that callers share one reading
	at     time.Time
	health map[int64]webhook.Health
}

func (h *healthCache) of(tenant webhook.TenantID) *cachedHealth {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tenants == nil {
		h.tenants = map[webhook.TenantID]*cachedHealth{}
	}
	if h.tenants[tenant] == nil {
		h.tenants[tenant] = &cachedHealth{}
	}
	return h.tenants[tenant]
}

// allHealth is the health of all webhooks of a tenant.
func (a *api) allHealth(ctx context.Context, tenant webhook.TenantID, all []*webhook.Webhook) (map[int64]webhook.Health, error) {
	if len(all) <= fewWebhooks {
		return a.Store.Health(ctx, numbersOf(all), a.healthSince())
	}
	cached := a.health.of(tenant)
	cached.mu.Lock()
	defer cached.mu.Unlock()
	now := a.Clock.Now()
	if age := now.Sub(cached.at); cached.health != nil && age >= 0 && age < healthAge {
		return cached.health, nil
	}
	health, err := a.Store.Health(ctx, numbersOf(all), a.healthSince())
	if err == nil {
		cached.at, cached.health = now, health
	}
	return health, err
}
