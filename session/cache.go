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
	// Session is what the server has sent: [orylogin.Session.Document] writes it, and
	// json.Unmarshal reads it.
	Session *orylogin.Session

	// AskedAt is when the server was asked.
	AskedAt time.Time

	// Until is when the entry is no longer good.
	Until time.Time
}

// Cache keeps sessions for a [Guard] and those made of it by [Guard.With]: use it for the
// guards of one server only. A cache that fails has nothing, so that the server is asked.
// Implementations are safe for concurrent use.
type Cache interface {
	// Get returns what is kept, and false if there is nothing.
	Get(ctx context.Context, key CacheKey) (CacheEntry, bool)

	// Put keeps an entry until its time Until, unless there is a newer one by AskedAt.
	Put(ctx context.Context, key CacheKey, entry CacheEntry)

	// Forget deletes an entry, since the server, which was asked at askedAt, has refused
	// the session. A cache of several processes keeps no entry that was asked before that
	// and comes later, within the 30 seconds that a call takes at most.
	Forget(ctx context.Context, key CacheKey, askedAt time.Time)
}

// NewMemoryCache returns a Cache in the memory of the process, of up to so many bytes. A
// session takes about 2 KiB, and more the longer its document is. When half of the room is
// full, the sessions of the other half go. It is for one guard and those made of it.
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

// sizeOf returns about how many bytes a session takes: its document, the texts and the lists
// that are decoded of it, and the rest.
func sizeOf(session *orylogin.Session) int {
	elements := len(session.AuthenticationMethods) + len(session.Devices)
	if identity := session.Identity; identity != nil {
		elements += len(identity.VerifiableAddresses) + len(identity.RecoveryAddresses) + len(identity.Credentials)
	}
	return 1<<10 + 9*len(session.Document())/4 + 200*elements
}
