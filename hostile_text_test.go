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

// hostileText is what a server or a form may have in any field: a secret, line breaks, an
// escape, the mark of another direction of writing, and more than is ever shown.
var hostileText = strings.Repeat("hunter2\r\n\u2028\x1b[31m\u202e\x00\"|", 100)

// fill puts the text into every exported field that can hold it, but for the names of
// operations, which are the program's.
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

// TestHostileTextsAreNotShown fills everything that holds what a server or a form says, and
// requires of all that can be printed, logged or marshalled that it is short, on one line,
// and has none of it. What is marshalled as the data that it is may be long.
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
		targets = append(targets, reflect.New(reflect.Indirect(reflect.ValueOf(methods[name].method)).Type()).Interface())
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
	// A form of many messages, each of which has a meaning.
	flow := &orylogin.Flow{}
	flow.UI = &api.UIContainer{Messages: slices.Repeat([]api.UIText{{ID: 4000006, Type: "error", Text: hostileText}}, 999)}
	refused.Flow = flow
	for _, shown := range []any{&refused, refused, flow, flow.Messages(), orylogin.Step{Flow: flow, Err: &refused}} {
		checkShort(t, shown)
	}
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

// isData reports whether JSON has the value as it is: what a program submits, and what it
// shows to a user.
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
