package browser_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/browser"
)

// kratos answers by path, and keeps what it is sent.
type kratos struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

func newKratos(t *testing.T, answers map[string]http.HandlerFunc) *kratos {
	t.Helper()
	k := &kratos{}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		k.mu.Lock()
		k.requests, k.bodies = append(k.requests, r), append(k.bodies, string(body))
		k.mu.Unlock()
		if answer, ok := answers[r.Method+" "+r.URL.Path]; ok {
			answer(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(k.Close)
	return k
}

func (k *kratos) client(t *testing.T, opts ...browser.Option) *browser.Client {
	t.Helper()
	native, err := orylogin.New(k.URL)
	require.NoError(t, err)
	client, err := browser.New(native, opts...)
	require.NoError(t, err)
	return client
}

func reply(status int, body string, cookies ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, cookie := range cookies {
			w.Header().Add("Set-Cookie", cookie)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func redirect(status int, target string, cookies ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, cookie := range cookies {
			w.Header().Add("Set-Cookie", cookie)
		}
		w.Header().Set("Location", target)
		w.WriteHeader(status)
	}
}

// request is what a browser with these cookies sends the application.
func request(t *testing.T, cookies string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.Header.Set("User-Agent", "the browser's")
	if cookies != "" {
		r.Header.Set("Cookie", cookies)
	}
	return r
}

const (
	flowJSON = `{"id":"f1","type":"browser","ui":{"action":"https://public.example.com/x","method":"POST","nodes":[` +
		`{"attributes":{"name":"csrf_token","value":"a+b/c="}}]}}`
	loginJSON = `{"session":{"id":"s","active":true,"identity":{"id":"i"}},` +
		`"continue_with":[{"action":"redirect_browser_to","redirect_browser_to":"https://app/x"}]}`
	sessionJSON = `{"id":"s","active":true,"identity":{"id":"i"}}`
)

var password = orylogin.Password{Identifier: "ada", Password: orylogin.NewSecret("hunter2")}
