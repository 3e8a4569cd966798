// Package bench_test checks docs/migration.md against both clients.
package bench_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	ory "github.com/ory/client-go"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

func logInWithSDK(ctx context.Context, client *ory.APIClient, email, password string) (string, error) {
	flow, _, err := client.FrontendAPI.CreateNativeLoginFlow(ctx).Execute()
	if err != nil {
		return "", err
	}
	login, response, err := client.FrontendAPI.UpdateLoginFlow(ctx).Flow(flow.Id).
		UpdateLoginFlowBody(ory.UpdateLoginFlowWithPasswordMethodAsUpdateLoginFlowBody(
			&ory.UpdateLoginFlowWithPasswordMethod{Method: "password", Identifier: email, Password: password},
		)).Execute()
	if err != nil {
		if response != nil && response.StatusCode == http.StatusBadRequest {
			return "", errors.New("wrong password, or a code was sent, or something else")
		}
		return "", err
	}
	return login.GetSessionToken(), nil // a second factor may be owed
}

func logIn(ctx context.Context, client *orylogin.Client, email, password string) (orylogin.Secret, error) {
	login, err := client.Login(ctx, orylogin.Password{
		Identifier: email,
		Password:   orylogin.NewSecret(password),
	})
	if errors.Is(err, orylogin.ErrInvalidCredentials) {
		return orylogin.Secret{}, errors.New("wrong password")
	}
	if err != nil {
		return orylogin.Secret{}, err
	}
	return login.Token, nil
}

func stepUpWithSDK(ctx context.Context, client *ory.APIClient, login *ory.SuccessfulNativeLogin, code string) (*ory.SuccessfulNativeLogin, error) {
	if login.Session.Identity != nil {
		return login, nil // no second factor is owed
	}
	token := login.GetSessionToken()
	flow, _, err := client.FrontendAPI.CreateNativeLoginFlow(ctx).Aal("aal2").XSessionToken(token).Execute()
	if err != nil {
		return nil, err
	}
	login, _, err = client.FrontendAPI.UpdateLoginFlow(ctx).Flow(flow.Id).XSessionToken(token).
		UpdateLoginFlowBody(ory.UpdateLoginFlowWithTotpMethodAsUpdateLoginFlowBody(
			&ory.UpdateLoginFlowWithTotpMethod{Method: "totp", TotpCode: code},
		)).Execute()
	return login, err
}

func stepUp(ctx context.Context, client *orylogin.Client, login *orylogin.Login, err error, code string) (*orylogin.Login, error) {
	var owed *orylogin.SecondFactorError
	if !errors.As(err, &owed) {
		return login, err
	}
	return client.StepUp(ctx, owed.Token, orylogin.TOTP{Code: orylogin.NewSecret(code)})
}

func emailWithSDK(session *ory.Session) (string, error) {
	traits, ok := session.Identity.Traits.(map[string]any)
	if !ok {
		return "", errors.New("the traits are no object")
	}
	email, ok := traits["email"].(string)
	if !ok {
		return "", errors.New("the e-mail address is no text")
	}
	return email, nil
}

func email(session *orylogin.Session) (string, error) {
	var traits struct {
		Email string `json:"email"`
	}
	err := session.Traits(&traits)
	return traits.Email, err
}

func checkToken(ctx context.Context, client *orylogin.Client, token orylogin.Secret) error {
	_, err := client.Whoami(ctx, token)
	if errors.Is(err, orylogin.ErrSessionInactive) {
		return errors.New("nobody is logged in")
	}
	return err
}

func sdkFor(server *orylogintest.Server) *ory.APIClient {
	config := ory.NewConfiguration()
	config.Servers = ory.ServerConfigurations{{URL: server.URL}}
	return ory.NewAPIClient(config)
}

func TestMigrationIsTested(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/migration.md")
	require.NoError(t, err)
	code, err := os.ReadFile("migration_test.go")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	require.Len(t, blocks, 7)
	for _, block := range blocks {
		require.Contains(t, string(code), block[1])
	}
}

func TestMigration(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithHighestAAL())
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	server.AddIdentity(orylogintest.Identity{
		Email: "grace@example.com", Password: "correct horse", TOTPSecret: "JBSWY3DPEHPK3PXP",
	})
	sdk, ours := sdkFor(server), server.Client()

	old, err := logInWithSDK(t.Context(), sdk, "ada@example.com", "correct horse")
	require.NoError(t, err)
	_, err = ours.Whoami(t.Context(), orylogin.NewSecret(old)) // tokens of one are good for the other
	require.NoError(t, err)
	token, err := logIn(t.Context(), ours, "ada@example.com", "correct horse")
	require.NoError(t, err)
	_, _, err = sdk.FrontendAPI.ToSession(t.Context()).XSessionToken(token.Reveal()).Execute()
	require.NoError(t, err)

	_, err = logInWithSDK(t.Context(), sdk, "ada@example.com", "a guess")
	require.EqualError(t, err, "wrong password, or a code was sent, or something else")
	_, err = logIn(t.Context(), ours, "ada@example.com", "a guess")
	require.EqualError(t, err, "wrong password")

	old, err = logInWithSDK(t.Context(), sdk, "grace@example.com", "correct horse")
	require.NoError(t, err, "the SDK has no error for a second factor that is owed")
	require.NotEmpty(t, old)
	_, err = logIn(t.Context(), ours, "grace@example.com", "correct horse")
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
}

