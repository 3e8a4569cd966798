package test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// chooser answers a step of a conversation.
type chooser = func(context.Context, orylogin.Step) (orylogin.Method, error)

// drivers have the same conversations: Client.Converse, and a loop as a program can write it to
// decide for itself.
var drivers = map[string]func(
	*orylogin.Client, context.Context, orylogin.FlowOptions, chooser, ...orylogin.CallOption,
) (*orylogin.Login, error){
	"Converse": (*orylogin.Client).Converse,
	"a loop":   loop,
}

// loop is a conversation written by hand, as far as most programs need it.
func loop(
	client *orylogin.Client, ctx context.Context, options orylogin.FlowOptions, //nolint:revive // the order of a method expression
	choose chooser, opts ...orylogin.CallOption,
) (*orylogin.Login, error) {
	flow, why := client.CreateFlow(ctx, options, opts...)
	if why != nil {
		return nil, why
	}
	for {
		method, err := choose(ctx, orylogin.Step{Flow: flow, Err: why})
		if err != nil {
			return nil, err
		}
		var login *orylogin.Login
		login, why = client.Submit(ctx, flow.ID, method, opts...)
		var (
			refused *orylogin.ValidationError
			next    *orylogin.NextStepError
			owed    *orylogin.SecondFactorError
			expired *orylogin.ExpiredError
		)
		switch {
		case why == nil:
			return login, nil
		case errors.As(why, &refused):
			flow = refused.Flow
		case errors.As(why, &next):
			flow = next.Flow
		case errors.As(why, &owed):
			opts = []orylogin.CallOption{orylogin.WithSessionToken(owed.Token)}
			flow, err = client.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2}, opts...)
		case errors.As(why, &expired) && expired.UseFlowID != "":
			flow, err = client.GetFlow(ctx, expired.UseFlowID)
		default:
			return nil, why
		}
		if err != nil {
			return nil, err
		}
	}
}

// script answers each step with the next of its functions. It fails the test if there are more
// steps than answers, or fewer.
func script(t *testing.T, answers ...func(orylogin.Step) orylogin.Method) chooser {
	t.Helper()
	t.Cleanup(func() {
		if !t.Failed() {
			require.Empty(t, answers, "the conversation was shorter")
		}
	})
	return func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		if len(answers) == 0 {
			return nil, errors.New("the conversation is longer")
		}
		answer := answers[0]
		answers = answers[1:]
		return answer(step), nil
	}
}

// conversation is the state of a conversation in a test.
type conversation struct {
	kratos  *kratostest.Server
	client  *orylogin.Client
	traffic *traffic
	with    func(orylogin.FlowOptions, chooser, ...orylogin.CallOption) (*orylogin.Login, error)
}

// held starts a server for each driver and calls hold with it.
func held(t *testing.T, settings []kratostest.Setting, hold func(*testing.T, *conversation)) {
	t.Helper()
	for name, drive := range drivers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kratos, _ := start(t, settings...)
			client, traffic := counted(t, kratos)
			with := func(options orylogin.FlowOptions, choose chooser, opts ...orylogin.CallOption) (*orylogin.Login, error) {
				return drive(client, t.Context(), options, choose, opts...)
			}
			hold(t, &conversation{kratos: kratos, client: client, traffic: traffic, with: with})
		})
	}
}

// TestConversePasswordAndTOTP has one function for both factors. It looks at what the flow
// offers.
func TestConversePasswordAndTOTP(t *testing.T) {
	t.Parallel()
	held(t, []kratostest.Setting{highest}, func(t *testing.T, c *conversation) {
		t.Helper()
		totp := app(t, c.kratos)
		var asked []string
		login, err := c.with(orylogin.FlowOptions{}, func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
			switch {
			case slices.Contains(step.Flow.Methods(), "totp"):
				asked = append(asked, "totp")
				require.Equal(t, orylogin.AAL2, step.Flow.RequestedAAL)
				var owed *orylogin.SecondFactorError
				require.ErrorAs(t, step.Err, &owed)
				return totp(), nil
			case slices.Contains(step.Flow.Methods(), "password"):
				asked = append(asked, "password")
				require.NoError(t, step.Err)
				return asAda, nil
			default:
				return nil, errors.New("neither is offered")
			}
		})
		completed(t, c.client, login, err, orylogin.AAL2, "password", "totp")
		require.Equal(t, []string{"password", "totp"}, asked)
		require.Len(t, c.traffic.submissions(), 2)
	})
}

