package httpapi

import (
	"context"
	"fmt"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

type summaryInput struct {
	DeliveryFilter
	From string `query:"from"`
	To   string `query:"to"`
}

type summaryOutput struct {
	Body summaryView
}

// summaryView counts by state, and by time of acceptance what has ended.
type summaryView struct {
	Counts   map[webhook.State]countView `json:"counts"`
	Buckets  []hourView                  `json:"buckets"`
	Searched *searched                   `json:"searched,omitempty"`
}

// countView is a number; capped says that there are more.
type countView struct {
	N      int  `json:"n"`
	Capped bool `json:"capped"`
}

func (a *api) summarize(ctx context.Context, c *call, in *summaryInput) (*summaryOutput, error) {
	pages := CursorPages{From: in.From, To: in.To}
	s, err := pages.span()
	if err != nil {
		return nil, err
	}
	selected, err := in.query(c, s)
	if err != nil {
		return nil, err
	}
	found, searched, err := a.searchDeliveries(ctx, c, in.Q, &selected)
	if err != nil {
		return nil, err
	}
	q := store.SummaryQuery{DeliveryQuery: selected, CountCap: countCap}
	q.Start, q.Step, q.Buckets = a.bucketsOf(s)
	var counted store.Summary
	if found != nil {
		counted = summaryOf(found, q)
	} else if counted, err = a.Store.Summary(ctx, q); err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	return &summaryOutput{Body: viewSummary(counted, searched)}, nil
}

func viewSummary(counted store.Summary, as *searched) summaryView {
	v := summaryView{Counts: map[webhook.State]countView{}, Buckets: make([]hourView, len(counted.Buckets)), Searched: as}
	for _, state := range allStates {
		v.Counts[state] = countView(counted.Counts[state])
	}
	for i, b := range counted.Buckets {
		v.Buckets[i] = hourView{Start: instant(b.Start), Succeeded: b.Succeeded, Failed: b.Failed}
	}
	return v
}

// maxBuckets bounds the bars of a summary.
const maxBuckets = 60

// bucketsOf lays out the buckets of a span: the past day unless it has bounds, in the
// shortest of the usual steps that makes few enough, beginning at a multiple of it.
func (a *api) bucketsOf(s span) (start time.Time, step time.Duration, n int) {
	from, to := s.from, s.to
	if to.IsZero() {
		to = a.Clock.Now().UTC()
	}
	if from.IsZero() {
		from = to.Add(-webhook.HealthWindow)
	}
	length := max(to.Sub(from), time.Minute)
	for _, step = range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour} {
		if length/step < maxBuckets {
			break
		}
	}
	for length/step >= maxBuckets {
		step *= 2
	}
	start = from.Truncate(step)
	return start, step, max(0, int(to.Sub(start)/step)) + 1
}

// summaryOf counts deliveries that are at hand.
func summaryOf(found []webhook.Delivery, q store.SummaryQuery) store.Summary {
	s := store.Summary{Counts: map[webhook.State]store.Count{}, Buckets: make([]store.Bucket, q.Buckets)}
	for i := range s.Buckets {
		s.Buckets[i].Start = q.Start.Add(time.Duration(i) * q.Step)
	}
	for i := range found {
		d := &found[i]
		s.Counts[d.State] = store.Count{N: s.Counts[d.State].N + 1}
		at := int(d.AcceptedAt.Sub(q.Start) / q.Step)
		if d.AcceptedAt.Before(q.Start) || at >= len(s.Buckets) {
			continue
		}
		switch d.State {
		case webhook.StateSucceeded:
			s.Buckets[at].Succeeded++
		case webhook.StateFailed:
			s.Buckets[at].Failed++
		}
	}
	return s
}
