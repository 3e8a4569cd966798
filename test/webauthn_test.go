package test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// relyingParty is the relying party of the keys, as the server is configured.
var relyingParty = virtualwebauthn.RelyingParty{ID: "localhost", Name: "kratostest", Origin: "http://localhost:4455"}

// securityKeys lets users have security keys, in place of a password or as a second factor.
func securityKeys(passwordless bool) []kratostest.Setting {
	return []kratostest.Setting{
		kratostest.Set("selfservice.methods.webauthn.enabled", true),
		kratostest.Set("selfservice.methods.webauthn.config.passwordless", passwordless),
	}
}

// key is an authenticator with one credential.
type key struct {
	authenticator virtualwebauthn.Authenticator
	credential    virtualwebauthn.Credential
}

// newKey returns a key that no server knows.
func newKey() *key {
	return &key{virtualwebauthn.NewAuthenticator(), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)}
}

// assert answers the challenge of a login.
func (k *key) assert(t *testing.T, challenge string) orylogin.Secret {
	t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(challenge)
	require.NoError(t, err, challenge)
	require.Equal(t, relyingParty.ID, options.RelyingPartyID)
	k.credential.Counter++
	return orylogin.NewSecret(virtualwebauthn.CreateAssertionResponse(relyingParty, k.authenticator, k.credential, *options))
}

// enrol gives ada a new key through the settings flow, as her browser does it. It logs in with
// her password first. The challenge is in the node with the name, and its answer goes into the
// field.
func enrol(t *testing.T, kratos *kratostest.Server, method, node, field string) *key {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar}
	call := func(verb, path string, body map[string]any) *orylogin.Flow {
		encoded, err := json.Marshal(body)
		require.NoError(t, err)
		request, err := http.NewRequestWithContext(t.Context(), verb, kratos.PublicURL+path, bytes.NewReader(encoded))
		require.NoError(t, err)
		request.Header.Set("Accept", "application/json")
		request.Header.Set("Content-Type", "application/json")
		response, err := client.Do(request)
		require.NoError(t, err)
		defer func() { require.NoError(t, response.Body.Close()) }()
		content, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.StatusCode, "%s", content)
		flow := &orylogin.Flow{}
		require.NoError(t, json.Unmarshal(content, flow))
		return flow
	}
	flow := call(http.MethodGet, "/self-service/login/browser", nil)
	call(http.MethodPost, "/self-service/login?flow="+flow.ID, map[string]any{
		"method": "password", "identifier": ada.Email, "password": ada.Password, "csrf_token": value(t, flow, "csrf_token"),
	})

	settings := call(http.MethodGet, "/self-service/settings/browser", nil)
	creation := value(t, settings, node)
	if strings.HasPrefix(creation, "window.") {
		creation = argument(t, creation)
	}
	options, err := virtualwebauthn.ParseAttestationOptions(creation)
	require.NoError(t, err, creation)
	enrolled := newKey()
	enrolled.authenticator.Options.UserHandle = []byte(options.UserID)
	call(http.MethodPost, "/self-service/settings?flow="+settings.ID, map[string]any{
		"method": method, "csrf_token": value(t, settings, "csrf_token"), field + "_displayname": "ada's key",
		field: virtualwebauthn.CreateAttestationResponse(relyingParty, enrolled.authenticator, enrolled.credential, *options),
	})
	return enrolled
}

// value returns what the node with the name has for the page: its value, or the script of its
// button.
func value(t *testing.T, flow *orylogin.Flow, name string) string {
	t.Helper()
	for _, node := range flow.UI.Nodes {
		if node.Attributes.Name == name {
			if text := node.Attributes.Value.Text(); text != "" {
				return text
			}
			return node.Attributes.Onclick
		}
	}
	require.Failf(t, "no such node", "%s in %+v", name, flow.UI.Nodes)
	return ""
}

// argument returns the JSON argument of a JavaScript call with one argument.
func argument(t *testing.T, call string) string {
	t.Helper()
	from, to := strings.Index(call, "{"), strings.LastIndex(call, "}")
	require.Positive(t, to, call)
	return call[from : to+1]
}

// loggedIn requires a complete login with the assurance level and the methods. The server must
// know its cookie.
func loggedIn(t *testing.T, p *person, login *orylogin.Login, err error, aal orylogin.AAL, methods ...string) {
	t.Helper()
	require.NoError(t, err)
	session, err := p.whoami()
	require.NoError(t, err)
	require.Equal(t, login.Session.ID, session.ID)
	for _, session := range []*orylogin.Session{login.Session, session} {
		require.Equal(t, aal, session.AuthenticatorAssuranceLevel)
		used := make([]string, len(session.AuthenticationMethods))
		for i, method := range session.AuthenticationMethods {
			used[i] = method.Method
		}
		require.Equal(t, methods, used)
	}
}

