package chromium_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/captchatest"
)

// captchaAnswer is the hidden field that the captcha's script fills in.
const captchaAnswer = `document.querySelector("[name='transient_payload.captcha_turnstile_response']").value`

// TestCaptcha lets the browser solve the captcha of a Kratos that replaces Ory Network.
func TestCaptcha(t *testing.T) {
	t.Parallel()
	captcha := captchatest.Start(t)
	p := start(t, func(c *app.Config) {
		c.KratosURL, c.CaptchaURL = captcha.Before(t, c.KratosURL), captcha.URL
	}, captcha.Settings()...).open(t, "/login")
	p.shows("/login", "Log in", "Please complete the captcha challenge")
	p.await(captchaAnswer + ` !== ""`)
	p.capture("captcha", narrow)
	require.Equal(t, captcha.Answer, run[string](p, captchaAnswer))
	run[string](p, captchaAnswer+` = ""`)
	p.logIn() // without the answer
	p.shows("/login", "Log in", captchatest.Refusal)
	p.refuses(orylogin.ErrCaptcha)
	assert.NotContains(t, p.cookies(), sessionCookie)
	p.capture("captcha-refused")

	p.await(captchaAnswer + ` !== ""`)
	p.logIn()
	p.isAda("Password")
}

// TestCaptchaOfAnotherPlace checks that the page loads no script from an origin that the
// application does not know.
func TestCaptchaOfAnotherPlace(t *testing.T) {
	t.Parallel()
	captcha := captchatest.Start(t)
	p := start(t, func(c *app.Config) { c.KratosURL = captcha.Before(t, c.KratosURL) }).open(t, "/login")
	p.shows("/login", "Log in")
	assert.Equal(t, "undefined", run[string](p, `typeof window.turnstile`))
	p.logIn() // the server does not ask for the answer
	p.isAda()
}
