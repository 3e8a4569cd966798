package orylogintest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// allReleases are the releases, the oldest first.
var allReleases = []orylogintest.Release{
	orylogintest.V0_8, orylogintest.V0_10, orylogintest.V1_3, orylogintest.V25_4, orylogintest.V26_2, orylogintest.AfterV26_2,
}

// TestOptionsOfReleases checks that each option, and each field of an identity, has an effect from
// the first release on that has such a thing. A server of an older release ignores it.
func TestOptionsOfReleases(t *testing.T) {
	t.Parallel()
	always, v1 := orylogintest.V0_8, orylogintest.V1_3
	for name, test := range map[string]struct {
		since   orylogintest.Release
		options []orylogintest.Option
		works   func(user) bool
	}{
		"WithCode": {v1, []orylogintest.Option{orylogintest.WithCode()}, func(u user) bool {
			flow := u.flow(orylogin.FlowOptions{})
			_, err := u.client.Submit(u.t.Context(), flow.ID, orylogin.Code{Identifier: ada.Email})
			return u.offers(flow, "code", err)
		}},
		"WithCodeSecondFactor": {v1, []orylogintest.Option{orylogintest.WithCodeSecondFactor()}, func(u user) bool {
			token := u.server.SignIn(u.id).Token
			flow := u.flow(orylogin.FlowOptions{AAL: orylogin.AAL2}, orylogin.WithSessionToken(token))
			_, err := u.client.Submit(u.t.Context(), flow.ID, orylogin.Code{Address: ada.Email}, orylogin.WithSessionToken(token))
			return u.offers(flow, "code", err)
		}},
		"WithIdentifierFirst": {v1, []orylogintest.Option{orylogintest.WithIdentifierFirst()}, func(u user) bool {
			flow := u.flow(orylogin.FlowOptions{})
			_, err := u.client.Submit(u.t.Context(), flow.ID, orylogin.IdentifierFirst{Identifier: ada.Email})
			return u.offers(flow, "identifier_first", err)
		}},
		"WithProviders": {always, []orylogintest.Option{orylogintest.WithProviders("github")}, func(u user) bool {
			return slices.Contains(u.flow(orylogin.FlowOptions{}).Methods(), "oidc")
		}},
		"WithClosedRegistration": {orylogintest.V0_10, []orylogintest.Option{
			orylogintest.WithProviders("github"), orylogintest.WithClosedRegistration(),
		}, func(u user) bool {
			return u.newAtProvider().Path == "/login"
		}},
		"WithHighestAAL": {always, []orylogintest.Option{orylogintest.WithHighestAAL()}, func(u user) bool {
			return orylogin.OutcomeOf(u.logIn()) == orylogin.OutcomeSecondFactor
		}},
		"WithVerificationRequired": {always, []orylogintest.Option{orylogintest.WithVerificationRequired()}, func(u user) bool {
			return orylogin.OutcomeOf(u.logIn()) == orylogin.OutcomeVerification
		}},
		"WithReturnTo": {always, []orylogintest.Option{orylogintest.WithReturnTo("https://shop.example.com")}, func(u user) bool {
			return u.flow(orylogin.FlowOptions{ReturnTo: "https://shop.example.com/cart"}).ReturnTo != ""
		}},
		"WithOAuth2": {v1, []orylogintest.Option{orylogintest.WithOAuth2("https://hydra.example.com")}, func(u user) bool {
			flow, err := u.visit().CreateFlow(u.t.Context(), orylogin.FlowOptions{LoginChallenge: "challenge"})
			require.NoError(u.t, err)
			return flow.OAuth2LoginChallenge != ""
		}},
		"WithTemplates": {v1, []orylogintest.Option{orylogintest.WithTemplates(orylogintest.Template{Name: "demo"})}, func(u user) bool {
			who, err := u.client.Whoami(u.t.Context(), u.server.SignIn(u.id).Token, orylogin.WithTokenizeAs("demo"))
			require.NoError(u.t, err)
			return !who.Tokenized.IsZero()
		}},
		"MetadataPublic": {orylogintest.V0_10, nil, func(u user) bool {
			who, err := u.client.Whoami(u.t.Context(), u.server.SignIn(u.id).Token)
			require.NoError(u.t, err)
			return len(who.Identity.MetadataPublic) > 0
		}},
		"HookMessages": {v1, nil, func(u user) bool {
			u.server.AddIdentity(orylogintest.Identity{
				Email: "eve@example.com", Password: ada.Password, HookMessages: []orylogin.Message{{ID: 8000001, Type: "error"}},
			})
			_, err := u.client.Login(u.t.Context(), orylogin.Password{Identifier: "eve@example.com", Password: asAda.Password})
			return orylogin.OutcomeOf(err) == orylogin.OutcomeRefused
		}},
		"TOTPSecret":    {always, nil, func(u user) bool { return u.offersSecond("totp") }},
		"LookupSecrets": {always, nil, func(u user) bool { return u.offersSecond("lookup_secret") }},
		"SignIn": {v1, nil, func(u user) bool {
			return failure(u.t, []orylogintest.Option{orylogintest.WithRelease(u.release)}, func(s *orylogintest.Server) {
				s.SignIn(s.AddIdentity(ada).ID, "passkey")
			}) == ""
		}},
	} {
		for place, release := range allReleases {
			t.Run(name+"/"+string(release), func(t *testing.T) {
				t.Parallel()
				server := orylogintest.NewServer(t, append(test.options, orylogintest.WithRelease(release))...)
				identity := server.AddIdentity(orylogintest.Identity{
					Email: ada.Email, Password: ada.Password, TOTPSecret: secret, LookupSecrets: []string{"lookup-1"}, Unverified: true,
					MetadataPublic: map[string]string{"role": "admin"},
				})
				works := test.works(user{t, release, server, server.Client(), identity.ID})
				require.Equal(t, place >= slices.Index(allReleases, test.since), works)
			})
		}
	}
}

