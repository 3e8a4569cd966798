package test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// verdict is everything that a caller learns from an answer, in a form that can be compared.
type verdict struct {
	Kind     string
	Status   int
	Code     int64
	ID       string
	Reason   string
	Message  string
	Outcome  orylogin.Outcome
	Means    string // the id that the answer stands for but does not have
	Flow     string
	Messages string // each message of the flow: its field, id and type
	CodeSent bool
	Session  string
	Identity string
	Others   string // the other sessions
	Token    string
	Target   string // of a redirect or a location change
	UseFlow  string
	Expired  time.Time
	Since    time.Duration
	Verify   string // the verification flow
	Next     string // the actions of continue_with
}

// replayed has for each native operation the call with which the client takes such a step. The
// client's request may differ from the recorded one, which may be broken on purpose. Only the
// answer counts.
var replayed = map[string]func(context.Context, *orylogin.Client, step) (any, error){
	"GET /self-service/login/api": func(ctx context.Context, c *orylogin.Client, _ step) (any, error) {
		return pointer(c.CreateFlow(ctx, orylogin.FlowOptions{}))
	},
	"GET /self-service/login/flows": func(ctx context.Context, c *orylogin.Client, _ step) (any, error) {
		return pointer(c.GetFlow(ctx, unknown))
	},
	"POST /self-service/login": func(ctx context.Context, c *orylogin.Client, _ step) (any, error) {
		return pointer(c.Submit(ctx, unknown, asAda))
	},
	"GET /sessions/token-exchange": func(ctx context.Context, c *orylogin.Client, _ step) (any, error) {
		return pointer(c.Exchange(ctx, secret, secret))
	},
	"GET /sessions/whoami": func(ctx context.Context, c *orylogin.Client, _ step) (any, error) {
		return pointer(c.Whoami(ctx, secret))
	},
	"GET /sessions": func(ctx context.Context, c *orylogin.Client, _ step) (any, error) {
		return c.OtherSessions(secret).List(ctx, 1)
	},
	"DELETE /self-service/logout/api": func(ctx context.Context, c *orylogin.Client, _ step) (any, error) {
		return nil, c.Logout(ctx, secret)
	},
}

// pointer turns a nil pointer into a nil interface. It returns an error for a call with neither
// a value nor an error, or with both.
func pointer[T any](value *T, err error) (any, error) {
	if (value == nil) == (err == nil) {
		panic("the call returned neither a value nor an error, or both")
	}
	if value == nil {
		return nil, err
	}
	return value, nil
}

// TestReplay gives every recorded answer of a native operation to a client, including answers
// for browser flows. It compares the result with what the rules below read in the recording.
func TestReplay(t *testing.T) {
	t.Parallel()
	counts := map[string]map[string]int{}
	for _, release := range releases {
		counts[release] = map[string]int{}
		for _, recorded := range recordings(t, release) {
			call, ok := replayed[recorded.Method+" "+recorded.path()]
			if !ok {
				continue
			}
			want := expected(t, recorded)
			server := httptest.NewServer(recorded)
			value, err := call(t.Context(), newClient(t, server.URL), recorded)
			server.Close()
			want.Target = strings.Replace(want.Target, "SERVER", server.URL, 1)
			want.Outcome = want.outcome()
			require.Equal(t, want, actual(t, value, err), "%s\n%v", recorded, err)
			requireDocument(t, recorded.text(), value)
			counts[release][want.Kind]++
		}
	}
	require.Equal(t, map[string]map[string]int{
		"v0.10.1": {
			"success": 360, "validation": 52, "second factor": 24, "verification": 2, "expired": 9,
			"location change": 3, "redirect": 29, "error": 99, "unknown": 34,
		},
		"v26.2.0": {
			"success": 422, "validation": 64, "next step": 21, "second factor": 27, "verification": 4, "expired": 10,
			"location change": 15, "redirect": 36, "error": 112, "unknown": 30,
		},
		"after-v26.2": {
			"success": 25, "validation": 5, "next step": 3, "second factor": 1, "registration": 1,
			"location change": 5, "redirect": 1, "error": 7,
		},
	}, counts)
}

