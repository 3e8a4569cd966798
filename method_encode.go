package orylogin

import (
	"encoding/json"
	"fmt"
	"reflect"
	"unicode/utf8"
)

// CheckMethod reports why a method cannot be submitted to any flow: it returns the error that
// [Client.Submit] returns without a request. It sends nothing.
func CheckMethod(m Method) error {
	_, err := wireBody(m)
	return err
}

// wireBody encodes a submission. This is the only place where the secrets of a Method become
// text.
func wireBody(m Method) ([]byte, error) {
	if v := reflect.ValueOf(m); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, invalidCall("orylogin: the method is nil")
	}
	body := m.body()
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, refused(fmt.Errorf("a field of %T cannot be sent as JSON", m))
	}
	if checked, ok := m.(interface{ check() error }); ok {
		if err := checked.check(); err != nil {
			return nil, refused(err)
		}
	}
	// JSON cannot hold a text that is not UTF-8, so the server would get another password. JSON
	// that is encoded already is sent as it is.
	if anyWithin(reflect.ValueOf(body), isMalformedText) || !utf8.Valid(encoded) {
		return nil, refused(fmt.Errorf("a text of %T is not valid UTF-8", m))
	}
	if len(encoded) > maxSubmission {
		return nil, errLongSubmission
	}
	return encoded, nil
}

// bodyForAnyFlow is wireBody for a call that creates the flow itself.
func bodyForAnyFlow(m Method) ([]byte, error) {
	if answersChallenge(m) {
		return nil, refused(fmt.Errorf("%T answers the challenge of one flow, which a call that creates the flow "+
			"cannot know: use CreateFlow and Submit, or Converse", m))
	}
	return wireBody(m)
}

// answersChallenge reports whether a method answers a challenge in the flow.
func answersChallenge(m Method) bool {
	switch m.(type) {
	case WebAuthn, *WebAuthn, Passkey, *Passkey, DeviceAuthn, *DeviceAuthn:
		return true
	}
	return false
}

func isSecret(v reflect.Value) bool { return v.Type() == reflect.TypeFor[Secret]() }

func isMalformedText(v reflect.Value) bool {
	return v.Kind() == reflect.String && !utf8.ValidString(v.String())
}

// anyWithin reports whether is returns true for v or for a value within it. It looks only at
// values that JSON can hold, and not into values that encode themselves.
func anyWithin(v reflect.Value, is func(reflect.Value) bool) bool {
	switch {
	case !v.IsValid():
		return false
	case is(v):
		return true
	case v.Type().Implements(reflect.TypeFor[json.Marshaler]()):
		return false
	}
	switch v.Kind() { //nolint:exhaustive // the others have no values within them
	case reflect.Interface, reflect.Pointer:
		return anyWithin(v.Elem(), is)
	case reflect.Struct:
		for i := range v.NumField() {
			if anyWithin(v.Field(i), is) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if anyWithin(v.Index(i), is) {
				return true
			}
		}
	case reflect.Map:
		for members := v.MapRange(); members.Next(); {
			if anyWithin(members.Key(), is) || anyWithin(members.Value(), is) {
				return true
			}
		}
	}
	return false
}
