package cookiename_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/internal/cookiename"
)

func TestIsSession(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, configured string
		want             bool
	}{
		{"ory_kratos_session", "", true},
		{"ory_session_slug", "", true},
		{"ory_session", "", false},
		{"Ory_Kratos_Session", "", false},
		{"ory_kratos_continuity", "", false},
		{"csrf_token_806", "", false},
		{"", "", false},
		{"auth", "auth", true},
		{"auth2", "auth", false},
		{"ory_kratos_session", "auth", false},
		{"ory_session_slug", "auth", false},
	} {
		require.Equal(t, test.want, cookiename.IsSession(test.name, test.configured), "%+v", test)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"auth", "ory_kratos_session", "__Host-session", "a.b!c"} {
		require.NoError(t, cookiename.Check(name), name)
	}
	for _, name := range []string{"", " ", " a", "a ", "a b", "a b;", "a;b", "a=b", "a=b; c", "a\n", "a\x00", "ä", `"a"`, "a,b"} {
		require.ErrorContains(t, cookiename.Check(name), "is not the name of a cookie", "%q", name)
	}
}
