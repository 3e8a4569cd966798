package session

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/orylogin/orylogin"
)

// cache keeps sessions by the hash of what they were asked with. A nil cache is
// always empty.
type cache struct {
	entries int
	maxAge  time.Duration

	mu    sync.Mutex
	byKey map[cacheKey]*list.Element
	byAge *list.List // of cached, the oldest first
}

type cacheKey [sha256.Size]byte

type cached struct {
	key     cacheKey
	session *orylogin.Session
	until   time.Time
}

func newCache(entries int, maxAge time.Duration) *cache {
	return &cache{entries: entries, maxAge: maxAge, byKey: map[cacheKey]*list.Element{}, byAge: list.New()}
}

func keyOf(c credential) cacheKey {
	kind := "token "
	if c.cookie {
		kind = "cookie "
	}
	return sha256.Sum256([]byte(kind + c.text.Reveal()))
}

func (c *cache) get(credential credential) (*orylogin.Session, bool) {
	if c == nil {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	element, found := c.byKey[keyOf(credential)]
	if !found {
		return nil, false
	}
	entry := element.Value.(cached) //nolint:forcetypeassert // the list has nothing else
	if !time.Now().Before(entry.until) {
		c.remove(element)
		return nil, false
	}
	return entry.session, true
}

// put keeps a session in place of the oldest one if there is no room. One that has
// no expiry is not kept.
func (c *cache) put(credential credential, session *orylogin.Session) {
	if c == nil {
		return
	}
	now := time.Now()
	entry := cached{key: keyOf(credential), session: session, until: now.Add(c.maxAge)}
	if session.ExpiresAt.Before(entry.until) {
		entry.until = session.ExpiresAt
	}
	if !now.Before(entry.until) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, found := c.byKey[entry.key]; found {
		c.remove(element)
	}
	for c.byAge.Len() >= c.entries {
		c.remove(c.byAge.Front())
	}
	c.byKey[entry.key] = c.byAge.PushBack(entry)
}

func (c *cache) remove(element *list.Element) {
	c.byAge.Remove(element)
	delete(c.byKey, element.Value.(cached).key) //nolint:forcetypeassert // the list has nothing else
}
