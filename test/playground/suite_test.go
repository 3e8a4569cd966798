package playground_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// kratos is what the suite runs against: a fake, or a real Kratos.
type kratos struct {
	client     *orylogin.Client
	totpSecret string                      // of bob
	code       func(address string) string // returns the newest mailed code
}

// fakeKratos is a fake with the users of make kratos.
func fakeKratos(t *testing.T) kratos {
	t.Helper()
	const secret = "JBSWY3DPEHPK3PXP"
	server := orylogintest.NewServer(t, orylogintest.WithCode(), orylogintest.WithHighestAAL())
	server.AddIdentity(orylogintest.Identity{Email: "alice@example.com", Password: "demo password of alice"})
	server.AddIdentity(orylogintest.Identity{
		Email: "bob@example.com", Password: "demo password of bob", TOTPSecret: secret, LookupSecrets: []string{"backup code"},
	})
	server.AddIdentity(orylogintest.Identity{Email: "carol@example.com", Password: "demo password of carol", Disabled: true})
	return kratos{server.Client(), secret, server.Code}
}

// realKratos is the Kratos of make kratos, by its two URLs.
func realKratos(t *testing.T, publicURL, adminURL string) kratos {
	t.Helper()
	var users []struct {
		Credentials struct {
			TOTP struct {
				Config struct {
					URL string `json:"totp_url"`
				}
			}
		}
	}
	getJSON(t, adminURL+"/admin/identities?credentials_identifier=bob@example.com&include_credential=totp", &users)
	key, err := url.Parse(users[0].Credentials.TOTP.Config.URL)
	require.NoError(t, err)
	client, err := orylogin.New(publicURL)
	require.NoError(t, err)
	return kratos{client, key.Query().Get("secret"), func(address string) string {
		var mails []struct{ Body string } // the newest first
		getJSON(t, adminURL+"/admin/courier/messages?recipient="+url.QueryEscape(address), &mails)
		return regexp.MustCompile(`\b\d{6}\b`).FindString(mails[0].Body)
	}}
}

func getJSON(t *testing.T, address string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.NoError(t, json.NewDecoder(response.Body).Decode(into))
}

func TestSuiteOnTheFake(t *testing.T) {
	t.Parallel()
	suite(t, fakeKratos(t))
}

// suite logs in as all users. It runs against the fake here, and against the real server in
// TestCommands.
func suite(t *testing.T, kratos kratos) {
	t.Helper()
	ctx, client := t.Context(), kratos.client
	password := func(name, text string) orylogin.Password {
		return orylogin.Password{Identifier: name + "@example.com", Password: orylogin.NewSecret(text)}
	}
	_, err := client.Login(ctx, password("alice", "demo password of alice"))
	require.NoError(t, err)
	_, err = client.Login(ctx, password("alice", "a guess"))
	require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
	_, err = client.Login(ctx, password("carol", "demo password of carol"))
	require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)

	for range 2 { // each flow has its own code
		_, err = client.Login(ctx, orylogin.Code{Identifier: "alice@example.com"})
		var next *orylogin.NextStepError
		require.ErrorAs(t, err, &next)
		code := orylogin.NewSecret(kratos.code("alice@example.com"))
		_, err = client.Submit(ctx, next.Flow.ID, orylogin.Code{Identifier: "alice@example.com", Code: code})
		require.NoError(t, err)
	}

	_, err = client.Login(ctx, password("bob", "demo password of bob"))
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	code := orylogin.NewSecret(orylogintest.TOTP(kratos.totpSecret, time.Now()))
	login, err := client.StepUp(ctx, owed.Token, orylogin.TOTP{Code: code})
	require.NoError(t, err)
	require.Equal(t, orylogin.AAL2, login.Session.AuthenticatorAssuranceLevel)
}
