package orylogintest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestExpectNoSecrets: what the server and its clients know is found in a text, in
// each of its forms.
func TestExpectNoSecrets(t *testing.T) {
	t.Parallel()
	options := []orylogintest.Option{orylogintest.WithCode()}
	eve := orylogintest.Identity{
		Email: "eve@example.com", Password: `correct "horse" & co`,
		TOTPSecret: "JBSWY3DPEHPK3PXP", LookupSecrets: []string{"lookup-1"},
	}
	text := func(leak func(*orylogintest.Server) string) string {
		return failure(t, options, func(s *orylogintest.Server) {
			s.AddIdentity(eve)
			s.ExpectNoSecrets(leak(s))
		})
	}
	for name, leak := range map[string]func(*orylogintest.Server) string{
		"a password":      func(*orylogintest.Server) string { return "level=INFO password=" + eve.Password },
		"a TOTP secret":   func(*orylogintest.Server) string { return eve.TOTPSecret },
		"a lookup secret": func(*orylogintest.Server) string { return eve.LookupSecrets[0] },
		"a session token": func(s *orylogintest.Server) string {
			login, err := s.Client().Login(t.Context(), orylogin.Password{
				Identifier: eve.Email, Password: orylogin.NewSecret(eve.Password),
			})
			require.NoError(t, err)
			return login.Token.Reveal()
		},
		"a code": func(s *orylogintest.Server) string {
			_, err := s.Client().Login(t.Context(), orylogin.Code{Identifier: eve.Email})
			require.Error(t, err)
			return "the code is " + s.Code(eve.Email) + "."
		},
		"a token exchange code": func(s *orylogintest.Server) string {
			_, err := s.Client().Exchange(t.Context(), orylogin.NewSecret("init"), orylogin.NewSecret("back"))
			require.Error(t, err)
			return "code=back"
		},
		"the cookie ory_kratos_session": func(s *orylogintest.Server) string {
			_, err := s.Client().WhoamiCookie(t.Context(), orylogin.NewSecret("ory_kratos_session=MTcx"))
			require.Error(t, err)
			return "MTcx"
		},
	} {
		assert.Equal(t, "orylogintest: the text holds secrets: "+name, text(leak))
	}
	inJSON, err := json.Marshal(eve.Password)
	require.NoError(t, err)
	for _, form := range []string{url.QueryEscape(eve.Password), strconv.Quote(eve.Password), string(inJSON)} {
		assert.Contains(t, text(func(*orylogintest.Server) string { return form }), "a password")
	}
	assert.Contains(t, text(func(s *orylogintest.Server) string {
		_, err := s.Client().Login(t.Context(), asNobody)
		require.Error(t, err)
		return "wrong horse"
	}), "a password", "one that was submitted and is nobody's")
	assert.Empty(t, text(func(s *orylogintest.Server) string {
		_, err := s.Client().Login(t.Context(), asNobody)
		return fmt.Sprintf("%+v %v", err, s.Requests(orylogintest.Submit))
	}))
}
