package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

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

// Accept implements store.Events.
func (s *Store) Accept(_ context.Context, p store.AcceptParams) ([]store.Accepted, error) {
	a := &acceptance{store: s, params: p}
	c := &call{run: a.run}
	for _, e := range p.Events {
		c.bytes += len(e.Payload.Posted)
		c.rows += 1 + len(e.Webhooks)
	}
	if p.Handoff != nil {
		c.committed = func() { p.Handoff.Committed(a.handed) }
		c.aborted = func() {
			p.Handoff.Aborted(a.handed.Jobs)
			a.handed = store.Handed{}
		}
	}
	if err := s.writer.doUnlessBusy(c); err != nil {
		return nil, err
	}
	return a.answer, nil
}

// run checks everything before it writes anything, so that a refusal leaves the
// rest of the batch alone.
func (a *acceptance) run(t *tx, c *call) error {
	a.answer, a.handed, a.rows = nil, store.Handed{}, 0
	tenant, err := a.store.tenantNumber(t, a.params.Tenant)
	if err != nil {
		return c.refuse(err)
	}
	done, err := a.answerAgain(t, c, tenant)
	if err != nil || done {
		return err
	}
	version, err := t.readRegistryVersion()
	if err != nil {
		return err
	}
	if version != a.params.RegistryVersion {
		return c.refuse(webhook.ErrStale)
	}
	suffixes, err := webhook.NewSuffixes(a.store.options.Random, a.suffixCount())
	if err != nil {
		return c.refuse(err)
	}
	next := 0
	suffix := func() string { next++; return suffixes(next - 1) }
	for i := range a.params.Events {
		if err := a.writeEvent(t, tenant, &a.params.Events[i], suffix); err != nil {
			return err
		}
	}
	return a.keepAnswer(t, tenant)
}

// answerAgain looks for an earlier call with the same idempotency key.
func (a *acceptance) answerAgain(t *tx, c *call, tenant int64) (done bool, err error) {
	key := a.params.Idempotency
	if key == nil {
		return false, nil
	}
	var hash, answer []byte
	var created int64
	found, err := t.row("SELECT hash, answer, created_at FROM idempotency WHERE tenant = ? AND route = ? AND key = ?",
		[]any{tenant, key.Route, key.Key}, &hash, &answer, &created)
	if err != nil || !found || a.params.AcceptedAt.Sub(instant(created)) >= store.IdempotencyKept {
		return false, err
	}
	if a.answer, err = key.Repeat(hash, answer); err != nil {
		return true, c.refuse(err)
	}
	return true, nil
}

// FirstAnswer implements store.Events.
func (s *Store) FirstAnswer(ctx context.Context, tenant webhook.TenantID, key store.Idempotency, now time.Time) ([]store.Accepted, error) {
	var hash, kept []byte
	err := s.query(ctx, func(rows *sql.Rows) error { return rows.Scan(&hash, &kept) },
		`SELECT i.hash, i.answer FROM idempotency i JOIN tenants n ON n.number = i.tenant
		WHERE n.id = ? AND n.deleted_at IS NULL AND i.route = ? AND i.key = ? AND i.created_at > ?`,
		string(tenant), key.Route, key.Key, now.Add(-store.IdempotencyKept).UnixMilli())
	if err != nil {
		return nil, err
	}
	if hash == nil {
		return nil, webhook.ErrNotFound
	}
	return key.Repeat(hash, kept)
}

