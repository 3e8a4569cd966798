package test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

func fixed(fields map[string]string) func(entry) map[string]string {
	return func(entry) map[string]string { return fields }
}

// account makes an account whose password is a hash of another system.
func (s *storage) account() string {
	s.Helper()
	s.accounts++
	email := fmt.Sprintf("person%d@example.com", s.accounts)
	imported(s.T, s.kratos, withPassword(email, map[string]any{"hashed_password": hashes(s.T)["SSHA"]}))
	return email
}

func fieldsOfHash(e entry) map[string]string { return password(e.account(), ada.Password) }

func fieldsOfCode(e entry) map[string]string {
	email := e.account()
	_, err := e.submit(map[string]string{"method": "code", "identifier": email})
	require.Equal(e, orylogin.OutcomeNextStep, orylogin.OutcomeOf(err))
	return map[string]string{"method": "code", "identifier": email, "code": mailed(e.T, e.kratos, email).Reveal()}
}

func fieldsOfKey(e entry) map[string]string {
	_, err := e.submit(map[string]string{"method": "webauthn", "identifier": ada.Email})
	require.Equal(e, orylogin.OutcomeLocationChange, orylogin.OutcomeOf(err))
	flow, err := e.fetch()
	require.NoError(e, err)
	response := e.key.assert(e.T, argument(e.T, value(e.T, flow, "webauthn_login_trigger")))
	return map[string]string{"method": "webauthn", "identifier": ada.Email, "webauthn_login": response.Reveal()}
}

func fieldsOfPasskey(e entry) map[string]string {
	response := e.passkey.assert(e.T, value(e.T, e.flow, "passkey_challenge"))
	return map[string]string{"method": "passkey", "passkey_login": response.Reveal()}
}

// fieldsOfOldKey are of a passkey that was enrolled as a security key.
func fieldsOfOldKey(e entry) map[string]string {
	response := e.key.assert(e.T, value(e.T, e.flow, "passkey_challenge"))
	return map[string]string{"method": "passkey", "passkey_login": response.Reveal()}
}

func fieldsOfApp(e entry) map[string]string {
	if e.now == nil {
		e.now = app(e.T, e.kratos)
	}
	return map[string]string{"method": "totp", "totp_code": e.now().Code.Reveal()}
}

func fieldsOfLookup(e entry) map[string]string {
	if len(e.secrets) == 0 {
		secrets, err := e.kratos.EnrolLookupSecrets(e.Context(), ada)
		require.NoError(e, err)
		e.secrets = secrets
	}
	first := e.secrets[0]
	e.secrets = e.secrets[1:]
	return map[string]string{"method": "lookup_secret", "lookup_secret": first}
}

func afterPassword(hooks ...string) kratostest.Setting {
	list := []any{}
	for _, hook := range hooks {
		list = append(list, map[string]any{"hook": hook})
	}
	return kratostest.Set("selfservice.flows.login.after.password.hooks", list)
}

func style(name string) kratostest.Setting {
	return kratostest.Set("selfservice.flows.login.style", name)
}

var (
	refresh     = orylogin.FlowOptions{Refresh: true}
	secondLevel = orylogin.FlowOptions{AAL: orylogin.AAL2}
	asAdaFields = fixed(password(ada.Email, ada.Password))
	codeOfAda   = fixed(map[string]string{"method": "code", "identifier": ada.Email})
	keyOfAda    = fixed(map[string]string{"method": "webauthn", "identifier": ada.Email})
	provided    = fixed(map[string]string{"method": "oidc", "provider": providertest.ID})
	named       = fixed(map[string]string{"method": "identifier_first", "identifier": ada.Email})
)

