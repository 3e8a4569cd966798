package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// callback is the page at which the browser of a login ends. Its URL has a random state. Other
// pages do not know the state, so they cannot end the login with their own code.
type callback struct {
	page   string // the URL without the state
	host   string
	state  string
	server *http.Server
	came   chan *url.URL // the URL that the first browser has called
	open   atomic.Int32  // the number of connections
}

const callbackPath = "/ory-login"

// The limits of a browser. It needs one connection for a moment.
const (
	callbackTime        = 5 * time.Second
	callbackHeaders     = 16 << 10
	callbackConnections = 16
)

// port is a port of this machine.
type port uint16

// UnmarshalText reads a port from the command line.
func (p *port) UnmarshalText(text []byte) error {
	number, err := strconv.ParseUint(string(text), 10, 16)
	if err != nil || number == 0 {
		return errors.New("its value is not a port, a number from 1 to 65535")
	}
	*p = port(number)
	return nil
}

// listen serves the page on a port of the loopback interface.
func listen(ctx context.Context, port port) (*callback, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, wrongUsage("the browser cannot come back: "+err.Error(), "choose another port with --callback-port")
	}
	host := listener.Addr().String()
	c := &callback{page: "http://" + host + callbackPath, host: host, state: rand.Text(), came: make(chan *url.URL, 1)}
	c.server = &http.Server{
		Handler:        c,
		ReadTimeout:    callbackTime,
		WriteTimeout:   callbackTime,
		IdleTimeout:    callbackTime,
		MaxHeaderBytes: callbackHeaders,
		ConnState:      c.limit,
	}
	c.server.SetKeepAlivesEnabled(false)
	go func() { _ = c.server.Serve(listener) }()
	return c, nil
}

// limit closes a connection if there are too many.
func (c *callback) limit(connection net.Conn, state http.ConnState) {
	switch state { //nolint:exhaustive // the other states are between these two
	case http.StateNew:
		if c.open.Add(1) > callbackConnections {
			_ = connection.Close()
		}
	case http.StateClosed:
		c.open.Add(-1)
	}
}

// url returns the URL at which the browser has to end. The server adds its code to the query.
func (c *callback) url() string { return c.page + "?state=" + c.state }

// ServeHTTP accepts the browser of this login and answers 404 to all other requests.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !c.expects(r) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "You can close this page and go back to the terminal.\n")
	select {
	case c.came <- r.URL:
	default: // an earlier request counts
	}
}

// expects reports whether a request comes from the browser of this login. A request with
// another Host comes from a page whose name was made to point to this machine.
func (c *callback) expects(r *http.Request) bool {
	state := r.URL.Query().Get("state")
	return r.Method == http.MethodGet && r.Host == c.host && r.URL.Path == callbackPath &&
		subtle.ConstantTimeCompare([]byte(state), []byte(c.state)) == 1
}

// wait returns the URL that the browser has called.
func (c *callback) wait(ctx context.Context, limit time.Duration) (*url.URL, error) {
	select {
	case called := <-c.came:
		return called, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(limit):
		return nil, moreNeeded("no browser came back within "+limit.String(), nextAgain)
	}
}

// close closes the page when the browser has got it.
func (c *callback) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = c.server.Shutdown(ctx)
}
