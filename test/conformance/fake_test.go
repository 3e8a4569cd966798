package conformance_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/conformance"
	"github.com/orylogin/orylogin/test/kratostest"
)

// fakeRelease returns the fake's name for a release.
func fakeRelease(release kratostest.Release) orylogintest.Release {
	return orylogintest.Release(strings.Replace(release.String(), "after-", "after ", 1))
}

// differences are the scenarios in which the fake answers differently from Kratos in at least
// one release, each with the reason.
var differences = map[string]string{
	"route/HEAD":                                   "the fake has the methods that a client of the API uses",
	"route/submission by GET without fields":       "v26.2 tells it from other submissions by GET, which no client makes",
	"route/path in upper case":                     "the fake has the paths of openapi.yaml, as they are written there",
	"route/slash at the end of a GET":              "the fake has the paths of openapi.yaml, as they are written there",
	"route/slash at the end of a POST":             "the fake has the paths of openapi.yaml, as they are written there",
	"route/two slashes of a GET":                   "the fake has the paths of openapi.yaml, as they are written there",
	"route/two slashes of a POST":                  "the fake has the paths of openapi.yaml, as they are written there",
	"create/native with a return_to on loopback":   "tests have their applications on loopback, at any port",
	"route/registration":                           "the fake has the pages of a login only, and says so",
	"route/alive":                                  "the fake has the endpoints of a login only",
	"route/version":                                "the fake has the endpoints of a login only",
	"create/script aal2 without a second factor":   "the fake has no field without a method in it",
	"script/cookie twice":                          "the fake takes the first of several cookies for the forms' protection",
	"session/unknown cookie and good token":        "the fake does not decode a cookie beside a token",
	"session/unknown cookie and good bearer token": "the fake does not decode a cookie beside a token",
	"session/cookie in X-Session-Cookie":           "the header is for proxies, and v1.0 has dropped it",
}

// byNeeds groups scenarios by the configuration that they need.
func byNeeds(scenarios []conformance.Scenario) map[conformance.Config][]conformance.Scenario {
	groups := map[conformance.Config][]conformance.Scenario{}
	for _, scenario := range scenarios {
		groups[scenario.Needs] = append(groups[scenario.Needs], scenario)
	}
	return groups
}

// requirePass requires that a scenario has passed, or that it is for other releases.
func requirePass(t *testing.T, result conformance.Result) {
	t.Helper()
	switch result.Verdict {
	case conformance.Failed:
		t.Error(result)
	case conformance.Skipped:
		require.Contains(t, result.Reason, "for other releases", result)
	case conformance.Passed:
	}
}

// TestFake runs each scenario against a fake with the configuration that it needs, for each
// release of the fake.
func TestFake(t *testing.T) {
	t.Parallel()
	different := map[string]bool{}
	for _, release := range kratostest.Releases() {
		for config, group := range byNeeds(conformance.Scenarios()) {
			t.Run(release.String()+" "+config.String(), func(t *testing.T) {
				for _, result := range conformance.RunAll(t.Context(), fake(t, release, config), group) {
					if _, listed := differences[result.Name]; listed && result.Verdict == conformance.Failed {
						different[result.Name] = true
						continue
					}
					requirePass(t, result)
				}
			})
		}
	}
	for name := range differences {
		require.Contains(t, different, name, "is listed as different, and is not")
	}
}

// fake starts a fake of a release with the configuration.
func fake(t *testing.T, release kratostest.Release, config conformance.Config) *conformance.Target {
	t.Helper()
	server := orylogintest.NewServer(t, optionsOf(release, config)...)
	return &conformance.Target{
		PublicURL: server.URL, Release: release, Config: config, Admin: fakeAdmin{server}, Contract: spec(t),
		LoginUI: "http://127.0.0.1:4455/login", ErrorUI: "http://127.0.0.1:4455/error",
		VerificationUI: "http://127.0.0.1:4455/verification", RegistrationUI: "http://127.0.0.1:4455/registration",
		ReturnURL: "http://127.0.0.1:4455/", ReturnTo: "http://127.0.0.1:4455/x", ProviderID: "github",
	}
}

