package contenders

import (
	"encoding/json"
	"time"
)

// A program without a client library would write these types itself. They have the members that
// package api has, as encoding/json decodes them without methods. The members for an OAuth 2.0
// login stay JSON, since no answer here has them.

type flowAnswer struct {
	Active                   string          `json:"active"`
	CreatedAt                time.Time       `json:"created_at"`
	ExpiresAt                time.Time       `json:"expires_at"`
	ID                       string          `json:"id"`
	IdentitySchema           string          `json:"identity_schema"`
	IssuedAt                 time.Time       `json:"issued_at"`
	OAuth2LoginChallenge     string          `json:"oauth2_login_challenge"`
	OAuth2LoginRequest       json.RawMessage `json:"oauth2_login_request"`
	OrganizationID           string          `json:"organization_id"`
	Refresh                  bool            `json:"refresh"`
	RequestURL               string          `json:"request_url"`
	RequestedAAL             string          `json:"requested_aal"`
	ReturnTo                 string          `json:"return_to"`
	SessionTokenExchangeCode string          `json:"session_token_exchange_code"`
	State                    string          `json:"state"`
	TestContext              json.RawMessage `json:"test_context"`
	TransientPayload         json.RawMessage `json:"transient_payload"`
	Type                     string          `json:"type"`
	UI                       *uiContainer    `json:"ui"`
	UpdatedAt                time.Time       `json:"updated_at"`
}

type uiContainer struct {
	Action   string   `json:"action"`
	Messages []uiText `json:"messages"`
	Method   string   `json:"method"`
	Nodes    []uiNode `json:"nodes"`
}

type uiNode struct {
	Attributes uiAttributes `json:"attributes"`
	Group      string       `json:"group"`
	Messages   []uiText     `json:"messages"`
	Meta       uiMeta       `json:"meta"`
	Type       string       `json:"type"`
}

type uiAttributes struct {
	Async          bool              `json:"async"`
	Autocomplete   string            `json:"autocomplete"`
	Class          string            `json:"class"`
	Crossorigin    string            `json:"crossorigin"`
	Data           map[string]string `json:"data"`
	Disabled       bool              `json:"disabled"`
	Height         int64             `json:"height"`
	Href           string            `json:"href"`
	ID             string            `json:"id"`
	Inputmode      string            `json:"inputmode"`
	Integrity      string            `json:"integrity"`
	Label          *uiText           `json:"label"`
	Maxlength      int64             `json:"maxlength"`
	Name           string            `json:"name"`
	NodeType       string            `json:"node_type"`
	Nonce          string            `json:"nonce"`
	Onclick        string            `json:"onclick"`
	OnclickTrigger string            `json:"onclickTrigger"`
	Onload         string            `json:"onload"`
	OnloadTrigger  string            `json:"onloadTrigger"`
	Options        []uiOption        `json:"options"`
	Pattern        string            `json:"pattern"`
	Referrerpolicy string            `json:"referrerpolicy"`
	Required       bool              `json:"required"`
	Src            string            `json:"src"`
	Text           *uiText           `json:"text"`
	Title          *uiText           `json:"title"`
	Type           string            `json:"type"`
	Value          json.RawMessage   `json:"value"`
	Width          int64             `json:"width"`
}

type uiOption struct {
	Value json.RawMessage `json:"value"`
}

type uiMeta struct {
	Label *uiText `json:"label"`
}

type uiText struct {
	Context json.RawMessage `json:"context"`
	ID      int64           `json:"id"`
	Text    string          `json:"text"`
	Type    string          `json:"type"`
}

type loginAnswer struct {
	ContinueWith []continueWith `json:"continue_with"`
	Session      sessionAnswer  `json:"session"`
	SessionToken string         `json:"session_token"`
}

type continueWith struct {
	Action            string            `json:"action"`
	Data              json.RawMessage   `json:"data"`
	Flow              *continueWithFlow `json:"flow"`
	OrySessionToken   string            `json:"ory_session_token"`
	RedirectBrowserTo string            `json:"redirect_browser_to"`
}

