package receiver

import (
	"cmp"
	"slices"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// inbox keeps messages. One that belongs to nobody is never empty.
type inbox struct {
	// tenant is empty for an inbox that nobody has opened.
	tenant    webhook.TenantID
	created   time.Time
	behaviour Behaviour
	messages  []Message
	// touched is the number of the newest message, or of the message before the inbox
	// was opened.
	touched int64
}

// Inbox is what there is to say of an inbox.
type Inbox struct {
	ID        string
	CreatedAt time.Time
	Behaviour Behaviour
	// Messages is how many it holds; LastAt the time of the newest, zero without one.
	Messages int
	LastAt   time.Time
}

func (b *inbox) view(id string) Inbox {
	v := Inbox{ID: id, CreatedAt: b.created, Behaviour: b.behaviour, Messages: len(b.messages)}
	if v.Messages > 0 {
		v.LastAt = b.messages[v.Messages-1].ReceivedAt
	}
	return v
}

// Open gives a tenant the inbox of that identifier, which NewInbox made. An inbox
// that has an owner keeps it.
func (r *Receiver) Open(tenant webhook.TenantID, id string) Inbox {
	r.mu.Lock()
	defer r.mu.Unlock()
	box, found := r.inboxes[id]
	if !found {
		box = &inbox{created: r.options.Clock.Now(), behaviour: DefaultBehaviour()}
		r.inboxes[id] = box
	}
	if box.tenant == "" {
		box.tenant = tenant
	}
	box.touched = r.number
	r.bound(id)
	return box.view(id)
}

// Inboxes lists those of a tenant, newest first.
func (r *Receiver) Inboxes(tenant webhook.TenantID) []Inbox {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := []Inbox{}
	for id, box := range r.inboxes {
		if box.tenant == tenant {
			found = append(found, box.view(id))
		}
	}
	slices.SortFunc(found, func(a, b Inbox) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return found
}

// of runs f on an inbox of the tenant; false if it has none of that identifier.
func (r *Receiver) of(tenant webhook.TenantID, id string, f func(box *inbox)) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	box, found := r.inboxes[id]
	if !found || box.tenant != tenant {
		return false
	}
	f(box)
	return true
}

// Inbox finds an inbox of a tenant.
func (r *Receiver) Inbox(tenant webhook.TenantID, id string) (found Inbox, ok bool) {
	ok = r.of(tenant, id, func(box *inbox) { found = box.view(id) })
	return found, ok
}

// Read lists the messages of a tenant's inbox, oldest first.
func (r *Receiver) Read(tenant webhook.TenantID, id string) (messages []Message, ok bool) {
	ok = r.of(tenant, id, func(box *inbox) { messages = slices.Clone(box.messages) })
	return messages, ok
}

// Clear removes the messages of a tenant's inbox.
func (r *Receiver) Clear(tenant webhook.TenantID, id string) bool {
	return r.of(tenant, id, func(box *inbox) { r.empty(box) })
}

// Close ends a tenant's inbox.
func (r *Receiver) Close(tenant webhook.TenantID, id string) bool {
	return r.of(tenant, id, func(box *inbox) {
		r.empty(box)
		delete(r.inboxes, id)
	})
}

// Behave tells a tenant's inbox how to answer.
func (r *Receiver) Behave(tenant webhook.TenantID, id string, b Behaviour) bool {
	return r.of(tenant, id, func(box *inbox) { box.behaviour = b })
}

// bound removes what is too much, the oldest first, but never the inbox that has just
// been used. The caller holds mu.
func (r *Receiver) bound(used string) {
	if box := r.inboxes[used]; len(box.messages) > MaxMessages {
		r.drop(used)
	}
	for r.bytes > maxBytes {
		r.drop(r.lowest(func(_ string, b *inbox) (int64, bool) {
			if len(b.messages) == 0 {
				return 0, false
			}
			return b.messages[0].Number, true
		}))
	}
	for len(r.inboxes) > maxInboxes {
		idle := r.lowest(func(id string, b *inbox) (int64, bool) {
			place := b.touched
			if b.tenant == "" {
				place -= 1 << 62 // what nobody has opened goes first
			}
			return place, id != used
		})
		r.empty(r.inboxes[idle])
		delete(r.inboxes, idle)
	}
}

// lowest is the inbox with the lowest place among those that have one. There are few
// of them. The caller holds mu.
func (r *Receiver) lowest(place func(id string, b *inbox) (int64, bool)) (found string) {
	var least int64
	for id, box := range r.inboxes {
		if at, ok := place(id, box); ok && (found == "" || at < least) {
			found, least = id, at
		}
	}
	return found
}

// drop removes the oldest message of an inbox, and one that belongs to nobody with
// its last.
func (r *Receiver) drop(id string) {
	box := r.inboxes[id]
	r.bytes -= box.messages[0].size()
	box.messages = slices.Delete(box.messages, 0, 1)
	if len(box.messages) == 0 && box.tenant == "" {
		delete(r.inboxes, id)
	}
}

func (r *Receiver) empty(box *inbox) {
	for i := range box.messages {
		r.bytes -= box.messages[i].size()
	}
	box.messages = nil
}
