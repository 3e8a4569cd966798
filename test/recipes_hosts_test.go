package test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// The application of the recipe, and the two hosts at which its Kratos can be.
const (
	atApp  = "https://app.example.com"
	atAuth = "https://auth.example.com"
)

// settingsOf returns the settings in a YAML configuration: one for each value that is not an
// object.
func settingsOf(t *testing.T, text string) []kratostest.Setting {
	t.Helper()
	var config map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &config))
	var settings []kratostest.Setting
	var walk func(prefix string, object map[string]any)
	walk = func(prefix string, object map[string]any) {
		for name, value := range object {
			if inner, ok := value.(map[string]any); ok {
				walk(prefix+name+".", inner)
			} else {
				settings = append(settings, kratostest.Set(prefix+name, value))
			}
		}
	}
	walk("", config)
	return settings
}

// site is the application, a Kratos with the configuration of the document, and a browser. The
// browser calls both at their hosts over https.
type site struct {
	t       *testing.T
	kratos  *kratostest.Server
	browser *http.Client
	*providertest.Provider
}

func startSite(t *testing.T, configurations ...string) *site {
	t.Helper()
	provider := providertest.Start(t, "new@example.com")
	settings := provider.Settings(kratostest.Set("dev", false))
	for _, text := range configurations {
		settings = append(settings, settingsOf(t, text)...)
	}
	kratos, _ := start(t, settings...)
	client := newClient(t, kratos.PublicURL, orylogin.WithReturnOrigins(atApp))
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "the page "+r.URL.Path) })
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		found, _ := session.FromContext(r.Context())
		reply(w, http.StatusOK, map[string]string{"hello": found.Identity.ID})
	})
	kratosURL, err := url.Parse(kratos.PublicURL)
	require.NoError(t, err)
	app, err := newBackend(client, kratosURL, page, who, who)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("app.example.com/", app)
	mux.Handle("auth.example.com/", httputil.NewSingleHostReverseProxy(kratosURL))
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	s := &site{t: t, kratos: kratos, browser: server.Client(), Provider: provider}
	s.browser.Jar, err = cookiejar.New(nil)
	require.NoError(t, err)
	return s
}

// answered is the answer that the browser gets at the end of all redirects.
type answered struct {
	status int
	header http.Header
	at     *url.URL
	body   string
}

func (s *site) send(method, target string, form url.Values, header ...string) answered {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, target, strings.NewReader(form.Encode()))
	require.NoError(s.t, err)
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := s.browser.Do(request)
	require.NoError(s.t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	return answered{response.StatusCode, response.Header, response.Request.URL, string(body)}
}

func (s *site) get(target string, header ...string) answered {
	s.t.Helper()
	return s.send(http.MethodGet, target, nil, header...)
}

// shownForm is what the script gets about a flow.
type shownForm struct {
	Flow     orylogin.Flow `json:"flow"`
	Action   string        `json:"action"`
	Messages []struct {
		Text string `json:"text"`
	} `json:"messages"`
	Labels []string `json:"labels"`
}

func (a answered) form(t *testing.T) shownForm {
	t.Helper()
	var shown shownForm
	require.NoError(t, json.Unmarshal([]byte(a.body), &shown), a.body)
	require.NotEmpty(t, shown.Action, a.body)
	return shown
}

func (a answered) next(t *testing.T) string {
	t.Helper()
	next, ok := member(t, a.body, "next").(string)
	require.True(t, ok, a.body)
	return next
}

// open makes the script ask for the form of a page with a query.
func (s *site) open(query string) shownForm {
	s.t.Helper()
	answer := s.get(atApp + "/api/login" + query)
	require.Equal(s.t, http.StatusOK, answer.status, answer.body)
	return answer.form(s.t)
}

// submit makes the script post a form.
func (s *site) submit(shown shownForm, fields ...string) answered {
	s.t.Helper()
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return s.send(http.MethodPost, atApp+"/api/login"+shown.Action, values, "Sec-Fetch-Site", "same-origin")
}

