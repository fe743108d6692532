package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	tenantOf  = "(SELECT number FROM tenants WHERE id = ?)"
	webhookOf = "(SELECT w.number FROM webhooks w JOIN tenants n ON n.number = w.tenant WHERE w.id = ? AND n.id = ?)"
	// idle says that the webhook of a row is disabled or suspended, but not deleted.
	idle = "EXISTS (SELECT 1 FROM webhooks w WHERE w.number = %s.webhook AND w.deleted_at IS NULL AND (w.enabled = 0 OR w.suspended_at IS NOT NULL))"
)

// Deliveries implements store.Log. First the numbers are found, from indexes, then
// the rows are read. Both see the same moment, so none is missed while it moves
// (ADR-0011).
func (s *Store) Deliveries(ctx context.Context, q store.DeliveryQuery) ([]webhook.Delivery, error) {
	s.writeWholeQueue()
	var found []webhook.Delivery
	err := s.reading(ctx, func(r *reader) error {
		numbers, err := s.selectDeliveries(r, q)
		if err != nil || len(numbers) == 0 {
			return err
		}
		found, err = r.deliveries(numbers)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, s.addAttempts(ctx, found, false)
}

// DeliveriesByNumber implements store.Log.
func (s *Store) DeliveriesByNumber(ctx context.Context, numbers []int64) ([]webhook.Delivery, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	if err := s.writeQueue(slices.Min(numbers), slices.Max(numbers)); err != nil {
		return nil, err
	}
	var found []webhook.Delivery
	for some := range slices.Chunk(numbers, rowsPerRead) {
		err := s.reading(ctx, func(r *reader) error {
			rows, err := r.deliveries(some)
			found = append(found, rows...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	found = newestFirst(found, len(found))
	return found, s.addAttempts(ctx, found, false)
}

// rowsPerRead stays below the limit on parameters.
const rowsPerRead = 500

// selectDeliveries lists the numbers of what q selects, newest first.
func (s *Store) selectDeliveries(r *reader, q store.DeliveryQuery) ([]int64, error) {
	all, known, err := r.stretches(placeOfDeliveries(&q))
	if err != nil {
		return nil, err
	}
	var numbers []int64
	walks := s.walks(q, known)
	if known {
		if numbers, err = r.newest(walks, all, q.Limit); err != nil {
			return nil, err
		}
		walks = nil
	}
	for _, w := range walks {
		found, err := r.numbers("SELECT "+w.number+w.from+w.where.text()+" ORDER BY "+w.number+" DESC LIMIT ?", append(w.where.args, q.Limit)...)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, found...)
	}
	slices.SortFunc(numbers, func(a, b int64) int { return cmp.Compare(b, a) })
	return numbers[:min(len(numbers), q.Limit)], nil
}

// walk is one way through an index; each yields one state, newest first.
type walk struct {
	state        webhook.State
	number, from string
	where        conditions
}

// walks are all that is needed to find what q selects, each delivery in one of them.
// Within stretches it is their bounds that lead through the index, not those of q.
func (s *Store) walks(q store.DeliveryQuery, within bool) []walk {
	var all []walk
	for _, sh := range shelves(q.States, q.Results) {
		all = append(all, s.loggedWalk(q, sh, within))
	}
	if len(q.Results) > 0 {
		return all // what waits for its first attempt has none
	}
	for _, state := range []webhook.State{webhook.StatePending, webhook.StateHeld} {
		if len(q.States) == 0 || slices.Contains(q.States, state) {
			all = append(all, s.waitingWalk(q, state, within))
		}
	}
	return all
}

func (s *Store) loggedWalk(q store.DeliveryQuery, sh shelf, within bool) walk {
	w := walk{state: sh.state, number: "d.number", from: " FROM deliveries d INDEXED BY deliveries_tenant WHERE "}
	if q.Webhook != "" {
		w.from = " FROM deliveries d INDEXED BY deliveries_webhook WHERE "
		w.where.add("d.webhook = "+webhookOf, string(q.Webhook), string(q.Tenant))
	} else {
		w.where.add("d.tenant = "+tenantOf, string(q.Tenant))
	}
	w.where.add("d.standing = ?", sh.standing)
	s.bounds(&w.where, beside(within)+"d.number", q)
	w.where.in("d.type", stringsOf(q.Types))
	s.edges(&w.where, "d.number", "d.accepted_at", q.From, q.To)
	switch sh.state {
	case webhook.StateHeld:
		w.where.add(fmt.Sprintf(idle, "d"))
	case webhook.StateRetrying:
		w.where.add("NOT " + fmt.Sprintf(idle, "d"))
	}
	if sh.byResult {
		w.where.in("d.result", stringsOf(q.Results))
	}
	if q.Search != "" {
		pattern := contains(q.Search)
		w.where.add(`(d.type LIKE ? ESCAPE '\' OR EXISTS (SELECT 1 FROM webhooks w WHERE w.number = d.webhook AND w.name LIKE ? ESCAPE '\')
			OR EXISTS (SELECT 1 FROM events e WHERE e.number = d.event AND CAST(e.payload AS TEXT) LIKE ? ESCAPE '\'))`, pattern, pattern, pattern)
	}
	return w
}

func (s *Store) waitingWalk(q store.DeliveryQuery, state webhook.State, within bool) walk {
	w := walk{state: state, number: "q.number", from: " FROM work q INDEXED BY work_new WHERE "}
	if q.Webhook != "" {
		w.from = " FROM work q INDEXED BY work_webhook WHERE "
		w.where.add("q.webhook = "+webhookOf, string(q.Webhook), string(q.Tenant))
	} else {
		w.where.add("q.tenant = "+tenantOf, string(q.Tenant))
	}
	w.where.add(notLogged)
	s.bounds(&w.where, beside(within)+"q.number", q)
	s.edges(&w.where, "q.number", "(SELECT e.accepted_at FROM events e WHERE e.number = q.event)", q.From, q.To)
	w.where.in("(SELECT e.type FROM events e WHERE e.number = q.event)", stringsOf(q.Types))
	if state == webhook.StateHeld {
		w.where.add(fmt.Sprintf(idle, "q"))
	} else {
		w.where.add("NOT " + fmt.Sprintf(idle, "q"))
	}
	if q.Search != "" {
		pattern := contains(q.Search)
		w.where.add(`(EXISTS (SELECT 1 FROM webhooks w WHERE w.number = q.webhook AND w.name LIKE ? ESCAPE '\')
			OR EXISTS (SELECT 1 FROM events e WHERE e.number = q.event AND (e.type LIKE ? ESCAPE '\' OR CAST(e.payload AS TEXT) LIKE ? ESCAPE '\')))`,
			pattern, pattern, pattern)
	}
	return w
}

// beside goes before a column whose conditions are not to be looked up in the index.
func beside(is bool) string {
	if is {
		return "+"
	}
	return ""
}

// bounds narrows a walk by identifier.
func (s *Store) bounds(where *conditions, column string, q store.DeliveryQuery) {
	s.numbers(where, column, string(q.Before), q.From, q.To)
	if number, _, ok := webhook.ParseID(string(q.Oldest)); ok {
		where.add(column+" >= ?", number)
	}
}

// edges does the exact cut by time. Only near the edges is the row looked at:
// elsewhere the number settles it.
func (s *Store) edges(where *conditions, number, accepted string, from, to time.Time) {
	if !from.IsZero() {
		where.add("("+number+" >= ? OR "+accepted+" >= ?)", s.highestNumber(from), from.UnixMilli())
	}
	if !to.IsZero() {
		where.add("("+number+" < ? OR "+accepted+" <= ?)", webhook.NumberAt(to), to.UnixMilli())
	}
}

// contains is the pattern of LIKE for a text that may stand anywhere.
func contains(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
}

// DeliveryWindow implements store.Figures.
func (s *Store) DeliveryWindow(ctx context.Context, q store.DeliveryQuery, n int) (oldest webhook.DeliveryID, err error) {
	s.writeWholeQueue()
	q.Before, q.Search, q.Limit = "", "", n+1
	err = s.reading(ctx, func(r *reader) error {
		numbers, err := s.selectDeliveries(r, q)
		if len(numbers) > n {
			oldest = webhook.DeliveryID(webhook.FormatID(numbers[n-1], lowestSuffix))
		}
		return err
	})
	return oldest, err
}

// lowestSuffix completes a number to an identifier that only stands for a place.
const lowestSuffix = "00000000000"

// reader reads in one transaction: it sees one moment.
type reader struct {
	store *Store
	ctx   context.Context //nolint:containedctx // it lives as long as the call
	tx    *sql.Tx
}

// reading runs reads, together bounded by readTimeout.
func (s *Store) reading(ctx context.Context, read func(r *reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	return read(&reader{store: s, ctx: ctx, tx: tx})
}

func (r *reader) query(scan func(*sql.Rows) error, query string, args ...any) error {
	if r.store.traced != nil {
		r.store.traced(query)
	}
	rows, err := r.tx.QueryContext(r.ctx, query, args...)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("scan: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}

func (r *reader) numbers(query string, args ...any) ([]int64, error) {
	var numbers []int64
	err := r.query(func(rows *sql.Rows) error {
		var number int64
		err := rows.Scan(&number)
		numbers = append(numbers, number)
		return err
	}, query, args...)
	return numbers, err
}

// deliveries reads the rows of these numbers, newest first.
func (r *reader) deliveries(numbers []int64) ([]webhook.Delivery, error) {
	var found []webhook.Delivery
	scan := func(rows *sql.Rows) error {
		d, err := scanDelivery(rows)
		found = append(found, d)
		return err
	}
	in := " IN (?" + strings.Repeat(", ?", len(numbers)-1) + ")"
	args := make([]any, len(numbers))
	for i, n := range numbers {
		args[i] = n
	}
	if err := r.query(scan, "SELECT "+waitingColumns+waitingTables+"WHERE q.number"+in+" AND "+notLogged, args...); err != nil {
		return nil, err
	}
	if err := r.query(scan, "SELECT "+loggedColumns+loggedTables+"WHERE d.number"+in, args...); err != nil {
		return nil, err
	}
	return newestFirst(found, len(found)), nil
}
