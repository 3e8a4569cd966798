package webapp_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSessions revokes the sessions of other browsers.
func TestSessions(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	b := s.open(t, "/login")
	b.logIn(ada.Password)
	var others []*tab
	for range 3 {
		other := s.open(t, "/login")
		other.logIn(ada.Password)
		other.isAt("/", ada.Email)
		others = append(others, other)
	}
	left := func(want int) {
		t.Helper()
		count := 0
		for _, other := range others {
			other.get("/")
			if other.url.Path == "/" {
				count++
			}
		}
		require.Equal(t, want, count)
		b.isAt("/sessions", "this one")
		require.Equal(t, want, strings.Count(b.text, `action="/sessions/end"`))
	}

	b.get("/sessions")
	left(3)
	_, id, _ := strings.Cut(b.text, `name="id" value="`)
	id, _, _ = strings.Cut(id, `"`)
	b.press("id", id, nil)
	left(2)
	b.press("others", "all", nil)
	left(0)
	require.Nil(t, b.find("button", "others", "all"))
	b.get("/")
	b.isAt("/", ada.Email)
}
