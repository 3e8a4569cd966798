package test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// browse opens a URL with the person's cookies and follows redirects to a page of the user
// interface or of the app. It returns nil if the redirects end before that.
func (p *person) browse(from string) *url.URL {
	p.t.Helper()
	at, err := url.Parse(from)
	require.NoError(p.t, err)
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for range 10 {
		if at.Host == "127.0.0.1:4455" {
			return at
		}
		request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, at.String(), nil)
		require.NoError(p.t, err)
		request.Header.Set("Accept", "text/html")
		for name, value := range p.cookies {
			request.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		response, err := browser.Do(request)
		require.NoError(p.t, err)
		require.NoError(p.t, response.Body.Close())
		for _, cookie := range response.Cookies() {
			if p.cookies[cookie.Name] = cookie.Value; cookie.MaxAge < 0 || cookie.Value == "" {
				delete(p.cookies, cookie.Name)
			}
		}
		if at, err = response.Location(); err != nil {
			return nil
		}
	}
	p.t.Fatal("the browser goes round in circles")
	return nil
}

// arrived describes what the page learns to which the browser has come back.
func (p *person) arrived(at *url.URL) string {
	p.t.Helper()
	if at == nil {
		return "nothing"
	}
	var err error
	switch id := at.Query().Get("flow"); {
	case at.Path == "/error":
		var record *orylogin.ErrorRecord
		p.visit(func(v *orylogin.Visit) { record, err = v.GetError(p.t.Context(), at.Query().Get("id")) })
		require.NoError(p.t, err)
		return "error page: " + told(record.Err)
	case at.Path == "/login":
		var flow *orylogin.Flow
		p.visit(func(v *orylogin.Visit) { flow, err = v.GetFlow(p.t.Context(), id) })
		if err != nil {
			return "login page: " + told(err)
		}
		words := []string{"login page:"}
		for _, message := range flow.Messages() {
			words = append(words, message.Type, message.Text)
		}
		return strings.Join(words, " ")
	case id != "":
		return at.Path + "?flow"
	}
	_, err = p.whoami()
	return at.Path + " " + told(err)
}

// cameBack logs in at the provider natively and as a browser. It returns what the program
// learns and what the page learns.
func cameBack(t *testing.T, client *orylogin.Client) (string, string) {
	t.Helper()
	flow, err := client.CreateFlow(t.Context(), withProvider)
	require.NoError(t, err)
	there := func(err error) string {
		var change *orylogin.LocationChangeError
		require.ErrorAs(t, err, &change)
		return change.URL
	}
	_, err = client.Submit(t.Context(), flow.ID, orylogin.OIDC{Provider: providertest.ID})
	native := "nothing"
	if end := newPerson(t, client).browse(there(err)); end != nil {
		_, err = client.Callback(t.Context(), flow, end)
		native = told(err)
	}

	p := newPerson(t, client)
	_, err = p.submit(p.create(orylogin.FlowOptions{}), orylogin.OIDC{Provider: providertest.ID})
	return native, p.arrived(p.browse(there(err)))
}

