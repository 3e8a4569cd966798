package test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// withPhone is a schema with two e-mail addresses and a phone number.
const withPhone = `{"type":"object","properties":{"traits":{"type":"object","properties":{
	"email":{"type":"string","format":"email","title":"Mail","ory.sh/kratos":{"credentials":{
		"password":{"identifier":true},"code":{"identifier":true,"via":"email"}},"verification":{"via":"email"}}},
	"spare":{"type":"string","format":"email","ory.sh/kratos":{"credentials":{
		"code":{"identifier":true,"via":"email"}},"verification":{"via":"email"}}},
	"phone":{"type":"string","format":"no-validate","ory.sh/kratos":{"credentials":{
		"password":{"identifier":true},"code":{"identifier":true,"via":"sms"}},"verification":{"via":"sms"}}},
	"shoe":{"type":"string"}}}}}`

// withoutCode is a schema with an address to which no codes are sent.
const withoutCode = `{"type":"object","properties":{"traits":{"type":"object","properties":{
	"email":{"type":"string","format":"email","ory.sh/kratos":{"credentials":{
		"password":{"identifier":true}},"verification":{"via":"email"}}},
	"phone":{"type":"string","format":"no-validate","ory.sh/kratos":{"verification":{"via":"sms"}}},
	"username":{"type":"string","ory.sh/kratos":{"credentials":{"password":{"identifier":true}}}}}}}}`

// people sets the identity schema.
func people(schema string) kratostest.Setting {
	return kratostest.Set("identity.schemas", []any{map[string]any{
		"id": "default", "url": "base64://" + base64.StdEncoding.EncodeToString([]byte(schema)),
	}})
}

// sendsShort makes a server send short messages. It queues them, and nothing takes them from
// the queue.
func sendsShort() kratostest.Setting {
	return kratostest.Set("courier.channels", []any{map[string]any{"id": "sms", "type": "http", "request_config": map[string]any{
		"url": "http://127.0.0.1:1", "method": http.MethodPost, "body": "base64://" + base64.StdEncoding.EncodeToString([]byte(`function(ctx) {}`)),
	}}})
}

const number = "+4915112345678"

// TestCodeByShortMessage logs in with a code that is sent to a phone.
func TestCodeByShortMessage(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t, people(withPhone), sendsShort(), kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	client, _ := counted(t, kratos)
	imported(t, kratos, map[string]any{"traits": map[string]any{"email": ada.Email, "phone": number}})
	logIn := func(identifier string) {
		t.Helper()
		_, err := client.Login(t.Context(), orylogin.Code{Identifier: identifier})
		var next *orylogin.NextStepError
		require.ErrorAs(t, err, &next)
		require.True(t, next.Flow.CodeSent())
		login, err := client.Submit(t.Context(), next.Flow.ID, orylogin.Code{Identifier: identifier, Code: mailed(t, kratos, number)})
		completed(t, client, login, err, orylogin.AAL1, "code")

		// The flow has ended.
		_, err = client.Submit(t.Context(), next.Flow.ID, orylogin.Code{Identifier: identifier})
		same(t, "the flow again", "refused ValidationError 4010002", told(err))
	}
	logIn(number)
	logIn("+49 151 12345678")
	everyWay(t, client, "no number", map[string]string{"method": "code", "identifier": "+49"}, "refused ValidationError 4000035")
	everyWay(t, newClient(t, kratos.PublicURL), "a payload of another type", map[string]string{"method": "code", "identifier": ada.Email, "transient_payload": "7"}, "refused ValidationError 4000026")
	everyWay(t, client, "an unknown state", map[string]string{"method": "code", "identifier": ada.Email, "resend": "code"}, "next_step NextStepError")
}

