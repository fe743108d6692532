package sqlite

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// A delivery that is handed over in memory and ends at once needs no row in the queue:
// the event's own row, which is durable before anyone hears of it, names it. Such a
// delivery is aloft. It comes down, which is to say that it gets its row, when it has
// been aloft for a second, when it is given back or has to be tried again, and before
// anyone asks for the queue. After a crash what was aloft is found by the events that
// name it, of which only the newest can have any (ADR-0018).

const (
	// aloftFor is how long a delivery may be aloft while others are committed.
	aloftFor = time.Second
	// landedAtOnce bounds how many of those come down with one commit.
	landedAtOnce = 256
	// noteEvery is how far the note of where to look after a crash may fall behind.
	noteEvery = 1000 * 512 // numbers of a second
)

// flyer is a delivery that is aloft: leased, handed out once, without a result.
type flyer struct {
	number, event, tenant, webhook int64
	suffix                         string
	accepted, process              int64
	since                          time.Time
	// landed says that it is aloft no more, as far as the present transaction goes.
	landed bool
}

// flight is all that is aloft. It belongs to the writer's goroutine.
type flight struct {
	byNumber map[int64]*flyer
	// order has them by number, together with those that have come down since.
	order []*flyer
	// first is what the database says of where to look after a crash. It stays there
	// while it is doubtful whether a commit that has failed happened in spite of it.
	first    int64
	doubtful bool
}

func (f *flight) add(flyers []*flyer) {
	if f.byNumber == nil {
		f.byNumber = make(map[int64]*flyer)
	}
	for _, one := range flyers {
		if !one.landed {
			f.byNumber[one.number] = one
			f.order = append(f.order, one)
		}
	}
}

// trim forgets those at the front that have come down.
func (f *flight) trim() {
	for len(f.order) > 0 && f.order[0].landed {
		f.order[0] = nil
		f.order = f.order[1:]
	}
}

// lift notes a delivery that is to be aloft once this transaction is committed.
func (t *tx) lift(one *flyer) { t.lifted = append(t.lifted, one) }

// aloft returns the delivery if it is aloft in the eyes of this transaction.
func (t *tx) aloft(number int64) *flyer {
	if one := t.writer.store.flight.byNumber[number]; one != nil && !one.landed {
		return one
	}
	return nil
}

// land takes a delivery down without a row.
func (t *tx) land(one *flyer) {
	one.landed = true
	t.landed = append(t.landed, one)
}

// enqueue takes a delivery down by giving it its row, leased as it is. One whose process
// has been followed by another is that one's already.
func (t *tx) enqueue(one *flyer) error {
	t.land(one)
	voided, err := t.voided(one.process)
	if err != nil || voided {
		return err
	}
	return t.insertWork(one, 1)
}

// giveBack is enqueue for a delivery whose lease is given back.
func (t *tx) giveBack(one *flyer) error {
	voided, err := t.voided(one.process)
	t.land(one)
	if err != nil || voided {
		return err
	}
	given := *one
	given.process = 0
	return t.insertWork(&given, 1)
}

// insertWork gives a delivery that has had no attempt its row in the queue.
func (t *tx) insertWork(one *flyer, claims int) error {
	_, err := t.exec(`
		INSERT INTO work (number, suffix, tenant, event, webhook, due_at, process, leased_at, claims,
			attempts, interruptions, retries, manual, ended)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, '')`,
		one.number, one.suffix, one.tenant, one.event, one.webhook, one.accepted, one.process, one.accepted, claims)
	return err
}

// enqueueAll brings everything down, for a call that looks at the queue.
func (t *tx) enqueueAll() error { return t.enqueueRange(0, math.MaxInt64) }

// enqueueRange brings down what has a number in the range.
func (t *tx) enqueueRange(from, to int64) error {
	for _, flyers := range [][]*flyer{t.writer.store.flight.order, t.lifted} {
		for _, one := range flyers {
			if one.landed || one.number < from || one.number > to {
				continue
			}
			if err := t.enqueue(one); err != nil {
				return err
			}
		}
	}
	return nil
}

// enqueueOld brings down what has been aloft for long, and notes from where on there
// may be any.
func (t *tx) enqueueOld() error {
	f := &t.writer.store.flight
	edge := time.Now().Add(-aloftFor)
	for i := 0; i < min(len(f.order), landedAtOnce) && f.order[i].since.Before(edge); i++ {
		if one := f.order[i]; !one.landed {
			if err := t.enqueue(one); err != nil {
				return err
			}
		}
	}
	if t.firstAloft()-f.first < noteEvery {
		return nil
	}
	_, err := t.noteFirst()
	return err
}

// noteFirst notes where to look after a crash from now on, and returns it.
func (t *tx) noteFirst() (int64, error) {
	f, first := &t.writer.store.flight, t.firstAloft()
	// Nobody but the process that takes deliveries on knows where they begin.
	if newest, err := t.isNewest(t.writer.store.process); err != nil || !newest {
		return min(first, f.first), err
	}
	if err := t.settleDoubt(); err != nil {
		return 0, err
	}
	if first <= f.first {
		return first, nil
	}
	t.noted = first
	_, err := t.exec("UPDATE aloft SET first = ? WHERE only = 1", first)
	return first, err
}

// settleDoubt finds out what became of commits that have failed: this transaction sees
// whether they happened, and once it is durable that cannot change any more. What they
// brought is nobody's.
func (t *tx) settleDoubt() error {
	f := &t.writer.store.flight
	if !f.doubtful || t.certain {
		return nil
	}
	lost, err := t.lost(f.first)
	if err != nil {
		return err
	}
	for _, one := range lost {
		t.unfinished++
		if err := t.insertWork(one, 1); err != nil {
			return err
		}
	}
	t.certain = true
	return nil
}

