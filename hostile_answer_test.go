package orylogin_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestNotKratos sends every operation what no server answers to it.
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
			t.Run(name+"/"+operation, func(t *testing.T) {
				t.Parallel()
				answer := &fixed{
					status: answer.status, header: http.Header{"Content-Type": {answer.contentType}}, body: []byte(answer.body),
				}
				err := call(t.Context(), answer.client(t))
				require.Equal(t, outcome{kind: "API", status: answer.status}, outcomeOf(err), "%v", err)
				require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
			})
		}
	}
}

// TestRateLimits holds that 429 has one meaning, whoever sent it and in whatever form.
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

// TestNotFound holds that only the server says that it does not know something.
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
		require.Equal(t, orylogin.OutcomeUnknownAnswer, orylogin.OutcomeOf(err), operation)
	}
}

// TestIncompleteSessions holds that a session which lacks anything, or comes with what
// contradicts it, is not a login and not the session of a token.
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

// TestServerBytesStayOutOfErrors lets a server write, where net/http quotes it,
// what it was sent.
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

// TestManyValues bounds the memory that a small answer can be decoded to, whatever
// its arrays hold.
func TestManyValues(t *testing.T) {
	for count, tooMany := range map[int]bool{1_000: false, 800_000: true} {
		for _, value := range []string{"{}", "[]", "0", `""`, "null"} {
			body := `{"id":"f","ui":{"nodes":[` + value + strings.Repeat(","+value, count) + `]}}`
			err := operations["create"](t.Context(), inJSON(200, body).client(t))
			require.Equal(t, tooMany, errors.Is(err, orylogin.ErrResponseTooLarge), "%s: %v", value, err)
		}
	}
}

// TestNewForms holds that what a new release says in a new way costs only that.
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
