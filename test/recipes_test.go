package test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// The functions of this part are docs/recipes.md, and the tests below run them against
// a real Kratos.

func newServiceAccount(client *orylogin.Client, password orylogin.Secret) (*http.Client, error) {
	source, err := session.NewSource(client, orylogin.Password{
		Identifier: "robot@example.com",
		Password:   password,
	})
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &session.Transport{
		Source: source,
		Hosts:  []string{"api.example.com"}, // the token goes nowhere else
	}}, nil
}

// newAccount returns a page that says hello to those who are logged in.
func newAccount(client *orylogin.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		visit := client.Visit(w, r) // if Kratos renews a cookie, the browser gets it
		session, err := visit.Whoami(r.Context())
		switch next := visit.AfterFlow(nil, err); {
		case err == nil:
			_, _ = fmt.Fprintln(w, "hello", session.Identity.ID)
		case next.Start != nil: // no session, or a required second factor is missing
			back := url.Values{"return_to": {r.URL.RequestURI()}} // with its query
			http.Redirect(w, r, "/login?"+back.Encode(), http.StatusSeeOther)
		default:
			showProblem(w, next)
		}
	}
}

func newSite(client *orylogin.Client, account, payments http.Handler) (http.Handler, error) {
	anybody, err := session.NewGuard(client)
	if err != nil {
		return nil, err
	}
	sure, err := anybody.With(session.RequireAAL2("https://app.example.com/login?aal=aal2"))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/account", anybody.Wrap(account))
	mux.Handle("/payments", sure.Wrap(payments))
	return mux, nil
}

// logInWithProvider opens the provider's page with the function open. In the end, the browser
// calls the app with a URL, and open returns that URL.
func logInWithProvider(
	ctx context.Context, client *orylogin.Client, provider string, open func(string) (*url.URL, error),
) (*orylogin.Login, error) {
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{
		TokenExchange: true,
		ReturnTo:      appURL + "?state=" + rand.Text(), // appURL is in selfservice.allowed_return_urls
	})
	if err != nil {
		return nil, err
	}
	login, err := client.Submit(ctx, flow.ID, orylogin.OIDC{Provider: provider})
	var change *orylogin.LocationChangeError
	if !errors.As(err, &change) {
		return login, err
	}
	if !isWebPage(change.URL) { // the system could start any program for it
		return nil, errors.New("the server names a page that is not on the web")
	}
	called, err := open(change.URL)
	if err != nil {
		return nil, err
	}
	return client.Callback(ctx, flow, called)
}

// isWebPage reports whether a URL is one of https, or of http at a loopback address.
func isWebPage(page string) bool {
	parsed, err := url.Parse(page)
	if err != nil || parsed.Hostname() == "" {
		return false
	}
	return parsed.Scheme == "https" || parsed.Scheme == "http" && net.ParseIP(parsed.Hostname()).IsLoopback()
}

// linkToProvider continues after logInWithProvider has returned err. Use it if the provider tells
// the e-mail address of an account that is not linked to the provider. A login with the
// password of the account links it to the provider.
func linkToProvider(
	ctx context.Context, client *orylogin.Client, err error, password orylogin.Password,
) (*orylogin.Login, error) {
	var next *orylogin.NextStepError
	if errors.As(err, &next) && slices.Contains(next.Flow.Methods(), "password") {
		return client.Submit(ctx, next.Flow.ID, password)
	}
	return nil, err
}

// newObservedClient returns a client whose requests are counted and traced. The span of the
// caller gets the outcome of the last request.
func newObservedClient(
	kratosURL string, metrics prometheus.Registerer, traces trace.TracerProvider,
) (*orylogin.Client, error) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "login_requests_total",
		Help: "Requests to Kratos, by what they have led to.",
	}, []string{"operation", "outcome"})
	if err := metrics.Register(requests); err != nil {
		return nil, err
	}
	return orylogin.New(kratosURL,
		orylogin.WithObserver(func(ctx context.Context, event orylogin.Event) {
			requests.WithLabelValues(event.Operation, string(event.Outcome)).Inc()
			trace.SpanFromContext(ctx).SetAttributes(attribute.String("login.outcome", string(event.Outcome)))
		}),
		orylogin.WithTransport(func(own http.RoundTripper) http.RoundTripper {
			return otelhttp.NewTransport(own, otelhttp.WithTracerProvider(traces), otelhttp.WithFilter(hasHarmlessURL))
		}),
	)
}

