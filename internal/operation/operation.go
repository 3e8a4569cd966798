// Package operation has the ids of the operations in openapi.yaml.
package operation

// The operations of native clients, of browsers, and of both.
const (
	CreateFlow = "initializeSelfServiceLoginFlowWithoutBrowser"
	Exchange   = "exchangeSessionToken"
	Logout     = "submitSelfServiceLogoutFlowWithoutBrowser"

	CreateBrowserFlow   = "initializeSelfServiceLoginFlowForBrowsers"
	CreateBrowserLogout = "createSelfServiceLogoutFlowUrlForBrowsers"
	SubmitBrowserLogout = "submitSelfServiceLogoutFlow"
	GetError            = "getSelfServiceError"

	GetFlow = "getSelfServiceLoginFlow"
	Submit  = "submitSelfServiceLoginFlow"
	Whoami  = "toSession"

	ListSessions   = "listMySessions"
	RevokeSession  = "disableMySession"
	RevokeSessions = "disableMyOtherSessions"

	Ready = "isReady"
)

// Verb says in the text of an error what an operation does.
func Verb(id string) string {
	switch id {
	case CreateFlow, CreateBrowserFlow:
		return "create flow"
	case GetFlow:
		return "get flow"
	case Submit:
		return "submit"
	case Exchange:
		return "exchange"
	case Whoami:
		return "whoami"
	case ListSessions:
		return "list sessions"
	case RevokeSession:
		return "revoke session"
	case RevokeSessions:
		return "revoke sessions"
	case GetError:
		return "get error"
	case Ready:
		return "ready"
	case Logout, CreateBrowserLogout, SubmitBrowserLogout:
		return "logout"
	default:
		return id
	}
}