// TestConverseWrongTOTP checks that only the second factor is asked for again.
func TestConverseWrongTOTP(t *testing.T) {
	t.Parallel()
	held(t, []kratostest.Setting{highest}, func(t *testing.T, c *conversation) {
		t.Helper()
		totp := app(t, c.kratos)
		login, err := c.with(orylogin.FlowOptions{}, script(t,
			func(orylogin.Step) orylogin.Method { return guess },
			func(step orylogin.Step) orylogin.Method {
				require.ErrorIs(t, step.Err, orylogin.ErrInvalidCredentials)
				return asAda
			},
			func(step orylogin.Step) orylogin.Method {
				require.Contains(t, step.Flow.Methods(), "totp")
				return orylogin.TOTP{Code: orylogin.NewSecret("000000")}
			},
			func(step orylogin.Step) orylogin.Method {
				refusedWith(t, step.Err, orylogin.ErrInvalidTOTP, "")
				return totp()
			},
		))
		completed(t, c.client, login, err, orylogin.AAL2, "password", "totp")
		require.Len(t, c.traffic.submissions(), 4)
	})
}

// TestConverseCode checks that a wrong code is asked for again, and that no other code is sent.
func TestConverseCode(t *testing.T) {
	t.Parallel()
	held(t, []kratostest.Setting{passwordless}, func(t *testing.T, c *conversation) {
		t.Helper()
		var flowID string
		login, err := c.with(orylogin.FlowOptions{}, script(t,
			func(step orylogin.Step) orylogin.Method {
				flowID = step.Flow.ID
				require.False(t, step.Flow.CodeSent())
				return orylogin.Code{Identifier: ada.Email}
			},
			func(step orylogin.Step) orylogin.Method {
				require.True(t, unfinished(t, step.Err).CodeSent())
				return orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret("000000")}
			},
			func(step orylogin.Step) orylogin.Method {
				refusedWith(t, step.Err, orylogin.ErrInvalidCode, "")
				require.True(t, step.Flow.CodeSent())
				require.Equal(t, flowID, step.Flow.ID)
				return orylogin.Code{Identifier: ada.Email, Code: mailed(t, c.kratos, ada.Email)}
			},
		))
		completed(t, c.client, login, err, orylogin.AAL1, "code")
		require.Len(t, c.traffic.submissions(), 3)
		_, err = c.kratos.Code(t.Context(), ada.Email)
		require.ErrorIs(t, err, kratostest.ErrNoMail, "there is no second mail")
	})
}

func TestConverseIdentifierFirst(t *testing.T) {
	t.Parallel()
	settings := []kratostest.Setting{kratostest.Set("selfservice.flows.login.style", "identifier_first")}
	held(t, settings, func(t *testing.T, c *conversation) {
		t.Helper()
		login, err := c.with(orylogin.FlowOptions{}, script(t,
			func(step orylogin.Step) orylogin.Method {
				require.Equal(t, []string{"identifier_first"}, step.Flow.Methods())
				return orylogin.IdentifierFirst{Identifier: nobody.Identifier}
			},
			func(step orylogin.Step) orylogin.Method {
				refusedWith(t, step.Err, orylogin.ErrAccountNotFound, "identifier")
				return orylogin.IdentifierFirst{Identifier: ada.Email}
			},
			func(step orylogin.Step) orylogin.Method {
				require.Contains(t, unfinished(t, step.Err).Methods(), "password")
				return asAda
			},
		))
		completed(t, c.client, login, err, orylogin.AAL1, "password")
		require.Len(t, c.traffic.submissions(), 3)
	})
}

// TestConverseStepUpByCode adds a mailed code to an existing session.
func TestConverseStepUpByCode(t *testing.T) {
	t.Parallel()
	held(t, []kratostest.Setting{withCodeMFA}, func(t *testing.T, c *conversation) {
		t.Helper()
		before, err := c.client.Login(t.Context(), asAda)
		completed(t, c.client, before, err, orylogin.AAL1, "password")
		asked := 0
		login, err := c.with(orylogin.FlowOptions{AAL: orylogin.AAL2}, func(ctx context.Context, step orylogin.Step) (orylogin.Method, error) {
			asked++
			if step.Flow.CodeSent() {
				code, err := c.kratos.Code(ctx, ada.Email)
				return orylogin.Code{Code: orylogin.NewSecret(code)}, err
			}
			require.NoError(t, step.Err)
			return orylogin.Code{Address: step.Flow.Choices("address")[0]}, nil
		}, orylogin.WithSessionToken(before.Token))
		require.Equal(t, expect(c.kratos).sendsCodeAtOnce(), asked == 1)
		require.LessOrEqual(t, asked, 2)
		completed(t, c.client, login, err, orylogin.AAL2, "password", "code")
		require.True(t, login.Token.Equal(before.Token))
		require.Equal(t, before.Session.ID, login.Session.ID)
	})
}

