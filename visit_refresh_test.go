package orylogin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// signedIn returns the request of a browser in which ada is logged in.
func signedIn(t *testing.T, client *orylogin.Client) *http.Request {
	t.Helper()
	visit := client.Visit(nil, pageRequest(t, ""))
	_, err := visit.Submit(t.Context(), newFlow(t, visit), password)
	require.NoError(t, err)
	return requestWith(t, visit.CookieLines())
}

// requestWith returns the request of a browser that has got the Set-Cookie lines.
func requestWith(t *testing.T, lines []string) *http.Request {
	t.Helper()
	r := pageRequest(t, "")
	for _, line := range lines {
		cookie, err := http.ParseSetCookie(line)
		require.NoError(t, err)
		r.Header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	return r
}

// TestRefreshOfSomebodyElse checks that a browser keeps its session if a refresh logs in
// another user. If its own user logs in, the browser gets the refreshed session.
func TestRefreshOfSomebodyElse(t *testing.T) {
	t.Parallel()
	alan := orylogintest.Identity{ID: "a", Email: "alan@example.com", Password: "hunter2"}
	for name, submit := range map[string]func(*orylogin.Visit, *orylogin.Flow, string) (*orylogin.Login, error){
		"JSON": func(v *orylogin.Visit, flow *orylogin.Flow, who string) (*orylogin.Login, error) {
			return v.Submit(t.Context(), flow, orylogin.Password{Identifier: who, Password: password.Password})
		},
		"form": func(v *orylogin.Visit, flow *orylogin.Flow, who string) (*orylogin.Login, error) {
			return v.SubmitForm(t.Context(), flow.ID, url.Values{
				"method": {"password"}, "identifier": {who}, "password": {"hunter2"}, "csrf_token": flow.Choices("csrf_token"),
			})
		},
	} {
		for _, release := range []orylogintest.Release{orylogintest.V0_8, orylogintest.V1_3, orylogintest.V26_2} {
			if name == "form" && release == orylogintest.V0_8 {
				continue // its forms have another name for the field
			}
			server := kratosOfPages(t, orylogintest.WithRelease(release))
			server.AddIdentity(alan)
			client := server.Client()
			r := signedIn(t, client)

			w := httptest.NewRecorder()
			visit := client.Visit(w, r)
			flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true})
			require.NoError(t, err)
			_, err = submit(visit, flow, "alan@example.com")
			var changed *orylogin.SessionChangedError
			require.ErrorAs(t, err, &changed, name)
			require.Equal(t, "a", changed.Login.Session.Identity.ID)
			require.Empty(t, w.Header()["Set-Cookie"], name)

			session, err := visit.Whoami(t.Context())
			require.NoError(t, err)
			require.Equal(t, "i", session.Identity.ID, "%s: the visit stays with the session that the browser has", name)

			flow, err = visit.CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true})
			require.NoError(t, err)
			login, err := submit(visit, flow, "ada@example.com")
			require.NoError(t, err, name)
			require.Equal(t, "i", login.Session.Identity.ID)
			require.NotEmpty(t, w.Header()["Set-Cookie"], name)
		}
	}
}

// TestRefreshWithoutSession checks that nothing is submitted to a refresh flow whose session is
// gone: nobody could tell whether the same user logs in. Without a session, no such flow is
// created.
func TestRefreshWithoutSession(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	client := server.Client()
	for name, end := range map[string]func(*http.Request){
		"revoked":     func(*http.Request) { server.ExpireSessions("i") },
		"left out":    func(r *http.Request) { withoutSession(r) },
		"not created": nil,
	} {
		r := signedIn(t, client)
		if end == nil {
			withoutSession(r)
			_, err := client.Visit(nil, r).CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true})
			require.ErrorIs(t, err, orylogin.ErrSessionInactive)
			continue
		}
		flow, err := client.Visit(nil, r).CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true})
		require.NoError(t, err)
		submissions := len(server.Requests(orylogintest.Submit))
		end(r)
		for _, err := range []error{
			only(client.Visit(nil, r).Submit(t.Context(), flow, password)),
			only(client.Visit(nil, r).SubmitForm(t.Context(), flow.ID, formOf(flow, "ada@example.com"))),
		} {
			require.ErrorIs(t, err, orylogin.ErrSessionInactive, name)
		}
		server.ExpectCalls(orylogintest.Submit, submissions)
	}
}

// withoutSession removes the session cookie from a request.
func withoutSession(r *http.Request) {
	cookies := r.Cookies()
	r.Header.Del("Cookie")
	for _, cookie := range cookies {
		if cookie.Name != "ory_kratos_session" {
			r.AddCookie(cookie)
		}
	}
}

func formOf(flow *orylogin.Flow, who string) url.Values {
	return url.Values{
		"method": {"password"}, "identifier": {who}, "password": {"hunter2"}, "csrf_token": flow.Choices("csrf_token"),
	}
}