// TestMigrationOfASecondFactor logs in with a password and a code, and reads the traits.
func TestMigrationOfASecondFactor(t *testing.T) {
	t.Parallel()
	const secret, grace = "JBSWY3DPEHPK3PXP", "grace@example.com"
	server := orylogintest.NewServer(t, orylogintest.WithHighestAAL())
	server.AddIdentity(orylogintest.Identity{Email: grace, Password: "correct horse", TOTPSecret: secret})
	sdk, ours := sdkFor(server), server.Client()

	flow, _, err := sdk.FrontendAPI.CreateNativeLoginFlow(t.Context()).Execute()
	require.NoError(t, err)
	old, _, err := sdk.FrontendAPI.UpdateLoginFlow(t.Context()).Flow(flow.Id).
		UpdateLoginFlowBody(ory.UpdateLoginFlowWithPasswordMethodAsUpdateLoginFlowBody(
			&ory.UpdateLoginFlowWithPasswordMethod{Method: "password", Identifier: grace, Password: "correct horse"},
		)).Execute()
	require.NoError(t, err)
	require.Nil(t, old.Session.Identity)
	old, err = stepUpWithSDK(t.Context(), sdk, old, orylogintest.TOTP(secret, time.Now()))
	require.NoError(t, err)
	address, err := emailWithSDK(&old.Session)
	require.NoError(t, err)
	require.Equal(t, grace, address)
	complete, err := stepUpWithSDK(t.Context(), sdk, old, "")
	require.NoError(t, err)
	require.Same(t, old, complete)

	login, err := ours.Login(t.Context(), orylogin.Password{Identifier: grace, Password: orylogin.NewSecret("correct horse")})
	login, err = stepUp(t.Context(), ours, login, err, orylogintest.TOTP(secret, time.Now()))
	require.NoError(t, err)
	require.Equal(t, orylogin.AAL2, login.Session.AuthenticatorAssuranceLevel)
	address, err = email(login.Session)
	require.NoError(t, err)
	require.Equal(t, grace, address)
	again, err := stepUp(t.Context(), ours, login, nil, "")
	require.NoError(t, err)
	require.Same(t, login, again)
}

// TestMigrationOfTheEmptyToken checks that only the SDK asks the server about an empty token.
func TestMigrationOfTheEmptyToken(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	_, response, err := sdkFor(server).FrontendAPI.ToSession(t.Context()).XSessionToken("").Execute()
	require.Error(t, err)
	require.Equal(t, http.StatusUnauthorized, response.StatusCode)
	server.ExpectCalls(orylogintest.Whoami, 1)
	require.EqualError(t, checkToken(t.Context(), server.Client(), orylogin.Secret{}), "nobody is logged in")
	server.ExpectCalls(orylogintest.Whoami, 1)
	require.EqualError(t, checkToken(t.Context(), server.Client(), orylogin.NewSecret("revoked")), "nobody is logged in")
	server.ExpectCalls(orylogintest.Whoami, 2)
}

// TestMigrationUnknownValues checks that the SDK keeps nothing of a new kind of node.
func TestMigrationUnknownValues(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.Respond(orylogintest.CreateFlow, http.StatusOK, `{"id":"f","type":"api","expires_at":"2030-01-01T00:00:00Z",
		"issued_at":"2030-01-01T00:00:00Z","request_url":"u","state":"choose_method","ui":{"action":"a","method":"POST","nodes":[
		{"type":"hologram","group":"brand_new","messages":[],"meta":{},"attributes":{"node_type":"hologram","id":"h"}}]}}`)
	old, _, err := sdkFor(server).FrontendAPI.CreateNativeLoginFlow(t.Context()).Execute()
	require.NoError(t, err)
	require.Nil(t, old.Ui.Nodes[0].Attributes.GetActualInstance())
	flow, err := server.Client().CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	require.Equal(t, "hologram", flow.UI.Nodes[0].Type)
	require.Equal(t, "h", flow.UI.Nodes[0].Attributes.ID)
	require.Contains(t, string(flow.Document()), `"attributes":{"node_type":"hologram","id":"h"}`)
}

// TestMigrationRedirects checks that the SDK takes the token to another host.
func TestMigrationRedirects(t *testing.T) {
	t.Parallel()
	elsewhere := orylogintest.NewServer(t)
	server := orylogintest.NewServer(t)
	server.Handle(orylogintest.Whoami, http.RedirectHandler(elsewhere.URL+"/sessions/whoami", http.StatusTemporaryRedirect))
	_, _, err := sdkFor(server).FrontendAPI.ToSession(t.Context()).XSessionToken("hunter2").Execute()
	require.Error(t, err)
	require.Equal(t, "hunter2", elsewhere.Requests(orylogintest.Whoami)[0].Header("X-Session-Token"))
	_, err = server.Client().Whoami(t.Context(), orylogin.NewSecret("hunter2"))
	var redirect *orylogin.RedirectError
	require.ErrorAs(t, err, &redirect)
	elsewhere.ExpectCalls(orylogintest.Whoami, 1)
}
