package test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

const uiURL = "http://127.0.0.1:4455"

// person is a user at a browser. A visit is made with the browser's cookies, and the browser
// keeps the cookies that the visit sets.
type person struct {
	t       *testing.T
	client  *orylogin.Client
	cookies map[string]string
	opts    []orylogin.CallOption // of each visit
	page    string                // the visited page; empty for the first one
}

func newPerson(t *testing.T, client *orylogin.Client) *person {
	t.Helper()
	return &person{t: t, client: client, cookies: map[string]string{"tracking": "no business of Kratos"}}
}

// visit calls do with a visit and keeps the cookies that it sets.
func (p *person) visit(do func(*orylogin.Visit)) {
	p.t.Helper()
	request := httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, cmp.Or(p.page, "/"), nil)
	for name, value := range p.cookies {
		request.Header.Add("Cookie", name+"="+value)
	}
	recorder := httptest.NewRecorder()
	do(p.client.Visit(recorder, request, p.opts...))
	for _, cookie := range recorder.Result().Cookies() {
		if cookie.MaxAge < 0 || cookie.Value == "" {
			delete(p.cookies, cookie.Name)
		} else {
			p.cookies[cookie.Name] = cookie.Value
		}
	}
}

func (p *person) create(options orylogin.FlowOptions) *orylogin.Flow {
	p.t.Helper()
	var flow *orylogin.Flow
	p.visit(func(v *orylogin.Visit) {
		var err error
		flow, err = v.CreateFlow(p.t.Context(), options)
		require.NoError(p.t, err)
	})
	return flow
}

func (p *person) submit(flow *orylogin.Flow, method orylogin.Method) (*orylogin.Login, error) {
	p.t.Helper()
	var login *orylogin.Login
	var err error
	p.visit(func(v *orylogin.Visit) { login, err = v.Submit(p.t.Context(), flow, method) })
	require.Equal(p.t, err == nil, login != nil)
	return login, err
}

func (p *person) submitForm(flow *orylogin.Flow, fields map[string]string) (*orylogin.Login, error) {
	p.t.Helper()
	form := url.Values{}
	for _, node := range flow.UI.Nodes {
		if node.Attributes.Name == "csrf_token" {
			form.Set("csrf_token", node.Attributes.Value.Text())
		}
	}
	for name, value := range fields {
		form.Set(name, value)
	}
	var login *orylogin.Login
	var err error
	p.visit(func(v *orylogin.Visit) { login, err = v.SubmitForm(p.t.Context(), flow.ID, form) })
	require.Equal(p.t, err == nil, login != nil)
	return login, err
}

func (p *person) whoami() (*orylogin.Session, error) {
	p.t.Helper()
	var session *orylogin.Session
	var err error
	p.visit(func(v *orylogin.Visit) { session, err = v.Whoami(p.t.Context()) })
	return session, err
}
