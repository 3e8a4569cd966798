package jwt_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/session/jwt"
)

// TestOneRequest checks that all who need the key set at the same time share one request.
func TestOneRequest(t *testing.T) {
	t.Parallel()
	signing := newKey(t, "ES256")
	set := setOf(t, signing)
	synctest.Test(t, func(t *testing.T) {
		h := slowly(set, time.Second)
		checker, token := newChecker(t, h), signing.sign(t)
		together(func() {
			_, err := check(t, checker, token)
			require.NoError(t, err)
		})
		require.EqualValues(t, 1, h.asked.Load())
	})
}

// slowly returns a host whose answer takes some time.
func slowly(text string, wait time.Duration) *host {
	h := &host{}
	h.set(func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(wait):
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(text))}, nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	})
	return h
}

// TestUnknownKeys checks that unknown keys cause one request a minute, however many callers
// ask.
func TestUnknownKeys(t *testing.T) {
	t.Parallel()
	known, coming := newKey(t, "ES256"), newKey(t, "ES256")
	both := setOf(t, coming, known)
	synctest.Test(t, func(t *testing.T) {
		h := hostOf(t, known)
		checker := newChecker(t, h)
		_, err := check(t, checker, known.sign(t))
		require.NoError(t, err)
		ask := func(want int64) {
			t.Helper()
			token := coming.sign(t)
			together(func() {
				_, err := check(t, checker, token)
				isInvalid(t, err, "not in the key set")
			})
			require.Equal(t, want, h.asked.Load())
		}
		ask(1)
		time.Sleep(59 * time.Second)
		ask(1)
		time.Sleep(2 * time.Second)
		ask(2)
		h.has(http.StatusOK, both)
		ask(2)
		time.Sleep(time.Minute)
		for _, each := range []key{coming, known} {
			_, err := check(t, checker, each.sign(t))
			require.NoError(t, err)
		}
		require.EqualValues(t, 3, h.asked.Load())
	})
}

// TestRenewal checks that a key that has left the set stops counting.
func TestRenewal(t *testing.T) {
	t.Parallel()
	leaving, staying := newKey(t, "ES256"), newKey(t, "ES256")
	synctest.Test(t, func(t *testing.T) {
		h := hostOf(t, leaving, staying)
		checker := newChecker(t, h)
		ok := func(by key) {
			t.Helper()
			_, err := check(t, checker, by.sign(t))
			require.NoError(t, err)
		}
		ok(leaving)
		h.has(http.StatusOK, setOf(t, staying))
		time.Sleep(9 * time.Minute)
		ok(leaving)
		require.EqualValues(t, 1, h.asked.Load())
		time.Sleep(2 * time.Minute)
		ok(leaving) // meanwhile the key set is renewed in the background
		synctest.Wait()
		require.EqualValues(t, 2, h.asked.Load())
		_, err := check(t, checker, leaving.sign(t))
		isInvalid(t, err, "not in the key set")
		ok(staying)
		h.has(http.StatusOK, setOf(t, leaving))
		time.Sleep(2 * time.Hour)
		_, err = check(t, checker, staying.sign(t))
		isInvalid(t, err, "not in the key set")
		require.EqualValues(t, 3, h.asked.Load(), "keys of two hours before do not count")
	})
}

// TestKeySetDown checks that the known keys count for an hour if the set cannot be fetched.
func TestKeySetDown(t *testing.T) {
	t.Parallel()
	signing, coming := newKey(t, "ES256"), newKey(t, "ES256")
	set := setOf(t, signing)
	synctest.Test(t, func(t *testing.T) {
		h := &host{}
		refuses := func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED }
		h.set(refuses)
		checker := newChecker(t, h)
		ask := func(by key, want int64) error {
			t.Helper()
			token := by.sign(t)
			_, err := check(t, checker, token)
			synctest.Wait()
			require.Equal(t, want, h.asked.Load())
			return err
		}
		isUnavailable(t, ask(signing, 1), "connection refused")
		isUnavailable(t, ask(signing, 1), "connection refused")
		time.Sleep(5 * time.Second)
		isUnavailable(t, ask(signing, 2), "connection refused")
		h.has(http.StatusOK, set)
		time.Sleep(5 * time.Second)
		require.NoError(t, ask(signing, 3))

		h.set(refuses)
		time.Sleep(59 * time.Minute)
		require.NoError(t, ask(signing, 4))
		require.NoError(t, ask(signing, 4), "it is asked once a minute")
		isUnavailable(t, ask(coming, 4), "connection refused")
		time.Sleep(2 * time.Minute)
		isUnavailable(t, ask(signing, 5), "connection refused")
		h.has(http.StatusOK, set)
		time.Sleep(time.Minute)
		require.NoError(t, ask(signing, 6))
	})
}