// TestMisbehavingProvider logs in with a provider that does not work correctly.
func TestMisbehavingProvider(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, ada.Email)
	kratos, client := start(t, provider.Settings()...)
	tokens := func(claims map[string]any) map[string]any {
		made, err := provider.Tokens(claims)
		require.NoError(t, err)
		return made
	}
	without := tokens(nil)
	delete(without, "id_token")
	unsigned := tokens(nil)
	unsigned["id_token"] = unsigned["id_token"].(string) + "x"
	fromUserinfo := providertest.Known(provider.Entry(map[string]any{"claims_source": "userinfo"}))
	fromToken := providertest.Known(provider.Entry(nil))
	for _, test := range []struct {
		name            string
		setting         kratostest.Setting
		at              providertest.Endpoint
		status          int
		body            any
		native, browser string
	}{
		{"refuses the code", fromToken, providertest.Token, 400, map[string]any{"error": "invalid_grant"}, "nothing", "error page: unavailable APIError"},
		{"is broken", fromToken, providertest.Token, 500, "<html>", "nothing", "error page: unavailable APIError"},
		{"gives no ID token", fromToken, providertest.Token, 200, without, "refused ValidationError 4000001", "login page: error Authentication failed because no id_token was returned. Please accept the \"openid\" permission and try again."},
		{"signs wrongly", fromToken, providertest.Token, 200, unsigned, "refused ValidationError 4000001", "login page: error failed to verify signature: failed to verify id token signature"},
		{"has another audience", fromToken, providertest.Token, 200, tokens(map[string]any{"aud": "another"}), "refused ValidationError 4000001", "login page: error oidc: expected audience \"ours\" got [\"another\"]"},
		{"gives a token that is over", fromToken, providertest.Token, 200, tokens(map[string]any{"exp": 1}), "refused ValidationError 4000001", "login page: error oidc: token is expired (Token Expiry: 1970-01-01 00:00:01 +0000 UTC)"},
		{"names nobody", fromToken, providertest.Token, 200, tokens(map[string]any{"sub": nil}), "nothing", "error page: unavailable APIError"},
		{"has a claim of another type", fromToken, providertest.Token, 200, tokens(map[string]any{"email": 7}), "refused ValidationError 4000001", "login page: error json: cannot unmarshal number into Go struct field Claims.email of type string"},
		{"tells no e-mail address", fromToken, providertest.Token, 200, tokens(map[string]any{"sub": "without address"}), "ok", "/ ok"},
		{"has not verified the address", fromToken, providertest.Token, 200, tokens(map[string]any{"sub": "unverified", "email": "unverified@example.com", "email_verified": "false", "locale": "de-DE"}), "ok", "/ ok"},
		{"has several locales", fromToken, providertest.Token, 200, tokens(map[string]any{"sub": "locales", "email": "locales@example.com", "locale": map[string]any{"language": "de", "country": "DE"}}), "ok", "/ ok"},
		{"has a strange locale", fromToken, providertest.Token, 200, tokens(map[string]any{"sub": "strange", "locale": 7}), "refused ValidationError 4000001", "login page: error json: cannot unmarshal number into Go struct field Claims.locale of type string"},
		{"has an address that is none", fromToken, providertest.Token, 200, tokens(map[string]any{"sub": "no address", "email": "nonsense"}), "next_step NextStepError", "/registration?flow"},
		{"fails to say who it is", fromUserinfo, providertest.Userinfo, 500, "no", "nothing", "error page: unavailable APIError"},
		{"says it in no JSON", fromUserinfo, providertest.Userinfo, 200, "<html>", "nothing", "error page: unavailable APIError"},
		{"says it in a list", fromUserinfo, providertest.Userinfo, 200, `["sub"]`, "nothing", "error page: unavailable APIError"},
		{"says it is somebody else", fromUserinfo, providertest.Userinfo, 200, map[string]any{"sub": "somebody else"}, "refused ValidationError 4000001", "login page: error sub (Subject) claim mismatch between ID token and UserInfo endpoint"},
		{"has a claim of another type there", fromUserinfo, providertest.Userinfo, 200, map[string]any{"sub": "somebody", "email": 7}, "nothing", "error page: unavailable APIError"},
	} {
		change(t, kratos, test.setting)
		provider.Answer(test.at, test.status, test.body)
		for range 2 {
			provider.LogIn("new@example.com")
		}
		native, browser := cameBack(t, client)
		browser = strings.ReplaceAll(browser, provider.Entry(nil)["client_id"].(string), "ours")
		provider.Answer(test.at, 0, nil)
		same(t, test.name, test.native, native)
		same(t, test.name, test.browser, browser)
	}

	// The claims of the ID token count more than those of the userinfo endpoint.
	change(t, kratos, fromUserinfo)
	provider.Answer(providertest.Userinfo, 200, map[string]any{"sub": "somebody", "email": "somebody@example.com"})
	provider.Answer(providertest.Token, 200, without)
	native, browser := cameBack(t, client)
	same(t, "userinfo", "refused ValidationError 4000001", native)
	same(t, "userinfo", "login page: error Authentication failed because no id_token was returned. Please accept the \"openid\" permission and try again.", browser)
	provider.Answer(providertest.Token, 200, unsigned)
	native, browser = cameBack(t, client)
	same(t, "userinfo", "refused ValidationError 4000001", native)
	same(t, "userinfo", "login page: error failed to verify signature: failed to verify id token signature", browser)
	provider.Answer(providertest.Token, 200, tokens(nil))
	native, browser = cameBack(t, client)
	same(t, "userinfo", "ok", native)
	same(t, "userinfo", "/ ok", browser)
}

