package postgres

import (
	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/webhook"
)

// A list of a rare event type is read from the events of the type, which have an index of
// their own, and not from all there is (ADR-0013).
const (
	// rareTypes is up to how many types are looked up: a list of more is not of a rare one.
	rareTypes = 8
	// rareEvents is up to how many events a type counts as rare, rareDeliveries up to how
	// many deliveries of them.
	rareEvents     = 1000
	rareDeliveries = 20_000
)

// rare is where events of a few types are, if there are not many.
type rare struct {
	is bool
	// events and deliveries are all numbers that they have.
	events, deliveries []int64
}

func (r *reader) rare(tenant int64, types []webhook.EventType) (rare, error) {
	if len(types) == 0 || len(types) > rareTypes {
		return rare{}, nil
	}
	found := rare{is: true, events: []int64{}, deliveries: []int64{}}
	for _, kind := range types {
		err := r.query(func(rows pgx.Rows) error {
			var number, deliveries int64
			err := rows.Scan(&number, &deliveries)
			found.events = append(found.events, number)
			if found.is = found.is && len(found.events) <= rareEvents && int64(len(found.deliveries))+deliveries <= rareDeliveries; !found.is {
				return err
			}
			for i := range deliveries {
				found.deliveries = append(found.deliveries, number+1+i)
			}
			return err
		}, "SELECT number, deliveries FROM events WHERE tenant = $1 AND type = $2 ORDER BY number DESC LIMIT $3", tenant, string(kind), rareEvents+1)
		if err != nil || !found.is {
			return rare{}, err
		}
	}
	return found, nil
}

// among narrows a walk to numbers. Their span tells which partitions it is about.
func (c *conditions) among(column string, numbers []int64) {
	if len(numbers) == 0 {
		c.parts = append(c.parts, "false")
		return
	}
	low, high := span(numbers)
	c.add(column+" IN (SELECT unnest(?::bigint[])) AND "+column+" BETWEEN ? AND ?", numbers, low, high)
}
