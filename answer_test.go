package orylogin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// outcome is what an error says, in a form that a table can hold.
type outcome struct {
	kind        string
	status      int
	id          orylogin.ErrorID
	canContinue bool
}

func outcomeOf(err error) outcome {
	var o outcome
	var apiErr *orylogin.APIError
	if errors.As(err, &apiErr) {
		o.status, o.id = apiErr.StatusCode, apiErr.ID
	}
	switch err := err.(type) { //nolint:errorlint // the outermost type is what is tested
	case nil:
		return outcome{kind: "success"}
	case *orylogin.ValidationError:
		o.kind, o.canContinue = "validation", err.CanContinue()
	case *orylogin.NextStepError:
		o.kind, o.canContinue = "next step", err.CanContinue()
	case *orylogin.SecondFactorError:
		o.kind, o.canContinue = "second factor", err.CanContinue()
	case *orylogin.VerificationError:
		o.kind, o.canContinue = "verification", err.CanContinue()
	case *orylogin.ExpiredError:
		o.kind, o.canContinue = "expired", err.CanContinue()
	case *orylogin.LocationChangeError:
		o.kind, o.canContinue = "location change", err.CanContinue()
	case *orylogin.RedirectError:
		o.kind, o.canContinue = "redirect", err.CanContinue()
	case *orylogin.TransportError:
		o.kind, o.canContinue = "transport", err.CanContinue()
	case *orylogin.APIError:
		o.kind, o.canContinue = "api", err.CanContinue()
	default:
		o.kind = "untyped"
	}
	return o
}

// operations calls each operation in a way that passes the checks before
// sending.
var operations = map[string]func(*orylogin.Client) error{
	"create": func(c *orylogin.Client) error {
		flow, err := c.CreateFlow(context.Background(), orylogin.FlowOptions{})
		return neither(flow == nil, err)
	},
	"get": func(c *orylogin.Client) error {
		flow, err := c.GetFlow(context.Background(), flowID)
		return neither(flow == nil, err)
	},
	"submit": func(c *orylogin.Client) error {
		login, err := c.Submit(context.Background(), flowID, password)
		return neither(login == nil, err)
	},
	"exchange": func(c *orylogin.Client) error {
		login, err := c.Exchange(context.Background(), token, token)
		return neither(login == nil, err)
	},
	"whoami": func(c *orylogin.Client) error {
		session, err := c.Whoami(context.Background(), token)
		return neither(session == nil, err)
	},
	"logout": func(c *orylogin.Client) error {
		return c.Logout(context.Background(), token)
	},
}

// neither turns a call that returned neither a value nor an error, or both,
// into an untyped error.
func neither(isNil bool, err error) error {
	if isNil == (err == nil) {
		return errors.New("the call returned neither a value nor an error, or both")
	}
	return err
}

