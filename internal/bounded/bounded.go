// Package bounded keeps values within a number of bytes.
package bounded

import "sync"

// Map keeps two generations of values, by key. When the young ones fill half of the room,
// they become the old ones, and the old ones go. Several goroutines may use it.
type Map[K comparable, V any] struct {
	mu         sync.Mutex
	half       int // of the room, in bytes
	used       int // by the young
	young, old map[K]V
}

// New returns a Map with a room of so many bytes.
func New[K comparable, V any](room int) *Map[K, V] { return &Map[K, V]{half: room / 2} }

// Get returns the value of a key.
func (m *Map[K, V]) Get(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, found := m.young[key]
	if !found {
		value, found = m.old[key]
	}
	return value, found
}

// Put keeps a value of so many bytes, if it fits into half of the room, and unless the key
// has one which is newer.
func (m *Map[K, V]) Put(key K, value V, size int, newer func(V) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if size > m.half || newer(m.young[key]) || newer(m.old[key]) {
		return
	}
	if m.young == nil || m.used+size > m.half {
		m.young, m.old, m.used = map[K]V{}, m.young, 0
	}
	m.young[key] = value
	m.used += size
}

// Delete deletes the value of a key.
func (m *Map[K, V]) Delete(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.young, key)
	delete(m.old, key)
}
