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

// ways are how a login is submitted, each to a flow of its own.
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

// custom is the method with these fields.
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

// tryCreate creates a flow, which may fail.
func (p *person) tryCreate(options orylogin.FlowOptions) (*orylogin.Flow, error) {
	p.t.Helper()
	var flow *orylogin.Flow
	var err error
	p.visit(func(v *orylogin.Visit) { flow, err = v.CreateFlow(p.t.Context(), options) })
	return flow, err
}

// told says in a few words what a caller is told: the outcome, the kind of the error, its
// id and the numbers of the messages that refuse something.
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

// everyWay logs in by each way, and requires what all are told. If they are not told the same,
// that is "native: …; json: …; form: …".
func everyWay(t *testing.T, client *orylogin.Client, about string, fields map[string]string, want string) {
	t.Helper()
	var got []string
	for _, way := range []string{"native", "json", "form"} {
		_, err := ways[way](t, client, fields)
		got = append(got, way+": "+told(err))
	}
	same(t, about, want, inOne(got))
}

// same holds what somebody is told to what was expected.
func same(t *testing.T, about, want, got string) {
	t.Helper()
	if want != got {
		t.Errorf("%s:\n  expected %s\n  got      %s", about, want, got)
	}
}

// inOne is what all ways were told, or what each was told if that is not the same.
func inOne(got []string) string {
	_, first, _ := strings.Cut(got[0], ": ")
	for _, each := range got {
		if _, this, _ := strings.Cut(each, ": "); this != first {
			return strings.Join(got, "; ")
		}
	}
	return first
}

// password are the fields of a login with a password.
func password(identifier, password string) map[string]string {
	return map[string]string{"method": "password", "identifier": identifier, "password": password}
}

// imported creates an identity of what the admin API takes.
func imported(t *testing.T, kratos *kratostest.Server, body map[string]any) {
	t.Helper()
	admin := daemon.NewClient()
	defer admin.Close()
	body["schema_id"] = "default"
	call := daemon.Call{Method: http.MethodPost, URL: kratos.AdminAPI() + "/identities", Body: body}
	require.NoError(t, admin.Do(t.Context(), call, nil))
}

// withPassword is an identity whose password is in that form, such as a hash.
func withPassword(email string, config map[string]any) map[string]any {
	return map[string]any{
		"traits":      map[string]any{"email": email},
		"credentials": map[string]any{"password": map[string]any{"config": config}},
	}
}
