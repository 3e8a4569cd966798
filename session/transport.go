package session

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/cause"
	hosts "github.com/orylogin/orylogin/internal/host"
	"github.com/orylogin/orylogin/internal/trace"
)

// Transport is an http.RoundTripper that adds the token of a source to requests. Use it in an
// http.Client: it checks each request of a chain of redirects. It is safe for concurrent use
// as long as nobody changes its fields.
//
// The token goes to the hosts in Hosts only. The request's URL and its field Host must both
// name one of them. A request to another host, also after a redirect, is sent without the
// token. The Transport removes the caller's own X-Session-Token from each request, and with
// Bearer the caller's Authorization, too. A request over plain http to a host in Hosts is an
// error, unless the host is loopback or PlainHTTP is set.
//
// No error of a Transport shows the token. No [net/http/httptrace.ClientTrace] of the
// request's context sees it: for a request with the token, the trace gets the names of
// headers and [redacted] for their values.
//
// After a 401, if the source is a [Renewer], the Transport calls Refused. If the request has
// no body, or has GetBody, the Transport sends it once more with the new token, and closes the
// body of the 401 unread. Otherwise the caller gets the 401. If the second answer is a 401,
// too, the caller gets the second. If the login of the source fails, the caller gets the 401
// and no error. Then the Token of the source and the next request return the error of that
// login, such as [ErrStopped]. During the pause after two refused tokens, the caller gets the
// 401, too, and Token returns the second token.
type Transport struct {
	// Source provides the token. It must not be nil.
	Source TokenSource

	// Hosts are the hosts that get the token, "api.example.com" or "api.example.com:8443",
	// regardless of case. A host without a port has the default port of the request's scheme.
	// There must be at least one host. There are no wildcards.
	Hosts []string

	// Bearer sends the token as "Authorization: Bearer" instead of X-Session-Token.
	Bearer bool

	// PlainHTTP allows plain http to the hosts in Hosts. The token then crosses the network
	// unencrypted, and anybody who reads it there can use it. Set it only where the network
	// is trusted or encrypts by itself, such as in a cluster. Default: plain http to loopback
	// hosts only.
	PlainHTTP bool

	// Base sends the requests. Default: http.DefaultTransport.
	Base http.RoundTripper

	parse    sync.Once // of Hosts
	hosts    hosts.List
	hostsErr error
}

const (
	tokenHeader  = "X-Session-Token"
	bearerHeader = "Authorization"
	bearerScheme = "Bearer"
)

// RoundTrip sends the request, as [http.RoundTripper] demands. It returns the error of
// Source, an error about the Transport's fields or the request's URL, or the error of Base.
// After a request with the token, the text of an error of Base says only its kind, since its
// own text may quote the token; [errors.Is] and [errors.As] find the error. The same holds
// for errors of reading the answer. The outcome of an error of Base is
// [orylogin.OutcomeOther], since it is not about a request to Kratos.
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

// token returns the token for the request. It returns the zero Secret if the request gets none.
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
	case request.URL == nil:
		return false, errors.New("orylogin/session: the request has no URL")
	}
	t.parse.Do(func() { t.hosts, t.hostsErr = hosts.ParseList("orylogin/session", t.Hosts) })
	if t.hostsErr != nil || !t.hosts.Contains(request) {
		return false, t.hostsErr
	}
	if request.URL.Opaque != "" {
		return false, errors.New("orylogin/session: the token is not sent with an opaque URL, which can name another host")
	}
	return true, t.checkScheme(request.URL)
}

// checkScheme returns an error if others could read the token on its way.
func (t *Transport) checkScheme(target *url.URL) error {
	switch {
	case hosts.IsConfidential(target), t.PlainHTTP && target.Scheme == "http":
		return nil
	case target.Scheme == "http":
		return errors.New("orylogin/session: the token is sent only over https, unless the Transport's PlainHTTP is set")
	default:
		return errors.New("orylogin/session: the token is sent only by http or https")
	}
}

// again sends the request once more if there is a new token and the body can be sent again.
// It always returns an answer.
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
		return refusal, nil //nolint:nilerr // the 401 says more than the error about another token
	}
	body, err := replay(request)
	if err != nil {
		return refusal, nil //nolint:nilerr // as above
	}
	if refusal.Body != nil {
		_ = refusal.Body.Close() // unread, since the body may never end
	}
	response, err := t.send(request, body, fresh)
	if err == nil && response != nil && response.StatusCode == http.StatusUnauthorized {
		source.Refused(request.Context(), fresh)
	}
	return response, err
}

// send sends a copy of the request with the body and the token. The answer refers to the
// caller's request, not to the copy with the token.
func (t *Transport) send(request *http.Request, body io.ReadCloser, token orylogin.Secret) (*http.Response, error) {
	clone := request.Clone(request.Context())
	clone.Body = body
	clone.URL.Host = hosts.Lower(clone.URL.Host) // the checked host is the one that is used
	if clone.Header == nil {
		clone.Header = http.Header{}
	}
	t.setToken(clone.Header, token)
	if !token.IsZero() {
		clone = trace.WithoutValues(clone)
	}
	response, err := cmp.Or(t.Base, http.DefaultTransport).RoundTrip(clone)
	if response != nil {
		response.Request = request
	}
	if token.IsZero() {
		return response, err
	}
	if err != nil {
		err = baseError{cause.New(err)}
	} else if response != nil && response.Body != nil && response.StatusCode != http.StatusSwitchingProtocols {
		response.Body = answerBody{response.Body}
	}
	return response, err
}

// setToken sets the token and removes any other. Servers prefer X-Session-Token, so such a
// header of the caller would hide the token.
func (t *Transport) setToken(header http.Header, token orylogin.Secret) {
	name, value := tokenHeader, token.Reveal()
	remove(header, tokenHeader)
	if t.Bearer {
		name, value = bearerHeader, bearerScheme+" "+value
		remove(header, bearerHeader)
	}
	if !token.IsZero() {
		header.Set(name, value)
	}
}

// remove deletes a header in every spelling of its name, since net/http sends names as they
// are.
func remove(header http.Header, name string) {
	maps.DeleteFunc(header, func(key string, _ []string) bool { return strings.EqualFold(key, name) })
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

// baseError is an error of Base for a request with the token. Its own text may quote the token.
type baseError struct{ cause.Cause }

// Error says why there is no answer.
func (e baseError) Error() string { return "orylogin/session: no answer: " + cause.Text(e.Cause) }

// Timeout reports whether a time limit has passed. [url.Error] asks for it.
func (e baseError) Timeout() bool {
	var limit interface{ Timeout() bool }
	return e.As(&limit) && limit.Timeout()
}

// answerBody is the body of an answer. Its errors may also quote the token.
type answerBody struct{ io.ReadCloser }

func (b answerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = baseError{cause.New(err)}
	}
	return n, err
}
