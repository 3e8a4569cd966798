package orylogin_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

const (
	loginJSON   = `{"session":` + sessionJSON + `}`
	sessionJSON = `{"id":"s","active":true,"identity":{"id":"i"}}`
	refusedJSON = `{"id":"` + flowID + `","type":"browser","ui":{"messages":[{"id":4000006,"type":"error"}]}}`
)

// kratosOfPages returns a server that knows ada and eve. The address of eve is not verified.
func kratosOfPages(t *testing.T, opts ...orylogintest.Option) *orylogintest.Server {
	t.Helper()
	server := orylogintest.NewServer(t, opts...)
	server.AddIdentity(orylogintest.Identity{ID: "i", Email: "ada@example.com", Password: "hunter2", TOTPSecret: "JBSWY3DPEHPK3PXP"})
	server.AddIdentity(orylogintest.Identity{Email: "eve@example.com", Password: "hunter2", Unverified: true})
	return server
}

// visitOf returns the visit of a browser with the cookies.
func visitOf(t *testing.T, server *orylogintest.Server, cookies string, opts ...orylogin.Option) *orylogin.Visit {
	t.Helper()
	return server.Client(opts...).Visit(nil, pageRequest(t, cookies))
}

// pageRequest returns the request of a browser with the cookies.
func pageRequest(t *testing.T, cookies string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.Header.Set("User-Agent", "the browser's")
	if cookies != "" {
		r.Header.Set("Cookie", cookies)
	}
	return r
}

// newFlow starts a login of the visit's browser.
func newFlow(t *testing.T, visit *orylogin.Visit) *orylogin.Flow {
	t.Helper()
	flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	return flow
}

func reply(status int, body string, cookies ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = cookies
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func redirect(status int, target string, cookies ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", target)
		reply(status, "", cookies...)(w, r)
	}
}

// firstly uses the first handler once and then the other.
func firstly(first, then http.Handler) http.Handler {
	var begun atomic.Bool
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if begun.CompareAndSwap(false, true) {
			first.ServeHTTP(w, r)
		} else {
			then.ServeHTTP(w, r)
		}
	})
}