// TestSlowKeySet checks that a request ends after ten seconds, and that a caller's wait ends
// with the caller's context.
func TestSlowKeySet(t *testing.T) {
	t.Parallel()
	signing := newKey(t, "ES256")
	set := setOf(t, signing)
	synctest.Test(t, func(t *testing.T) {
		checker, begin := newChecker(t, slowly(set, time.Hour)), time.Now()
		_, err := check(t, checker, signing.sign(t))
		isUnavailable(t, err, "within 10s")
		require.Equal(t, 10*time.Second, time.Since(begin))
	})
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		defer close(end)
		h := &host{}
		h.set(func(*http.Request) (*http.Response, error) { <-end; return nil, io.EOF })
		begin := time.Now()
		_, err := check(t, newChecker(t, h), signing.sign(t))
		isUnavailable(t, err, "within 10s")
		require.Equal(t, 10*time.Second, time.Since(begin))
	})
	synctest.Test(t, func(t *testing.T) {
		h := slowly(set, 3*time.Second)
		checker, token := newChecker(t, h), signing.sign(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := checker.Check(ctx, bearer(token))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = check(t, checker, token)
		require.NoError(t, err)
		require.EqualValues(t, 1, h.asked.Load(), "others wait for the same answer")
	})
}

// endless is a body that never ends. It counts the bytes that are read.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read.Add(int64(len(p)))
	return copy(p, bytes.Repeat([]byte(" "), len(p))), nil
}

// TestBadKeySets checks that a bad key set logs nobody out.
func TestBadKeySets(t *testing.T) {
	t.Parallel()
	signing := newKey(t, "ES256")
	private, err := jose.JSONWebKey{Key: signing.private, KeyID: signing.id}.MarshalJSON()
	require.NoError(t, err)
	encrypts := signing.public()
	encrypts.Use = "enc"
	encrypting, err := encrypts.MarshalJSON()
	require.NoError(t, err)
	const mark = "a word of the server"
	for name, c := range map[string]struct {
		status     int
		text, says string
	}{
		"HTML":            {200, "<html>" + mark, "not a JSON Web Key Set"},
		"nothing":         {200, "", "not a JSON Web Key Set"},
		"a list":          {200, `[]`, "not a JSON Web Key Set"},
		"keys as a text":  {200, `{"keys":"` + mark + `"}`, "not a JSON Web Key Set"},
		"no keys":         {200, `{}`, "no key for signatures"},
		"an empty list":   {200, `{"keys":[]}`, "no key for signatures"},
		"other uses":      {200, `{"keys":[` + string(encrypting) + `]}`, "no key for signatures"},
		"private":         {200, `{"keys":[` + string(private) + `]}`, "a private or a symmetric key"},
		"symmetric":       {200, `{"keys":[{"kty":"oct","k":"` + part(mark) + `"}]}`, "a private or a symmetric key"},
		"server error":    {500, mark, "status 500"},
		"not found":       {404, mark, "status 404"},
		"another success": {203, setOf(t, signing), "status 203"},
		"redirect":        {302, setOf(t, signing), "status 302"},
		"cut off":         {200, setOf(t, signing)[:100], "not a JSON Web Key Set"},
		"too long":        {200, setOf(t, signing) + strings.Repeat(" ", 256<<10), "more than"},
	} {
		h := &host{}
		h.has(c.status, c.text)
		_, err := check(t, newChecker(t, h), signing.sign(t))
		require.Error(t, err, name)
		isUnavailable(t, err, c.says)
		require.NotContains(t, err.Error(), mark, name)
	}
	body := &endless{}
	h := &host{}
	h.streams(200, func() io.Reader { return body })
	_, err = check(t, newChecker(t, h), signing.sign(t))
	isUnavailable(t, err, "more than")
	require.Less(t, body.read.Load(), int64(1<<20))

	h.set(func(*http.Request) (*http.Response, error) { return nil, errors.New(mark) })
	_, err = check(t, newChecker(t, h), signing.sign(t))
	isUnavailable(t, err, "an error of type *errors.errorString")
	require.NotContains(t, err.Error(), mark)
}

