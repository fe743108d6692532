package postgres

import (
	"context"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// eachLane visits each webhook that has work, one index seek apiece.
const eachLane = `WITH RECURSIVE lanes (webhook) AS (
		(SELECT webhook FROM work ORDER BY webhook LIMIT 1)
		UNION ALL
		SELECT (SELECT w.webhook FROM work w WHERE w.webhook > lanes.webhook ORDER BY w.webhook LIMIT 1) FROM lanes WHERE lanes.webhook IS NOT NULL
	) `

// free says that nobody holds a row any more. A row that another process has taken since
// the statement began is looked at again, but not the processes: of one that has joined
// since, the statement knows only that its number is higher.
const free = `w.process NOT IN (SELECT p.number FROM processes p WHERE NOT p.ended)
	AND w.process <= (SELECT coalesce(max(p.number), 0) FROM processes p)`

// Backlog implements store.Queue.
func (s *Store) Backlog(ctx context.Context, process int64) (store.Backlog, error) {
	var b store.Backlog
	err := s.query(ctx, func(rows pgx.Rows) error {
		var number int64
		var due *int64
		err := rows.Scan(&number, &due)
		if due != nil {
			b.Waiting = append(b.Waiting, store.Waiting{Webhook: number, DueAt: instant(*due)})
		}
		return err
	}, eachLane+`SELECT webhook, (SELECT w.due_at FROM work w WHERE w.webhook = lanes.webhook AND `+free+` ORDER BY w.due_at LIMIT 1)
		FROM lanes WHERE webhook IS NOT NULL`)
	if err != nil {
		return b, err
	}
	if b.Cancelled, err = s.cancelledOf(ctx, process); err != nil {
		return b, err
	}
	err = s.query(ctx, func(rows pgx.Rows) error {
		var packed []byte
		var expanded int
		err := rows.Scan(&packed, &expanded)
		b.Deferred = append(b.Deferred, unpackNumbers(packed)[expanded:]...)
		return err
	}, "SELECT expanding, expanded FROM events WHERE expanding IS NOT NULL ORDER BY number")
	return b, err
}

// claimQuery locks what is due in each lane, in the order of the lanes and in each of
// them oldest first. What another process is claiming at the moment is passed over.
const claimQuery = `
	SELECT l.place, q.number, q.suffix, q.event, e.suffix, e.type, n.id, q.webhook, q.due_at, q.process, q.leased_at, q.claims, q.attempts,
		q.interruptions, q.retries, q.logged_at, q.manual, q.ended, q.asked_by, q.resume_at, e.accepted_at, e.composer, e.created_at, octet_length(e.payload)
	FROM unnest($1::bigint[], $2::bigint[], $4::bigint[], $5::bigint[]) WITH ORDINALITY l (webhook, bound, event, due, place)
	CROSS JOIN LATERAL (
		SELECT * FROM work w WHERE w.webhook = l.webhook AND w.due_at <= least($3, l.due) AND w.event <= l.event AND ` + free + `
		ORDER BY w.due_at, w.number LIMIT l.bound FOR UPDATE SKIP LOCKED
	) q JOIN events e ON e.number = q.event JOIN tenants n ON n.number = q.tenant
	ORDER BY l.place, q.due_at, q.number`

// claiming is one call of Claim on its way through a commit.
type claiming struct {
	params  store.ClaimParams
	claimed []store.Claimed
	bytes   int
	full    bool
	taken   map[int64]bool
	jobs    []candidate
	// interrupted are the attempts of former processes that brought no result.
	interrupted attemptRows
	// place is the lane that is being chosen for, chosen how many it gets, and
	// interruptions the most that one of them will have had.
	place                 int64
	chosen, interruptions int
}

// candidate is a delivery that may be claimed.
type candidate struct {
	place             int64
	number, event     int64
	process, leasedAt int64
	job               webhook.Job
}

// interruptions are those that it will have had once it is claimed.
func (c *candidate) interruptions() int {
	if c.process != 0 {
		return c.job.Interruptions + 1
	}
	return c.job.Interruptions
}

// Claim implements store.Queue.
func (s *Store) Claim(_ context.Context, p store.ClaimParams) ([]store.Claimed, error) {
	var claimed []store.Claimed
	rows := 0
	for _, lane := range p.Lanes {
		rows += lane.Limit
	}
	c := &call{rows: rows, run: func(t *tx, _ *call) (err error) {
		c := claiming{params: p, taken: make(map[int64]bool)}
		claimed, err = c.run(t)
		return err
	}}
	c.disowned = func(t *tx) error { release(t, leasesOf(claimed)); return nil }
	if err := s.writer.do(c); err != nil {
		return nil, err
	}
	return claimed, nil
}

func (c *claiming) run(t *tx) ([]store.Claimed, error) {
	c.claimed = make([]store.Claimed, len(c.params.Lanes))
	var lanes, bounds []int64
	for i, lane := range c.params.Lanes {
		c.claimed[i].Webhook = lane.Webhook
		lanes, bounds = append(lanes, lane.Webhook), append(bounds, int64(lane.Limit))
	}
	events, dues, err := c.edges(t)
	if err != nil {
		return nil, err
	}
	if t.voided(c.params.Process) {
		return c.claimed, nil // whatever it took would be void at once
	}
	if err := t.rows(c.choose, claimQuery, lanes, bounds, c.params.Now.UnixMilli(), events, dues); err != nil {
		return nil, err
	}
	if err := c.lease(t); err != nil {
		return nil, err
	}
	for i := range c.jobs {
		lane := &c.claimed[c.jobs[i].place-1]
		lane.Jobs = append(lane.Jobs, c.jobs[i].job)
	}
	return c.claimed, c.nextDue(t, lanes, events, dues)
}

// edges are the last event of which each lane may get deliveries, and when they are due at
// the latest: bounded by both, none of what lies behind is looked at.
func (c *claiming) edges(t *tx) (events, dues []int64, err error) {
	event, due := int64(math.MaxInt64), int64(math.MaxInt64)
	if slices.ContainsFunc(c.params.Lanes, func(lane store.ClaimLane) bool { return lane.Ordered }) {
		if _, err := t.row("SELECT number, accepted_at FROM events WHERE expanding IS NOT NULL ORDER BY number LIMIT 1", nil, &event, &due); err != nil {
			return nil, nil, err
		}
	}
	for _, lane := range c.params.Lanes {
		if lane.Ordered {
			events, dues = append(events, event), append(dues, due)
		} else {
			events, dues = append(events, math.MaxInt64), append(dues, math.MaxInt64)
		}
	}
	return events, dues, nil
}

// choose takes a candidate if its payload fits. The first fits always; what comes
// after one that does not is left too, so that the order holds.
func (c *claiming) choose(rows pgx.Rows) error {
	var next candidate
	var due, accepted int64
	var suffix, eventSuffix string
	var attempts, size int
	var logged, resume, created *int64
	j := &next.job
	if err := rows.Scan(&next.place, &next.number, &suffix, &next.event, &eventSuffix, &j.EventType, &j.Tenant, &j.Webhook, &due, &next.process, &next.leasedAt,
		&j.Claims, &attempts, &j.Interruptions, &j.RetriesUsed, &logged, &j.Manual, &j.Ended, &j.AskedBy, &resume, &accepted,
		&j.Payload.Composer, &created, &size); err != nil {
		return err
	}
	j.Weight = size + 1
	if c.full = c.full || c.bytes > 0 && c.bytes+j.Weight > c.params.MaxBytes; c.full || c.taken[next.number] || !c.portion(&next) {
		return nil
	}
	c.bytes += j.Weight
	c.taken[next.number] = true
	j.Delivery = webhook.DeliveryID(webhook.FormatID(next.number, suffix))
	j.Event = webhook.EventID(webhook.FormatID(next.event, eventSuffix))
	j.Process = c.params.Process
	j.Payload.CreatedAt = zeroableInstant(created)
	j.AcceptedAt, j.DueAt = instant(accepted), instant(due)
	j.LoggedAt, j.Resume = zeroableInstant(logged), zeroableInstant(resume)
	j.Attempt = attemptNumber(attempts, j.Interruptions)
	c.jobs = append(c.jobs, next)
	return nil
}

// portion says whether the lane gets one more: see webhook.Portion. What comes after one
// that it does not get is left too.
func (c *claiming) portion(next *candidate) bool {
	if next.place != c.place {
		c.place, c.chosen, c.interruptions = next.place, 0, 0
	}
	c.interruptions = max(c.interruptions, next.interruptions())
	if c.interruptions > 0 && c.chosen >= webhook.Portion(c.interruptions) {
		return false
	}
	c.chosen++
	return true
}

// attemptNumber is the number of the next attempt. Each interruption has one of its
// own, but the last that is allowed: that is written as the result which ends the
// delivery.
func attemptNumber(results, interruptions int) int {
	return results + min(interruptions, webhook.MaxInterruptions-1) + 1
}

// lease counts the hand-outs and reads the payloads. A process that is left on a row
// ended without a result: an interruption.
func (c *claiming) lease(t *tx) error {
	if len(c.jobs) == 0 {
		return nil
	}
	var numbers, interruptions, events []int64
	for i := range c.jobs {
		next := &c.jobs[i]
		next.job.Claims++
		if next.process != 0 {
			interrupt(&c.interrupted, next.number, next.leasedAt, &next.job)
		}
		numbers, interruptions, events = append(numbers, next.number), append(interruptions, int64(next.job.Interruptions)), append(events, next.event)
	}
	t.queue(`UPDATE work w SET process = $1, leased_at = $2, claims = w.claims + 1, interruptions = u.interruptions
		FROM unnest($3::bigint[], $4::bigint[]) u (number, interruptions) WHERE w.number = u.number`,
		c.params.Process, c.params.Now.UnixMilli(), numbers, interruptions)
	c.interrupted.insert(t)
	low, high := span(events)
	payloads := make(map[int64][]byte) // shared between the deliveries of an event
	t.queue("SELECT number, payload FROM events WHERE number = ANY ($1) AND number BETWEEN $2 AND $3", events, low, high).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var number int64
			var posted []byte
			if err := rows.Scan(&number, &posted); err != nil {
				return err
			}
			payloads[number] = posted
		}
		return rows.Err()
	})
	if err := t.send(); err != nil {
		return err
	}
	for i := range c.jobs {
		c.jobs[i].job.Payload.Posted = payloads[c.jobs[i].event]
	}
	return nil
}

