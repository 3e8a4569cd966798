package orylogin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestNotKratos answers each operation with what no Kratos answers to it.
func TestNotKratos(t *testing.T) {
	const html = "<html>Bad Gateway</html>"
	for name, answer := range map[string]struct {
		status      int
		contentType string
		body        string
	}{
		"html":                  {502, "text/html", html},
		"html as success":       {200, "text/html", html},
		"text":                  {404, "text/plain; charset=utf-8", "404 page not found\n"},
		"empty":                 {200, "application/json", ""},
		"empty error":           {500, "", ""},
		"null":                  {200, "application/json", "null"},
		"array":                 {200, "application/json", "[]"},
		"string":                {200, "application/json", `"ok"`},
		"empty object":          {200, "application/json", "{}"},
		"cut off":               {200, "application/json", `{"session_token":"t","session":{"id":"x"`},
		"other JSON":            {403, "application/json", `{"message":"slow down"}`},
		"error of another kind": {400, "application/json", `{"error":"invalid_request"}`},
		"null error":            {400, "application/json", `{"error":null}`},
		"null session":          {200, "application/json", `{"session":null,"session_token":"t"}`},
		"session without id":    {200, "application/json", `{"session":{"active":true},"session_token":"t"}`},
		"id alone":              {200, "application/json", `{"id":"x"}`},
		"flow without ui":       {200, "application/json", `{"id":"x","ui":null}`},
		"another type":          {200, "application/json", `{"id":1,"session":1,"ui":1,"error":1}`},
		"wrong content type":    {200, "text/plain", complete + `}`},
		"malformed type":        {200, "application/json;;", `{"id":"x"}`},
		"redirect to nowhere":   {302, "", ""},
	} {
		for operation, call := range operations {
			unknown := orylogin.ErrUnknownAnswer
			switch {
			case operation == "list" && (answer.body == "[]" || answer.body == "null"):
				continue // it has no other sessions to ask for
			case aboutSessions(operation) && answer.status == http.StatusNotFound:
				unknown = errors.ErrUnsupported // as from v0.8
			}
			t.Run(name+"/"+operation, func(t *testing.T) {
				t.Parallel()
				answer := &fixed{
					status: answer.status, header: http.Header{"Content-Type": {answer.contentType}}, body: []byte(answer.body),
				}
				err := call(t.Context(), answer.client(t))
				require.Equal(t, outcome{kind: "API", status: answer.status}, outcomeOf(err), "%v", err)
				require.ErrorIs(t, err, unknown)
			})
		}
	}
}

// TestRateLimits checks that a 429 always means the same, whoever has sent it and in whatever
// form.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"<html>", "", `{"message":"slow down"}`, `{"error":{"code":429}}`, `{"error":{"id":"session_inactive"}}`,
		`{"id":"f","ui":{"messages":[{"id":4000006,"type":"error"}]}}`, `{"session_token":"t","session":{"id":"s"}}`,
	} {
		for operation, call := range operations {
			answer := inJSON(429, body)
			answer.header.Set("Retry-After", "7")
			err := call(t.Context(), answer.client(t))
			require.ErrorIs(t, err, orylogin.ErrRateLimited, operation)
			for _, other := range []error{orylogin.ErrUnknownAnswer, orylogin.ErrSessionInactive, orylogin.ErrInvalidCredentials} {
				require.NotErrorIs(t, err, other, operation)
			}
			require.Empty(t, typesOf(err), operation)
			require.Equal(t, orylogin.OutcomeRateLimited, orylogin.OutcomeOf(err))
			var apiErr *orylogin.APIError
			require.ErrorAs(t, err, &apiErr)
			require.Equal(t, 7*time.Second, apiErr.RetryAfter)
		}
	}
}

// TestNotFound checks that only the server's own 404 means that the server does not know
// something.
func TestNotFound(t *testing.T) {
	t.Parallel()
	for operation, call := range operations {
		err := call(t.Context(), inJSON(404, `{"error":{"code":404,"message":"Unable to locate the resource"}}`).client(t))
		require.ErrorIs(t, err, orylogin.ErrNotFound, operation)
		require.Equal(t, orylogin.OutcomeNotFound, orylogin.OutcomeOf(err), operation)
		err = call(t.Context(), inJSON(404, `{"error":{"code":404,"id":"security_csrf_violation"}}`).client(t))
		require.NotErrorIs(t, err, orylogin.ErrNotFound, operation)
		require.Equal(t, orylogin.OutcomeCSRF, orylogin.OutcomeOf(err), operation)
		err = call(t.Context(), inJSON(404, `404 page not found`).client(t))
		require.NotErrorIs(t, err, orylogin.ErrNotFound, operation)
		if aboutSessions(operation) {
			require.Equal(t, orylogin.OutcomeUnsupported, orylogin.OutcomeOf(err), operation)
		} else {
			require.Equal(t, orylogin.OutcomeUnknownAnswer, orylogin.OutcomeOf(err), operation)
		}
	}
}