// TestRecordedAnswers replays what real servers answered. The first word of a
// file's name is the operation.
func TestRecordedAnswers(t *testing.T) {
	for name, want := range map[string]outcome{
		"v0.10.1/create":                  {kind: "success"},
		"v0.10.1/create_at_admin":         {kind: "redirect", status: 307},
		"v0.10.1/create_signed_in":        {kind: "api", status: 400, id: orylogin.ErrSessionAlreadyAvailable},
		"v0.10.1/get":                     {kind: "success"},
		"v0.10.1/get_expired":             {kind: "expired", status: 410, id: orylogin.ErrFlowExpired},
		"v0.10.1/get_unknown":             {kind: "api", status: 404},
		"v0.10.1/logout":                  {kind: "success"},
		"v0.10.1/logout_unknown_token":    {kind: "api", status: 403},
		"v0.10.1/submit_at_admin":         {kind: "redirect", status: 307},
		"v0.10.1/submit_disabled_account": {kind: "api", status: 401},
		"v0.10.1/submit_expired":          {kind: "expired", status: 410, id: orylogin.ErrFlowExpired, canContinue: true},
		"v0.10.1/submit_missing_fields":   {kind: "validation", status: 400, canContinue: true},
		"v0.10.1/submit_oidc_refused":     {kind: "validation", status: 400, canContinue: true},
		"v0.10.1/submit_second_factor":    {kind: "second factor", status: 200, canContinue: true},
		"v0.10.1/submit_success":          {kind: "success"},
		"v0.10.1/submit_unknown_flow":     {kind: "api", status: 404},
		"v0.10.1/submit_unverified":       {kind: "verification", status: 400},
		"v0.10.1/submit_wrong_password":   {kind: "validation", status: 400, canContinue: true},
		"v0.10.1/whoami":                  {kind: "success"},
		"v0.10.1/whoami_none":             {kind: "api", status: 401},
		"v0.10.1/whoami_second_factor":    {kind: "second factor", status: 403, id: orylogin.ErrSessionAAL2Required, canContinue: true},
		"v26.2.0/create":                  {kind: "success"},
		"v26.2.0/create_at_admin":         {kind: "redirect", status: 307},
		"v26.2.0/create_interrupted":      {kind: "api", status: 404},
		"v26.2.0/create_signed_in":        {kind: "api", status: 400, id: orylogin.ErrSessionAlreadyAvailable},
		"v26.2.0/get":                     {kind: "success"},
		"v26.2.0/get_expired":             {kind: "expired", status: 410, id: orylogin.ErrFlowExpired},
		"v26.2.0/get_unknown":             {kind: "api", status: 404},
		"v26.2.0/logout":                  {kind: "success"},
		"v26.2.0/logout_unknown_token":    {kind: "api", status: 403},
		"v26.2.0/submit_at_admin":         {kind: "redirect", status: 307},
		"v26.2.0/submit_code_sent":        {kind: "next step", status: 400, canContinue: true},
		"v26.2.0/submit_disabled_account": {kind: "api", status: 401},
		"v26.2.0/submit_expired":          {kind: "expired", status: 410, id: orylogin.ErrFlowExpired, canContinue: true},
		"v26.2.0/submit_failing_hook":     {kind: "api", status: 400},
		"v26.2.0/submit_identifier_first": {kind: "next step", status: 400, canContinue: true},
		"v26.2.0/submit_location_change":  {kind: "location change", status: 422, id: orylogin.ErrLocationChangeRequired, canContinue: true},
		"v26.2.0/submit_missing_fields":   {kind: "validation", status: 400, canContinue: true},
		"v26.2.0/submit_second_factor":    {kind: "second factor", status: 200, canContinue: true},
		"v26.2.0/submit_success":          {kind: "success"},
		"v26.2.0/submit_unknown_flow":     {kind: "api", status: 404},
		"v26.2.0/submit_unverified":       {kind: "verification", status: 403, id: orylogin.ErrSessionVerifiedAddressRequired},
		"v26.2.0/submit_wrong_password":   {kind: "validation", status: 400, canContinue: true},
		"v26.2.0/whoami":                  {kind: "success"},
		"v26.2.0/whoami_none":             {kind: "api", status: 401},
		"v26.2.0/whoami_second_factor":    {kind: "second factor", status: 403, id: orylogin.ErrSessionAAL2Required, canContinue: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, file, _ := strings.Cut(name, "/")
			operation, _, _ := strings.Cut(file, "_")
			client := newClient(t, newServer(t, replay(t, name)).URL)
			err := operations[operation](client)
			require.Equal(t, want, outcomeOf(err), "%v", err)
		})
	}
}

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
		"other JSON":            {429, "application/json", `{"message":"slow down"}`},
		"error of another kind": {400, "application/json", `{"error":"invalid_request"}`},
		"null error":            {400, "application/json", `{"error":null}`},
		"null session":          {200, "application/json", `{"session":null,"session_token":"t"}`},
		"session without id":    {200, "application/json", `{"session":{"active":true},"session_token":"t"}`},
		"id alone":              {200, "application/json", `{"id":"x"}`},
		"flow without ui":       {200, "application/json", `{"id":"x","ui":null}`},
		"another type":          {200, "application/json", `{"id":1,"session":1,"ui":1,"error":1}`},
		"wrong content type":    {200, "text/plain", `{"session":{"id":"x","active":true,"identity":{}},"session_token":"t"}`},
		"malformed type":        {200, "application/json;;", `{"id":"x"}`},
		"redirect to nowhere":   {302, "", ""},
	} {
		for operation, call := range operations {
			t.Run(name+"/"+operation, func(t *testing.T) {
				t.Parallel()
				client := newClient(t, newServer(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header()["Content-Type"] = []string{answer.contentType}
					w.WriteHeader(answer.status)
					_, _ = w.Write([]byte(answer.body))
				}).URL)
				err := call(client)
				require.Equal(t, outcome{kind: "api", status: answer.status}, outcomeOf(err), "%v", err)
				require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
			})
		}
	}
}

