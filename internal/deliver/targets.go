package deliver

import (
	"sync"

	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/webhook"
)

// maxTargets bounds the URLs whose parts are remembered.
const maxTargets = 1024

// targets remembers URLs taken apart: doing it again costs a fifth of an attempt. The
// rules read nothing but the text, so the answer cannot change; the address is judged
// at each dial and never remembered.
type targets struct {
	mu    sync.RWMutex
	known map[webhook.EndpointURL]egress.Target
}

func (m *targets) get(url webhook.EndpointURL, check func(string) (egress.Target, error)) (egress.Target, error) {
	m.mu.RLock()
	t, found := m.known[url]
	m.mu.RUnlock()
	if found {
		return t, nil
	}
	t, err := check(url.Reveal())
	if err != nil {
		return t, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxTargets {
		m.known = make(map[webhook.EndpointURL]egress.Target)
	}
	m.known[url] = t
	return t, nil
}