// nextDue finds what is left in each lane.
func (c *claiming) nextDue(t *tx, lanes, events, dues []int64) error {
	return t.rows(func(rows pgx.Rows) error {
		var place int64
		var due *int64
		err := rows.Scan(&place, &due)
		c.claimed[place-1].NextDueAt = zeroableInstant(due)
		return err
	}, `SELECT l.place, (SELECT w.due_at FROM work w WHERE w.webhook = l.webhook AND w.due_at <= l.due AND w.event <= l.event AND `+free+` ORDER BY w.due_at LIMIT 1)
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY l (webhook, event, due, place)`, lanes, events, dues)
}

// interrupt records a hand-out that brought no result.
func interrupt(rows *attemptRows, number, leasedAt int64, j *webhook.Job) {
	if j.Interruptions < webhook.MaxInterruptions {
		j.Interruptions++
	}
	if j.Interruptions == webhook.MaxInterruptions {
		return
	}
	interrupted := webhook.Attempt{
		Number: j.Attempt, Trigger: j.Trigger(), StartedAt: instant(leasedAt),
		Outcome: webhook.OutcomeInterrupted, Reason: webhook.ReasonInterrupted, By: j.AskedBy,
	}
	j.Attempt++
	rows.add(number, &interrupted)
}

// Release implements store.Queue.
func (s *Store) Release(_ context.Context, leases []webhook.Lease) error {
	return s.writer.do(&call{release: append([]webhook.Lease{}, leases...), rows: len(leases)})
}