// refused requires a refusal with the message, after which the flow can continue. Up to v26.2,
// the server refuses an unknown key with the message for a wrong code.
func refused(t *testing.T, err error, flow *orylogin.Flow, id orylogin.MessageID) {
	t.Helper()
	var refusal *orylogin.ValidationError
	require.ErrorAs(t, err, &refusal)
	require.ErrorIs(t, err, id)
	require.Equal(t, flow.ID, refusal.Flow.ID)
}

// TestSecurityKey logs in with a security key and without a password. The server answers the
// identifier by sending the browser back to the page. Then the flow has the challenge.
func TestSecurityKey(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, securityKeys(true)...)
	enrolled := enrol(t, kratos, "webauthn", "webauthn_register_trigger", "webauthn_register")
	for name, step1 := range map[string]func(*person, *orylogin.Flow) (*orylogin.Login, error){
		"json": func(p *person, flow *orylogin.Flow) (*orylogin.Login, error) {
			return p.submit(flow, orylogin.WebAuthn{Identifier: ada.Email})
		},
		"form": func(p *person, flow *orylogin.Flow) (*orylogin.Login, error) {
			return p.submitForm(flow, map[string]string{"method": "webauthn", "identifier": ada.Email})
		},
	} {
		p := newPerson(t, client)
		flow := p.create(orylogin.FlowOptions{})
		_, err := step1(p, flow)
		if name == "json" {
			var change *orylogin.LocationChangeError
			require.ErrorAs(t, err, &change)
			require.Equal(t, uiURL+"/login?flow="+flow.ID, change.URL)
			require.Equal(t, orylogin.OutcomeLocationChange, orylogin.OutcomeOf(err))
		} else {
			var next *orylogin.NextStepError
			require.ErrorAs(t, err, &next)
			require.Equal(t, flow.ID, next.Flow.ID)
		}
		p.visit(func(v *orylogin.Visit) { flow, err = v.GetFlow(t.Context(), flow.ID) })
		require.NoError(t, err)

		challenge := argument(t, value(t, flow, "webauthn_login_trigger"))
		foreign := newKey().assert(t, challenge)
		_, err = p.submit(flow, orylogin.WebAuthn{Identifier: ada.Email, Response: foreign})
		refused(t, err, flow, expect(kratos).foreignKey)
		_, err = p.whoami()
		require.ErrorIs(t, err, orylogin.ErrSessionInactive, name)
		login, err := p.submit(flow, orylogin.WebAuthn{Identifier: ada.Email, Response: enrolled.assert(t, challenge)})
		loggedIn(t, p, login, err, orylogin.AAL1, "webauthn")
	}
}

// TestSecurityKeyAsSecondFactor adds a security key to a login with a password.
func TestSecurityKeyAsSecondFactor(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, securityKeys(false)...)
	enrolled := enrol(t, kratos, "webauthn", "webauthn_register_trigger", "webauthn_register")
	p := newPerson(t, client)
	login, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
	loggedIn(t, p, login, err, orylogin.AAL1, "password")

	flow := p.create(orylogin.FlowOptions{AAL: orylogin.AAL2})
	challenge := argument(t, value(t, flow, "webauthn_login_trigger"))
	_, err = p.submit(flow, orylogin.WebAuthn{Response: enrolled.assert(t, challenge)})
	refused(t, err, flow, orylogin.ErrFieldRequired) // the identifier is missing, which a hidden field has
	require.Equal(t, ada.Email, value(t, flow, "identifier"))
	_, err = p.submit(flow, orylogin.WebAuthn{Identifier: ada.Email, Response: newKey().assert(t, challenge)})
	refused(t, err, flow, expect(kratos).foreignKey)
	login, err = p.submit(flow, orylogin.WebAuthn{Identifier: ada.Email, Response: enrolled.assert(t, challenge)})
	loggedIn(t, p, login, err, orylogin.AAL2, "password", "webauthn")
}

// TestPasskey logs in with a passkey alone. The user gives not even an identifier.
func TestPasskey(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, kratostest.Set("selfservice.methods.passkey.enabled", true))
	enrolled := enrol(t, kratos, "passkey", "passkey_create_data", "passkey_settings_register")
	p := newPerson(t, client)
	flow := p.create(orylogin.FlowOptions{})
	challenge := value(t, flow, "passkey_challenge")

	foreign := newKey()
	foreign.authenticator.Options.UserHandle = enrolled.authenticator.Options.UserHandle
	_, err := p.submit(flow, orylogin.Passkey{Response: foreign.assert(t, challenge)})
	refused(t, err, flow, expect(kratos).foreignKey)
	_, err = p.whoami()
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)

	login, err := p.submit(flow, orylogin.Passkey{Response: enrolled.assert(t, challenge)})
	loggedIn(t, p, login, err, orylogin.AAL1, "passkey")
}
