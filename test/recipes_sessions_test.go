package test

import (
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest/tab"
)

// The next part is docs/tokens.md. The test of the examples holds it to that page.

var sessionsPage = template.Must(template.New("sessions").Parse(`<!doctype html>
<html lang="en"><title>Where you are logged in</title>
<p>This device, since {{.Own.AuthenticatedAt}}</p>
{{define "device"}}{{with .Devices}}{{(index . 0).UserAgent}}{{else}}A device{{end}}, since {{.AuthenticatedAt}}{{end}}
{{range .Others}}<form method="post"><p>{{template "device" .}}
<button name="id" value="{{.ID}}" aria-label="Log out there: {{template "device" .}}">Log out there</button></p></form>
{{end}}{{if .Others}}<form method="post"><button name="id" value="all">Log out everywhere else</button></form>{{end}}`))

// newSessions returns the handler of the page /sessions. A POST revokes the session that its
// field id names, or all others.
func newSessions(client *orylogin.Client) http.Handler {
	page := func(w http.ResponseWriter, r *http.Request) {
		visit := newVisit(client, w, r)
		own, err := visit.Whoami(r.Context())
		if err == nil && r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
			if id := r.PostFormValue("id"); id == "all" {
				err = visit.OtherSessions().RevokeAll(r.Context())
			} else {
				err = visit.OtherSessions().Revoke(r.Context(), id)
			}
		}
		var others []*orylogin.Session
		if err == nil {
			others, err = visit.OtherSessions().List(r.Context(), 1)
		}
		switch next := visit.AfterFlow(nil, err); {
		case err == nil && r.Method == http.MethodPost:
			http.Redirect(w, r, "/sessions", http.StatusSeeOther)
		case err == nil:
			w.Header().Set("Cache-Control", "no-store")
			_ = sessionsPage.Execute(w, map[string]any{"Own": own, "Others": others})
		case next.Start != nil: // no session, or a required second factor is missing
			http.Redirect(w, r, "/login?return_to=/sessions", http.StatusSeeOther)
		default:
			http.Error(w, "please try again later", next.Status)
		}
	}
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(page))
}

// sessionsOf sends a person's request to the page of docs/tokens.md.
func sessionsOf(p *person, method, from string, form url.Values) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), method, "/sessions", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", from)
	for name, value := range p.cookies {
		r.Header.Add("Cookie", name+"="+value)
	}
	w := httptest.NewRecorder()
	newSessions(p.client).ServeHTTP(w, r)
	return w
}

// TestRecipeSessions lists and revokes sessions with the page of docs/tokens.md.
func TestRecipeSessions(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	p := newPerson(t, client)
	w := sessionsOf(p, http.MethodGet, "none", nil)
	require.Equal(t, http.StatusSeeOther, w.Code, "a stranger")
	require.Equal(t, "/login?return_to=/sessions", w.Header().Get("Location"))

	_, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	w = sessionsOf(p, http.MethodGet, "none", nil)
	require.Equal(t, http.StatusOK, w.Code)
	require.NotContains(t, w.Body.String(), "<form", "there is no other session")

	phone := logIns(t, client, 1, orylogin.WithDevice("A phone", netip.MustParseAddr("192.0.2.7")))[0]
	require.Contains(t, sessionsOf(p, http.MethodGet, "none", nil).Body.String(), "A phone")
	form := url.Values{"id": {phone.Session.ID}}
	require.Equal(t, http.StatusForbidden, sessionsOf(p, http.MethodPost, "cross-site", form).Code)
	_, err = client.Whoami(t.Context(), phone.Token)
	require.NoError(t, err)
	w = sessionsOf(p, http.MethodPost, "same-origin", form)
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Equal(t, "/sessions", w.Header().Get("Location"))
	_, err = client.Whoami(t.Context(), phone.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.Equal(t, http.StatusBadRequest, sessionsOf(p, http.MethodPost, "same-origin", nil).Code, "no id")
}

// TestRecipeSessionsTab presses the buttons of the page. Two of the sessions are of one device.
func TestRecipeSessionsTab(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	p := newPerson(t, client)
	_, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	phones := logIns(t, client, 3, orylogin.WithDevice("A phone", netip.MustParseAddr("192.0.2.7")))
	app := httptest.NewServer(newSessions(client))
	t.Cleanup(app.Close)
	var cookies []*http.Cookie
	for name, value := range p.cookies {
		cookies = append(cookies, &http.Cookie{Name: name, Value: value})
	}
	page := tab.Open(t, app.URL+"/sessions", cookies...)
	left := func() []int {
		var left []int
		for i, phone := range phones {
			if _, err := client.Whoami(t.Context(), phone.Token); err == nil {
				left = append(left, i)
			}
		}
		return left
	}
	page.Press("Log out there: A phone, since "+phones[1].Session.AuthenticatedAt.String(), nil)
	require.Equal(t, []int{0, 2}, left())
	page.Press("Log out everywhere else", nil)
	require.Empty(t, left())
	require.NotContains(t, page.Text(), "Log out")
	_, err = p.whoami()
	require.NoError(t, err)
}

// TestOneDevice checks that a session keeps the device with which it began.
func TestOneDevice(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	login := logIns(t, client, 1, orylogin.WithDevice("A phone", netip.MustParseAddr("192.0.2.7")))[0]
	_, err := client.Refresh(t.Context(), login.Token, asAda, orylogin.WithDevice("A laptop", netip.MustParseAddr("192.0.2.8")))
	require.NoError(t, err)
	who, err := client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	require.Len(t, who.Devices, 1)
	require.Equal(t, "A phone", who.Devices[0].UserAgent)
}
