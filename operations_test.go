package orylogin_test

import (
	"context"
	"errors"

	"github.com/orylogin/orylogin"
)

// call is a call of a client's method.
type call func(context.Context, *orylogin.Client) error

// The calls of a client.

func create(options orylogin.FlowOptions, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error {
		return only(c.CreateFlow(ctx, options, opts...))
	}
}

func get(flowID string, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error { return only(c.GetFlow(ctx, flowID, opts...)) }
}

func submit(method orylogin.Method, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error {
		return only(c.Submit(ctx, flowID, method, opts...))
	}
}

func login(method orylogin.Method, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error { return only(c.Login(ctx, method, opts...)) }
}

func exchange(initCode, returnToCode orylogin.Secret, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error {
		return only(c.Exchange(ctx, initCode, returnToCode, opts...))
	}
}

func whoami(token orylogin.Secret, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error { return only(c.Whoami(ctx, token, opts...)) }
}

func whoamiCookie(cookie string, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error {
		return only(c.WhoamiCookie(ctx, orylogin.NewSecret(cookie), opts...))
	}
}

func logout(token orylogin.Secret, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error { return c.Logout(ctx, token, opts...) }
}

func refresh(token orylogin.Secret, method orylogin.Method, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error {
		return only(c.Refresh(ctx, token, method, opts...))
	}
}

func stepUp(token orylogin.Secret, method orylogin.Method, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error {
		return only(c.StepUp(ctx, token, method, opts...))
	}
}

func converse(options orylogin.FlowOptions, next func(context.Context, orylogin.Step) (orylogin.Method, error)) call {
	return func(ctx context.Context, c *orylogin.Client) error { return only(c.Converse(ctx, options, next)) }
}

// only returns the error of a call. It requires either a value or an error.
func only[T any](value *T, err error) error {
	if (value == nil) == (err == nil) {
		return errors.New("the call returned neither a value nor an error, or both")
	}
	return err
}

func list(token orylogin.Secret, page int, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error {
		sessions, err := c.OtherSessions(token, opts...).List(ctx, page)
		if sessions != nil && err != nil {
			return errors.New("the call returned sessions and an error")
		}
		return err
	}
}

func revoke(token orylogin.Secret, id string, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error {
		return c.OtherSessions(token, opts...).Revoke(ctx, id)
	}
}

func revokeAll(token orylogin.Secret, opts ...orylogin.CallOption) call {
	return func(ctx context.Context, c *orylogin.Client) error {
		return c.OtherSessions(token, opts...).RevokeAll(ctx)
	}
}

// operations are valid calls that send one request each.
var operations = map[string]call{
	"create": create(orylogin.FlowOptions{}), "get": get(flowID), "submit": submit(password),
	"exchange": exchange(token, token), "whoami": whoami(token), "logout": logout(token),
	"list": list(token, 1), "revoke": revoke(token, flowID), "revokeall": revokeAll(token),
}

// aboutSessions reports whether an operation is missing on servers before v0.9.
func aboutSessions(name string) bool {
	return name == "list" || name == "revoke" || name == "revokeall"
}
