package test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// keyBoth lets a browser submit fields to flows of create, in JSON and by form, and checks the
// answers.
func (p *person) keyBoth(about string, create func() *orylogin.Flow, fields map[string]string, json, form string) {
	p.t.Helper()
	_, err := p.submit(create(), custom(p.t, fields))
	same(p.t, about+", by JSON", json, told(err))
	_, err = p.submitForm(create(), fields)
	same(p.t, about+", by form", form, told(err))
}

// TestRefusedKeys submits texts that do not answer the challenge of a security key or passkey.
func TestRefusedKeys(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, append(securityKeys(true), kratostest.Set("selfservice.methods.passkey.enabled", true))...)
	_, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: "eve@example.com", Password: ada.Password})
	require.NoError(t, err)
	enrol(t, kratos, "webauthn", "webauthn_register_trigger", "webauthn_register")
	enrolled := enrol(t, kratos, "passkey", "passkey_create_data", "passkey_settings_register")
	p := newPerson(t, client)
	fresh := func() *orylogin.Flow { return p.create(orylogin.FlowOptions{}) }
	key := func(identifier, response string) map[string]string {
		return map[string]string{"method": "webauthn", "identifier": identifier, "webauthn_login": response}
	}
	passkey := func(response string) map[string]string {
		return map[string]string{"method": "passkey", "passkey_login": response}
	}
	p.keyBoth("a key of nobody", fresh, key("nobody@example.com", ""), "refused ValidationError 4000015", "refused ValidationError 4000015")
	p.keyBoth("a key that eve does not have", fresh, key("eve@example.com", ""), "refused ValidationError 4000015", "refused ValidationError 4000015")
	p.keyBoth("a key without identifier", fresh, key("", ""), "refused ValidationError 4000002", "refused ValidationError 4000002")
	p.keyBoth("a key's answer that is none", fresh, key(ada.Email, "nonsense"), "refused ValidationError 4000001", "refused ValidationError 4000001")
	p.keyBoth("a passkey's answer that is none", fresh, passkey("nonsense"), "refused ValidationError 4000001", "refused ValidationError 4000001")
	p.keyBoth("no answer of a passkey", fresh, passkey(""), "location_change LocationChangeError browser_location_change_required", "next_step NextStepError")
	foreign := newKey()
	foreign.authenticator.Options.UserHandle = []byte("of nobody")
	flow := fresh()
	_, err = p.submit(flow, orylogin.Passkey{Response: foreign.assert(t, value(t, flow, "passkey_challenge"))})
	same(t, "a passkey of nobody", "refused ValidationError 4000015", told(err))

	// An answer to the challenge of another flow.
	flow = fresh()
	assertion := enrolled.assert(t, value(t, flow, "passkey_challenge"))
	p.keyBoth("an answer without a challenge", fresh, key(ada.Email, assertion.Reveal()), "unavailable APIError", "unavailable APIError")
	p.keyBoth("an answer to another challenge", fresh, passkey(assertion.Reveal()), "refused ValidationError 4000008", "refused ValidationError 4000008")

	// The methods are not for native flows, and they can be switched off.
	for name, fields := range map[string]map[string]string{"key": key(ada.Email, ""), "passkey": passkey("nonsense")} {
		_, err := client.Login(t.Context(), custom(t, fields))
		same(t, name+" natively", "refused ValidationError 4010002", told(err))
	}
	create := fresh()
	change(t, kratos, kratostest.Set("selfservice.methods.webauthn.enabled", false), kratostest.Set("selfservice.methods.passkey.enabled", false))
	_, err = p.submit(create, custom(t, key(ada.Email, "")))
	same(t, "key switched off", "not_found APIError", told(err))
	_, err = p.submit(create, custom(t, passkey("nonsense")))
	same(t, "passkey switched off", "not_found APIError", told(err))
}

