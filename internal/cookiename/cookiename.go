// Package cookiename knows the cookies of Kratos by their names.
package cookiename

import "strings"

// IsSession reports whether a cookie is the session's, by its name: the configured
// one, or without any the one that Kratos has by default or one of Ory Network.
func IsSession(name, configured string) bool {
	if configured != "" {
		return name == configured
	}
	return name == "ory_kratos_session" || strings.HasPrefix(name, "ory_session_")
}