// actual returns what the client says.
func actual(t *testing.T, value any, err error) verdict {
	t.Helper()
	v := verdict{Kind: "success", Outcome: orylogin.OutcomeOf(err)}
	addFlow := func(flow *orylogin.Flow) {
		v.Flow = flow.ID
		for _, message := range flow.Messages() {
			v.Messages += fmt.Sprintf("%s:%d:%s ", message.Field, message.ID, message.Type)
		}
	}
	var apiErr *orylogin.APIError
	if errors.As(err, &apiErr) {
		v.Status, v.Code, v.ID = apiErr.StatusCode, apiErr.Code, string(apiErr.ID)
		v.Reason, v.Message = apiErr.Reason, apiErr.Message
		v.Kind = "error"
		if apiErr.Flow != nil {
			addFlow(apiErr.Flow)
		}
		for _, id := range []orylogin.ErrorID{
			orylogin.ErrSessionInactive, orylogin.ErrIdentityDisabled,
			orylogin.ErrSessionAlreadyAvailable, orylogin.ErrSessionVerifiedAddressRequired, orylogin.ErrFlowDisabled,
		} {
			if errors.Is(err, id) && apiErr.ID != id {
				v.Means += string(id)
			}
		}
		for name, target := range map[string]error{
			"browser": orylogin.ErrBrowserRequest, "tries": orylogin.ErrTooManyTries, "body": orylogin.ErrUndecodableBody,
			"token": orylogin.ErrUnknownToken,
		} {
			if errors.Is(err, target) {
				v.Means += name
			}
		}
	}
	if errors.Is(err, orylogin.ErrUnknownAnswer) {
		v.Kind = "unknown"
	}
	addSession := func(session *orylogin.Session) {
		v.Session = session.ID
		if session.Identity != nil {
			v.Identity = session.Identity.ID
		}
	}
	switch value := value.(type) {
	case *orylogin.Flow:
		addFlow(value)
	case *orylogin.Login:
		v.Token = value.Token.Reveal()
		addSession(value.Session)
		for _, next := range value.ContinueWith {
			v.Next += next.Action + " "
		}
	case *orylogin.Session:
		addSession(value)
	case []*orylogin.Session:
		for _, session := range value {
			v.Others += session.ID + " of " + session.Identity.ID + " "
		}
	}
	switch err := err.(type) { //nolint:errorlint // the test is about the outermost type
	case nil, *orylogin.APIError:
	case *orylogin.ValidationError:
		v.Kind = "validation"
	case *orylogin.NextStepError:
		v.Kind, v.CodeSent = "next step", err.Flow.CodeSent()
	case *orylogin.SecondFactorError:
		v.Kind, v.Target = "second factor", err.URL
		if err.Session != nil {
			v.Token = err.Token.Reveal()
			addSession(err.Session)
		}
	case *orylogin.VerificationError:
		v.Kind = "verification"
		if err.Verification != nil {
			v.Verify = err.Verification.ID + " " + err.Verification.VerifiableAddress
		}
	case *orylogin.ExpiredError:
		v.Kind, v.UseFlow, v.Expired, v.Since = "expired", err.UseFlowID, err.ExpiredAt, err.Since
	case *orylogin.LocationChangeError:
		v.Kind, v.Target = "location change", err.URL
	case *orylogin.RegistrationError:
		v.Kind, v.Target = "registration", err.URL
	case *orylogin.RedirectError:
		v.Kind, v.Target = "redirect", err.Location
	default:
		require.Failf(t, "untyped", "%T: %v", err, err)
	}
	return v
}

// object is a JSON object of a recording.
type object map[string]any

func (o object) object(key string) object { value, _ := o[key].(map[string]any); return value }
func (o object) list(key string) []any    { value, _ := o[key].([]any); return value }
func (o object) text(key string) string   { value, _ := o[key].(string); return value }
func (o object) number(key string) int64  { value, _ := o[key].(float64); return int64(value) }

