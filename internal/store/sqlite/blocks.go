package sqlite

import (
	"cmp"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Which stretches of numbers hold events of a type is noted in blocks, so that a list
// of a rare type reads those and not everything (ADR-0013).
const (
	// blockShift is the size of a block: 2^23 numbers are 2^14 ms. It is in the
	// database.
	blockShift = 23
	// blockTypes is up to how many types the blocks are looked up: a list of more
	// than that is not of a rare one.
	blockTypes = 8
	// maxStretches bounds the parts that a list is read in. With more, those with the
	// smallest gaps are read together.
	maxStretches = 1024
	// stretchesAlone are read with a statement each, the others with one for
	// stretchesAtOnce.
	stretchesAlone  = 4
	stretchesAtOnce = 32
	// maxKnownBlocks bounds what the writer remembers.
	maxKnownBlocks = 20_000
)

type blockKey struct {
	tenant int64
	kind   string
}

// noteBlocks notes where an event and its deliveries are. It is written with the
// commit, once for each block.
func (t *tx) noteBlocks(tenant int64, kind webhook.EventType, first, last int64) {
	key := blockKey{tenant, string(kind)}
	for block := first >> blockShift; block <= last>>blockShift; block++ {
		if known, is := t.writer.store.blocks[key]; is && known >= block {
			continue
		}
		if t.blocks == nil {
			t.blocks = make(map[blockKey][]int64)
		}
		if !slices.Contains(t.blocks[key], block) {
			t.blocks[key] = append(t.blocks[key], block)
		}
	}
}

func (t *tx) writeBlocks() error {
	for key, blocks := range t.blocks {
		for _, block := range blocks {
			if _, err := t.exec("INSERT OR IGNORE INTO event_blocks (tenant, type, block) VALUES (?, ?, ?)", key.tenant, key.kind, block); err != nil {
				return err
			}
		}
	}
	return nil
}

// rememberBlocks is called once the blocks of a transaction are durable. Numbers
// ascend, so the newest block is all there is to remember.
func (s *Store) rememberBlocks(written map[blockKey][]int64) {
	if len(written) == 0 {
		return
	}
	if s.blocks == nil || len(s.blocks) > maxKnownBlocks {
		s.blocks = make(map[blockKey]int64)
	}
	for key, blocks := range written {
		s.blocks[key] = max(s.blocks[key], slices.Max(blocks))
	}
}

// expireBlocks forgets blocks that no event is in any more, but none that could still
// be written to.
func (s *Store) expireBlocks(t *tx, p store.ExpireParams) (int64, bool, error) {
	var oldest sql.NullInt64
	if _, err := t.row("SELECT min(number) FROM events", nil, &oldest); err != nil {
		return 0, false, err
	}
	edge := webhook.NumberAt(p.Before)
	if oldest.Valid {
		edge = min(edge, oldest.Int64)
	}
	n, err := t.exec(`DELETE FROM event_blocks WHERE (tenant, type, block) IN (
		SELECT tenant, type, block FROM event_blocks WHERE block < ? ORDER BY block LIMIT ?)`, edge>>blockShift, p.Limit)
	return n, n == int64(p.Limit), err
}

// placed is what of a query narrows it to stretches.
type placed struct {
	tenant         webhook.TenantID
	types          []webhook.EventType
	before, oldest string
	from, to       time.Time
}

func placeOfDeliveries(q *store.DeliveryQuery) placed {
	return placed{q.Tenant, q.Types, string(q.Before), string(q.Oldest), q.From, q.To}
}

func placeOfEvents(q *store.EventQuery) placed {
	return placed{q.Tenant, q.Types, string(q.Before), string(q.Oldest), q.From, q.To}
}

// stretch is numbers from low up to, and without, high.
type stretch struct{ low, high int64 }

// stretches are where the tenant has events of the types, newest first; known is false
// if that was not looked up.
func (r *reader) stretches(q placed) (found []stretch, known bool, err error) {
	if len(q.types) == 0 || len(q.types) > blockTypes {
		return nil, false, nil
	}
	var where conditions
	where.add("tenant = "+tenantOf, string(q.tenant))
	where.in("type", stringsOf(q.types))
	if number, _, ok := webhook.ParseID(q.before); ok {
		where.add("block <= ?", number>>blockShift)
	}
	if number, _, ok := webhook.ParseID(q.oldest); ok {
		where.add("block >= ?", number>>blockShift)
	}
	if !q.from.IsZero() {
		where.add("block >= ?", webhook.NumberAt(q.from)>>blockShift)
	}
	if !q.to.IsZero() {
		where.add("block <= ?", r.store.highestNumber(q.to)>>blockShift)
	}
	blocks, err := r.numbers("SELECT block FROM event_blocks WHERE "+where.text(), where.args...)
	return stretchesOf(blocks), true, err
}

// stretchesOf joins blocks that follow each other, and those with small gaps if there
// are too many.
func stretchesOf(blocks []int64) []stretch {
	slices.SortFunc(blocks, func(a, b int64) int { return cmp.Compare(b, a) })
	for gap := int64(1); ; gap *= 2 {
		var found []stretch
		for _, block := range blocks {
			if n := len(found); n > 0 && found[n-1].low>>blockShift-block <= gap {
				found[n-1].low = min(found[n-1].low, block<<blockShift)
			} else {
				found = append(found, stretch{block << blockShift, (block + 1) << blockShift})
			}
		}
		if len(found) <= maxStretches {
			return found
		}
	}
}

// spans is the stretches as a table for statements that read several of them.
func spans(of []stretch) (with string, args []any) {
	for _, s := range of {
		args = append(args, s.low, s.high)
	}
	return "WITH span (low, high) AS (VALUES (?, ?)" + strings.Repeat(", (?, ?)", len(of)-1) + ") ", args
}

// within is the walk through the stretches of a span.
func (w walk) within() walk {
	w.from = " FROM span CROSS JOIN" + strings.TrimPrefix(w.from, " FROM")
	w.where.parts = append(slices.Clone(w.where.parts), w.number+" >= span.low", w.number+" < span.high")
	return w
}

// along is the walk through one stretch.
func (w walk) along(s stretch) walk {
	w.where.parts = append(slices.Clone(w.where.parts), w.number+" >= ?", w.number+" < ?")
	w.where.args = append(slices.Clone(w.where.args), s.low, s.high)
	return w
}

// newest lists the numbers that the walks find in the stretches, at least limit of the
// newest if there are so many. It reads the newest stretches first and ends when it
// has enough. The first ones are read in the order of the index, since a frequent type
// has few and long ones; the others several at once.
func (r *reader) newest(walks []walk, all []stretch, limit int) (numbers []int64, err error) {
	read := func(with string, w walk, args []any) error {
		found, err := r.numbers(with+"SELECT "+w.number+w.from+w.where.text()+" ORDER BY "+w.number+" DESC LIMIT ?",
			append(append(args, w.where.args...), limit)...)
		numbers = append(numbers, found...)
		return err
	}
	alone := all[:min(len(all), stretchesAlone)]
	for _, s := range alone {
		for _, w := range walks {
			if err := read("", w.along(s), nil); err != nil {
				return nil, err
			}
		}
		if len(numbers) >= limit {
			return numbers, nil
		}
	}
	for chunk := range slices.Chunk(all[len(alone):], stretchesAtOnce) {
		for _, w := range walks {
			with, args := spans(chunk)
			if err := read(with, w.within(), args); err != nil {
				return nil, err
			}
		}
		if len(numbers) >= limit {
			break
		}
	}
	return numbers, nil
}