type continueWithFlow struct {
	ID                string `json:"id"`
	URL               string `json:"url"`
	VerifiableAddress string `json:"verifiable_address"`
}

type sessionAnswer struct {
	Active                      bool                   `json:"active"`
	AuthenticatedAt             time.Time              `json:"authenticated_at"`
	AuthenticationMethods       []authenticationMethod `json:"authentication_methods"`
	AuthenticatorAssuranceLevel string                 `json:"authenticator_assurance_level"`
	Devices                     []device               `json:"devices"`
	ExpiresAt                   time.Time              `json:"expires_at"`
	ID                          string                 `json:"id"`
	Identity                    *identity              `json:"identity"`
	IssuedAt                    time.Time              `json:"issued_at"`
	Tokenized                   string                 `json:"tokenized"`
}

type authenticationMethod struct {
	AAL          string    `json:"aal"`
	Channel      string    `json:"channel"`
	CompletedAt  time.Time `json:"completed_at"`
	Method       string    `json:"method"`
	Organization string    `json:"organization"`
	Provider     string    `json:"provider"`
	UpstreamACR  string    `json:"upstream_acr"`
	UpstreamAMR  []string  `json:"upstream_amr"`
}

type device struct {
	ID        string `json:"id"`
	IPAddress string `json:"ip_address"`
	Location  string `json:"location"`
	UserAgent string `json:"user_agent"`
}

type identity struct {
	CreatedAt           time.Time              `json:"created_at"`
	Credentials         map[string]credentials `json:"credentials"`
	ExternalID          string                 `json:"external_id"`
	ID                  string                 `json:"id"`
	MetadataAdmin       json.RawMessage        `json:"metadata_admin"`
	MetadataPublic      json.RawMessage        `json:"metadata_public"`
	OrganizationID      string                 `json:"organization_id"`
	RecoveryAddresses   []recoveryAddress      `json:"recovery_addresses"`
	Region              string                 `json:"region"`
	SchemaID            string                 `json:"schema_id"`
	SchemaURL           string                 `json:"schema_url"`
	State               string                 `json:"state"`
	StateChangedAt      time.Time              `json:"state_changed_at"`
	Traits              json.RawMessage        `json:"traits"`
	UpdatedAt           time.Time              `json:"updated_at"`
	VerifiableAddresses []verifiableAddress    `json:"verifiable_addresses"`
}

type credentials struct {
	Config      json.RawMessage `json:"config"`
	CreatedAt   time.Time       `json:"created_at"`
	Identifiers []string        `json:"identifiers"`
	Type        string          `json:"type"`
	UpdatedAt   time.Time       `json:"updated_at"`
	Version     int64           `json:"version"`
}

type recoveryAddress struct {
	BreakGlassForOrganization string    `json:"break_glass_for_organization"`
	CreatedAt                 time.Time `json:"created_at"`
	ID                        string    `json:"id"`
	UpdatedAt                 time.Time `json:"updated_at"`
	Value                     string    `json:"value"`
	Via                       string    `json:"via"`
}

type verifiableAddress struct {
	CreatedAt  time.Time `json:"created_at"`
	ID         string    `json:"id"`
	Status     string    `json:"status"`
	UpdatedAt  time.Time `json:"updated_at"`
	Value      string    `json:"value"`
	Verified   bool      `json:"verified"`
	VerifiedAt time.Time `json:"verified_at"`
	Via        string    `json:"via"`
}

// errorAnswer has the members of all error bodies. A refused submission is a flow.
type errorAnswer struct {
	Error             *genericError `json:"error"`
	UseFlowID         string        `json:"use_flow_id"`
	ExpiredAt         time.Time     `json:"expired_at"`
	Since             int64         `json:"since"`
	RedirectBrowserTo string        `json:"redirect_browser_to"`
}

type genericError struct {
	Code    int64           `json:"code"`
	Debug   string          `json:"debug"`
	Details json.RawMessage `json:"details"`
	ID      string          `json:"id"`
	Message string          `json:"message"`
	Reason  string          `json:"reason"`
	Request string          `json:"request"`
	Status  string          `json:"status"`
}
