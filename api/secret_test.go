package api_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/api"
)

// hush is the text that no output may contain.
const hush = "ory_st_hush"

// exported holds a secret the way a caller's type may do it.
type exported struct {
	Name  string     `json:"name"  xml:"name"`
	Token api.Secret `json:"token" xml:"token"`
}

// unexported does too, in a field that package fmt may not call methods of.
type unexported struct {
	name  string
	token api.Secret
}

// failure is an error with a secret in it.
type failure struct{ token api.Secret }

func (f failure) Error() string { return fmt.Sprintf("refused: %v %s", f.token, f.token) }

// printed gives everything that package fmt can make of a value.
func printed(v any) map[string]string {
	out := map[string]string{"Sprint": fmt.Sprint(v), "Sprintln": fmt.Sprintln(v)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T", "%20s", "%-5.2v", "%+q", "%# x"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	return out
}

// printedAsPointer gives what a wrong %p makes of a value. Package fmt then prints the value without its methods, so this
// is a test for types that hide their text behind a pointer.
func printedAsPointer(v any) string {
	verb := "%p" // Not a constant, because vet knows better.
	return fmt.Sprintf(verb, v)
}

// requireHidden fails if a value shows [hush] on any of the usual ways into a log.
func requireHidden(t *testing.T, v any) {
	t.Helper()

	hex, upper := fmt.Sprintf("%x", hush), fmt.Sprintf("%X", hush)
	for verb, out := range printed(v) {
		require.NotContains(t, out, hush, verb)
		require.NotContains(t, out, hex, verb)
		require.NotContains(t, out, upper, verb)
	}

	var logs bytes.Buffer
	slog.New(slog.NewTextHandler(&logs, nil)).Info("text", "value", v, slog.Group("group", "value", v))
	slog.New(slog.NewJSONHandler(&logs, nil)).Info("json", "value", v, slog.Group("group", "value", v))
	require.NotContains(t, logs.String(), hush)
}

// requireOpaque fails if the message of a failed test shows [hush]: it walks into values by reflection.
func requireOpaque(t *testing.T, v any) {
	t.Helper()

	var failed failedTest
	require.False(t, assert.Equal(&failed, []any{v}, []any{"another value"}))
	require.NotContains(t, failed.message, hush)
}

// failedTest keeps the messages of failed assertions.
type failedTest struct{ message string }

func (f *failedTest) Errorf(format string, args ...any) { f.message += fmt.Sprintf(format, args...) }

func TestSecretIsNotShown(t *testing.T) {
	t.Parallel()

	secret := api.NewSecret(hush)
	tests := map[string]any{
		"secret":                       secret,
		"pointer":                      &secret,
		"exported field":               exported{Name: "n", Token: secret},
		"pointer to exported field":    &exported{Name: "n", Token: secret},
		"unexported field":             unexported{name: "n", token: secret},
		"pointer to unexported field":  &unexported{name: "n", token: secret},
		"slice":                        []api.Secret{secret, secret},
		"slice of structs":             []unexported{{token: secret}},
		"array":                        [1]api.Secret{secret},
		"map value":                    map[string]api.Secret{"k": secret},
		"map of structs":               map[string]unexported{"k": {token: secret}},
		"any":                          []any{secret, &secret},
		"error":                        failure{token: secret},
		"wrapped error":                fmt.Errorf("login: %w", failure{token: secret}),
		"joined error":                 errors.Join(failure{token: secret}, errors.New("other")),
		"login":                        api.SuccessfulSelfServiceLoginWithoutBrowser{SessionToken: secret},
		"pointer to login":             &api.SuccessfulSelfServiceLoginWithoutBrowser{SessionToken: secret},
		"continue with":                api.ContinueWith{Action: "set_ory_session_token", OrySessionToken: secret},
		"flow":                         api.SelfServiceLoginFlow{SessionTokenExchangeCode: secret},
		"session":                      api.Session{Tokenized: secret},
		"logout URL":                   api.SelfServiceLogoutURL{LogoutURL: secret, LogoutToken: secret},
		"OAuth 2.0 client":             api.OAuth2Client{ClientSecret: secret, RegistrationAccessToken: secret},
		"response":                     api.ToSessionResponse{JSON200: &api.Session{Tokenized: secret}},
		"slog value":                   slog.AnyValue(secret),
		"struct with anonymous struct": struct{ inner struct{ s api.Secret } }{struct{ s api.Secret }{secret}},
	}
	for name, v := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireHidden(t, v)
			requireOpaque(t, v)
			require.NotContains(t, printedAsPointer(v), hush)
		})
	}
}

