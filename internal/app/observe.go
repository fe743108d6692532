package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/httpapi"
	"github.com/tidingshq/tidings/internal/live"
	"github.com/tidingshq/tidings/internal/obs"
	"github.com/tidingshq/tidings/internal/receiver"
	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// urlRules applies the guard's rules when a webhook is saved.
type urlRules struct{ guard *egress.Guard }

// CheckURL implements registry.URLs.
func (u urlRules) CheckURL(raw string) (stored string, dev bool, invalid *webhook.Invalid) {
	target, err := u.guard.Check(raw)
	if err != nil {
		var problem *egress.Problem
		if errors.As(err, &problem) {
			return "", false, &webhook.Invalid{Code: problem.Code, Message: problem.Message}
		}
		return "", false, &webhook.Invalid{Code: "invalid_url", Message: "The URL is not valid."}
	}
	return target.Stored, target.DevAddress, nil
}

// InspectURL implements httpapi.URLInspector.
func (u urlRules) InspectURL(ctx context.Context, raw string) httpapi.URLInspection {
	var answer httpapi.URLInspection
	target, err := u.guard.Check(raw)
	if err != nil {
		_, _, invalid := u.CheckURL(raw)
		answer.Problems = append(answer.Problems, *invalid)
		return answer
	}
	answer.Normalized = target.Canonical()
	warn := func(code, message string) {
		answer.Warnings = append(answer.Warnings, webhook.Invalid{Field: "url", Code: code, Message: message})
	}
	if target.DevAddress {
		warn("dev_address", "The URL is acceptable only in development mode or by the allow-list.")
	}
	found := u.guard.Inspect(ctx, target)
	switch {
	case found.Unresolved:
		warn("not_resolved", "The host name has no address at the moment. Deliveries fail until it has one.")
	case found.Blocked():
		warn("address_blocked", "The host name points to an address that is not allowed. Deliveries to it are blocked.")
	}
	for _, f := range found.Addresses {
		answer.Addresses = append(answer.Addresses, httpapi.InspectedAddress{Address: f.Address.String(), Blocked: f.Blocked})
	}
	return answer
}

// accepted tells metrics, streams and log of events once they are durable.
func (a *App) accepted(p *store.AcceptParams, accepted []store.Accepted) {
	a.metrics.EventsAccepted(len(accepted))
	if a.live.Watched() || a.relay.wanted() {
		for i := range accepted {
			e := live.Event{
				ID: accepted[i].ID, Type: p.Events[i].Type, Source: p.Source, AcceptedAt: p.AcceptedAt, Deliveries: accepted[i].Deliveries,
			}
			a.live.Accepted(p.Tenant, e)
			a.relay.accepted(p.Tenant, e)
		}
	}
	ctx := context.Background()
	if !a.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	for i := range accepted {
		a.log.LogAttrs(ctx, slog.LevelDebug, "event.accepted",
			slog.String(obs.KeyTenant, string(p.Tenant)), slog.String(obs.KeyEvent, string(accepted[i].ID)),
			slog.String(obs.KeyEventType, string(p.Events[i].Type)), slog.Int(obs.KeyDeliveries, accepted[i].Deliveries),
			slog.Int(obs.KeySize, len(p.Events[i].Payload.Posted)))
	}
}

// received tells streams what the built-in receiver got, and notes when it has found
// signatures right.
func (a *App) received(tenant webhook.TenantID, inbox string, m receiver.Message) {
	a.live.Received(tenant, live.Received{
		Inbox: inbox, Number: m.Number, ReceivedAt: m.ReceivedAt, EventType: m.EventType, Result: m.Verdict.Result(),
	})
	if !m.Verdict.Valid() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), noteWithin)
	defer cancel()
	if err := a.registry.Done(ctx, tenant, registry.StepVerified); err != nil {
		a.log.Warn("checklist.not_noted", "error", err)
	}
}

// noteWithin bounds the write that a message may wait for.
const noteWithin = 5 * time.Second

// observer tells metrics, streams and log of every result.
type observer struct{ app *App }

// Attempted implements dispatch.Observer.
func (o observer) Attempted(job *webhook.Job, a *webhook.Attempt, next webhook.Next) {
	o.app.metrics.AttemptMade(string(a.Outcome), string(a.Reason), a.Duration)
	if next.State == webhook.StateSucceeded && a.Outcome == webhook.OutcomeSucceeded {
		o.app.metrics.DeliverySucceeded(a.EndedAt().Sub(job.AcceptedAt))
	}
	o.app.live.Changed(job.Tenant, job.Delivery)
	o.app.relay.changed(job.Tenant, job.Delivery)
	name := ""
	if w, found := o.app.registry.Webhook(job.Webhook); found {
		name = string(w.ID)
	}
	o.app.attempts.Attempted(context.Background(), obs.AttemptLine{
		Tenant: string(job.Tenant), Webhook: name, Event: string(job.Event), EventType: string(job.EventType), Delivery: string(job.Delivery),
		Number: a.Number, Trigger: string(a.Trigger), Outcome: string(a.Outcome), Reason: string(a.Reason), Phase: string(a.Phase),
		Failed: a.Outcome != webhook.OutcomeSucceeded, State: string(next.State), NextAt: next.DueAt, Status: a.Status, Duration: a.Duration,
	})
}

func newMetrics(version string) *obs.Metrics {
	o := obs.MetricsOptions{
		Version:  version,
		Outcomes: []string{string(webhook.OutcomeSucceeded), string(webhook.OutcomeFailed), string(webhook.OutcomeInterrupted)},
		Reasons:  []string{""},
	}
	for _, reason := range webhook.Reasons {
		o.Reasons = append(o.Reasons, string(reason))
	}
	return obs.NewMetrics(o)
}

func (a *App) inFlight() map[string]int {
	stats := a.dispatcher.Stats()
	return map[string]int{"fast": stats.InFlightFast, "slow": stats.InFlightSlow}
}