// TestRecipeHosts logs in to the application. Kratos has the documented configuration. It is at
// its own host, or at that of the application.
func TestRecipeHosts(t *testing.T) {
	t.Parallel()
	configurations := blocksOf(t, "../docs/recipes.md", "yaml")
	require.Len(t, configurations, 2)
	for kratosURL, configured := range map[string][]string{
		atApp + "/auth": configurations[:1], atAuth: configurations,
	} {
		t.Run(kratosURL, func(t *testing.T) {
			t.Parallel()
			s := startSite(t, configured...)
			require.Equal(t, http.StatusUnauthorized, s.get(atApp+"/api/account").status)
			first := s.open("?return_to=/account")
			require.Contains(t, first.Labels, "Se connecter avec Loopback")
			refused := s.submit(first, "identifier", ada.Email, "password", "a guess")
			require.Equal(t, http.StatusBadRequest, refused.status, refused.body)
			require.Equal(t, "Le nom ou le mot de passe est faux.", refused.form(t).Messages[0].Text)
			require.Equal(t, atApp+"/account", s.submit(first, "identifier", ada.Email, "password", ada.Password).next(t))

			require.Contains(t, s.get(atApp+"/api/account").body, "hello")
			require.Equal(t, http.StatusOK, s.get(kratosURL+"/sessions/whoami").status, "Kratos has the cookie, too")
			payment := s.get(atApp + "/api/payments")
			require.Equal(t, http.StatusForbidden, payment.status)
			require.Equal(t, "/login?aal=aal2&refresh=true", member(t, payment.body, "redirect_browser_to"))

			script := ""
			for _, node := range first.Flow.UI.Nodes {
				if node.Type == "script" {
					script = node.Attributes.Src
				}
			}
			require.True(t, strings.HasPrefix(script, kratosURL+"/"), script)
			loaded := s.get(script, "Origin", atApp)
			require.Equal(t, http.StatusOK, loaded.status)
			if kratosURL == atAuth {
				require.Equal(t, atApp, loaded.header.Get("Access-Control-Allow-Origin"))
			}
			s.comesToErrorPage(kratosURL)
			s.logsOut()
		})
	}
}

// TestRecipePayment follows the URL of a refusal, and then pays.
func TestRecipePayment(t *testing.T) {
	t.Parallel()
	s := startSite(t, blocksOf(t, "../docs/recipes.md", "yaml")[0])
	key, err := s.kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	s.submit(s.open(""), "identifier", ada.Email, "password", ada.Password).next(t)
	target, ok := member(t, s.get(atApp+"/api/payments").body, "redirect_browser_to").(string)
	require.True(t, ok)
	stepUp := s.open(strings.TrimPrefix(target, "/login") + "&return_to=/payments")
	require.Len(t, stepUp.Messages, 2)
	require.Equal(t, "Confirmez que c'est vous.", stepUp.Messages[0].Text)
	require.Equal(t, "Confirmez que c'est vous par un second facteur.", stepUp.Messages[1].Text)
	require.Contains(t, stepUp.Labels, "Vérifier")
	code, err := key.Code(time.Now())
	require.NoError(t, err)
	require.Equal(t, atApp+"/payments", s.submit(stepUp, "method", "totp", "totp_code", code).next(t))
	require.Contains(t, s.get(atApp+"/api/payments").body, "hello")
}

// TestRecipeWithoutDomain checks that Kratos does not get the cookies of a login through the
// back end.
func TestRecipeWithoutDomain(t *testing.T) {
	t.Parallel()
	s := startSite(t, append(blocksOf(t, "../docs/recipes.md", "yaml"), "cookies: { domain: null }")...)
	s.submit(s.open(""), "identifier", ada.Email, "password", ada.Password).next(t)
	require.Equal(t, http.StatusOK, s.get(atApp+"/api/account").status)
	require.Equal(t, http.StatusUnauthorized, s.get(atAuth+"/sessions/whoami").status)
}

// comesToErrorPage opens a flow at Kratos with a return_to that is not allowed.
func (s *site) comesToErrorPage(kratosURL string) {
	s.t.Helper()
	failed := s.get(kratosURL+"/self-service/login/browser?return_to=https://evil.example.org/", "Accept", "text/html")
	require.Equal(s.t, atApp+"/error", failed.at.Scheme+"://"+failed.at.Host+failed.at.Path)
	told := s.get(atApp + "/api/error?" + failed.at.RawQuery)
	require.Equal(s.t, http.StatusBadRequest, told.status)
	require.Equal(s.t, "forbidden_return_to", member(s.t, told.body, "error"))
}

// logsOut requires that only pages of the application can log out.
func (s *site) logsOut() {
	s.t.Helper()
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example.org"}, {"Origin", "null"},
	} {
		require.Equal(s.t, http.StatusForbidden, s.send(http.MethodPost, atApp+"/api/logout", nil, header...).status, header)
	}
	require.Equal(s.t, http.StatusOK, s.get(atApp+"/api/account").status)
	for range 2 {
		require.Equal(s.t, "/", s.send(http.MethodPost, atApp+"/api/logout", nil, "Origin", atApp).next(s.t))
	}
	require.Equal(s.t, http.StatusUnauthorized, s.get(atApp+"/api/account").status)
}

