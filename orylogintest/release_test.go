package orylogintest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestAfterV26_2 checks where the source of Kratos of 2026-07-29 answers differently from
// v26.2. The expected answers are those of a running server.
func TestAfterV26_2(t *testing.T) {
	t.Parallel()
	for release, after := range map[orylogintest.Release]bool{orylogintest.V26_2: false, orylogintest.AfterV26_2: true} {
		server := orylogintest.NewServer(t, orylogintest.WithRelease(release), orylogintest.WithProviders("github"),
			orylogintest.WithCode(), orylogintest.WithCodeSecondFactor())
		identity := server.AddIdentity(ada)
		client := server.Client()

		login, err := client.Login(t.Context(), asAda)
		require.NoError(t, err)
		aal2, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{AAL: orylogin.AAL2}, orylogin.WithSessionToken(login.Token))
		require.NoError(t, err)
		require.Len(t, aal2.Messages().ID(orylogin.MessageCodeSentToUser), count(after))
		require.Len(t, aal2.Messages().ID(orylogin.MessageCodeSent), count(!after))

		again, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true}, orylogin.WithSessionToken(login.Token))
		require.NoError(t, err)
		_, err = client.Submit(t.Context(), again.ID, orylogin.Code{Identifier: ada.Email}, orylogin.WithSessionToken(login.Token))
		var next *orylogin.NextStepError
		require.ErrorAs(t, err, &next)
		require.Len(t, next.Flow.Messages().ID(orylogin.MessageCodeSentToUser), count(after))

		_, err = client.Login(t.Context(), orylogin.Code{Identifier: ada.Email})
		require.ErrorAs(t, err, &next)
		require.Len(t, next.Flow.Messages().ID(orylogin.MessageCodeSent), 1, "nobody is logged in")
		code := server.Code(ada.Email)
		server.ExpireCode(ada.Email)
		_, err = client.Submit(t.Context(), next.Flow.ID, orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret(code)})
		if after {
			var refused *orylogin.ValidationError
			require.ErrorAs(t, err, &refused)
			require.ErrorIs(t, err, orylogin.ErrInvalidCode)
			require.Equal(t, next.Flow.ID, refused.Flow.ID)
		} else {
			require.ErrorIs(t, err, orylogin.ErrFlowExpired)
		}

		server.SetDisabled(identity.ID, true)
		_, err = client.Login(t.Context(), asAda)
		require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)
		var answer *orylogin.APIError
		require.ErrorAs(t, err, &answer)
		require.Equal(t, after, answer.Flow != nil)
		require.Equal(t, map[bool]int{true: http.StatusBadRequest, false: http.StatusUnauthorized}[after], answer.StatusCode)
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// TestContinuityCookies checks that the URL of a provider comes with a cookie, except for
// native clients after v26.2.
func TestContinuityCookies(t *testing.T) {
	t.Parallel()
	for release, want := range map[orylogintest.Release]bool{orylogintest.V1_3: true, orylogintest.V26_2: true, orylogintest.AfterV26_2: false} {
		server := orylogintest.NewServer(t, orylogintest.WithRelease(release), orylogintest.WithProviders("github"))
		native, err := server.Client().CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err)
		require.Equal(t, want, setsContinuity(t, server, native.ID), release)

		visit := server.Client().Visit(nil, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err)
		_, err = visit.Submit(t.Context(), flow, orylogin.OIDC{Provider: "github"})
		require.ErrorIs(t, err, orylogin.ErrLocationChangeRequired)
		require.Contains(t, visit.CookieLines()[len(visit.CookieLines())-1], "ory_kratos_continuity=", release)
	}
}

// setsContinuity reports whether the answer to a submission for a provider sets the cookie.
func setsContinuity(t *testing.T, server *orylogintest.Server, flowID string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/self-service/login?flow="+flowID,
		strings.NewReader(`{"method":"oidc","provider":"github"}`))
	require.NoError(t, err)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	return len(response.Cookies()) > 0
}
