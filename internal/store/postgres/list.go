package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// idle says that the webhook of a row is disabled or suspended, but not deleted.
const idle = "EXISTS (SELECT 1 FROM webhooks h WHERE h.number = %s.webhook AND h.deleted_at IS NULL AND (NOT h.enabled OR h.suspended_at IS NOT NULL))"

// Deliveries implements store.Log. First the numbers are found, from indexes, then
// the rows are read. Both see the same moment, so none is missed while it moves
// (ADR-0011).
func (s *Store) Deliveries(ctx context.Context, q store.DeliveryQuery) ([]webhook.Delivery, error) {
	var found []webhook.Delivery
	err := s.reading(ctx, func(r *reader) error {
		numbers, err := s.selectDeliveries(r, q)
		if err != nil || len(numbers) == 0 {
			return err
		}
		if found, err = r.deliveriesOf(numbers); err != nil {
			return err
		}
		return r.addAttempts(found, false)
	})
	return found, err
}

// DeliveriesByNumber implements store.Log.
func (s *Store) DeliveriesByNumber(ctx context.Context, numbers []int64) ([]webhook.Delivery, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	var found []webhook.Delivery
	err := s.reading(ctx, func(r *reader) (err error) {
		if found, err = r.deliveriesOf(numbers); err != nil {
			return err
		}
		return r.addAttempts(found, false)
	})
	return found, err
}

