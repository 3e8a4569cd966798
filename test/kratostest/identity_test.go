package kratostest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/kratostest"
)

var alice = kratostest.Identity{
	Email:    "alice@example.com",
	Username: "alice",
	Password: "correct horse battery staple",
}

func TestIdentitiesLogInWithTheirPassword(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	create(t, kratos, alice)

	byEmail := logIn(t, kratos, alice.Email, alice.Password)
	assert.Equal(t, http.StatusOK, byEmail.Status)
	assert.NotEmpty(t, byEmail.SessionToken)
	assert.Equal(t, "aal1", byEmail.Session.AAL)
	assert.Equal(t, http.StatusOK, logIn(t, kratos, alice.Username, alice.Password).Status)
	assert.Equal(t, http.StatusBadRequest, logIn(t, kratos, alice.Email, "another password").Status)
}

func TestIdentitiesHaveTheStateAskedFor(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	inactive := create(t, kratos, kratostest.Identity{Username: "inactive", Password: alice.Password, Inactive: true})
	verified := create(t, kratos, kratostest.Identity{Email: "verified@example.com", Password: alice.Password, Verified: true})

	assert.Equal(t, http.StatusUnauthorized, logIn(t, kratos, inactive.Username, alice.Password).Status)
	session := whoami(t, kratos, logIn(t, kratos, verified.Email, alice.Password).SessionToken)
	require.Len(t, session.Identity.Addresses, 1)
	assert.True(t, session.Identity.Addresses[0].Verified)

	require.NoError(t, kratos.SetActive(t.Context(), inactive, true))
	assert.Equal(t, http.StatusOK, logIn(t, kratos, inactive.Username, alice.Password).Status)
	require.NoError(t, kratos.SetActive(t.Context(), inactive, false))
	assert.Equal(t, http.StatusUnauthorized, logIn(t, kratos, inactive.Username, alice.Password).Status)
}

func TestSessionsEndWhenDeleted(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	identity := create(t, kratos, alice)
	token := logIn(t, kratos, alice.Email, alice.Password).SessionToken
	require.Equal(t, http.StatusOK, whoami(t, kratos, token).Status)

	require.NoError(t, kratos.DeleteSessions(t.Context(), identity))
	assert.Equal(t, http.StatusUnauthorized, whoami(t, kratos, token).Status)

	require.NoError(t, kratos.DeleteIdentity(t.Context(), identity))
	assert.Equal(t, http.StatusBadRequest, logIn(t, kratos, alice.Email, alice.Password).Status)
}

func TestAnAnswerOfKratosThatIsNoSuccessIsAnError(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	identity := create(t, kratos, alice)

	_, err := kratos.CreateIdentity(t.Context(), alice)
	require.ErrorContains(t, err, "409")
	_, err = kratos.EnrolTOTP(t.Context(), kratostest.Identity{Email: "nobody@example.com", Password: "none"})
	require.ErrorContains(t, err, "log in")
	require.NoError(t, kratos.DeleteIdentity(t.Context(), identity))
	assert.ErrorContains(t, kratos.DeleteIdentity(t.Context(), identity), "404")
}

func TestTOTPIsASecondFactor(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t, kratostest.Set("session.whoami.required_aal", "highest_available"))
	identity := create(t, kratos, alice)
	key, err := kratos.EnrolTOTP(t.Context(), identity)
	require.NoError(t, err)

	token := logIn(t, kratos, alice.Email, alice.Password).SessionToken
	assert.Equal(t, http.StatusForbidden, whoami(t, kratos, token).Status)
	code, err := key.Code(time.Now())
	require.NoError(t, err)
	success := stepUp(t, kratos, token, map[string]any{"method": "totp", "totp_code": code})
	assert.Equal(t, http.StatusOK, success.Status)
	assert.Equal(t, "aal2", whoami(t, kratos, token).AAL)
}

func TestLookupSecretsAreASecondFactor(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	identity := create(t, kratos, alice)
	_, err := kratos.EnrolTOTP(t.Context(), identity)
	require.NoError(t, err)
	secrets, err := kratos.EnrolLookupSecrets(t.Context(), identity)
	require.NoError(t, err)
	require.NotEmpty(t, secrets)

	token := logIn(t, kratos, alice.Email, alice.Password).SessionToken
	assert.Equal(t, "aal1", whoami(t, kratos, token).AAL)
	use := map[string]any{"method": "lookup_secret", "lookup_secret": secrets[len(secrets)-1]}
	assert.Equal(t, http.StatusOK, stepUp(t, kratos, token, use).Status)
	assert.Equal(t, "aal2", whoami(t, kratos, token).AAL)
}