// toProvider is the result for all who have to continue at the provider.
const toProvider = "native: location_change LocationChangeError browser_location_change_required; " +
	"json: location_change LocationChangeError browser_location_change_required; form: location_change LocationChangeError"

// TestProviderThatIsGone submits to a provider that does not answer, or whose configuration is
// wrong.
func TestProviderThatIsGone(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, ada.Email)
	kratos, client := start(t, provider.Settings()...)
	fields := map[string]string{"method": "oidc", "provider": providertest.ID}
	for _, test := range []struct {
		name    string
		setting kratostest.Setting
		want    string
	}{
		{"gone", providertest.Known(provider.Entry(map[string]any{"issuer_url": "http://127.0.0.1:1"})), "unavailable APIError"},
		{"gone, with PKCE", providertest.Known(provider.Entry(map[string]any{"issuer_url": "http://127.0.0.1:1", "pkce": "force"})), "unavailable APIError"},
		{"no PKCE", providertest.Known(provider.Entry(map[string]any{"pkce": "never"})), toProvider},
		{"PKCE", providertest.Known(provider.Entry(map[string]any{"pkce": "force"})), toProvider},
		{"OAuth1", providertest.Known(provider.Entry(map[string]any{"provider": "x"})), "unavailable APIError"},
		{"no issuer", providertest.Known(provider.Entry(map[string]any{"provider": "github"})), toProvider},
		{"claims", providertest.Known(provider.Entry(map[string]any{"requested_claims": map[string]any{"id_token": map[string]any{"email": nil}}})), toProvider},
		{"own scope", providertest.Known(provider.Entry(map[string]any{"scope": []string{"email"}})), toProvider},
		{"organization", providertest.Known(provider.Entry(map[string]any{"organization_id": unknown})), toProvider},
		{"unknown", providertest.Known(provider.Entry(map[string]any{"id": "another"})), "not_found APIError"},
	} {
		change(t, kratos, test.setting)
		everyWay(t, client, test.name, fields, test.want)
	}
	change(t, kratos, providertest.Known(provider.Entry(nil)))
	provider.Answer(providertest.Discovery, 200, `{"issuer":"http://another.example.com"}`)
	everyWay(t, client, "foreign issuer", fields, "unavailable APIError")
	provider.Answer(providertest.Discovery, 0, nil)
	change(t, kratos, kratostest.Set("selfservice.methods.oidc.config.base_redirect_uri", "http://127.0.0.1:4455/base/"))
	everyWay(t, client, "another base", fields, toProvider)
	everyWay(t, client, "another method", map[string]string{"method": "password", "provider": providertest.ID, "identifier": ada.Email, "password": ada.Password}, "ok")
	everyWay(t, newClient(t, kratos.PublicURL), "strange parameters", map[string]string{"method": "oidc", "provider": providertest.ID, "upstream_parameters": "7"}, "unavailable APIError")
	change(t, kratos, kratostest.Set("selfservice.methods.oidc.enabled", false))
	everyWay(t, client, "switched off", fields, "not_found APIError")
}

// TestIDTokenOfAProvider logs in with a token that an app has got from the provider.
func TestIDTokenOfAProvider(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, ada.Email)
	kratos, client := start(t, provider.Settings()...)
	logIn := func(about string, kind, token, nonce, want string) {
		change(t, kratos, providertest.Known(provider.Entry(map[string]any{"provider": kind, "additional_id_token_audiences": []string{"app"}})))
		everyWay(t, client, about, map[string]string{
			"method": "oidc", "provider": providertest.ID, "id_token": token, "id_token_nonce": nonce,
		}, want)
	}
	foreign := func(issuer, audience string) string {
		made, err := provider.Tokens(map[string]any{"iss": issuer, "aud": audience, "nonce": "n"})
		require.NoError(t, err)
		return made["id_token"].(string)
	}
	logIn("generic", "generic", "a.b.c", "n", "unavailable APIError")
	logIn("no token", "google", "nonsense", "n", "unavailable APIError")
	logIn("another issuer", "google", foreign("https://example.com", "app"), "n", "unavailable APIError")
	logIn("another audience", "google", foreign("https://accounts.google.com", "another"), "n", "unavailable APIError")
}