// TestIncompleteSession holds the invariant: a session that lacks anything is
// not a login.
func TestIncompleteSession(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"complete":     {200, `{"session_token":"t","session":{"id":"x","active":true,"identity":{"id":"i"}}}`, "success"},
		"no token":     {200, `{"session":{"id":"x","active":true,"identity":{"id":"i"}}}`, "api"},
		"empty token":  {200, `{"session_token":"","session":{"id":"x","active":true,"identity":{"id":"i"}}}`, "api"},
		"inactive":     {200, `{"session_token":"t","session":{"id":"x","active":false,"identity":{"id":"i"}}}`, "api"},
		"no identity":  {200, `{"session_token":"t","session":{"id":"x","active":true,"identity":null}}`, "second factor"},
		"error status": {500, `{"session_token":"t","session":{"id":"x","active":true,"identity":{"id":"i"}}}`, "api"},
		// Hand-made: read in the source of v26, for a code as second factor, and
		// never recorded.
		"flow with 200": {200, `{"id":"f","type":"api","state":"sent_email","ui":{"nodes":[]}}`, "next step"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, newServer(t, reply(answer.status, answer.body)).URL)
			err := operations["submit"](client)
			require.Equal(t, answer.want, outcomeOf(err).kind, "%v", err)
		})
	}
}

func TestValidationError(t *testing.T) {
	client := newClient(t, newServer(t, replay(t, "v26.2.0/submit_missing_fields")).URL)
	_, err := client.Submit(t.Context(), flowID, password)

	require.ErrorIs(t, err, orylogin.ErrFieldRequired)
	require.NotErrorIs(t, err, orylogin.ErrInvalidCredentials)
	var validation *orylogin.ValidationError
	require.ErrorAs(t, err, &validation)
	messages := validation.Flow.Messages()
	require.Len(t, messages, 2)
	require.Equal(t, "identifier", messages[0].Field)
	require.Equal(t, "error", messages[0].Type)
	require.Equal(t, "Property identifier is missing.", messages[0].Text)
	require.JSONEq(t, `{"property":"identifier"}`, string(messages[0].Context))
	require.Equal(t, "password", messages[1].Field)
	require.Equal(t, "orylogin: submit: the submission was refused: a required field is empty [4000002], "+
		"a required field is empty [4000002] (HTTP 400 Bad Request)", err.Error())
}

func TestMessagesPrintNoText(t *testing.T) {
	for want, message := range map[string]orylogin.Message{
		"identifier or password is wrong [4000006]":     {ID: orylogin.ErrInvalidCredentials},
		"password: a required field is empty [4000002]": {ID: orylogin.ErrFieldRequired, Field: "password"},
		"too many wrong codes were submitted [4000001]": {ID: orylogin.ErrGeneric, Text: "The request was submitted too often."},
		"a reason that only its text tells [4000001]":   {ID: orylogin.ErrGeneric, Text: "hunter2 was submitted"},
		"message 4999999":           {ID: 4999999, Text: "hunter2 was submitted"},
		"a code was sent [1010014]": {ID: orylogin.MessageCodeSent},
	} {
		message.Context = json.RawMessage(`{"submitted":"hunter2"}`)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			require.Equal(t, want, fmt.Sprintf(verb, message))
			require.Contains(t, fmt.Sprintf(verb, orylogin.Messages{message}), want)
		}
		for _, value := range []any{message, orylogin.Messages{message}} {
			require.Contains(t, logged(value), want)
			require.NotContains(t, logged(value), "hunter2")
		}
	}
}

func TestAPIError(t *testing.T) {
	client := newClient(t, newServer(t, replay(t, "v26.2.0/submit_disabled_account")).URL)
	_, err := client.Submit(t.Context(), flowID, password)

	var apiErr *orylogin.APIError
	require.ErrorAs(t, err, &apiErr)
	require.Equal(t, "submitSelfServiceLoginFlow", apiErr.Operation)
	require.Equal(t, 401, apiErr.StatusCode)
	require.EqualValues(t, 401, apiErr.Code)
	require.Equal(t, "Unauthorized", apiErr.Status)
	require.Equal(t, "identity is disabled", apiErr.Message)
	require.Equal(t, "This account was disabled.", apiErr.Reason)
	require.Contains(t, string(apiErr.Details), "identity_id")
}

func TestErrorIDToCome(t *testing.T) {
	client := newClient(t, newServer(t, reply(409, `{"error":{"id":"brand_new"}}`)).URL)
	_, err := client.Submit(t.Context(), flowID, password)

	require.ErrorIs(t, err, orylogin.ErrorID("brand_new"))
	require.NotErrorIs(t, err, orylogin.ErrorID("brand_new_too"))
	require.NotErrorIs(t, err, orylogin.ErrorID(""))
}

