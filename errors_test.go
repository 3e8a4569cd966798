package orylogin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestTargets checks that errors.Is finds what an answer to a submission means, and nothing
// else.
func TestTargets(t *testing.T) {
	generic := func(text string) string {
		return `{"id":"f","ui":{"messages":[{"id":4000001,"type":"error","text":"` + text + `"}]}}`
	}
	for name, test := range map[string]struct {
		status int
		body   string
		is     []error
		not    []error
	}{
		"an id to come": {
			409, `{"error":{"id":"brand_new"}}`,
			[]error{orylogin.ErrorID("brand_new")},
			[]error{orylogin.ErrorID("brand_new_too"), orylogin.ErrorID("")},
		},
		"no id": {400, `{"error":{"code":400}}`, nil, []error{orylogin.ErrorID(""), orylogin.ErrIdentityDisabled}},
		"disabled": {
			401, `{"error":{"code":401}}`, []error{orylogin.ErrIdentityDisabled}, []error{orylogin.ErrSessionInactive},
		},
		"not disabled": {
			401, `{"error":{"code":401,"id":"session_aal1_required"}}`,
			[]error{orylogin.ErrSessionAAL1Required},
			[]error{orylogin.ErrIdentityDisabled},
		},
		"disabled, by a message": {
			400, `{"id":"f","ui":{"messages":[{"id":4010011,"type":"error"}]}}`,
			[]error{orylogin.ErrIdentityDisabled, orylogin.MessageIdentityDisabled},
			[]error{orylogin.ErrGeneric},
		},
		"the messages that refuse": {
			400, `{"id":"f","ui":{"messages":[{"id":1010003,"type":"info"},{"id":4000006,"type":"error"}]}}`,
			[]error{orylogin.ErrInvalidCredentials},
			[]error{orylogin.MessageReauthenticate, orylogin.ErrSessionAlreadyAvailable},
		},
		"a session": {
			400, generic("A valid session was detected and thus login is not possible."),
			[]error{orylogin.ErrGeneric, orylogin.ErrSessionAlreadyAvailable},
			[]error{orylogin.ErrTooManyTries},
		},
		"registration is disabled": {
			400, generic("Registration is not allowed because it was disabled."),
			[]error{orylogin.ErrGeneric, orylogin.ErrFlowDisabled},
			[]error{orylogin.ErrIdentityDisabled},
		},
		"a browser": {
			400, generic(`The HTTP Request Header included the \"Origin\" key`),
			[]error{orylogin.ErrBrowserRequest},
			[]error{orylogin.ErrUndecodableBody},
		},
		"another body": {
			400, generic("Unable to decode body because its HTTP Request Method was not POST"),
			[]error{orylogin.ErrUndecodableBody},
			[]error{orylogin.ErrBrowserRequest},
		},
		"a generic text in another message": {
			400, `{"id":"f","ui":{"messages":[{"id":4000006,"type":"error","text":"A valid session was detected"}]}}`,
			[]error{orylogin.ErrInvalidCredentials},
			[]error{orylogin.ErrSessionAlreadyAvailable},
		},
	} {
		err := operations["submit"](t.Context(), inJSON(test.status, test.body).client(t))
		for _, target := range test.is {
			require.ErrorIs(t, err, target, name)
		}
		for _, target := range test.not {
			require.NotErrorIs(t, err, target, name)
		}
	}
	// A 401 that means "disabled" for a submission means something else here.
	require.NotErrorIs(t, operations["create"](t.Context(), inJSON(401, `{"error":{"code":401}}`).client(t)), orylogin.ErrIdentityDisabled)
}
