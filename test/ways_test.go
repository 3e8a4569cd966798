package test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/daemon"
	"github.com/orylogin/orylogin/test/kratostest"
)

// ways are the ways to submit a login, each to its own flow.
var ways = map[string]func(*testing.T, *orylogin.Client, map[string]string) (*orylogin.Login, error){
	"native": func(t *testing.T, client *orylogin.Client, fields map[string]string) (*orylogin.Login, error) {
		t.Helper()
		flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
		if err != nil {
			return nil, err
		}
		return client.Submit(t.Context(), flow.ID, custom(t, fields))
	},
	"json": func(t *testing.T, client *orylogin.Client, fields map[string]string) (*orylogin.Login, error) {
		t.Helper()
		p := newPerson(t, client)
		flow, err := p.tryCreate(orylogin.FlowOptions{})
		if err != nil {
			return nil, err
		}
		return p.submit(flow, custom(t, fields))
	},
	"form": func(t *testing.T, client *orylogin.Client, fields map[string]string) (*orylogin.Login, error) {
		t.Helper()
		p := newPerson(t, client)
		flow, err := p.tryCreate(orylogin.FlowOptions{})
		if err != nil {
			return nil, err
		}
		return p.submitForm(flow, fields)
	},
}

// custom returns the method with the fields.
func custom(t *testing.T, fields map[string]string) orylogin.Custom {
	t.Helper()
	method := orylogin.Custom{Name: fields["method"], Fields: map[string]any{}}
	for name, value := range fields {
		if name != "method" {
			method.Fields[name] = value
		}
	}
	return method
}

// tryCreate creates a flow. It may fail.
func (p *person) tryCreate(options orylogin.FlowOptions) (*orylogin.Flow, error) {
	p.t.Helper()
	var flow *orylogin.Flow
	var err error
	p.visit(func(v *orylogin.Visit) { flow, err = v.CreateFlow(p.t.Context(), options) })
	return flow, err
}

// told describes in a few words what a caller learns: the outcome, the kind of the error, its
// id and the ids of the messages that refuse something.
func told(err error) string {
	if err == nil {
		return "ok"
	}
	words := []string{string(orylogin.OutcomeOf(err)), strings.TrimPrefix(fmt.Sprintf("%T", err), "*orylogin.")}
	var answer *orylogin.APIError
	if errors.As(err, &answer) {
		if answer.ID != "" {
			words = append(words, string(answer.ID))
		}
		for _, message := range answer.Flow.Messages().Errors() {
			words = append(words, strconv.FormatInt(int64(message.ID), 10))
		}
	}
	return strings.Join(words, " ")
}

// everyWay logs in in each way and requires the same result. If the results differ, the
// expected text is "native: …; json: …; form: …".
func everyWay(t *testing.T, client *orylogin.Client, about string, fields map[string]string, want string) {
	t.Helper()
	var got []string
	for _, way := range []string{"native", "json", "form"} {
		_, err := ways[way](t, client, fields)
		got = append(got, way+": "+told(err))
	}
	same(t, about, want, inOne(got))
}

// same compares a result with the expected one.
func same(t *testing.T, about, want, got string) {
	t.Helper()
	if want != got {
		t.Errorf("%s:\n  expected %s\n  got      %s", about, want, got)
	}
}

// inOne returns the common result of all ways. If the results differ, it returns all of them.
func inOne(got []string) string {
	_, first, _ := strings.Cut(got[0], ": ")
	for _, each := range got {
		if _, this, _ := strings.Cut(each, ": "); this != first {
			return strings.Join(got, "; ")
		}
	}
	return first
}

// password returns the fields of a login with a password.
func password(identifier, password string) map[string]string {
	return map[string]string{"method": "password", "identifier": identifier, "password": password}
}

// imported creates an identity from a request body of the admin API.
func imported(t *testing.T, kratos *kratostest.Server, body map[string]any) {
	t.Helper()
	admin := daemon.NewClient()
	defer admin.Close()
	body["schema_id"] = "default"
	call := daemon.Call{Method: http.MethodPost, URL: kratos.AdminAPI() + "/identities", Body: body}
	require.NoError(t, admin.Do(t.Context(), call, nil))
}

// withPassword returns an identity whose password is given in some form, such as a hash.
func withPassword(email string, config map[string]any) map[string]any {
	return map[string]any{
		"traits":      map[string]any{"email": email},
		"credentials": map[string]any{"password": map[string]any{"config": config}},
	}
}