// hasHarmlessURL reports whether a span may have the URL of a request. The URLs of two
// operations have secrets.
func hasHarmlessURL(r *http.Request) bool {
	return !strings.HasSuffix(r.URL.Path, "/sessions/token-exchange") && !strings.HasSuffix(r.URL.Path, "/self-service/logout")
}

// TestLogin logs in to the back end above, as its script does.
func TestLogin(t *testing.T) {
	kratos := orylogintest.NewServer(t)
	kratos.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	app := httptest.NewServer(http.HandlerFunc(backend{kratos.Client()}.login))
	defer app.Close()
	jar, err := cookiejar.New(nil) // a browser keeps the cookies that Kratos sets
	require.NoError(t, err)
	tab := &http.Client{Jar: jar}

	var page struct {
		Flow   orylogin.Flow `json:"flow"`
		Action string        `json:"action"`
	}
	answer, err := tab.Get(app.URL + "/?return_to=/account")
	require.NoError(t, err)
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&page))
	require.NotEmpty(t, page.Flow.UI.Nodes) // the fields of the form
	submit := func(password string) (int, string) {
		answer, err := tab.PostForm(app.URL+"/"+page.Action, url.Values{
			"identifier": {"ada@example.com"}, "password": {password},
		})
		require.NoError(t, err)
		var end struct {
			Next string `json:"next"`
		}
		require.NoError(t, json.NewDecoder(answer.Body).Decode(&end))
		return answer.StatusCode, end.Next
	}
	status, _ := submit("a guess")
	require.Equal(t, http.StatusBadRequest, status)

	kratos.Handle(orylogintest.Submit, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler) // the connection breaks
	}))
	status, _ = submit("correct horse")
	require.Equal(t, http.StatusServiceUnavailable, status)
	kratos.Handle(orylogintest.Submit, nil) // as usual
	status, next := submit("correct horse")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "/account", next)
}

// TestRecipeBackendTakesFormsOnly checks that a link cannot log in, and that a form that is too
// large is not read.
func TestRecipeBackendTakesFormsOnly(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t)
	client := kratos.Client()
	p := newPerson(t, client)
	flow := p.create(orylogin.FlowOptions{})
	form := url.Values{"identifier": {"ada@example.com"}, "password": {"correct horse"}}.Encode()
	for name, c := range map[string]struct {
		method, target, body string
		status               int
	}{
		"link":         {http.MethodGet, "/?flow=" + flow.ID + "&" + form, "", http.StatusOK},
		"large form":   {http.MethodPost, "/?flow=" + flow.ID, "x=" + strings.Repeat("x", 64<<10), http.StatusRequestEntityTooLarge},
		"wrong escape": {http.MethodPost, "/?flow=" + flow.ID, "x=%zz", http.StatusBadRequest},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.target, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for name, value := range p.cookies {
			r.Header.Add("Cookie", name+"="+value)
		}
		w := httptest.NewRecorder()
		backend{client}.login(w, r)
		require.Equal(t, c.status, w.Code, name)
	}
	kratos.ExpectCalls(orylogintest.Submit, 0)

	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/login?"+form, strings.NewReader("flow=f"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	require.NoError(t, r.ParseForm())
	require.Equal(t, orylogin.Password{}, methodOf(r.PostForm), "the URL has no password")
}

// TestRecipesAreTested checks that all Go code of the documents is code of these tests.
func TestRecipesAreTested(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*recipes*_test.go")
	require.NoError(t, err)
	var code strings.Builder
	for _, file := range append(files, "sso/consent_test.go") {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		code.Write(text)
	}
	for document, least := range map[string]int{"../docs/recipes.md": 10, "../docs/browser.md": 4} {
		blocks := blocksOf(t, document, "go")
		require.GreaterOrEqual(t, len(blocks), least, document)
		for _, block := range blocks {
			require.Contains(t, code.String(), block)
		}
	}
	copied, err := os.ReadFile("recipes_guarded_pages_test.go")
	require.NoError(t, err)
	original, err := os.ReadFile("guard/recipes_test.go")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(copied), "these functions alone.\n\n")
	require.True(t, found)
	require.Contains(t, string(original), rest)
}

// blocksOf returns the code blocks of a document in a language.
func blocksOf(t *testing.T, document, language string) []string {
	t.Helper()
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	var blocks []string
	for _, block := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}

func TestRecipeServiceAccount(t *testing.T) {
	t.Parallel()
	_, client, created := startRobot(t)
	service := serve(t, client)
	robot, err := newServiceAccount(client, secret)
	require.NoError(t, err)
	transport, ok := robot.Transport.(*session.Transport)
	require.True(t, ok)
	transport.Hosts = []string{strings.TrimPrefix(service, "http://")}
	require.Equal(t, created.ID, get(t, robot, service))
}

