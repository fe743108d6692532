package postgres

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Accept implements store.Events.
func (s *Store) Accept(_ context.Context, p store.AcceptParams) ([]store.Accepted, error) {
	a := &acceptance{store: s, params: p}
	c := &call{accept: a}
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
	octet_length(e.payload), e.deliveries, e.unmatched`

func scanEvent(rows pgx.Rows, more ...any) (webhook.Event, error) {
	var e webhook.Event
	var number, accepted int64
	var suffix string
	var key *string
	var created *int64
	err := rows.Scan(append([]any{
		&number, &suffix, &e.Tenant, &e.Type, &accepted, &e.Source, &key, &e.Payload.Composer, &created,
		&e.Size, &e.Deliveries, &e.Unmatched,
	}, more...)...)
	e.ID = webhook.EventID(webhook.FormatID(number, suffix))
	e.AcceptedAt, e.Payload.CreatedAt = instant(accepted), zeroableInstant(created)
	if key != nil {
		e.IdempotencyKey = *key
	}
	return e, err
}

// Event implements store.Events.
func (s *Store) Event(ctx context.Context, tenant webhook.TenantID, id webhook.EventID) (webhook.Event, error) {
	number, suffix, ok := webhook.ParseID(string(id))
	if !ok {
		return webhook.Event{}, webhook.ErrNotFound
	}
	var found *webhook.Event
	err := s.query(ctx, func(rows pgx.Rows) error {
		var posted []byte
		e, err := scanEvent(rows, &posted)
		e.Payload.Posted = posted
		found = &e
		return err
	}, `SELECT `+eventColumns+`, e.payload FROM events e JOIN tenants n ON n.number = e.tenant
		WHERE e.number = $1 AND e.suffix = $2 AND n.id = $3`, number, suffix, string(tenant))
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
	err = s.query(ctx, func(rows pgx.Rows) error {
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
	err := s.reading(ctx, func(r *reader) error {
		where, found, err := s.eventConditions(r, q)
		if err != nil || !found {
			return err
		}
		return r.query(func(rows pgx.Rows) error {
			e, err := scanEvent(rows)
			events = append(events, e)
			return err
		}, `SELECT `+eventColumns+` FROM events e JOIN tenants n ON n.number = e.tenant WHERE `+where.text()+
			` ORDER BY e.number DESC LIMIT `+where.arg(q.Limit), where.args...)
	})
	return events, err
}

// eventConditions walks a tenant's events in order; types and whether they matched are
// in the entries of the index. found is false if there is no such tenant.
func (s *Store) eventConditions(r *reader, q store.EventQuery) (where *conditions, found bool, err error) {
	tenant, found, err := r.tenant(q.Tenant)
	if err != nil || !found {
		return nil, false, err
	}
	where = &conditions{}
	where.add("e.tenant = ?", tenant)
	s.numbers(where, "e.number", string(q.Before), q.From, q.To)
	if number, _, ok := webhook.ParseID(string(q.Oldest)); ok {
		where.add("e.number >= ?", number)
	}
	where.in("e.type", stringsOf(q.Types))
	few, err := r.rare(tenant, q.Types)
	if err != nil {
		return nil, false, err
	}
	if few.is {
		where.among("e.number", few.events)
	}
	if q.Matched != nil && *q.Matched {
		where.add("e.deliveries > 0")
	} else if q.Matched != nil {
		where.add("e.deliveries = 0")
	}
	s.edges(where, "e.number", "e.accepted_at", q.From, q.To)
	if q.Search != "" {
		where.add("(e.type ILIKE ? OR encode(e.payload, 'escape') ILIKE ?)", contains(q.Search), containsBytes(q.Search))
	}
	return where, true, nil
}

// conditions collects the parts of a WHERE clause. A question mark stands for the
// next argument.
type conditions struct {
	parts []string
	args  []any
}

func (c *conditions) add(part string, args ...any) {
	for _, arg := range args {
		part = strings.Replace(part, "?", c.arg(arg), 1)
	}
	c.parts = append(c.parts, part)
}

// arg adds an argument and returns how a statement refers to it.
func (c *conditions) arg(value any) string {
	c.args = append(c.args, value)
	return "$" + strconv.Itoa(len(c.args))
}

func (c *conditions) text() string { return strings.Join(c.parts, " AND ") }

func (c *conditions) in(column string, values []string) {
	if len(values) > 0 {
		c.add(column+" = ANY (?)", values)
	}
}

// highestNumber is above the identifiers of everything accepted until then.
func (s *Store) highestNumber(until time.Time) int64 {
	return webhook.NumberAt(until.Add(time.Duration(s.lead.Load()) * time.Millisecond))
}

// numbers narrows a scan by identifier; edges does the exact cut.
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
	for i, v := range slices.All(values) {
		texts[i] = string(v)
	}
	return texts
}

// FirstAnswer implements store.Events.
func (s *Store) FirstAnswer(ctx context.Context, tenant webhook.TenantID, key store.Idempotency, now time.Time) ([]store.Accepted, error) {
	var hash, kept []byte
	err := s.query(ctx, func(rows pgx.Rows) error { return rows.Scan(&hash, &kept) },
		`SELECT i.hash, i.answer FROM idempotency i JOIN tenants n ON n.number = i.tenant
		WHERE n.id = $1 AND n.deleted_at IS NULL AND i.route = $2 AND i.key = $3 AND i.created_at > $4`,
		string(tenant), key.Route, key.Key, now.Add(-store.IdempotencyKept).UnixMilli())
	if err != nil {
		return nil, err
	}
	if hash == nil {
		return nil, webhook.ErrNotFound
	}
	return key.Repeat(hash, kept)
}