// TestIncompleteSessions checks sessions that lack something or contradict the rest of the
// answer. Such a session is not a login, and not the session of a token.
func TestIncompleteSessions(t *testing.T) {
	const success = complete + "}"
	for _, test := range []struct {
		status int
		body   string
		kind   string
	}{
		{200, success, "success"},
		{500, success, "API"},
		{200, `{"session":{"id":"s","active":true,"identity":{"id":"i"}}}`, "API"},
		{200, strings.Replace(success, `"t"`, `""`, 1), "API"},
		{200, strings.Replace(success, `true`, `false`, 1), "API"},
		{200, strings.Replace(success, `{"id":"i"}`, `null`, 1), "SecondFactor"},
		{200, strings.Replace(success, `{"id":"i"}`, `{}`, 1), "API"},
		{200, strings.Replace(success, `{"id":"i"}`, `"i"`, 1), "API"},
		{200, `{"session_token":"t","session":{"id":"s","active":false,"identity":null}}`, "API"},
		{200, complete + `,"error":{"id":"session_aal2_required"}}`, "API"},
		{200, complete + `,"id":"f","ui":{"nodes":[]}}`, "API"},
	} {
		err := operations["submit"](t.Context(), inJSON(test.status, test.body).client(t))
		require.Equal(t, test.kind, outcomeOf(err).kind, "%s: %v", test.body, err)
		require.Equal(t, test.kind == "API", errors.Is(err, orylogin.ErrUnknownAnswer), test.body)
	}
	const session = `{"id":"s","active":true,"identity":{"id":"i"}}`
	for _, test := range []struct {
		status int
		body   string
		kind   string
	}{
		{200, session, "success"},
		{500, session, "API"},
		{200, strings.Replace(session, `"i"}`, `"i"},"error":{"code":500}`, 1), "API"},
		{200, strings.Replace(session, `{"id":"i"}`, `{}`, 1), "API"},
		{200, strings.Replace(session, `true`, `false`, 1), "API"},
	} {
		err := operations["whoami"](t.Context(), inJSON(test.status, test.body).client(t))
		require.Equal(t, test.kind, outcomeOf(err).kind, "%s: %v", test.body, err)
	}
}

