package live

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// perSecond is how many rows, and how many events, are told one by one.
	perSecond = 20
	// burstEvery is how often a Burst is told.
	burstEvery = time.Second
	// maxSayings bounds what waits to be told beside rows and events.
	maxSayings = 256
)

// saying is a message that needs no reading.
type saying struct {
	kind Kind
	data any
}

// topic is what there is to tell of a tenant.
type topic struct {
	tenant webhook.TenantID
	epoch  string
	total  *atomic.Int64 // the Hub's bytes

	mu sync.Mutex // guards what follows

	// What has been hinted at. rows says of each whether it is new.
	rows    map[int64]bool
	events  []Event
	sayings []saying
	// counts are of all hints since the last turn, also of those left out of rows.
	counts Burst
	// unnamed says that some are not in rows, for nobody knows which they are.
	unnamed bool

	// rowTokens and eventTokens are how many may be told one by one at the moment;
	// bursting says that none are, and burst what has come since then.
	rowTokens, eventTokens float64
	bursting               bool
	burst                  Burst
	burstAt                time.Time

	// stale says that the figures are not as they were told; statsAt is when they may
	// be told next.
	stale   bool
	statsAt time.Time

	// kept are the messages in order; the number of the newest is newest.
	kept   []Message
	bytes  int64
	newest int64
	wake   chan struct{} // closed and replaced with each message

	streams int
	// idleAt is when the last stream ended.
	idleAt time.Time
}

func newTopic(tenant webhook.TenantID, total *atomic.Int64) *topic {
	return &topic{
		tenant: tenant, epoch: newEpoch(), total: total, rows: map[int64]bool{}, rowTokens: perSecond, eventTokens: perSecond,
		wake: make(chan struct{}),
	}
}

func (t *topic) accepted(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stale = true
	t.counts.Accepted++
	t.counts.Created += e.Deliveries
	if t.bursting {
		return
	}
	if len(t.events) <= perSecond {
		t.events = append(t.events, e)
	}
	number, _, ok := webhook.ParseID(string(e.ID))
	for i := range min(e.Deliveries, perSecond+1) {
		if ok && len(t.rows) <= perSecond {
			t.rows[number+1+int64(i)] = true
		}
	}
}

func (t *topic) changed(number int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stale = true
	t.counts.Updated++
	if _, known := t.rows[number]; !known && !t.bursting && len(t.rows) <= perSecond {
		t.rows[number] = false
	}
}

func (t *topic) counted(b Burst) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stale, t.unnamed = true, true
	t.counts.add(b)
}

func (b *Burst) add(more Burst) {
	b.Created += more.Created
	b.Updated += more.Updated
	b.Accepted += more.Accepted
}

func (t *topic) say(s saying) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stale = true
	switch {
	case len(t.sayings) < maxSayings:
		t.sayings = append(t.sayings, s)
	case len(t.sayings) == maxSayings:
		t.sayings = append(t.sayings, saying{KindResync, Resync{ResyncMissed}})
	}
}

// gathered is what a turn has to tell of a tenant.
type gathered struct {
	topic   *topic
	sayings []saying
	rows    map[int64]bool
}

// gather takes what has been hinted at. now is the time of day, at the time of the
// turn.
func (t *topic) gather(now, at time.Time) gathered {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := gathered{topic: t, sayings: t.sayings}
	rows, events, counts, unknown := t.rows, t.events, t.counts, t.unnamed
	t.sayings, t.rows, t.events, t.counts, t.unnamed = nil, map[int64]bool{}, nil, Burst{}, false

	refill := perSecond * gatherFor.Seconds()
	t.rowTokens, t.eventTokens = min(t.rowTokens+refill, perSecond), min(t.eventTokens+refill, perSecond)
	if !t.bursting && (unknown || float64(len(rows)) > t.rowTokens || float64(len(events)) > t.eventTokens) {
		t.bursting, t.burst, t.burstAt = true, Burst{Since: now}, at
	}
	if !t.bursting {
		t.rowTokens -= float64(len(rows))
		t.eventTokens -= float64(len(events))
		for _, e := range events {
			g.sayings = append(g.sayings, saying{KindEventAccepted, e})
		}
		g.rows = rows
		return g
	}
	t.burst.add(counts)
	if at.Sub(t.burstAt) < burstEvery {
		return g
	}
	told := t.burst
	if told.Created+told.Updated+told.Accepted > 0 {
		g.sayings = append(g.sayings, saying{KindBurst, told})
	}
	t.burst, t.burstAt = Burst{Since: now}, at
	t.bursting = told.Created+told.Updated > perSecond || told.Accepted > perSecond
	return g
}

// wantsStats says whether it is time to tell the figures.
func (t *topic) wantsStats(at time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.stale || t.streams == 0 || at.Before(t.statsAt) {
		return false
	}
	t.stale = false
	return true
}

// toldStats notes when the figures may be told again, and whether they have been now.
func (t *topic) toldStats(next time.Time, told bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.statsAt = next
	t.stale = t.stale || !told
}

// publish appends messages. at is the time of the turn.
func (t *topic) publish(messages []Message, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(at)
	if len(messages) == 0 {
		return
	}
	for _, m := range messages {
		t.newest++
		m.ID, m.at = t.idOf(t.newest), at
		t.kept = append(t.kept, m)
		t.grow(m.size())
	}
	for len(t.kept) > maxKept || t.bytes > maxKeptBytes && len(t.kept) > 1 || t.total.Load() > maxAllBytes && len(t.kept) > leastKept {
		t.drop(1)
	}
	close(t.wake)
	t.wake = make(chan struct{})
}

func (m *Message) size() int64 { return int64(len(m.ID) + len(m.Kind) + len(m.Text)) }

func (t *topic) grow(bytes int64) {
	t.bytes += bytes
	t.total.Add(bytes)
}

// expire drops what is too old.
func (t *topic) expire(at time.Time) {
	old := 0
	for old < len(t.kept) && at.Sub(t.kept[old].at) > keptFor {
		old++
	}
	t.drop(old)
}

func (t *topic) drop(n int) {
	for i := range n {
		t.grow(-t.kept[i].size())
		t.kept[i] = Message{}
	}
	t.kept = t.kept[n:]
}

// end gives back what the topic keeps.
func (t *topic) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(len(t.kept))
}

func (t *topic) idOf(number int64) string { return t.epoch + "-" + strconv.FormatInt(number, 36) }

// placeOf is the number in an identifier that messages can be told behind.
func (t *topic) placeOf(id string) (number int64, known bool) {
	epoch, text, ok := strings.Cut(id, "-")
	number, err := strconv.ParseInt(text, 36, 64)
	if !ok || err != nil || epoch != t.epoch || number > t.newest || number < t.newest-int64(len(t.kept)) {
		return 0, false
	}
	return number, true
}
