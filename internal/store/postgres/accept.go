package postgres

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// acceptance is one call of Accept on its way through a commit.
type acceptance struct {
	store  *Store
	params store.AcceptParams
	answer []store.Accepted
	handed store.Handed
	rows   int
}

// acceptances are the calls of Accept of one batch, written together.
type acceptances struct {
	calls []*call
	// kept are the answers to idempotency keys that are known.
	kept   map[idempotencyKey]keptAnswer
	events eventRows
	work   workRows
	keys   []keptKey
}

type idempotencyKey struct {
	tenant     webhook.TenantID
	route, key string
}

type keptAnswer struct {
	hash, answer []byte
	created      time.Time
}

// keptKey is an answer to be kept.
type keptKey struct {
	tenant int64
	idempotencyKey
	keptAnswer
}

func (a *acceptance) key() idempotencyKey {
	k := a.params.Idempotency
	return idempotencyKey{a.params.Tenant, k.Route, k.Key}
}

// ask puts the question for what is known of the idempotency keys in line.
func (as *acceptances) ask(t *tx) {
	as.kept = make(map[idempotencyKey]keptAnswer)
	as.lockTenants(t)
	var tenants, routes, keys []string
	for _, c := range as.calls {
		if c.accept.params.Idempotency != nil {
			k := c.accept.key()
			tenants, routes, keys = append(tenants, string(k.tenant)), append(routes, k.route), append(keys, k.key)
		}
	}
	if len(keys) == 0 {
		return
	}
	t.queue(`SELECT u.tenant, u.route, u.key, i.hash, i.answer, i.created_at
		FROM unnest($1::text[], $2::text[], $3::text[]) u (tenant, route, key) JOIN tenants n ON n.id = u.tenant AND n.deleted_at IS NULL
		JOIN idempotency i ON i.tenant = n.number AND i.route = u.route AND i.key = u.key`, tenants, routes, keys).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var k idempotencyKey
			var kept keptAnswer
			var created int64
			if err := rows.Scan(&k.tenant, &k.route, &k.key, &kept.hash, &kept.answer, &created); err != nil {
				return err
			}
			kept.created = instant(created)
			as.kept[k] = kept
		}
		return rows.Err()
	})
}

// lockTenants puts the question for the tenants in line.
func (as *acceptances) lockTenants(t *tx) {
	var ids []string
	for _, c := range as.calls {
		if id := c.accept.params.Tenant; id != webhook.DefaultTenant {
			ids = append(ids, string(id))
		}
	}
	if len(ids) == 0 {
		return
	}
	t.queue(lockTenants, ids).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var id webhook.TenantID
			var number int64
			if err := rows.Scan(&id, &number); err != nil {
				return err
			}
			t.noteTenant(id, number)
		}
		return rows.Err()
	})
}

// errNoPartition says that no partition holds the numbers that were taken.
var errNoPartition = errors.New("no partition for the numbers")

type noPartition struct{ first, last int64 }

func (e *noPartition) Error() string        { return errNoPartition.Error() }
func (e *noPartition) Is(target error) bool { return target == errNoPartition }

// write decides about each call and puts what it stores in line.
func (as *acceptances) write(t *tx) error {
	if len(as.calls) == 0 {
		return nil
	}
	if t.end > t.next && !t.store.partitions.hold(t.next, t.end-1) {
		return &noPartition{t.next, t.end - 1}
	}
	for _, c := range as.calls {
		if err := as.decide(t, c); err != nil {
			return err
		}
	}
	if err := as.keepAnswers(t); err != nil {
		return err
	}
	if err := as.events.insert(t); err != nil {
		return err
	}
	return as.work.insert(t)
}

// decide checks everything about a call before it writes anything.
func (as *acceptances) decide(t *tx, c *call) error {
	a := c.accept
	a.answer, a.handed, a.rows = nil, store.Handed{}, 0
	tenant, err := t.store.tenantNumber(t, a.params.Tenant)
	if errors.Is(err, webhook.ErrNotFound) {
		return c.refuse(err)
	}
	if err != nil {
		return err
	}
	done, err := as.answerAgain(a)
	if err != nil || done {
		return c.refuse(err)
	}
	version, err := t.readRegistryVersion()
	if err != nil {
		return err
	}
	if version != a.params.RegistryVersion {
		return c.refuse(webhook.ErrStale)
	}
	suffixes, err := webhook.NewSuffixes(t.store.options.Random, a.suffixCount())
	if err != nil {
		return c.refuse(err)
	}
	next := 0
	suffix := func() string { next++; return suffixes(next - 1) }
	for i := range a.params.Events {
		as.add(t, a, tenant, &a.params.Events[i], suffix)
	}
	return as.noteAnswer(a, tenant)
}