func TestConverseEnds(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t)
	client, traffic := counted(t, kratos)
	ctx := t.Context()

	// An error of the function ends the conversation and is returned unchanged.
	enough := errors.New("the user has had enough")
	_, err := client.Converse(ctx, orylogin.FlowOptions{}, func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		if step.Err != nil {
			return nil, enough
		}
		return guess, nil
	})
	require.Equal(t, enough, err)
	require.Len(t, traffic.submissions(), 1)

	// An answer that no further step can repair ends the conversation.
	_, err = client.Converse(ctx, orylogin.FlowOptions{}, func(context.Context, orylogin.Step) (orylogin.Method, error) {
		return orylogin.OIDC{Provider: "none"}, nil
	})
	require.ErrorIs(t, err, orylogin.ErrNotFound)

	// Too many steps end the conversation. Kratos counts only the tries of mailed codes.
	session, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	app(t, kratos)
	_, err = kratos.EnrolLookupSecrets(ctx, ada)
	require.NoError(t, err)
	second := orylogin.FlowOptions{AAL: orylogin.AAL2}
	for _, test := range []struct {
		options orylogin.FlowOptions
		wrong   orylogin.Method
		opts    []orylogin.CallOption
	}{
		{orylogin.FlowOptions{}, guess, nil},
		{second, orylogin.TOTP{Code: orylogin.NewSecret("000000")}, []orylogin.CallOption{orylogin.WithSessionToken(session.Token)}},
		{second, orylogin.LookupSecret{Secret: orylogin.NewSecret("wrong")}, []orylogin.CallOption{orylogin.WithSessionToken(session.Token)}},
	} {
		before, asked := len(traffic.submissions()), 0
		_, err = client.Converse(ctx, test.options, func(context.Context, orylogin.Step) (orylogin.Method, error) {
			asked++
			return test.wrong, nil
		}, test.opts...)
		require.ErrorIs(t, err, orylogin.ErrTooManySteps)
		require.Equal(t, orylogin.OutcomeTooManyTries, orylogin.OutcomeOf(err))
		require.Equal(t, 16, asked)
		require.Len(t, traffic.submissions(), before+16)
	}
}

// TestConverseAboutASession checks that a login of another user ends in a SessionChangedError.
func TestConverseAboutASession(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	_, err := kratos.CreateIdentity(t.Context(), eve)
	require.NoError(t, err)
	before, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	_, err = client.Converse(t.Context(), orylogin.FlowOptions{Refresh: true}, script(t,
		func(step orylogin.Step) orylogin.Method {
			require.True(t, step.Flow.Refresh)
			require.Len(t, step.Flow.Messages().ID(orylogin.MessageReauthenticate), 1)
			return asEve
		},
	), orylogin.WithSessionToken(before.Token))
	var changed *orylogin.SessionChangedError
	require.ErrorAs(t, err, &changed)
	completed(t, client, changed.Login, nil, orylogin.AAL1, "password")
	require.NotEqual(t, before.Session.Identity.ID, changed.Login.Session.Identity.ID)
}

// TestConverseCodeSentAtOnce replays a login to v26.2. That release sends the code of a second
// factor when the flow is created.
func TestConverseCodeSentAtOnce(t *testing.T) {
	t.Parallel()
	var steps []step
	for _, recorded := range recordings(t, "v26.2.0") {
		if recorded.Scenario == "codemfa_api_ok" {
			steps = append(steps, recorded)
		}
	}
	require.NotEmpty(t, steps)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(steps) == 0 {
			t.Errorf("%s %s was not recorded", r.Method, r.URL)
			http.NotFound(w, r)
			return
		}
		recorded := steps[0]
		steps = steps[1:]
		if r.Method != recorded.Method || r.URL.RequestURI() != recorded.Target ||
			r.Header.Get("X-Session-Token") != recorded.RequestHeaders["X-Session-Token"] {
			t.Errorf("%s %s was sent instead of %s", r.Method, r.URL, recorded)
		}
		if body, _ := io.ReadAll(r.Body); strings.Contains(recorded.RequestBody, `"code"`) {
			assert.JSONEq(t, recorded.RequestBody, string(body))
		}
		recorded.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	client := newClient(t, server.URL)

	login, err := client.Converse(t.Context(), orylogin.FlowOptions{}, script(t,
		func(step orylogin.Step) orylogin.Method {
			require.NoError(t, step.Err)
			return orylogin.Password{Identifier: "c@example.com", Password: secret}
		},
		func(step orylogin.Step) orylogin.Method {
			var owed *orylogin.SecondFactorError
			require.ErrorAs(t, step.Err, &owed)
			require.True(t, step.Flow.CodeSent())
			require.Len(t, step.Flow.Messages().ID(orylogin.MessageCodeSent), 1)
			require.Empty(t, step.Flow.Choices("address"))
			// A program for v1.3 asks for a code. That counts as a try without a code.
			return orylogin.Code{Identifier: "c@example.com"}
		},
		func(step orylogin.Step) orylogin.Method {
			refusedWith(t, step.Err, orylogin.ErrFieldRequired, "code")
			require.True(t, step.Flow.CodeSent())
			return orylogin.Code{Code: orylogin.NewSecret("000000")}
		},
		func(step orylogin.Step) orylogin.Method {
			refusedWith(t, step.Err, orylogin.ErrInvalidCode, "")
			return orylogin.Code{Code: orylogin.NewSecret("341743")}
		},
	))
	completed(t, client, login, err, orylogin.AAL2, "password", "code")
	require.Empty(t, steps)
}
