package live

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Bounds of what the streams take (docs/limits.md).
const (
	// MaxStreams and MaxOfTenant bound the streams of this process.
	MaxStreams  = 512
	MaxOfTenant = 128
	// keptFor is how long messages are kept, and a tenant that nobody watches any more
	// is kept warm.
	keptFor = 5 * time.Minute
	// maxKept and maxKeptBytes bound the messages of a tenant, maxAllBytes those of all;
	// leastKept are kept of each tenant even so.
	maxKept      = 2048
	maxKeptBytes = 1 << 20
	maxAllBytes  = 32 << 20
	leastKept    = 16
	// maxWarm bounds the tenants that are kept warm without a stream.
	maxWarm = 128
)

const (
	// gatherFor is how long hints gather before rows are read.
	gatherFor = 100 * time.Millisecond
	// statsEvery is how often figures are told at most.
	statsEvery = 2 * time.Second
	// statsShare is how much longer than their reading takes it is at least until they
	// are read again.
	statsShare = 20
	// readWithin bounds the reading of rows and of figures.
	readWithin = 5 * time.Second
)

// ErrTooMany refuses a stream when there are too many.
var ErrTooMany = errors.New("too many streams")

// Store is what the Hub reads.
type Store interface {
	// DeliveriesByNumber is that of store.Log.
	DeliveriesByNumber(ctx context.Context, numbers []int64) ([]webhook.Delivery, error)
	Health(ctx context.Context, webhooks []int64, since time.Time) (map[int64]webhook.Health, error)
	Summary(ctx context.Context, q store.SummaryQuery) (store.Summary, error)
}

// Webhooks lists the webhooks of a tenant.
type Webhooks interface {
	List(tenant webhook.TenantID) []*webhook.Webhook
}

// Options is what a Hub works with.
type Options struct {
	Store    Store
	Webhooks Webhooks
	Clock    clock.Clock
	Log      *slog.Logger
	// Encode makes the text of a message's data.
	Encode func(data any) ([]byte, error)
}

// Hub passes on what changes. Safe for concurrent use; hints to a nil Hub are lost.
type Hub struct {
	options Options

	// watched is how many tenants are warm: hints are free while there is none.
	watched atomic.Int64
	// bytes is the size of all messages that are kept.
	bytes atomic.Int64

	mu      sync.RWMutex
	topics  map[webhook.TenantID]*topic
	streams int
	ended   bool

	begun chan struct{} // has an entry when a tenant has become warm
	done  chan struct{} // closed by End
}

// New makes a Hub. Run makes it speak.
func New(o Options) *Hub {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Hub{options: o, topics: make(map[webhook.TenantID]*topic), begun: make(chan struct{}, 1), done: make(chan struct{})}
}

// End lets every stream say goodbye and takes no more.
func (h *Hub) End() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ended {
		h.ended = true
		close(h.done)
	}
}

// Watched says whether a hint would be noticed by anybody.
func (h *Hub) Watched() bool { return h != nil && h.watched.Load() > 0 }

// topic finds a tenant that is warm.
func (h *Hub) topic(tenant webhook.TenantID) *topic {
	if !h.Watched() {
		return nil
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.topics[tenant]
}

// all lists the warm tenants.
func (h *Hub) all() []*topic {
	h.mu.RLock()
	defer h.mu.RUnlock()
	list := make([]*topic, 0, len(h.topics))
	for _, t := range h.topics {
		list = append(list, t)
	}
	return list
}

// Accepted hints that an event is durable, with its deliveries.
func (h *Hub) Accepted(tenant webhook.TenantID, e Event) {
	if t := h.topic(tenant); t != nil {
		t.accepted(e)
	}
}

// Changed hints that a delivery is not as it was.
func (h *Hub) Changed(tenant webhook.TenantID, id webhook.DeliveryID) {
	t := h.topic(tenant)
	if t == nil {
		return
	}
	if number, _, ok := webhook.ParseID(string(id)); ok {
		t.changed(number)
	}
}

// Counted hints that so many deliveries and events are new or not as they were, where
// nobody knows which.
func (h *Hub) Counted(tenant webhook.TenantID, b Burst) {
	if t := h.topic(tenant); t != nil {
		t.counted(b)
	}
}

// WebhookChanged hints that webhooks are new, changed or deleted. It may be given to
// registry.OnChange.
func (h *Hub) WebhookChanged(all []webhook.Webhook) {
	if !h.Watched() {
		return
	}
	for i := range all {
		w := &all[i]
		t := h.topic(w.Tenant)
		if t == nil {
			continue
		}
		change := WebhookChange{ID: w.ID, Version: w.Version, Change: Changed}
		switch {
		case w.DeletedAt != nil:
			change.Change = Deleted
		case w.UpdatedAt.Equal(w.CreatedAt):
			change.Change = Created
		}
		t.say(saying{KindWebhookUpdated, change})
	}
}

// Received hints that an inbox of the built-in receiver has a new message.
func (h *Hub) Received(tenant webhook.TenantID, r Received) {
	if t := h.topic(tenant); t != nil {
		t.say(saying{KindReceived, r})
	}
}

// Lost says that hints may have been lost: every reader has to read anew.
func (h *Hub) Lost() {
	if !h.Watched() {
		return
	}
	for _, t := range h.all() {
		t.say(saying{KindResync, Resync{ResyncMissed}})
	}
}

// newEpoch makes what tells the places of one ring from those of others.
func newEpoch() string {
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(raw[:]))
}