// TestProviderCallbacks calls the callback of providers in ways in which no provider calls it.
func TestProviderCallbacks(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	kratos, client := start(t, provider.Settings()...)
	callback := kratos.PublicURL + "/self-service/methods/oidc/callback"
	sent := func(p *person) url.Values {
		_, err := p.submit(p.create(orylogin.FlowOptions{}), orylogin.OIDC{Provider: providertest.ID})
		var change *orylogin.LocationChangeError
		require.ErrorAs(t, err, &change)
		there, err := url.Parse(change.URL)
		require.NoError(t, err)
		return there.Query()
	}
	p := newPerson(t, client)
	first := sent(p).Get("state")
	state := sent(p).Get("state")
	for _, test := range []struct{ name, path, want string }{
		{"no state", "/loopback?code=c", "error page: other APIError"},
		{"strange state", "/loopback?code=c&state=nonsense", "error page: other APIError"},
		{"another provider", "/another?code=c&state=" + url.QueryEscape(state), "error page: other APIError"},
		{"another login's state", "/loopback?code=c&state=" + url.QueryEscape(first), "error page: other APIError"},
		{"no code", "/loopback?state=" + url.QueryEscape(state), "login page: error Unable to complete OpenID Connect flow because the OpenID Provider did not return the code query parameter."},
		{"a code that is wrong", "?code=c&state=" + url.QueryEscape(state), "error page: unavailable APIError"},
	} {
		same(t, test.name, test.want, p.arrived(p.browse(callback+test.path)))
	}
	other := newPerson(t, client)
	other.create(orylogin.FlowOptions{})
	same(t, "another browser", "error page: other APIError", other.arrived(other.browse(callback+"/loopback?code=c&state="+url.QueryEscape(state))))

	// A user who has logged in since.
	state = sent(p).Get("state")
	_, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	same(t, "logged in", "/ ok", p.arrived(p.browse(callback+"/loopback?code=c&state="+url.QueryEscape(state))))

	// An expired flow, and a flow whose provider is no longer configured.
	p = newPerson(t, client)
	change(t, kratos, flowsExpire)
	flow := p.create(orylogin.FlowOptions{})
	change(t, kratos, flowsLast)
	_, err = p.submit(flow, orylogin.OIDC{Provider: providertest.ID})
	same(t, "userinfo", "expired ExpiredError self_service_flow_expired", told(err))

	p = newPerson(t, client)
	state = sent(p).Get("state")
	change(t, kratos, providertest.Known(provider.Entry(map[string]any{"id": "another"})))
	same(t, "provider gone", "error page: not_found APIError", p.arrived(p.browse(callback+"/loopback?code=c&state="+url.QueryEscape(state))))
	change(t, kratos, providertest.Known(provider.Entry(nil)))

	// Form posts, as Apple sends them.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, callback+"/apple", strings.NewReader("code=c&state=s"))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, callback+"/apple?code=c&state=s", response.Header.Get("Location"))
}

