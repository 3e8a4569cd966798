package webapp_test

import (
	"html"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/captchatest"
)

// TestCaptcha logs in to a Kratos that replaces Ory Network. The test puts the answer into the
// hidden field, as a browser's script does.
func TestCaptcha(t *testing.T) {
	t.Parallel()
	captcha := captchatest.Start(t)
	var front string
	s, _ := start(t, func(c *app.Config) {
		front = captcha.Before(t, c.KratosURL)
		kratos, err := orylogin.New(front, orylogin.WithReturnOrigins(c.URL))
		require.NoError(t, err)
		c.Kratos, c.KratosURL, c.CaptchaURL = kratos, front, captcha.URL
	}, captcha.Settings()...)
	b := s.open(t, "/login")
	b.isAt("/login", "Please complete the captcha challenge")
	policy := b.header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "; script-src 'self' "+front+" "+captcha.URL+"; ")
	assert.Contains(t, policy, "; frame-src "+captcha.URL)
	assert.NotContains(t, policy, "unsafe")

	for answer, solved := range map[string]bool{"": false, "a guess": false, captcha.Answer: true} {
		b := s.open(t, "/login")
		b.press("method", "password", map[string]string{
			"identifier": ada.Email, "password": ada.Password, "transient_payload.captcha_turnstile_response": answer,
		})
		if solved {
			b.isAt("/", ada.Email)
			continue
		}
		b.isAt("/login", `role="alert"`)
		assert.Contains(t, b.text, html.EscapeString(captchatest.Refusal))
		assert.Equal(t, http.StatusBadRequest, b.status)
		assert.False(t, b.hasSession())
		b.isAt("/login", "Please complete the captcha challenge")
	}
}
