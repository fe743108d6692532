package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Finish implements store.Queue. Should the database refuse a result, each is written
// by itself, so that the others do not suffer.
func (s *Store) Finish(_ context.Context, results []store.Result) ([]error, error) {
	outcomes, err := s.finishTogether(results)
	if !refused(err) {
		return outcomes, err
	}
	for i := range results {
		one, err := s.finishTogether(results[i : i+1])
		switch {
		case refused(err):
			outcomes[i] = err
		case err != nil:
			return nil, err
		default:
			outcomes[i] = one[0]
		}
	}
	return outcomes, nil
}

func (s *Store) finishTogether(results []store.Result) ([]error, error) {
	f := &finishing{results: results, outcomes: make([]error, len(results))}
	c := &call{finish: f, rows: 2 * len(results)}
	for i := range results {
		c.bytes += sizeOf(&results[i].Attempt)
	}
	return f.outcomes, s.writer.do(c)
}

// sizeOf is about how many bytes an attempt takes in the log.
func sizeOf(a *webhook.Attempt) int {
	size := 1024 + len(a.Response.Body)
	for _, h := range a.Response.Headers {
		size += len(h.Name) + len(h.Value)
	}
	return size
}

// finishing is one call of Finish on its way through a commit.
type finishing struct {
	results  []store.Result
	outcomes []error
}

// finishings are the calls of Finish of one batch, written together: first the queue,
// which also checks the leases, then the log, then health.
type finishings struct {
	calls []*call
	// left says of each result, in their order, that its delivery has left the queue or waits
	// for another attempt. late are the leases of those whose attempt was kept though they had
	// been cancelled.
	left     []bool
	late     map[lease]bool
	rows     deliveryRows
	attempts attemptRows
	retrying retryingRows
	ending   endingRows
}

// lease is what a result has to name.
type lease struct {
	number, process int64
	claims          int
}

func leaseOf(r *store.Result) lease {
	number, _, _ := webhook.ParseID(string(r.Job.Delivery))
	return lease{number, r.Job.Process, r.Job.Claims}
}

// each calls f for every result in turn; i counts them.
func (fs *finishings) each(f func(i int, r *store.Result, outcome *error)) {
	i := 0
	for _, c := range fs.calls {
		for j := range c.finish.results {
			f(i, &c.finish.results[j], &c.finish.outcomes[j])
			i++
		}
	}
}

// ask puts what happens to the queue in line. Of two results under one lease the first
// counts.
func (fs *finishings) ask(t *tx) {
	n := 0
	for _, c := range fs.calls {
		n += len(c.finish.results)
	}
	if n == 0 {
		return
	}
	fs.left = make([]bool, n)
	seen := make(map[lease]bool, n)
	var gone resultRows
	var again againRows
	fs.each(func(i int, r *store.Result, outcome *error) {
		*outcome = nil
		l := leaseOf(r)
		switch {
		case seen[l]:
		case r.Next.State == webhook.StateRetrying:
			again.add(i, l, r)
		default:
			gone.add(i, l)
		}
		seen[l] = true
	})
	if len(gone.number) > 0 {
		t.queue(`WITH left_queue AS (
				DELETE FROM work w USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY u (number, process, claims, place)
				WHERE w.number = u.number AND w.process = u.process AND w.claims = u.claims AND `+held+` RETURNING u.place)
			SELECT array_agg(place) FROM left_queue`, gone.number, gone.process, gone.claims).QueryRow(fs.note(&gone))
	}
	if len(again.number) > 0 {
		t.queue(`WITH left_queue AS (
				UPDATE work w SET process = 0, due_at = u.due, attempts = w.attempts + 1, retries = u.retries, logged_at = u.logged,
					manual = false, asked_by = '', resume_at = NULL
				FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) WITH ORDINALITY
					u (number, process, claims, due, retries, logged, place)
				WHERE w.number = u.number AND w.process = u.process AND w.claims = u.claims AND `+held+` RETURNING u.place)
			SELECT array_agg(place) FROM left_queue`,
			again.number, again.process, again.claims, again.due, again.retries, again.logged).QueryRow(fs.note(&again.resultRows))
	}
}

// note reads which of the leases held, by their places from 1 on.
func (fs *finishings) note(asked *resultRows) func(row pgx.Row) error {
	return func(row pgx.Row) error {
		var places []int64
		err := row.Scan(&places)
		for _, place := range places {
			fs.left[asked.result[place-1]] = true
		}
		return err
	}
}

// held says that the process of a row has not ended.
const held = "w.process IN (SELECT p.number FROM processes p WHERE NOT p.ended)"

// write decides about each result and puts what the log says in line.
func (fs *finishings) write(t *tx) error {
	if len(fs.calls) == 0 {
		return nil
	}
	var lost attemptRows
	var leases leaseRows
	fs.each(func(i int, r *store.Result, outcome *error) {
		if fs.left[i] {
			return
		}
		*outcome = webhook.ErrLeaseLost
		l := leaseOf(r)
		lost.add(l.number, &r.Attempt)
		leases.add(l)
	})
	if err := fs.keepLate(t, &lost, &leases); err != nil {
		return err
	}
	var err error
	fs.each(func(_ int, r *store.Result, outcome *error) {
		l := leaseOf(r)
		switch {
		case err != nil:
		case *outcome == nil:
			err = fs.writeLog(t, l.number, r)
		case fs.late[lease{l.number, 0, l.claims}]:
			*outcome = nil
			delete(fs.late, lease{l.number, 0, l.claims})
			fs.attempts.add(l.number, &r.Attempt)
		}
	})
	if err != nil {
		return err
	}
	if err := fs.rows.insert(t); err != nil {
		return err
	}
	fs.attempts.insert(t)
	fs.retrying.update(t)
	fs.ending.update(t)
	return nil
}

