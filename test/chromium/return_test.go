package chromium_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/examples/webapp/app"
)

// neighbour is another site.
type neighbour struct {
	*httptest.Server

	visits atomic.Int32
}

func startNeighbour(t *testing.T) *neighbour {
	t.Helper()
	n := &neighbour{}
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" {
			return
		}
		n.visits.Add(1)
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>Neighbour</title><h1>Neighbour</h1>")
	}))
	t.Cleanup(n.Close)
	return n
}

func TestReturnTo(t *testing.T) {
	t.Parallel()
	next := startNeighbour(t)
	s := start(t, func(c *app.Config) { c.ReturnOrigins = []string{next.URL} })
	p := s.open(t, "/login?return_to="+url.QueryEscape(next.URL+"/inside?a=b"))
	p.shows("/login", "Log in")
	p.logIn()
	assert.Equal(t, next.URL+"/inside?a=b", run[string](p, `location.href`))
	assert.Equal(t, "Neighbour", run[string](p, `document.body.innerText`))
	assert.EqualValues(t, 1, next.visits.Load())

	p.visit("/login?return_to=" + url.QueryEscape("/?here=1")) // already logged in
	p.isAda()
	assert.Equal(t, "/?here=1", p.at())
}

func TestForbiddenReturnTo(t *testing.T) {
	t.Parallel()
	foreign := startNeighbour(t)
	s := start(t, nil)
	p := s.open(t, "/login?return_to="+url.QueryEscape(foreign.URL+"/"))
	p.shows("/login", "Log in")
	p.logIn()
	p.isAda()

	// Kratos refuses it, too. It sends the browser to the error page.
	p.leave(func() {
		run[string](p, fmt.Sprintf("location.href = %q", s.public+"/self-service/login/browser?refresh=true&return_to="+url.QueryEscape(foreign.URL)))
	})
	p.shows("/error", "That link leads elsewhere", "You have not been logged in.")
	p.complained("status of 400")
	p.capture("forbidden-return")
	assert.Zero(t, foreign.visits.Load())
}

func TestMissingPage(t *testing.T) {
	t.Parallel()
	p := start(t, nil).open(t, "/nowhere")
	p.shows("/nowhere", "There is no such page")
	p.complained("status of 404")
	p.capture("missing")
	p.site.kratos.Stop()
	p.visit("/")
	p.shows("/", "Logging in is not possible right now")
	p.complained("status of 503")
	require.Empty(t, p.cookies())
	p.capture("unreachable")
}