// TestLongTexts checks that values for the next request, such as an id or a token, have a
// length limit when they are read. Otherwise the next request could not be sent, and the
// program would seem to have made a mistake.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	const limit = 8 << 10
	browser := page()
	expired := `{"error":{"code":410},"use_flow_id":"%s"}`
	verify := `{"error":{"code":403,"id":"session_verified_address_required","details":{"continue_with":[` +
		`{"action":"show_verification_ui","flow":{"id":"%s"}}]}}}`
	csrf := `{"id":"f","type":"browser","ui":{"nodes":[{"attributes":{"name":"csrf_token","value":"%s"}}]}}`
	for name, test := range map[string]struct {
		call   call
		status int
		body   string
	}{
		"a flow that is created":      {operations["create"], 200, `{"id":"%s","type":"api","ui":{"nodes":[]}}`},
		"a flow that is fetched":      {operations["get"], 200, `{"id":"%s","type":"api","ui":{"nodes":[]}}`},
		"a flow of a login":           {login(password), 200, `{"id":"%s","type":"api","ui":{"nodes":[]}}`},
		"a flow of a refusal":         {operations["submit"], 400, `{"id":"%s","ui":{"messages":[{"id":4000006,"type":"error"}]}}`},
		"the flow of a registration":  {operations["exchange"], 422, `{"id":"%s","ui":{"action":"https://a/self-service/registration"}}`},
		"a flow in place of another":  {operations["submit"], 410, expired},
		"a flow to verify an address": {operations["submit"], 403, verify},
		"where a flow returns to":     {operations["create"], 200, `{"id":"f","return_to":"%s","ui":{"nodes":[]}}`},
		"what created a flow":         {operations["create"], 200, `{"id":"f","request_url":"%s","ui":{"nodes":[]}}`},
		"the challenge of a flow":     {operations["create"], 200, `{"id":"f","oauth2_login_challenge":"%s","ui":{"nodes":[]}}`},
		"where a flow returned to":    {operations["get"], 410, `{"error":{"code":410,"details":{"return_to":"%s"}}}`},
		"a code to exchange":          {operations["create"], 200, `{"id":"f","session_token_exchange_code":"%s","ui":{"nodes":[]}}`},
		"the token of a login":        {operations["submit"], 200, strings.Replace(complete, `"t"`, `"%s"`, 1) + "}"},
		"the token of an exchange":    {operations["exchange"], 200, strings.Replace(complete, `"t"`, `"%s"`, 1) + "}"},
		"a token to keep":             {operations["submit"], 200, complete + `,"continue_with":[{"action":"x","ory_session_token":"%s"}]}`},
		"a flow to continue in":       {operations["submit"], 200, complete + `,"continue_with":[{"action":"x","flow":{"id":"%s"}}]}`},
		"the token of a form": {func(ctx context.Context, c *orylogin.Client) error {
			return only(c.Visit(nil, browser).CreateFlow(ctx, orylogin.FlowOptions{}))
		}, 200, csrf},
		"the token of a logout": {func(ctx context.Context, c *orylogin.Client) error {
			return c.Visit(nil, browser).Logout(ctx)
		}, 200, `{"logout_token":"%s"}`},
	} {
		for size, long := range map[int]bool{limit: false, limit + 1: true} {
			answer := inJSON(test.status, fmt.Sprintf(test.body, strings.Repeat("x", size)))
			err := test.call(t.Context(), answer.client(t))
			require.NotErrorIs(t, err, orylogin.ErrInvalidCall, name)
			if long {
				require.ErrorIs(t, err, orylogin.ErrUnknownAnswer, name)
				require.Len(t, answer.requests, 1, name)
			} else if len(answer.requests) == 1 {
				require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer, name)
			}
		}
	}
}

// TestFailuresAreNoRefusals checks that an error id counts only with the status that fits it. A
// failure says nothing about a login, and a success has no error.
func TestFailuresAreNoRefusals(t *testing.T) {
	t.Parallel()
	for _, id := range []orylogin.ErrorID{
		orylogin.ErrSessionInactive, orylogin.ErrSessionAlreadyAvailable, orylogin.ErrSessionAAL2Required, orylogin.ErrIdentityDisabled,
		orylogin.ErrSessionVerifiedAddressRequired, orylogin.ErrCSRFViolation, orylogin.ErrFlowExpired, orylogin.ErrLocationChangeRequired,
	} {
		for operation, call := range operations {
			for _, status := range []int{302, 500, 502, 503, 200, 201, 206} {
				err := call(t.Context(), inJSON(status, `{"error":{"message":"no","id":"`+string(id)+`"},"redirect_browser_to":"x"}`).client(t))
				require.NotErrorIs(t, err, id, "%s: %d %s", operation, status, id)
				require.Empty(t, typesOf(err), "%s: %d %s", operation, status, id)
				switch {
				case status >= 500:
					require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err), "%s: %d %s", operation, status, id)
				case status < 300:
					require.ErrorIs(t, err, orylogin.ErrUnknownAnswer, "%s: %d %s", operation, status, id)
				}
			}
			require.ErrorIs(t, call(t.Context(), inJSON(400, `{"error":{"id":"`+string(id)+`"}}`).client(t)), id, operation)
		}
	}
	for id, status := range map[orylogin.ErrorID]int{orylogin.ErrUpstream: 502, orylogin.ErrInvalidConfiguration: 500, "a_new_one": 500} {
		err := operations["submit"](t.Context(), inJSON(status, `{"error":{"id":"`+string(id)+`"}}`).client(t))
		require.ErrorIs(t, err, id, "servers say so of themselves")
	}
}

// TestOneSuccess checks that a success has the status 200, and a logout 204.
func TestOneSuccess(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"create": nativeFlow, "get": nativeFlow, "submit": complete + "}", "exchange": complete + "}", "whoami": oneSession, "logout": `{"a":1}`,
	} {
		for _, status := range []int{201, 202, 203, 204, 205, 206, 226, 299} {
			err := operations[name](t.Context(), inJSON(status, body).client(t))
			if name == "logout" && status == http.StatusNoContent {
				require.NoError(t, err)
				continue
			}
			require.ErrorIs(t, err, orylogin.ErrUnknownAnswer, "%s: %d", name, status)
			require.Empty(t, typesOf(err), "%s: %d", name, status)
		}
	}
}