func TestSecretFormat(t *testing.T) {
	t.Parallel()

	for _, secret := range []api.Secret{api.NewSecret(hush), {}} {
		for verb, out := range printed(secret) {
			switch verb {
			case "%T":
				require.Equal(t, "api.Secret", out)
			case "Sprintln":
				require.Equal(t, "[redacted]\n", out)
			default:
				require.Equal(t, "[redacted]", out, verb)
			}
		}
		require.Equal(t, "[redacted]", secret.LogValue().String())
	}
}

func TestSecretEncoding(t *testing.T) {
	t.Parallel()

	secret := api.NewSecret(hush)

	asJSON, err := json.Marshal(exported{Name: "n", Token: secret})
	require.NoError(t, err)
	require.JSONEq(t, `{"name":"n","token":"[redacted]"}`, string(asJSON))

	asJSON, err = json.Marshal(api.Session{ID: "s"})
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"s"}`, string(asJSON), "an empty secret is left out")

	asXML, err := xml.Marshal(exported{Name: "n", Token: secret})
	require.NoError(t, err)
	require.Equal(t, `<exported><name>n</name><token>[redacted]</token></exported>`, string(asXML))
}

func TestSecretDecoding(t *testing.T) {
	t.Parallel()

	var got exported
	require.NoError(t, json.Unmarshal([]byte(`{"token":"`+hush+`"}`), &got))
	require.Equal(t, hush, got.Token.Reveal())
	require.False(t, got.Token.IsZero())

	require.NoError(t, json.Unmarshal([]byte(`{"token":""}`), &got))
	require.True(t, got.Token.IsZero())

	require.NoError(t, json.Unmarshal([]byte(`{"token":null}`), &got))
	require.True(t, got.Token.IsZero())

	// What was encoded cannot be decoded: the text is gone, and nobody should take "[redacted]" for it.
	encoded, err := json.Marshal(exported{Token: api.NewSecret(hush)})
	require.NoError(t, err)
	require.ErrorContains(t, json.Unmarshal(encoded, &got), "[redacted] stands for a secret that was not stored")
	require.Error(t, got.Token.UnmarshalText([]byte("[redacted]")))

	// A wrong type is an error that does not show the text.
	err = json.Unmarshal([]byte(`{"token":{"a":"`+hush+`"}}`), &got)
	require.Error(t, err)
	require.NotContains(t, err.Error(), hush)
}

func TestSecretZeroAndEqual(t *testing.T) {
	t.Parallel()

	require.True(t, api.Secret{}.IsZero())
	require.True(t, api.NewSecret("").IsZero())
	require.Equal(t, api.Secret{}, api.NewSecret(""))
	require.Empty(t, api.Secret{}.Reveal())

	tests := []struct {
		a, b  api.Secret
		equal bool
	}{
		{api.Secret{}, api.Secret{}, true},
		{api.Secret{}, api.NewSecret(""), true},
		{api.NewSecret("a"), api.NewSecret("a"), true},
		{api.NewSecret(strings.Repeat("a", 9999)), api.NewSecret(strings.Repeat("a", 9999)), true},
		{api.NewSecret(strings.Repeat("a", 9999)), api.NewSecret(strings.Repeat("a", 9998)), false},
		{api.NewSecret("a"), api.NewSecret("b"), false},
		{api.NewSecret("a"), api.NewSecret("aa"), false},
		{api.NewSecret("a"), api.Secret{}, false},
	}
	for _, test := range tests {
		require.Equal(t, test.equal, test.a.Equal(test.b), "%q %q", test.a.Reveal(), test.b.Reveal())
		require.Equal(t, test.equal, test.b.Equal(test.a), "%q %q", test.b.Reveal(), test.a.Reveal())
		require.Equal(t, test.equal, reflect.DeepEqual(test.a, test.b), "%q %q", test.a.Reveal(), test.b.Reveal())
		require.Equal(t, test.equal, reflect.DeepEqual([]any{&test.a}, []any{&test.b}), "%q %q", test.a.Reveal(), test.b.Reveal())
	}
}
