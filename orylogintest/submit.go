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
func (c *call) submit() {
	f, failed := c.submitted()
	if failed != nil {
		c.failTo(failed, nil)
		return
	}
	current := c.session()
	expired := c.now.After(f.expires)
	switch {
	case current != nil && !f.refresh && f.aal <= current.level:
		c.alreadyLoggedIn(f)
		return
	case current == nil && f.aal == "aal2":
		required := firstFactorRequired()
		c.failTo(&required, f)
		return
	case expired && current != nil && c.hangs:
		c.neverAnswer()
		return
	case expired && current != nil: // a form ends at the page of its flow, which says that the flow has expired
		c.refuse(f, generic(reasonSession))
		return
	case expired:
		c.expired(f, f.expires)
		return
	}
	c.logIn(f, current)
}

// submitted returns the flow of the submission.
func (c *call) submitted() (*flow, *failure) {
	id := c.query("flow")
	f := c.lookUp(id)
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

// failTo answers a submission with an error, in the form that fits the flow and the headers.
func (c *call) failTo(failed *failure, f *flow) {
	if c.wantsJSON() || f != nil && !f.browser {
		c.fail(*failed)
	} else {
		c.failForBrowser(*failed)
	}
}

// redirects reports whether the answer to a submission is a redirect. It is if a browser's form
// was submitted.
func (c *call) redirects(f *flow) bool { return f.browser && !c.wantsJSON() }

// show answers a submission with its flow.
func (c *call) show(f *flow, status int) {
	if c.redirects(f) {
		c.redirect(status, c.loginPage(f))
	} else {
		c.write(http.StatusBadRequest, c.flowJSON(f))
	}
}

func (c *call) alreadyLoggedIn(f *flow) {
	if c.redirects(f) {
		c.redirect(http.StatusSeeOther, c.page("/"))
		return
	}
	c.refuse(f, generic(reasonSession))
}

// neverAnswer waits until the client gives up. Other requests are answered meanwhile.
func (c *call) neverAnswer() {
	c.mu.Unlock()
	defer c.mu.Lock()
	<-c.r.Context().Done()
}

// expired answers a submission if its flow or its code has expired.
func (c *call) expired(f *flow, at time.Time) {
	since := c.now.Sub(at)
	next := c.replace(f, since, at)
	if c.redirects(f) {
		c.redirect(http.StatusSeeOther, c.loginPage(next))
		return
	}
	failed := flowExpired(since)
	failed.beside = object{"use_flow_id": next.id, "since": since.Nanoseconds()}
	if c.expiredAt {
		failed.beside["expired_at"] = stamp(at)
	}
	c.fail(failed)
}

func flowExpired(since time.Duration) failure {
	return failure{
		status: http.StatusGone, id: "self_service_flow_expired",
		reason: fmt.Sprintf("The self-service flow expired %.2f minutes ago, initialize a new one.", since.Minutes()),
		text:   "self-service flow expired",
	}
}

// refuse answers with the flow, which says what is wrong with the form.
func (c *call) refuse(f *flow, refusals ...*refusal) {
	f.tell(refusals)
	c.show(f, c.refusalStatus)
}

// tell replaces the messages of a flow.
func (f *flow) tell(refusals []*refusal) {
	f.messages, f.fields = nil, map[string][]object{}
	for _, each := range refusals {
		if each.field == "" {
			f.messages = append(f.messages, each.message)
		} else {
			f.fields[each.field] = append(f.fields[each.field], each.message)
		}
	}
}

// logIn reads the form and calls the function of its method.
func (c *call) logIn(f *flow, current *session) {
	fields, refused := c.form()
	if refused != nil {
		if !c.undecodable && refused.message["text"] == reasonNoJSON {
			c.failTo(&failure{status: http.StatusBadRequest, code: http.StatusInternalServerError, text: "unexpected EOF"}, f)
			return
		}
		c.refuse(f, refused)
		return
	}
	method := c.methodFor(f, fields)
	if method == nil {
		c.refuse(f, refuse(msgNoStrategy))
		return
	}
	method(&attempt{call: c, flow: f, session: current, fields: fields})
}

// form returns the submitted fields of a form or of JSON.
func (c *call) form() (map[string]string, *refusal) {
	if c.r.Method == http.MethodGet {
		if c.query("method") == "" {
			return nil, nil
		}
		return nil, generic(reasonMethod)
	}
	contentType := c.r.Header.Get("Content-Type")
	mediaType, _, _ := mime.ParseMediaType(contentType)
	fields := map[string]string{}
	switch {
	case len(c.body) == 0:
		return nil, generic(reasonEmpty)
	case mediaType == "application/json":
		var members map[string]any
		err := json.NewDecoder(c.reader()).Decode(&members)
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
		values, err := url.ParseQuery(string(c.body))
		if err != nil {
			return nil, generic("%v", err)
		}
		for name := range values {
			fields[name] = values.Get(name)
		}
	case mediaType == "multipart/form-data": // Kratos accepts the type and reads no fields
	default:
		return nil, generic(reasonContentType, contentType)
	}
	return fields, nil
}

// text returns a JSON value as the text that a form would have.
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
