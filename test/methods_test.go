package test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

var (
	eve   = kratostest.Identity{Email: "eve@example.com", Username: "Eve", Password: "quiet as a church mouse"}
	asEve = orylogin.Password{Identifier: eve.Email, Password: orylogin.NewSecret(eve.Password)}
)

// passwordless makes a mailed code a first factor.
var passwordless = kratostest.Set("selfservice.methods.code.passwordless_enabled", true)

// highest makes the server demand a second factor of each account that has one.
var highest = kratostest.Set("session.whoami.required_aal", "highest_available")

// completed requires a complete login. The session must have the assurance level and the
// methods, and the server must know its token.
func completed(
	t *testing.T, client *orylogin.Client, login *orylogin.Login, err error, aal orylogin.AAL, methods ...string,
) {
	t.Helper()
	require.NoError(t, err)
	require.False(t, login.Token.IsZero())
	session, err := client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	require.Equal(t, login.Session.ID, session.ID)
	for _, session := range []*orylogin.Session{login.Session, session} {
		require.True(t, session.Active)
		require.NotEmpty(t, session.Identity.ID)
		require.Equal(t, aal, session.AuthenticatorAssuranceLevel)
		used := make([]string, len(session.AuthenticationMethods))
		for i, method := range session.AuthenticationMethods {
			used[i] = method.Method
		}
		require.Equal(t, methods, used)
	}
}

// unfinished returns the flow of a submission that was accepted, after which the login needs
// another one.
func unfinished(t *testing.T, err error) *orylogin.Flow {
	t.Helper()
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	require.Equal(t, http.StatusBadRequest, next.StatusCode)
	require.Equal(t, orylogin.OutcomeNextStep, orylogin.OutcomeOf(err))
	require.Empty(t, next.Flow.Messages().Errors())
	return next.Flow
}

// app enrols an authenticator app for ada.
func app(t *testing.T, kratos *kratostest.Server) func() orylogin.TOTP {
	t.Helper()
	key, err := kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	return func() orylogin.TOTP {
		t.Helper()
		code, err := key.Code(time.Now())
		require.NoError(t, err)
		return orylogin.TOTP{Code: orylogin.NewSecret(code)}
	}
}

// hook is a web hook that keeps the transient payloads that it gets.
type hook struct {
	*httptest.Server
	payloads chan string
}

func startHook(t *testing.T) *hook {
	t.Helper()
	hook := &hook{payloads: make(chan string, 10)}
	hook.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		hook.payloads <- string(body)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(hook.Close)
	return hook
}

// config returns the configuration of the hook. The server waits for its answer.
func (h *hook) config() []any {
	return kratostest.WebHook(h.URL, kratostest.TransientPayload, nil)
}

// received returns the payload of the only call of the hook. It is {} if the call had none.
func (h *hook) received(t *testing.T) string {
	t.Helper()
	require.Len(t, h.payloads, 1)
	return <-h.payloads
}

// TestCustomMethod submits by name a method that has a struct, and a method that the server
// does not know.
func TestCustomMethod(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	login, err := client.Login(t.Context(), orylogin.Custom{
		Name:   "password",
		Fields: map[string]any{"identifier": ada.Email, "password": secret},
	})
	require.NoError(t, err)
	require.NotEmpty(t, login.Session.Identity.ID)

	_, err = newClient(t, kratos.PublicURL).Login(t.Context(), orylogin.Custom{Name: "brand_new"})
	refusedWith(t, err, orylogin.ErrNoMethod, "")
}

func TestPasswordIdentifiers(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	created, err := kratos.CreateIdentity(t.Context(), eve)
	require.NoError(t, err)
	for _, identifier := range []string{eve.Email, strings.ToUpper(eve.Email), eve.Username, strings.ToLower(eve.Username)} {
		login, err := client.Login(t.Context(), orylogin.Password{Identifier: identifier, Password: asEve.Password})
		completed(t, client, login, err, orylogin.AAL1, "password")
		require.Equal(t, created.ID, login.Session.Identity.ID, identifier)
		var traits struct{ Email, Username string }
		require.NoError(t, login.Session.Traits(&traits))
		require.Equal(t, eve.Email, traits.Email)
		require.Equal(t, eve.Username, traits.Username)
	}
}

func TestIdentifierFirstLogins(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, passwordless, kratostest.Set("selfservice.flows.login.style", "identifier_first"))
	ctx := t.Context()
	named := func() *orylogin.Flow {
		flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{})
		require.NoError(t, err)
		require.Equal(t, []string{"identifier_first"}, flow.Methods())
		_, err = client.Submit(ctx, flow.ID, orylogin.IdentifierFirst{
			Identifier: ada.Email, TransientPayload: []byte(`{"from":"the test"}`),
		})
		flow = unfinished(t, err)
		require.Equal(t, "identifier_first", flow.Active)
		require.ElementsMatch(t, flow.Methods(), []string{"password", "code"})
		require.False(t, flow.CodeSent())
		return flow
	}

	flow := named()
	_, err := client.Submit(ctx, flow.ID, guess)
	refusedWith(t, err, orylogin.ErrInvalidCredentials, "")
	login, err := client.Submit(ctx, flow.ID, asAda)
	completed(t, client, login, err, orylogin.AAL1, "password")

	flow = named()
	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: ada.Email})
	require.True(t, unfinished(t, err).CodeSent())
	login, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: ada.Email, Code: mailed(t, kratos, ada.Email)})
	completed(t, client, login, err, orylogin.AAL1, "code")
}