// TestRecipeProviderAtHosts logs in with a provider. If Kratos is at the application's host,
// the login goes through the back end. If it is not, the browser posts a form to Kratos, since
// a cookie from the back end would not come back to Kratos.
func TestRecipeProviderAtHosts(t *testing.T) {
	t.Parallel()
	configurations := blocksOf(t, "../docs/recipes.md", "yaml")
	byBackend := func(s *site) answered {
		return s.get(s.submit(s.open("?return_to=/account"), "method", "oidc", "provider", "loopback").next(s.t), "Accept", "text/html")
	}
	byBrowser := func(s *site) answered {
		flow := s.open("?return_to=/account").Flow
		fields := url.Values{"method": {"oidc"}, "provider": {"loopback"}, "csrf_token": flow.Choices("csrf_token")}
		return s.send(http.MethodPost, flow.UI.Action, fields, "Accept", "text/html")
	}
	for name, c := range map[string]struct {
		configurations []string
		logIn          func(*site) answered
		ends           string
	}{
		"one host":              {configurations[:1], byBackend, "/account"},
		"one host, by browser":  {configurations[:1], byBrowser, "/account"},
		"two hosts":             {configurations, byBackend, "/error"},
		"two hosts, by browser": {configurations, byBrowser, "/account"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSite(t, c.configurations...)
			end := c.logIn(s)
			require.Equal(t, c.ends, end.at.Path, end.body)
			require.Equal(t, "app.example.com", end.at.Host)
			require.Equal(t, c.ends == "/account", s.get(atApp+"/api/account").status == http.StatusOK)
		})
	}
}

// TestRecipeTranslates translates a message with values from a user and from a provider.
func TestRecipeTranslates(t *testing.T) {
	t.Parallel()
	s := startSite(t, blocksOf(t, "../docs/recipes.md", "yaml")[0])
	for range 2 { // the first login makes the account
		s.browser.Jar, _ = cookiejar.New(nil)
		begun := s.submit(s.open(""), "method", "oidc", "provider", "loopback")
		end := s.get(begun.next(t), "Accept", "text/html")
		if end.at.Path == "/login" {
			shown := s.open("?" + end.at.RawQuery)
			require.Equal(t, "ada@example.com a déjà un compte. Connectez-vous pour y ajouter Loopback.", shown.Messages[0].Text)
			return
		}
		s.LogIn(ada.Email)
	}
	t.Fatal("nobody was asked to link accounts")
}

// TestTranslate checks that the server's text is used if the Context lacks a value.
func TestTranslate(t *testing.T) {
	t.Parallel()
	for context, want := range map[string]string{
		`{"duplicateIdentifier":"{provider}","provider":"acme"}`:               "{provider} a déjà un compte. Connectez-vous pour y ajouter acme.",
		`{"duplicateIdentifier":1700000000,"provider":"$1<b>","others":["x"]}`: "1700000000 a déjà un compte. Connectez-vous pour y ajouter $1<b>.",
		`{"provider":"acme"}`: "the server's text",
		`{}`:                  "the server's text",
		`null`:                "the server's text",
		`"text"`:              "the server's text",
		``:                    "the server's text",
	} {
		message := orylogin.Message{ID: orylogin.MessageLinkAccount, Text: "the server's text", Context: json.RawMessage(context)}
		require.Equal(t, want, translate(message), context)
	}
	require.Equal(t, "Ce champ est vide.", translate(orylogin.Message{ID: orylogin.ErrFieldRequired, Text: "Property x is missing."}))
	require.Equal(t, "a new one", translate(orylogin.Message{ID: 4999999, Text: "a new one"}))
}

// TestRecipeKratosProxy checks that Kratos gets the posts of providers, and no address that a
// browser has made up.
func TestRecipeKratosProxy(t *testing.T) {
	t.Parallel()
	s := startSite(t, blocksOf(t, "../docs/recipes.md", "yaml")[0])
	posted := s.send(http.MethodPost, atApp+"/auth/self-service/methods/oidc/callback/apple",
		url.Values{"state": {"s"}, "code": {"c"}}, "Sec-Fetch-Site", "cross-site", "Accept", "text/html")
	require.Equal(t, "/error", posted.at.Path, posted.body)

	flow := s.open("").Flow
	fields := url.Values{
		"method": {"password"}, "identifier": {ada.Email}, "password": {ada.Password}, "csrf_token": flow.Choices("csrf_token"),
	}
	for _, name := range []string{"True-Client-Ip", "Cf-Connecting-Ip", "X-Real-Ip", "X-Forwarded-For"} {
		s.send(http.MethodPost, flow.UI.Action, fields, name, "192.0.2.1", "Accept", "text/html")
	}
	whoami := s.get(atApp + "/auth/sessions/whoami").body
	require.Contains(t, whoami, `"ip_address":"127.0.0.1"`)
	require.NotContains(t, whoami, "192.0.2.1")
}