// TestServerBytesStayOutOfErrors has a server that repeats the request where net/http quotes
// the answer.
func TestServerBytesStayOutOfErrors(t *testing.T) {
	transport, body := outcome{kind: "Transport"}, outcome{kind: "API", status: 200}
	for name, test := range map[string]struct {
		answer string
		want   outcome
	}{
		"header":            {"HTTP/1.1 200 OK\r\nhunter2\r\n\r\n", transport},
		"status":            {"HTTP/1.1 hunter2 OK\r\n\r\n", transport},
		"protocol":          {"hunter2\r\n\r\n", transport},
		"content length":    {"HTTP/1.1 200 OK\r\nContent-Length: hunter2\r\n\r\n", transport},
		"transfer encoding": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: hunter2\r\n\r\n", transport},
		"chunk":             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhunter2\r\n", body},
		"trailer":           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nhunter2\r\n\r\n", body},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := operations["submit"](t.Context(), over(t, bytesOver(t, test.answer)))
			require.Equal(t, test.want, outcomeOf(err), "%v", err)
			require.NotContains(t, chain(err), "hunter2")
		})
	}
}

// TestManyValues checks that a small answer cannot take much memory when it is decoded,
// whatever its arrays contain.
func TestManyValues(t *testing.T) {
	for count, tooMany := range map[int]bool{1_000: false, 800_000: true} {
		for _, value := range []string{"{}", "[]", "0", `""`, "null"} {
			body := `{"id":"f","ui":{"nodes":[` + value + strings.Repeat(","+value, count) + `]}}`
			err := operations["create"](t.Context(), inJSON(200, body).client(t))
			require.Equal(t, tooMany, errors.Is(err, orylogin.ErrResponseTooLarge), "%s: %v", value, err)
		}
	}
}

// TestNewForms checks that a member in the form of a new release is lost alone, and the rest of
// the answer is not.
func TestNewForms(t *testing.T) {
	for name, body := range map[string]string{
		"continue_with is an object": complete + `,"continue_with":{"action":"x"}}`,
		"its flow is a text":         complete + `,"continue_with":[{"action":"x","flow":"y"}]}`,
		"a device's place":           strings.Replace(complete, `"active"`, `"devices":[{"location":{"city":"x"}}],"active"`, 1) + "}",
		"an unknown member":          complete + `,"brand_new":[{}]}`,
	} {
		answer := inJSON(200, body)
		answer.header = http.Header{"Content-Type": {"application/problem+json"}, "Location": {"https://elsewhere"}}
		login, err := answer.client(t).Submit(t.Context(), flowID, password)
		require.NoError(t, err, name)
		require.Equal(t, "t", login.Token.Reveal(), name)
		require.Equal(t, "i", login.Session.Identity.ID, name)
	}
	for name, attributes := range map[string]string{
		"title": `"title":"x"`, "data": `"data":{"x":1}`, "maxlength": `"maxlength":"5"`, "label": `"label":"x"`,
	} {
		body := `{"id":"f","ui":{"nodes":[{"type":"new","attributes":{` + attributes + `,"name":"n"}}]}}`
		flow, err := inJSON(200, body).client(t).CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err, name)
		require.Equal(t, "n", flow.UI.Nodes[0].Attributes.Name, name)
	}
	flow, err := inJSON(200, flowToCome).client(t).CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	require.Equal(t, "brand_new", flow.UI.Nodes[0].Attributes.NodeType)
	require.EqualValues(t, "aal9", flow.RequestedAAL)
	require.EqualValues(t, 9999999, flow.Messages()[0].ID)
	err = operations["submit"](t.Context(), inJSON(400, `{"error":{"code":"400","id":"x"}}`).client(t))
	require.ErrorIs(t, err, orylogin.ErrorID("x"))
}

const flowToCome = `{"id":"f","type":"api","state":"brand_new","active":"brand_new","requested_aal":"aal9",` +
	`"brand_new":{"a":[1]},"ui":{"action":"x","method":"POST","brand_new":true,"nodes":[` +
	`{"type":"brand_new","group":"brand_new","messages":[{"id":9999999,"type":"brand_new","text":"x"}],"meta":{"brand_new":1},` +
	`"attributes":{"node_type":"brand_new","brand_new":[],"autocomplete":"brand_new","value":{"an":"object"}}}]}}`