// TestCodeToOneOfSeveralAddresses chooses the address to which the code is sent.
func TestCodeToOneOfSeveralAddresses(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t, people(withPhone), sendsShort(), kratostest.Set("selfservice.methods.code.mfa_enabled", true))
	client, _ := counted(t, kratos)
	body := withPassword(ada.Email, map[string]any{"password": ada.Password})
	body["traits"] = map[string]any{"email": ada.Email, "spare": "spare@example.com", "phone": number, "shoe": "42"}
	imported(t, kratos, body)
	imported(t, kratos, withPassword("eve@example.com", map[string]any{"password": ada.Password}))
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	token := orylogin.WithSessionToken(login.Token)
	second := func(via string) (*orylogin.Flow, error) {
		return client.CreateFlow(t.Context(), orylogin.FlowOptions{AAL: orylogin.AAL2, Via: via}, token)
	}
	flow, err := second("")
	require.NoError(t, err)
	require.ElementsMatch(t, []string{ada.Email, "spare@example.com", number}, flow.Choices("address"))
	for via, want := range map[string]string{"email": "ok", "phone": "ok", "shoe": "other APIError", "nothing": "other APIError"} {
		_, err := second(via)
		same(t, "via "+via, want, told(err))
		p := newPerson(t, client)
		_, err = p.submit(p.create(orylogin.FlowOptions{}), asAda)
		require.NoError(t, err)
		_, err = p.tryCreate(orylogin.FlowOptions{AAL: orylogin.AAL2, Via: via})
		same(t, "browser via "+via, want, told(err))
	}
	for name, test := range map[string]struct{ address, want string }{
		"nobody's":        {"nobody@example.com", "refused ValidationError 4000035"},
		"somebody else's": {"eve@example.com", "next_step NextStepError"},
		"empty":           {"", "refused ValidationError 4000002"},
	} {
		flow, err := second("")
		require.NoError(t, err)
		_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Address: test.address}, token)
		same(t, name, test.want, told(err))
	}
	_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Address: number}, token)
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Address: number, Code: orylogin.NewSecret("000000")}, token)
	same(t, "wrong code", "refused ValidationError 4010008", told(err))
	_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Address: number, Resend: true}, token)
	same(t, "again", "next_step NextStepError", told(err))
	login, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Address: number, Code: mailed(t, kratos, number)}, token)
	completed(t, client, login, err, orylogin.AAL2, "password", "code")

	// The button of an address names no method.
	p := newPerson(t, newClient(t, kratos.PublicURL))
	_, err = p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	_, err = p.submitForm(p.create(orylogin.FlowOptions{AAL: orylogin.AAL2}), map[string]string{"address": number})
	same(t, "only the address", "next_step NextStepError", told(err))
}

// TestCodeOfOldAccounts sends codes to accounts that are older than the codes of the server, if
// it is so configured.
func TestCodeOfOldAccounts(t *testing.T) {
	t.Parallel()
	const fallback = "selfservice.methods.code.config.missing_credential_fallback_enabled"
	kratos := kratostest.Start(t, people(withoutCode), kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	client, _ := counted(t, kratos)
	body := withPassword(ada.Email, map[string]any{"password": ada.Password})
	body["traits"] = map[string]any{"email": ada.Email, "phone": number}
	imported(t, kratos, body)
	asBob := orylogin.Password{Identifier: "bob", Password: secret}
	bob := withPassword("", map[string]any{"password": ada.Password})
	bob["traits"] = map[string]any{"username": "bob"}
	imported(t, kratos, bob)
	code := map[string]string{"method": "code", "identifier": ada.Email}
	change(t, kratos, kratostest.Set(fallback, false))
	everyWay(t, client, "first factor, without", code, "refused ValidationError 4000035")
	change(t, kratos, kratostest.Set(fallback, true))
	everyWay(t, client, "first factor, with", code, "next_step NextStepError")
	_, err := client.Login(t.Context(), orylogin.Code{Identifier: ada.Email})
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	login, err := client.Submit(t.Context(), next.Flow.ID, orylogin.Code{Identifier: ada.Email, Code: mailed(t, kratos, ada.Email)})
	completed(t, client, login, err, orylogin.AAL1, "code")

	change(t, kratos, kratostest.Set("selfservice.methods.code.passwordless_enabled", false), kratostest.Set("selfservice.methods.code.mfa_enabled", true))
	for _, test := range []struct {
		allowed bool
		who     orylogin.Password
		via     string
		offered []string // nil if there is no flow
		sent    map[string]string
	}{
		{false, asAda, "", []string{}, map[string]string{ada.Email: "refused ValidationError 4000035"}},
		{false, asAda, "email", []string{}, map[string]string{number: "refused ValidationError 4000035"}},
		{false, asBob, "", []string{}, map[string]string{"nobody@example.com": "refused ValidationError 4000035"}},
		{false, asBob, "email", nil, nil},
		{true, asAda, "", []string{number, ada.Email}, map[string]string{
			ada.Email: "next_step NextStepError", number: "next_step NextStepError", "nobody@example.com": "refused ValidationError 4010010",
		}},
		{true, asAda, "email", []string{ada.Email}, map[string]string{ada.Email: "next_step NextStepError"}},
		{true, asAda, "phone", []string{number}, map[string]string{number: "next_step NextStepError"}},
		{true, asBob, "", []string{}, map[string]string{"nobody@example.com": "refused ValidationError 4010010"}},
		{true, asBob, "email", nil, nil},
	} {
		change(t, kratos, kratostest.Set(fallback, test.allowed))
		login, err := client.Login(t.Context(), test.who)
		require.NoError(t, err)
		token := orylogin.WithSessionToken(login.Token)
		about := fmt.Sprint(test.allowed, test.who.Identifier, test.via)
		options := orylogin.FlowOptions{AAL: orylogin.AAL2, Via: test.via}
		if test.offered == nil {
			_, err := client.CreateFlow(t.Context(), options, token)
			same(t, about, "other APIError", told(err))
		}
		for address, want := range test.sent {
			flow, err := client.CreateFlow(t.Context(), options, token)
			require.NoError(t, err)
			require.ElementsMatch(t, test.offered, flow.Choices("address"), about)
			_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Address: address}, token)
			same(t, about+" to "+address, want, told(err))
		}
	}
}
