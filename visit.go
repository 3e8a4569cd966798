package orylogin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/orylogin/orylogin/internal/header"
	"github.com/orylogin/orylogin/internal/hidden"
)

// Visit is one request of a browser to the application. The application renders the page and
// the form, and the session is in a cookie of the browser. Make a Visit with [Client.Visit]
// for each request. It is not safe for concurrent use.
//
// A Visit sends the server only those cookies of the request that the server needs. A handler
// that calls [Visit.SubmitForm] needs no protection against cross-site requests: the server
// checks the csrf_token of the form. [Visit.Submit] sends that token itself, so the
// application must protect a handler that calls it, and its other POST handlers, for example
// with [http.CrossOriginProtection].
//
// Before a method returns, it adds the cookies that the server has set to the header of the
// ResponseWriter. So call it before the status or the body is written. It adds only cookies
// whose names pass between browser and server: see [WithCookies]. It adds none of an answer
// that is [ErrUnknownAnswer] or a [*RedirectError], and none of a login that is a
// [*SessionChangedError].
type Visit struct {
	client  *Client
	writer  hidden.Value[http.ResponseWriter] // nil for none
	call    hidden.Value[*call]
	err     error    // why nothing can be sent
	origins []string // the origins that a login may return to
	purpose FlowOptions
	flow    hidden.Value[*Flow] // the last flow that the visit has seen; nil for none

	hadCookies bool // the browser has sent a cookie of the server

	browser []cookie               // the cookies of the browser
	cookies []cookie               // the cookies for the server, including those that it has set during this method
	set     hidden.Value[[]string] // the Set-Cookie lines of this method
	kept    hidden.Value[[]string] // the Set-Cookie lines that no ResponseWriter has got
	clear   string                 // the Clear-Site-Data header of the logout
}

// Visit returns a Visit for the browser's request r and the answer w. It reads the cookies of
// r and, for [Next], the query. w may be nil: then [Visit.CookieLines] has the cookies for
// the browser. The options [WithCallHeader] and [WithDevice] count for each method of the
// Visit. If an option is not valid, each method returns [ErrInvalidCall]. If the request has
// more than 64 KiB or 1,000 cookies, each method returns [ErrRequestTooLarge].
func (c *Client) Visit(w http.ResponseWriter, r *http.Request, opts ...CallOption) *Visit {
	v := &Visit{client: c, writer: hidden.New(w)}
	switch {
	case c == nil || c.config == nil:
		v.err = invalidCall("orylogin: the Client was not made by New")
	case r == nil:
		v.err = invalidCall("orylogin: the request is nil")
	default:
		cookies, err := requestCookies(r, c.config.cookies.forwards)
		v.call, v.browser, v.cookies, v.err = hidden.New(c.call(opts, noExtra)), cookies, cookies, err
		v.hadCookies, v.origins = len(cookies) > 0, c.config.returnOrigins
		if r.URL != nil {
			v.purpose.take(r.URL.Query())
			v.purpose.ReturnTo, _ = SafeRedirect(v.purpose.ReturnTo, v.origins...)
			if path, _, _ := strings.Cut(v.purpose.ReturnTo, "?"); path == r.URL.Path {
				v.purpose.ReturnTo = "" // otherwise a link could lead from login to login
			}
		}
	}
	return v
}

// CookieLines returns the values of the Set-Cookie headers that the server has sent and that
// no ResponseWriter has got. It is for an application that answers browsers without a
// ResponseWriter.
func (v *Visit) CookieLines() []string {
	if v == nil {
		return nil
	}
	return slices.Clone(v.kept.Reveal())
}

// shown is the number of the visit's cookies.
func (v *Visit) shown() string { return fmt.Sprintf("visit with %d cookies", len(v.browser)) }

const acceptHTML = "text/html"

// send sends a request with the visit's cookies and keeps the cookies of the answer.
func (v *Visit) send(ctx context.Context, r request) (*answer, error) {
	switch {
	case v == nil || v.client == nil && v.err == nil:
		return nil, invalidCall("orylogin: the Visit was not made by Client.Visit")
	case v.err != nil:
		return nil, v.err
	}
	sent := v.cookies
	if r.noSession {
		sent = slices.DeleteFunc(slices.Clone(sent), v.isSession)
	}
	r.cookies = cookieHeader(sent)
	answer, err := v.call.Reveal().send(ctx, r)
	if err != nil {
		return nil, err
	}
	lines := answer.header.Values("Set-Cookie")
	if len(lines) > maxSetCookies || sizeOf(lines) > header.MaxCookieBytes {
		err := answer.unknown("it sets more than 50 cookies, or more than 64 KiB of cookies")
		answer.observe(ctx, err)
		return nil, err
	}
	answer.setsSession = v.take(lines)
	return answer, nil
}

// take keeps Set-Cookie lines for the browser, and their cookies for the next request of this
// method. If several lines set one cookie, the last one counts. It reports whether a line sets
// a session cookie.
func (v *Visit) take(lines []string) bool {
	var set []string
	var cookies []cookie
	names := map[string]bool{}
	for _, line := range slices.Backward(lines) {
		parsed, err := http.ParseSetCookie(line)
		if err != nil || !v.client.config.cookies.forwards(parsed.Name) {
			continue
		}
		set = append(set, line)
		if !names[parsed.Name] && !isDeletion(parsed) {
			cookies = append(cookies, newCookie(parsed))
		}
		names[parsed.Name] = true
	}
	slices.Reverse(set)
	slices.Reverse(cookies)
	v.set = hidden.New(append(v.set.Reveal(), set...))
	v.cookies = append(slices.DeleteFunc(slices.Clone(v.cookies), func(c cookie) bool { return names[c.name] }), cookies...)
	return slices.ContainsFunc(cookies, v.isSession)
}

// settle gives the browser the cookies of a method when the method ends.
func (v *Visit) settle(err error) {
	if v == nil {
		return
	}
	var redirect *RedirectError
	var changed *SessionChangedError
	if errors.Is(err, ErrUnknownAnswer) || errors.As(err, &redirect) || errors.As(err, &changed) {
		v.set, v.cookies = nil, v.browser
		return
	}
	v.browser = v.cookies
	if writer := v.writer.Reveal(); writer == nil {
		v.kept = hidden.New(append(v.kept.Reveal(), v.set.Reveal()...))
	} else {
		for _, line := range v.set.Reveal() {
			writer.Header().Add("Set-Cookie", line)
		}
	}
	v.set = nil
}

// hasSession reports whether the browser has a session cookie.
func (v *Visit) hasSession() bool { return slices.ContainsFunc(v.cookies, v.isSession) }

func (v *Visit) isSession(c cookie) bool { return v.client.config.cookies.isSession(c.name) }