// TestKeysOfASession logs in again with a key or a passkey. The flow offers it to users who
// have one.
func TestKeysOfASession(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, append(securityKeys(true), kratostest.Set("selfservice.methods.passkey.enabled", true))...)
	p := newPerson(t, client)
	_, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	refresh := func() *orylogin.Flow { return p.create(orylogin.FlowOptions{Refresh: true}) }
	require.ElementsMatch(t, []string{"password"}, refresh().Methods())
	key := enrol(t, kratos, "webauthn", "webauthn_register_trigger", "webauthn_register")
	passkey := enrol(t, kratos, "passkey", "passkey_create_data", "passkey_settings_register")
	flow := refresh()
	require.ElementsMatch(t, []string{"webauthn", "passkey", "password"}, flow.Methods())
	_, err = p.submit(flow, orylogin.Passkey{Response: passkey.assert(t, value(t, flow, "passkey_challenge"))})
	same(t, "passkey", "ok", told(err))
	flow = refresh()
	_, err = p.submit(flow, orylogin.WebAuthn{Identifier: ada.Email, Response: key.assert(t, argument(t, value(t, flow, "webauthn_login_trigger")))})
	same(t, "key", "ok", told(err))

	// A security key that replaces the password is not a second factor.
	aal2 := func() *orylogin.Flow { return p.create(orylogin.FlowOptions{AAL: orylogin.AAL2}) }
	require.Empty(t, aal2().Methods())
	p.keyBoth("key as a second factor", aal2, map[string]string{"method": "webauthn", "identifier": ada.Email}, "refused ValidationError 4010002", "refused ValidationError 4010002")
	p.keyBoth("passkey as a second factor", aal2, map[string]string{"method": "passkey", "passkey_login": "x"}, "refused ValidationError 4010002", "refused ValidationError 4010002")
	change(t, kratos, securityKeys(false)...)
	require.Empty(t, aal2().Methods())
	p.keyBoth("password at the first level", refresh, password(ada.Email, ada.Password), "ok", "ok")
	p.keyBoth("key for a password", func() *orylogin.Flow { return p.create(orylogin.FlowOptions{AAL: orylogin.AAL2, Refresh: true}) },
		map[string]string{"method": "webauthn", "identifier": ada.Email, "webauthn_login": "nonsense"}, "refused ValidationError 4000001", "refused ValidationError 4000001")
}

// TestKeysAfterTheIdentifier checks which keys are offered after an account was named.
func TestKeysAfterTheIdentifier(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, append(securityKeys(true), kratostest.Set("selfservice.methods.passkey.enabled", true),
		kratostest.Set("selfservice.flows.login.style", "identifier_first"))...)
	_, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: "eve@example.com", Password: ada.Password})
	require.NoError(t, err)
	change(t, kratos, kratostest.Set("selfservice.flows.login.style", "unified"))
	enrol(t, kratos, "webauthn", "webauthn_register_trigger", "webauthn_register")
	enrol(t, kratos, "passkey", "passkey_create_data", "passkey_settings_register")
	change(t, kratos, kratostest.Set("selfservice.flows.login.style", "identifier_first"))
	for _, mitigate := range []bool{false, true} {
		change(t, kratos, kratostest.Set("security.account_enumeration.mitigate", mitigate))
		for _, email := range []string{ada.Email, "eve@example.com", "nobody@example.com"} {
			p := newPerson(t, client)
			want := "next_step NextStepError"
			if email == "nobody@example.com" && !mitigate {
				want = "refused ValidationError 4000037"
			}
			p.keyBoth(email, func() *orylogin.Flow { return p.create(orylogin.FlowOptions{}) },
				map[string]string{"method": "identifier_first", "identifier": email}, want, want)
		}
	}
	everyWay(t, newClient(t, kratos.PublicURL), "no identifier", map[string]string{"method": "identifier_first"}, "next_step NextStepError")
	everyWay(t, client, "password at once", password(ada.Email, ada.Password), "ok")
	p := newPerson(t, client)
	_, err = p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	p.keyBoth("identifier of a second factor", func() *orylogin.Flow { return p.create(orylogin.FlowOptions{AAL: orylogin.AAL2}) },
		map[string]string{"method": "identifier_first", "identifier": ada.Email}, "refused ValidationError 4010002", "refused ValidationError 4010002")
}

// TestSecondFactorsThatAreNone submits a code that is too short, and the answer of a key that
// the account does not have.
func TestSecondFactorsThatAreNone(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, securityKeys(false)...)
	_, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Username: "bob", Password: ada.Password}) // no key is for a user name
	require.NoError(t, err)
	p := newPerson(t, client)
	_, err = p.submit(p.create(orylogin.FlowOptions{}), orylogin.Password{Identifier: "bob", Password: secret})
	require.NoError(t, err)
	aal2 := func() *orylogin.Flow { return p.create(orylogin.FlowOptions{AAL: orylogin.AAL2}) }
	key := map[string]string{"method": "webauthn", "identifier": "bob", "webauthn_login": "nonsense"}
	p.keyBoth("no key", aal2, key, "refused ValidationError 4000013", "refused ValidationError 4000013")
	p.keyBoth("key as a first factor", func() *orylogin.Flow { return p.create(orylogin.FlowOptions{Refresh: true}) }, key,
		"refused ValidationError 4000015", "refused ValidationError 4000015")

	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	_, err = kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	_, err = client.StepUp(t.Context(), login.Token, orylogin.TOTP{Code: orylogin.NewSecret("123")})
	same(t, "too short, natively", "refused ValidationError 4000003", told(err))
	short := map[string]string{"method": "totp", "totp_code": "123"}
	p.keyBoth("too short", aal2, short, "refused ValidationError 4000003", "refused ValidationError 4000003")
}