// expected reads from a recording what a caller must learn. It looks at plain JSON and shares
// no code with the client.
func expected(t *testing.T, s step) verdict {
	t.Helper()
	v := verdict{Kind: "unknown", Status: s.Status}
	if location := s.header("Location"); s.Status >= 300 && s.Status < 400 {
		v.Kind, v.Target = "redirect", location
		if target, err := url.Parse(location); err == nil && target.Host == "" {
			v.Target = "SERVER" + location
		}
		return v
	}
	if s.Status == 204 {
		return verdict{Kind: "success"}
	}
	mediaType, _, err := mime.ParseMediaType(s.header("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return v
	}
	if s.path() == "/sessions" && s.Status == http.StatusOK {
		v.expectSessions(t, s.text())
		return v
	}
	var body object
	if err := json.NewDecoder(bytes.NewReader(s.text())).Decode(&body); err != nil {
		return v
	}
	submission := s.Method == http.MethodPost
	switch {
	case body["session"] != nil:
		v.expectLogin(body)
	case strings.Contains(body.object("ui").text("action"), "/registration?"):
		v.Kind, v.Target = "registration", body.object("ui").text("action")
	case s.path() == "/sessions/token-exchange" && body["ui"] != nil:
		v.expectFlow(body, true)
	case body["ui"] != nil:
		v.expectFlow(body, submission)
	case body["error"] != nil:
		v.expectError(t, body, submission, strings.HasSuffix(s.path(), "/whoami"))
	case body["identity"] != nil:
		v = verdict{Kind: "success", Session: body.text("id"), Identity: body.object("identity").text("id")}
	}
	return v
}

func (v *verdict) expectSessions(t *testing.T, text []byte) {
	t.Helper()
	var sessions []object
	require.NoError(t, json.Unmarshal(text, &sessions))
	*v = verdict{Kind: "success"}
	for _, session := range sessions {
		v.Others += session.text("id") + " of " + session.object("identity").text("id") + " "
	}
}

func (v *verdict) expectLogin(body object) {
	session := body.object("session")
	if body["session_token"] == nil {
		return // a browser's login has its session in a cookie
	}
	v.Token, v.Session = body.text("session_token"), session.text("id")
	if session["identity"] == nil {
		v.Kind = "second factor"
		return
	}
	v.Kind, v.Status, v.Identity = "success", 0, session.object("identity").text("id")
	for _, next := range body.list("continue_with") {
		v.Next += object(next.(map[string]any)).text("action") + " "
	}
}

func (v *verdict) expectFlow(body object, submission bool) {
	v.Flow = body.text("id")
	var texts []string
	var errorIDs []int64
	add := func(field string, messages []any) {
		for _, each := range messages {
			message := object(each.(map[string]any))
			v.Messages += fmt.Sprintf("%s:%d:%s ", field, message.number("id"), message.text("type"))
			if message.text("type") == "error" {
				errorIDs = append(errorIDs, message.number("id"))
				texts = append(texts, message.text("text"))
			}
		}
	}
	ui := body.object("ui")
	add("", ui.list("messages"))
	for _, each := range ui.list("nodes") {
		node := object(each.(map[string]any))
		add(node.object("attributes").text("name"), node.list("messages"))
	}
	switch {
	case !submission:
		v.Kind, v.Status = "success", 0
	case len(errorIDs) == 0:
		v.Kind, v.CodeSent = "next step", body.text("state") == "sent_email"
	case slices.Contains(errorIDs, 4000010):
		v.Kind, v.Means = "verification", "session_verified_address_required"
	default:
		v.Kind = "validation"
		switch {
		case slices.Contains(errorIDs, 4000001):
			v.Means = meaningOf(strings.Join(texts, "\n"))
		case slices.Contains(errorIDs, 4010011):
			v.Means = "identity_disabled"
		}
	}
	expired := body["refresh"] == true || body["requested_aal"] == "aal2" && body.lasts() == time.Second
	switch {
	case v.Kind != "validation" || v.Means == "":
	case v.Means == "session_already_available" && expired:
		v.Kind, v.Means = "expired", "" // before it expires, a session does not get in its way
	default:
		v.Kind = "error"
	}
}

// lasts returns the lifespan of a flow. If it is a second, the recorder has waited until the
// flow had expired.
func (o object) lasts() time.Duration {
	issued, _ := time.Parse(time.RFC3339Nano, o.text("issued_at"))
	expires, _ := time.Parse(time.RFC3339Nano, o.text("expires_at"))
	return expires.Sub(issued)
}

// meaningOf says what a generic message is about, by words that all releases use.
func meaningOf(text string) string {
	for _, known := range []struct{ word, meaning string }{
		{"session was detected", "session_already_available"},
		{"Registration is not allowed", "self_service_flow_disabled"},
		{`"Cookie"`, "browser"},
		{`"Origin"`, "browser"},
		{"too often", "tries"},
		{"decode", "body"},
		{"Expected JSON", "body"},
		{"Content-Type", "body"},
	} {
		if strings.Contains(text, known.word) {
			return known.meaning
		}
	}
	return ""
}

func (v *verdict) expectError(t *testing.T, body object, submission, whoami bool) {
	t.Helper()
	envelope := body.object("error")
	v.Kind = "error"
	v.ID, v.Code = envelope.text("id"), envelope.number("code")
	v.Reason, v.Message = envelope.text("reason"), envelope.text("message")
	switch {
	case v.Status == 410:
		v.Kind, v.UseFlow, v.Since = "expired", body.text("use_flow_id"), time.Duration(body.number("since"))
		if at := body.text("expired_at"); at != "" {
			expired, err := time.Parse(time.RFC3339Nano, at)
			require.NoError(t, err)
			v.Expired = expired
		}
	case v.Status == 422:
		v.Kind, v.Target = "location change", body.text("redirect_browser_to")
	case whoami && v.Status == 403:
		v.Kind, v.Target = "second factor", body.text("redirect_browser_to")
	case whoami && v.Status == 401 && v.ID == "":
		v.Means = "session_inactive"
	case submission && v.Status == 401 && v.ID == "":
		v.Means = "identity_disabled"
	case strings.Contains(v.Reason, "Ory Session Token could not be found"):
		v.Means = "token"
	case submission && v.Status == 403 && v.ID == "session_verified_address_required":
		v.Kind = "verification"
		for _, each := range envelope.object("details").list("continue_with") {
			flow := object(each.(map[string]any)).object("flow")
			v.Verify = flow.text("id") + " " + flow.text("verifiable_address")
		}
	}
}

// requireDocument requires that the document of a value is what the server has sent, with
// unknown members.
func requireDocument(t *testing.T, sent []byte, value any) {
	t.Helper()
	switch value := value.(type) {
	case *orylogin.Flow:
		require.JSONEq(t, string(sent), string(value.Document()))
	case *orylogin.Session:
		require.JSONEq(t, string(sent), string(value.Document()))
	case *orylogin.Login:
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(sent, &members))
		require.JSONEq(t, string(members["session"]), string(value.Session.Document()))
	}
}
