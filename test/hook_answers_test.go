package test

import (
	"encoding/base64"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// hookConfig returns a web hook that gets nothing, with more members of its configuration.
func hookConfig(url string, members map[string]any) []any {
	return kratostest.WebHook(url, "function(ctx) {}", members)
}

// TestAnswersOfWebHooks logs in to a server that calls a hook after the right password. The
// hook's answer decides whether the login continues.
func TestAnswersOfWebHooks(t *testing.T) {
	t.Parallel()
	elsewhere := &migration{}
	server := httptest.NewServer(elsewhere)
	t.Cleanup(server.Close)
	kratos, client := start(t)
	_, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Username: "bob", Password: ada.Password})
	require.NoError(t, err)
	const after = "selfservice.flows.login.after.password.hooks"
	interrupts := map[string]any{"can_interrupt": true}
	parses := map[string]any{"response": map[string]any{"parse": true}}
	const changed = `{"identity":{"schema_id":"default","state":"active","traits":{"email":"ada@example.com"},` +
		`"metadata_public":{"a":1},"metadata_admin":{"b":2},` +
		`"verifiable_addresses":[{"value":"ada@example.com","via":"email","status":"completed","verified":true}],` +
		`"recovery_addresses":[{"value":"ada@example.com","via":"email"}]}}`
	for _, test := range []struct {
		name   string
		config map[string]any
		answer migration
		want   string
	}{
		{"continues", interrupts, migration{200, `{}`}, "ok"},
		{"says nothing", parses, migration{200, `{}`}, "ok"},
		{"has no content", parses, migration{204, ``}, "ok"},
		{"has created something", parses, migration{201, `{}`}, "ok"},
		{"changes the account", parses, migration{200, changed}, "ok"},
		{"is no JSON", parses, migration{200, `<html>`}, "unavailable APIError"},
		{"refuses", interrupts, migration{400, `{"messages":[{"instance_ptr":"#/identifier","messages":[{"id":1234,"text":"no","type":"error"}]}]}`}, "refused ValidationError 1234"},
		{"refuses the whole", interrupts, migration{403, `{"messages":[{"messages":[{"id":1234,"text":"no","type":"error"},{"id":1235,"text":"really","type":"error"}]}]}`}, "refused ValidationError 1234 1235"},
		{"only informs", interrupts, migration{400, `{"messages":[{"instance_ptr":"#/","messages":[{"id":1234,"text":"hm","type":"info"}]}]}`}, "next_step NextStepError"},
		{"refuses with an unknown field", interrupts, migration{400, `{"messages":[{"instance_ptr":"#/traits/shoe","messages":[{"id":1234,"text":"no","type":"error"}]}]}`}, "refused ValidationError 1234"},
		{"refuses without a message", interrupts, migration{400, `{"messages":[]}`}, "unavailable APIError"},
		{"refuses in no JSON", interrupts, migration{400, `no`}, "unavailable APIError"},
		{"refuses, and nobody listens", nil, migration{400, `{}`}, "unavailable APIError"},
		{"is ignored", map[string]any{"response": map[string]any{"ignore": true}}, migration{400, `{}`}, "ok"},
		{"is not asked", map[string]any{"body": "base64://" + base64.StdEncoding.EncodeToString([]byte(`error 'cancel'`))}, migration{400, `{}`}, "ok"},
		{"cannot be asked", map[string]any{"body": "base64://" + base64.StdEncoding.EncodeToString([]byte(`function(ctx) ctx.nothing`))}, migration{200, `{}`}, "unavailable APIError"},
		{"has no event", map[string]any{"emit_analytics_event": false}, migration{200, `{}`}, "ok"},
	} {
		change(t, kratos, kratostest.Set(after, hookConfig(server.URL, test.config)))
		*elsewhere = test.answer
		everyWay(t, client, test.name, password(ada.Email, ada.Password), test.want)
	}
	change(t, kratos, kratostest.Set(after, hookConfig(server.URL, interrupts)))
	*elsewhere = migration{400, `{"messages":[{"instance_ptr":"#/traits/username","messages":[{"id":1234,"text":"no","type":"error"}]}]}`}
	everyWay(t, client, "refuses bob", password("bob", ada.Password), "refused ValidationError 1234")
	change(t, kratos, kratostest.Set(after, nil))

	for _, test := range []struct {
		name   string
		config map[string]any
		answer migration
		want   string
	}{
		{"before: refuses", interrupts, migration{400, `{"messages":[{"instance_ptr":"#/identifier","messages":[{"id":1234,"text":"no","type":"error"}]}]}`}, "not_found APIError"},
		{"before: fails", nil, migration{418, `{}`}, "unavailable APIError"},
		{"before: continues", nil, migration{200, `{}`}, "ok"},
	} {
		change(t, kratos, kratostest.Set("selfservice.flows.login.before.hooks", hookConfig(server.URL, test.config)))
		*elsewhere = test.answer
		everyWay(t, client, test.name, password(ada.Email, ada.Password), test.want)
	}
}

// TestHooksThatEndSessions logs in to a server that revokes the other sessions of the account.
func TestHooksThatEndSessions(t *testing.T) {
	t.Parallel()
	_, client := start(t, kratostest.Set("selfservice.flows.login.after.password.hooks", []any{map[string]any{"hook": "revoke_active_sessions"}}))
	first, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	second, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	_, err = client.Whoami(t.Context(), first.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	_, err = client.Whoami(t.Context(), second.Token)
	require.NoError(t, err)
	everyWay(t, client, "again", password(ada.Email, ada.Password), "ok")
}

// TestHooksOfVerifications logs in to a server that sends a code to verify the address.
func TestHooksOfVerifications(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	hooks := func(names ...string) kratostest.Setting {
		var list []any
		for _, name := range names {
			list = append(list, map[string]any{"hook": name})
		}
		return kratostest.Set("selfservice.flows.login.after.password.hooks", list)
	}
	where := func(about, want string) {
		t.Helper()
		p := newPerson(t, client)
		login, err := p.submitForm(p.create(orylogin.FlowOptions{}), form(asAda))
		require.NoError(t, err, about)
		got := login.RedirectTo
		if len(got) > len(want) {
			got = got[:len(want)]
		}
		same(t, about, want, got)
	}
	change(t, kratos, hooks("verification", "show_verification_ui"))
	everyWay(t, client, "shows the page", password(ada.Email, ada.Password), "ok")
	where("shows the page", uiURL+"/verification?flow=")
	change(t, kratos, hooks("show_verification_ui"))
	where("has nothing to show", uiURL+"/")
	change(t, kratos, hooks("verification"), kratostest.Set("selfservice.flows.verification.use", "link"), kratostest.Set("selfservice.methods.link.enabled", true))
	everyWay(t, client, "sends a link", password(ada.Email, ada.Password), "ok")
	change(t, kratos, kratostest.Set("selfservice.methods.link.enabled", false))
	everyWay(t, client, "has nothing to send", password(ada.Email, ada.Password), "refused ValidationError 4000001")
	change(t, kratos, hooks("require_verified_address"), kratostest.Set("selfservice.flows.verification.enabled", false))
	everyWay(t, client, "demands what is switched off", password(ada.Email, ada.Password), "verification VerificationError 4000010")
}