// release puts the giving back of leases in line.
func release(t *tx, leases []webhook.Lease) {
	var rows leaseRows
	for _, l := range leases {
		number, _, ok := webhook.ParseID(string(l.Delivery))
		if ok {
			rows.add(lease{number, l.Process, l.Claims})
		}
	}
	if len(rows.number) == 0 {
		return
	}
	t.queue(`UPDATE work w SET process = 0 FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) u (number, process, claims)
		WHERE w.number = u.number AND w.process = u.process AND w.claims = u.claims AND `+held, rows.number, rows.process, rows.claims)
	forgetCancelled(t, &rows) // after it: what is cancelled meanwhile has been by now
}

func leasesOf(claimed []store.Claimed) []webhook.Lease {
	var leases []webhook.Lease
	for i := range claimed {
		for j := range claimed[i].Jobs {
			leases = append(leases, claimed[i].Jobs[j].Lease)
		}
	}
	return leases
}

// Expand implements store.Queue.
func (s *Store) Expand(_ context.Context, p store.ExpandParams) (more bool, err error) {
	var step expansion
	c := &call{expands: true, rows: p.Rows(), run: func(t *tx, c *call) error {
		suffixes, err := webhook.NewSuffixes(s.options.Random, p.Rows())
		if err != nil {
			return c.refuse(err)
		}
		step, err = expand(t, suffixes, p.Rows())
		return err
	}}
	c.committed = func() {
		if p.Handoff != nil && (len(step.written) > 0 || step.all) {
			p.Handoff.Committed(store.Handed{Expanded: step.written, AllExpanded: step.all})
		}
	}
	err = s.writer.do(c)
	return step.more, err
}

// expansion is what one step of expanding has written, whether there is more to do for
// this process, and whether nothing is left at all.
type expansion struct {
	written   []int64
	more, all bool
}

func expand(t *tx, suffix func(int) string, rows int) (step expansion, err error) {
	var event, tenant, accepted int64
	var packed []byte
	var expanded int
	found, err := t.row(`SELECT number, tenant, accepted_at, expanding, expanded FROM events
		WHERE expanding IS NOT NULL ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED`, nil, &event, &tenant, &accepted, &packed, &expanded)
	if err != nil {
		return step, err
	}
	if !found { // others may be at it
		left, err := t.row(anyExpanding, nil, new(int))
		step.all = !left
		return step, err
	}
	all := unpackNumbers(packed)
	step.written = all[expanded:min(len(all), expanded+rows)]
	var work workRows
	for i, w := range step.written {
		work.add(event+1+int64(expanded+i), suffix(i), tenant, event, w, accepted, 0, 0)
	}
	if err := work.insert(t); err != nil {
		return step, err
	}
	if expanded += len(step.written); expanded < len(all) {
		t.queue("UPDATE events SET expanded = $1 WHERE number = $2", expanded, event)
		step.more = true
		return step, nil
	}
	t.queue("UPDATE events SET expanding = NULL, expanded = $1 WHERE number = $2", expanded, event)
	step.more, err = t.row(anyExpanding, nil, new(int))
	step.all = !step.more
	return step, err
}

const anyExpanding = "SELECT 1 FROM events WHERE expanding IS NOT NULL LIMIT 1"
