package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Summary implements store.Figures.
func (s *Store) Summary(ctx context.Context, q store.SummaryQuery) (store.Summary, error) {
	q.Before = ""
	summary := store.Summary{Counts: map[webhook.State]store.Count{}}
	err := s.reading(ctx, func(r *reader) error {
		walks, err := s.walks(r, q.DeliveryQuery)
		if err != nil {
			return err
		}
		for i := range walks {
			n, err := r.count(&walks[i], q.CountCap)
			if err != nil {
				return err
			}
			if n > 0 {
				state := walks[i].state
				summary.Counts[state] = add(summary.Counts[state], n, q.CountCap)
			}
		}
		if q.Buckets == 0 {
			return nil
		}
		summary.Buckets = make([]store.Bucket, q.Buckets)
		for i := range summary.Buckets {
			summary.Buckets[i].Start = q.Start.Add(time.Duration(i) * q.Step)
		}
		return s.fillBuckets(r, q, summary.Buckets)
	})
	return summary, err
}

func (r *reader) count(w *walk, limit int) (int, error) {
	numbers, err := r.numbers("SELECT count(*) FROM (SELECT 1"+w.from+w.where.text()+" LIMIT "+w.where.arg(limit+1)+") q", w.where.args...)
	if err != nil {
		return 0, err
	}
	return int(numbers[0]), nil
}

func add(c store.Count, n, limit int) store.Count {
	if c.N += n; c.Capped || c.N > limit {
		return store.Count{N: limit, Capped: true}
	}
	return c
}

// fillBuckets counts succeeded and failed deliveries by the time in their numbers.
func (s *Store) fillBuckets(r *reader, q store.SummaryQuery, buckets []store.Bucket) error {
	first, step := webhook.NumberAt(q.Start), webhook.NumberAt(time.UnixMilli(q.Step.Milliseconds()))
	last := first + int64(len(buckets))*step
	walks, err := s.walks(r, q.DeliveryQuery)
	if err != nil {
		return err
	}
	for _, w := range walks {
		if w.state != webhook.StateSucceeded && w.state != webhook.StateFailed {
			continue
		}
		w.where.add("d.number >= ? AND d.number < ?", first, last)
		if err := r.query(func(rows pgx.Rows) error {
			var i, n int
			err := rows.Scan(&i, &n)
			if w.state == webhook.StateSucceeded {
				buckets[i].Succeeded += n
			} else {
				buckets[i].Failed += n
			}
			return err
		}, "SELECT (d.number - "+w.where.arg(first)+") / "+w.where.arg(step)+" AS i, count(*)"+w.from+w.where.text()+" GROUP BY i", w.where.args...); err != nil {
			return err
		}
	}
	return nil
}

// EventWindow implements store.Figures.
func (s *Store) EventWindow(ctx context.Context, q store.EventQuery, n int) (oldest webhook.EventID, err error) {
	q.Before, q.Search = "", ""
	err = s.reading(ctx, func(r *reader) error {
		where, found, err := s.eventConditions(r, q)
		if err != nil || !found {
			return err
		}
		last, err := r.numbers("SELECT e.number FROM events e WHERE "+where.text()+" ORDER BY e.number DESC LIMIT 2 OFFSET "+where.arg(n-1), where.args...)
		if len(last) == 2 {
			oldest = webhook.EventID(webhook.FormatID(last[0], lowestSuffix))
		}
		return err
	})
	return oldest, err
}

// EventStates implements store.Figures: the deliveries of an event are the numbers
// behind its own.
func (s *Store) EventStates(ctx context.Context, events []webhook.Event, perEvent int) (map[webhook.EventID]map[webhook.State]int, error) {
	ids := map[int64]webhook.EventID{}
	var firsts, lasts []int64
	for i := range events {
		if events[i].Deliveries == 0 {
			continue
		}
		number, _, _ := webhook.ParseID(string(events[i].ID))
		ids[number] = events[i].ID
		firsts, lasts = append(firsts, number), append(lasts, number+int64(min(events[i].Deliveries, perEvent)))
	}
	states := map[webhook.EventID]map[webhook.State]int{}
	if len(ids) == 0 {
		return states, nil
	}
	low, _ := span(firsts)
	_, high := span(lasts)
	scan := func(rows pgx.Rows) error {
		var number int64
		var state webhook.State
		var n int
		err := rows.Scan(&number, &state, &n)
		if states[ids[number]] == nil {
			states[ids[number]] = map[webhook.State]int{}
		}
		states[ids[number]][state] += n
		return err
	}
	err := s.reading(ctx, func(r *reader) error {
		if err := r.query(scan, `SELECT u.first, CASE WHEN d.state = 'retrying' AND `+fmt.Sprintf(idle, "d")+` THEN 'held' ELSE d.state END AS shown, count(*)
			FROM unnest($1::bigint[], $2::bigint[]) u (first, last) JOIN deliveries d ON d.number > u.first AND d.number <= u.last
			WHERE d.number BETWEEN $3 AND $4 GROUP BY u.first, shown`, firsts, lasts, low, high); err != nil {
			return err
		}
		return r.query(scan, `SELECT u.first, CASE WHEN `+fmt.Sprintf(idle, "q")+` THEN 'held' ELSE 'pending' END AS shown, count(*)
			FROM unnest($1::bigint[], $2::bigint[]) u (first, last) JOIN work q ON q.number > u.first AND q.number <= u.last
			WHERE `+notLogged+` GROUP BY u.first, shown`, firsts, lasts)
	})
	return states, err
}