func TestExpiredError(t *testing.T) {
	client := newClient(t, newServer(t, replay(t, "v26.2.0/submit_expired")).URL)
	_, err := client.Submit(t.Context(), flowID, password)

	require.ErrorIs(t, err, orylogin.ErrFlowExpired)
	var expired *orylogin.ExpiredError
	require.ErrorAs(t, err, &expired)
	require.NotEmpty(t, expired.UseFlowID)
	require.Equal(t, 2026, expired.ExpiredAt.Year())
	require.Positive(t, expired.Since)
	require.Less(t, expired.Since, time.Minute)
}

func TestLocationChangeError(t *testing.T) {
	client := newClient(t, newServer(t, replay(t, "v26.2.0/submit_location_change")).URL)
	_, err := client.Submit(t.Context(), flowID, orylogin.OIDC{Provider: "fake"})

	require.ErrorIs(t, err, orylogin.ErrLocationChangeRequired)
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	require.Contains(t, change.URL, "/auth?client_id=client")
}

func TestSecondFactorError(t *testing.T) {
	client := newClient(t, newServer(t, replay(t, "v26.2.0/submit_second_factor")).URL)
	_, err := client.Submit(t.Context(), flowID, password)

	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	require.False(t, owed.Token.IsZero())
	require.NotEmpty(t, owed.Session.ID)
	require.Nil(t, owed.Session.Identity)

	client = newClient(t, newServer(t, replay(t, "v26.2.0/whoami_second_factor")).URL)
	_, err = client.Whoami(t.Context(), token)
	require.ErrorAs(t, err, &owed)
	require.True(t, owed.Token.Equal(token))
}

// TestWhoamiRefusals leaves out the ids, as servers do in part.
func TestWhoamiRefusals(t *testing.T) {
	for body, want := range map[string]struct {
		status int
		kind   string
		id     orylogin.ErrorID
	}{
		`{"error":{"code":401}}`:                                       {401, "api", orylogin.ErrSessionInactive},
		`{"error":{"code":401,"id":"session_inactive"}}`:               {401, "api", orylogin.ErrSessionInactive},
		`{"error":{"code":403},"redirect_browser_to":"https://x"}`:     {403, "second factor", orylogin.ErrSessionAAL2Required},
		`{"error":{"code":403,"id":"session_aal2_required"}}`:          {403, "second factor", orylogin.ErrSessionAAL2Required},
		`{"error":{"code":403,"id":"security_csrf_violation"}}`:        {403, "api", orylogin.ErrCSRFViolation},
		`{"error":{"code":500},"redirect_browser_to":"https://x"}`:     {500, "api", ""},
		`{"error":{"code":404,"message":"Unable to locate resource"}}`: {404, "api", ""},
	} {
		err := operations["whoami"](newClient(t, newServer(t, reply(want.status, body)).URL))
		require.Equal(t, want.kind, outcomeOf(err).kind, body)
		require.Equal(t, want.status, outcomeOf(err).status, body)
		if want.id != "" {
			require.ErrorIs(t, err, want.id, body)
		}
	}
}

func TestRedirectError(t *testing.T) {
	client := newClient(t, newServer(t, replay(t, "v26.2.0/submit_at_admin")).URL)
	_, err := client.Submit(t.Context(), flowID, password)

	var redirect *orylogin.RedirectError
	require.ErrorAs(t, err, &redirect)
	require.Contains(t, redirect.Location, "/self-service/login?flow=")
	require.Equal(t, "orylogin: submit: the answer is a redirect; "+
		"the base URL looks like the admin API's, the client needs the public one "+
		"(HTTP 307 Temporary Redirect)", err.Error())
}

// TestFirstDocumentCounts covers the error that a web hook causes, to which the
// server appends a flow.
func TestFirstDocumentCounts(t *testing.T) {
	client := newClient(t, newServer(t, replay(t, "v26.2.0/create_interrupted")).URL)
	_, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})

	var apiErr *orylogin.APIError
	require.ErrorAs(t, err, &apiErr)
	require.Equal(t, "Unable to locate the resource", apiErr.Message)
	require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"soon":                          0,
		"99999999999999999999":          0,
		"Tue, 24 Nov 2020 14:14:16 GMT": 0,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", value)
				w.WriteHeader(http.StatusTooManyRequests)
			}).URL)
			var apiErr *orylogin.APIError
			require.ErrorAs(t, operations["create"](client), &apiErr)
			require.Equal(t, want, apiErr.RetryAfter)
		})
	}

	client := newClient(t, newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusServiceUnavailable)
	}).URL)
	var apiErr *orylogin.APIError
	require.ErrorAs(t, operations["create"](client), &apiErr)
	require.InDelta(t, time.Hour, apiErr.RetryAfter, float64(time.Minute))
}
