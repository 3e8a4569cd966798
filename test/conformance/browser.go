package conformance

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Browser is a client with cookies. It sends and accepts JSON, as a script of a page does, or
// it sends forms and accepts HTML, as a browser itself does.
type Browser struct {
	run     *Run
	cookies map[string]string
}

// Browser returns a browser without cookies.
func (r *Run) Browser() *Browser { return &Browser{run: r, cookies: map[string]string{}} }

// take keeps the cookies that an answer sets.
func (b *Browser) take(cookies []*http.Cookie) {
	for _, cookie := range cookies {
		if removed(cookie) {
			delete(b.cookies, cookie.Name)
		} else {
			b.cookies[cookie.Name] = cookie.Value
		}
	}
}

// header returns the Cookie header.
func (b *Browser) header() string {
	pairs := make([]string, 0, len(b.cookies))
	for _, name := range slices.Sorted(maps.Keys(b.cookies)) {
		pairs = append(pairs, name+"="+b.cookies[name])
	}
	return strings.Join(pairs, "; ")
}

// Forget removes the cookies whose names begin with prefix.
func (b *Browser) Forget(prefix string) {
	maps.DeleteFunc(b.cookies, func(name, _ string) bool { return strings.HasPrefix(name, prefix) })
}

// CreateFlow starts a flow as a script does. It adds the line of the answer.
func (b *Browser) CreateFlow(query string, with ...With) Answer {
	return b.Send(http.MethodGet, withQuery(browserPath, query), nil, with...)
}

// OpenFlow starts a flow as a browser does. It adds the line of the answer.
func (b *Browser) OpenFlow(query string) Answer { return b.CreateFlow(query, Accept(typeHTML)) }

// GetFlow fetches a flow. It adds the line of the answer.
func (b *Browser) GetFlow(id string, with ...With) Answer {
	return b.Send(http.MethodGet, flowsPath+"?id="+id, nil, with...)
}

// SubmitJSON submits fields and the CSRF token of the flow as a script does. It adds the line
// of the answer.
func (b *Browser) SubmitJSON(flow Flow, fields Fields, with ...With) Answer {
	return b.Send(http.MethodPost, submitPath+"?flow="+flow.ID, flow.protect(fields), with...)
}

// SubmitForm submits fields and the CSRF token of the flow as a browser does. It adds the line
// of the answer.
func (b *Browser) SubmitForm(flow Flow, fields Fields, with ...With) Answer {
	return b.Send(http.MethodPost, submitPath+"?flow="+flow.ID, flow.protect(fields).form(),
		append([]With{ContentType(typeForm), Accept(typeHTML)}, with...)...)
}

// Whoami asks for the session. It adds the line of the answer.
func (b *Browser) Whoami(with ...With) Answer {
	return b.Send(http.MethodGet, whoamiPath, nil, with...)
}

// Send sends any request. It adds the line of the answer.
func (b *Browser) Send(method, target string, body any, with ...With) Answer {
	answer := b.run.ask(b, method, target, body, with)
	b.run.observe(answer.describe(b.run.target) + arrow(b.outcome(answer)))
	return answer
}

// Flow starts a flow. It adds no line.
func (b *Browser) Flow(with ...With) Flow { return b.FlowFor("", with...) }

// FlowFor is Flow with a query, such as aal=aal2.
func (b *Browser) FlowFor(query string, with ...With) Flow {
	return b.run.ask(b, http.MethodGet, withQuery(browserPath, query), nil, with).Flow()
}

// ExpiredFlow is FlowFor for a flow that has expired.
func (b *Browser) ExpiredFlow(query string, with ...With) Flow {
	return b.run.expire(func() Flow { return b.FlowFor(query, with...) })
}

// LogIn logs an identity in with its password. It adds no line. After it the browser has a
// session cookie.
func (b *Browser) LogIn(identity Identity) {
	flow := b.Flow()
	answer := b.run.ask(b, http.MethodPost, submitPath+"?flow="+flow.ID, flow.protect(password(identity)), nil)
	if b.cookies[sessionCookie] == "" {
		b.run.must(errors.New(answer.describe(b.run.target)), "log in")
	}
}