// isNewest says whether no other process has joined since.
func (t *tx) isNewest(process int64) (bool, error) {
	voided, err := t.voided(process)
	return !voided && process == t.newestProcess, err
}

// carries says whether a delivery of the webhook is aloft.
func (t *tx) carries(webhookNumber int64) bool {
	for _, flyers := range [][]*flyer{t.writer.store.flight.order, t.lifted} {
		for _, one := range flyers {
			if !one.landed && one.webhook == webhookNumber {
				return true
			}
		}
	}
	return false
}

// writeQueue gives everything in the range its row, so that a reader of the queue sees
// all. A reader of lists and figures goes on if that fails: when nothing can be written
// they show what there is.
func (s *Store) writeQueue(from, to int64) error {
	if s.aloft.Load() == 0 {
		return nil
	}
	return s.writer.do(&call{run: func(t *tx, _ *call) error { return t.enqueueRange(from, to) }})
}

// writeWholeQueue is writeQueue for all, for a reader that goes on if it fails.
func (s *Store) writeWholeQueue() { _ = s.writeQueue(0, math.MaxInt64) }

// firstAloft is the event of the first delivery that is or will be aloft, or the next
// event if there is none.
func (t *tx) firstAloft() int64 {
	for _, flyers := range [][]*flyer{t.writer.store.flight.order, t.lifted} {
		for _, one := range flyers {
			if !one.landed {
				return one.event
			}
		}
	}
	return t.writer.store.sequence.Last() + 1
}

// settleFlight is called when the transaction is durable, or has failed.
func (t *tx) settleFlight(failed error) {
	f := &t.writer.store.flight
	if failed != nil {
		f.doubtful = f.doubtful || errors.Is(failed, errCommit)
		for _, one := range t.landed {
			one.landed = false
		}
		return
	}
	for _, one := range t.landed {
		delete(f.byNumber, one.number)
	}
	f.add(t.lifted)
	f.trim()
	if t.noted > 0 {
		f.first = t.noted
	}
	f.doubtful = f.doubtful && !t.certain
	t.writer.store.aloft.Store(int64(len(f.byNumber)))
	oldest := int64(0)
	if len(f.order) > 0 {
		oldest = f.order[0].accepted
	}
	t.writer.store.oldestAloft.Store(oldest)
}

// enqueueLost gives a row to everything that was aloft when an earlier process ended.
func enqueueLost(t *tx) error {
	var process, first int64
	if _, err := t.row("SELECT ifnull(max(number), 0), (SELECT first FROM aloft) FROM processes", nil, &process, &first); err != nil {
		return err
	}
	lost, err := t.lost(first)
	if err != nil {
		return err
	}
	for _, one := range lost {
		one.process = process
		t.unfinished++
		if err := t.insertWork(one, 1); err != nil {
			return err
		}
	}
	return nil
}

// lost finds what events from a number on name and nobody knows: neither queue nor log
// have it, it is not aloft, and its webhook is there: when a tenant is deleted the log
// goes first.
func (t *tx) lost(first int64) ([]*flyer, error) {
	var named []*flyer
	if err := t.rows(func(rows *sql.Rows) error {
		var event, tenant, accepted int64
		var packed []byte
		err := rows.Scan(&event, &tenant, &accepted, &packed)
		for _, one := range unpackFlyers(packed) {
			one.number, one.event, one.tenant, one.accepted = one.number+event, event, tenant, accepted
			named = append(named, one)
		}
		return err
	}, "SELECT number, tenant, accepted_at, aloft FROM events WHERE number >= ? AND aloft IS NOT NULL", first); err != nil {
		return nil, err
	}
	lifted := make(map[int64]bool, len(t.lifted))
	for _, one := range t.lifted {
		lifted[one.number] = true
	}
	var lost []*flyer
	for _, one := range named {
		if lifted[one.number] || t.writer.store.flight.byNumber[one.number] != nil {
			continue
		}
		known, err := t.row(`SELECT 1 FROM work WHERE number = ?1 UNION ALL SELECT 1 FROM deliveries WHERE number = ?1
			UNION ALL SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM webhooks WHERE number = ?2) LIMIT 1`, []any{one.number, one.webhook}, new(int))
		if err != nil {
			return nil, err
		}
		if !known {
			lost = append(lost, one)
		}
	}
	return lost, nil
}

// appendFlyer packs what a crash would lose of a delivery: by how much its number is
// above the event's, its webhook, its random part.
func appendFlyer(packed []byte, above, webhookNumber int64, suffix string) []byte {
	packed = binary.AppendUvarint(packed, uint64(above))
	packed = binary.AppendVarint(packed, webhookNumber)
	return append(packed, suffix...)
}

// unpackFlyers is the inverse for all deliveries of an event; number is relative.
func unpackFlyers(packed []byte) []*flyer {
	var flyers []*flyer
	for len(packed) > 0 {
		above, n := binary.Uvarint(packed)
		webhookNumber, m := binary.Varint(packed[max(n, 0):])
		if n <= 0 || m <= 0 || len(packed) < n+m+webhook.SuffixLength {
			return flyers
		}
		packed = packed[n+m:]
		flyers = append(flyers, &flyer{number: int64(above), webhook: webhookNumber, suffix: string(packed[:webhook.SuffixLength])})
		packed = packed[webhook.SuffixLength:]
	}
	return flyers
}
