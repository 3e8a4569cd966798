package orylogin_test

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestInvalidCalls checks that nothing is sent for a call that cannot succeed.
func TestInvalidCalls(t *testing.T) {
	var (
		none   orylogin.Secret
		code   = orylogin.NewSecret("123456")
		broken = orylogin.NewSecret("hunter2\n")
		noText = orylogin.NewSecret("hunter2\xff")

		withToken    = orylogin.WithSessionToken(token)
		withTemplate = orylogin.WithTokenizeAs("service")
		custom       = func(name string, value any) call {
			return submit(orylogin.Custom{Name: "brand_new", Fields: map[string]any{name: value}})
		}
	)
	for name, test := range map[string]struct {
		call call
		want string
	}{
		"no flow id to get": {get(""), "flow id is empty"},
		"no flow id to submit to": {func(ctx context.Context, c *orylogin.Client) error {
			return only(c.Submit(ctx, "", password))
		}, "flow id is empty"},
		"no method to submit":      {submit(nil), "method is nil"},
		"a method that is nil":     {submit((*orylogin.TOTP)(nil)), "method is nil"},
		"no method to log in with": {login(nil), "method is nil"},
		"no method to refresh":     {refresh(token, nil), "method is nil"},
		"no method to step up":     {stepUp(token, nil), "method is nil"},
		"no function":              {converse(orylogin.FlowOptions{}, nil), "function that chooses the methods is nil"},
		"one code to exchange":     {exchange(code, none), "needs two codes"},

		"code and resend":            {submit(orylogin.Code{Code: code, Resend: true}), "Code.Resend"},
		"resend to nobody":           {submit(orylogin.Code{Resend: true}), "Code.Resend"},
		"a nonce alone":              {submit(orylogin.OIDC{IDTokenNonce: code}), "OIDC.IDTokenNonce needs"},
		"JSON that is cut":           {submit(orylogin.TOTP{TransientPayload: []byte(`{"hunter2"`)}), "a field of orylogin.TOTP cannot be sent as JSON"},
		"custom, no name":            {submit(orylogin.Custom{}), "Custom.Name"},
		"custom, two names":          {custom("method", "x"), "Custom.Name"},
		"custom, no JSON":            {custom("a", func() {}), "cannot be sent as JSON"},
		"custom, a secret in a list": {custom("codes", []orylogin.Secret{code}), "a field of Custom contains a Secret"},
		"no text: custom":            {custom("a", noText), "not valid UTF-8"},
		"no text: within custom":     {custom("a", []map[string]string{{"a": "hunter2\xff"}}), "a text of orylogin.Custom is not valid UTF-8"},
		"no text: password":          {submit(orylogin.Password{Password: noText}), "a text of orylogin.Password is not valid UTF-8"},
		"no text: payload":           {submit(orylogin.TOTP{TransientPayload: json.RawMessage("\"\xff\"")}), "a text of orylogin.TOTP is not valid UTF-8"},

		"no page of sessions":     {list(token, 0), "page is not between"},
		"no such page":            {list(token, 101), "page is not between"},
		"no id of a session":      {revoke(token, ""), "session id is not a UUID"},
		"no such id":              {revoke(token, "hunter2"), "session id is not a UUID"},
		"line break: to list":     {list(broken, 1), "session token has a line break"},
		"token: to revoke":        {revokeAll(token, withToken), "WithSessionToken is for"},
		"template: to list":       {list(token, 1, withTemplate), "WithTokenizeAs is for"},
		"reserved header to list": {list(token, 1, orylogin.WithCallHeader("cookie", "a=b")), "Cookie cannot be set"},

		"no option":       {submit(password, nil), "option is nil"},
		"reserved header": {submit(password, orylogin.WithCallHeader("origin", "https://x")), "WithCallHeader: Origin cannot be set"},
		"no template":     {whoami(token, orylogin.WithTokenizeAs("")), "template is empty"},

		"token: to log in":          {login(password, withToken), "WithSessionToken is for CreateFlow, Submit and Converse only"},
		"token: to get":             {get(flowID, withToken), "WithSessionToken is for"},
		"token: to ask by a cookie": {whoamiCookie("a=b", withToken), "WithSessionToken is for"},
		"template: to create":       {create(orylogin.FlowOptions{}, withTemplate), "WithTokenizeAs is for Whoami and WhoamiCookie only"},
		"template: to submit":       {submit(password, withTemplate), "WithTokenizeAs is for"},
		"template: to exchange":     {exchange(code, code, withTemplate), "WithTokenizeAs is for"},
		"template: to step up":      {stepUp(token, password, withTemplate), "WithTokenizeAs is for"},
		"template: to log out":      {logout(token, withTemplate), "WithTokenizeAs is for"},

		"refresh without a token": {create(orylogin.FlowOptions{Refresh: true}), "Refresh needs WithSessionToken"},
		"aal2 without a token":    {create(orylogin.FlowOptions{AAL: orylogin.AAL2}), "AAL needs WithSessionToken"},
		"converse without it":     {converse(orylogin.FlowOptions{Refresh: true}, always(password)), "Refresh needs WithSessionToken"},
		"empty token: to submit":  {submit(password, orylogin.WithSessionToken(none)), "session token is empty"},
		"empty token: to step up": {stepUp(none, backup), "session token is empty"},
		"line break: to submit":   {submit(password, orylogin.WithSessionToken(broken)), "session token has a line break"},
		"line break: to ask":      {whoami(broken), "session token has a line break"},

		"cookie without name":  {whoamiCookie("hunter2"), "the session cookie is not"},
		"cookie, empty name":   {whoamiCookie("=hunter2"), "the session cookie is not"},
		"cookie without value": {whoamiCookie("a="), "the session cookie is not"},
		"cookie, name of two":  {whoamiCookie("a b=hunter2"), "the session cookie is not"},
		"cookie, a line break": {whoamiCookie("a=hunter2\r\nX: y"), "the session cookie is not"},
		"two, one without":     {whoamiCookie("a=hunter2; b"), "the session cookie is not"},
		"too long":             {whoamiCookie("a=" + strings.Repeat("hunter2", 10000)), "the session cookie is too long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := inJSON(500, "{}")
			err := test.call(t.Context(), answer.client(t))
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "orylogin: ")
			require.ErrorIs(t, err, orylogin.ErrInvalidCall)
			require.NotContains(t, err.Error(), "hunter2")
			require.Empty(t, answer.requests)
		})
	}
}

// TestNoContextAndNoClient checks that these mistakes are errors and that nothing is sent.
func TestNoContextAndNoClient(t *testing.T) {
	var none context.Context
	all := maps.Clone(operations)
	maps.Copy(all, map[string]call{
		"login": login(password), "cookie": whoamiCookie("a=b"), "refresh": refresh(token, password), "step up": stepUp(token, password),
		"converse": converse(orylogin.FlowOptions{}, always(password)),
	})
	for name, call := range all {
		answer := inJSON(500, "{}")
		err := call(none, answer.client(t))
		require.EqualError(t, err, "orylogin: the context is nil", name)
		require.ErrorIs(t, err, orylogin.ErrInvalidCall, name)
		require.Empty(t, answer.requests, name)
		for _, client := range []*orylogin.Client{nil, {}} {
			err := call(t.Context(), client)
			require.EqualError(t, err, "orylogin: the Client was not made by New", name)
			require.ErrorIs(t, err, orylogin.ErrInvalidCall, name)
		}
	}
}
