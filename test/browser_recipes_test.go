package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/captchatest"
	"github.com/orylogin/orylogin/test/kratostest"
)

// The functions of this part are docs/browser.md, and the tests below run them against a real
// Kratos.

// newVisit returns a Visit whose session has the browser as its device.
func newVisit(client *orylogin.Client, w http.ResponseWriter, r *http.Request) *orylogin.Visit {
	return client.Visit(w, r, orylogin.WithDevice(r.UserAgent(), addressOf(r)))
}

// addressOf returns the last address of X-Forwarded-For. The proxy in front of the application
// has added it. The browser can have sent all others.
func addressOf(r *http.Request) netip.Addr {
	said := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	address, _ := netip.ParseAddr(strings.TrimSpace(said[strings.LastIndex(said, ",")+1:]))
	return address // an invalid one is not sent
}

// passwordOf returns the method of a form that has a captcha.
func passwordOf(form url.Values) (orylogin.Password, error) {
	payload, err := json.Marshal(map[string]string{
		"captcha_turnstile_response": form.Get("transient_payload.captcha_turnstile_response"),
	})
	return orylogin.Password{
		Identifier:       form.Get("identifier"),
		Password:         orylogin.NewSecret(form.Get("password")),
		TransientPayload: payload,
	}, err
}

// TestRecipeDevice logs in through a proxy while the browser claims another address.
func TestRecipeDevice(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	for header, address := range map[string]string{
		"203.0.113.7": "203.0.113.7", "198.51.100.1, 203.0.113.7": "203.0.113.7", "2001:db8::7": "2001:db8::7",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login", nil)
		r.Header.Set("User-Agent", "Mozilla/5.0 (ada's)")
		r.Header.Set("X-Forwarded-For", header)
		visit := newVisit(client, nil, r)
		flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err)
		login, err := visit.Submit(t.Context(), flow, asAda)
		require.NoError(t, err)
		require.Len(t, login.Session.Devices, 1)
		require.Equal(t, "Mozilla/5.0 (ada's)", login.Session.Devices[0].UserAgent)
		require.Equal(t, address, login.Session.Devices[0].IPAddress)
	}
}

// TestAddressesAreBelieved checks that Kratos takes the address from the first of these
// headers, whoever sends it.
func TestAddressesAreBelieved(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	var options []orylogin.CallOption
	for i, header := range []string{"X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP"} {
		address := fmt.Sprintf("203.0.113.%d", i+1)
		options = append(options, orylogin.WithCallHeader(header, address))
		login, err := client.Login(t.Context(), asAda, options...)
		require.NoError(t, err)
		require.Equal(t, address, login.Session.Devices[0].IPAddress, header)
	}
}

// TestRecipeCaptcha submits the answer of a captcha, by form and by method.
func TestRecipeCaptcha(t *testing.T) {
	t.Parallel()
	captcha := captchatest.Start(t)
	kratos, _ := start(t, append(captcha.Settings(), kratostest.Set("serve.public.host", "localhost"))...)
	client := newClient(t, captcha.Before(t, kratos.PublicURL))
	for _, byForm := range []bool{false, true} {
		for answer, right := range map[string]bool{captcha.Answer: true, "a guess": false, "": false} {
			visit := client.Visit(nil, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login", nil))
			flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
			require.NoError(t, err)
			require.Equal(t, []string{"password"}, flow.Methods())
			form := url.Values{
				"method": {"password"}, "identifier": {ada.Email}, "password": {ada.Password}, "csrf_token": flow.Choices("csrf_token"),
				"transient_payload.captcha_turnstile_response": {answer},
			}
			method, err := passwordOf(form)
			require.NoError(t, err)
			if byForm {
				_, err = visit.SubmitForm(t.Context(), flow.ID, form)
			} else {
				_, err = visit.Submit(t.Context(), flow, method)
			}
			if right {
				require.NoError(t, err)
				continue
			}
			refusedWith(t, err, orylogin.ErrCaptcha, "")
		}
	}
}
