package session

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/orylogin/orylogin"
)

// Transport is an http.RoundTripper that adds the token of a source to requests.
// It goes into an http.Client, whose redirects it is made for: each hop is judged
// by itself. It is safe for concurrent use as long as its fields do not change.
//
// The token goes to the named hosts only. Requests to any other host, those that a
// redirect leads to included, are sent without it, and without a header of its name
// that the caller has set. A request to a named host over plain http is an error,
// unless the host is loopback. No error of a Transport holds the token.
//
// When a [Renewer]'s token is answered with 401, the Transport tells it so, and
// sends the request once more with the new token if the request has no body or
// GetBody. Otherwise, and after the second 401, the answer is the caller's.
type Transport struct {
	// Source provides the token. It must not be nil.
	Source TokenSource

	// Hosts are the hosts that get the token, "api.example.com" or
	// "api.example.com:8443", regardless of case. Without a port it is the
	// default port of the request's scheme. There must be at least one, and
	// there are no wildcards.
	Hosts []string

	// Bearer sends the token as "Authorization: Bearer" in place of
	// X-Session-Token.
	Bearer bool

	// Base sends the requests. Default: http.DefaultTransport.
	Base http.RoundTripper
}

const (
	tokenHeader  = "X-Session-Token"
	bearerHeader = "Authorization"
	bearerScheme = "Bearer"
)

// RoundTrip sends the request, as [http.RoundTripper] demands. The error is that of
// the source, of the base, or of a Transport that is not set up.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	token, err := t.token(request)
	if err != nil {
		if request.Body != nil {
			_ = request.Body.Close()
		}
		return nil, err
	}
	response, err := t.send(request, request.Body, token)
	if token.IsZero() || err != nil || response == nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	return t.again(request, response, token)
}

// token returns the token to send along, and the zero Secret for none.
func (t *Transport) token(request *http.Request) (orylogin.Secret, error) {
	named, err := t.named(request)
	if err != nil || !named {
		return orylogin.Secret{}, err
	}
	token, err := t.Source.Token(request.Context())
	if err != nil {
		return orylogin.Secret{}, err
	}
	return token, checkToken(token)
}

// named reports whether the request is for a host that gets the token.
func (t *Transport) named(request *http.Request) (bool, error) {
	switch {
	case t == nil || t.Source == nil:
		return false, errors.New("orylogin/session: the Transport has no Source")
	case len(t.Hosts) == 0:
		return false, errors.New("orylogin/session: the Transport has no Hosts")
	case request.URL == nil:
		return false, errors.New("orylogin/session: the request has no URL")
	}
	named, err := contains(t.Hosts, request.URL)
	if named && !confidential(request.URL) {
		err = fmt.Errorf("orylogin/session: the token is not sent to %s by %s, only by https",
			request.URL.Hostname(), request.URL.Scheme)
	}
	return named, err
}

// again sends the request once more, if the token can be replaced and the body sent
// again. What it returns is an answer in any case.
func (t *Transport) again(request *http.Request, refusal *http.Response, token orylogin.Secret) (*http.Response, error) {
	source, ok := t.Source.(Renewer)
	if !ok {
		return refusal, nil
	}
	source.Refused(request.Context(), token)
	if !replayable(request) {
		return refusal, nil
	}
	fresh, err := source.Token(request.Context())
	if err != nil || fresh.Equal(token) || checkToken(fresh) != nil {
		return refusal, nil //nolint:nilerr // the answer says more than that there is no other token
	}
	body, err := replay(request)
	if err != nil {
		return refusal, nil //nolint:nilerr // likewise
	}
	discard(refusal)
	response, err := t.send(request, body, fresh)
	if err == nil && response != nil && response.StatusCode == http.StatusUnauthorized {
		source.Refused(request.Context(), fresh)
	}
	return response, err
}

// send sends a copy of the request with the body and the token. The answer has the
// caller's request, not the one with the token.
func (t *Transport) send(request *http.Request, body io.ReadCloser, token orylogin.Secret) (*http.Response, error) {
	clone := request.Clone(request.Context())
	clone.Body = body
	if clone.Header == nil {
		clone.Header = http.Header{}
	}
	t.setToken(clone.Header, token)
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	response, err := base.RoundTrip(clone)
	if response != nil {
		response.Request = request
	}
	return response, err
}

// setToken sets the token and no other. Servers prefer X-Session-Token, so that one
// of the caller's would hide the token.
func (t *Transport) setToken(header http.Header, token orylogin.Secret) {
	header.Del(tokenHeader)
	if t.Bearer {
		header.Del(bearerHeader)
	}
	switch {
	case token.IsZero():
	case t.Bearer:
		header.Set(bearerHeader, bearerScheme+" "+token.Reveal())
	default:
		header.Set(tokenHeader, token.Reveal())
	}
}

func replayable(request *http.Request) bool {
	return request.Body == nil || request.Body == http.NoBody || request.GetBody != nil
}

func replay(request *http.Request) (io.ReadCloser, error) {
	if request.Body == nil || request.Body == http.NoBody {
		return request.Body, nil
	}
	return request.GetBody()
}

// discard closes an answer, read to its end if that is near, which lets the
// connection be used again.
func discard(response *http.Response) {
	const near = 64 << 10
	if response.Body != nil {
		_, _ = io.CopyN(io.Discard, response.Body, near)
		_ = response.Body.Close()
	}
}