// answerAgain looks for an earlier call with the same idempotency key.
func (as *acceptances) answerAgain(a *acceptance) (done bool, err error) {
	if a.params.Idempotency == nil {
		return false, nil
	}
	kept, found := as.kept[a.key()]
	if !found || a.params.AcceptedAt.Sub(kept.created) >= store.IdempotencyKept {
		return false, nil
	}
	a.answer, err = a.params.Idempotency.Repeat(kept.hash, kept.answer)
	return true, err
}

// noteAnswer keeps the answer for the calls after this one, in this batch and later.
func (as *acceptances) noteAnswer(a *acceptance, tenant int64) error {
	if a.params.Idempotency == nil {
		return nil
	}
	answer, err := json.Marshal(a.answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	kept := keptAnswer{a.params.Idempotency.Hash[:], answer, instant(a.params.AcceptedAt.UnixMilli())}
	as.kept[a.key()] = kept
	as.keys = append(as.keys, keptKey{tenant, a.key(), kept})
	return nil
}

// keepAnswers writes the answers. One that another process is writing is waited for;
// then this batch is made again, and finds it.
func (as *acceptances) keepAnswers(t *tx) error {
	if len(as.keys) == 0 {
		return nil
	}
	// The last of the same key counts; in one order, so that processes do not wait for each other.
	unique := make(map[idempotencyKey]keptKey, len(as.keys))
	for _, k := range as.keys {
		unique[k.idempotencyKey] = k
	}
	sorted := slices.SortedFunc(maps.Values(unique), func(a, b keptKey) int {
		return cmp.Or(cmp.Compare(a.tenant, b.tenant), cmp.Compare(a.route, b.route), cmp.Compare(a.key, b.key))
	})
	var tenants, created []int64
	var routes, keys []string
	var hashes, answers [][]byte
	for _, k := range sorted {
		tenants, routes, keys = append(tenants, k.tenant), append(routes, k.route), append(keys, k.key)
		hashes, answers, created = append(hashes, k.hash), append(answers, k.answer), append(created, k.created.UnixMilli())
	}
	written, err := t.exec(`INSERT INTO idempotency AS i (tenant, route, key, hash, answer, created_at)
		SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bigint[])
		ON CONFLICT (tenant, route, key) DO UPDATE SET hash = excluded.hash, answer = excluded.answer, created_at = excluded.created_at
			WHERE excluded.created_at - i.created_at >= $7`,
		tenants, routes, keys, hashes, answers, created, store.IdempotencyKept.Milliseconds())
	if err == nil && written != int64(len(sorted)) {
		err = errRace
	}
	return err
}

func (a *acceptance) suffixCount() int {
	n := len(a.params.Events)
	for _, e := range a.params.Events {
		n += len(e.Webhooks)
	}
	return n
}

// add puts an event and its deliveries among the rows to be written.
func (as *acceptances) add(t *tx, a *acceptance, tenant int64, e *store.NewEvent, suffix func() string) {
	number := t.take(1 + len(e.Webhooks))
	eventSuffix := suffix()
	inline := len(e.Webhooks) <= store.MaxInlineDeliveries && a.rows+len(e.Webhooks) <= store.MaxInlineRows
	var expanding []byte
	if !inline {
		expanding = packNumbers(e.Webhooks)
	}
	as.events.add(number, eventSuffix, tenant, &a.params, e, expanding)
	id := webhook.EventID(webhook.FormatID(number, eventSuffix))
	a.answer = append(a.answer, store.Accepted{ID: id, Deliveries: len(e.Webhooks)})
	if !inline {
		a.deferTo(t, e.Webhooks)
		return
	}
	for i, w := range e.Webhooks {
		as.addDelivery(t, a, tenant, e, id, number, number+1+int64(i), w, suffix())
	}
	a.rows += len(e.Webhooks)
}

// deferTo leaves the deliveries to Expand. Later ones of the same webhooks wait in
// the queue until then, so that first attempts keep their order.
func (a *acceptance) deferTo(t *tx, webhooks []int64) {
	if t.deferred == nil {
		t.deferred = make(map[int64]bool, len(webhooks))
	}
	for _, w := range webhooks {
		t.deferred[w] = true
	}
	a.handed.Deferred = append(a.handed.Deferred, webhooks...)
}

func (as *acceptances) addDelivery(t *tx, a *acceptance, tenant int64, e *store.NewEvent, id webhook.EventID, event, number, w int64, suffix string) {
	p := &a.params
	weight := len(e.Payload.Posted)/len(e.Webhooks) + 1
	leased := p.Handoff != nil && !t.deferred[w] && !t.voided(p.Process) && p.Handoff.Reserve(w, weight)
	process, claims := int64(0), 0
	if leased {
		process, claims = p.Process, 1
		if a.handed.Jobs == nil { // most often all events of a call have as many
			a.handed.Jobs = make([]webhook.Job, 0, min(len(p.Events)*len(e.Webhooks), store.MaxInlineRows))
		}
		a.handed.Jobs = append(a.handed.Jobs, webhook.Job{
			Lease: webhook.Lease{Delivery: webhook.DeliveryID(webhook.FormatID(number, suffix)), Process: process, Claims: claims},
			Event: id, EventType: e.Type, Tenant: p.Tenant, Webhook: w, Payload: e.Payload, Weight: weight,
			AcceptedAt: p.AcceptedAt, DueAt: p.AcceptedAt, Attempt: 1,
		})
	} else {
		a.handed.Waiting = append(a.handed.Waiting, w)
	}
	as.work.add(number, suffix, tenant, event, w, p.AcceptedAt.UnixMilli(), process, int64(claims))
}

// eventRows are events to be written, by column. Of those that are many, the arrays are
// taken apart in the list of columns: FROM unnest(…) would put all of them aside first.
type eventRows struct {
	number, tenant, accepted, composer, deliveries []int64
	suffix, kind, source, unmatched                []string
	key                                            []*string
	created                                        []*int64
	payload, expanding                             [][]byte
}

func (r *eventRows) add(number int64, suffix string, tenant int64, p *store.AcceptParams, e *store.NewEvent, expanding []byte) {
	r.number, r.suffix, r.tenant = append(r.number, number), append(r.suffix, suffix), append(r.tenant, tenant)
	r.kind, r.accepted, r.source = append(r.kind, string(e.Type)), append(r.accepted, p.AcceptedAt.UnixMilli()), append(r.source, p.Source)
	var key *string
	if p.Idempotency != nil {
		key = &p.Idempotency.Key
	}
	r.key, r.composer, r.created = append(r.key, key), append(r.composer, int64(e.Payload.Composer)), append(r.created, millis(e.Payload.CreatedAt))
	r.payload, r.deliveries = append(r.payload, e.Payload.Posted), append(r.deliveries, int64(len(e.Webhooks)))
	r.unmatched, r.expanding = append(r.unmatched, string(e.Unmatched)), append(r.expanding, expanding)
}

const intoEvents = `events (number, suffix, tenant, type, accepted_at, source, idempotency_key, composer, created_at,
	payload, deliveries, unmatched, expanding, expanded)`

func (r *eventRows) insert(t *tx) error {
	return t.insert(intoEvents, len(r.number), r.write, `
		SELECT unnest($1::bigint[]), unnest($2::text[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::bigint[]), unnest($6::text[]), unnest($7::text[]),
			unnest($8::bigint[]), unnest($9::bigint[]), unnest($10::bytea[]), unnest($11::bigint[]), unnest($12::text[]), unnest($13::bytea[]), 0`,
		r.number, r.suffix, r.tenant, r.kind, r.accepted, r.source, r.key, r.composer, r.created, r.payload, r.deliveries, r.unmatched, r.expanding)
}

func (r *eventRows) write(v *values, i int) {
	v.int(r.number[i])
	v.text(r.suffix[i])
	v.int(r.tenant[i])
	v.text(r.kind[i])
	v.int(r.accepted[i])
	v.text(r.source[i])
	orNull(v, r.key[i], v.text)
	v.int(r.composer[i])
	orNull(v, r.created[i], v.int)
	v.bytes(r.payload[i])
	v.int(r.deliveries[i])
	v.text(r.unmatched[i])
	v.bytes(r.expanding[i])
	v.int(0)
}

// workRows are deliveries that enter the queue, by column.
type workRows struct {
	number, tenant, event, webhook, due, process, claims []int64
	suffix                                               []string
}

func (r *workRows) add(number int64, suffix string, tenant, event, webhookNumber, due, process, claims int64) {
	r.number, r.suffix, r.tenant, r.event = append(r.number, number), append(r.suffix, suffix), append(r.tenant, tenant), append(r.event, event)
	r.webhook, r.due, r.process, r.claims = append(r.webhook, webhookNumber), append(r.due, due), append(r.process, process), append(r.claims, claims)
}

const intoWork = `work (number, suffix, tenant, event, webhook, due_at, process, leased_at, claims,
	attempts, interruptions, retries, manual, ended)`

func (r *workRows) insert(t *tx) error {
	return t.insert(intoWork, len(r.number), r.write, `
		SELECT unnest($1::bigint[]), unnest($2::text[]), unnest($3::bigint[]), unnest($4::bigint[]), unnest($5::bigint[]), unnest($6::bigint[]), unnest($7::bigint[]),
			unnest($6::bigint[]), unnest($8::bigint[]), 0, 0, 0, false, ''`,
		r.number, r.suffix, r.tenant, r.event, r.webhook, r.due, r.process, r.claims)
}

func (r *workRows) write(v *values, i int) {
	v.int(r.number[i])
	v.text(r.suffix[i])
	v.ints(r.tenant[i], r.event[i], r.webhook[i], r.due[i], r.process[i], r.due[i], r.claims[i], 0, 0, 0)
	v.bool(false)
	v.text("")
}