// steppingUp are the ways to add a second factor to a session.
var steppingUp = map[string]func(*testing.T, *orylogin.Client, orylogin.Secret, orylogin.Method) (*orylogin.Login, error){
	"in one call": func(t *testing.T, client *orylogin.Client, token orylogin.Secret, method orylogin.Method) (*orylogin.Login, error) {
		t.Helper()
		return client.StepUp(t.Context(), token, method)
	},
	"in two": func(t *testing.T, client *orylogin.Client, token orylogin.Secret, method orylogin.Method) (*orylogin.Login, error) {
		t.Helper()
		withToken := orylogin.WithSessionToken(token)
		flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{AAL: orylogin.AAL2}, withToken)
		if err != nil {
			return nil, err
		}
		return client.Submit(t.Context(), flow.ID, method, withToken)
	},
}

func TestStepUp(t *testing.T) {
	t.Parallel()
	for name, stepUp := range steppingUp {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kratos, client := start(t)
			ctx := t.Context()
			logIn := func() *orylogin.Login {
				login, err := client.Login(t.Context(), asAda)
				completed(t, client, login, err, orylogin.AAL1, "password")
				return login
			}
			upgraded := func(before *orylogin.Login, method orylogin.Method, name string) {
				after, err := stepUp(t, client, before.Token, method)
				completed(t, client, after, err, orylogin.AAL2, "password", name)
				require.True(t, after.Token.Equal(before.Token))
				require.Equal(t, before.Session.ID, after.Session.ID)
				require.Equal(t, before.Session.Identity.ID, after.Session.Identity.ID)
			}

			login := logIn()
			_, err := stepUp(t, client, login.Token, orylogin.TOTP{Code: orylogin.NewSecret("123456")})
			refusedWith(t, err, orylogin.ErrNoTOTP, "")
			_, err = stepUp(t, client, login.Token, orylogin.LookupSecret{Secret: orylogin.NewSecret("12345678")})
			refusedWith(t, err, orylogin.ErrNoLookupSecrets, "")
			var refused *orylogin.ValidationError
			require.ErrorAs(t, err, &refused)
			require.Nil(t, refused.Flow.UI.Nodes, "nothing is enrolled")

			totp := app(t, kratos)
			codes, err := kratos.EnrolLookupSecrets(ctx, ada)
			require.NoError(t, err)
			_, err = stepUp(t, client, login.Token, orylogin.TOTP{Code: orylogin.NewSecret("000000")})
			refusedWith(t, err, orylogin.ErrInvalidTOTP, "")
			now := totp()
			upgraded(login, now, "totp")
			if name == "in one call" {
				renewed, err := stepUp(t, client, login.Token, now)
				completed(t, client, renewed, err, orylogin.AAL2, "password", "totp", "totp")
			}
			// A code of the app is valid as long as the app shows it.
			upgraded(logIn(), now, "totp")

			login = logIn()
			_, err = stepUp(t, client, login.Token, orylogin.LookupSecret{Secret: orylogin.NewSecret("wrong")})
			refusedWith(t, err, orylogin.ErrInvalidLookupSecret, "")
			once := orylogin.LookupSecret{Secret: orylogin.NewSecret(codes[0])}
			upgraded(login, once, "lookup_secret")
			login = logIn()
			_, err = stepUp(t, client, login.Token, once)
			refusedWith(t, err, orylogin.ErrLookupSecretUsed, "")
			upgraded(login, orylogin.LookupSecret{Secret: orylogin.NewSecret(codes[1])}, "lookup_secret")

			require.NoError(t, client.Logout(ctx, login.Token))
			_, err = stepUp(t, client, login.Token, totp())
			require.ErrorIs(t, err, orylogin.ErrSessionAAL1Required)
			require.Equal(t, http.StatusUnauthorized, status(t, err))
		})
	}
}

