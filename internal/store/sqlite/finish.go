package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

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

// refused says whether the database will never take what was written, in contrast to
// not being able to write at present.
func refused(err error) bool {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return false
	}
	switch failure.Code() & 0xff { // the rest is detail
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE:
		return true
	}
	return false
}

func (s *Store) finishTogether(results []store.Result) ([]error, error) {
	outcomes := make([]error, len(results))
	c := &call{rows: 2 * len(results), givesWay: true, run: func(t *tx, _ *call) error {
		for i := range results {
			err := finishOne(t, &results[i])
			if err != nil && !errors.Is(err, webhook.ErrLeaseLost) {
				return err
			}
			outcomes[i] = err
		}
		return nil
	}}
	for i := range results {
		c.bytes += sizeOf(&results[i].Attempt)
	}
	return outcomes, s.writer.do(c)
}

// sizeOf is about how many bytes an attempt takes in the log.
func sizeOf(a *webhook.Attempt) int {
	size := 1024 + len(a.Response.Body)
	for _, h := range a.Response.Headers {
		size += len(h.Name) + len(h.Value)
	}
	return size
}

// finishOne writes one result: first the queue, which also checks the lease, then
// the log, then health.
func finishOne(t *tx, r *store.Result) error {
	number, suffix, _ := webhook.ParseID(string(r.Job.Delivery))
	if err := leaveQueue(t, number, r); err != nil {
		if errors.Is(err, webhook.ErrLeaseLost) {
			if late, lateErr := keepLate(t, number, r.Job.Claims, &r.Attempt); late || lateErr != nil {
				return lateErr
			}
		}
		return err
	}
	logged, err := writeLog(t, number, suffix, r)
	if err != nil {
		return err
	}
	countResult(t, r, logged)
	return nil
}

func leaveQueue(t *tx, number int64, r *store.Result) error {
	var changed int64
	voided, err := t.voided(r.Job.Process)
	if err != nil {
		return err
	}
	if voided {
		return webhook.ErrLeaseLost
	}
	if one := t.aloft(number); one != nil {
		return leaveFlight(t, one, r)
	}
	if r.Next.State == webhook.StateRetrying {
		logged := r.Job.LoggedAt
		if logged.IsZero() {
			logged = r.Attempt.EndedAt()
		}
		changed, err = t.exec(`UPDATE work SET process = 0, due_at = ?, attempts = attempts + 1, retries = ?, logged_at = ?, manual = 0, asked_by = '', resume_at = NULL
			WHERE number = ? AND process = ? AND claims = ?`,
			r.Next.DueAt.UnixMilli(), r.Next.RetriesUsed, logged.UnixMilli(), number, r.Job.Process, r.Job.Claims)
	} else {
		changed, err = t.exec("DELETE FROM work WHERE number = ? AND process = ? AND claims = ?", number, r.Job.Process, r.Job.Claims)
		t.unfinished -= changed
	}
	if err != nil {
		return fmt.Errorf("leave the queue: %w", err)
	}
	if changed == 0 {
		return webhook.ErrLeaseLost
	}
	return nil
}

// leaveFlight takes down a delivery that has its first result.
func leaveFlight(t *tx, one *flyer, r *store.Result) error {
	if r.Job.Process != one.process || r.Job.Claims != 1 {
		return webhook.ErrLeaseLost
	}
	t.land(one)
	if r.Next.State != webhook.StateRetrying {
		t.unfinished--
		return nil
	}
	if _, err := t.exec(`
		INSERT INTO work (number, suffix, tenant, event, webhook, due_at, process, leased_at, claims,
			attempts, interruptions, retries, logged_at, manual, ended)
		VALUES (?, ?, ?, ?, ?, ?, 0, ?, 1, 1, 0, ?, ?, 0, '')`,
		one.number, one.suffix, one.tenant, one.event, one.webhook, r.Next.DueAt.UnixMilli(), one.accepted,
		r.Next.RetriesUsed, r.Attempt.EndedAt().UnixMilli()); err != nil {
		return fmt.Errorf("leave the queue: %w", err)
	}
	return nil
}

