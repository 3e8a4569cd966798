package orylogintest

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"time"
)

const (
	sessionCookie    = "ory_kratos_session"
	continuityCookie = "ory_kratos_continuity"
	csrfSize         = 32
)

// cookie returns the value of a cookie of the request.
func (c *call) cookie(name string) string {
	cookie, err := c.r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// cookies returns the values of all cookies with the name. It leaves out empty values.
func (c *call) cookies(name string) []string {
	var values []string
	for _, cookie := range c.r.CookiesNamed(name) {
		if cookie.Value != "" {
			values = append(values, cookie.Value)
		}
	}
	return values
}

func (c *call) setCookie(name, value string, age time.Duration) {
	http.SetCookie(c.w, &http.Cookie{ //nolint:gosec // as insecure as a Kratos that runs with --dev
		Name: name, Value: value, Path: "/", MaxAge: int(age / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// setCSRFCookie sets the cookie that protects the browser's forms, unless the browser has it.
func (c *call) setCSRFCookie() {
	if c.cookie(c.csrfCookie) == "" {
		c.renewCSRFCookie()
	}
}

func (c *call) renewCSRFCookie() {
	secret := make([]byte, csrfSize)
	_, _ = rand.Read(secret) // never fails
	value := base64.StdEncoding.EncodeToString(secret)
	c.setCookie(c.csrfCookie, value, 365*24*time.Hour)
	c.r.Header.Add("Cookie", c.csrfCookie+"="+value) // for the rest of the call
}

// csrfToken returns a token that fits the secret in the browser's cookie. Each token is
// different: it is a random pad, followed by the secret XOR the pad.
func (c *call) csrfToken() string {
	secret, err := base64.StdEncoding.DecodeString(c.cookie(c.csrfCookie))
	if err != nil || len(secret) != csrfSize {
		secret = make([]byte, csrfSize)
	}
	token := make([]byte, 2*csrfSize)
	_, _ = rand.Read(token[:csrfSize]) // never fails
	subtle.XORBytes(token[csrfSize:], token[:csrfSize], secret)
	return base64.StdEncoding.EncodeToString(token)
}

// fitsCSRFCookie reports whether a token fits the secret in the browser's cookie.
func (c *call) fitsCSRFCookie(token string) bool {
	sent, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(sent) != 2*csrfSize || c.cookie(c.csrfCookie) == "" {
		return false
	}
	secret := make([]byte, csrfSize)
	subtle.XORBytes(secret, sent[:csrfSize], sent[csrfSize:])
	return base64.StdEncoding.EncodeToString(secret) == c.cookie(c.csrfCookie)
}

func csrfViolation() failure {
	return failure{
		status: http.StatusForbidden,
		id:     "security_csrf_violation",
		reason: "Please retry the flow and optionally clear your cookies. The request was rejected to protect " +
			"you from Cross-Site-Request-Forgery (CSRF) which could cause account takeover, leaking personal " +
			"information, and other serious security issues.",
		text: "the request was rejected to protect you from Cross-Site-Request-Forgery",
		more: object{
			"docs": "https://www.ory.sh/kratos/docs/debug/csrf",
			"hint": "The anti-CSRF cookie was found but the CSRF token was not included in the HTTP request body " +
				"(csrf_token) nor in the HTTP Header (X-CSRF-Token).",
		},
	}
}
