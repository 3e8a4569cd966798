package orylogin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
)

// hostileText is a text that a server or a form can have in any field. It has a secret, line
// breaks, an escape sequence and a mark that reverses the direction of writing. It is longer
// than any text that is shown.
var hostileText = strings.Repeat("hunter2\r\n\u2028\x1b[31m\u202e\x00\"|", 100)

// fill puts the text into each exported field that can hold it, except the names of operations,
// which come from this module.
func fill(v reflect.Value, text string, depth int) {
	if depth == 0 {
		return
	}
	switch v.Type() {
	case reflect.TypeFor[api.Secret]():
		v.Set(reflect.ValueOf(orylogin.NewSecret(text)))
		return
	case reflect.TypeFor[json.RawMessage]():
		encoded, _ := json.Marshal(text)
		v.SetBytes(encoded)
		return
	case reflect.TypeFor[api.Value]():
		var value api.Value
		encoded, _ := json.Marshal(text)
		_ = json.Unmarshal(encoded, &value)
		v.Set(reflect.ValueOf(value))
		return
	case reflect.TypeFor[error]():
		v.Set(reflect.ValueOf(orylogin.ErrorID(text)))
		return
	case reflect.TypeFor[time.Time]():
		return
	}
	switch v.Kind() { //nolint:exhaustive // the others hold no text
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text, depth-1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text, depth-1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		if v.Type().Elem().Kind() == reflect.Interface {
			v.SetMapIndex(reflect.ValueOf(text), reflect.ValueOf(text))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && field.Name != "Operation" {
				fill(v.Field(i), text, depth-1)
			}
		}
	}
}

// TestHostileTextsAreNotShown fills each value that holds a text of a server or a form. It
// requires that everything printed, logged or marshalled is short, on one line, and without
// that text. Values that marshal as data may be long.
func TestHostileTextsAreNotShown(t *testing.T) {
	t.Parallel()
	refused := orylogin.ValidationError{}
	targets := []any{
		&orylogin.Login{}, &orylogin.Session{}, &orylogin.Flow{}, &orylogin.Step{}, &orylogin.Message{}, &orylogin.Messages{},
		&orylogin.FlowOptions{}, &orylogin.ErrorRecord{}, new(orylogin.ErrorID),
		&orylogin.APIError{}, &refused, &orylogin.NextStepError{}, &orylogin.SecondFactorError{}, &orylogin.VerificationError{},
		&orylogin.ExpiredError{}, &orylogin.LocationChangeError{}, &orylogin.RegistrationError{}, &orylogin.RedirectError{},
		&orylogin.SessionChangedError{},
		&orylogin.TransportError{}, &orylogin.Event{Operation: "toSession", Outcome: orylogin.OutcomeOther},
	}
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		targets = append(targets, reflect.New(reflect.Indirect(reflect.ValueOf(methods[name].Method)).Type()).Interface())
	}
	for _, target := range targets {
		value := reflect.ValueOf(target).Elem()
		if value.Type() != reflect.TypeFor[orylogin.Event]() {
			fill(value, hostileText, 6)
		}
		for _, shown := range []any{target, value.Interface()} {
			checkShort(t, shown)
		}
	}
	// This form has many messages, each with a known meaning.
	flow := &orylogin.Flow{}
	flow.UI = &api.UIContainer{Messages: slices.Repeat([]api.UIText{{ID: 4000006, Type: "error", Text: hostileText}}, 999)}
	refused.Flow = flow
	for _, shown := range []any{&refused, refused, flow, flow.Messages(), orylogin.Step{Flow: flow, Err: &refused}} {
		checkShort(t, shown)
	}
}