// writeLog notes the attempt and the delivery's new state.
func (fs *finishings) writeLog(t *tx, number int64, r *store.Result) error {
	j, a := &r.Job, &r.Attempt
	if j.LoggedAt.IsZero() && j.Ended == "" {
		tenant, err := t.anyTenant(j.Tenant)
		if err != nil {
			return err
		}
		fs.rows.add(number, tenant, r)
		countResult(t, r, a.EndedAt())
		return nil
	}
	fs.attempts.add(number, a)
	switch {
	case j.Ended != "":
		logged, err := updateEnded(t, number, r)
		if err != nil {
			return err
		}
		countResult(t, r, logged)
		return nil
	case r.Next.State == webhook.StateRetrying: // still: no index is touched
		fs.retrying.add(number, r)
	default:
		fs.ending.add(number, r)
	}
	countResult(t, r, j.LoggedAt)
	return nil
}

// updateEnded writes what a redelivery made of an ended delivery. One that was
// cancelled before its first attempt gets its log entry now.
func updateEnded(t *tx, number int64, r *store.Result) (time.Time, error) {
	ended := r.Attempt.EndedAt().UnixMilli()
	class := r.Attempt.Class()
	var logged int64
	_, err := t.row(`UPDATE deliveries SET state = $1, standing = $2, result = $3, cancel_reason = CASE WHEN $1 = 'succeeded' THEN '' ELSE cancel_reason END,
		ended_at = $4, last_attempt = $5, claims = $6, logged_at = coalesce(logged_at, $4) WHERE number = $7 RETURNING logged_at`,
		[]any{string(r.Next.State), int64(standingOf(r.Next.State, class)), string(class), ended, r.Attempt.Number, r.Job.Claims, number}, &logged)
	return instant(logged), err
}

// redeliveries of a delivery whose log entry is only made now: one, if a person
// asked for this attempt.
func redeliveries(j *webhook.Job) int64 {
	if j.Manual {
		return 1
	}
	return 0
}

func endedAt(r *store.Result) *int64 {
	if r.Next.State.Ended() {
		return millis(r.Attempt.EndedAt())
	}
	return nil
}

func nextAttemptAt(r *store.Result) *int64 {
	if r.Next.State == webhook.StateRetrying {
		return millis(r.Next.DueAt)
	}
	return nil
}

// countResult adds to health what the result settles: a delivery that succeeded or
// failed for good, or a failed one that a redelivery turned into a success.
func countResult(t *tx, r *store.Result, logged time.Time) {
	j := &r.Job
	success := int64(0)
	if r.Next.State == webhook.StateSucceeded {
		success = 1
	}
	settled := r.Next.State == webhook.StateSucceeded || r.Next.State == webhook.StateFailed
	switch {
	case j.Ended == webhook.StateFailed && success == 1:
		t.countHealth(j.Webhook, logged, 0, 1, r.Attempt.Duration)
	case j.Ended == webhook.StateCancelled && success == 1, j.Ended == "" && settled:
		t.countHealth(j.Webhook, logged, 1, success, r.Attempt.Duration)
	}
}

// keepLate adds attempts to the log of deliveries that a person cancelled while they
// were under way. Their states stay. A delivery that is in the queue again is left: then
// the number of the attempt is taken.
func (fs *finishings) keepLate(t *tx, lost *attemptRows, leases *leaseRows) error {
	if len(lost.delivery) == 0 {
		return nil
	}
	ended := make([]int64, len(lost.delivery))
	for i := range ended {
		ended[i] = lost.ended[i]
	}
	forgetCancelled(t, leases)
	fs.late = make(map[lease]bool)
	low, high := span(lost.delivery)
	return t.rows(func(rows pgx.Rows) error {
		var l lease
		err := rows.Scan(&l.number, &l.claims)
		fs.late[l] = true
		return err
	}, `UPDATE deliveries d SET last_attempt = u.attempt, result = u.class, logged_at = coalesce(d.logged_at, u.ended)
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[]) u (number, claims, attempt, class, ended)
		WHERE d.number = u.number AND d.claims = u.claims AND d.last_attempt < u.attempt AND d.cancel_reason = 'by_person' AND d.state = 'cancelled'
			AND d.number BETWEEN $6 AND $7 AND NOT EXISTS (SELECT 1 FROM work WHERE work.number = d.number)
		RETURNING d.number, d.claims`, lost.delivery, leases.claims, lost.number, lost.class, ended, low, high)
}

func span(numbers []int64) (low, high int64) {
	low, high = numbers[0], numbers[0]
	for _, n := range numbers {
		low, high = min(low, n), max(high, n)
	}
	return low, high
}
