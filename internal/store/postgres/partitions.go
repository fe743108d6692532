package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/webhook"
)

// A partition holds a span of numbers, which is a span of time. Events, deliveries and
// attempts have partitions with the same spans, made and listed together (ADR-0021).

// partition is a span of numbers, from low until before high.
type partition struct{ low, high int64 }

func (p partition) name(table string) string {
	return table + "_" + webhook.NumberTime(p.low).Format("20060102t150405") + "_" + strconv.FormatInt(p.low, 36)
}

// partitions are those that are known to be there, in order. Safe for concurrent use.
type partitions struct {
	mu    sync.Mutex
	known []partition
}

// hold says whether all numbers from first to last have a partition.
func (p *partitions) hold(first, last int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.known {
		if one.low <= first && first < one.high {
			if last < one.high {
				return true
			}
			first = one.high
		}
	}
	return false
}

func (p *partitions) set(known []partition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = known
}

func (p *partitions) list() []partition {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.known)
}

// makePartitions makes sure that there are partitions for now and for some time to come.
func (s *Store) makePartitions(ctx context.Context, now time.Time) error {
	first, last := webhook.NumberAt(now), webhook.NumberAt(now.Add(s.options.Partition+10*time.Minute))
	if s.partitions.hold(first, last) {
		return nil
	}
	return s.cover(ctx, first, last)
}

// coverNumbers makes what an errNoPartition misses.
func (s *Store) coverNumbers(ctx context.Context, err error) error {
	var missing *noPartition
	if !errors.As(err, &missing) {
		return err
	}
	return s.cover(ctx, missing.first, missing.last)
}

// cover makes partitions for the numbers from first to last, except where there are
// some. A gap is filled from the beginning of a span, as far as others allow.
func (s *Store) cover(ctx context.Context, first, last int64) error {
	return s.withSchema(ctx, func(tx pgx.Tx) error {
		known, err := readPartitions(ctx, tx)
		if err != nil {
			return err
		}
		for next := first; next <= last; {
			one := s.spanAround(next, known)
			if !slices.Contains(known, one) {
				if err := createPartition(ctx, tx, one); err != nil {
					return err
				}
				known = append(known, one)
			}
			next = one.high
		}
		slices.SortFunc(known, func(a, b partition) int { return cmp.Compare(a.low, b.low) })
		s.partitions.set(known)
		return nil
	})
}

// spanAround is the partition that holds a number, or that should.
func (s *Store) spanAround(number int64, known []partition) partition {
	span := webhook.NumberAt(time.UnixMilli(s.options.Partition.Milliseconds()))
	fresh := partition{low: number - number%span}
	fresh.high = fresh.low + span
	for _, one := range known {
		switch {
		case one.low <= number && number < one.high:
			return one
		case one.high <= number:
			fresh.low = max(fresh.low, one.high)
		default:
			fresh.high = min(fresh.high, one.low)
		}
	}
	return fresh
}

// withSchema runs a change of partitions in a transaction that no two processes make
// at a time, and that waits for nobody else's locks for long. It takes none of the
// connections that write: renewals of leases would have to wait for it.
func (s *Store) withSchema(ctx context.Context, change func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.read, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(schemaLock)); err != nil {
			return fmt.Errorf("lock the schema: %w", unavailable(err))
		}
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '500ms'"); err != nil {
			return fmt.Errorf("lock the schema: %w", unavailable(err))
		}
		return change(tx)
	})
}

// partitioned are the tables with partitions, by the column that names the time.
var partitioned = [...]struct{ table, storage string }{
	{"events", ""}, {"deliveries", " WITH (fillfactor = 90)"}, {"attempts", ""},
}

// createPartition makes the partition of each table. Attaching a finished table takes
// no lock that stops others from writing.
func createPartition(ctx context.Context, tx pgx.Tx, p partition) error {
	for _, of := range partitioned {
		name := p.name(of.table)
		bounds := fmt.Sprintf("FROM (%d) TO (%d)", p.low, p.high)
		for _, statement := range []string{
			"CREATE TABLE " + name + " (LIKE " + of.table + " INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING INDEXES)" + of.storage,
			"ALTER TABLE " + of.table + " ATTACH PARTITION " + name + " FOR VALUES " + bounds,
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return fmt.Errorf("make partition %s: %w", name, unavailable(err))
			}
		}
	}
	return nil
}