func (a *acceptance) keepAnswer(t *tx, tenant int64) error {
	key := a.params.Idempotency
	if key == nil {
		return nil
	}
	answer, err := json.Marshal(a.answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	_, err = t.exec("INSERT OR REPLACE INTO idempotency (tenant, route, key, hash, answer, created_at) VALUES (?, ?, ?, ?, ?, ?)",
		tenant, key.Route, key.Key, key.Hash[:], answer, a.params.AcceptedAt.UnixMilli())
	return err
}

func (a *acceptance) suffixCount() int {
	n := len(a.params.Events)
	for _, e := range a.params.Events {
		n += len(e.Webhooks)
	}
	return n
}

func (a *acceptance) writeEvent(t *tx, tenant int64, e *store.NewEvent, suffix func() string) error {
	number := a.store.sequence.Take(a.params.AcceptedAt, 1+len(e.Webhooks))
	if err := a.store.keepLead(t, number+int64(len(e.Webhooks)), a.params.AcceptedAt); err != nil {
		return err
	}
	eventSuffix := suffix()
	id := webhook.EventID(webhook.FormatID(number, eventSuffix))
	inline := len(e.Webhooks) <= store.MaxInlineDeliveries && a.rows+len(e.Webhooks) <= store.MaxInlineRows
	var expanding, aloft any
	if !inline {
		expanding = packNumbers(e.Webhooks)
		a.deferTo(t, e.Webhooks)
	} else if packed, err := a.writeDeliveries(t, tenant, e, id, number, suffix); err != nil {
		return err
	} else if packed != nil {
		aloft = packed
	}
	var key any
	if a.params.Idempotency != nil {
		key = a.params.Idempotency.Key
	}
	if aloft != nil && key == nil {
		// As most are: what is the same in each stands in the statement.
		if _, err := t.exec(`
			INSERT INTO events (number, suffix, tenant, type, accepted_at, source, composer, created_at, payload, deliveries, aloft, unmatched, expanded)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0)`,
			number, eventSuffix, tenant, string(e.Type), a.params.AcceptedAt.UnixMilli(), a.params.Source, int64(e.Payload.Composer),
			millis(e.Payload.CreatedAt), e.Payload.Posted, int64(len(e.Webhooks)), aloft); err != nil {
			return err
		}
	} else if _, err := t.exec(`
		INSERT INTO events (number, suffix, tenant, type, accepted_at, source, idempotency_key, composer, created_at,
			payload, deliveries, unmatched, expanding, expanded, aloft)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		number, eventSuffix, tenant, string(e.Type), a.params.AcceptedAt.UnixMilli(), a.params.Source, key, e.Payload.Composer,
		millis(e.Payload.CreatedAt), e.Payload.Posted, len(e.Webhooks), string(e.Unmatched), expanding, aloft); err != nil {
		return err
	}
	t.noteBlocks(tenant, e.Type, number, number+int64(len(e.Webhooks)))
	a.answer = append(a.answer, store.Accepted{ID: id, Deliveries: len(e.Webhooks)})
	t.unfinished += int64(len(e.Webhooks))
	return nil
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

// writeDeliveries brings the deliveries of an event on their way. Those for which there
// is room are handed over, named in the event and aloft; the others wait in the queue.
func (a *acceptance) writeDeliveries(t *tx, tenant int64, e *store.NewEvent, id webhook.EventID, event int64, suffix func() string) (aloft []byte, err error) {
	p := &a.params
	mayLift, err := t.isNewest(p.Process)
	if err != nil {
		return nil, err
	}
	now, weight := time.Now(), len(e.Payload.Posted)/max(1, len(e.Webhooks))+1
	for i, w := range e.Webhooks {
		one := &flyer{
			number: event + 1 + int64(i), event: event, tenant: tenant, webhook: w, suffix: suffix(),
			accepted: p.AcceptedAt.UnixMilli(), since: now,
		}
		if p.Handoff == nil || t.deferred[w] || !p.Handoff.Reserve(w, weight) {
			a.handed.Waiting = append(a.handed.Waiting, w)
			err = t.insertWork(one, 0)
		} else {
			one.process = p.Process
			a.handOver(e, id, one, weight)
			if mayLift {
				aloft = appendFlyer(aloft, one.number-event, w, one.suffix)
				t.lift(one)
				continue
			}
			err = t.insertWork(one, 1)
		}
		if err != nil {
			return nil, err
		}
	}
	a.rows += len(e.Webhooks)
	return aloft, nil
}

func (a *acceptance) handOver(e *store.NewEvent, id webhook.EventID, one *flyer, weight int) {
	p := &a.params
	if a.handed.Jobs == nil { // most often all events of a call have as many
		a.handed.Jobs = make([]webhook.Job, 0, min(len(p.Events)*len(e.Webhooks), store.MaxInlineRows))
	}
	a.handed.Jobs = append(a.handed.Jobs, webhook.Job{
		Lease: webhook.Lease{Delivery: webhook.DeliveryID(webhook.FormatID(one.number, one.suffix)), Process: p.Process, Claims: 1},
		Event: id, EventType: e.Type, Tenant: p.Tenant, Webhook: one.webhook, Payload: e.Payload, Weight: weight,
		AcceptedAt: p.AcceptedAt, DueAt: p.AcceptedAt, Attempt: 1,
	})
}

func packNumbers(numbers []int64) []byte {
	var packed []byte
	for _, n := range numbers {
		packed = binary.AppendVarint(packed, n)
	}
	return packed
}

func unpackNumbers(packed []byte) []int64 {
	var numbers []int64
	for len(packed) > 0 {
		n, size := binary.Varint(packed)
		if size <= 0 {
			return numbers
		}
		numbers, packed = append(numbers, n), packed[size:]
	}
	return numbers
}

const eventColumns = `e.number, e.suffix, n.id, e.type, e.accepted_at, e.source, e.idempotency_key, e.composer, e.created_at,
	length(e.payload), e.deliveries, e.unmatched`

func scanEvent(rows *sql.Rows, more ...any) (webhook.Event, error) {
	var e webhook.Event
	var number, accepted int64
	var suffix string
	var key sql.NullString
	var created sql.NullInt64
	err := rows.Scan(append([]any{
		&number, &suffix, &e.Tenant, &e.Type, &accepted, &e.Source, &key, &e.Payload.Composer, &created,
		&e.Size, &e.Deliveries, &e.Unmatched,
	}, more...)...)
	e.ID = webhook.EventID(webhook.FormatID(number, suffix))
	e.AcceptedAt, e.IdempotencyKey, e.Payload.CreatedAt = instant(accepted), key.String, zeroableInstant(created)
	return e, err
}

// Event implements store.Events.
func (s *Store) Event(ctx context.Context, tenant webhook.TenantID, id webhook.EventID) (webhook.Event, error) {
	number, suffix, ok := webhook.ParseID(string(id))
	if !ok {
		return webhook.Event{}, webhook.ErrNotFound
	}
	var found *webhook.Event
	err := s.query(ctx, func(rows *sql.Rows) error {
		var posted []byte
		e, err := scanEvent(rows, &posted)
		e.Payload.Posted = posted
		found = &e
		return err
	}, `SELECT `+eventColumns+`, e.payload FROM events e JOIN tenants n ON n.number = e.tenant
		WHERE e.number = ? AND e.suffix = ? AND n.id = ?`, number, suffix, string(tenant))
	if err != nil {
		return webhook.Event{}, err
	}
	if found == nil {
		return webhook.Event{}, webhook.ErrNotFound
	}
	return *found, nil
}

// NewestAt implements store.Events.
func (s *Store) NewestAt(ctx context.Context) (newest time.Time, err error) {
	err = s.query(ctx, func(rows *sql.Rows) error {
		var at int64
		err := rows.Scan(&at)
		newest = instant(at)
		return err
	}, "SELECT accepted_at FROM events ORDER BY number DESC LIMIT 1")
	return newest, err
}

// Events implements store.Events.
func (s *Store) Events(ctx context.Context, q store.EventQuery) ([]webhook.Event, error) {
	var events []webhook.Event
	scan := func(rows *sql.Rows) error {
		e, err := scanEvent(rows)
		events = append(events, e)
		return err
	}
	err := s.reading(ctx, func(r *reader) error {
		where := s.eventConditions(q, false)
		numbers, known, err := s.eventsWithin(r, &q, q.Limit)
		switch {
		case err != nil || known && len(numbers) == 0:
			return err
		case known:
			where = conditions{}
			where.inNumbers("e.number", numbers)
		}
		list := eventListOf(&q)
		if known {
			list = unindexedList
		}
		return r.query(scan, `SELECT `+eventColumns+list+where.text()+` ORDER BY e.number DESC LIMIT ?`, append(where.args, q.Limit)...)
	})
	return events, err
}

// eventsWithin lists the numbers of the newest events that q selects, if it is known
// in which stretches they are.
func (s *Store) eventsWithin(r *reader, q *store.EventQuery, limit int) (numbers []int64, known bool, err error) {
	all, known, err := r.stretches(placeOfEvents(q))
	if err != nil || !known {
		return nil, known, err
	}
	numbers, err = r.newest([]walk{{number: "e.number", from: eventListOf(q), where: s.eventConditions(*q, true)}}, all, limit)
	slices.SortFunc(numbers, func(a, b int64) int { return cmp.Compare(b, a) })
	return numbers[:min(len(numbers), limit)], true, err
}

// eventList walks a tenant's events in order; types and whether they matched are in
// the entries of the index.
const (
	eventList     = " FROM events e INDEXED BY events_list" + ofTenant
	unmatchedList = " FROM events e INDEXED BY events_unmatched" + ofTenant
	unindexedList = " FROM events e NOT INDEXED" + ofTenant
	ofTenant      = " CROSS JOIN tenants n ON n.number = e.tenant WHERE "
)

// eventListOf is the walk that a query takes: events that went to nobody have an index
// of their own, since they are few.
func eventListOf(q *store.EventQuery) string {
	if q.Matched != nil && !*q.Matched {
		return unmatchedList
	}
	return eventList
}

func (s *Store) eventConditions(q store.EventQuery, within bool) conditions {
	where := conditions{}
	where.add("e.tenant = "+tenantOf, string(q.Tenant))
	number := beside(within) + "e.number"
	s.numbers(&where, number, string(q.Before), q.From, q.To)
	if oldest, _, ok := webhook.ParseID(string(q.Oldest)); ok {
		where.add(number+" >= ?", oldest)
	}
	where.in("e.type", stringsOf(q.Types))
	if q.Matched != nil && *q.Matched {
		where.add("e.deliveries > 0")
	} else if q.Matched != nil {
		where.add("e.deliveries = 0")
	}
	s.edges(&where, "e.number", "e.accepted_at", q.From, q.To)
	if q.Search != "" {
		where.add(`(e.type LIKE ? ESCAPE '\' OR CAST(e.payload AS TEXT) LIKE ? ESCAPE '\')`, contains(q.Search), contains(q.Search))
	}
	return where
}

// conditions collects the parts of a WHERE clause.
type conditions struct {
	parts []string
	args  []any
}

func (c *conditions) add(part string, args ...any) {
	c.parts = append(c.parts, part)
	c.args = append(c.args, args...)
}

func (c *conditions) text() string { return strings.Join(c.parts, " AND ") }

func (c *conditions) inNumbers(column string, numbers []int64) {
	args := make([]any, len(numbers))
	for i, n := range numbers {
		args[i] = n
	}
	c.add(column+" IN (?"+strings.Repeat(", ?", len(numbers)-1)+")", args...)
}

func (c *conditions) in(column string, values []string) {
	if len(values) == 0 {
		return
	}
	c.add(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", anys(values)...)
}

// keepLead remembers how far identifiers run ahead of the clock: a little in a burst
// that takes more numbers than its milliseconds have, and far when the clock is set
// back.
func (s *Store) keepLead(t *tx, number int64, accepted time.Time) error {
	lead := webhook.NumberTime(number).Sub(accepted)
	if lead.Milliseconds() < max(t.lead, s.lead.Load()) {
		return nil
	}
	t.lead = (lead.Truncate(time.Minute) + 2*time.Minute).Milliseconds()
	_, err := t.exec("UPDATE identifier_lead SET ms = ? WHERE only = 1", t.lead)
	return err
}

// highestNumber is above the identifiers of everything accepted until then.
func (s *Store) highestNumber(until time.Time) int64 {
	return webhook.NumberAt(until.Add(time.Duration(s.lead.Load()) * time.Millisecond))
}

// numbers narrows a scan by identifier; times does the exact cut.
func (s *Store) numbers(c *conditions, column, before string, from, to time.Time) {
	if number, _, ok := webhook.ParseID(before); ok {
		c.add(column+" < ?", number)
	}
	if !from.IsZero() {
		c.add(column+" >= ?", webhook.NumberAt(from))
	}
	if !to.IsZero() {
		c.add(column+" < ?", s.highestNumber(to))
	}
}

func (c *conditions) times(column string, from, to time.Time) {
	if !from.IsZero() {
		c.add(column+" >= ?", from.UnixMilli())
	}
	if !to.IsZero() {
		c.add(column+" <= ?", to.UnixMilli())
	}
}

func stringsOf[S ~string](values []S) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return texts
}

func anys(values []string) []any {
	list := make([]any, len(values))
	for i, v := range slices.All(values) {
		list[i] = v
	}
	return list
}
