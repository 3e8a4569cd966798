package session

import "time"

// held is the token at hand.
type held struct {
	StoredToken
	since   time.Time // when the source got the token; zero is long ago
	renewAt time.Time // zero is never
	refused bool      // a server refused the token; it still counts until renewAt
}

func newHeld(token StoredToken, now time.Time, renewal time.Duration) held {
	h := held{StoredToken: token, since: now}
	if !token.ExpiresAt.IsZero() {
		h.renewAt = token.ExpiresAt.Add(-min(renewal, token.ExpiresAt.Sub(now)/10))
	}
	return h
}

// valid reports whether the token can be used.
func (h held) valid(now time.Time) bool {
	return !h.Token.IsZero() && !h.expired(now) && (!h.refused || !h.due(now))
}

// due reports whether it is time for a new token.
func (h held) due(now time.Time) bool {
	return !h.renewAt.IsZero() && !now.Before(h.renewAt)
}

func (h held) expired(now time.Time) bool {
	return !h.ExpiresAt.IsZero() && !now.Before(h.ExpiresAt)
}
