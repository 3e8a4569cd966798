package guard

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/test/kratostest"
)

// browser is a browser in which ada has logged in to a real Kratos.
type browser struct{ cookies map[string]*http.Cookie }

func (b browser) request(t *testing.T) *http.Request {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for _, cookie := range b.cookies {
		request.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
	}
	return request
}

// take keeps the cookies of an answer and returns them.
func (b browser) take(answer *httptest.ResponseRecorder) []*http.Cookie {
	set := answer.Result().Cookies() //nolint:bodyclose // there is none
	for _, cookie := range set {
		b.cookies[cookie.Name] = cookie
	}
	return set
}

func logIn(t *testing.T, client *orylogin.Client) browser {
	t.Helper()
	b := browser{map[string]*http.Cookie{}}
	w := httptest.NewRecorder()
	visit := client.Visit(w, b.request(t))
	flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	_, err = visit.Submit(t.Context(), flow, password)
	require.NoError(t, err)
	b.take(w)
	return b
}

// TestKeepLoggedIn lets a real Kratos extend a session. The new cookie must reach the browser,
// but only once, and not for a token or from the cache.
func TestKeepLoggedIn(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t,
		kratostest.Set("session.lifespan", "1h"), kratostest.Set("session.earliest_possible_extend", "24h"))
	_, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: password.Identifier, Password: password.Password.Reveal()})
	require.NoError(t, err)
	client, err := orylogin.New(kratos.PublicURL)
	require.NoError(t, err)
	guard, err := session.NewGuard(client)
	require.NoError(t, err)
	b := logIn(t, client)
	var expires time.Time
	handler := guard.Wrap(keepLoggedIn{kratos.AdminURL, http.DefaultClient, 2 * time.Hour, http.HandlerFunc(
		func(_ http.ResponseWriter, r *http.Request) {
			who, _ := session.FromContext(r.Context())
			expires = who.ExpiresAt
		})})
	visit := func() []*http.Cookie {
		t.Helper()
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, b.request(t))
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		return b.take(w)
	}
	require.Empty(t, visit(), "the cookie is as good as the session until now, and is extended meanwhile")
	first := expires
	require.NoError(t, kratos.Change(t.Context(), kratostest.Set("session.lifespan", "3h")))
	visit()
	renewed := visit()
	require.Len(t, renewed, 1, "and no other cookie: that of forms stays")
	require.Equal(t, "ory_kratos_session", renewed[0].Name)
	require.Greater(t, renewed[0].MaxAge, 3600)
	require.True(t, expires.After(first))
	require.Empty(t, visit())
}

// TestFreshSecondFactorOfKratos opens the page that the recipe names. A real Kratos asks for
// the second factor there, whether the session has one or not. A refresh with the password
// renews the time of the login, but not the time of the second factor.
func TestFreshSecondFactorOfKratos(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	identity, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: password.Identifier, Password: password.Password.Reveal()})
	require.NoError(t, err)
	identity.Email, identity.Password = password.Identifier, password.Password.Reveal()
	key, err := kratos.EnrolTOTP(t.Context(), identity)
	require.NoError(t, err)
	client, err := orylogin.New(kratos.PublicURL)
	require.NoError(t, err)
	guard, err := session.NewGuard(client, session.RequireFreshAAL2(time.Hour, "/login?aal=aal2&refresh=true"))
	require.NoError(t, err)
	b := logIn(t, client)
	check := func() (*orylogin.Session, error) {
		return guard.Check(t.Context(), session.RequestCredential(nil, b.request(t)))
	}
	giveAt := func(page string, method orylogin.Method) {
		t.Helper()
		r := b.request(t)
		r.URL, err = url.Parse(page)
		require.NoError(t, err)
		w := httptest.NewRecorder()
		visit := client.Visit(w, r)
		next := visit.Start(t.Context(), visit.AfterFlow(visit.GetFlow(t.Context(), "")))
		require.NotNil(t, next.Flow, "%v", next.Err)
		next = visit.AfterLogin(visit.Submit(t.Context(), next.Flow, method))
		require.Equal(t, orylogin.OutcomeLoggedIn, next.Outcome, "%v", next.Err)
		b.take(w)
	}
	_, err = check()
	var refusal *session.Refusal
	require.ErrorAs(t, err, &refusal)
	for factors := range 2 {
		code, err := key.Code(time.Now())
		require.NoError(t, err)
		giveAt(refusal.URL, orylogin.TOTP{Code: orylogin.NewSecret(code)})
		who, err := check()
		require.NoError(t, err)
		require.Len(t, who.AuthenticationMethods, 2+factors)
		require.Equal(t, "totp", who.AuthenticationMethods[1+factors].Method)
	}
	before, err := check()
	require.NoError(t, err)
	giveAt("/login?refresh=true", password)
	after, err := check()
	require.NoError(t, err)
	require.True(t, after.AuthenticatedAt.After(before.AuthenticatedAt))
	require.Equal(t, orylogin.AAL2, after.AuthenticatorAssuranceLevel)
	require.Equal(t, before.AuthenticationMethods[2], after.AuthenticationMethods[2])
	require.Equal(t, "password", after.AuthenticationMethods[3].Method)
}

// withFactors returns a guard for sessions whose user has given so many second factors.
func withFactors(t *testing.T, client *orylogin.Client, number int) *session.Guard {
	t.Helper()
	guard, err := session.NewGuard(client, session.Require(func(_ context.Context, who *orylogin.Session) error {
		if len(who.AuthenticationMethods) < 1+number {
			return &session.Refusal{Outcome: orylogin.OutcomeSecondFactor}
		}
		return nil
	}))
	require.NoError(t, err)
	return guard
}

// TestOneQuestionOfKratos lets a user mistype a code, while several calls wait. A real Kratos gets each
// code once, whether the session has a second factor or not, and whether Kratos demands one or not.
func TestOneQuestionOfKratos(t *testing.T) {
	t.Parallel()
	for _, required := range []string{"aal1", "highest_available"} {
		t.Run(required, func(t *testing.T) {
			t.Parallel()
			kratos := kratostest.Start(t, kratostest.Set("session.whoami.required_aal", required))
			identity, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: password.Identifier, Password: password.Password.Reveal()})
			require.NoError(t, err)
			identity.Email, identity.Password = password.Identifier, password.Password.Reveal()
			var submissions atomic.Int64
			client, err := orylogin.New(kratos.PublicURL, orylogin.WithObserver(func(_ context.Context, event orylogin.Event) {
				if event.Operation == "submitSelfServiceLoginFlow" {
					submissions.Add(1)
				}
			}))
			require.NoError(t, err)
			login, err := client.Login(t.Context(), password)
			require.NoError(t, err)
			nothing := errors.New("nothing to give")
			for _, err := range together(t, client, login.Token, withFactors(t, client, 1), func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
				require.Empty(t, step.Flow.Methods())
				return nil, nothing
			}) {
				require.ErrorIs(t, err, nothing)
			}
			key, err := kratos.EnrolTOTP(t.Context(), identity)
			require.NoError(t, err)
			login, err = client.Login(t.Context(), password)
			var owed *orylogin.SecondFactorError
			require.Equal(t, required != "aal1", errors.As(err, &owed), "%v", err)
			if owed != nil {
				login = &orylogin.Login{Token: owed.Token}
			}
			for factors := range 2 {
				submissions.Store(0)
				code, err := key.Code(time.Now())
				require.NoError(t, err)
				next, asked := giving("000000", code)
				require.Equal(t, make([]error, 4), together(t, client, login.Token, withFactors(t, client, 1+factors), func(ctx context.Context, step orylogin.Step) (orylogin.Method, error) {
					require.Equal(t, []string{"totp"}, step.Flow.Methods())
					return next(ctx, step)
				}))
				require.Equal(t, 2, *asked)
				require.EqualValues(t, 2, submissions.Load())
			}
		})
	}
}

// TestEnrolment sends a user without a second factor from the login page to the settings of a
// real Kratos. A user with a second factor gets the form.
func TestEnrolment(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	identity, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: password.Identifier, Password: password.Password.Reveal()})
	require.NoError(t, err)
	identity.Email, identity.Password = password.Identifier, password.Password.Reveal()
	client, err := orylogin.New(kratos.PublicURL)
	require.NoError(t, err)
	b := logIn(t, client)
	open := func() *httptest.ResponseRecorder {
		r := b.request(t)
		w := httptest.NewRecorder()
		visit := client.Visit(w, r)
		options := orylogin.FlowOptions{AAL: orylogin.AAL2, ReturnTo: "http://127.0.0.1:4455/payments"}
		showOrEnrol(w, r, visit.AfterFlow(visit.CreateFlow(t.Context(), options)))
		return w
	}
	answer := open()
	require.Equal(t, http.StatusSeeOther, answer.Code)
	settings, found := strings.CutPrefix(answer.Header().Get("Location"), "https://auth.example.com")
	require.True(t, found)
	require.Equal(t, "/self-service/settings/browser?return_to=http%3A%2F%2F127.0.0.1%3A4455%2Fpayments", settings)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, kratos.PublicURL+settings, nil)
	require.NoError(t, err)
	request.Header = b.request(t).Header
	request.Header.Set("Accept", "text/html")
	page, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, page.Body.Close())
	require.Equal(t, http.StatusSeeOther, page.StatusCode)
	require.Contains(t, page.Header.Get("Location"), "/settings?flow=")

	_, err = kratos.EnrolTOTP(t.Context(), identity)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, open().Code)
}
