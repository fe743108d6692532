package deliver

import "sync"

// maxRemembered bounds what is remembered of each kind.
const maxRemembered = 1024

// remembered keeps what follows from a URL or a signing key alone, since working it out
// again is a good part of an attempt: a URL taken apart, a key prepared for signing. The
// rules for URLs read nothing but the text, so the answer cannot change; the address is
// judged at each dial and never remembered.
type remembered[K comparable, V any] struct {
	mu    sync.RWMutex
	known map[K]V
}

// get returns what was worked out before, or works it out. A failure is not remembered.
func (m *remembered[K, V]) get(key K, work func(K) (V, error)) (V, error) {
	m.mu.RLock()
	v, found := m.known[key]
	m.mu.RUnlock()
	if found {
		return v, nil
	}
	v, err := work(key)
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxRemembered {
		m.known = make(map[K]V)
	}
	m.known[key] = v
	return v, nil
}
