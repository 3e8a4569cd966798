package chromium_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"testing"

	browserpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/descope/virtualwebauthn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

var withPasskeys = kratostest.Set("selfservice.methods.passkey.enabled", true)

const withPasskey = "Sign in with passkey"

// enrolPasskey gives ada a passkey through the server's settings flow. It returns the passkey
// for the browser.
func (s *site) enrolPasskey(t *testing.T) *webauthn.Credential {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	kratos := &kratosClient{t: t, url: s.public, client: &http.Client{Jar: jar}}
	login := kratos.call(http.MethodGet, "/self-service/login/browser", nil)
	kratos.call(http.MethodPost, "/self-service/login?flow="+login.ID, map[string]any{
		"method": "password", "identifier": ada.Email, "password": ada.Password, "csrf_token": value(t, login, "csrf_token"),
	})
	settings := kratos.call(http.MethodGet, "/self-service/settings/browser", nil)
	options, err := virtualwebauthn.ParseAttestationOptions(value(t, settings, "passkey_create_data"))
	require.NoError(t, err)
	party := virtualwebauthn.RelyingParty{ID: "localhost", Name: "kratostest", Origin: s.url}
	key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	kratos.call(http.MethodPost, "/self-service/settings?flow="+settings.ID, map[string]any{
		"method": "passkey", "csrf_token": value(t, settings, "csrf_token"),
		"passkey_settings_register": virtualwebauthn.CreateAttestationResponse(party, virtualwebauthn.NewAuthenticator(), key, *options),
	})
	return &webauthn.Credential{
		CredentialID: key.ID, PrivateKey: key.Key.Data, UserHandle: []byte(options.UserID),
		RpID: party.ID, IsResidentCredential: true, SignCount: 1, UserName: ada.Email,
	}
}

// kratosClient is an HTTP client with cookies, like a browser without pages.
type kratosClient struct {
	t      *testing.T
	url    string
	client *http.Client
}

func (k *kratosClient) call(method, path string, body map[string]any) *orylogin.Flow {
	k.t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(k.t, err)
	request, err := http.NewRequestWithContext(k.t.Context(), method, k.url+path, bytes.NewReader(encoded))
	require.NoError(k.t, err)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	response, err := k.client.Do(request)
	require.NoError(k.t, err)
	defer func() { require.NoError(k.t, response.Body.Close()) }()
	require.Equal(k.t, http.StatusOK, response.StatusCode, path)
	flow := &orylogin.Flow{}
	require.NoError(k.t, json.NewDecoder(response.Body).Decode(flow))
	return flow
}

// value returns the value of the node with the name.
func value(t *testing.T, flow *orylogin.Flow, name string) string {
	t.Helper()
	for _, node := range flow.UI.Nodes {
		if node.Attributes.Name == name {
			return node.Attributes.Value.Text()
		}
	}
	require.FailNow(t, "no such node", name)
	return ""
}

// plugIn adds an authenticator to the browser. Its user always agrees.
func (p *page) plugIn() webauthn.AuthenticatorID {
	p.t.Helper()
	var id webauthn.AuthenticatorID
	p.command(func(ctx context.Context) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		result, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol:       webauthn.AuthenticatorProtocolCtap2,
				Transport:      webauthn.AuthenticatorTransportInternal,
				HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
				HasCmtgKey:                  true, // otherwise the browser refuses the parameters of AddCredential
				AutomaticPresenceSimulation: true,
			},
		})
		id = result.AuthenticatorID
		return err
	})
	return id
}

// waitForPress makes the browser one that does not offer passkeys in fields. Otherwise the
// virtual user would take them at once.
func (p *page) waitForPress() {
	p.t.Helper()
	p.command(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, browserpage.AddScriptToEvaluateOnNewDocument, browserpage.AddScriptToEvaluateOnNewDocumentParams{
			Source: `PublicKeyCredential.isConditionalMediationAvailable = async () => false`,
		})
		return err
	})
}

// store puts a passkey into an authenticator.
func (p *page) store(id webauthn.AuthenticatorID, passkey *webauthn.Credential) {
	p.t.Helper()
	p.command(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, webauthn.AddCredential, webauthn.AddCredentialParams{AuthenticatorID: id, Credential: passkey})
		return err
	})
}

func TestPasskey(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, change, withPasskeys)
			passkey := s.enrolPasskey(t)
			p := s.open(t, "/login")
			p.shows("/login", "Log in", withPasskey)
			assert.Contains(t, run[string](p, `document.activeElement.autocomplete`), "webauthn")
			p.capture("passkey", narrow)
			p.waitForPress()
			p.visit("/login")
			p.store(p.plugIn(), passkey)
			p.press(withPasskey)
			p.isAda("Passkey")
		})
	}
}

// TestPasskeyWithoutPress checks that the browser offers the passkey in the field. The virtual
// user takes it there.
func TestPasskeyWithoutPress(t *testing.T) {
	t.Parallel()
	s := start(t, nil, withPasskeys)
	passkey := s.enrolPasskey(t)
	p := s.open(t, "/nowhere")
	p.complained("status of 404")
	p.store(p.plugIn(), passkey)
	p.visit("/login")
	p.await(`document.querySelector("h1")?.innerText === "Hello!"`)
	p.isAda("Passkey")
}

// TestForeignPasskey uses a passkey that Kratos does not know.
func TestForeignPasskey(t *testing.T) {
	t.Parallel()
	s := start(t, nil, withPasskeys)
	passkey := s.enrolPasskey(t)
	passkey.PrivateKey = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2).Key.Data
	p := s.open(t, "/login")
	p.waitForPress()
	p.visit("/login")
	p.store(p.plugIn(), passkey)
	p.press(withPasskey)
	p.shows("/login", "Log in")
	foreign := orylogin.ErrInvalidTOTP
	if s.kratos.Release > kratostest.V26_2 {
		foreign = orylogin.ErrInvalidWebAuthn
	}
	p.refuses(foreign)
	assert.NotContains(t, p.cookies(), sessionCookie)
	p.capture("foreign-passkey")
}

// TestPasskeyScriptNeedsCORS checks that the script loads only if Kratos allows the
// application's origin.
func TestPasskeyScriptNeedsCORS(t *testing.T) {
	t.Parallel()
	s := start(t, nil, withPasskeys, kratostest.Set("serve.public.cors", nil))
	p := s.open(t, "/login")
	p.shows("/login", "Log in")
	assert.Equal(t, 1, run[int](p, `document.querySelectorAll("script[src$='/webauthn.js']").length`))
	p.complained("blocked by CORS policy")
	p.complained("net::ERR_FAILED")
	assert.Equal(t, "undefined", run[string](p, `typeof window.oryPasskeyLogin`))
	assert.True(t, run[bool](p, `document.querySelector("[name=passkey_login_trigger]").disabled`))
	p.capture("passkey-without-script")
	p.logIn() // logging in with a password works without the script
	p.isAda()
}
