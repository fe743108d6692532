package store

import (
	"context"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// Figures counts what the log holds, for lists and summaries.
type Figures interface {
	// Summary counts the deliveries that a query selects: by state, where counting
	// stops at CountCap, and by time of acceptance. [case Figures/Summary]
	Summary(ctx context.Context, q SummaryQuery) (Summary, error)
	// DeliveryWindow finds the oldest of the newest n deliveries that a query
	// selects before its Search; empty if there are no more than n.
	// [case Figures/Window]
	DeliveryWindow(ctx context.Context, q DeliveryQuery, n int) (webhook.DeliveryID, error)
	// EventWindow is DeliveryWindow for events. [case Figures/Window]
	EventWindow(ctx context.Context, q EventQuery, n int) (webhook.EventID, error)
	// EventStates counts the deliveries of each event by state, at most the first
	// perEvent of one. [case Figures/EventStates]
	EventStates(ctx context.Context, events []webhook.Event, perEvent int) (map[webhook.EventID]map[webhook.State]int, error)
	// HourlyHealth is the health of each webhook from since on, and the hours it is
	// made of, the first beginning at since; one without any is missing.
	// [case Figures/HourlyHealth]
	HourlyHealth(ctx context.Context, webhooks []int64, since time.Time) (map[int64]HourlyHealth, error)
	// Activity is what each webhook has waiting and its newest log entry; counting
	// stops at countCap. [case Figures/Activity]
	Activity(ctx context.Context, webhooks []int64, countCap int) (map[int64]Activity, error)
	// Trend is the health of webhooks together over a span of minutes, of each alone,
	// and how long the attempts took that decided them. [case Figures/Trend]
	Trend(ctx context.Context, q TrendQuery) (Trend, error)
}

// TrendQuery asks for the minutes from From until before Until, in steps. What is
// behind the last step counts in it.
type TrendQuery struct {
	Webhooks    []int64
	From, Until time.Time
	Step        time.Duration
	Steps       int
}

// Trend is what TrendQuery asks for. Webhooks without requests are missing.
type Trend struct {
	Steps    []webhook.Health
	Webhooks map[int64]webhook.Health
	Latency  webhook.Latency
}

// Add counts what one webhook has in a step.
func (t *Trend) Add(number int64, step int, of webhook.Health, latency *webhook.Latency) {
	t.Steps[step].RequestCount += of.RequestCount
	t.Steps[step].SuccessCount += of.SuccessCount
	alone := t.Webhooks[number]
	alone.RequestCount += of.RequestCount
	alone.SuccessCount += of.SuccessCount
	t.Webhooks[number] = alone
	for i, n := range latency {
		t.Latency[i] += n
	}
}

// Health is that of all webhooks over the whole span.
func (t *Trend) Health() (all webhook.Health) {
	for _, h := range t.Steps {
		all.RequestCount += h.RequestCount
		all.SuccessCount += h.SuccessCount
	}
	return all
}

// SummaryQuery asks for the counts of a selection; its Before and Limit do not count.
type SummaryQuery struct {
	DeliveryQuery
	CountCap int
	// Start, Step and Buckets lay out the buckets; no Buckets, no counts by time.
	Start   time.Time
	Step    time.Duration
	Buckets int
}

// Summary is what SummaryQuery asks for. States without deliveries are missing.
type Summary struct {
	Counts  map[webhook.State]Count
	Buckets []Bucket
}

// Count is a number of deliveries; Capped says that there are more.
type Count struct {
	N      int
	Capped bool
}

// Bucket counts the deliveries accepted from Start until the next bucket.
type Bucket struct {
	Start             time.Time
	Succeeded, Failed int
}

// HourlyHealth is health and the hours it is made of.
type HourlyHealth struct {
	webhook.Health
	Hours [24]webhook.Health
}

// Activity is what a webhook has to do and what it did last.
type Activity struct {
	// Retrying counts deliveries that wait for another attempt, Waiting those that
	// wait for their first.
	Retrying, Waiting int
	// Last is nil without a log entry. Its State is not derived: a held delivery
	// is retrying there.
	Last *LastDelivery
}

// LastDelivery names the newest log entry of a webhook.
type LastDelivery struct {
	ID    webhook.DeliveryID
	State webhook.State
	At    time.Time
}

// Overrides is what a person asks of one delivery.
type Overrides interface {
	// Redeliver asks for one more attempt of a delivery, due now, and returns the
	// number of its webhook. [case Queue/RedeliverEnded] [case Queue/RedeliverRetrying]
	// The attempt names who asked. [case Queue/RedeliverBy] Asking again before it
	// has begun changes nothing.
	// ErrNotFound, ErrWebhookDisabled, ErrWebhookDeleted, ErrPayloadGone,
	// ErrTooManyRedeliveries; ErrInProgress if the first attempt has no result yet or
	// somebody has the delivery in hand. [case Queue/RedeliverRefused] Where processes share
	// the database that is also so if it was cancelled since.
	Redeliver(ctx context.Context, tenant webhook.TenantID, id webhook.DeliveryID, now time.Time, by string) (webhookNumber int64, err error)
	// Cancel ends a delivery that has not ended, with CancelByPerson, and returns
	// the number of its webhook. An attempt that is under way is added to the log
	// when it ends and changes nothing else. [case Queue/Cancel]
	// ErrNotFound; ErrEnded if it has ended, also while it is redelivered.
	// [case Queue/CancelRefused]
	Cancel(ctx context.Context, tenant webhook.TenantID, id webhook.DeliveryID, now time.Time) (webhookNumber int64, err error)
}
