package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// eachLane visits each webhook that has work, one index seek apiece.
const eachLane = `WITH RECURSIVE lanes (webhook) AS (
		SELECT min(webhook) FROM work
		UNION ALL
		SELECT (SELECT min(webhook) FROM work WHERE webhook > lanes.webhook) FROM lanes WHERE lanes.webhook IS NOT NULL
	) `

// Backlog implements store.Queue.
func (s *Store) Backlog(ctx context.Context, process int64) (store.Backlog, error) {
	var b store.Backlog
	err := s.query(ctx, func(rows *sql.Rows) error {
		var number int64
		var due sql.NullInt64
		err := rows.Scan(&number, &due)
		if due.Valid {
			b.Waiting = append(b.Waiting, store.Waiting{Webhook: number, DueAt: instant(due.Int64)})
		}
		return err
	}, eachLane+`SELECT webhook, (SELECT due_at FROM work WHERE work.webhook = lanes.webhook AND process < ? ORDER BY due_at LIMIT 1)
		FROM lanes WHERE webhook IS NOT NULL`, process)
	if err != nil {
		return b, err
	}
	err = s.query(ctx, func(rows *sql.Rows) error {
		var packed []byte
		var expanded int
		err := rows.Scan(&packed, &expanded)
		b.Deferred = append(b.Deferred, unpackNumbers(packed)[expanded:]...)
		return err
	}, "SELECT expanding, expanded FROM events WHERE expanding IS NOT NULL")
	return b, err
}

const claimQuery = `
	SELECT w.number, w.suffix, w.event, e.suffix, e.type, n.id, w.due_at, w.process, w.leased_at, w.claims, w.attempts,
		w.interruptions, w.retries, w.logged_at, w.manual, w.ended, w.asked_by, w.resume_at, e.accepted_at, e.composer, e.created_at, e.payload
	FROM work w INDEXED BY work_due JOIN events e ON e.number = w.event JOIN tenants n ON n.number = w.tenant
	WHERE w.webhook = ? AND w.due_at <= ? AND w.process < ? AND +w.event <= ? ORDER BY w.due_at, w.number LIMIT ?`

// claiming is one call of Claim on its way through a commit.
type claiming struct {
	params  store.ClaimParams
	claimed []store.Claimed
	bytes   int
	// edge bounds the lanes that are ordered; nil until one has come.
	edge *edge
	// payloads are shared between the deliveries of an event.
	payloads map[webhook.EventID][]byte
}

// Claim implements store.Queue.
func (s *Store) Claim(_ context.Context, p store.ClaimParams) ([]store.Claimed, error) {
	var claimed []store.Claimed
	rows := 0
	for _, lane := range p.Lanes {
		rows += lane.Limit
	}
	err := s.writer.do(&call{rows: rows, run: func(t *tx, _ *call) error {
		c := claiming{params: p, payloads: make(map[webhook.EventID][]byte)}
		for _, lane := range p.Lanes {
			if err := c.lane(t, lane); err != nil {
				return err
			}
		}
		claimed = c.claimed
		return nil
	}})
	return claimed, err
}

type candidate struct {
	number   int64
	process  int64
	leasedAt int64
	job      webhook.Job
}

// interruptions are those that it will have had once it is claimed.
func (c *candidate) interruptions() int {
	if c.process != 0 {
		return c.job.Interruptions + 1
	}
	return c.job.Interruptions
}

// edge is the last event of which deliveries may be claimed, and when they are due at the
// latest: bounded by both, none of what lies behind is looked at.
type edge struct{ event, due int64 }

func noEdge() edge { return edge{math.MaxInt64, math.MaxInt64} }

// edgeOf is where a lane ends.
func (c *claiming) edgeOf(t *tx, lane store.ClaimLane) (edge, error) {
	if !lane.Ordered {
		return noEdge(), nil
	}
	if c.edge == nil {
		found := noEdge()
		if _, err := t.row("SELECT number, accepted_at FROM events WHERE expanding IS NOT NULL ORDER BY number LIMIT 1", nil, &found.event, &found.due); err != nil {
			return found, err
		}
		c.edge = &found
	}
	return *c.edge, nil
}

