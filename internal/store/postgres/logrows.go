package postgres

import (
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// What follows is rows by column, as unnest takes them.

type leaseRows struct{ number, process, claims []int64 }

func (r *leaseRows) add(l lease) {
	r.number, r.process, r.claims = append(r.number, l.number), append(r.process, l.process), append(r.claims, int64(l.claims))
}

// resultRows are the leases that results name; result is which of them.
type resultRows struct {
	leaseRows
	result []int
}

func (r *resultRows) add(result int, l lease) {
	r.leaseRows.add(l)
	r.result = append(r.result, result)
}

// againRows are deliveries that wait for another attempt.
type againRows struct {
	resultRows
	due, retries, logged []int64
}

func (r *againRows) add(i int, l lease, result *store.Result) {
	r.resultRows.add(i, l)
	logged := result.Job.LoggedAt
	if logged.IsZero() {
		logged = result.Attempt.EndedAt()
	}
	r.due, r.retries, r.logged = append(r.due, result.Next.DueAt.UnixMilli()), append(r.retries, int64(result.Next.RetriesUsed)), append(r.logged, logged.UnixMilli())
}

// attemptRows are attempts that are not part of their delivery's row.
type attemptRows struct {
	delivery, number, started, duration, status []int64
	trigger, outcome, reason, phase             []string
	detail, body                                [][]byte
	// class and ended belong to the delivery.
	class []string
	ended []int64
}

func (r *attemptRows) add(delivery int64, a *webhook.Attempt) {
	r.delivery = append(r.delivery, delivery)
	r.addColumns(a)
}

func (r *attemptRows) addColumns(a *webhook.Attempt) {
	r.number, r.started, r.duration = append(r.number, int64(a.Number)), append(r.started, a.StartedAt.UnixMilli()), append(r.duration, a.Duration.Microseconds())
	r.trigger, r.outcome, r.reason = append(r.trigger, string(a.Trigger)), append(r.outcome, string(a.Outcome)), append(r.reason, string(a.Reason))
	r.phase, r.status = append(r.phase, string(a.Phase)), append(r.status, int64(a.Status))
	r.detail, r.body = append(r.detail, store.EncodeAttempt(a)), append(r.body, bytesOf(a.Response.Body))
	r.class, r.ended = append(r.class, string(a.Class())), append(r.ended, a.EndedAt().UnixMilli())
}

func (r *attemptRows) insert(t *tx) {
	if len(r.delivery) == 0 {
		return
	}
	t.queue(`INSERT INTO attempts (delivery, attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bigint[],
			$10::bytea[], $11::bytea[])`,
		r.delivery, r.number, r.trigger, r.started, r.duration, r.outcome, r.reason, r.phase, r.status, r.detail, r.body)
}

// deliveryRows are log entries that begin, with their first attempt.
type deliveryRows struct {
	attemptRows
	tenant, event, webhook, accepted, redeliveries, standing, claims []int64
	suffix, kind, state, cancelReason                                []string
	endedAt, next                                                    []*int64
}

func (r *deliveryRows) add(number, tenant int64, result *store.Result) {
	j, a := &result.Job, &result.Attempt
	r.attemptRows.add(number, a)
	event, _, _ := webhook.ParseID(string(j.Event))
	_, suffix, _ := webhook.ParseID(string(j.Delivery))
	r.suffix, r.tenant, r.event, r.webhook = append(r.suffix, suffix), append(r.tenant, tenant), append(r.event, event), append(r.webhook, j.Webhook)
	r.kind, r.state, r.cancelReason = append(r.kind, string(j.EventType)), append(r.state, string(result.Next.State)), append(r.cancelReason, string(result.CancelReason))
	r.accepted, r.endedAt, r.next = append(r.accepted, j.AcceptedAt.UnixMilli()), append(r.endedAt, endedAt(result)), append(r.next, nextAttemptAt(result))
	r.redeliveries, r.standing = append(r.redeliveries, redeliveries(j)), append(r.standing, int64(standingOf(result.Next.State, a.Class())))
	r.claims = append(r.claims, int64(j.Claims))
}

const intoDeliveries = `deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, logged_at,
	ended_at, next_attempt_at, redeliveries, standing, result, last_attempt, claims,
	attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)`

func (r *deliveryRows) insert(t *tx) error {
	return t.insert(intoDeliveries, len(r.delivery), r.write, `
		SELECT unnest($1::bigint[]), unnest($2::text[]), unnest($3::bigint[]), unnest($4::bigint[]), unnest($5::bigint[]), unnest($6::text[]), unnest($7::text[]),
			unnest($8::text[]), unnest($9::bigint[]), unnest($10::bigint[]), unnest($11::bigint[]), unnest($12::bigint[]), unnest($13::bigint[]),
			unnest($14::bigint[]), unnest($15::text[]), unnest($16::bigint[]), unnest($17::bigint[]),
			unnest($16::bigint[]), unnest($18::text[]), unnest($19::bigint[]), unnest($20::bigint[]), unnest($21::text[]), unnest($22::text[]),
			unnest($23::text[]), unnest($24::bigint[]), unnest($25::bytea[]), unnest($26::bytea[])`,
		r.delivery, r.suffix, r.tenant, r.event, r.webhook, r.kind, r.state, r.cancelReason, r.accepted, r.ended,
		r.endedAt, r.next, r.redeliveries, r.standing, r.class, r.number, r.claims,
		r.trigger, r.started, r.duration, r.outcome, r.reason, r.phase, r.status, r.detail, r.body)
}

func (r *deliveryRows) write(v *values, i int) {
	v.int(r.delivery[i])
	v.text(r.suffix[i])
	v.ints(r.tenant[i], r.event[i], r.webhook[i])
	v.text(r.kind[i])
	v.text(r.state[i])
	v.text(r.cancelReason[i])
	v.ints(r.accepted[i], r.ended[i])
	orNull(v, r.endedAt[i], v.int)
	orNull(v, r.next[i], v.int)
	v.ints(r.redeliveries[i], r.standing[i])
	v.text(r.class[i])
	v.ints(r.number[i], r.claims[i], r.number[i])
	v.text(r.trigger[i])
	v.ints(r.started[i], r.duration[i])
	v.text(r.outcome[i])
	v.text(r.reason[i])
	v.text(r.phase[i])
	v.int(r.status[i])
	v.bytes(r.detail[i])
	v.bytes(r.body[i])
}

// retryingRows are log entries that go on.
type retryingRows struct {
	number, attempt, claims []int64
	next                    []*int64
	class                   []string
}

func (r *retryingRows) add(number int64, result *store.Result) {
	r.number, r.attempt, r.claims = append(r.number, number), append(r.attempt, int64(result.Attempt.Number)), append(r.claims, int64(result.Job.Claims))
	r.next, r.class = append(r.next, nextAttemptAt(result)), append(r.class, string(result.Attempt.Class()))
}

func (r *retryingRows) update(t *tx) {
	if len(r.number) == 0 {
		return
	}
	low, high := span(r.number)
	t.queue(`UPDATE deliveries d SET next_attempt_at = u.next, last_attempt = u.attempt, claims = u.claims, result = u.class
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[]) u (number, next, attempt, claims, class)
		WHERE d.number = u.number AND d.number BETWEEN $6 AND $7`, r.number, r.next, r.attempt, r.claims, r.class, low, high)
}

// endingRows are log entries that end after several attempts.
type endingRows struct {
	retryingRows
	state, reason []string
	standing      []int64
	ended         []*int64
}

func (r *endingRows) add(number int64, result *store.Result) {
	r.retryingRows.add(number, result)
	r.state, r.reason = append(r.state, string(result.Next.State)), append(r.reason, string(result.CancelReason))
	r.standing = append(r.standing, int64(standingOf(result.Next.State, result.Attempt.Class())))
	r.ended = append(r.ended, endedAt(result))
}

func (r *endingRows) update(t *tx) {
	if len(r.number) == 0 {
		return
	}
	low, high := span(r.number)
	t.queue(`UPDATE deliveries d SET state = u.state, standing = u.standing, result = u.class, cancel_reason = u.reason, ended_at = u.ended,
			next_attempt_at = NULL, last_attempt = u.attempt, claims = u.claims
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bigint[])
			u (number, attempt, claims, class, state, standing, reason, ended)
		WHERE d.number = u.number AND d.number BETWEEN $9 AND $10`,
		r.number, r.attempt, r.claims, r.class, r.state, r.standing, r.reason, r.ended, low, high)
}

// bytesOf is for a column of bytes that is never NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
