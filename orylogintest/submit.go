package orylogintest

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"time"
)

// submit answers a login form.
func (e *exchange) submit() {
	f, failed := e.submitted()
	if failed != nil {
		e.failTo(failed, nil)
		return
	}
	current := e.session()
	expired := e.now.After(f.expires)
	switch {
	case current != nil && !f.refresh && f.aal <= current.level:
		e.alreadyLoggedIn(f)
		return
	case current == nil && f.aal == "aal2":
		required := firstFactorRequired()
		e.failTo(&required, f)
		return
	case expired && current != nil && e.hangs:
		e.neverAnswer()
		return
	case expired && current != nil:
		e.alreadyLoggedIn(f)
		return
	case expired:
		e.expired(f, f.expires)
		return
	}
	e.logIn(f, current)
}

// submitted returns the flow that is submitted to.
func (e *exchange) submitted() (*flow, *failure) {
	id := e.query("flow")
	f := e.lookUp(id)
	switch {
	case f != nil:
		return f, nil
	case !isUUID(id):
		failed := badRequest("The flow query parameter is missing or malformed.")
		return nil, &failed
	default:
		failed := notFound()
		return nil, &failed
	}
}

func isUUID(id string) bool {
	dashes, digits := 0, 0
	for _, r := range id {
		switch {
		case r == '-':
			dashes++
		case r >= '0' && r <= '9', r >= 'a' && r <= 'f', r >= 'A' && r <= 'F':
			digits++
		default:
			return false
		}
	}
	return digits == 32 && dashes <= 4 && id != "00000000-0000-0000-0000-000000000000"
}

// failTo answers a submission with an error, as its flow and headers want it.
func (e *exchange) failTo(failed *failure, f *flow) {
	if e.wantsJSON() || f != nil && !f.browser {
		e.fail(*failed)
	} else {
		e.failForBrowser(*failed)
	}
}

// redirects reports whether a submission is answered by a redirect: it came from a
// browser's form.
func (e *exchange) redirects(f *flow) bool { return f.browser && !e.wantsJSON() }

// show answers a submission with its flow.
func (e *exchange) show(f *flow, status int) {
	if e.redirects(f) {
		e.redirect(status, f.page())
	} else {
		e.write(http.StatusBadRequest, e.flowJSON(f))
	}
}

func (e *exchange) alreadyLoggedIn(f *flow) {
	if e.redirects(f) {
		e.redirect(http.StatusSeeOther, defaultPage)
		return
	}
	e.refuse(f, generic(reasonSession))
}

// neverAnswer keeps the client waiting until it gives up, and nobody else.
func (e *exchange) neverAnswer() {
	e.mu.Unlock()
	defer e.mu.Lock()
	<-e.r.Context().Done()
}

// expired answers a submission whose flow, or code, has had its time.
func (e *exchange) expired(f *flow, at time.Time) {
	since := e.now.Sub(at)
	next := e.replace(f, since, at)
	if e.redirects(f) {
		e.redirect(http.StatusSeeOther, next.page())
		return
	}
	beside := object{"use_flow_id": next.id, "since": since.Nanoseconds()}
	if e.expiredAt {
		beside["expired_at"] = stamp(at)
	}
	e.fail(failure{
		status: http.StatusGone, id: "self_service_flow_expired",
		reason: fmt.Sprintf("The self-service flow expired %.2f minutes ago, initialize a new one.", since.Minutes()),
		text:   "self-service flow expired", beside: beside,
	})
}

// refuse tells in the flow what is wrong with a form.
func (e *exchange) refuse(f *flow, refusals ...*refusal) {
	f.messages, f.fields = nil, map[string][]object{}
	for _, each := range refusals {
		if each.field == "" {
			f.messages = append(f.messages, each.message)
		} else {
			f.fields[each.field] = append(f.fields[each.field], each.message)
		}
	}
	e.show(f, e.refusalStatus)
}

// logIn reads the form and lets its method check it.
func (e *exchange) logIn(f *flow, current *session) {
	fields, refused := e.form()
	if refused != nil {
		if !e.undecodable && refused.message["text"] == reasonNoJSON {
			e.failTo(&failure{status: http.StatusBadRequest, code: http.StatusInternalServerError, text: "unexpected EOF"}, f)
			return
		}
		e.refuse(f, refused)
		return
	}
	method := e.methodFor(f, fields)
	if method == nil {
		e.refuse(f, refuse(msgNoStrategy))
		return
	}
	method(&attempt{exchange: e, flow: f, session: current, fields: fields})
}

// form returns the fields that were submitted, in whichever form.
func (e *exchange) form() (map[string]string, *refusal) {
	if e.r.Method == http.MethodGet {
		if e.query("method") == "" {
			return nil, nil
		}
		return nil, generic(reasonMethod)
	}
	contentType := e.r.Header.Get("Content-Type")
	mediaType, _, _ := mime.ParseMediaType(contentType)
	fields := map[string]string{}
	switch {
	case len(e.body) == 0:
		return nil, generic(reasonEmpty)
	case mediaType == "application/json":
		var members map[string]any
		err := json.NewDecoder(e.reader()).Decode(&members)
		var mistyped *json.UnmarshalTypeError
		switch {
		case errors.As(err, &mistyped), err == nil && members == nil:
			return nil, generic(reasonNoObject)
		case err != nil:
			return nil, generic(reasonNoJSON)
		}
		for name, value := range members {
			fields[name] = text(value)
		}
	case mediaType == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(e.body))
		if err != nil {
			return nil, generic("%v", err)
		}
		for name := range values {
			fields[name] = values.Get(name)
		}
	case mediaType == "multipart/form-data": // taken, and not read
	default:
		return nil, generic(reasonContentType, contentType)
	}
	return fields, nil
}

// text is a JSON value as a form would have it.
func text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number, float64, bool:
		return fmt.Sprint(value)
	default:
		return ""
	}
}
