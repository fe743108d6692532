package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Summary implements store.Figures.
func (s *Store) Summary(ctx context.Context, q store.SummaryQuery) (store.Summary, error) {
	s.writeWholeQueue()
	q.Before = ""
	summary := store.Summary{Counts: map[webhook.State]store.Count{}}
	err := s.reading(ctx, func(r *reader) error {
		all, known, err := r.stretches(placeOfDeliveries(&q.DeliveryQuery))
		if err != nil {
			return err
		}
		for _, w := range s.walks(q.DeliveryQuery, known) {
			n, err := r.count(w, all, known, q.CountCap)
			if err != nil {
				return err
			}
			if n > 0 {
				summary.Counts[w.state] = add(summary.Counts[w.state], n, q.CountCap)
			}
		}
		if q.Buckets == 0 {
			return nil
		}
		summary.Buckets = make([]store.Bucket, q.Buckets)
		for i := range summary.Buckets {
			summary.Buckets[i].Start = q.Start.Add(time.Duration(i) * q.Step)
		}
		for _, sh := range shelves(q.States, q.Results) {
			if known {
				err = s.fillWithin(r, q, sh, all, summary.Buckets)
			} else {
				err = s.fillBuckets(r, q, sh, summary.Buckets)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return summary, err
}

// count counts what a walk finds, in the stretches if they are known.
func (r *reader) count(w walk, all []stretch, known bool, limit int) (int, error) {
	with, args := "", []any(nil)
	switch {
	case known && len(all) == 0:
		return 0, nil
	case known && len(all) == 1:
		w = w.along(all[0])
	case known:
		with, args = spans(all)
		w = w.within()
	}
	numbers, err := r.numbers(with+"SELECT count(*) FROM (SELECT 1"+w.from+w.where.text()+" LIMIT ?)", append(append(args, w.where.args...), limit+1)...)
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
func (s *Store) fillBuckets(r *reader, q store.SummaryQuery, sh shelf, buckets []store.Bucket) error {
	if sh.state != webhook.StateSucceeded && sh.state != webhook.StateFailed {
		return nil
	}
	// The query's own bounds must not take the place of the bucket's in the index:
	// the plus keeps them out of it.
	within := q.DeliveryQuery
	within.From, within.To, within.Oldest = time.Time{}, time.Time{}, ""
	w := s.loggedWalk(within, sh, false)
	s.bounds(&w.where, "+d.number", q.DeliveryQuery)
	s.edges(&w.where, "d.number", "d.accepted_at", q.From, q.To)
	first, step := webhook.NumberAt(q.Start), webhook.NumberAt(time.UnixMilli(q.Step.Milliseconds()))
	args := append([]any{len(buckets)}, w.where.args...)
	args = append(args, first, step, first, step)
	return r.query(func(rows *sql.Rows) error {
		var i, n int
		err := rows.Scan(&i, &n)
		if sh.state == webhook.StateSucceeded {
			buckets[i].Succeeded += n
		} else {
			buckets[i].Failed += n
		}
		return err
	}, `WITH RECURSIVE bucket (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM bucket WHERE i + 1 < ?)
		SELECT i, (SELECT count(*)`+w.from+w.where.text()+` AND d.number >= ? + i * ? AND d.number < ? + (i + 1) * ?) FROM bucket`, args...)
}

// fillWithin is fillBuckets for what lies in stretches, which are read once.
func (s *Store) fillWithin(r *reader, q store.SummaryQuery, sh shelf, all []stretch, buckets []store.Bucket) error {
	if sh.state != webhook.StateSucceeded && sh.state != webhook.StateFailed || len(all) == 0 {
		return nil
	}
	with, args := spans(all)
	w := s.loggedWalk(q.DeliveryQuery, sh, true).within()
	first, step := webhook.NumberAt(q.Start), webhook.NumberAt(time.UnixMilli(q.Step.Milliseconds()))
	args = append(append(args, first, step), w.where.args...)
	return r.query(func(rows *sql.Rows) error {
		var i, n int
		err := rows.Scan(&i, &n)
		switch {
		case i < 0 || i >= len(buckets):
		case sh.state == webhook.StateSucceeded:
			buckets[i].Succeeded += n
		default:
			buckets[i].Failed += n
		}
		return err
	}, with+"SELECT (d.number - ?) / ? AS bucket, count(*)"+w.from+w.where.text()+" AND +d.number >= ? GROUP BY bucket", append(args, first)...)
}

// EventWindow implements store.Figures.
func (s *Store) EventWindow(ctx context.Context, q store.EventQuery, n int) (oldest webhook.EventID, err error) {
	q.Before, q.Search = "", ""
	where := s.eventConditions(q, false)
	var last []int64
	err = s.reading(ctx, func(r *reader) error {
		found, known, err := s.eventsWithin(r, &q, n+1)
		if known && len(found) > n {
			last = found[n-1:]
		}
		if err != nil || known {
			return err
		}
		last, err = r.numbers("SELECT e.number"+eventListOf(&q)+where.text()+" ORDER BY e.number DESC LIMIT 2 OFFSET ?", append(where.args, n-1)...)
		return err
	})
	if len(last) == 2 {
		oldest = webhook.EventID(webhook.FormatID(last[0], lowestSuffix))
	}
	return oldest, err
}

// EventStates implements store.Figures: the deliveries of an event are the numbers
// behind its own.
func (s *Store) EventStates(ctx context.Context, events []webhook.Event, perEvent int) (map[webhook.EventID]map[webhook.State]int, error) {
	s.writeWholeQueue()
	ids := map[int64]webhook.EventID{}
	var values []string
	var args []any
	for i := range events {
		if events[i].Deliveries == 0 {
			continue
		}
		number, _, _ := webhook.ParseID(string(events[i].ID))
		ids[number] = events[i].ID
		values = append(values, "(?, ?)")
		args = append(args, number, number+int64(min(events[i].Deliveries, perEvent)))
	}
	states := map[webhook.EventID]map[webhook.State]int{}
	if len(ids) == 0 {
		return states, nil
	}
	scan := func(rows *sql.Rows) error {
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
	with := "WITH span (first, last) AS (VALUES " + strings.Join(values, ", ") + ") "
	err := s.reading(ctx, func(r *reader) error {
		if err := r.query(scan, with+`SELECT first, CASE WHEN d.state = 'retrying' AND `+fmt.Sprintf(idle, "d")+` THEN 'held' ELSE d.state END AS shown, count(*)
			FROM span CROSS JOIN deliveries d ON d.number > first AND d.number <= last GROUP BY first, shown`, args...); err != nil {
			return err
		}
		return r.query(scan, with+`SELECT first, CASE WHEN `+fmt.Sprintf(idle, "q")+` THEN 'held' ELSE 'pending' END AS shown, count(*)
			FROM span CROSS JOIN work q ON q.number > first AND q.number <= last WHERE `+notLogged+` GROUP BY first, shown`, args...)
	})
	return states, err
}

// webhooksPerRead stays below the limit on parameters.
const webhooksPerRead = 500

// HourlyHealth implements store.Figures.
func (s *Store) HourlyHealth(ctx context.Context, webhooks []int64, since time.Time) (map[int64]store.HourlyHealth, error) {
	health := make(map[int64]store.HourlyHealth, len(webhooks))
	first := since.Unix() / 60
	for chunk := range slices.Chunk(webhooks, webhooksPerRead) {
		args := []any{first}
		err := s.query(ctx, func(rows *sql.Rows) error {
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
		}, "SELECT webhook, (minute - ?) / 60 AS hour, sum(requests), sum(successes) FROM health WHERE webhook IN "+list(chunk, &args)+
			" AND minute >= ? GROUP BY webhook, hour", append(args, first)...)
		if err != nil {
			return nil, err
		}
	}
	return health, nil
}

// list is the numbers as a list of parameters, whose values it appends to args.
func list(numbers []int64, args *[]any) string {
	for _, n := range numbers {
		*args = append(*args, n)
	}
	return "(?" + strings.Repeat(", ?", len(numbers)-1) + ")"
}

// Activity implements store.Figures.
func (s *Store) Activity(ctx context.Context, webhooks []int64, countCap int) (map[int64]store.Activity, error) {
	s.writeWholeQueue()
	found := make(map[int64]store.Activity, len(webhooks))
	for chunk := range slices.Chunk(webhooks, webhooksPerRead) {
		args := []any{countCap, countCap}
		err := s.query(ctx, func(rows *sql.Rows) error {
			var webhookNumber int64
			var a store.Activity
			var number, logged sql.NullInt64
			var suffix, state sql.NullString
			err := rows.Scan(&webhookNumber, &a.Retrying, &a.Waiting, &number, &suffix, &state, &logged)
			if number.Valid {
				a.Last = &store.LastDelivery{
					ID: webhook.DeliveryID(webhook.FormatID(number.Int64, suffix.String)), State: webhook.State(state.String), At: instant(logged.Int64),
				}
			}
			found[webhookNumber] = a
			return err
		}, `SELECT w.number,
				(SELECT count(*) FROM (SELECT 1 FROM deliveries d INDEXED BY deliveries_webhook WHERE d.webhook = w.number AND d.standing = 0 LIMIT ?)),
				(SELECT count(*) FROM (SELECT 1 FROM work q INDEXED BY work_webhook WHERE q.webhook = w.number AND `+notLogged+` LIMIT ?)),
				l.number, l.suffix, l.state, l.logged_at
			FROM webhooks w LEFT JOIN deliveries l ON l.number = (SELECT d.number FROM deliveries d INDEXED BY deliveries_logged
				WHERE d.webhook = w.number AND d.logged_at IS NOT NULL ORDER BY d.logged_at DESC, d.number DESC LIMIT 1)
			WHERE w.number IN `+list(chunk, &args), args...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Trend implements store.Figures.
func (s *Store) Trend(ctx context.Context, q store.TrendQuery) (store.Trend, error) {
	trend := store.Trend{Steps: make([]webhook.Health, q.Steps), Webhooks: make(map[int64]webhook.Health, len(q.Webhooks))}
	first, last, step := q.From.Unix()/60, q.Until.Unix()/60, int64(q.Step/time.Minute)
	for chunk := range slices.Chunk(q.Webhooks, webhooksPerRead) {
		args := []any{first, step}
		err := s.query(ctx, func(rows *sql.Rows) error {
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
		}, `SELECT webhook, (minute - ?) / ? AS step, sum(requests), sum(successes),
				sum(ms_10), sum(ms_25), sum(ms_50), sum(ms_100), sum(ms_250), sum(ms_500), sum(ms_1000), sum(ms_2500), sum(ms_5000), sum(ms_10000), sum(ms_more)
			FROM health WHERE webhook IN `+list(chunk, &args)+" AND minute >= ? AND minute < ? GROUP BY webhook, step", append(args, first, last)...)
		if err != nil {
			return trend, err
		}
	}
	return trend, nil
}
