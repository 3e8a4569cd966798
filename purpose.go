package orylogin

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/orylogin/orylogin/internal/hidden"
)

// A visit knows what its login is for, in the form of flow options. It takes them from the query
// of the page, and then from the flows that it sees.

// texts returns the options that are texts, by the names of their parameters.
func (o *FlowOptions) texts() map[string]*string {
	return map[string]*string{
		"aal": (*string)(&o.AAL), "return_to": &o.ReturnTo, "login_challenge": &o.LoginChallenge,
		"via": &o.Via, "organization": &o.Organization, "identity_schema": &o.IdentitySchema,
	}
}

// query returns the query that creates a flow. The page for the flow has the same query. Kratos
// has no parameter for IgnoreSession, but it keeps the parameter prompt of OpenID Connect in
// the flow's request URL.
func (o FlowOptions) query() url.Values {
	query := url.Values{}
	for name, value := range o.texts() {
		if *value != "" {
			query.Set(name, *value)
		}
	}
	if o.Refresh {
		query.Set("refresh", "true")
	}
	if o.TokenExchange {
		query.Set("return_session_token_exchange_code", "true")
	}
	if o.IgnoreSession {
		query.Set("prompt", "login")
	}
	return query
}

// edit adds the options to the request that creates a flow.
func (o FlowOptions) edit(r *http.Request) {
	if o != (FlowOptions{}) {
		r.URL.RawQuery = o.query().Encode()
	}
}

// take reads the options from a query. It leaves out a refresh if there is a login challenge:
// the server then asks for one itself if it is needed.
func (o *FlowOptions) take(query url.Values) {
	if query.Get("aal") != string(AAL2) {
		query.Del("aal")
	}
	for name, value := range o.texts() {
		*value = cmp.Or(query.Get(name), *value)
	}
	o.Refresh = (o.Refresh || query.Get("refresh") == "true") && o.LoginChallenge == ""
	o.IgnoreSession = o.IgnoreSession || query.Get("prompt") == "login"
}

// isMore reports whether the login is for something besides a session and a URL to return to.
func (o FlowOptions) isMore() bool {
	o.ReturnTo = ""
	return o != FlowOptions{}
}

// saw keeps the flow of the visit and what the login is for. The URL that created the flow says
// what it is for, even if the flow has replaced an expired one and is for less.
func (v *Visit) saw(flow *Flow) {
	if v == nil || flow == nil {
		return
	}
	v.flow = hidden.New(flow)
	if created, err := url.Parse(flow.RequestURL); err == nil {
		v.purpose.take(created.Query())
	}
	v.purpose.take(url.Values{
		"return_to": {flow.ReturnTo}, "login_challenge": {flow.OAuth2LoginChallenge}, "aal": {string(flow.RequestedAAL)},
	})
}