// get returns the body of the answer at a URL.
func get(t *testing.T, client *http.Client, target string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	require.NoError(t, err)
	response, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}

func TestRecipeAccount(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, highest)
	p := newPerson(t, client)
	open := func() *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/account?from=mail&aal=aal2", nil)
		for name, value := range p.cookies {
			r.Header.Add("Cookie", name+"="+value)
		}
		w := httptest.NewRecorder()
		newAccount(client)(w, r)
		return w
	}
	const login = "/login?return_to=%2Faccount%3Ffrom%3Dmail%26aal%3Daal2"
	require.Equal(t, login, open().Header().Get("Location"))
	_, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	require.Contains(t, open().Body.String(), "hello")
	_, err = kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	require.Equal(t, login, open().Header().Get("Location"), "a second factor is owed now")
}

func TestRecipeStepUpForOneRoute(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	key, err := kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	done := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	site, err := newSite(client, done, done)
	require.NoError(t, err)
	status := func(path string) int {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		request.Header.Set("X-Session-Token", login.Token.Reveal())
		recorder := httptest.NewRecorder()
		site.ServeHTTP(recorder, request)
		return recorder.Code
	}
	require.Equal(t, http.StatusOK, status("/account"))
	require.Equal(t, http.StatusForbidden, status("/payments"))
	code, err := key.Code(time.Now())
	require.NoError(t, err)
	_, err = client.StepUp(t.Context(), login.Token, orylogin.TOTP{Code: orylogin.NewSecret(code)})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status("/payments"))
}

func TestRecipeProvider(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	_, client := start(t, provider.Settings(kratostest.Set("selfservice.methods.password.enabled", true))...)
	login, err := logInWithProvider(t.Context(), client, "loopback", func(at string) (*url.URL, error) {
		return browse(t, at), nil
	})
	completed(t, client, login, err, orylogin.AAL1, "oidc")
}

// TestRecipeLinkToProvider comes back from the provider with the address of an account that has
// a password. The password links the two. After that, a login with the provider is enough.
func TestRecipeLinkToProvider(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, ada.Email)
	_, client := start(t, provider.Settings()...)
	open := func(at string) (*url.URL, error) { return browse(t, at), nil }
	_, unlinked := logInWithProvider(t.Context(), client, "loopback", open)
	_, err := linkToProvider(t.Context(), client, unlinked, guess)
	refusedWith(t, err, orylogin.ErrInvalidCredentials, "")
	login, err := linkToProvider(t.Context(), client, unlinked, asAda)
	completed(t, client, login, err, orylogin.AAL1, "password", "oidc")

	provider.LogIn(ada.Email)
	again, err := logInWithProvider(t.Context(), client, "loopback", open)
	completed(t, client, again, err, orylogin.AAL1, "oidc")
	require.Equal(t, login.Session.Identity.ID, again.Session.Identity.ID)
}

// TestRecipeProviderPages checks that only web pages are opened. It also has a server that
// completes the login without a page.
func TestRecipeProviderPages(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithProviders("acme"), orylogintest.WithReturnTo(appURL))
	var opened []string
	logIn := func() (*orylogin.Login, error) {
		return logInWithProvider(t.Context(), server.Client(), "acme", func(page string) (*url.URL, error) {
			opened = append(opened, page)
			return nil, io.EOF
		})
	}
	for page, opens := range map[string]bool{
		"https://accounts.example.com/?a=b": true, "http://127.0.0.1:4433/": true, "http://[::1]/": true,
		"http://accounts.example.com/": false, "file:///etc/passwd": false, "--help": false, "javascript:alert(1)": false,
		"intent://x#Intent;scheme=http;end": false, "https:x": false, "//accounts.example.com": false, "https://:443": false,
	} {
		opened = nil
		quoted, err := json.Marshal(page)
		require.NoError(t, err)
		server.Respond(orylogintest.Submit, http.StatusUnprocessableEntity,
			`{"error":{"id":"browser_location_change_required","code":422,"message":"m"},"redirect_browser_to":`+string(quoted)+`}`)
		_, err = logIn()
		require.Error(t, err)
		require.Equal(t, opens, len(opened) == 1, page)
	}
	server.Respond(orylogintest.Submit, http.StatusOK, `{"session_token":"t","session":{"id":"s","active":true,`+
		`"expires_at":"2099-01-01T00:00:00Z","identity":{"id":"i","traits":{}}}}`)
	login, err := logIn()
	require.NoError(t, err)
	require.Equal(t, "t", login.Token.Reveal())
}
