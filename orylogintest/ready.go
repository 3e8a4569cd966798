package orylogintest

import "net/http"

// SetReady takes the database away from the server if ready is false, and brings it back if it
// is true. Without it the server answers as Kratos v1.3.1 does: Ready is 503. Whoami denies
// every session with 401, and so do the operations on other sessions. Exchange is 404. The
// other operations are 500. What [Server.Handle] has replaced stays replaced.
func (s *Server) SetReady(ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noDatabase = !ready
}

func (c *call) ready() { c.write(http.StatusOK, object{"status": "ok"}) }

// withoutDatabase is the answer of an operation that finds nothing.
func (c *call) withoutDatabase(operation Operation) failure {
	const internal = http.StatusInternalServerError
	switch operation { //nolint:exhaustive // the others know that the database is away
	case Whoami:
		return c.noSession()
	case ListSessions, RevokeSession, RevokeSessions:
		return noSessionCookie()
	case Exchange:
		return noSessionYet()
	case Ready:
		return failure{
			status: http.StatusServiceUnavailable, code: internal,
			text: "error may contain sensitive information and was obfuscated",
		}
	default:
		return failure{status: internal, text: "failed to connect to the database: connection refused"}
	}
}
