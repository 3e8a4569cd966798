// Package bounded keeps values in memory, up to a number of bytes.
package bounded

import "sync"

// Map keeps values by key, in two generations. When the young values fill half of the room,
// they become the old ones, and the Map drops the old ones before them. It is safe for
// concurrent use.
type Map[K comparable, V any] struct {
	mu         sync.Mutex
	half       int // of the room, in bytes
	used       int // bytes of the young values
	young, old map[K]V
}

// New returns a Map that keeps at most room bytes of values.
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

// Put keeps a value of size bytes. It does nothing if the value is larger than half of the
// room, or if newer says that the key's present value is the newer one.
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