// TestProviderOfAnAccount checks which providers a login offers to a user who has one of them.
func TestProviderOfAnAccount(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	both := providertest.Known(provider.Entry(nil), provider.Entry(map[string]any{"id": "other", "label": ""}))
	kratos, client := start(t, provider.Settings(both)...)
	offered := func(flow *orylogin.Flow) []string { return flow.Choices("provider") }
	p := newPerson(t, client)
	logIn := func(id string, options orylogin.FlowOptions) string {
		provider.LogIn("new@example.com")
		flow := p.create(options)
		_, err := p.submit(flow, orylogin.OIDC{Provider: id, Traits: []byte(`{"username":"newcomer"}`)})
		var change *orylogin.LocationChangeError
		require.ErrorAs(t, err, &change)
		return p.arrived(p.browse(change.URL))
	}
	require.Equal(t, "/ ok", logIn(providertest.ID, orylogin.FlowOptions{}))
	require.ElementsMatch(t, []string{providertest.ID}, offered(p.create(orylogin.FlowOptions{Refresh: true})))
	require.Equal(t, "/ ok", logIn(providertest.ID, orylogin.FlowOptions{Refresh: true}))
	require.Equal(t, "login", provider.Asked().Get("prompt"))

	// The account at the other provider is linked to the user's account from the first one.
	p = newPerson(t, client)
	require.Contains(t, logIn("other", orylogin.FlowOptions{}), "login page: info You tried to sign in with")

	// A login of a user without a provider.
	p = newPerson(t, client)
	_, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	require.Empty(t, offered(p.create(orylogin.FlowOptions{Refresh: true})))

	// The identifier comes first. A server that hides accounts offers all providers to
	// everybody.
	change(t, kratos, kratostest.Set("selfservice.flows.login.style", "identifier_first"))
	everything := []string{providertest.ID, "other"}
	for _, test := range []struct {
		hidden  bool
		address string
		offered []string
	}{
		{false, "new@example.com", []string{providertest.ID}},
		{false, ada.Email, nil},
		{true, "new@example.com", everything},
		{true, ada.Email, everything},
		{true, "nobody@example.com", everything},
	} {
		change(t, kratos, kratostest.Set("security.account_enumeration.mitigate", test.hidden))
		_, err := client.Login(t.Context(), orylogin.IdentifierFirst{Identifier: test.address})
		var next *orylogin.NextStepError
		require.ErrorAs(t, err, &next, test.address)
		require.ElementsMatch(t, test.offered, offered(next.Flow), test.address)
	}
}

// TestLinkingProviders comes back from a provider with the address of an account that has
// another credential. A login links the two.
func TestLinkingProviders(t *testing.T) {
	t.Parallel()
	provider, err := providertest.Run(t.Context())
	require.NoError(t, err)
	kratos, client := start(t, provider.Settings(
		providertest.Known(provider.Entry(nil), provider.Entry(map[string]any{"id": "other", "label": "Other"})),
	)...)
	_, err = kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: "eve@example.com", Password: ada.Password})
	require.NoError(t, err)
	conflict := func(p *person, id, email, traits string) *orylogin.Flow {
		t.Helper()
		provider.LogIn(email)
		_, err := p.submit(p.create(orylogin.FlowOptions{}), orylogin.OIDC{Provider: id, Traits: []byte(traits)})
		var change *orylogin.LocationChangeError
		require.ErrorAs(t, err, &change)
		at := p.browse(change.URL)
		require.NotNil(t, at)
		var flow *orylogin.Flow
		p.visit(func(v *orylogin.Visit) { flow, err = v.GetFlow(t.Context(), at.Query().Get("flow")) })
		require.NoError(t, err, at)
		require.NotEmpty(t, flow.Messages().ID(orylogin.MessageLinkAccount))
		return flow
	}
	for _, hints := range []bool{false, true} {
		change(t, kratos, kratostest.Set("selfservice.flows.registration.login_hints", hints))
		for name, submit := range both {
			p := newPerson(t, client)
			_, err := submit(p, conflict(p, providertest.ID, ada.Email, `{}`), orylogin.Password{Identifier: "eve@example.com", Password: secret})
			same(t, "as somebody else, by "+name, "refused ValidationError 4010009", told(err))
		}
	}
	p := newPerson(t, client)
	_, err = p.submit(conflict(p, providertest.ID, ada.Email, `{}`), asAda)
	same(t, "as oneself", "ok", told(err))

	// A login at the first provider links the user's account to the other provider.
	provider.LogIn("new@example.com")
	p = newPerson(t, client)
	_, err = p.submit(p.create(orylogin.FlowOptions{}), orylogin.OIDC{Provider: providertest.ID, Traits: []byte(`{"username":"newcomer"}`)})
	var away *orylogin.LocationChangeError
	require.ErrorAs(t, err, &away)
	require.Equal(t, "/ ok", p.arrived(p.browse(away.URL)))
	p = newPerson(t, client)
	flow := conflict(p, "other", "newer@example.com", `{"username":"newcomer"}`)
	require.Equal(t, []string{providertest.ID}, flow.Choices("provider"))
	provider.LogIn("new@example.com")
	_, err = p.submit(flow, orylogin.OIDC{Provider: providertest.ID})
	require.ErrorAs(t, err, &away)
	require.Equal(t, "/ ok", p.arrived(p.browse(away.URL)))
}