func (c *claiming) lane(t *tx, lane store.ClaimLane) error {
	last, err := c.edgeOf(t, lane)
	if err != nil {
		return err
	}
	found, err := c.due(t, lane, last)
	if err != nil {
		return err
	}
	answer := store.Claimed{Webhook: lane.Webhook}
	for _, next := range found {
		if err := c.lease(t, &next); err != nil {
			return err
		}
		answer.Jobs = append(answer.Jobs, next.job)
	}
	var due sql.NullInt64
	query, args := "SELECT due_at FROM work WHERE webhook = ? AND process < ? ORDER BY due_at LIMIT 1", []any{lane.Webhook, c.params.Process}
	if lane.Ordered {
		query = "SELECT due_at FROM work INDEXED BY work_due WHERE webhook = ? AND process < ? AND due_at <= ? AND +event <= ? ORDER BY due_at LIMIT 1"
		args = append(args, last.due, last.event)
	}
	if _, err := t.row(query, args, &due); err != nil {
		return err
	}
	answer.NextDueAt = zeroableInstant(due)
	c.claimed = append(c.claimed, answer)
	return nil
}

// errEnough ends the reading of a lane: its payloads are not read beyond the bound.
var errEnough = errors.New("enough")

// due reads what is due in a lane, as far as it fits. The first fits always.
func (c *claiming) due(t *tx, lane store.ClaimLane, last edge) ([]candidate, error) {
	if c.bytes > 0 && c.bytes >= c.params.MaxBytes {
		return nil, nil
	}
	var found []candidate
	interruptions := 0
	err := t.rows(func(rows *sql.Rows) error {
		next, err := c.scan(rows, lane.Webhook)
		if err != nil {
			return err
		}
		if interruptions = max(interruptions, next.interruptions()); interruptions > 0 && len(found) >= webhook.Portion(interruptions) {
			return errEnough
		}
		if c.bytes > 0 && c.bytes+next.job.Weight > c.params.MaxBytes {
			return errEnough
		}
		c.bytes += next.job.Weight
		found = append(found, next)
		return nil
	}, claimQuery, lane.Webhook, min(c.params.Now.UnixMilli(), last.due), c.params.Process, last.event, lane.Limit)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

func (c *claiming) scan(rows *sql.Rows, webhookNumber int64) (candidate, error) {
	var next candidate
	var event, due, accepted int64
	var suffix, eventSuffix string
	var attempts int
	var logged, resume, created sql.NullInt64
	var posted sql.RawBytes
	j := &next.job
	if err := rows.Scan(&next.number, &suffix, &event, &eventSuffix, &j.EventType, &j.Tenant, &due, &next.process, &next.leasedAt,
		&j.Claims, &attempts, &j.Interruptions, &j.RetriesUsed, &logged, &j.Manual, &j.Ended, &j.AskedBy, &resume, &accepted,
		&j.Payload.Composer, &created, &posted); err != nil {
		return next, err
	}
	j.Delivery = webhook.DeliveryID(webhook.FormatID(next.number, suffix))
	j.Event = webhook.EventID(webhook.FormatID(event, eventSuffix))
	j.Webhook, j.Process, j.Weight = webhookNumber, c.params.Process, len(posted)+1
	if c.payloads[j.Event] == nil {
		c.payloads[j.Event] = append([]byte{}, posted...)
	}
	j.Payload.Posted, j.Payload.CreatedAt = c.payloads[j.Event], zeroableInstant(created)
	j.AcceptedAt, j.DueAt = instant(accepted), instant(due)
	j.LoggedAt, j.Resume = zeroableInstant(logged), zeroableInstant(resume)
	j.Attempt = attemptNumber(attempts, j.Interruptions)
	return next, nil
}

// attemptNumber is the number of the next attempt. Each interruption has one of its
// own, but the last that is allowed: that is written as the result which ends the
// delivery.
func attemptNumber(results, interruptions int) int {
	return results + min(interruptions, webhook.MaxInterruptions-1) + 1
}

// lease counts the hand-out. A process number that is left on the row belongs to a
// process that ended without a result: an interruption.
func (c *claiming) lease(t *tx, next *candidate) error {
	j := &next.job
	j.Claims++
	if next.process != 0 {
		if err := interrupt(t, next.number, next.leasedAt, j); err != nil {
			return err
		}
	}
	_, err := t.exec("UPDATE work SET process = ?, leased_at = ?, claims = ?, interruptions = ? WHERE number = ?",
		c.params.Process, c.params.Now.UnixMilli(), j.Claims, j.Interruptions, next.number)
	return err
}

// interrupt records a hand-out that brought no result.
func interrupt(t *tx, number, leasedAt int64, j *webhook.Job) error {
	if j.Interruptions < webhook.MaxInterruptions {
		j.Interruptions++
	}
	if j.Interruptions == webhook.MaxInterruptions {
		return nil
	}
	interrupted := webhook.Attempt{
		Number: j.Attempt, Trigger: j.Trigger(), StartedAt: instant(leasedAt),
		Outcome: webhook.OutcomeInterrupted, Reason: webhook.ReasonInterrupted, By: j.AskedBy,
	}
	j.Attempt++
	return insertAttempt(t, number, &interrupted)
}

// Release implements store.Queue.
func (s *Store) Release(_ context.Context, leases []webhook.Lease) error {
	return s.writer.do(&call{rows: len(leases), run: func(t *tx, _ *call) error {
		for _, l := range leases {
			number, _, _ := webhook.ParseID(string(l.Delivery))
			if one := t.aloft(number); one != nil && one.process == l.Process && l.Claims == 1 {
				if err := t.giveBack(one); err != nil {
					return err
				}
				continue
			}
			if _, err := t.exec("UPDATE work SET process = 0 WHERE number = ? AND process = ? AND claims = ?",
				number, l.Process, l.Claims); err != nil {
				return err
			}
		}
		return nil
	}})
}

// Expand implements store.Queue.
func (s *Store) Expand(_ context.Context, p store.ExpandParams) (more bool, err error) {
	var written []int64
	c := &call{rows: p.Rows(), run: func(t *tx, c *call) error {
		written, more = nil, false
		suffixes, err := webhook.NewSuffixes(s.options.Random, p.Rows())
		if err != nil {
			return c.refuse(err)
		}
		written, more, err = expand(t, p, suffixes)
		return err
	}}
	c.committed = func() {
		if len(written) > 0 && p.Handoff != nil {
			p.Handoff.Committed(store.Handed{Expanded: written})
		}
	}
	err = s.writer.do(c)
	return more, err
}

func expand(t *tx, p store.ExpandParams, suffix func(int) string) (written []int64, more bool, err error) {
	var event, tenant, accepted int64
	var packed []byte
	var expanded int
	found, err := t.row(`SELECT number, tenant, accepted_at, expanding, expanded FROM events
		WHERE expanding IS NOT NULL ORDER BY number LIMIT 1`, nil, &event, &tenant, &accepted, &packed, &expanded)
	if err != nil || !found {
		return nil, false, err
	}
	all := unpackNumbers(packed)
	written = all[expanded:min(len(all), expanded+p.Rows())]
	for i, w := range written {
		if _, err := t.exec(`
			INSERT INTO work (number, suffix, tenant, event, webhook, due_at, process, leased_at, claims,
				attempts, interruptions, retries, manual, ended)
			VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, 0, 0, 0, 0, '')`,
			event+1+int64(expanded+i), suffix(i), tenant, event, w, accepted, p.Now.UnixMilli()); err != nil {
			return nil, false, err
		}
	}
	if expanded += len(written); expanded < len(all) {
		_, err = t.exec("UPDATE events SET expanded = ? WHERE number = ?", expanded, event)
		return written, true, err
	}
	if _, err := t.exec("UPDATE events SET expanding = NULL, expanded = ? WHERE number = ?", expanded, event); err != nil {
		return nil, false, err
	}
	more, err = t.row("SELECT 1 FROM events WHERE expanding IS NOT NULL LIMIT 1", nil, new(int))
	return written, more, err
}

// insertAttempt writes an attempt that is not part of its delivery's row.
func insertAttempt(t *tx, delivery int64, a *webhook.Attempt) error {
	if _, err := t.exec(`INSERT INTO attempts (delivery, attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, append([]any{delivery}, attemptColumns(a)...)...); err != nil {
		return fmt.Errorf("insert attempt: %w", err)
	}
	return nil
}

func attemptColumns(a *webhook.Attempt) []any {
	body := a.Response.Body
	if body == nil {
		body = []byte{}
	}
	return []any{
		a.Number, string(a.Trigger), a.StartedAt.UnixMilli(), a.Duration.Microseconds(), string(a.Outcome), string(a.Reason),
		string(a.Phase), a.Status, store.EncodeAttempt(a), body,
	}
}