// user is a user of a server whose options are tested.
type user struct {
	t       *testing.T
	release orylogintest.Release
	server  *orylogintest.Server
	client  *orylogin.Client
	id      string
}

func (u user) logIn() error {
	_, err := u.client.Login(u.t.Context(), asAda)
	return err
}

func (u user) visit() *orylogin.Visit {
	return u.client.Visit(nil, httptest.NewRequestWithContext(u.t.Context(), http.MethodGet, "/", nil))
}

func (u user) flow(options orylogin.FlowOptions, calls ...orylogin.CallOption) *orylogin.Flow {
	u.t.Helper()
	flow, err := u.client.CreateFlow(u.t.Context(), options, calls...)
	require.NoError(u.t, err)
	return flow
}

// offers reports whether a flow offers a method. Exactly then its submission must be accepted.
func (u user) offers(flow *orylogin.Flow, method string, err error) bool {
	u.t.Helper()
	offered := slices.Contains(flow.Methods(), method)
	require.Equal(u.t, offered, orylogin.OutcomeOf(err) == orylogin.OutcomeNextStep, err)
	require.Equal(u.t, !offered, errors.Is(err, orylogin.ErrNoMethod), err)
	return offered
}

func (u user) offersSecond(method string) bool {
	u.t.Helper()
	token := u.server.SignIn(u.id).Token
	return slices.Contains(u.flow(orylogin.FlowOptions{AAL: orylogin.AAL2}, orylogin.WithSessionToken(token)).Methods(), method)
}

// newAtProvider comes back from a provider in a browser, as somebody without an account. It returns
// where the browser goes.
func (u user) newAtProvider() *url.URL {
	u.t.Helper()
	visit := u.visit()
	flow, err := visit.CreateFlow(u.t.Context(), orylogin.FlowOptions{ReturnTo: "http://127.0.0.1:9/app"})
	require.NoError(u.t, err)
	_, err = visit.Submit(u.t.Context(), flow, orylogin.OIDC{Provider: "github"})
	var change *orylogin.LocationChangeError
	require.ErrorAs(u.t, err, &change)
	request := mustRequest(u.t, u.next(mustRequest(u.t, change.URL+"&email=new@example.com&answer=allow")).String())
	for _, line := range visit.CookieLines() {
		cookie, err := http.ParseSetCookie(line)
		require.NoError(u.t, err)
		request.AddCookie(cookie)
	}
	return u.next(request)
}

// next returns where an answer redirects to.
func (u user) next(request *http.Request) *url.URL {
	u.t.Helper()
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(u.t, err)
	require.NoError(u.t, response.Body.Close())
	at, err := response.Location()
	require.NoError(u.t, err)
	return at
}
