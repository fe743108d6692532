package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// What a person cancels may be in the hands of another process, whose dispatcher knows
// nothing of it: cancelled_leases tells it, and is why nobody redelivers the delivery
// before that process has let go.

// cancelLease notes the lease of a delivery that is cancelled. Its holder is told; if that
// is this process, by who asked.
func cancelLease(t *tx, u unfinishedRow, suffix string, lane int64) {
	t.queue(`INSERT INTO cancelled_leases (process, delivery, claims, suffix, webhook) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (process, delivery) DO UPDATE SET claims = excluded.claims`, u.process, u.number, u.job.Claims, suffix, lane)
	if u.process != t.store.process.Load() {
		t.tellOthers()
	}
}

// forgetCancelled puts in line that the holders have let go of what was cancelled.
func forgetCancelled(t *tx, leases *leaseRows) {
	t.queue(`DELETE FROM cancelled_leases c USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) u (number, process, claims)
		WHERE c.process = u.process AND c.delivery = u.number AND c.claims = u.claims`, leases.number, leases.process, leases.claims)
}

// cancelledInHand says whether a process that has not ended has a delivery in hand that was
// cancelled.
func cancelledInHand(t *tx, number int64) (bool, error) {
	return t.row(`SELECT 1 FROM cancelled_leases WHERE delivery = $1 AND process IN (SELECT number FROM processes WHERE NOT ended) LIMIT 1`,
		[]any{number}, new(int))
}

// cancelledOf lists what the process has in hand although it was cancelled.
func (s *Store) cancelledOf(ctx context.Context, process int64) (found []store.Cancelled, err error) {
	err = s.query(ctx, func(rows pgx.Rows) error {
		var number int64
		var suffix string
		var one store.Cancelled
		err := rows.Scan(&one.Webhook, &number, &suffix)
		one.Delivery = webhook.DeliveryID(webhook.FormatID(number, suffix))
		found = append(found, one)
		return err
	}, "SELECT webhook, delivery, suffix FROM cancelled_leases WHERE process = $1 ORDER BY delivery", process)
	return found, err
}