// TestStepUpMeanwhile steps up while another call does the same. Kratos then checks nothing: the
// backup code stays good.
func TestStepUpMeanwhile(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	ctx := t.Context()
	totp := app(t, kratos)
	codes, err := kratos.EnrolLookupSecrets(ctx, ada)
	require.NoError(t, err)
	backup := orylogin.LookupSecret{Secret: orylogin.NewSecret(codes[0])}
	login, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	meanwhile := sync.OnceFunc(func() {
		_, err := client.StepUp(ctx, login.Token, totp())
		require.NoError(t, err)
	})
	slow := newClient(t, kratos.PublicURL, orylogin.WithObserver(func(context.Context, orylogin.Event) { meanwhile() }))
	_, err = slow.StepUp(ctx, login.Token, backup)
	hindered(t, err, orylogin.ErrSessionAlreadyAvailable, orylogin.OutcomeAlreadyLoggedIn)
	after, err := slow.StepUp(ctx, login.Token, backup)
	completed(t, client, after, err, orylogin.AAL2, "password", "totp", "lookup_secret")
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t)
	_, err := kratos.CreateIdentity(t.Context(), eve)
	require.NoError(t, err)
	client, traffic := counted(t, kratos)
	ctx := t.Context()
	login, err := client.Login(ctx, asAda)
	require.NoError(t, err)

	again, err := client.Refresh(ctx, login.Token, asAda)
	completed(t, client, again, err, orylogin.AAL1, "password", "password")
	require.True(t, again.Token.Equal(login.Token))
	require.Equal(t, login.Session.ID, again.Session.ID)
	require.True(t, again.Session.AuthenticatedAt.After(login.Session.AuthenticatedAt))

	_, err = client.Refresh(ctx, login.Token, guess)
	refusedWith(t, err, orylogin.ErrInvalidCredentials, "")

	_, err = client.Refresh(ctx, login.Token, asEve)
	var changed *orylogin.SessionChangedError
	require.ErrorAs(t, err, &changed)
	require.Equal(t, orylogin.OutcomeSessionChanged, orylogin.OutcomeOf(err))
	completed(t, client, changed.Login, nil, orylogin.AAL1, "password")
	require.NotEqual(t, login.Session.Identity.ID, changed.Login.Session.Identity.ID)
	session, err := client.Whoami(ctx, login.Token)
	require.NoError(t, err, "ada's session is still there")
	require.Equal(t, login.Session.Identity.ID, session.Identity.ID)

	before := len(traffic.submissions())
	require.NoError(t, client.Logout(ctx, login.Token))
	_, err = client.Refresh(ctx, login.Token, asAda)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.Len(t, traffic.submissions(), before, "no password was sent")
}

// TestMethodsWithoutNativeFlows has methods that native flows offer but do not accept. Passkeys
// are among them before v26.2. The server says that it does not accept them.
func TestMethodsWithoutNativeFlows(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t,
		kratostest.Set("selfservice.methods.webauthn.enabled", true),
		kratostest.Set("selfservice.methods.webauthn.config.passwordless", true),
		kratostest.Set("selfservice.methods.passkey.enabled", true))
	client, traffic := counted(t, kratos)
	ctx := t.Context()
	for _, method := range []orylogin.Method{
		orylogin.WebAuthn{Identifier: ada.Email},
		orylogin.WebAuthn{
			Identifier: ada.Email, Response: orylogin.NewSecret(`{"id":"x"}`), TransientPayload: []byte(`{"from":"the test"}`),
		},
		orylogin.Passkey{Response: orylogin.NewSecret(`{"id":"x"}`)},
	} {
		refusal := orylogin.ErrNoMethod
		if _, isPasskey := method.(orylogin.Passkey); isPasskey {
			refusal = expect(kratos).noPasskey
		}
		_, err := client.Submit(ctx, create(t, client, orylogin.FlowOptions{}), method)
		refusedWith(t, err, refusal, "")
		_, err = client.Converse(ctx, orylogin.FlowOptions{}, func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
			return method, step.Err
		})
		refusedWith(t, err, refusal, "")

		before := len(traffic.submissions())
		_, err = client.Login(ctx, method)
		require.ErrorIs(t, err, orylogin.ErrInvalidCall)
		require.Len(t, traffic.submissions(), before)
	}
}

// TestTransientPayload checks that the payload of each method reaches a web hook.
func TestTransientPayload(t *testing.T) {
	t.Parallel()
	hook := startHook(t)
	kratos, client := start(t, passwordless, kratostest.Set("selfservice.flows.login.after.hooks", hook.config()))
	ctx := t.Context()
	withPassword := asAda
	withPassword.TransientPayload = []byte(`{"from":"a password"}`)
	login, err := client.Login(ctx, withPassword)
	completed(t, client, login, err, orylogin.AAL1, "password")
	require.JSONEq(t, `{"from":"a password"}`, hook.received(t))

	_, err = client.Login(ctx, orylogin.Code{Identifier: ada.Email, TransientPayload: []byte(`{"from":"the first step"}`)})
	flow := unfinished(t, err)
	_, err = client.Submit(ctx, flow.ID, orylogin.Code{
		Identifier: ada.Email, Code: mailed(t, kratos, ada.Email), TransientPayload: []byte(`{"from":"a code"}`),
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"from":"a code"}`, hook.received(t), "the payload of the last step counts")

	withTOTP := app(t, kratos)()
	<-hook.payloads // the enrolment has logged in
	withTOTP.TransientPayload = []byte(`{"from":"an app"}`)
	_, err = client.StepUp(ctx, login.Token, withTOTP)
	require.NoError(t, err)
	require.JSONEq(t, `{"from":"an app"}`, hook.received(t))
}
