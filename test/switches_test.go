package test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
)

// asked are the cases of all switches over errors in the recipes, the examples and the
// commands, as they are written there.
var asked = map[string]func(error) bool{
	"err == nil":                                          func(err error) bool { return err == nil },
	"errors.As(err, &refused)":                            isA[*orylogin.ValidationError],
	"errors.As(err, &owed)":                               isA[*orylogin.SecondFactorError],
	"errors.As(err, &unverified)":                         isA[*orylogin.VerificationError],
	"errors.As(err, &change)":                             isA[*orylogin.LocationChangeError],
	"errors.As(err, &redirect)":                           isA[*orylogin.RedirectError],
	"errors.Is(err, orylogin.ErrBrowserRequest)":          is(orylogin.ErrBrowserRequest),
	"errors.Is(err, orylogin.ErrIdentityDisabled)":        is(orylogin.ErrIdentityDisabled),
	"errors.Is(err, orylogin.ErrInvalidCredentials)":      is(orylogin.ErrInvalidCredentials),
	"errors.Is(err, orylogin.ErrResponseTooLarge)":        is(orylogin.ErrResponseTooLarge),
	"errors.Is(err, orylogin.ErrSessionAlreadyAvailable)": is(orylogin.ErrSessionAlreadyAvailable),
	"errors.Is(err, orylogin.ErrTooManyTries)":            is(orylogin.ErrTooManyTries),
	"errors.Is(err, orylogin.ErrUndecodableBody)":         is(orylogin.ErrUndecodableBody),
	"errors.Is(err, orylogin.ErrUnknownAnswer)":           is(orylogin.ErrUnknownAnswer),

	// Parts of one kind of error.
	"errors.As(err, &expired) && expired.UseFlowID != \"\"": func(err error) bool {
		var expired *orylogin.ExpiredError
		return errors.As(err, &expired) && expired.UseFlowID != ""
	},
	"errors.As(err, &expired) && expired.UseFlowID == \"\"": func(err error) bool {
		var expired *orylogin.ExpiredError
		return errors.As(err, &expired) && expired.UseFlowID == ""
	},
	"errors.As(err, &next) && next.Flow.CodeSent()": func(err error) bool {
		var next *orylogin.NextStepError
		return errors.As(err, &next) && next.Flow.CodeSent()
	},
	"errors.As(err, &next) && !next.Flow.CodeSent()": func(err error) bool {
		var next *orylogin.NextStepError
		return errors.As(err, &next) && !next.Flow.CodeSent()
	},
	"errors.As(err, &unsent) && unsent.NotSent": func(err error) bool {
		var unsent *orylogin.TransportError
		return errors.As(err, &unsent) && unsent.NotSent
	},
	"errors.As(err, &unsent) && !unsent.NotSent": func(err error) bool {
		var unsent *orylogin.TransportError
		return errors.As(err, &unsent) && !unsent.NotSent
	},
	"errors.Is(err, orylogin.ErrRateLimited) && errors.As(err, &answer)": is(orylogin.ErrRateLimited),
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

// TestSwitchesInAnyOrder checks that no error matches two cases of a switch, so that the order
// of the cases does not matter.
func TestSwitchesInAnyOrder(t *testing.T) {
	t.Parallel()
	errs := madeErrors(t)
	for _, release := range releases {
		for _, err := range recordedErrors(t, release) {
			errs = append(errs, err)
		}
	}
	count, known := 0, map[string]bool{}
	for _, pattern := range []string{
		"recipes*_test.go", "../*example_test.go", "../*/*example_test.go", "../examples/*/*/*.go", "../cmd/*/*.go",
	} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			for _, clauses := range errorSwitches(t, file) {
				count++
				for _, text := range slices.Concat(clauses...) {
					known[text] = true
				}
				for _, err := range errs {
					of := slices.DeleteFunc(slices.Clone(clauses), func(clause []string) bool {
						return !slices.ContainsFunc(clause, func(text string) bool { return asked[text](err) })
					})
					require.LessOrEqual(t, len(of), 1, "%s: of two cases: %q: %v", file, of, err)
				}
			}
		}
	}
	require.Equal(t, 3, count)
	for text := range asked {
		require.Contains(t, known, text, "an entry of asked is in no switch")
	}
}

