package httpapi

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// WebhookRow is a webhook as our own lists show it; exported like HookPath. It never
// holds the signing key or the value of a header.
type WebhookRow struct {
	ID           webhook.ID    `json:"id"`
	Name         string        `json:"name"`
	URL          string        `json:"url"`
	DevAddress   bool          `json:"devAddress"`
	EventTypes   []string      `json:"eventTypes"`
	Enabled      bool          `json:"enabled"`
	SuspendedAt  *instant      `json:"suspendedAt,omitempty"`
	Version      int64         `json:"version"`
	CreatedAt    instant       `json:"createdAt"`
	Health       healthView    `json:"health"`
	Hours        []hourView    `json:"hours"`
	LastDelivery *lastDelivery `json:"lastDelivery,omitempty"`
}

// healthView is the requests of the past 24 hours; what is retrying counts in
// neither of the others.
type healthView struct {
	RequestCount  int `json:"requestCount"`
	SuccessCount  int `json:"successCount"`
	RetryingCount int `json:"retryingCount"`
}

type hourView struct {
	Start     instant `json:"start"`
	Succeeded int     `json:"succeeded"`
	Failed    int     `json:"failed"`
}

type lastDelivery struct {
	ID    webhook.DeliveryID `json:"id"`
	State webhook.State      `json:"state"`
	At    instant            `json:"at"`
}

// webhookView is one webhook with what lists leave out.
type webhookView struct {
	WebhookRow
	Headers       []webhookHeader `json:"headers"`
	RetryingCount int             `json:"retryingCount"`
	HeldCount     int             `json:"heldCount"`
}

// webhookHeader is a custom header. The value of a locked one is never shown.
type webhookHeader struct {
	Name      string  `json:"name"`
	Value     *string `json:"value,omitempty"`
	Locked    bool    `json:"locked"`
	UpdatedAt instant `json:"updatedAt"`
	// Withheld says that the value was given for another origin than that of the URL
	// and is not sent there.
	Withheld bool `json:"withheld,omitempty"`
}

// viewWebhooks shows webhooks with their health, read in two queries.
func (a *api) viewWebhooks(ctx context.Context, webhooks []*webhook.Webhook) ([]WebhookRow, map[int64]store.Activity, error) {
	since := a.healthSince()
	numbers := numbersOf(webhooks)
	health, err := a.Store.HourlyHealth(ctx, numbers, since)
	if err != nil {
		return nil, nil, fmt.Errorf("read health: %w", err)
	}
	activity, err := a.Store.Activity(ctx, numbers, countCap)
	if err != nil {
		return nil, nil, fmt.Errorf("read activity: %w", err)
	}
	rows := make([]WebhookRow, len(webhooks))
	for i, w := range webhooks {
		rows[i] = a.viewWebhookRow(w, health[w.Number], activity[w.Number], since)
	}
	return rows, activity, nil
}

// healthSince is the minute in which the span of health begins.
func (a *api) healthSince() time.Time {
	return a.Clock.Now().UTC().Add(-webhook.HealthWindow).Truncate(time.Minute)
}

func numbersOf(webhooks []*webhook.Webhook) []int64 {
	numbers := make([]int64, len(webhooks))
	for i, w := range webhooks {
		numbers[i] = w.Number
	}
	return numbers
}

func (a *api) viewWebhookRow(w *webhook.Webhook, h store.HourlyHealth, does store.Activity, since time.Time) WebhookRow {
	row := WebhookRow{
		ID: w.ID, Name: w.Name, URL: w.URL.Reveal(), DevAddress: a.Registry.DevAddress(w), EventTypes: texts(w.Selection()),
		Enabled: w.Enabled, SuspendedAt: instantOf(w.SuspendedAt), Version: w.Version, CreatedAt: instant(w.CreatedAt),
		Health: healthView{RequestCount: h.RequestCount, SuccessCount: h.SuccessCount},
		Hours:  make([]hourView, len(h.Hours)),
	}
	if w.Active() {
		row.Health.RetryingCount = does.Retrying
	}
	for i, hour := range h.Hours {
		row.Hours[i] = hourView{
			Start: instant(since.Add(time.Duration(i) * time.Hour)), Succeeded: hour.SuccessCount, Failed: hour.RequestCount - hour.SuccessCount,
		}
	}
	if last := does.Last; last != nil {
		row.LastDelivery = &lastDelivery{ID: last.ID, State: last.State, At: instant(last.At)}
		if last.State == webhook.StateRetrying && !w.Active() {
			row.LastDelivery.State = webhook.StateHeld
		}
	}
	return row
}

// viewWebhook shows one webhook as a caller may see it.
func (a *api) viewWebhook(ctx context.Context, c *call, w *webhook.Webhook) (webhookView, error) {
	rows, activity, err := a.viewWebhooks(ctx, []*webhook.Webhook{w})
	if err != nil {
		return webhookView{}, err
	}
	does := activity[w.Number]
	v := webhookView{WebhookRow: rows[0], Headers: make([]webhookHeader, len(w.Headers))}
	if w.Active() {
		v.RetryingCount = does.Retrying
	} else {
		v.HeldCount = min(does.Retrying+does.Waiting, countCap)
	}
	for i, h := range w.Headers {
		v.Headers[i] = webhookHeader{Name: h.Name, Locked: h.Locked, UpdatedAt: instant(h.UpdatedAt), Withheld: h.Withheld}
		if h.Locked {
			continue
		}
		value := masked
		if c.mayManage {
			value = h.Value.Reveal()
		}
		v.Headers[i].Value = &value
	}
	return v, nil
}

// versionTag is the ETag of a version of a webhook.
func versionTag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }
