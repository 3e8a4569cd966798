package sso_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// step is a recorded request to Kratos v26.2.0 and its answer. Challenges and verifiers are
// shortened.
type step struct {
	Method  string          `json:"method"`
	Path    string          `json:"path"`
	Status  int             `json:"status"`
	Headers [][2]string     `json:"headers"`
	Body    json.RawMessage `json:"body"`
}

func (s step) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	for _, header := range s.Headers {
		w.Header().Add(header[0], header[1])
	}
	w.WriteHeader(s.Status)
	if !strings.HasPrefix(string(s.Body), `"`) { // the body is HTML
		_, _ = w.Write(s.Body)
	}
}

func recorded(t *testing.T, scenario string) []step {
	t.Helper()
	text, err := os.ReadFile("testdata/v26.2.0_" + scenario + ".json")
	require.NoError(t, err)
	var steps []step
	require.NoError(t, json.Unmarshal(text, &steps))
	return steps
}

// visitOf returns the visit of a browser with a session. The handler is the Kratos of the
// application.
func visitOf(t *testing.T, kratos http.Handler) *orylogin.Visit {
	t.Helper()
	server := httptest.NewServer(kratos)
	t.Cleanup(server.Close)
	client, err := orylogin.New(server.URL)
	require.NoError(t, err)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login?login_challenge=c", nil)
	r.AddCookie(&http.Cookie{Name: "ory_kratos_session", Value: "s"})
	return client.Visit(nil, r)
}

var challenged = orylogin.FlowOptions{LoginChallenge: "c"}

// TestRecordedSkip checks that the redirect has the URL at which the login continues. The
// answer in JSON has none.
func TestRecordedSkip(t *testing.T) {
	t.Parallel()
	skip := recorded(t, "sso_skip_html")[0]
	visit := visitOf(t, skip)
	next := visit.AfterFlow(visit.CreateFlow(t.Context(), challenged))
	require.Equal(t, orylogin.OutcomeLocationChange, next.Outcome)
	require.Contains(t, skip.Headers, [2]string{"Location", next.URL})
	require.Contains(t, next.URL, "/oauth2/auth?")

	_, err := visitOf(t, recorded(t, "sso_skip_json")[0]).CreateFlow(t.Context(), challenged)
	require.Equal(t, orylogin.OutcomeAlreadyLoggedIn, orylogin.OutcomeOf(err))
}

// TestRecordedFirstLogin gets the flow from a redirect, as each release answers browsers. The
// answer to the login in JSON has no session.
func TestRecordedFirstLogin(t *testing.T) {
	t.Parallel()
	steps := recorded(t, "sso_first")
	var created, submitted struct {
		ID string `json:"id"`
		To string `json:"redirect_browser_to"`
	}
	require.NoError(t, json.Unmarshal(steps[0].Body, &created))
	require.NoError(t, json.Unmarshal(steps[1].Body, &submitted))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /self-service/login/browser", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://app/login?flow="+created.ID)
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.Handle("GET /self-service/login/flows", steps[0])
	mux.Handle("POST /self-service/login", steps[1])
	mux.HandleFunc("GET /sessions/whoami", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id":"s","active":true,"identity":{"id":"i"}}`))
	})
	visit := visitOf(t, mux)
	flow, err := visit.CreateFlow(t.Context(), challenged)
	require.NoError(t, err)
	require.Equal(t, created.ID, flow.ID)
	require.Equal(t, "c", flow.OAuth2LoginChallenge)
	login, err := visit.Submit(t.Context(), flow, orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret(secret)})
	require.NoError(t, err)
	require.Equal(t, submitted.To, login.RedirectTo)
	require.Equal(t, submitted.To, visit.AfterLogin(login, nil).URL)
	require.Contains(t, strings.Join(visit.CookieLines(), "\n"), "ory_kratos_session=")
}

// TestJSONLosesTheURL shows why CreateFlow asks as a browser does: if Hydra knows the user, the
// answer of v1.3 in JSON is null.
func TestJSONLosesTheURL(t *testing.T) {
	t.Parallel()
	s := start(t, submitForm)
	v := newVisitor(t, s)
	v.opens(s.mail, "")
	v.logsIn(s.ada, secret)
	v.consents("yes")
	var challenge string
	v.browser.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if challenge = r.URL.Query().Get("login_challenge"); challenge != "" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	v.opens(s.files, "")
	require.NotEmpty(t, challenge)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		s.kratos.PublicURL+"/self-service/login/browser", nil)
	require.NoError(t, err)
	query := request.URL.Query()
	query.Set("login_challenge", challenge)
	request.URL.RawQuery = query.Encode()
	request.Header.Set("Accept", "application/json")
	response, err := v.browser.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, http.StatusOK, response.StatusCode)
	var answer any
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	require.Nil(t, answer)
}