// selectDeliveries lists the numbers of what q selects, newest first.
func (s *Store) selectDeliveries(r *reader, q store.DeliveryQuery) ([]int64, error) {
	walks, err := s.walks(r, q)
	if err != nil {
		return nil, err
	}
	var numbers []int64
	for i := range walks {
		w := &walks[i]
		found, err := r.numbers("SELECT "+w.number+w.from+w.where.text()+" ORDER BY "+w.number+" DESC LIMIT "+w.where.arg(q.Limit), w.where.args...)
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

// whose is the tenant of a list and, if it has one, the webhook.
type whose struct {
	tenant, webhook int64
	byWebhook       bool
}

// tenant finds the number of a tenant, deleted or not.
func (r *reader) tenant(id webhook.TenantID) (number int64, found bool, err error) {
	err = r.query(func(rows pgx.Rows) error {
		found = true
		return rows.Scan(&number)
	}, "SELECT number FROM tenants WHERE id = $1", string(id))
	return number, found, err
}

// webhookOf finds the number of a webhook of a tenant.
func (r *reader) webhookOf(tenant webhook.TenantID, id webhook.ID) (number int64, found bool, err error) {
	err = r.query(func(rows pgx.Rows) error {
		found = true
		return rows.Scan(&number)
	}, "SELECT w.number FROM webhooks w JOIN tenants n ON n.number = w.tenant WHERE w.id = $1 AND n.id = $2", string(id), string(tenant))
	return number, found, err
}

// walks are all that is needed to find what q selects, each delivery in one of them.
// There are none if the tenant or the webhook is not there.
func (s *Store) walks(r *reader, q store.DeliveryQuery) ([]walk, error) {
	of := whose{byWebhook: q.Webhook != ""}
	var found bool
	var err error
	if of.tenant, found, err = r.tenant(q.Tenant); err != nil || !found {
		return nil, err
	}
	if of.byWebhook {
		if of.webhook, found, err = r.webhookOf(q.Tenant, q.Webhook); err != nil || !found {
			return nil, err
		}
	}
	few, err := r.rare(of.tenant, q.Types)
	if err != nil || few.is && len(few.deliveries) == 0 {
		return nil, err
	}
	all := s.allWalks(of, q)
	for i := range all {
		if few.is {
			all[i].where.among(all[i].number, few.deliveries)
		}
	}
	return all, nil
}

func (s *Store) allWalks(of whose, q store.DeliveryQuery) (all []walk) {
	for _, sh := range shelves(q.States, q.Results) {
		all = append(all, s.loggedWalk(of, q, sh))
	}
	if len(q.Results) > 0 {
		return all // what waits for its first attempt has none
	}
	for _, state := range []webhook.State{webhook.StatePending, webhook.StateHeld} {
		if len(q.States) == 0 || slices.Contains(q.States, state) {
			all = append(all, s.waitingWalk(of, q, state))
		}
	}
	return all
}

func (s *Store) loggedWalk(of whose, q store.DeliveryQuery, sh shelf) walk {
	w := walk{state: sh.state, number: "d.number", from: " FROM deliveries d WHERE "}
	if of.byWebhook {
		w.where.add("d.webhook = ?", of.webhook)
	} else {
		w.where.add("d.tenant = ?", of.tenant)
	}
	w.where.add("d.standing = ?", int64(sh.standing))
	s.bounds(&w.where, "d.number", q)
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
		w.where.add(`(d.type ILIKE ? OR EXISTS (SELECT 1 FROM webhooks h WHERE h.number = d.webhook AND h.name ILIKE ?)
			OR EXISTS (SELECT 1 FROM events e WHERE e.number = d.event AND encode(e.payload, 'escape') ILIKE ?))`, pattern, pattern, containsBytes(q.Search))
	}
	return w
}

func (s *Store) waitingWalk(of whose, q store.DeliveryQuery, state webhook.State) walk {
	w := walk{state: state, number: "q.number", from: " FROM work q WHERE "}
	if of.byWebhook {
		w.where.add("q.webhook = ?", of.webhook)
	} else {
		w.where.add("q.tenant = ?", of.tenant)
	}
	w.where.add(notLogged)
	s.bounds(&w.where, "q.number", q)
	s.edges(&w.where, "q.number", "(SELECT e.accepted_at FROM events e WHERE e.number = q.event)", q.From, q.To)
	w.where.in("(SELECT e.type FROM events e WHERE e.number = q.event)", stringsOf(q.Types))
	if state == webhook.StateHeld {
		w.where.add(fmt.Sprintf(idle, "q"))
	} else {
		w.where.add("NOT " + fmt.Sprintf(idle, "q"))
	}
	if q.Search != "" {
		pattern := contains(q.Search)
		w.where.add(`(EXISTS (SELECT 1 FROM webhooks h WHERE h.number = q.webhook AND h.name ILIKE ?)
			OR EXISTS (SELECT 1 FROM events e WHERE e.number = q.event AND (e.type ILIKE ? OR encode(e.payload, 'escape') ILIKE ?)))`,
			pattern, pattern, containsBytes(q.Search))
	}
	return w
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

// containsBytes is contains for what encode(…, 'escape') makes of bytes: a payload may
// hold some that are no text.
func containsBytes(text string) string {
	var escaped strings.Builder
	for i := range len(text) {
		switch b := text[i]; {
		case b == '\\':
			escaped.WriteString(`\\`)
		case b == 0 || b >= 0x80:
			fmt.Fprintf(&escaped, `\%03o`, b)
		default:
			escaped.WriteByte(b)
		}
	}
	return contains(escaped.String())
}

// DeliveryWindow implements store.Figures.
func (s *Store) DeliveryWindow(ctx context.Context, q store.DeliveryQuery, n int) (oldest webhook.DeliveryID, err error) {
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

// deliveriesOf reads the rows of these numbers, newest first.
func (r *reader) deliveriesOf(numbers []int64) ([]webhook.Delivery, error) {
	low, high := span(numbers)
	waiting, err := r.deliveries("SELECT "+waitingColumns+waitingTables+"WHERE q.number = ANY ($1) AND "+notLogged, numbers)
	if err != nil {
		return nil, err
	}
	logged, err := r.deliveries("SELECT "+loggedColumns+loggedTables+"WHERE d.number = ANY ($1) AND d.number BETWEEN $2 AND $3", numbers, low, high)
	if err != nil {
		return nil, err
	}
	found := append(logged, waiting...)
	return newestFirst(found, len(found)), nil
}