// TestRefusedStatements submits to flows while the database refuses each statement in turn.
// Kratos says of some that a credential is wrong.
func TestRefusedStatements(t *testing.T) {
	t.Parallel()
	s := startStorage(t)
	for _, test := range []struct {
		name     string
		settings []kratostest.Setting // from here on
		entry    string
		options  orylogin.FlowOptions
		fields   func(entry) map[string]string
		fault    fault
		want     string
	}{
		{"password", nil, "native", orylogin.FlowOptions{}, asAdaFields, fault{state: failure}, "ok; refused ValidationError 4000006; unavailable APIError"},
		{"password", nil, "json", orylogin.FlowOptions{}, asAdaFields, fault{state: failure}, "ok; refused ValidationError 4000006; unavailable APIError"},
		{"password", nil, "form", orylogin.FlowOptions{}, asAdaFields, fault{state: failure}, "ok; no_session APIError stored, then already_logged_in APIError; refused ValidationError 4000006; unavailable APIError"},
		{"password, and the database stays away", nil, "form", orylogin.FlowOptions{}, asAdaFields, fault{state: failure, onwards: true}, "ok; no_session APIError stored, then already_logged_in APIError; unavailable APIError"},
		{"password, at the same time as something else", nil, "native", orylogin.FlowOptions{}, asAdaFields, fault{state: conflict}, "ok; other APIError; refused ValidationError 4000001; refused ValidationError 4000006; unavailable APIError"},
		{"wrong password", nil, "native", orylogin.FlowOptions{}, fixed(password(ada.Email, "wrong")), fault{state: failure}, "refused ValidationError 4000006; unavailable APIError"},
		{"password once more", nil, "form, signed in", refresh, asAdaFields, fault{state: failure}, "ok; no_session APIError; refused ValidationError 4000006; unavailable APIError"},
		{"code, to send", nil, "native", orylogin.FlowOptions{}, codeOfAda, fault{state: failure}, "next_step NextStepError; refused ValidationError 4000035; unavailable APIError"},
		{"code", nil, "json", orylogin.FlowOptions{}, fieldsOfCode, fault{state: failure}, "ok; refused ValidationError 4000035; unavailable APIError; unavailable APIError, then refused ValidationError 4000001; unavailable APIError, then refused ValidationError 4010002"},
		{"key, to sign with", nil, "json", orylogin.FlowOptions{}, keyOfAda, fault{state: failure}, "location_change LocationChangeError browser_location_change_required; refused ValidationError 4000015; unavailable APIError"},
		{"key", nil, "json", orylogin.FlowOptions{}, fieldsOfKey, fault{state: failure}, "ok; refused ValidationError 4000013; refused ValidationError 4000015; unavailable APIError; unavailable APIError, then unavailable APIError"},
		{"passkey", nil, "json", orylogin.FlowOptions{}, fieldsOfPasskey, fault{state: failure}, "ok; refused ValidationError 4000015; unavailable APIError; unavailable APIError, then unavailable APIError"},
		{"passkey of before", nil, "json", orylogin.FlowOptions{}, fieldsOfOldKey, fault{state: failure}, "ok; refused ValidationError 4000015; unavailable APIError; unavailable APIError, then unavailable APIError"},
		{"provider", nil, "form", orylogin.FlowOptions{}, provided, fault{state: failure}, "location_change LocationChangeError; not_found APIError; unavailable APIError"},
		{"hash of another system, and hooks", []kratostest.Setting{afterPassword("revoke_active_sessions", "verification")}, "json", orylogin.FlowOptions{}, fieldsOfHash, fault{state: failure}, "ok; refused ValidationError 4000006; unavailable APIError; unavailable APIError, then csrf APIError security_csrf_violation"},
		{"expired flow", []kratostest.Setting{afterPassword(), flowsExpire}, "native", orylogin.FlowOptions{}, asAdaFields, fault{state: failure}, "expired ExpiredError self_service_flow_expired; unavailable APIError"},
		{"identifier", []kratostest.Setting{flowsLast, style("identifier_first")}, "native", orylogin.FlowOptions{}, named, fault{state: failure}, "next_step NextStepError; unavailable APIError"},
		{"app", []kratostest.Setting{style("unified"), highest}, "native, signed in", secondLevel, fieldsOfApp, fault{state: failure}, "ok; refused ValidationError 4000011; unavailable APIError"},
		{"lookup secret", nil, "json, signed in", secondLevel, fieldsOfLookup, fault{state: failure}, "ok; unavailable APIError; unavailable APIError, then refused ValidationError 4000012"},
		{"password of two factors", nil, "form", orylogin.FlowOptions{}, asAdaFields, fault{state: failure}, "second_factor SecondFactorError; no_session APIError stored, then already_logged_in APIError; refused ValidationError 4000006; unavailable APIError"},
	} {
		if test.settings != nil {
			change(t, s.kratos, test.settings...)
		}
		s.expect(test.name+", "+test.entry, test.want, test.fault, func(s *storage) attempt {
			e, login := entries[test.entry](s, test.options), (*orylogin.Login)(nil)
			fields := test.fields(e)
			return attempt{
				func() string {
					var err error
					login, err = e.submit(fields)
					return told(err)
				},
				func() error { return e.whoami(login) },
			}
		})
	}
}
