package live

import (
	"errors"
	"slices"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// The ways in which a stream ends by itself.
var (
	ErrSlow  = errors.New("stream is slow")
	ErrEnded = errors.New("hub has ended")
)

// takenAtOnce bounds the messages of one Take.
const takenAtOnce = 64

// Stream is one reader's place among the messages of a tenant. For one goroutine.
type Stream struct {
	hub   *Hub
	topic *topic
	// place is the number of the last message taken.
	place int64
	// resync says that what is before place may be missing.
	resync bool
}

// Subscribe begins a stream of a tenant's messages, behind the message with the
// identifier after; with none at what comes next. ErrTooMany, ErrEnded.
func (h *Hub) Subscribe(tenant webhook.TenantID, after string) (*Stream, error) {
	if h == nil {
		return nil, ErrEnded
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t, warm := h.topics[tenant]
	switch {
	case h.ended:
		return nil, ErrEnded
	case h.streams >= MaxStreams || warm && t.countStreams() >= MaxOfTenant:
		return nil, ErrTooMany
	}
	if !warm {
		t = newTopic(tenant, &h.bytes)
		h.topics[tenant] = t
		h.watched.Add(1)
		select {
		case h.begun <- struct{}{}:
		default:
		}
	}
	h.streams++
	return t.join(h, after), nil
}

func (t *topic) countStreams() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.streams
}

func (t *topic) join(h *Hub, after string) *Stream {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams++
	t.stale = true // the reader gets figures, and with them a place to go on at
	s := &Stream{hub: h, topic: t, place: t.newest}
	if after != "" {
		place, known := t.placeOf(after)
		if s.resync = !known; known {
			s.place = place
		}
	}
	return s
}

// Close ends the stream.
func (s *Stream) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.topic.mu.Lock()
	defer s.topic.mu.Unlock()
	s.hub.streams--
	s.topic.streams--
	s.topic.idleAt = time.Now()
}

// Take returns the next messages, some at a time; without any, wake is closed when
// there are. ErrSlow says that the stream has fallen behind what is kept.
func (s *Stream) Take() (messages []Message, wake <-chan struct{}, err error) {
	t := s.topic
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.resync {
		s.resync = false
		text, err := s.hub.options.Encode(Resync{ResyncUnknown})
		return []Message{{ID: t.idOf(s.place), Kind: KindResync, Text: text}}, nil, err
	}
	oldest := t.newest - int64(len(t.kept)) + 1
	if s.place+1 < oldest {
		return nil, nil, ErrSlow
	}
	rest := t.kept[s.place+1-oldest:]
	rest = rest[:min(len(rest), takenAtOnce)]
	s.place += int64(len(rest))
	return append(messages, rest...), t.wake, nil
}

// Ended is closed when the Hub ends.
func (s *Stream) Ended() <-chan struct{} { return s.hub.done }

// Bye is the last message of the stream.
func (s *Stream) Bye(reason ByeReason) (Message, error) {
	text, err := s.hub.options.Encode(Bye{reason})
	s.topic.mu.Lock()
	defer s.topic.mu.Unlock()
	return Message{ID: s.topic.idOf(s.place), Kind: KindBye, Text: text}, err
}

// cool forgets tenants that nobody has watched for long, and if there are many those
// that nobody watches for longest.
func (h *Hub) cool(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var idle []*topic
	for _, t := range h.topics {
		if t.countStreams() == 0 {
			idle = append(idle, t)
		}
	}
	slices.SortFunc(idle, func(a, b *topic) int { return a.idleAt.Compare(b.idleAt) })
	for i, t := range idle {
		if i < len(idle)-maxWarm || at.Sub(t.idleAt) > keptFor {
			delete(h.topics, t.tenant)
			h.watched.Add(-1)
			t.end()
		}
	}
}
