package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// attentionShown is how many webhooks an overview lists as in trouble.
	attentionShown = 10
	// attentionCounted is how many failed requests are looked at for the reason that
	// most of them have.
	attentionCounted = 1000
)

// attentionKind is why a webhook wants to be looked at.
type attentionKind string

const (
	attentionSuspended attentionKind = "suspended"
	attentionFailing   attentionKind = "failing"
	attentionDegraded  attentionKind = "degraded"
)

// attentionView is a webhook in trouble. TopReason and TopStatus are those of the
// newest request among the failed ones of the commonest kind.
type attentionView struct {
	Kind      string         `json:"kind" enum:"suspended,failing,degraded"`
	Webhook   webhookName    `json:"webhook"`
	Requests  int            `json:"requests"`
	Failed    int            `json:"failed"`
	TopReason webhook.Reason `json:"topReason,omitempty"`
	TopStatus int            `json:"topStatus,omitempty"`
}

type webhookName struct {
	ID   webhook.ID `json:"id"`
	Name string     `json:"name"`
}

// troubled is a webhook that wants to be looked at.
type troubled struct {
	webhook *webhook.Webhook
	kind    attentionKind
	health  webhook.Health
}

func (t *troubled) failed() int { return t.health.RequestCount - t.health.SuccessCount }

// attention lists the webhooks in trouble, the worst first, and counts all of them.
func (a *api) attention(ctx context.Context, tenant webhook.TenantID, all []*webhook.Webhook, now *store.Trend, since time.Time) ([]attentionView, int, error) {
	kinds := map[healthClass]attentionKind{classFailing: attentionFailing, classDegraded: attentionDegraded}
	var found []troubled
	for _, w := range all {
		t := troubled{w, kinds[classOf(w, now.Webhooks[w.Number])], now.Webhooks[w.Number]}
		if w.Enabled && w.SuspendedAt != nil {
			t.kind = attentionSuspended
		}
		if t.kind != "" {
			found = append(found, t)
		}
	}
	order := []attentionKind{attentionSuspended, attentionFailing, attentionDegraded}
	slices.SortFunc(found, func(x, y troubled) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.kind), slices.Index(order, y.kind)), cmp.Compare(y.failed(), x.failed()),
			cmp.Compare(x.webhook.Number, y.webhook.Number))
	})
	views := make([]attentionView, min(len(found), attentionShown))
	for i := range views {
		t := &found[i]
		views[i] = attentionView{
			Kind: string(t.kind), Webhook: webhookName{t.webhook.ID, t.webhook.Name}, Requests: t.health.RequestCount, Failed: t.failed(),
		}
		last, err := a.commonFailure(ctx, tenant, t.webhook.ID, since)
		if err != nil {
			return nil, 0, err
		}
		if last != nil {
			views[i].TopReason, views[i].TopStatus = last.Reason, last.Status
		}
	}
	return views, len(found), nil
}

// commonFailure is the newest last attempt of a webhook's failed deliveries of the
// commonest class; nil if there are none.
func (a *api) commonFailure(ctx context.Context, tenant webhook.TenantID, id webhook.ID, since time.Time) (*webhook.Attempt, error) {
	q := store.DeliveryQuery{Tenant: tenant, Webhook: id, States: []webhook.State{webhook.StateFailed}, From: since, Limit: 1}
	most := 0
	var class webhook.ResultClass
	for _, c := range webhook.ResultClasses {
		q.Results = []webhook.ResultClass{c}
		counted, err := a.Store.Summary(ctx, store.SummaryQuery{DeliveryQuery: q, CountCap: attentionCounted})
		if err != nil {
			return nil, fmt.Errorf("count failures: %w", err)
		}
		if n := counted.Counts[webhook.StateFailed].N; n > most {
			most, class = n, c
		}
	}
	if q.Results = []webhook.ResultClass{class}; most == 0 {
		q.Results = nil // what has no class that can be asked for
	}
	newest, err := a.Store.Deliveries(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("find a failure: %w", err)
	}
	if len(newest) == 0 {
		return nil, nil //nolint:nilnil // nothing has failed in the log
	}
	return newest[0].LastAttempt(), nil
}