// HourlyHealth implements store.Figures.
func (s *Store) HourlyHealth(ctx context.Context, webhooks []int64, since time.Time) (map[int64]store.HourlyHealth, error) {
	health := make(map[int64]store.HourlyHealth, len(webhooks))
	err := s.query(ctx, func(rows pgx.Rows) error {
		var number, hour int64
		var of webhook.Health
		err := rows.Scan(&number, &hour, &of.RequestCount, &of.SuccessCount)
		h := health[number]
		// The minute of since and the present one both count, so the last hour has one more.
		last := &h.Hours[min(max(hour, 0), int64(len(h.Hours)-1))]
		last.RequestCount += of.RequestCount
		last.SuccessCount += of.SuccessCount
		h.RequestCount += of.RequestCount
		h.SuccessCount += of.SuccessCount
		health[number] = h
		return err
	}, `SELECT webhook, (minute - $2) / 60 AS hour, sum(requests)::bigint, sum(successes)::bigint FROM health
		WHERE webhook = ANY ($1) AND minute >= $2 GROUP BY webhook, hour`, webhooks, since.Unix()/60)
	return health, err
}

// Activity implements store.Figures.
func (s *Store) Activity(ctx context.Context, webhooks []int64, countCap int) (map[int64]store.Activity, error) {
	found := make(map[int64]store.Activity, len(webhooks))
	err := s.query(ctx, func(rows pgx.Rows) error {
		var webhookNumber int64
		var a store.Activity
		var number, logged *int64
		var suffix, state *string
		err := rows.Scan(&webhookNumber, &a.Retrying, &a.Waiting, &number, &suffix, &state, &logged)
		if err == nil && number != nil {
			a.Last = &store.LastDelivery{
				ID: webhook.DeliveryID(webhook.FormatID(*number, *suffix)), State: webhook.State(*state), At: zeroableInstant(logged),
			}
		}
		found[webhookNumber] = a
		return err
	}, `SELECT w.number,
			(SELECT count(*) FROM (SELECT 1 FROM deliveries d WHERE d.webhook = w.number AND d.standing = 0 LIMIT $2) r),
			(SELECT count(*) FROM (SELECT 1 FROM work q WHERE q.webhook = w.number AND `+notLogged+` LIMIT $2) p),
			l.number, l.suffix, l.state, l.logged_at
		FROM webhooks w LEFT JOIN LATERAL (SELECT d.number, d.suffix, d.state, d.logged_at FROM deliveries d
			WHERE d.webhook = w.number AND d.logged_at IS NOT NULL ORDER BY d.logged_at DESC, d.number DESC LIMIT 1) l ON true
		WHERE w.number = ANY ($1)`, webhooks, countCap)
	return found, err
}

// Trend implements store.Figures.
func (s *Store) Trend(ctx context.Context, q store.TrendQuery) (store.Trend, error) {
	trend := store.Trend{Steps: make([]webhook.Health, q.Steps), Webhooks: make(map[int64]webhook.Health, len(q.Webhooks))}
	first, last, step := q.From.Unix()/60, q.Until.Unix()/60, int64(q.Step/time.Minute)
	err := s.query(ctx, func(rows pgx.Rows) error {
		var number, at int64
		var of webhook.Health
		var latency webhook.Latency
		into := []any{&number, &at, &of.RequestCount, &of.SuccessCount}
		for i := range latency {
			into = append(into, &latency[i])
		}
		err := rows.Scan(into...)
		trend.Add(number, int(min(at, int64(q.Steps-1))), of, &latency)
		return err
	}, `SELECT webhook, (minute - $2) / $4 AS step, sum(requests)::bigint, sum(successes)::bigint,
			sum(ms_10)::bigint, sum(ms_25)::bigint, sum(ms_50)::bigint, sum(ms_100)::bigint, sum(ms_250)::bigint, sum(ms_500)::bigint,
			sum(ms_1000)::bigint, sum(ms_2500)::bigint, sum(ms_5000)::bigint, sum(ms_10000)::bigint, sum(ms_more)::bigint
		FROM health WHERE webhook = ANY ($1) AND minute >= $2 AND minute < $3 GROUP BY webhook, step`, q.Webhooks, first, last, step)
	return trend, err
}