// readPartitions lists the partitions that all three tables have.
func readPartitions(ctx context.Context, from querier) ([]partition, error) {
	rows, err := from.Query(ctx, `SELECT pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'events'::regclass`)
	if err != nil {
		return nil, fmt.Errorf("read partitions: %w", unavailable(err))
	}
	bounds, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read partitions: %w", unavailable(err))
	}
	var known []partition
	for _, text := range bounds { // FOR VALUES FROM ('1') TO ('2')
		var p partition
		if _, err := fmt.Sscanf(strings.ReplaceAll(text, "'", ""), "FOR VALUES FROM (%d) TO (%d)", &p.low, &p.high); err != nil {
			return nil, fmt.Errorf("read partition %q: %w", text, err)
		}
		known = append(known, p)
	}
	slices.SortFunc(known, func(a, b partition) int { return cmp.Compare(a.low, b.low) })
	return known, nil
}

// maxFanOut is above the number of deliveries of one event: they may lie in the
// partitions behind the event's.
const maxFanOut = 1_000_000

// dropOldest drops the oldest partition that retention has done with. Deliveries and
// attempts go first, their events follow. How many rows went with it nobody counts: that
// takes long, and others would wait.
func (s *Store) dropOldest(ctx context.Context, before int64) (dropped bool, err error) {
	edge := webhook.NumberAt(instant(before))
	known := s.partitions.list()
	for i, p := range known {
		if p.high > edge || i == len(known)-1 {
			break
		}
		dropped, err = s.dropIfDone(ctx, p, before)
		if dropped || err != nil {
			return dropped, err
		}
	}
	return false, nil
}

// dropIfDone drops a partition of all three tables if nothing in it is to be kept.
func (s *Store) dropIfDone(ctx context.Context, p partition, before int64) (dropped bool, err error) {
	keeps, err := s.keeps(ctx, s.read, p, before)
	if err != nil || keeps {
		return false, err
	}
	err = s.withSchema(ctx, func(tx pgx.Tx) error {
		if present, err := readPartitions(ctx, tx); err != nil || !slices.Contains(present, p) {
			return errors.Join(err, s.reload(ctx, tx)) // another process has dropped it
		}
		for _, of := range partitioned {
			if _, err := tx.Exec(ctx, "LOCK TABLE "+p.name(of.table)+" IN ACCESS EXCLUSIVE MODE"); err != nil {
				return err
			}
		}
		// Something may have changed until the lock was there.
		if keeps, err := s.keeps(ctx, tx, p, before); err != nil || keeps {
			return err
		}
		for _, of := range partitioned {
			if _, err := tx.Exec(ctx, "DROP TABLE "+p.name(of.table)); err != nil {
				return err
			}
		}
		dropped = true
		return s.reload(ctx, tx)
	})
	if locked(err) { // somebody reads it: the next sweep comes by again
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("drop partition: %w", unavailable(err))
	}
	return dropped, nil
}

func (s *Store) reload(ctx context.Context, from querier) error {
	known, err := readPartitions(ctx, from)
	if err == nil {
		s.partitions.set(known)
	}
	return err
}

// keepsQuery looks for anything in a partition that has to stay: a delivery that has not
// ended or ended later, an event that is not expanded or has a delivery left elsewhere. No
// event is younger than its number says. It reads no table as a whole.
const keepsQuery = `
	SELECT EXISTS (SELECT 1 FROM work w WHERE w.number >= $1 AND w.number < $2)
		OR EXISTS (SELECT 1 FROM deliveries d WHERE d.number >= $1 AND d.number < $2 AND (d.ended_at IS NULL OR d.ended_at >= $3))
		OR EXISTS (SELECT 1 FROM events e WHERE e.number >= $1 AND e.number < $2 AND e.expanding IS NOT NULL)
		OR EXISTS (SELECT 1 FROM work w WHERE w.number >= $2 AND w.number < $4 AND w.event < $2)
		OR EXISTS (SELECT 1 FROM deliveries d WHERE d.number >= $2 AND d.number < $4 AND d.event < $2)`

// keeps says whether anything in a partition has to stay.
func (s *Store) keeps(ctx context.Context, from querier, p partition, before int64) (keeps bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	err = s.scan(ctx, from, func(rows pgx.Rows) error { return rows.Scan(&keeps) }, keepsQuery, p.low, p.high, before, p.high+maxFanOut)
	return keeps, err
}
