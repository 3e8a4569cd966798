package orylogin_test

import (
	"context"
	"errors"
	"strings"

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

// chain returns the texts of an error and of all that it unwraps to.
func chain(err error) string {
	if err == nil {
		return ""
	}
	texts := []string{err.Error()}
	switch wrapped := err.(type) { //nolint:errorlint // the chain itself is walked
	case interface{ Unwrap() error }:
		texts = append(texts, chain(wrapped.Unwrap()))
	case interface{ Unwrap() []error }:
		for _, each := range wrapped.Unwrap() {
			texts = append(texts, chain(each))
		}
	}
	return strings.Join(texts, "\n")
}