// writeLog writes the attempt and the delivery's new state, and returns when the
// log entry began.
func writeLog(t *tx, number int64, suffix string, r *store.Result) (time.Time, error) {
	j, a := &r.Job, &r.Attempt
	ended := a.EndedAt()
	if j.LoggedAt.IsZero() && j.Ended == "" {
		return ended, insertDelivery(t, number, suffix, r)
	}
	if err := insertAttempt(t, number, a); err != nil {
		return ended, err
	}
	if j.Ended != "" {
		return updateEnded(t, number, r)
	}
	if r.Next.State == webhook.StateRetrying { // still: no index is touched
		_, err := t.exec("UPDATE deliveries SET next_attempt_at = ?, last_attempt = ?, claims = ?, result = ? WHERE number = ?",
			nextAttemptAt(r), a.Number, j.Claims, string(a.Class()), number)
		return j.LoggedAt, err
	}
	_, err := t.exec(`UPDATE deliveries SET state = ?, standing = ?, result = ?, cancel_reason = ?, ended_at = ?, next_attempt_at = NULL,
		last_attempt = ?, claims = ? WHERE number = ?`,
		string(r.Next.State), standingOf(r.Next.State, a.Class()), string(a.Class()), string(r.CancelReason), endedAt(r), a.Number, j.Claims, number)
	return j.LoggedAt, err
}

// updateEnded writes what a redelivery made of an ended delivery. One that was
// cancelled before its first attempt gets its log entry now.
func updateEnded(t *tx, number int64, r *store.Result) (time.Time, error) {
	ended := r.Attempt.EndedAt()
	cancelReason := "cancel_reason"
	if r.Next.State == webhook.StateSucceeded {
		cancelReason = "''"
	}
	var logged int64
	class := r.Attempt.Class()
	_, err := t.row("UPDATE deliveries SET state = ?, standing = ?, result = ?, cancel_reason = "+cancelReason+`, ended_at = ?, last_attempt = ?,
		claims = ?, logged_at = ifnull(logged_at, ?) WHERE number = ? RETURNING logged_at`,
		[]any{string(r.Next.State), standingOf(r.Next.State, class), string(class), ended.UnixMilli(), r.Attempt.Number, r.Job.Claims, ended.UnixMilli(), number}, &logged)
	return instant(logged), err
}

func insertDelivery(t *tx, number int64, suffix string, r *store.Result) error {
	j, a := &r.Job, &r.Attempt
	if one := t.writer.store.flight.byNumber[number]; one != nil && succeededAtOnce(r) {
		return insertSucceeded(t, one, a, string(j.EventType))
	}
	event, _, _ := webhook.ParseID(string(j.Event))
	_, err := t.exec(`
		INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, logged_at,
			ended_at, next_attempt_at, redeliveries, standing, result, last_attempt, claims,
			attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)
		VALUES (?, ?, (SELECT number FROM tenants WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		append([]any{
			number, suffix, string(j.Tenant), event, j.Webhook, string(j.EventType), string(r.Next.State), string(r.CancelReason),
			j.AcceptedAt.UnixMilli(), a.EndedAt().UnixMilli(), endedAt(r), nextAttemptAt(r), redeliveries(j),
			standingOf(r.Next.State, a.Class()), string(a.Class()), a.Number, j.Claims,
		}, attemptColumns(a)...)...)
	return err
}

// succeededAtOnce says whether the first attempt of a delivery was all that it took.
func succeededAtOnce(r *store.Result) bool {
	a := &r.Attempt
	return r.Next.State == webhook.StateSucceeded && a.Outcome == webhook.OutcomeSucceeded && a.Class() == webhook.Result2xx &&
		a.Number == 1 && a.Trigger == webhook.TriggerEvent && a.Phase == webhook.PhaseNone && a.Reason == webhook.ReasonNone && r.CancelReason == ""
}

// insertSucceeded is insertDelivery for most of all deliveries: what is the same in each
// stands in the statement, since every parameter has its price.
func insertSucceeded(t *tx, one *flyer, a *webhook.Attempt, eventType string) error {
	body := a.Response.Body
	if body == nil {
		body = []byte{}
	}
	ended := a.EndedAt().UnixMilli()
	t.writer.scratch = store.AppendAttempt(t.writer.scratch[:0], a)
	_, err := t.exec(`
		INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, accepted_at, logged_at, ended_at,
			started_at, duration, status, detail, body,
			state, cancel_reason, redeliveries, standing, result, last_attempt, claims, attempt, trigger, outcome, reason, phase)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
			'succeeded', '', 0, 1, '2xx', 1, 1, 1, 'event', 'succeeded', '', '')`,
		one.number, one.suffix, one.tenant, one.event, one.webhook, eventType, one.accepted, ended, ended,
		a.StartedAt.UnixMilli(), a.Duration.Microseconds(), int64(a.Status), t.writer.scratch, body)
	return err
}

// redeliveries of a delivery whose log entry is only made now: one, if a person
// asked for this attempt.
func redeliveries(j *webhook.Job) int {
	if j.Manual {
		return 1
	}
	return 0
}

func endedAt(r *store.Result) any {
	if r.Next.State.Ended() {
		return r.Attempt.EndedAt().UnixMilli()
	}
	return nil
}

func nextAttemptAt(r *store.Result) any {
	if r.Next.State == webhook.StateRetrying {
		return r.Next.DueAt.UnixMilli()
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
