package session

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/bounded"
)

// CacheKey is the hash of a token or of cookies.
type CacheKey [sha256.Size]byte

// CacheEntry is a session as a [Cache] keeps it. Its values are personal data.
type CacheEntry struct {
	// Session is the session from the server. [orylogin.Session.Document] writes it, and
	// json.Unmarshal reads it.
	Session *orylogin.Session

	// AskedAt is when the guard asked the server.
	AskedAt time.Time

	// Until is when the entry ends.
	Until time.Time
}

// Cache keeps sessions for a [Guard] and the guards made from it by [Guard.With]. Use it for
// guards of one server only. A cache that fails returns nothing, so the guard asks the
// server. Implementations are safe for concurrent use.
type Cache interface {
	// Get returns the entry, and false if there is none.
	Get(ctx context.Context, key CacheKey) (CacheEntry, bool)

	// Put keeps an entry until its time Until, unless the cache has an entry with a later
	// AskedAt.
	Put(ctx context.Context, key CacheKey, entry CacheEntry)

	// Forget deletes an entry, since the server has refused the session. The guard asked the
	// server at askedAt. For the next 30 seconds, a cache that several processes share must
	// also ignore each Put whose entry has an AskedAt before askedAt. That is as long as
	// another process can wait for an older answer.
	Forget(ctx context.Context, key CacheKey, askedAt time.Time)
}

// NewMemoryCache returns a Cache in memory for one guard and the guards made from it. bytes is
// its size. A session takes about 2 KiB, or more if its document is long. The cache has two
// halves, and fills one of them. When that half is full, the cache empties the other half, and
// fills the empty one next. A session that is larger than half of the cache is not kept. So a
// cache of zero or fewer bytes keeps none.
func NewMemoryCache(bytes int) Cache { return memory{bounded.New[CacheKey, CacheEntry](bytes)} }

type memory struct {
	entries *bounded.Map[CacheKey, CacheEntry]
}

func (m memory) Get(_ context.Context, key CacheKey) (CacheEntry, bool) { return m.entries.Get(key) }

func (m memory) Put(_ context.Context, key CacheKey, entry CacheEntry) {
	newer := func(old CacheEntry) bool { return old.AskedAt.After(entry.AskedAt) }
	m.entries.Put(key, entry, sizeOf(entry.Session), newer)
}

func (m memory) Forget(_ context.Context, key CacheKey, _ time.Time) { m.entries.Delete(key) }

// sizeOf returns about how many bytes a session takes: its document, the texts and lists
// decoded from it, and the rest.
func sizeOf(session *orylogin.Session) int {
	elements := len(session.AuthenticationMethods) + len(session.Devices)
	if identity := session.Identity; identity != nil {
		elements += len(identity.VerifiableAddresses) + len(identity.RecoveryAddresses) + len(identity.Credentials)
	}
	return 1<<10 + 9*len(session.Document())/4 + 200*elements
}