// TestOtherKeys checks that other keys in the set do no harm.
func TestOtherKeys(t *testing.T) {
	t.Parallel()
	signing := newKey(t, "ES256")
	h := &host{}
	h.has(http.StatusOK, strings.Replace(setOf(t, signing), `[`, `[{"kty":"XXX"},{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"},{"kty":"RSA"},`, 1))
	_, err := check(t, newChecker(t, h), signing.sign(t))
	require.NoError(t, err)
}

// TestRedirects are not followed, and no cookie is sent.
func TestRedirects(t *testing.T) {
	t.Parallel()
	h := &host{}
	h.set(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Cookie") != "" {
			return nil, errors.New("a cookie")
		}
		return &http.Response{
			StatusCode: http.StatusFound, Header: http.Header{"Location": {"https://evil.example/keys.json"}}, Body: http.NoBody, Request: r,
		}, nil
	})
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	jar.SetCookies(&url.URL{Scheme: "https", Host: "keys.example.com"}, []*http.Cookie{{Name: "a", Value: "b"}})
	_, err = check(t, newChecker(t, h, func(c *jwt.Config) { c.HTTPClient.Jar = jar }), newKey(t, "ES256").sign(t))
	isUnavailable(t, err, "status 302")
	require.EqualValues(t, 1, h.asked.Load())
}

// TestFile reads the key set from a file, and reads the file again when it would fetch the set
// again.
func TestFile(t *testing.T) {
	t.Parallel()
	first, second := newKey(t, "ES256"), newKey(t, "RS256")
	path := filepath.Join(t.TempDir(), "keys.json")
	synctest.Test(t, func(t *testing.T) {
		checker := newChecker(t, nil, func(c *jwt.Config) { c.KeysURL = "file://" + path })
		_, err := check(t, checker, first.sign(t))
		isUnavailable(t, err, "status 404")
		require.NoError(t, os.WriteFile(path, []byte(setOf(t, first)), 0o600))
		time.Sleep(5 * time.Second)
		_, err = check(t, checker, first.sign(t))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, []byte(setOf(t, second)), 0o600))
		time.Sleep(time.Minute)
		_, err = check(t, checker, second.sign(t))
		require.NoError(t, err)
		_, err = check(t, checker, first.sign(t))
		isInvalid(t, err, "not in the key set")
	})
	for name, path := range map[string]string{"folder": t.TempDir(), "device": "/dev/zero", "outside": "/../../dev/null"} {
		_, err := check(t, newChecker(t, nil, func(c *jwt.Config) { c.KeysURL = "file://" + path }), first.sign(t))
		require.Error(t, err, name)
		isUnavailable(t, err, "key set")
	}
}

// TestCompressedKeySet checks that the size limit counts for the decompressed set.
func TestCompressedKeySet(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		bomb := gzip.NewWriter(w)
		_, _ = io.CopyN(bomb, &endless{}, 1<<30) // until the client closes the connection
	}))
	defer server.Close()
	checker, err := jwt.New(jwt.Config{KeysURL: server.URL, Issuer: issuer, Algorithms: []string{"ES256"}})
	require.NoError(t, err)
	_, err = check(t, checker, newKey(t, "ES256").sign(t))
	isUnavailable(t, err, "more than")
}