// TestRefreshWithFactorOwed checks that a refresh never becomes the login of another user,
// whichever of the two owes a second factor.
func TestRefreshWithFactorOwed(t *testing.T) {
	t.Parallel()
	for _, release := range []orylogintest.Release{orylogintest.V1_3, orylogintest.V26_2} {
		server := kratosOfPages(t, orylogintest.WithRelease(release), orylogintest.WithHighestAAL())
		server.AddIdentity(orylogintest.Identity{ID: "a", Email: "alan@example.com", Password: "hunter2"})
		client := server.Client()
		signIn := func(who string) *http.Request {
			visit := client.Visit(nil, pageRequest(t, ""))
			_, _ = visit.Submit(t.Context(), newFlow(t, visit), orylogin.Password{Identifier: who, Password: password.Password})
			return requestWith(t, visit.CookieLines())
		}
		for name, submit := range map[string]func(*orylogin.Visit, *orylogin.Flow, string) error{
			"JSON": func(v *orylogin.Visit, flow *orylogin.Flow, who string) error {
				return only(v.Submit(t.Context(), flow, orylogin.Password{Identifier: who, Password: password.Password}))
			},
			"form": func(v *orylogin.Visit, flow *orylogin.Flow, who string) error {
				return only(v.SubmitForm(t.Context(), flow.ID, formOf(flow, who)))
			},
		} {
			w := httptest.NewRecorder()
			visit := client.Visit(w, signIn("alan@example.com"))
			flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true})
			require.NoError(t, err)
			w.Header().Del("Set-Cookie")
			err = submit(visit, flow, "ada@example.com") // ada owes a second factor
			var changed *orylogin.SessionChangedError
			require.ErrorAs(t, err, &changed, name)
			require.Empty(t, w.Header()["Set-Cookie"], name)

			visit = client.Visit(nil, signIn("ada@example.com"))
			flow, err = visit.CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true})
			require.NoError(t, err)
			err = submit(visit, flow, "alan@example.com")
			require.Equal(t, orylogin.OutcomeSecondFactor, orylogin.OutcomeOf(err), "%s: %v", name, err)
		}
	}
}

// TestWhoamiThatFails checks that nothing is submitted to a refresh flow if whoami fails.
func TestWhoamiThatFails(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	visit := server.Client().Visit(nil, signedIn(t, server.Client()))
	flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true})
	require.NoError(t, err)
	server.Respond(orylogintest.Whoami, http.StatusBadGateway, "<html>")
	submissions := len(server.Requests(orylogintest.Submit))
	_, err = visit.Submit(t.Context(), flow, password)
	require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err))
	_, err = visit.SubmitForm(t.Context(), flow.ID, url.Values{"method": {"password"}})
	require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err))
	server.ExpectCalls(orylogintest.Submit, submissions)
}

// TestRefusedFlowGoesBack submits to the flow in an error.
func TestRefusedFlowGoesBack(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	visit := server.Client().Visit(nil, pageRequest(t, ""))
	_, err := visit.Submit(t.Context(), newFlow(t, visit), orylogin.Password{Identifier: "ada@example.com"})
	var refused *orylogin.ValidationError
	require.ErrorAs(t, err, &refused)
	_, err = visit.Submit(t.Context(), refused.Flow, password)
	require.NoError(t, err)
}

// TestExpiredAboutSession checks that an expired flow about a session is reported as expired,
// by JSON and by form. It checks the same for a browser that is already logged in.
func TestExpiredAboutSession(t *testing.T) {
	t.Parallel()
	for _, release := range []orylogintest.Release{orylogintest.V1_3, orylogintest.V25_4, orylogintest.V26_2} {
		server := kratosOfPages(t, orylogintest.WithRelease(release))
		client := server.Client()
		r, plain := signedIn(t, client), newFlow(t, client.Visit(nil, pageRequest(t, "")))
		for name, submit := range map[string]func(*orylogin.Flow) error{
			"JSON": func(flow *orylogin.Flow) error {
				return only(client.Visit(nil, r).Submit(t.Context(), flow, password))
			},
			"form": func(flow *orylogin.Flow) error {
				return only(client.Visit(nil, r).SubmitForm(t.Context(), flow.ID, url.Values{
					"method": {"password"}, "identifier": {"ada@example.com"}, "password": {"hunter2"},
					"csrf_token": flow.Choices("csrf_token"),
				}))
			},
		} {
			for _, options := range []orylogin.FlowOptions{{Refresh: true}, {AAL: orylogin.AAL2}} {
				flow, err := client.Visit(nil, r).CreateFlow(t.Context(), options)
				require.NoError(t, err)
				server.ExpireFlow(flow.ID)
				err = submit(flow)
				var expired *orylogin.ExpiredError
				require.ErrorAs(t, err, &expired, "%s %s %v", name, release, options)
				require.Empty(t, expired.UseFlowID)
				require.NotErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable)
			}
			err := submit(plain)
			require.Equal(t, orylogin.OutcomeAlreadyLoggedIn, orylogin.OutcomeOf(err), "%s %s: %v", name, release, err)
		}
	}
}

// TestSecondFactorTwice submits a second factor twice, as a double click does. The flow has not
// expired, and the session has both factors.
func TestSecondFactorTwice(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	client := server.Client()
	graces := tokenOf(t, client, grace)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{AAL: orylogin.AAL2}, orylogin.WithSessionToken(graces))
	require.NoError(t, err)
	_, err = client.Submit(t.Context(), flow.ID, backup, orylogin.WithSessionToken(graces))
	require.NoError(t, err)
	_, err = client.Submit(t.Context(), flow.ID, backup, orylogin.WithSessionToken(graces))
	require.Equal(t, orylogin.OutcomeAlreadyLoggedIn, orylogin.OutcomeOf(err), "%v", err)
}