// TestErrorsShowNoValues checks that no error's text has a value from a caller, a browser or a
// server.
func TestErrorsShowNoValues(t *testing.T) {
	t.Parallel()
	made := func(base string, opts ...orylogin.Option) error {
		_, err := orylogin.New(base, opts...)
		return err
	}
	called := func(call call) error { return call(t.Context(), inJSON(500, "{}").client(t)) }
	custom := func(fields map[string]any) error {
		return orylogin.CheckMethod(orylogin.Custom{Name: hostileText, Fields: fields})
	}
	var flow orylogin.Flow
	var session orylogin.Session
	require.NoError(t, session.UnmarshalJSON([]byte(`{"id":"s","identity":{"id":"i","traits":{"a":"hunter2"},"metadata_public":{"a":"hunter2"}}}`)))
	var typeErr *json.UnmarshalTypeError
	require.ErrorAs(t, session.Traits(&struct{ A int }{}), &typeErr, "code can ask for the cause")

	for name, err := range map[string]error{
		"base URL":                 made("hunter2://" + hostileText),
		"host of plain http":       made("http://hunter2.example.com"),
		"credentials":              made("https://hunter2:hunter2@a"),
		"query":                    made("https://a?hunter2"),
		"port":                     made("https://a:hunter2"),
		"name of a header":         made("https://a", orylogin.WithHeader(hostileText, "x")),
		"value as name":            made("https://a", orylogin.WithHeader("Bearer hunter2", "Authorization")),
		"value":                    made("https://a", orylogin.WithHeader("Authorization", hostileText)),
		"name of a wrong value":    made("https://a", orylogin.WithHeader("hunter2", "\n")),
		"reserved":                 made("https://a", orylogin.WithHeader("Cookie", "hunter2")),
		"origin":                   made("https://a", orylogin.WithReturnOrigins("https://a", hostileText)),
		"cookie as name":           made("https://a", orylogin.WithSessionCookie("a=hunter2")),
		"name of a cookie":         made("https://a", orylogin.WithSessionCookie(hostileText)),
		"header of a call":         called(submit(password, orylogin.WithCallHeader(hostileText, "x"))),
		"level":                    called(create(orylogin.FlowOptions{AAL: orylogin.AAL(hostileText)})),
		"challenge":                called(create(orylogin.FlowOptions{LoginChallenge: hostileText})),
		"token":                    called(whoami(orylogin.NewSecret(hostileText))),
		"token to revoke":          called(logout(orylogin.NewSecret(hostileText))),
		"cookie":                   called(whoamiCookie(hostileText)),
		"name of a method":         custom(map[string]any{"method": hostileText}),
		"value of a field":         custom(map[string]any{hostileText: func() {}}),
		"secret in a field":        custom(map[string]any{hostileText: []orylogin.Secret{orylogin.NewSecret("hunter2")}}),
		"malformed text":           custom(map[string]any{hostileText: "hunter2\xff"}),
		"payload":                  called(submit(orylogin.TOTP{TransientPayload: []byte(`{"hunter2`)})),
		"answer":                   inJSON(400, `{"error":{"id":"hunter2","reason":"hunter2"}}`).client(t).Logout(t.Context(), token),
		"time of a flow":           json.Unmarshal([]byte(`{"id":"f","expires_at":"hunter2"}`), &flow),
		"type in a flow":           flow.UnmarshalJSON([]byte(`{"ui":"hunter2"}`)),
		"time of a session":        json.Unmarshal([]byte(`{"id":"s","expires_at":"hunter2"}`), &session),
		"malformed session":        session.UnmarshalJSON([]byte(`hunter2`)),
		"traits of another type":   session.Traits(&struct{ A int }{}),
		"traits that are refused":  session.Traits(&struct{ A refusing }{}),
		"metadata of another type": session.PublicMetadata(&struct{ A int }{}),
		"metadata that is refused": session.PublicMetadata(&struct{ A refusing }{}),
	} {
		require.Error(t, err, name)
		requireShort(t, strings.ToLower(err.Error()), name)
		require.NotContains(t, strings.ToLower(chain(err)), "hunter2", name)
	}
}

// refusing is a program's type whose error has the value.
type refusing struct{}

func (*refusing) UnmarshalText(text []byte) error { return fmt.Errorf("%s is not valid", text) }

// TestManyMessages checks that the text of an error has only a few messages, however many there
// are.
func TestManyMessages(t *testing.T) { //nolint:paralleltest // it counts allocations
	messages := slices.Repeat([]api.UIText{{ID: 4000006, Type: "error"}}, 3000)
	refused := &orylogin.ValidationError{APIError: orylogin.APIError{Flow: &orylogin.Flow{}}}
	refused.Flow.UI = &api.UIContainer{Messages: messages[:6]}
	require.EqualError(t, refused, "orylogin: the submission was refused"+strings.Replace(strings.Repeat(", "+orylogin.ErrInvalidCredentials.Error(), 5), ",", ":", 1)+", and 1 more")
	refused.Flow.UI.Messages = messages
	require.ErrorContains(t, refused, ", and 2995 more")
	require.Contains(t, fmt.Sprint(refused.Flow.Messages()), "and 2995 more")
	require.Less(t, testing.AllocsPerRun(1, func() { _, _ = refused.Error(), fmt.Sprint(refused.Flow.Messages()) }), 200.0)
}

func checkShort(t *testing.T, value any) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T"} {
		requireShort(t, fmt.Sprintf(verb, value), fmt.Sprintf("%T by %s", value, verb))
	}
	requireShort(t, fmt.Sprintf("%v", struct{ Field any }{value}), fmt.Sprintf("%T in a field", value))
	lines := strings.Split(strings.TrimSuffix(logged(value), "\n"), "\n")
	require.Len(t, lines, 2, "%T, one line for each handler", value)
	for _, line := range lines {
		_, shown, _ := strings.Cut(line, "msg")
		requireShort(t, shown, fmt.Sprintf("%T logged", value))
	}
	if encoded, err := json.Marshal(value); err == nil && !isData(value) {
		requireShort(t, string(encoded), fmt.Sprintf("%T as JSON", value))
	}
}

// isData reports whether the value marshals as data: what a program submits, and what it shows
// to a user.
func isData(value any) bool {
	switch reflect.Indirect(reflect.ValueOf(value)).Interface().(type) {
	case orylogin.Message, orylogin.Messages, orylogin.FlowOptions, orylogin.ErrorID, orylogin.ErrorRecord, orylogin.Step:
		return true
	}
	_, method := value.(orylogin.Method)
	return method
}

func requireShort(t *testing.T, text, what string) {
	t.Helper()
	for form, written := range map[string]string{"text": "hunter2", "hex": fmt.Sprintf("%x", "hunter2"), "HEX": fmt.Sprintf("%X", "hunter2")} {
		if at := strings.Index(text, written); at >= 0 {
			t.Errorf("%s shows what it was filled with, as %s: %.200q", what, form, text[max(0, at-50):])
			return
		}
	}
	if len(text) > 600 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("%s is long or more than a line: %d bytes, %.200q", what, len(text), text)
	}
}
