package jwt_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/session/jwt"
)

func TestNew(t *testing.T) {
	t.Parallel()
	good := jwt.Config{KeysURL: "https://keys.example.com/keys.json?v=1", Issuer: issuer, Algorithms: []string{"ES256"}}
	for name, c := range map[string]struct {
		change func(*jwt.Config)
		says   string // empty if the config is right
	}{
		"as it is":            {func(*jwt.Config) {}, ""},
		"file":                {func(c *jwt.Config) { c.KeysURL = "file:///etc/keys.json" }, ""},
		"this machine":        {func(c *jwt.Config) { c.KeysURL = "http://127.0.0.1:4433/keys.json" }, ""},
		"localhost":           {func(c *jwt.Config) { c.KeysURL = "http://LOCALHOST/keys.json" }, ""},
		"plain http":          {func(c *jwt.Config) { c.KeysURL, c.PlainHTTP = "http://keys/keys.json", true }, ""},
		"no leave for it":     {func(c *jwt.Config) { c.KeysURL = "http://keys/keys.json" }, "plain http"},
		"looks like loopback": {func(c *jwt.Config) { c.KeysURL = "http://localhost.example.com/" }, "plain http"},
		"no URL":              {func(c *jwt.Config) { c.KeysURL = "" }, "KeysURL"},
		"broken URL":          {func(c *jwt.Config) { c.KeysURL = "https://a:hunter2@ b/" }, "KeysURL"},
		"user":                {func(c *jwt.Config) { c.KeysURL = "https://a:hunter2@keys.example.com/" }, "a user"},
		"fragment":            {func(c *jwt.Config) { c.KeysURL = "https://keys.example.com/#a" }, "fragment"},
		"another scheme":      {func(c *jwt.Config) { c.KeysURL = "ftp://keys.example.com/" }, "KeysURL"},
		"relative file":       {func(c *jwt.Config) { c.KeysURL = "file:keys.json" }, "KeysURL"},
		"file of a host":      {func(c *jwt.Config) { c.KeysURL = "file://host/keys.json" }, "KeysURL"},
		"a path":              {func(c *jwt.Config) { c.KeysURL = "/etc/keys.json" }, "KeysURL"},
		"no issuer":           {func(c *jwt.Config) { c.Issuer = "" }, "Issuer"},
		"no algorithms":       {func(c *jwt.Config) { c.Algorithms = nil }, "no Algorithms"},
		"none":                {func(c *jwt.Config) { c.Algorithms = []string{"ES256", "none"} }, `"none"`},
		"a secret":            {func(c *jwt.Config) { c.Algorithms = []string{"HS256"} }, `"HS256"`},
		"lower case":          {func(c *jwt.Config) { c.Algorithms = []string{"es256"} }, `"es256"`},
		"leeway":              {func(c *jwt.Config) { c.Leeway = -time.Second }, "negative"},
	} {
		config := good
		c.change(&config)
		checker, err := jwt.New(config)
		if c.says == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, c.says, name)
		require.ErrorContains(t, err, "orylogin/session/jwt: ", name)
		require.NotContains(t, err.Error(), "hunter2", name)
		require.Nil(t, checker, name)
	}
	_, err := jwt.New(jwt.Config{Leeway: -1})
	for _, says := range []string{"KeysURL", "Issuer", "Algorithms", "Leeway"} {
		require.ErrorContains(t, err, says)
	}
}

// TestCareless uses Checkers that New has not made.
func TestCareless(t *testing.T) {
	t.Parallel()
	for _, checker := range []*jwt.Checker{nil, {}} {
		_, err := checker.Check(t.Context(), session.Credential{})
		isUnavailable(t, err, "New")
	}
	_, err := newChecker(t, hostOf(t, newKey(t, "ES256"))).Check(nil, session.Credential{}) //nolint:staticcheck // a careless program
	isUnavailable(t, err, "context")
}