// errorSwitches returns the switches over errors in a file, with the expressions of each
// clause.
func errorSwitches(t *testing.T, file string) [][][]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	var switches [][][]string
	ast.Inspect(parsed, func(node ast.Node) bool {
		found, ok := node.(*ast.SwitchStmt)
		if !ok || found.Tag != nil {
			return true
		}
		var clauses [][]string
		for _, statement := range found.Body.List {
			var clause []string
			for _, expression := range statement.(*ast.CaseClause).List {
				clause = append(clause, types.ExprString(expression))
			}
			clauses = append(clauses, clause)
		}
		all := slices.Concat(clauses...)
		if !slices.ContainsFunc(all, func(text string) bool { return strings.Contains(text, "errors.") }) {
			return true
		}
		for _, text := range all {
			require.Contains(t, asked, text, "%s: a case that asked does not know", file)
		}
		switches = append(switches, clauses)
		return true
	})
	return switches
}

// madeErrors are errors as applications make them in their tests, and errors of calls without
// an answer.
func madeErrors(t *testing.T) []error {
	t.Helper()
	withMessage := func(id orylogin.MessageID, state string) orylogin.APIError {
		return orylogin.APIError{Flow: &orylogin.Flow{SelfServiceLoginFlow: api.SelfServiceLoginFlow{
			ID: "f", State: state, UI: &api.UIContainer{Messages: []api.UIText{{ID: int64(id), Type: "error"}}},
		}}}
	}
	visit := newClient(t, "http://localhost:1").Visit(nil, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	_, noFlow := visit.GetFlow(t.Context(), "")
	_, noAnswer := visit.Whoami(t.Context())
	ended, end := context.WithCancel(t.Context())
	end()
	_, canceled := visit.Whoami(ended)
	return []error{
		nil, noFlow, noAnswer, canceled, orylogin.CheckMethod(nil),
		&orylogin.ValidationError{},
		&orylogin.ValidationError{APIError: withMessage(orylogin.ErrInvalidCredentials, "")},
		&orylogin.NextStepError{},
		&orylogin.NextStepError{APIError: withMessage(0, "sent_email")},
		&orylogin.SecondFactorError{},
		&orylogin.LocationChangeError{URL: "https://accounts.example.com/"},
		&orylogin.VerificationError{},
		&orylogin.RegistrationError{},
		&orylogin.ExpiredError{},
		&orylogin.ExpiredError{UseFlowID: "f"},
		&orylogin.RedirectError{},
		&orylogin.SessionChangedError{},
		&orylogin.TransportError{},
		&orylogin.TransportError{NotSent: true},
		&orylogin.APIError{},
		&orylogin.APIError{StatusCode: http.StatusTooManyRequests},
		&orylogin.APIError{StatusCode: http.StatusNotFound},
		&orylogin.APIError{StatusCode: http.StatusServiceUnavailable},
		&orylogin.APIError{ID: orylogin.ErrIdentityDisabled},
		&orylogin.APIError{ID: orylogin.ErrFlowDisabled},
		&orylogin.APIError{ID: orylogin.ErrSessionAlreadyAvailable},
		&orylogin.APIError{ID: orylogin.ErrSessionInactive},
		&orylogin.APIError{ID: orylogin.ErrSessionAAL1Required},
		&orylogin.APIError{ID: orylogin.ErrCSRFViolation},
		&orylogin.APIError{ID: orylogin.ErrReturnToForbidden},
		&orylogin.APIError{ID: orylogin.ErrInvalidConfiguration},
		orylogin.ErrSessionInactive, orylogin.ErrUnknownToken, orylogin.ErrTooManyTries, orylogin.ErrTooManySteps,
		orylogin.ErrUnknownAnswer, orylogin.ErrResponseTooLarge, context.DeadlineExceeded, io.EOF,
	}
}