func optionsOf(release kratostest.Release, config conformance.Config) []orylogintest.Option {
	options := []orylogintest.Option{orylogintest.WithRelease(fakeRelease(release))}
	for setting, option := range map[conformance.Config]orylogintest.Option{
		conformance.HighestAAL:       orylogintest.WithHighestAAL(),
		conformance.PasswordlessCode: orylogintest.WithCode(),
		conformance.CodeSecondFactor: orylogintest.WithCodeSecondFactor(),
		conformance.IdentifierFirst:  orylogintest.WithIdentifierFirst(),
		conformance.VerifiedAddress:  orylogintest.WithVerificationRequired(),
		conformance.Provider:         orylogintest.WithProviders("github"),

		conformance.ClosedRegistration: orylogintest.WithClosedRegistration(),
	} {
		if config&setting != 0 {
			options = append(options, option)
		}
	}
	return options
}

// fakeAdmin is the Admin of a fake. It makes things expire at once.
type fakeAdmin struct{ server *orylogintest.Server }

func (a fakeAdmin) Create(_ context.Context, identity conformance.Identity) (conformance.Identity, error) {
	if identity.WithTOTP {
		identity.TOTPSecret = "JBSWY3DPEHPK3PXP"
	}
	if identity.WithLookupSecrets {
		identity.LookupSecrets = []string{"lookup01", "lookup02"}
	}
	added := orylogintest.Identity{
		Email: identity.Email, Password: identity.Password, TOTPSecret: identity.TOTPSecret,
		LookupSecrets: identity.LookupSecrets, Unverified: identity.Unverified, Disabled: identity.Disabled,
	}
	if identity.WithUsername {
		added.Identifiers = []string{identity.Username}
		added.Traits = map[string]string{"email": identity.Email, "username": identity.Username}
	}
	for _, each := range identity.HookSays {
		added.HookMessages = append(added.HookMessages, orylogin.Message{Field: each.Field, ID: orylogin.MessageID(each.ID), Type: each.Type})
	}
	if identity.WithMetadata {
		added.MetadataPublic = map[string]string{"role": "admin"}
	}
	identity.ID = a.server.AddIdentity(added).ID
	return identity, nil
}

func (a fakeAdmin) Code(_ context.Context, address string) (string, error) {
	return a.server.Code(address), nil
}

func (a fakeAdmin) Disable(_ context.Context, identity conformance.Identity) error {
	a.server.SetDisabled(identity.ID, true)
	return nil
}

func (a fakeAdmin) Expires() conformance.Config {
	return conformance.ShortFlows | conformance.ShortSessions | conformance.ShortCodes
}

// AtProvider presses a button of the provider's page.
func (a fakeAdmin) AtProvider(ctx context.Context, user conformance.User, from string) (string, error) {
	answer := url.Values{"email": {user.Email}, "answer": {"allow"}}
	switch {
	case user.Denies:
		answer.Set("answer", "deny")
	case user.Fails:
		answer.Set("answer", "fail")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from+"&"+answer.Encode(), nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return "", err
	}
	return response.Header.Get("Location"), response.Body.Close()
}

func (a fakeAdmin) Revoke(_ context.Context, identity conformance.Identity, sessionID string) error {
	for _, each := range a.server.Sessions(identity.ID) {
		if each.ID == sessionID {
			each.Revoke()
			return nil
		}
	}
	return errors.New("there is no such session")
}

func (a fakeAdmin) SignIn(_ context.Context, identity conformance.Identity, secondFactor bool) (string, string, error) {
	var methods []string
	if secondFactor {
		methods = []string{"totp"}
	}
	session := a.server.SignIn(identity.ID, methods...)
	return session.Token.Reveal(), session.Cookie.Value, nil
}

func (a fakeAdmin) SendCode(_ context.Context, flow conformance.Flow, address string) error {
	a.server.SendCode(flow.ID, address)
	return nil
}

func (a fakeAdmin) ExpiredFlow(_ context.Context, create func() conformance.Flow) (conformance.Flow, error) {
	flow := create()
	a.server.ExpireFlow(flow.ID)
	return flow, nil
}

func (a fakeAdmin) ExpireSessions(_ context.Context, identity conformance.Identity, _ string) error {
	a.server.ExpireSessions(identity.ID)
	return nil
}

func (a fakeAdmin) ExpiredCode(_ context.Context, address string, send func()) error {
	send()
	a.server.ExpireCode(address)
	return nil
}
