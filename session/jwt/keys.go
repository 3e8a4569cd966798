package jwt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The limits of a key set, which the package documentation explains.
const (
	answersWithin = 10 * time.Second
	largest       = 256 << 10
	renewedAfter  = 10 * time.Minute
	keptFor       = time.Hour
	pause         = time.Minute
	firstPause    = 5 * time.Second
)

// keySet has the keys from a URL, and fetches them with one request at a time.
type keySet struct {
	url string
	web *http.Client

	mu       sync.Mutex // guards the fields below
	keys     []jose.JSONWebKey
	asked    time.Time     // when the request for the keys began
	next     time.Time     // when the next request may be made
	err      error         // of the last request; nil if it has brought keys
	fetching chan struct{} // closed when the request under way ends; nil if there is none
}

// get returns the keys with an id, or none. If there is no such key and the key set may have
// changed, get waits for the new set.
func (s *keySet) get(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	found, fetching, err := s.look(ctx, id)
	if fetching != nil {
		select {
		case <-fetching:
		case <-ctx.Done():
			return nil, fmt.Errorf("orylogin/session/jwt: waiting for the key set: %w", ctx.Err())
		}
		found, _, err = s.look(ctx, id)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return found, nil
}

// look returns the keys with an id. If there are none, it also returns a channel to wait for,
// or the error that explains why there is no set. It starts a request for the set if it is time
// for one.
func (s *keySet) look(ctx context.Context, id string) ([]jose.JSONWebKey, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	var found []jose.JSONWebKey
	if now.Before(s.asked.Add(keptFor)) {
		found = (&jose.JSONWebKeySet{Keys: s.keys}).Key(id)
	}
	needed := len(found) == 0 || now.After(s.asked.Add(renewedAfter))
	if needed && s.fetching == nil && !now.Before(s.next) {
		s.fetching = make(chan struct{})
		go s.fetch(context.WithoutCancel(ctx))
	}
	if len(found) > 0 {
		return found, nil, nil
	}
	return nil, s.fetching, s.err
}

// answer is the result of one request.
type answer struct {
	keys []jose.JSONWebKey
	err  error
}

// fetch requests the key set once. It ends even if the transport does not.
func (s *keySet) fetch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	asked, came := time.Now(), make(chan answer, 1)
	go func() { came <- s.ask(ctx) }()
	var got answer
	select {
	case got = <-came:
	case <-ctx.Done():
	}
	if got.keys == nil && ctx.Err() != nil {
		got.err = fmt.Errorf("the key set did not arrive within %v", answersWithin)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if got.err == nil {
		s.keys, s.asked = got.keys, asked
	}
	wait := pause
	if s.keys == nil {
		wait = firstPause
	}
	s.err, s.next = got.err, time.Now().Add(wait)
	close(s.fetching)
	s.fetching = nil
}

// ask sends one request. Its errors have no text from elsewhere.
func (s *keySet) ask(ctx context.Context) answer {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return answer{err: unreadable(err)}
	}
	response, err := s.web.Do(request)
	if err != nil {
		return answer{err: unreadable(err)}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return answer{err: fmt.Errorf("the server of the key set answered with status %d", response.StatusCode)}
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, largest+1))
	switch {
	case err != nil:
		return answer{err: unreadable(err)}
	case len(text) > largest:
		return answer{err: fmt.Errorf("the key set has more than %d bytes", largest)}
	default:
		return keysOf(text)
	}
}

// unreadable returns an error with the kind of a transport's error.
func unreadable(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	text := fmt.Sprintf("an error of type %T", err)
	if number := syscall.Errno(0); errors.As(err, &number) {
		text = number.Error()
	}
	return errors.New("the key set cannot be read: " + text)
}

// keysOf returns the keys of a set that can check signatures.
func keysOf(text []byte) answer {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return answer{err: errors.New("the key set is not a JSON Web Key Set")}
	}
	var keys []jose.JSONWebKey
	for _, each := range set.Keys {
		var key jose.JSONWebKey
		switch err := json.Unmarshal(each, &key); {
		case err != nil || key.Use != "" && key.Use != "sig": // RFC 7517 says that such keys are to be ignored
			continue
		case !key.IsPublic():
			return answer{err: errors.New("the key set has a private or a symmetric key")}
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return answer{err: errors.New("the key set has no key for signatures")}
	}
	return answer{keys: keys}
}
