// Package cookiename knows the cookies of Kratos by their names.
package cookiename

import (
	"fmt"
	"net/http"
	"strings"
)

// IsSession reports whether a cookie is the session's, by its name: the configured
// one, or without any the one that Kratos has by default or one of Ory Network.
func IsSession(name, configured string) bool {
	if configured != "" {
		return name == configured
	}
	return name == "ory_kratos_session" || strings.HasPrefix(name, "ory_session_")
}

// Check refuses what cannot be the name of a cookie.
func Check(name string) error {
	parsed, err := http.ParseCookie(name + "=x")
	if err != nil || len(parsed) != 1 || parsed[0].Name != name {
		return fmt.Errorf("%q is not the name of a cookie", name)
	}
	return nil
}
