package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const logKeyPrefix = "TriggerHook."

type listHookLogsInput struct {
	HookPath
	NumberedPages
	LogKey    string  `query:"logKey"`
	StartTime integer `query:"start_time"`
	EndTime   integer `query:"end_time"`
	EnableCap string  `query:"enableCap"`
}

type listHookLogsOutput struct {
	Total  string   `header:"Total-Number"`
	Capped string   `header:"Total-Number-Is-Capped"`
	Link   []string `header:"Link"`
	Body   []LogView
}

func (a *api) listHookLogs(ctx context.Context, c *call, in *listHookLogsInput) (*listHookLogsOutput, error) {
	p, _, err := in.page()
	if err != nil {
		return nil, err
	}
	q, err := a.recentQuery(c, in)
	if err != nil {
		return nil, err
	}
	q.Offset, q.Limit = p.offset(), p.size
	var found store.RecentPage
	if isID(in.ID) && selectsLogs(in.LogKey) {
		if found, err = a.Store.Recent(ctx, q); err != nil {
			return nil, fmt.Errorf("read recent log entries: %w", err)
		}
	}
	h := a.headersOf(c, p, found.Total, found.Capped)
	out := &listHookLogsOutput{Total: h.Total, Capped: h.Capped, Link: h.Link, Body: make([]LogView, len(found.Entries))}
	for i := range found.Entries {
		out.Body[i] = viewLog(&found.Entries[i])
	}
	return out, nil
}

// selectsLogs says whether log entries of webhooks can have the key.
func selectsLogs(key string) bool {
	eventType, ok := strings.CutPrefix(key, logKeyPrefix)
	return key == "" || ok && eventType != ""
}

// recentQuery reads what to select. Without either bound that is the past 24 hours;
// an empty bound counts as 0.
func (a *api) recentQuery(c *call, in *listHookLogsInput) (store.RecentQuery, error) {
	q := store.RecentQuery{
		Tenant: c.tenant(), Webhook: webhook.ID(in.ID), Type: webhook.EventType(strings.TrimPrefix(in.LogKey, logKeyPrefix)),
	}
	if isYes(in.EnableCap) {
		q.CountCap = countCap
	}
	given := c.request.URL.Query()
	if !given.Has("start_time") && !given.Has("end_time") {
		q.From = a.Clock.Now().Add(-webhook.HealthWindow)
		return q, nil
	}
	var err error
	if q.From, err = logTime("start_time", in.StartTime, given.Has("start_time")); err != nil {
		return q, err
	}
	if q.To, err = logTime("end_time", in.EndTime, given.Has("end_time")); err != nil {
		return q, err
	}
	if !q.To.IsZero() && q.From.After(q.To) {
		return q, &problem{status: http.StatusBadRequest, Code: "log.invalid_time_window", Message: "`end_time` must be after `start_time`."}
	}
	return q, nil
}

func logTime(name string, given integer, sent bool) (time.Time, error) {
	if !sent {
		return time.Time{}, nil
	}
	if given == "" {
		given = "0"
	}
	millis, ok := given.value(0, maxMillis)
	if !ok {
		return time.Time{}, &problem{status: http.StatusBadRequest, Code: codeInvalidInput, Message: "The request " + name + " is invalid."}
	}
	return time.UnixMilli(millis).UTC(), nil
}

// LogPath is the path of one log entry; exported like HookPath.
type LogPath struct {
	ID string `path:"id"`
}

type getLogOutput struct {
	Body tenantLogView
}

// getLog shows the log entry of a delivery. Before the end of its first attempt a
// delivery has none.
func (a *api) getLog(ctx context.Context, c *call, in *LogPath) (*getLogOutput, error) {
	d, err := a.delivery(ctx, c, in.ID)
	if errors.Is(err, webhook.ErrNotFound) || err == nil && d.LoggedAt == nil {
		return nil, errNoEntityWithID("logs", in.ID)
	}
	if err != nil {
		return nil, err
	}
	e, err := a.Store.Event(ctx, c.tenant(), d.EventID)
	if err != nil && !errors.Is(err, webhook.ErrNotFound) {
		return nil, fmt.Errorf("read event of log entry: %w", err)
	}
	entry := store.RecentEntry{Delivery: d, Payload: e.Payload}
	return &getLogOutput{Body: tenantLogView{TenantID: string(d.Tenant), LogView: viewLog(&entry)}}, nil
}
